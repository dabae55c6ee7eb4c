/* lock.c - the library's lock, and sections under it. */
#include "user/lib/rt/lock.h"

#include <stdbool.h>

pthread_mutex_t __rt_mutex;

/* A change that threads wait for: a fork is over, somebody left a section. */
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

/*
 * The lock is not held over fork(): the C library notes who holds a mutex that
 * inherits priorities, and in the child that is nobody.  So others stand back.
 */
static bool forking;
static pthread_t forker;
static int forkers_cancelstate;         /* before */
static unsigned forks;

void __rt_stand_back_locked(void)
{
    while (forking)
        pthread_cond_wait(&changed, &__rt_mutex);
}

int __rt_lock(void)
{
    int old;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    pthread_mutex_lock(&__rt_mutex);
    __rt_stand_back_locked();
    return old;
}

void __rt_unlock(int cancelstate)
{
    pthread_mutex_unlock(&__rt_mutex);
    pthread_setcancelstate(cancelstate, NULL);
    pthread_testcancel();
}

/* --- fork ----------------------------------------------------------------- */

static void init_mutex(void)
{
    pthread_mutexattr_t attr;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&__rt_mutex, &attr);
    pthread_mutexattr_destroy(&attr);
}

static void before_fork(void)
{
    int old = __rt_lock();

    forking = true;
    forker = pthread_self();
    forkers_cancelstate = old;          /* as it will have the lock again */
    pthread_mutex_unlock(&__rt_mutex);
}

/* Not tested for: fork() has locks. */
static void after_fork(void)
{
    int old;

    pthread_mutex_lock(&__rt_mutex);
    forking = false;
    old = forkers_cancelstate;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&__rt_mutex);
    pthread_setcancelstate(old, NULL);
}

/* A thread that only the parent has may be standing back. */
static void in_child(void)
{
    init_mutex();
    changed = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
    forking = false;
    forks++;
    pthread_setcancelstate(forkers_cancelstate, NULL);
}

/* Before the functions of INIT_BOARD_EXPORT. */
__attribute__((constructor(150))) static void init(void)
{
    init_mutex();
    pthread_atfork(before_fork, after_fork, in_child);
}

/* --- sections ------------------------------------------------------------- */

static void notice_fork_locked(struct rt_section *s)
{
    if (s->forks == forks)
        return;
    s->forks = forks;
    if (s->owner != forker)
        s->depth = 0;
}

int __rt_section_enter(struct rt_section *s)
{
    int old = __rt_lock();

    notice_fork_locked(s);
    while (s->depth && s->owner != pthread_self()) {
        pthread_cond_wait(&changed, &__rt_mutex);
        __rt_stand_back_locked();
    }
    s->owner = pthread_self();
    s->depth++;
    pthread_mutex_unlock(&__rt_mutex);
    return old;
}

void __rt_section_leave(struct rt_section *s, int cancelstate)
{
    int old = __rt_lock();

    s->depth--;
    if (!s->depth)
        pthread_cond_broadcast(&changed);
    __rt_unlock(old);
    pthread_setcancelstate(cancelstate, NULL);
    pthread_testcancel();
}

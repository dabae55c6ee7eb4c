/* lock.c - the library's lock, also over fork(). */
#include "user/lib/rt/lock.h"

pthread_mutex_t __rt_mutex;
static int forks_cancelstate;

int __rt_lock(void)
{
    int old;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    pthread_mutex_lock(&__rt_mutex);
    return old;
}

void __rt_unlock(int cancelstate)
{
    pthread_mutex_unlock(&__rt_mutex);
    pthread_setcancelstate(cancelstate, NULL);
    pthread_testcancel();
}

void __rt_mutex_init(pthread_mutex_t *mutex, int type)
{
    pthread_mutexattr_t attr;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, type);
    pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(mutex, &attr);
    pthread_mutexattr_destroy(&attr);
}

static void before_fork(void)
{
    forks_cancelstate = __rt_lock();
}

static void after_fork(void)
{
    __rt_unlock(forks_cancelstate);
}

/* The owner's number in it is the parent's thread. */
static void in_child(void)
{
    __rt_mutex_init(&__rt_mutex, PTHREAD_MUTEX_NORMAL);
    pthread_setcancelstate(forks_cancelstate, NULL);
}

/* Before the functions of INIT_BOARD_EXPORT. */
__attribute__((constructor(150))) static void init_lock(void)
{
    __rt_mutex_init(&__rt_mutex, PTHREAD_MUTEX_NORMAL);
    pthread_atfork(before_fork, after_fork, in_child);
}

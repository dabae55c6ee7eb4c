/*
 * timer_run.c - timers that run: a list, soonest first, and the thread that
 * sleeps until the first is due.  It is made when the first one is started.
 */
#include "user/lib/rt/timers.h"

#include "user/lib/rt/clock.h"
#include "user/lib/rt/lock.h"
#include "user/lib/rt/threads.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>

#define STACK_SIZE  65536               /* for the functions that it calls */
#define PRIORITY    (-1)                /* above all of RT-Thread's */

static rt_list_t running = RT_LIST_OBJECT_INIT(running);
static pthread_cond_t changed;          /* the first of them is another one */
static bool served;                     /* the thread is there */

/* --- the list ------------------------------------------------------------ */

static struct rt_timer *first_locked(void)
{
    return rt_list_isempty(&running)
               ? RT_NULL
               : rt_list_first_entry(&running, struct rt_timer, list);
}

/* Behind those that are due at the same time. */
static void insert_locked(struct rt_timer *timer)
{
    struct rt_timer *next;

    rt_list_for_each_entry(next, &running, list)
        if (next->due > timer->due)
            break;
    rt_list_insert_before(&next->list, &timer->list);
    timer->flag |= RT_TIMER_FLAG_ACTIVATED;
    if (first_locked() == timer)
        pthread_cond_signal(&changed);
}

void __rt_timer_stop_locked(struct rt_timer *timer)
{
    rt_list_remove(&timer->list);
    timer->flag &= ~RT_TIMER_FLAG_ACTIVATED;
}

/* --- the thread ---------------------------------------------------------- */

/* Before its function runs a timer is as that shall find it: after it nothing is
 * touched, as it may be gone. */
static void expire_locked(struct rt_timer *timer, rt_uint64_t now)
{
    void (*function)(void *parameter) = timer->timeout_func;
    void *parameter = timer->parameter;

    __rt_timer_stop_locked(timer);
    if (timer->flag & RT_TIMER_FLAG_PERIODIC) {
        /* What is late keeps its beat, but does not catch up. */
        timer->due += timer->init_tick;
        if (timer->due <= now)
            timer->due = now + timer->init_tick;
        insert_locked(timer);
    }
    pthread_mutex_unlock(&__rt_mutex);
    function(parameter);
    __rt_lock();
}

static void *serve(void *arg)
{
    struct rt_timer *first;
    struct timespec due;
    rt_uint64_t now;

    prctl(PR_SET_NAME, "timer");
    __rt_lock();                        /* nobody may delete this thread */
    for (;;) {
        __rt_stand_back_locked();
        first = first_locked();
        now = __rt_ticks();
        if (!first) {
            pthread_cond_wait(&changed, &__rt_mutex);
        } else if (first->due > now) {
            due = __rt_time_of(first->due);
            pthread_cond_timedwait(&changed, &__rt_mutex, &due);
        } else {
            expire_locked(first, now);
        }
    }
    return arg;
}

static int start_thread(void)
{
    sigset_t all, old;
    pthread_attr_t attr;
    pthread_t thread;
    int error;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_SIZE);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    /* Signals are the business of the program's own threads. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    error = pthread_create(&thread, &attr, serve, NULL);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
    if (!error)
        __rt_thread_prioritize(thread, PRIORITY);
    return error ? -ENOMEM : 0;
}

static void init_cond(void)
{
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&changed, &attr);
    pthread_condattr_destroy(&attr);
}

/* The thread is not there, so nothing runs. */
static void in_child(void)
{
    while (first_locked())
        __rt_timer_stop_locked(first_locked());
    init_cond();
    served = false;
}

static void init(void)
{
    init_cond();
    pthread_atfork(NULL, NULL, in_child);
}

void __rt_timers_init(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, init);
}

int __rt_timer_start_locked(struct rt_timer *timer)
{
    int error = served ? 0 : start_thread();

    if (error)
        return error;
    served = true;
    __rt_timer_stop_locked(timer);
    timer->due = __rt_ticks_up() + timer->init_tick;
    insert_locked(timer);
    return 0;
}

bool __rt_timer_runs_locked(const struct rt_timer *timer)
{
    const struct rt_timer *other;

    rt_list_for_each_entry(other, &running, list)
        if (other == timer)
            return true;
    return false;
}

/*
 * timer.c - timers: rtthread/timer.h.
 *
 * Those that run are on a list, soonest first.  A thread, made for the first one
 * that is started, sleeps until it is due.
 */
#include "user/lib/lwp/result.h"
#include "user/lib/rt/clock.h"
#include "user/lib/rt/lock.h"
#include "user/lib/rt/pool.h"
#include "user/lib/rt/threads.h"

#include <errno.h>
#include <rtthread/timer.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#define STACK_SIZE  65536               /* for the functions that it calls */
#define PRIORITY    (-1)                /* above all of RT-Thread's */
#define TIME_MAX    (RT_TICK_MAX / 2)

static struct rt_pool timers = {
    .size = RT_ALIGN(sizeof(struct rt_timer), 16),
    .more = __rt_pool_more,
};
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

static void remove_locked(struct rt_timer *timer)
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

    remove_locked(timer);
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
        remove_locked(first_locked());
    init_cond();
    served = false;
}

static void init(void)
{
    init_cond();
    pthread_atfork(NULL, NULL, in_child);
}

/* --- what programs call -------------------------------------------------- */

static bool is_timer(const struct rt_timer *timer)
{
    return timer && (timer->type & ~RT_Object_Class_Static) ==
                        RT_Object_Class_Timer;
}

static bool is_time(rt_tick_t time)
{
    return time && time < TIME_MAX;
}

static void fill(struct rt_timer *timer, const char *name,
                 void (*timeout)(void *parameter), void *parameter)
{
    memset(timer, 0, sizeof(*timer));
    strncpy(timer->name, name ? name : "", RT_NAME_MAX - 1);
    timer->timeout_func = timeout;
    timer->parameter = parameter;
    rt_list_init(&timer->list);
}

rt_timer_t rt_timer_create(const char *name, void (*timeout)(void *parameter),
                           void *parameter, rt_tick_t time, rt_uint8_t flag)
{
    struct rt_timer *timer;
    int old;

    if (!timeout || !is_time(time)) {
        __lwp_result(-EINVAL);
        return RT_NULL;
    }
    old = __rt_lock();
    timer = __rt_pool_get(&timers);
    __rt_unlock(old);
    if (!timer) {
        __lwp_result(-ENOMEM);
        return RT_NULL;
    }
    fill(timer, name, timeout, parameter);
    timer->init_tick = time;
    timer->flag = flag & ~RT_TIMER_FLAG_ACTIVATED;
    timer->type = RT_Object_Class_Timer;
    return timer;
}

/* Whatever is in its memory: it may never have been a timer. */
static bool runs(const struct rt_timer *timer)
{
    const struct rt_timer *other;
    bool found = false;
    int old = __rt_lock();

    rt_list_for_each_entry(other, &running, list)
        found |= other == timer;
    __rt_unlock(old);
    return found;
}

void rt_timer_init(rt_timer_t timer, const char *name,
                   void (*timeout)(void *parameter), void *parameter,
                   rt_tick_t time, rt_uint8_t flag)
{
    if (!timer || !timeout || !is_time(time)) {
        __lwp_result(timer ? -EINVAL : -EIO);
        return;
    }
    if (runs(timer)) {
        __lwp_result(-EBUSY);
        return;
    }
    fill(timer, name, timeout, parameter);
    timer->init_tick = time;
    timer->flag = flag & ~RT_TIMER_FLAG_ACTIVATED;
    timer->type = RT_Object_Class_Timer | RT_Object_Class_Static;
}

static rt_err_t end(rt_timer_t timer, int type)
{
    int old = __rt_lock();
    bool right = timer && timer->type == type;

    if (right) {
        remove_locked(timer);
        timer->type = RT_Object_Class_Null;
        if (type == RT_Object_Class_Timer)
            __rt_pool_put(&timers, timer);
    }
    __rt_unlock(old);
    return __lwp_result(right ? 0 : -EIO);
}

rt_err_t rt_timer_delete(rt_timer_t timer)
{
    return end(timer, RT_Object_Class_Timer);
}

rt_err_t rt_timer_detach(rt_timer_t timer)
{
    return end(timer, RT_Object_Class_Timer | RT_Object_Class_Static);
}

static int start_locked(struct rt_timer *timer)
{
    int error = 0;

    if (!is_timer(timer))
        return -EIO;
    if (!served)
        error = start_thread();
    if (error)
        return error;
    served = true;
    remove_locked(timer);
    timer->due = __rt_ticks_up() + timer->init_tick;
    insert_locked(timer);
    return 0;
}

rt_err_t rt_timer_start(rt_timer_t timer)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    int old, error;

    pthread_once(&once, init);
    old = __rt_lock();
    error = start_locked(timer);
    __rt_unlock(old);
    return __lwp_result(error);
}

rt_err_t rt_timer_stop(rt_timer_t timer)
{
    int old = __rt_lock(), error = 0;

    if (!is_timer(timer))
        error = -EIO;
    else if (!(timer->flag & RT_TIMER_FLAG_ACTIVATED))
        error = -EPERM;
    else
        remove_locked(timer);
    __rt_unlock(old);
    return __lwp_result(error);
}

/* --- rt_timer_control() -------------------------------------------------- */

static int set_locked(struct rt_timer *timer, int cmd, const rt_tick_t *time)
{
    switch (cmd) {
    case RT_TIMER_CTRL_SET_TIME:
        if (!time || !is_time(*time))
            return -EINVAL;
        timer->init_tick = *time;
        return 0;
    case RT_TIMER_CTRL_SET_ONESHOT:
        timer->flag &= ~RT_TIMER_FLAG_PERIODIC;
        return 0;
    case RT_TIMER_CTRL_SET_PERIODIC:
        timer->flag |= RT_TIMER_FLAG_PERIODIC;
        return 0;
    default:
        return -EINVAL;
    }
}

static int get_locked(struct rt_timer *timer, int cmd, rt_uint32_t *value)
{
    if (!value)
        return -EINVAL;
    if (cmd == RT_TIMER_CTRL_GET_TIME)
        *value = timer->init_tick;
    else if (cmd == RT_TIMER_CTRL_GET_STATE)
        *value = timer->flag & RT_TIMER_FLAG_ACTIVATED;
    else
        *value = (rt_tick_t)timer->due;
    return 0;
}

rt_err_t rt_timer_control(rt_timer_t timer, int cmd, void *arg)
{
    int old = __rt_lock(), error;

    if (!is_timer(timer))
        error = -EIO;
    else if (cmd == RT_TIMER_CTRL_GET_TIME || cmd == RT_TIMER_CTRL_GET_STATE ||
             cmd == RT_TIMER_CTRL_GET_REMAIN_TIME)
        error = get_locked(timer, cmd, arg);
    else
        error = set_locked(timer, cmd, arg);
    __rt_unlock(old);
    return __lwp_result(error);
}

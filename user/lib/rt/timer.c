/* timer.c - timers: rtthread/timer.h. */
#include "user/lib/lwp/result.h"
#include "user/lib/rt/lock.h"
#include "user/lib/rt/pool.h"
#include "user/lib/rt/timers.h"

#include <errno.h>
#include <string.h>

#define TIME_MAX    (RT_TICK_MAX / 2)

static struct rt_pool timers = {
    .size = RT_ALIGN(sizeof(struct rt_timer), 16),
    .more = __rt_pool_more,
};

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

void rt_timer_init(rt_timer_t timer, const char *name,
                   void (*timeout)(void *parameter), void *parameter,
                   rt_tick_t time, rt_uint8_t flag)
{
    bool runs;
    int old;

    if (!timer || !timeout || !is_time(time)) {
        __lwp_result(timer ? -EINVAL : -EIO);
        return;
    }
    old = __rt_lock();
    runs = __rt_timer_runs_locked(timer);
    __rt_unlock(old);
    if (runs) {
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
        __rt_timer_stop_locked(timer);
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

rt_err_t rt_timer_start(rt_timer_t timer)
{
    int old, error = -EIO;

    __rt_timers_init();
    old = __rt_lock();
    if (is_timer(timer))
        error = __rt_timer_start_locked(timer);
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
        __rt_timer_stop_locked(timer);
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

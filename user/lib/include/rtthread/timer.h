/*
 * timer.h - timers (lwp.md row K-08).
 *
 * A thread of the library, more urgent than all others, calls their functions
 * one after the other, hard and soft ones alike: they should be short.  They may
 * start, stop and delete any timer, their own too.  After fork() a child has no
 * timer running.  No function here blocks.
 */
#pragma once

#include <rtdef.h>
#include <rtservice.h>

#define RT_TIMER_FLAG_DEACTIVATED   0
#define RT_TIMER_FLAG_ACTIVATED     1
#define RT_TIMER_FLAG_ONE_SHOT      0
#define RT_TIMER_FLAG_PERIODIC      2
#define RT_TIMER_FLAG_HARD_TIMER    0
#define RT_TIMER_FLAG_SOFT_TIMER    4

/* Commands of rt_timer_control(), and what `arg` points to. */
#define RT_TIMER_CTRL_SET_TIME          0   /* rt_tick_t: for the next start */
#define RT_TIMER_CTRL_GET_TIME          1   /* rt_tick_t */
#define RT_TIMER_CTRL_SET_ONESHOT       2   /* nothing */
#define RT_TIMER_CTRL_SET_PERIODIC      3   /* nothing */
#define RT_TIMER_CTRL_GET_STATE         4   /* rt_uint32_t: ..._(DE)ACTIVATED */
#define RT_TIMER_CTRL_GET_REMAIN_TIME   5   /* rt_tick_t: when it is due */

/* A timer; all of it is the library's own. */
struct rt_timer {
    char name[RT_NAME_MAX];
    rt_uint8_t type;                    /* RT_Object_Class_Timer, or it is none */
    rt_uint8_t flag;
    rt_tick_t init_tick;                /* from start to call */
    void (*timeout_func)(void *parameter);
    void *parameter;
    rt_list_t list;                     /* of those that run, soonest first */
    rt_uint64_t due;                    /* ticks since the machine started */
};
typedef struct rt_timer *rt_timer_t;

/*
 * Make a timer that calls timeout(parameter) `time` ticks after each start, once
 * or periodically.  Does not block.
 *
 * The timer, or RT_NULL: `timeout` is, the time is 0 or not below RT_TICK_MAX / 2,
 * or out of memory.
 */
rt_timer_t rt_timer_create(const char *name, void (*timeout)(void *parameter),
                           void *parameter, rt_tick_t time, rt_uint8_t flag);

/* The same with memory of the caller's; what RT_NULL is above is said by
 * rt_get_errno() here. */
void rt_timer_init(rt_timer_t timer, const char *name,
                   void (*timeout)(void *parameter), void *parameter,
                   rt_tick_t time, rt_uint8_t flag);

/*
 * Stop and free a timer of rt_timer_create().  Its function is not called any
 * more, but may be running just now.
 *
 * RT_EOK; -RT_EIO.
 */
rt_err_t rt_timer_delete(rt_timer_t timer);

/* The same for a timer of rt_timer_init(), whose memory is free then. */
rt_err_t rt_timer_detach(rt_timer_t timer);

/*
 * Let it run from now on, also if it runs already.
 *
 * RT_EOK; -RT_EIO; -RT_ENOMEM: no thread to call it.
 */
rt_err_t rt_timer_start(rt_timer_t timer);

/*
 * Stop it.
 *
 * RT_EOK; -RT_ERROR: it does not run; -RT_EIO.
 */
rt_err_t rt_timer_stop(rt_timer_t timer);

/*
 * Do one of RT_TIMER_CTRL_... .
 *
 * RT_EOK; -RT_EINVAL: no such command, a time as rt_timer_create() refuses, or
 * `arg` is RT_NULL; -RT_EIO.
 */
rt_err_t rt_timer_control(rt_timer_t timer, int cmd, void *arg);

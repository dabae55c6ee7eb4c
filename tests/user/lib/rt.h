/*
 * rt.h - RT-Thread's threads, for tests in which making one may not fail.
 */
#pragma once

#include "tests/user/lib/tap.h"

#include <rtthread.h>

#define RT_STACK 8192

static inline rt_thread_t rt_make(const char *name, void (*entry)(void *),
                                  void *arg, int priority)
{
    rt_thread_t thread = rt_thread_create(name, entry, arg, RT_STACK,
                                          priority, 10);

    CHECK(thread);
    return thread;
}

/* Made and started. */
static inline rt_thread_t rt_go(void (*entry)(void *), void *arg, int priority)
{
    rt_thread_t thread = rt_make("test", entry, arg, priority);

    CHECK_EQ(rt_thread_startup(thread), RT_EOK);
    return thread;
}

/* Sleep until something has become true, 20 s at most. */
#define RT_UNTIL(condition) \
    do { \
        for (int n_ = 0; !(condition); n_++) { \
            CHECK(n_ < 20000); \
            rt_thread_mdelay(1); \
        } \
    } while (0)

/* A call fails with this RT-Thread error, which rt_get_errno() tells too. */
#define RT_FAILS(call, error) \
    do { \
        rt_set_errno(RT_EOK); \
        CHECK_EQ(call, -(error)); \
        CHECK_EQ(rt_get_errno(), -(error)); \
    } while (0)

/* A call gives RT_NULL for this reason. */
#define RT_NULL_FOR(call, error) \
    do { \
        rt_set_errno(RT_EOK); \
        CHECK((call) == RT_NULL); \
        CHECK_EQ(rt_get_errno(), -(error)); \
    } while (0)

/*
 * deadline.h - times that programs give, as deadlines of CLOCK_MONOTONIC.
 */
#pragma once

#include "kernel/lib/errno.h"
#include "kernel/time.h"
#include "kernel/wait.h"
#include "mm/uaccess.h"

/* `ns` from now on; a sum that overflows is further off than anybody waits. */
static inline nsec_t deadline_after(nsec_t ns)
{
    nsec_t now = time_now();

    return ns < NEVER - 1 - now ? now + ns : NEVER - 1;
}

/* The time of CLOCK_REALTIME as it is set now. */
static inline nsec_t deadline_realtime(nsec_t since_epoch)
{
    nsec_t offset = time_realtime_offset();

    return since_epoch > offset ? since_epoch - offset : 0;
}

/* -EFAULT, or -EINVAL if it is negative or has too many nanoseconds. */
static inline int timespec_from_user(struct timespec *ts, uptr_t from)
{
    if (copy_from_user(ts, from, sizeof(*ts)))
        return -EFAULT;
    return timespec_valid(ts) ? 0 : -EINVAL;
}

static inline int timespec_to_user(uptr_t to, nsec_t ns)
{
    struct timespec ts = timespec_of(ns);

    return copy_to_user(to, &ts, sizeof(ts));
}

/*
 * futex_ops.h - the operations of futex(2), with their many arguments gathered.
 */
#pragma once

#include "kernel/lib/types.h"

struct futex_wait {
    uptr_t word;
    bool shared;
    u32 value, bitset;
    nsec_t deadline;                /* CLOCK_MONOTONIC; NEVER */
};

/*
 * FUTEX_WAIT: 0 when woken; -EAGAIN if the word is not `value`; -ETIMEDOUT,
 * -ERESTARTSYS when interrupted, -EFAULT, -EINVAL.
 */
int futex_wait(const struct futex_wait *wait);

struct futex_requeue {
    uptr_t word, target;
    bool shared;
    bool compare;                   /* only if the word is `value`: -EAGAIN */
    u32 value;
    unsigned wake, move;            /* at most so many */
};

/* FUTEX_REQUEUE: wake some waiters of `word`, let others wait for `target`;
 * how many of both. */
int futex_requeue(const struct futex_requeue *r);

struct futex_wake_op {
    uptr_t word, target;
    bool shared;
    unsigned wake, wake_target;
    u32 operation;                  /* on target, and the test of its value */
};

/* FUTEX_WAKE_OP: change *target; wake waiters of `word`, and of `target` if
 * its old value passes the test. */
int futex_wake_op(const struct futex_wake_op *w);

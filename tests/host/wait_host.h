/*
 * wait_host.h - sleeping, in tests with one thread: whoever sleeps lets the
 * test's own function play the rest of the world.
 */
#pragma once

#include "kernel/wait.h"

/*
 * Called in place of each sleep, with the queue's lock released.  It returns
 * what the sleep is to return (0, -ERESTARTSYS, -ETIMEDOUT).  With no function
 * set, sleeping panics, as it would never end.
 */
extern int (*host_sleep)(struct waitq *q, nsec_t deadline);

extern unsigned host_wakeups;       /* calls of waitq_wake_*() so far */

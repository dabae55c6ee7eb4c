/*
 * futex_pi.h - mutexes with priority inheritance: FUTEX_LOCK_PI and its kin
 * (futex(2); row H-05).
 *
 * The word holds the owner's tid, and FUTEX_WAITERS while anybody sleeps for
 * it in the kernel.  The owner runs with the greatest real-time priority of
 * those who wait for it, and whoever it waits for itself does too.
 */
#pragma once

#include "kernel/lib/types.h"

/*
 * Lock, sleeping until the deadline (CLOCK_MONOTONIC, ns).  -EDEADLK if it is
 * the caller's, -ESRCH if the word names nobody, -ETIMEDOUT, -ERESTARTNOINTR
 * when interrupted, -EFAULT, -EINVAL.
 */
int futex_lock_pi(uptr_t word, bool shared, nsec_t deadline);

/* The same, but -EAGAIN instead of sleeping. */
int futex_trylock_pi(uptr_t word, bool shared);

/* Give it to the most urgent waiter, or to nobody.  -EPERM if it is not the
 * caller's. */
int futex_unlock_pi(uptr_t word, bool shared);

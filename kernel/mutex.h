/*
 * mutex.h - locks that sleep, for sections that may themselves sleep.
 *
 * Taken by threads only, released by the thread that took it.  Order between
 * mutexes: file position, then inodes (parent directory before child, two
 * directories by address), then address space.  User memory is copied under
 * inode mutexes, so a page fault never takes one.
 */
#pragma once

#include "kernel/wait.h"

struct mutex {
    struct thread *owner;       /* atomic; bit 0: others wait */
    struct spinlock lock;
    struct waitq waiters;       /* guarded by lock */
};

#define MUTEX_INIT(name) { .lock = SPINLOCK_INIT(RANK_MUTEX), \
                           .waiters = WAITQ_INIT((name).waiters) }

void mutex_init(struct mutex *m);

/* Sleeps until the mutex is this thread's. */
void mutex_lock(struct mutex *m);

/* The same, but -EINTR if a fatal signal comes first. */
int must_check mutex_lock_killable(struct mutex *m);

bool mutex_trylock(struct mutex *m);
void mutex_unlock(struct mutex *m);

/* Is it the running thread's? For assertions. */
bool mutex_held(const struct mutex *m);

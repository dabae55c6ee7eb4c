/*
 * lock.h - the library's lock, and sections under it.
 */
#pragma once

#include <pthread.h>

/*
 * The lock guards the lists of threads, timers and devices and the pools.  It
 * inherits priorities; nothing that blocks is called with it held.  Its holder
 * cannot be deleted until the unlocking: what __rt_lock() gives says whether it
 * could before.  fork() waits for it, so the child finds all in order.
 */
int __rt_lock(void);
void __rt_unlock(int cancelstate);

/* The lock itself, to wait with; behind each wait, stand back from a fork(). */
extern pthread_mutex_t __rt_mutex;
void __rt_stand_back_locked(void);

/*
 * A section that may be long, and block: one thread at a time is inside, and as
 * deep as it likes.  It cannot be deleted there.  In a child of fork() the thread
 * is where it was, and others are outside.
 */
struct rt_section {
    pthread_t owner;
    int depth;
    unsigned forks;
};

int __rt_section_enter(struct rt_section *s);
void __rt_section_leave(struct rt_section *s, int cancelstate);

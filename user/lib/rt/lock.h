/*
 * lock.h - the library's lock.
 */
#pragma once

#include <pthread.h>

/*
 * It guards the lists of threads, timers and devices and the pools.  It inherits
 * priorities; nothing that blocks is called with it held.  Its holder cannot be
 * deleted until the unlocking: what __rt_lock() gives says whether it could
 * before.  fork() waits for it, so the child finds all in order.
 */
int __rt_lock(void);
void __rt_unlock(int cancelstate);

extern pthread_mutex_t __rt_mutex;      /* the lock itself, to wait with */

/* A mutex that inherits priorities, of this type. */
void __rt_mutex_init(pthread_mutex_t *mutex, int type);

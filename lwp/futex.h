/*
 * futex.h - futexes: sleeping until a word of user memory changes (futex(2),
 * lwp.md rows H-01..H-06).
 *
 * A waiter is found by its key: (address space, address) for private memory,
 * (memory object, offset) for shared memory, so that two processes may know
 * one word by different addresses.
 */
#pragma once

#include "kernel/lib/types.h"

struct thread;

#define FUTEX_WAIT              0
#define FUTEX_WAKE              1
#define FUTEX_REQUEUE           3
#define FUTEX_CMP_REQUEUE       4
#define FUTEX_WAKE_OP           5
#define FUTEX_LOCK_PI           6
#define FUTEX_UNLOCK_PI         7
#define FUTEX_TRYLOCK_PI        8
#define FUTEX_WAIT_BITSET       9
#define FUTEX_WAKE_BITSET       10
#define FUTEX_LOCK_PI2          13
#define FUTEX_PRIVATE_FLAG      128
#define FUTEX_CLOCK_REALTIME    256

#define FUTEX_BITSET_ANY        0xffffffffu

/* A word that holds the owner's tid (robust and PI mutexes). */
#define FUTEX_WAITERS           0x80000000u
#define FUTEX_OWNER_DIED        0x40000000u
#define FUTEX_TID_MASK          0x3fffffffu

/*
 * Wake up to `count` waiters whose bits meet bitset; how many there were.
 * `shared` words may be in a shared mapping.  -EINVAL misaligned, -EFAULT.
 * May sleep.
 */
int futex_wake(uptr_t word, bool shared, unsigned count, u32 bitset);

/*
 * A thread exits: clear the word given to set_tid_address(2) and wake who
 * joins it.  Faults are ignored: the program's own mistake.  May sleep.
 */
void futex_clear_tid(uptr_t clear_tid);

/*
 * A thread exits (or execs): mark the robust mutexes of its list as ownerless
 * and wake one waiter each (get_robust_list(2)).  At most 2048 entries; a list
 * that is not well formed ends the walk.  `tid` is the thread's.  May sleep.
 */
void futex_walk_robust_list(uptr_t head, pid_t tid);

/*
 * A thread exits: PI mutexes it still owns in the kernel's eyes pass to their
 * next waiters.
 */
void futex_exit_pi(struct thread *thread);

void futex_init(void);

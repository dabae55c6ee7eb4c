/*
 * spinlock.c - the parts of spinlocks that are not inline.  The headers are the
 * kernel's own: ranks and holders are checked as they are there.  With one
 * thread, waiting for a lock means that the test has found a deadlock.
 */
#include "kernel/lib/assert.h"
#include "kernel/spinlock.h"

void host_locks_forget(void);

void host_locks_forget(void)
{
    this_hart()->held = 0;
    host_irqs_on = true;
}

const char *lock_rank_name(unsigned rank)
{
    static const char *const names[] = {
#define RANK(name) #name,
#define RANK2(name) #name, #name "_SECOND",
#include "kernel/lockrank.def"
#undef RANK
#undef RANK2
    };
    return rank < ARRAY_SIZE(names) ? names[rank] : "?";
}

void spin_contended(void *lock)
{
    struct spinlock *l = lock;

    panic("deadlock: a %s lock is taken twice", lock_rank_name(l->rank));
}

void spin_order_violated(struct spinlock *l unused_arg, unsigned rank)
{
    panic("lock order: %s taken under mask %#lx", lock_rank_name(rank),
          (unsigned long)this_hart()->held);
}

void spin_lock_two(struct spinlock *a, struct spinlock *b)
{
    spin_lock(a < b ? a : b);
    if (a != b)
        spin_lock_second(a < b ? b : a);
}

void spin_unlock_two(struct spinlock *a, struct spinlock *b)
{
    if (a != b)
        spin_unlock(a < b ? b : a);
    spin_unlock(a < b ? a : b);
}

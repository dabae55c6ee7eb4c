/*
 * spinlock.h - locks for short critical sections, with interrupts disabled.
 *
 * Holders never sleep: might_sleep() panics while a spinlock is held.  Each
 * lock has a rank (lockrank.def); taking locks against that order panics at
 * once, on every run, whether or not a deadlock would have happened.
 */
#pragma once

#include "kernel/hart.h"
#include "kernel/lib/assert.h"

enum lock_rank {
#define RANK(name) RANK_##name,
#define RANK2(name) RANK_##name, RANK_##name##_SECOND,
#include "kernel/lockrank.def"
#undef RANK
#undef RANK2
    RANK_COUNT
};
_Static_assert(RANK_COUNT <= 64, "ranks are bits of struct hart's held");

struct spinlock {
    u32 taken;                  /* atomic */
    u32 rank;                   /* set at birth, then constant */
    /* the holder's */
    u64 held_bit;               /* 1 << rank, or 1 << (rank + 1) */
    struct hart *holder;        /* stale while the lock is free */
};

#define SPINLOCK_INIT(r) { .taken = 0, .rank = (r) }

static inline void spin_init(struct spinlock *l, enum lock_rank rank)
{
    *l = (struct spinlock)SPINLOCK_INIT(rank);
}

/* The name of a rank, for messages. */
const char *lock_rank_name(unsigned rank);

void spin_contended(void *lock);                    /* waits until taken */
noreturn void spin_order_violated(struct spinlock *l, unsigned rank);

/* Interrupts are disabled; `irqs`: what irq_disable() said. */
static always_inline void spin_take(struct spinlock *l, unsigned rank, u64 irqs)
{
    struct hart *h = this_hart();
    u64 bit = 1ul << rank, held = h->held;

    /* No lock of this rank or further in: so no higher bit than this one. */
    if (unlikely(held >= bit))
        spin_order_violated(l, rank);
    if (unlikely(__atomic_exchange_n(&l->taken, 1, __ATOMIC_ACQUIRE)))
        arch_call_rare(spin_contended, l);
    if (!held)
        h->irq_was = irqs;
    h->held = held | bit;
    l->held_bit = bit;
    l->holder = h;
}

static always_inline void spin_lock_rank(struct spinlock *l, unsigned rank)
{
    spin_take(l, rank, irq_disable());
}

/* What is compiled to be small (COLD in the Makefile) calls these two, rather
 * than have copies of the code. */
#ifdef __OPTIMIZE_SIZE__
#define SPIN_CALLS true
#else
#define SPIN_CALLS false
#endif
void spin_lock_call(struct spinlock *l);
void spin_unlock_call(struct spinlock *l);

/* Take the lock: interrupts are disabled until the hart's last lock is
 * released.  Any context, also interrupt handlers. */
static inline void spin_lock(struct spinlock *l)
{
    if (SPIN_CALLS)
        spin_lock_call(l);
    else
        spin_lock_rank(l, l->rank);
}

/* For the second lock of a RANK2 kind; the caller says how pairs are ordered
 * (usually by address). */
static inline void spin_lock_second(struct spinlock *l)
{
    spin_lock_rank(l, l->rank + 1u);
}

static inline void spin_unlock(struct spinlock *l)
{
    struct hart *h = this_hart();
    u64 held;

    if (SPIN_CALLS) {
        spin_unlock_call(l);
        return;
    }
    held = h->held ^ l->held_bit;
    h->held = held;
    __atomic_store_n(&l->taken, 0, __ATOMIC_RELEASE);
    if (!held)
        irq_restore(h->irq_was);
}

/* Release the only lock that the hart holds; interrupts are as irq_disable()
 * found them before. */
static inline void spin_unlock_last(struct spinlock *l, u64 irqs)
{
    this_hart()->held = 0;
    __atomic_store_n(&l->taken, 0, __ATOMIC_RELEASE);
    irq_restore(irqs);
}

/* Does this hart hold it? For assertions. */
static inline bool spin_held(const struct spinlock *l)
{
    return READ_ONCE(l->taken) && READ_ONCE(l->holder) == this_hart();
}

/* Take two locks of one RANK2 kind in address order; a and b may be equal. */
void spin_lock_two(struct spinlock *a, struct spinlock *b);
void spin_unlock_two(struct spinlock *a, struct spinlock *b);

/*
 * Opens every function that may sleep: panics if a spinlock is held or
 * interrupts are disabled.
 */
static inline void might_sleep(void)
{
    assert(!this_hart()->held);
}

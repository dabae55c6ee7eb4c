/* spinlock.c - the rare paths of spinlocks. */
#include "kernel/spinlock.h"

static const char *const rank_names[RANK_COUNT] = {
#define RANK(name) [RANK_##name] = #name,
#define RANK2(name) [RANK_##name] = #name, \
                    [RANK_##name##_SECOND] = #name "(second)",
#include "kernel/lockrank.def"
#undef RANK
#undef RANK2
};

const char *lock_rank_name(unsigned rank)
{
    return rank < RANK_COUNT ? rank_names[rank] : "?";
}

/* The innermost rank that a hart holds. */
static unsigned held_innermost(const struct hart *h)
{
    unsigned rank = 0;

    for (unsigned i = 0; i < RANK_COUNT; i++)
        if (h->held >> i & 1)
            rank = i;
    return rank;
}

void spin_order_violated(struct spinlock *l, unsigned rank)
{
    panic("lock order: %s taken inside %s%s", lock_rank_name(rank),
          lock_rank_name(held_innermost(this_hart())),
          spin_held(l) ? " (by its holder)" : "");
}

void spin_contended(void *lock)
{
    struct spinlock *l = lock;

    do {
        while (READ_ONCE(l->taken))
            arch_relax();
    } while (__atomic_exchange_n(&l->taken, 1, __ATOMIC_ACQUIRE));
}

void spin_lock_call(struct spinlock *l)
{
    spin_lock(l);
}

void spin_unlock_call(struct spinlock *l)
{
    spin_unlock(l);
}

void spin_lock_two(struct spinlock *a, struct spinlock *b)
{
    if (a > b) {
        struct spinlock *t = a;
        a = b;
        b = t;
    }
    spin_lock(a);
    if (a != b)
        spin_lock_second(b);
}

void spin_unlock_two(struct spinlock *a, struct spinlock *b)
{
    if (a != b)
        spin_unlock(b);
    spin_unlock(a);
}

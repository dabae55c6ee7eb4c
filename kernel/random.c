/* random.c - one generator for the whole kernel. */
#include "kernel/random.h"

#include "arch.h"
#include "kernel/lib/chacha.h"
#include "kernel/lib/string.h"
#include "kernel/params.h"
#include "kernel/spinlock.h"

#define CHUNK 256ul             /* bytes made with interrupts disabled */

static struct spinlock lock = SPINLOCK_INIT(RANK_RANDOM);
static struct chacha generator;         /* guarded by lock */

void random_init(void)
{
    u64 now = arch_ticks();

    spin_lock(&lock);
    chacha_init(&generator, machine.seed, machine.seed_size);
    chacha_reseed(&generator, &now, sizeof(now));
    spin_unlock(&lock);
    memset(machine.seed, 0, sizeof(machine.seed));
}

void random_fill(void *buf, size_t n)
{
    for (char *p = buf; n;) {
        size_t chunk = MIN(n, CHUNK);
        spin_lock(&lock);
        chacha_fill(&generator, p, chunk);
        spin_unlock(&lock);
        p += chunk;
        n -= chunk;
    }
}

u64 random_u64(void)
{
    u64 value;

    random_fill(&value, sizeof(value));
    return value;
}

void random_mix(const void *buf, size_t n)
{
    u64 now = arch_ticks();

    spin_lock(&lock);
    chacha_reseed(&generator, buf, n);
    chacha_reseed(&generator, &now, sizeof(now));
    spin_unlock(&lock);
}

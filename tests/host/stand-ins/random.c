/* random.c - random bytes that SEED repeats. */
#include "harness.h"

#include "kernel/random.h"

void random_fill(void *buf, size_t n)
{
    host_random_fill(buf, n);
}

u64 random_u64(void)
{
    return xorshift_next(&host_random);
}

void random_mix(const void *buf unused_arg, size_t n unused_arg)
{
}

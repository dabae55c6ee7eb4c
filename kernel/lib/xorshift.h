/*
 * xorshift.h - cheap pseudo-random numbers (Marsaglia's xorshift, Vigna's
 * multiplier), for tests and for spreading load.  Whoever sees a few can tell
 * the rest: nothing secret may come from here (chacha.h is for that).
 */
#pragma once

#include "kernel/lib/types.h"

/* The next number; *state is the seed, anything but 0. */
static inline u64 xorshift_next(u64 *state)
{
    u64 x = *state;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * 0x2545f4914f6cdd1dul;
}

/* One of 0 ... limit - 1; limit is not 0. */
static inline u64 xorshift_below(u64 *state, u64 limit)
{
    return xorshift_next(state) % limit;
}

/* time.c - clocks that stand still unless a test moves host_ticks (ns). */
#include "kernel/time.h"

/* Ticks are nanoseconds. */
struct time_scale time_scale = { .ns_per_tick = 1ul << 32 };

nsec_t time_realtime(void)
{
    return host_ticks + 1700000000ul * NSEC_PER_SEC;
}

/* random.h - random bytes: ChaCha20, seeded from the device tree and time. */
#pragma once

#include "kernel/lib/types.h"

void random_init(void);
void random_fill(void *buf, size_t n);      /* any context */
u64 random_u64(void);
/* Stir bytes in (write to /dev/urandom). */
void random_mix(const void *buf, size_t n);

/*
 * chacha.h - a random generator out of the ChaCha20 block function (RFC 8439)
 * with fast key erasure: each request replaces the key first, so that what
 * was given out cannot be computed from the state afterwards.  No locking.
 */
#pragma once

#include "kernel/lib/types.h"

#define CHACHA_KEY_SIZE 32
#define CHACHA_BLOCK_SIZE 64

struct chacha {
    u32 key[CHACHA_KEY_SIZE / 4];
};

/* Start from nothing but `size` bytes of seed (any number). */
void chacha_init(struct chacha *rng, const void *seed, size_t size);

/* Mix further seed in: never makes the state easier to guess. */
void chacha_reseed(struct chacha *rng, const void *seed, size_t size);

/* size random bytes into buf. */
void chacha_fill(struct chacha *rng, void *buf, size_t size);

/*
 * One block of key stream.  `input` is the 4 constant words, 8 of key, the
 * block counter and 3 of nonce (RFC 8439, 2.3).
 */
void chacha_block(const u32 input[16], u8 output[CHACHA_BLOCK_SIZE]);

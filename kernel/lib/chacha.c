/* chacha.c - ChaCha20 as a random generator. */
#include "kernel/lib/chacha.h"

#include "kernel/lib/string.h"

#define KEY_WORD 4          /* where the key stands in a block's input */
#define COUNTER_WORD 12

static always_inline u32 rotate_left(u32 x, int n)
{
    return x << n | x >> (32 - n);
}

static always_inline void quarter_round(u32 x[16], int a, int b, int c, int d)
{
    x[a] += x[b]; x[d] = rotate_left(x[d] ^ x[a], 16);
    x[c] += x[d]; x[b] = rotate_left(x[b] ^ x[c], 12);
    x[a] += x[b]; x[d] = rotate_left(x[d] ^ x[a], 8);
    x[c] += x[d]; x[b] = rotate_left(x[b] ^ x[c], 7);
}

static void store_le32(u8 *p, u32 value)
{
    for (int i = 0; i < 4; i++)
        p[i] = value >> (8 * i);
}

void chacha_block(const u32 input[16], u8 output[CHACHA_BLOCK_SIZE])
{
    u32 x[16];

    memcpy(x, input, sizeof(x));
    for (int double_round = 0; double_round < 10; double_round++) {
        quarter_round(x, 0, 4, 8, 12);
        quarter_round(x, 1, 5, 9, 13);
        quarter_round(x, 2, 6, 10, 14);
        quarter_round(x, 3, 7, 11, 15);
        quarter_round(x, 0, 5, 10, 15);
        quarter_round(x, 1, 6, 11, 12);
        quarter_round(x, 2, 7, 8, 13);
        quarter_round(x, 3, 4, 9, 14);
    }
    for (int i = 0; i < 16; i++)
        store_le32(output + 4 * i, x[i] + input[i]);
}

/* The first block's head becomes the next key, before anything is given out. */
static void start_stream(struct chacha *rng, u32 input[16],
                         u8 block[CHACHA_BLOCK_SIZE])
{
    static const u32 constants[KEY_WORD] = {    /* "expand 32-byte k" */
        0x61707865, 0x3320646e, 0x79622d32, 0x6b206574,
    };

    memset(input, 0, 16 * sizeof(u32));
    memcpy(input, constants, sizeof(constants));
    memcpy(input + KEY_WORD, rng->key, sizeof(rng->key));
    chacha_block(input, block);
    memcpy(rng->key, block, sizeof(rng->key));
}

/* Overwrite what the compiler thinks is dead. */
static void erase(void *p, size_t size)
{
    volatile u8 *byte = p;

    while (size-- > 0)
        *byte++ = 0;
}

void chacha_fill(struct chacha *rng, void *buf, size_t size)
{
    u8 block[CHACHA_BLOCK_SIZE], *out = buf;
    size_t used = CHACHA_KEY_SIZE;
    u32 input[16];

    start_stream(rng, input, block);
    while (size > 0) {
        if (used == sizeof(block)) {
            input[COUNTER_WORD]++;
            chacha_block(input, block);
            used = 0;
        }
        size_t part = MIN(size, sizeof(block) - used);
        memcpy(out, block + used, part);
        out += part;
        size -= part;
        used += part;
    }
    erase(block, sizeof(block));
    erase(input, sizeof(input));
}

void chacha_reseed(struct chacha *rng, const void *seed, size_t size)
{
    const u8 *bytes = seed;
    u8 block[CHACHA_BLOCK_SIZE];
    u32 input[16];

    /* Key by key's length: XOR a piece in, then scramble all of it. */
    do {
        size_t part = MIN(size, (size_t)CHACHA_KEY_SIZE);
        for (size_t i = 0; i < part; i++)
            rng->key[i / 4] ^= (u32)bytes[i] << (8 * (i % 4));
        start_stream(rng, input, block);
        bytes += part;
        size -= part;
    } while (size > 0);
    erase(block, sizeof(block));
    erase(input, sizeof(input));
}

void chacha_init(struct chacha *rng, const void *seed, size_t size)
{
    memset(rng, 0, sizeof(*rng));
    chacha_reseed(rng, seed, size);
}

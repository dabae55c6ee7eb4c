/*
 * test_chacha.c - the block function against RFC 8439, and what a generator
 * owes its users.
 * sources: kernel/lib/chacha.c
 */
#include "harness.h"

#include <string.h>

#include "kernel/lib/chacha.h"

/* RFC 8439, 2.3.2: key 00 01 .. 1f, counter 1, nonce 000000090000004a0..0. */
static void test_block_of_the_rfc(void **state)
{
    static const u8 expected[CHACHA_BLOCK_SIZE] = {
        0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15,
        0x50, 0x0f, 0xdd, 0x1f, 0xa3, 0x20, 0x71, 0xc4,
        0xc7, 0xd1, 0xf4, 0xc7, 0x33, 0xc0, 0x68, 0x03,
        0x04, 0x22, 0xaa, 0x9a, 0xc3, 0xd4, 0x6c, 0x4e,
        0xd2, 0x82, 0x64, 0x46, 0x07, 0x9f, 0xaa, 0x09,
        0x14, 0xc2, 0xd7, 0x05, 0xd9, 0x8b, 0x02, 0xa2,
        0xb5, 0x12, 0x9c, 0xd1, 0xde, 0x16, 0x4e, 0xb9,
        0xcb, 0xd0, 0x83, 0xe8, 0xa2, 0x50, 0x3c, 0x4e,
    };
    static const u32 input[16] = {
        0x61707865, 0x3320646e, 0x79622d32, 0x6b206574,
        0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c,
        0x13121110, 0x17161514, 0x1b1a1918, 0x1f1e1d1c,
        0x00000001, 0x09000000, 0x4a000000, 0x00000000,
    };
    u8 output[CHACHA_BLOCK_SIZE];

    chacha_block(input, output);
    assert_memory_equal(output, expected, sizeof(output));
}

/* RFC 8439, appendix A.1, vector 1: everything zero. */
static void test_zero_block_of_the_rfc(void **state)
{
    static const u8 expected[16] = {
        0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90,
        0x40, 0x5d, 0x6a, 0xe5, 0x53, 0x86, 0xbd, 0x28,
    };
    u32 input[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };
    u8 output[CHACHA_BLOCK_SIZE];

    chacha_block(input, output);
    assert_memory_equal(output, expected, sizeof(expected));
}

/* What a fill gives is the key stream behind the bytes for the next key. */
static void test_fill_is_the_key_stream(void **state)
{
    u32 input[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };
    u8 stream[3 * CHACHA_BLOCK_SIZE], out[130];
    struct chacha rng;

    host_random_fill(rng.key, sizeof(rng.key));
    memcpy(input + 4, rng.key, sizeof(rng.key));
    for (int i = 0; i < 3; i++, input[12]++)
        chacha_block(input, stream + i * CHACHA_BLOCK_SIZE);
    chacha_fill(&rng, out, sizeof(out));
    assert_memory_equal(rng.key, stream, CHACHA_KEY_SIZE);
    assert_memory_equal(out, stream + CHACHA_KEY_SIZE, sizeof(out));
}

static void test_same_seed_same_bytes(void **state)
{
    struct chacha a, b;
    u8 from_a[100], from_b[100];

    chacha_init(&a, "seed", 4);
    chacha_init(&b, "seed", 4);
    chacha_fill(&a, from_a, sizeof(from_a));
    chacha_fill(&b, from_b, sizeof(from_b));
    assert_memory_equal(from_a, from_b, sizeof(from_a));
    chacha_fill(&a, from_a, sizeof(from_a));
    assert_memory_not_equal(from_a, from_b, sizeof(from_a));
}

/* Any bit of a long seed, wherever it is, changes everything. */
static void test_every_seed_bit_counts(void **state)
{
    u8 seed[100], first[32], other[32];
    struct chacha rng;

    host_random_fill(seed, sizeof(seed));
    chacha_init(&rng, seed, sizeof(seed));
    chacha_fill(&rng, first, sizeof(first));
    for (size_t bit = 0; bit < 8 * sizeof(seed); bit++) {
        seed[bit / 8] ^= 1 << (bit % 8);
        chacha_init(&rng, seed, sizeof(seed));
        chacha_fill(&rng, other, sizeof(other));
        assert_memory_not_equal(first, other, sizeof(first));
        seed[bit / 8] ^= 1 << (bit % 8);
    }
}

static void test_reseeding_keeps_what_was_there(void **state)
{
    u8 first[32], other[32];
    struct chacha a, b;

    chacha_init(&a, "one", 3);
    chacha_init(&b, "two", 3);
    chacha_reseed(&a, "same", 4);
    chacha_reseed(&b, "same", 4);
    chacha_fill(&a, first, sizeof(first));
    chacha_fill(&b, other, sizeof(other));
    assert_memory_not_equal(first, other, sizeof(first));
}

/* About half of the bits are set; off by six deviations is no chance. */
static void test_bits_are_balanced(void **state)
{
    static u8 bytes[1 << 16];
    struct chacha rng;
    long ones = 0;

    host_random_fill(rng.key, sizeof(rng.key));
    chacha_fill(&rng, bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++)
        ones += __builtin_popcount(bytes[i]);
    assert_in_range(ones, 4 * sizeof(bytes) - 2200, 4 * sizeof(bytes) + 2200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_block_of_the_rfc),
        cmocka_unit_test(test_zero_block_of_the_rfc),
        cmocka_unit_test(test_fill_is_the_key_stream),
        cmocka_unit_test(test_same_seed_same_bytes),
        cmocka_unit_test(test_every_seed_bit_counts),
        cmocka_unit_test(test_reseeding_keeps_what_was_there),
        cmocka_unit_test(test_bits_are_balanced),
    };
    return host_run(tests);
}

/*
 * bitmap.h - bit operations on words and arrays of words.  rv64gc has no
 * count-zeros instruction, so the searches use multiplication tables instead
 * of the loops a compiler would call out for.
 */
#pragma once

#include "kernel/lib/types.h"

#define BITS_PER_WORD 64
#define BITMAP_WORDS(bits) (((bits) + BITS_PER_WORD - 1) / BITS_PER_WORD)

/* Index of the lowest set bit; the word is not 0. */
static inline unsigned bit_lowest(u64 word)
{
    static const u8 position[64] = {
        0, 1, 2, 53, 3, 7, 54, 27, 4, 38, 41, 8, 34, 55, 48, 28,
        62, 5, 39, 46, 44, 42, 22, 9, 24, 35, 59, 56, 49, 18, 29, 11,
        63, 52, 6, 26, 37, 40, 33, 47, 61, 45, 43, 21, 23, 58, 17, 10,
        51, 25, 36, 32, 60, 20, 57, 16, 50, 31, 19, 15, 30, 14, 13, 12,
    };
    return position[((word & -word) * 0x022fdd63cc95386dul) >> 58];
}

static inline bool bitmap_test(const u64 *map, size_t bit)
{
    return map[bit / BITS_PER_WORD] >> (bit % BITS_PER_WORD) & 1;
}

static inline void bitmap_set(u64 *map, size_t bit)
{
    map[bit / BITS_PER_WORD] |= 1ul << (bit % BITS_PER_WORD);
}

static inline void bitmap_clear(u64 *map, size_t bit)
{
    map[bit / BITS_PER_WORD] &= ~(1ul << (bit % BITS_PER_WORD));
}

/* First set / clear bit at or after `from`; `bits` if there is none. */
size_t bitmap_find_set(const u64 *map, size_t bits, size_t from);
size_t bitmap_find_clear(const u64 *map, size_t bits, size_t from);

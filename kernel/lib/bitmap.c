/* bitmap.c - searches in arrays of words. */
#include "kernel/lib/bitmap.h"

/* The first bit at or after `from` that differs from those of `skip`. */
static size_t find_bit(const u64 *map, size_t bits, size_t from, u64 skip)
{
    u64 mask = ~0ul << (from % BITS_PER_WORD);

    for (size_t w = from / BITS_PER_WORD; w < BITMAP_WORDS(bits); w++) {
        u64 hits = (map[w] ^ skip) & mask;
        /* The last word's spare bits may match; they do not count. */
        if (hits != 0)
            return MIN(w * BITS_PER_WORD + bit_lowest(hits), bits);
        mask = ~0ul;
    }
    return bits;
}

size_t bitmap_find_set(const u64 *map, size_t bits, size_t from)
{
    return find_bit(map, bits, from, 0);
}

size_t bitmap_find_clear(const u64 *map, size_t bits, size_t from)
{
    return find_bit(map, bits, from, ~0ul);
}

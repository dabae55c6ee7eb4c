/*
 * string.c - memory and string functions.
 *
 * Copying and filling are what a page fault, fork and every file read are
 * made of, so they go by aligned words, 32 to a loop turn: zeroing a page
 * costs 34 instructions per 256 bytes.  No access is ever misaligned (a hart
 * may trap on one) and none touches a byte outside the given ranges.
 */
#include "kernel/lib/string.h"

#include "kernel/lib/errno.h"

#define WORD sizeof(u64)
#define BLOCK_WORDS 32
#define SMALL (8 * WORD)

/* A word may be looked at whatever the bytes' declared type is. */
typedef u64 __attribute__((may_alias)) word_t;

/* Else gcc would find a memset in the body of memset, and call it. */
#define no_idioms __attribute__((optimize("no-tree-loop-distribute-patterns")))

static always_inline size_t misalignment(const void *p)
{
    return (uintptr_t)p % WORD;
}

/* Bytes from p to the next word boundary. */
static always_inline size_t bytes_to_align(const void *p)
{
    return -(uintptr_t)p % WORD;
}

no_idioms static always_inline void copy_bytes(u8 *d, const u8 *s, size_t n)
{
    for (const u8 *end = s + n; s != end; )
        *d++ = *s++;
}

no_idioms static always_inline void copy_single_words(word_t *d,
                                                      const word_t *s,
                                                      size_t words)
{
    for (const word_t *end = s + words; s != end; )
        *d++ = *s++;
}

/* Loads before stores: a pipeline need not wait for each single one. */
static always_inline void copy_four(word_t *d, const word_t *s)
{
    u64 w0 = s[0], w1 = s[1], w2 = s[2], w3 = s[3];

    d[0] = w0;
    d[1] = w1;
    d[2] = w2;
    d[3] = w3;
}

/* Both aligned. */
no_idioms static always_inline void copy_words(word_t *d, const word_t *s,
                                               size_t words)
{
    for (; words >= BLOCK_WORDS; words -= BLOCK_WORDS) {
        #pragma GCC unroll 8
        for (int i = 0; i < BLOCK_WORDS; i += 4)
            copy_four(d + i, s + i);
        d += BLOCK_WORDS;
        s += BLOCK_WORDS;
    }
    for (; words >= 4; words -= 4) {
        copy_four(d, s);
        d += 4;
        s += 4;
    }
    copy_single_words(d, s, words);
}

/*
 * d is aligned, s is not: each word stored is put together from two aligned
 * words.  The first one is gathered by bytes, so as not to read in front of
 * s.  Returns how many bytes were copied; fewer than 16 are left.
 */
no_idioms static always_inline size_t copy_shifted(word_t *d, const u8 *s,
                                                   size_t n)
{
    size_t skew = misalignment(s), words = (n + skew) / WORD - 1;
    unsigned down = 8 * skew, up = 64 - down;
    const word_t *next = (const word_t *)(s + WORD - skew);
    u64 low = 0;

    for (size_t i = 0; i < WORD - skew; i++)
        low |= (u64)s[i] << (8 * i);
    for (const word_t *end = next + words; next != end; next++) {
        u64 high = *next;
        *d++ = low | high << up;
        low = high >> down;
    }
    return words * WORD;
}

/* Right for overlapping ranges too as long as dst is below src. */
no_idioms static always_inline void copy_upwards(u8 *d, const u8 *s, size_t n)
{
    /* Small structs are the most frequent case, and want no preparations. */
    if (n <= SMALL && ((uintptr_t)d | (uintptr_t)s | n) % WORD == 0) {
        copy_single_words((word_t *)d, (const word_t *)s, n / WORD);
        return;
    }
    if (n >= 2 * WORD) {
        size_t part = bytes_to_align(d);

        if (part != 0) {
            copy_bytes(d, s, part);
            d += part;
            s += part;
            n -= part;
        }
        if (misalignment(s) == 0) {
            part = ALIGN_DOWN(n, WORD);
            copy_words((word_t *)d, (const word_t *)s, part / WORD);
        } else {
            part = copy_shifted((word_t *)d, s, n);
        }
        d += part;
        s += part;
        n -= part;
    }
    copy_bytes(d, s, n);
}

/* The mirror image, for a dst above src; words only if both align alike. */
no_idioms static void copy_downwards(u8 *d, const u8 *s, size_t n)
{
    d += n;
    s += n;
    if (misalignment(d) == misalignment(s)) {
        for (; n > 0 && misalignment(d) != 0; n--)
            *--d = *--s;
        for (; n >= WORD; n -= WORD) {
            d -= WORD;
            s -= WORD;
            *(word_t *)d = *(const word_t *)s;
        }
    }
    for (; n > 0; n--)
        *--d = *--s;
}

/*
 * Without the prototype's `restrict`, for which gcc would load a whole block
 * before the first store, and run out of registers.
 */
no_idioms void *memcpy(void *dst, const void *src, size_t n)
{
    copy_upwards(dst, src, n);
    return dst;
}

no_idioms void *memmove(void *dst, const void *src, size_t n)
{
    /* Below src the difference wraps round to a number greater than n. */
    if ((uintptr_t)dst - (uintptr_t)src >= n)
        copy_upwards(dst, src, n);
    else
        copy_downwards(dst, src, n);
    return dst;
}

no_idioms static always_inline void fill_words(word_t *d, u64 pattern,
                                               size_t words)
{
    for (; words >= BLOCK_WORDS; words -= BLOCK_WORDS) {
        #pragma GCC unroll 32
        for (int i = 0; i < BLOCK_WORDS; i++)
            d[i] = pattern;
        d += BLOCK_WORDS;
    }
    for (; words >= 4; words -= 4) {
        #pragma GCC unroll 4
        for (int i = 0; i < 4; i++)
            d[i] = pattern;
        d += 4;
    }
    for (; words != 0; words--)
        *d++ = pattern;
}

no_idioms void *memset(void *dst, int c, size_t n)
{
    u8 *d = dst, *end = d + n;

    if (n >= 2 * WORD) {
        for (; misalignment(d) != 0; d++)
            *d = c;
        size_t words = (end - d) / WORD;
        fill_words((word_t *)d, (u8)c * 0x0101010101010101ul, words);
        d += words * WORD;
    }
    for (; d != end; d++)
        *d = c;
    return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const u8 *p = a, *q = b, *end = p + n;

    /* Skip what is equal by words; the bytes of the first difference decide. */
    if ((misalignment(p) | misalignment(q)) == 0)
        while ((size_t)(end - p) >= WORD &&
               *(const word_t *)p == *(const word_t *)q) {
            p += WORD;
            q += WORD;
        }
    for (; p != end; p++, q++)
        if (*p != *q)
            return *p - *q;
    return 0;
}

void *memchr(const void *s, int c, size_t n)
{
    for (const u8 *p = s, *end = p + n; p != end; p++)
        if (*p == (u8)c)
            return (void *)p;
    return NULL;
}

no_idioms size_t strlen(const char *s)
{
    const char *p = s;

    while (*p != '\0')
        p++;
    return p - s;
}

size_t strnlen(const char *s, size_t max)
{
    const char *p = s;

    while (max-- > 0 && *p != '\0')
        p++;
    return p - s;
}

int strcmp(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
    for (; n > 0; n--, a++, b++)
        if (*a != *b || *a == '\0')
            return (u8)*a - (u8)*b;
    return 0;
}

char *strchr(const char *s, int c)
{
    for (; *s != (char)c; s++)
        if (*s == '\0')
            return NULL;
    return (char *)s;
}

char *strrchr(const char *s, int c)
{
    const char *found = NULL;

    do {
        if (*s == (char)c)
            found = s;
    } while (*s++ != '\0');
    return (char *)found;
}

size_t str_copy(char *dst, const char *src, size_t size)
{
    size_t length = strlen(src);

    if (size > 0) {
        size_t kept = MIN(length, size - 1);
        memcpy(dst, src, kept);
        dst[kept] = '\0';
    }
    return length;
}

/* The value of a digit of any base up to 16, or 16 if c is none. */
static unsigned digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 16;
}

int str_to_u64(const char **s, u64 *value)
{
    const char *p = *s;
    unsigned base = 10;
    u64 sum = 0;

    if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X') && digit_value(p[2]) < 16) {
        base = 16;
        p += 2;
    } else if (p[0] == '0') {
        base = 8;
    }
    if (digit_value(*p) >= base)
        return -EINVAL;
    for (; digit_value(*p) < base; p++)
        if (__builtin_mul_overflow(sum, base, &sum) ||
            __builtin_add_overflow(sum, digit_value(*p), &sum))
            return -ERANGE;
    *s = p;
    *value = sum;
    return 0;
}

static unsigned suffix_shift(char c)
{
    switch (c) {
    case 'k': case 'K': return 10;
    case 'm': case 'M': return 20;
    case 'g': case 'G': return 30;
    default: return 0;
    }
}

int str_to_size(const char **s, u64 *value)
{
    const char *p = *s;
    u64 number;

    int error = str_to_u64(&p, &number);
    if (error < 0)
        return error;
    unsigned shift = suffix_shift(*p);
    if (number << shift >> shift != number)
        return -ERANGE;
    *s = p + (shift != 0);
    *value = number << shift;
    return 0;
}

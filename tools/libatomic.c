/*
 * Atomics on one and two bytes, as gcc calls them.
 *
 * RISC-V has atomic instructions for words only, so gcc 12 calls a library for
 * `_Atomic char` and `atomic_bool`; the bare-metal gcc comes without it. Each
 * function works on the aligned word around the object and leaves the other
 * bytes of the word as they were. Every order is served as sequentially
 * consistent, which is the strongest.
 */
#include <stdbool.h>
#include <stdint.h>

struct lane {
    uint32_t *word;
    unsigned shift;
    uint32_t mask;
};

static inline struct lane lane_of(const volatile void *object, unsigned bytes)
{
    uintptr_t address = (uintptr_t)object;

    return (struct lane){
        .word = (uint32_t *)(address & ~(uintptr_t)3),
        .shift = (unsigned)(address & 3) * 8,
        .mask = (bytes == 1 ? 0xffu : 0xffffu) << (address & 3) * 8,
    };
}

static inline bool lane_swap(struct lane l, uint32_t *seen, uint32_t value)
{
    uint32_t word = (*seen & ~l.mask) | ((value << l.shift) & l.mask);

    return __atomic_compare_exchange_n(l.word, seen, word, true,
                                       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* The names are builtins of gcc's, so each is defined under an alias. */
#define UPDATE(NAME, TYPE, SIZE, RESULT)                                     \
    TYPE larch_##NAME##_##SIZE(volatile void *, TYPE, int)                   \
        __asm__("__atomic_" #NAME "_" #SIZE);                                \
    TYPE larch_##NAME##_##SIZE(volatile void *object, TYPE value, int order) \
    {                                                                        \
        struct lane l = lane_of(object, SIZE);                               \
        uint32_t seen = __atomic_load_n(l.word, __ATOMIC_RELAXED);           \
        TYPE old;                                                            \
                                                                             \
        (void)order;                                                         \
        do                                                                   \
            old = (TYPE)(seen >> l.shift);                                   \
        while (!lane_swap(l, &seen, (TYPE)(RESULT)));                        \
        return old;                                                          \
    }

#define COMPARE_EXCHANGE(TYPE, SIZE)                                         \
    bool larch_compare_exchange_##SIZE(volatile void *, void *, TYPE, int,   \
                                       int)                                  \
        __asm__("__atomic_compare_exchange_" #SIZE);                         \
    bool larch_compare_exchange_##SIZE(volatile void *object,                \
                                       void *expected, TYPE value,           \
                                       int success, int failure)             \
    {                                                                        \
        struct lane l = lane_of(object, SIZE);                               \
        uint32_t seen = __atomic_load_n(l.word, __ATOMIC_RELAXED);           \
                                                                             \
        (void)success;                                                       \
        (void)failure;                                                       \
        do {                                                                 \
            TYPE old = (TYPE)(seen >> l.shift);                              \
                                                                             \
            if (old != *(TYPE *)expected) {                                  \
                *(TYPE *)expected = old;                                     \
                return false;                                                \
            }                                                                \
        } while (!lane_swap(l, &seen, value));                               \
        return true;                                                         \
    }

#define ALL(TYPE, SIZE)                         \
    UPDATE(exchange, TYPE, SIZE, value)         \
    UPDATE(fetch_add, TYPE, SIZE, old + value)  \
    UPDATE(fetch_sub, TYPE, SIZE, old - value)  \
    UPDATE(fetch_and, TYPE, SIZE, old & value)  \
    UPDATE(fetch_or, TYPE, SIZE, old | value)   \
    UPDATE(fetch_xor, TYPE, SIZE, old ^ value)  \
    UPDATE(fetch_nand, TYPE, SIZE, ~(old & value)) \
    COMPARE_EXCHANGE(TYPE, SIZE)

ALL(uint8_t, 1)
ALL(uint16_t, 2)

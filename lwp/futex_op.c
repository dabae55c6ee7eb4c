/*
 * futex_op.c - FUTEX_WAKE_OP: a change of a word and two wake-ups in one call.
 */
#include "kernel/lib/errno.h"
#include "lwp/futex.h"
#include "lwp/futex_ops.h"
#include "mm/uaccess.h"

enum { OP_SET, OP_ADD, OP_OR, OP_ANDN, OP_XOR };
enum { CMP_EQ, CMP_NE, CMP_LT, CMP_LE, CMP_GT, CMP_GE };

#define OP_SHIFT_ARG 8              /* the operand is 1 << argument */

/* operation: 4 bits what, 4 bits test, 12 bits operand, 12 bits to compare. */
static int field12(u32 operation, unsigned shift)
{
    return (s32)(operation << (20 - shift)) >> 20;
}

static bool apply(u32 operation, u32 old, u32 *value)
{
    unsigned op = operation >> 28;
    u32 operand = field12(operation, 12);

    if (op & OP_SHIFT_ARG)
        operand = 1u << (operand & 31);
    switch (op & ~OP_SHIFT_ARG) {
    case OP_SET: *value = operand; break;
    case OP_ADD: *value = old + operand; break;
    case OP_OR: *value = old | operand; break;
    case OP_ANDN: *value = old & ~operand; break;
    case OP_XOR: *value = old ^ operand; break;
    default: return false;
    }
    return true;
}

/* 0 or 1, -ENOSYS for an unknown test. */
static int compare(u32 operation, s32 old)
{
    s32 with = field12(operation, 0);

    switch (operation >> 24 & 15) {
    case CMP_EQ: return old == with;
    case CMP_NE: return old != with;
    case CMP_LT: return old < with;
    case CMP_LE: return old <= with;
    case CMP_GT: return old > with;
    case CMP_GE: return old >= with;
    default: return -ENOSYS;
    }
}

static int change_word(uptr_t word, u32 operation, u32 *old)
{
    u32 value;
    int error = user_load_u32(word, old);

    if (error)
        return error;
    do {
        if (!apply(operation, *old, &value))
            return -ENOSYS;
        error = user_cmpxchg_u32(word, old, value);
    } while (error == -EAGAIN);
    return error;
}

int futex_wake_op(const struct futex_wake_op *w)
{
    int woken, test, result;
    u32 old;

    test = compare(w->operation, 0);
    if (test < 0)
        return test;
    result = change_word(w->target, w->operation, &old);
    if (result)
        return result;
    woken = futex_wake(w->word, w->shared, w->wake, FUTEX_BITSET_ANY);
    if (woken < 0 || !compare(w->operation, old))
        return woken;
    result = futex_wake(w->target, w->shared, w->wake_target, FUTEX_BITSET_ANY);
    return result < 0 ? result : woken + result;
}

/*
 * test_futex_op.c - the little machine inside FUTEX_WAKE_OP.
 */
#include "harness.h"

#include "uaccess_host.h"

#include "lwp/futex_op.c"

static unsigned woken_first, woken_target;
static u32 first, target;

int user_load_u32(uptr_t p, u32 *value)
{
    return copy_from_user(value, p, sizeof(*value));
}

int user_cmpxchg_u32(uptr_t p, u32 *expected, u32 desired)
{
    u32 now;

    if (user_load_u32(p, &now))
        return -EFAULT;
    if (now == *expected)
        return copy_to_user(p, &desired, sizeof(desired));
    *expected = now;
    return -EAGAIN;
}

/* Everybody asked for was there. */
int futex_wake(uptr_t word, bool shared, unsigned count, u32 bitset)
{
    if (word == uptr(&first))
        woken_first += count;
    else
        woken_target += count;
    return count;
}

static u32 encode(unsigned op, int operand, unsigned cmp, int with)
{
    return op << 28 | cmp << 24 | (operand & 0xfff) << 12 | (with & 0xfff);
}

static int run(u32 before, u32 operation)
{
    struct futex_wake_op w = { .word = uptr(&first), .target = uptr(&target),
                               .wake = 1, .wake_target = 2,
                               .operation = operation };

    woken_first = woken_target = 0;
    target = before;
    return futex_wake_op(&w);
}

static void test_operations(void **state)
{
    static const struct { unsigned op; int operand; u32 before, after; } row[] = {
        { OP_SET, 5, 9, 5 },
        { OP_SET, -1, 9, 0xffffffff },
        { OP_ADD, 5, 9, 14 },
        { OP_ADD, -10, 9, 0xffffffff },
        { OP_OR, 6, 9, 15 },
        { OP_ANDN, 8, 9, 1 },
        { OP_XOR, 15, 9, 6 },
        { OP_SET | OP_SHIFT_ARG, 31, 0, 0x80000000 },
        { OP_ADD | OP_SHIFT_ARG, 3, 1, 9 },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(row); i++) {
        run(row[i].before, encode(row[i].op, row[i].operand, CMP_EQ, 0));
        assert_int_equal(target, row[i].after);
        assert_int_equal(woken_first, 1);
    }
}

static void test_comparisons(void **state)
{
    static const struct { unsigned cmp; bool below, equal, above; } row[] = {
        { CMP_EQ, false, true, false }, { CMP_NE, true, false, true },
        { CMP_LT, true, false, false }, { CMP_LE, true, true, false },
        { CMP_GT, false, false, true }, { CMP_GE, false, true, true },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(row); i++) {
        for (int with = -2047; with <= 2046; with += 1023) {
            u32 op = encode(OP_SET, 0, row[i].cmp, with);

            assert_int_equal(run(with - 1, op), row[i].below ? 3 : 1);
            assert_int_equal(run(with, op), row[i].equal ? 3 : 1);
            assert_int_equal(run(with + 1, op), row[i].above ? 3 : 1);
        }
    }
}

static void test_nonsense_changes_nothing(void **state)
{
    assert_int_equal(run(7, encode(OP_SET, 1, 6, 0)), -ENOSYS);
    assert_int_equal(target, 7);
    assert_int_equal(run(7, encode(5, 1, CMP_EQ, 0)), -ENOSYS);
    assert_int_equal(target, 7);
    assert_int_equal(woken_first + woken_target, 0);
}

static void test_bad_address(void **state)
{
    host_user_hole(&target, sizeof(target));
    assert_int_equal(run(1, encode(OP_SET, 1, CMP_EQ, 0)), -EFAULT);
    assert_int_equal(woken_first, 0);
    host_user_hole(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_operations),
        cmocka_unit_test(test_comparisons),
        cmocka_unit_test(test_nonsense_changes_nothing),
        cmocka_unit_test(test_bad_address),
    };
    return host_run(tests);
}

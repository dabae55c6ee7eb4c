/*
 * test_syscalls.c - the system-call list: numbers, casts, formats.
 * sources: kernel/lib/errno.c
 */
#include "harness.h"

#include <string.h>

#include "arch.h"

/* What the kernel's arch.h says of the table. */
long syscall_unknown(u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5, u64 a6,
                     u64 number);

#include "lwp/syscall.c"
#include "user/bin/lib/syscalls.c"

/* Every call of the list as a function that notes what it was given. */
static const char *called;
static u64 given[6];
static unsigned given_count;

#define NOTE_0()
#define NOTE_1(t, n) given[given_count++] = (u64)(n);
#define NOTE_2(t, n, ...) NOTE_1(t, n) NOTE_1(__VA_ARGS__)
#define NOTE_3(t, n, ...) NOTE_1(t, n) NOTE_2(__VA_ARGS__)
#define NOTE_4(t, n, ...) NOTE_1(t, n) NOTE_3(__VA_ARGS__)
#define NOTE_5(t, n, ...) NOTE_1(t, n) NOTE_4(__VA_ARGS__)
#define NOTE_6(t, n, ...) NOTE_1(t, n) NOTE_5(__VA_ARGS__)
#define NOTE(...) SYS_JOIN(NOTE_, SYS_PAIRS(__VA_ARGS__))(__VA_ARGS__)

#define SYSCALL(number, name, ...) \
    long sys_##name(SYS_PARAMS(__VA_ARGS__)) \
    { \
        called = #name; \
        given_count = 0; \
        NOTE(__VA_ARGS__) \
        return number; \
    }
#define SYSCALL_FRAME SYSCALL
#include "lwp/syscalls.def"
#undef SYSCALL
#undef SYSCALL_FRAME

/* The trap entry's stubs. */
#define SYSCALL(number, name, ...)
#define SYSCALL_FRAME(number, name, ...) \
    long syscall_frame_##name(u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5) \
    { \
        return syscall_wrap_##name(a0, a1, a2, a3, a4, a5); \
    }
#include "lwp/syscalls.def"
#undef SYSCALL
#undef SYSCALL_FRAME

static const u64 junk[6] = {
    0xdeadbeef80000001, 0xcafef00d7fffffff, 0x1234567800000000,
    0xffffffff00000001, 0x8000000080000000, 0x00000001ffffffff,
};

/* What of a register the declared type lets through. */
static u64 expected(enum syscall_arg kind, u64 reg)
{
    switch (kind) {
    case SYS_ARG_INT:
        return (u64)(long)(int)reg;
    case SYS_ARG_U32:
    case SYS_ARG_OCTAL:
        return (u32)reg;
    default:
        return reg;
    }
}

static void test_each_number_calls_its_function(void **state)
{
    unsigned calls = 0;

    for (unsigned n = 0; n < SYSCALL_LIMIT; n++) {
        const struct syscall_format *f = syscall_format(n);
        unsigned args = 0;

        if (!f)
            continue;
        calls++;
        while (args < 6 && f->args[args] != SYS_ARG_NONE)
            args++;
        called = NULL;
        assert_in_range(syscall_slot(n), 0, SYSCALL_SLOTS - 1);
        assert_int_equal(syscall_table[syscall_slot(n)](
                             junk[0], junk[1], junk[2], junk[3], junk[4],
                             junk[5]), n);
        assert_string_equal(called, f->name);
        assert_int_equal(given_count, args);
        for (unsigned i = 0; i < args; i++)
            assert_int_equal(given[i], expected(f->args[i], junk[i]));
    }
    assert_in_range(calls, 60, SYSCALL_LIMIT);
}

/* Two calls of one number do not compile; of one name they must not either. */
static void test_names_differ(void **state)
{
    for (unsigned n = 0; n < SYSCALL_LIMIT; n++)
        for (unsigned m = 0; m < n; m++)
            if (syscall_format(n) && syscall_format(m))
                assert_string_not_equal(syscall_format(n)->name,
                                        syscall_format(m)->name);
}

/* A few that every Linux/riscv64 program depends on. */
static void test_numbers_are_linux(void **state)
{
    static const struct {
        unsigned number;
        const char *name;
    } known[] = {
        { 93, "exit" }, { 94, "exit_group" }, { 96, "set_tid_address" },
        { 172, "getpid" }, { 220, "clone" }, { 221, "execve" },
        { 260, "wait4" }, { 278, "getrandom" }, { 435, "clone3" },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(known); i++)
        assert_string_equal(syscall_format(known[i].number)->name,
                            known[i].name);
}

static void test_the_rest_is_unknown(void **state)
{
    struct lwp lwp = { .pid = 7 };
    struct lwp_thread thread = { .lwp = &lwp };

    arch_this_hart->thread = &thread.thread.arch;
    for (unsigned n = 0; n < SYSCALL_LIMIT; n++)
        if (!syscall_format(n) && syscall_slot(n) < SYSCALL_SLOTS)
            assert_ptr_equal(syscall_table[syscall_slot(n)], syscall_unknown);
    assert_int_equal(syscall_slot(511), 511);
    assert_int_equal(syscall_slot(512), SYSCALL_SLOTS);
    assert_int_equal(syscall_slot(1023), SYSCALL_SLOTS);
    assert_int_equal(syscall_slot(1024), 512);
    assert_int_equal(syscall_slot(1088), SYSCALL_SLOTS);
    assert_int_equal(syscall_slot(~0ul), SYSCALL_SLOTS);
    assert_int_equal(syscall_unknown(0, 0, 0, 0, 0, 0, 0, 1000), -ENOSYS);
    assert_int_equal(syscall_unknown(0, 0, 0, 0, 0, 0, 0, ~0ul), -ENOSYS);
    assert_int_equal(lwp.unknown_calls, 1ul << (1000 / 64) | 1ul << 63);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_number_calls_its_function),
        cmocka_unit_test(test_names_differ),
        cmocka_unit_test(test_numbers_are_linux),
        cmocka_unit_test(test_the_rest_is_unknown),
    };
    return host_run(tests);
}

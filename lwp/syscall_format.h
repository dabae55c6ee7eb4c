/*
 * syscall_format.h - lwp/syscalls.def read as data: what the arguments of each
 * call are, for those that show them.  Plain macros, also for user programs.
 */
#pragma once

/* SYS_PAIRS(type, name, type, name ...): how many pairs, 0 to 6. */
#define SYS_PAIRS_(zero, a, b, c, d, e, f, g, h, i, j, k, l, n, ...) n
#define SYS_PAIRS(...) SYS_PAIRS_(0, ##__VA_ARGS__, 6, 6, 5, 5, 4, 4, 3, 3, \
                                  2, 2, 1, 1, 0)
#define SYS_JOIN_(a, b) a##b
#define SYS_JOIN(a, b) SYS_JOIN_(a, b)

/* How an argument is shown. */
enum syscall_arg {
    SYS_ARG_NONE, SYS_ARG_SIGNED, SYS_ARG_INT, SYS_ARG_UNSIGNED, SYS_ARG_U32,
    SYS_ARG_OCTAL, SYS_ARG_POINTER, SYS_ARG_STRING,
};

#define SYS_ARG_int         SYS_ARG_INT
#define SYS_ARG_pid_t       SYS_ARG_INT
#define SYS_ARG_long        SYS_ARG_SIGNED
#define SYS_ARG_off_t       SYS_ARG_SIGNED
#define SYS_ARG_unsigned    SYS_ARG_U32
#define SYS_ARG_uid_t       SYS_ARG_U32
#define SYS_ARG_gid_t       SYS_ARG_U32
#define SYS_ARG_size_t      SYS_ARG_UNSIGNED
#define SYS_ARG_u64         SYS_ARG_UNSIGNED
#define SYS_ARG_mode_t      SYS_ARG_OCTAL
#define SYS_ARG_uptr_t      SYS_ARG_POINTER
#define SYS_ARG_ustr_t      SYS_ARG_STRING

/* SYS_ARGS(type, name, ...): an initializer of enum syscall_arg values. */
#define SYS_ARGS_0()
#define SYS_ARGS_1(t, n) SYS_ARG_##t
#define SYS_ARGS_2(t, n, ...) SYS_ARG_##t, SYS_ARGS_1(__VA_ARGS__)
#define SYS_ARGS_3(t, n, ...) SYS_ARG_##t, SYS_ARGS_2(__VA_ARGS__)
#define SYS_ARGS_4(t, n, ...) SYS_ARG_##t, SYS_ARGS_3(__VA_ARGS__)
#define SYS_ARGS_5(t, n, ...) SYS_ARG_##t, SYS_ARGS_4(__VA_ARGS__)
#define SYS_ARGS_6(t, n, ...) SYS_ARG_##t, SYS_ARGS_5(__VA_ARGS__)
#define SYS_ARGS(...) SYS_JOIN(SYS_ARGS_, SYS_PAIRS(__VA_ARGS__))(__VA_ARGS__)

struct syscall_format {
    unsigned number;
    const char *name;
    unsigned char args[6];          /* enum syscall_arg, NONE behind the last */
};

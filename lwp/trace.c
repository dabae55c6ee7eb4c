/*
 * trace.c - strace: a line for each system call of a traced process, formatted
 * by what lwp/syscalls.def says of it.
 */
#include "kernel/fs/file.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "lwp/lwp.h"
#include "lwp/syscall.h"
#include "mm/uaccess.h"

#define LINE_SIZE   512
#define STRING_SHOWN 48         /* bytes of a string argument */

struct line {
    size_t length;
    char text[LINE_SIZE];
};

static void printf_like(2, 3) add(struct line *l, const char *format, ...)
{
    va_list args;
    size_t room = sizeof(l->text) - l->length;
    int n;

    va_start(args, format);
    n = kvsnprintf(l->text + l->length, room, format, args);
    va_end(args);
    l->length += MIN((size_t)n, room - 1);
}

static void add_string(struct line *l, u64 address)
{
    char text[STRING_SHOWN];
    ssize_t n = strncpy_from_user(text, (ustr_t)address, sizeof(text));
    bool cut = n == -ENAMETOOLONG;

    if (cut)
        n = sizeof(text);
    if (n < 0) {
        add(l, "%#lx", address);
        return;
    }
    add(l, "\"");
    for (ssize_t i = 0; i < n; i++) {
        char c = text[i];
        if (c == '\n')
            add(l, "\\n");
        else if (c == '"' || c == '\\')
            add(l, "\\%c", c);
        else if (c >= ' ' && c <= '~')
            add(l, "%c", c);
        else
            add(l, "\\x%02x", (u8)c);
    }
    add(l, cut ? "\"..." : "\"");
}

static void add_argument(struct line *l, enum syscall_arg kind, u64 value)
{
    switch (kind) {
    case SYS_ARG_NONE:
        break;
    case SYS_ARG_SIGNED:
        add(l, "%ld", (long)value);
        break;
    case SYS_ARG_INT:
        add(l, "%d", (int)value);
        break;
    case SYS_ARG_UNSIGNED:
        add(l, value > 0xffff ? "%#lx" : "%lu", value);
        break;
    case SYS_ARG_U32:
        add(l, (u32)value > 0xffff ? "%#x" : "%u", (u32)value);
        break;
    case SYS_ARG_OCTAL:
        add(l, "%#o", (u32)value);
        break;
    case SYS_ARG_POINTER:
        add(l, value ? "%#lx" : "NULL", value);
        break;
    case SYS_ARG_STRING:
        if (value)
            add_string(l, value);
        else
            add(l, "NULL");
        break;
    }
}

static void add_call(struct line *l, u64 number, const u64 *args)
{
    const struct syscall_format *f = syscall_format(number);

    if (!f) {
        add(l, "syscall_%lu(%#lx, %#lx, %#lx)", number, args[0], args[1],
            args[2]);
        return;
    }
    add(l, "%s(", f->name);
    for (unsigned i = 0; i < 6 && f->args[i] != SYS_ARG_NONE; i++) {
        if (i > 0)
            add(l, ", ");
        add_argument(l, f->args[i], args[i]);
    }
    add(l, ")");
}

static void add_result(struct line *l, long result)
{
    if (result < 0 && result >= -4095)
        add(l, " = %s %s\n", result <= -ERESTARTSYS ? "?" : "-1",
            errno_name(-result));
    else if (result > 0xfffffff || result < 0)
        add(l, " = %#lx\n", result);
    else
        add(l, " = %ld\n", result);
}

/* To the sink; without the TF_TRACE of the writer the line is not itself
 * traced, as no system call is made. */
static void emit(struct line *l)
{
    struct lwp *lwp = current_lwp();
    struct file *sink;
    struct iter from;

    spin_lock(&lwp->lock);
    sink = lwp->trace_sink;
    if (sink)
        file_get(sink);
    spin_unlock(&lwp->lock);
    if (!sink)
        return;
    iter_kernel(&from, l->text, l->length);
    file_write(sink, &from);
    file_put(sink);
}

static bool never_returns(u64 number)
{
    return number == SYS_exit || number == SYS_exit_group ||
           number == SYS_rt_sigreturn;
}

long syscall_traced(u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5, u64 a6,
                    u64 number)
{
    const u64 args[6] = { a0, a1, a2, a3, a4, a5 };
    const struct syscall_format *format = syscall_format(number);
    struct line l = { 0 };
    long result;

    add(&l, "[%d] ", current_lwp_thread()->tid);
    add_call(&l, number, args);
    if (never_returns(number)) {
        add(&l, " = ?\n");
        emit(&l);
    }
    if (format)
        result = format->wrapper(a0, a1, a2, a3, a4, a5);
    else
        result = syscall_unknown(a0, a1, a2, a3, a4, a5, a6, number);
    if (!never_returns(number)) {
        add_result(&l, result);
        emit(&l);
    }
    return result;
}

#include "user/bin/lib/callshow.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>

#include "user/bin/lib/fmt.h"
#include "user/bin/lib/signals.h"
#include "user/bin/lib/syscalls.h"

void line_add(struct line *line, const char *format, ...)
{
    size_t room = sizeof(line->text) - line->length;
    va_list args;
    size_t n;

    va_start(args, format);
    n = vsnprint(line->text + line->length, room, format, args);
    va_end(args);
    line->length += n < room ? n : room - 1;
}

/* --- memory of the tracee ------------------------------------------------- */

/* Up to `size` bytes of a string, a word at a time, as one may be the last of
 * its page; the length, -1 if its beginning cannot be read.  *ended: the NUL
 * was found. */
static ssize_t read_string(pid_t tid, unsigned long address, char *to,
                           size_t size, int *ended)
{
    size_t done = 0;

    *ended = 0;
    while (done < size) {
        unsigned long at = (address + done) & ~(sizeof(long) - 1);
        size_t skip = address + done - at;
        long word;

        errno = 0;
        word = ptrace(PTRACE_PEEKDATA, tid, (void *)at, NULL);
        if (errno)
            return done ? (ssize_t)done : -1;
        for (; skip < sizeof(word) && done < size; skip++) {
            to[done] = ((char *)&word)[skip];
            if (!to[done]) {
                *ended = 1;
                return done;
            }
            done++;
        }
    }
    return done;
}

static void add_character(struct line *line, char c)
{
    if (c == '\n')
        line_add(line, "\\n");
    else if (c == '\t')
        line_add(line, "\\t");
    else if (c == '"' || c == '\\')
        line_add(line, "\\%c", c);
    else if (c >= ' ' && c <= '~')
        line_add(line, "%c", c);
    else
        line_add(line, "\\%o", (unsigned char)c);
}

static void add_string(struct line *line, pid_t tid, unsigned long address,
                       size_t size)
{
    char text[LINE_SIZE / 4];
    ssize_t n;
    int ended;

    if (size > sizeof(text))
        size = sizeof(text);
    n = read_string(tid, address, text, size, &ended);
    if (!address || n < 0) {
        line_add(line, address ? "0x%lx" : "NULL", address);
        return;
    }
    line_add(line, "\"");
    for (ssize_t i = 0; i < n; i++)
        add_character(line, text[i]);
    line_add(line, ended ? "\"" : "\"...");
}

/* --- calls ---------------------------------------------------------------- */

static void add_argument(struct line *line, enum syscall_arg kind,
                         unsigned long value)
{
    switch (kind) {
    case SYS_ARG_SIGNED:
        line_add(line, "%ld", (long)value);
        break;
    case SYS_ARG_INT:
        line_add(line, "%d", (int)value);
        break;
    case SYS_ARG_UNSIGNED:
        line_add(line, value > 0xffff ? "0x%lx" : "%lu", value);
        break;
    case SYS_ARG_U32:
        line_add(line, value > 0xffff ? "0x%x" : "%u", (unsigned)value);
        break;
    case SYS_ARG_OCTAL:
        line_add(line, "0%o", (unsigned)value);
        break;
    default:
        line_add(line, value ? "0x%lx" : "NULL", value);
        break;
    }
}

void show_call(struct line *line, pid_t tid, unsigned long number,
               const unsigned long long *args, size_t string_size)
{
    const struct syscall_format *f = syscall_format(number);

    if (!f) {
        line_add(line, "syscall_%ld(0x%llx, 0x%llx, 0x%llx", (long)number,
                 args[0], args[1], args[2]);
        return;
    }
    line_add(line, "%s(", f->name);
    for (int i = 0; i < 6 && f->args[i] != SYS_ARG_NONE; i++) {
        if (i > 0)
            line_add(line, ", ");
        if (f->args[i] == SYS_ARG_STRING)
            add_string(line, tid, args[i], string_size);
        else
            add_argument(line, f->args[i], args[i]);
    }
}

static const struct {
    short number;
    const char *name, *text;
} errors[] = {
#define E(name, number, text) { number, #name, text },
#include "kernel/lib/errno.def"
#undef E
};

#define FIRST_RESTART 512       /* not for programs: the call begins again */

void show_result(struct line *line, long long result)
{
    size_t i = 0;

    while (i < sizeof(errors) / sizeof(errors[0]) &&
           errors[i].number != -result)
        i++;
    if (result > 0xfffffff)
        line_add(line, "= 0x%llx", result);
    else if (i == sizeof(errors) / sizeof(errors[0]))
        line_add(line, "= %lld", result);
    else
        line_add(line, "= %s %s (%s)",
                 errors[i].number >= FIRST_RESTART ? "?" : "-1",
                 errors[i].name, errors[i].text);
}

/* --- signals -------------------------------------------------------------- */

const char *full_signal_name(int signo)
{
    static char name[24];
    char buf[16];
    const char *plain = signal_name(signo, buf);

    snprint(name, sizeof(name), "SIG%s", plain ? plain : "?");
    return name;
}

static const char *code_name(int signo, int code)
{
    static const char *const children[] = {
        "CLD_EXITED", "CLD_KILLED", "CLD_DUMPED", "CLD_TRAPPED", "CLD_STOPPED",
        "CLD_CONTINUED",
    };

    if (signo == SIGCHLD && code >= 1 && code <= 6)
        return children[code - 1];
    switch (code) {
    case SI_USER:
        return "SI_USER";
    case SI_KERNEL:
        return "SI_KERNEL";
    case SI_QUEUE:
        return "SI_QUEUE";
    case SI_TIMER:
        return "SI_TIMER";
    case SI_TKILL:
        return "SI_TKILL";
    }
    return NULL;
}

void show_signal(struct line *line, pid_t tid, int signo)
{
    const char *name = full_signal_name(signo), *code;
    siginfo_t info;

    line_add(line, "%s", name);
    if (ptrace(PTRACE_GETSIGINFO, tid, NULL, &info))
        return;
    line_add(line, " {si_signo=%s, si_code=", name);
    code = code_name(signo, info.si_code);
    if (code)
        line_add(line, "%s", code);
    else
        line_add(line, "%d", info.si_code);
    if (info.si_code > 0 && signo != SIGCHLD)
        line_add(line, ", si_addr=0x%lx", (unsigned long)info.si_addr);
    else
        line_add(line, ", si_pid=%d, si_uid=%u", info.si_pid, info.si_uid);
    if (signo == SIGCHLD && info.si_code > 0)
        line_add(line, ", si_status=%d", info.si_status);
    line_add(line, "}");
}

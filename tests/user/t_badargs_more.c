/*
 * t_badargs_more.c - every request of ioctl(2) and fcntl(2) with hostile
 * addresses, and hostile words in what arguments point to (row E-12).
 *
 * run: cpus=1,4 timeout=300
 */
#define _GNU_SOURCE
#include "tests/user/lib/hostile.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <termios.h>

/* --- every request --- */

static bool is_kept(long result)
{
    return result >= 0 || result == -EFAULT || result == -EINVAL ||
           result == -ENOTTY || result == -EBADF || result == -EPERM ||
           result == -EAGAIN || result == -EIO || result == -EINTR ||
           result == -ESRCH;
}

/* A request with every hostile address; in a child, as some block or stop. */
static void try_request(long number, int fd, unsigned request)
{
    for (int v = 0; v < hostile_count; v++) {
        long args[CALL_ARGS] = { fd, request, (long)hostile_values[v].value };
        const char *fault;
        long result;

        result = call_raw(number, args);
        if (!is_kept(result))
            dprintf(1, "# request %#x(%s): %ld\n", request, hostile_values[v].what,
                    result);
        CHECK(is_kept(result));
        fault = hostile_inspect(hostile_values[v].value, true);
        memset(arena->slots, 0, sizeof(arena->slots));
        if (fault)
            tap_fail(__FILE__, __LINE__, "request %#x(%s) %s", request,
                     hostile_values[v].what, fault);
    }
}

static void try_requests(long number, const char *path, unsigned first,
                         unsigned last)
{
    for (unsigned request = first; request <= last; request++) {
        pid_t pid = child_fork();

        if (pid == 0) {
            /* In no session's foreground: the terminal stays as it is. */
            int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK);

            signal(SIGTTOU, SIG_IGN);
            hostile_tick(5000);
            try_request(number, fd, request);
            _exit(0);
        }
        CHECK_EQ(hostile_wait(pid, 5000), 0);
    }
}

TEST("E-12 every ioctl of the console, hostile addresses")
{
    struct termios saved;
    struct winsize size;
    int fd = open("/dev/console", O_RDWR | O_NOCTTY);

    hostile_enter();
    CHECK(tcgetattr(fd, &saved) == 0 && ioctl(fd, TIOCGWINSZ, &size) == 0);
    /* TCXONC's argument is no address: 0 would stop all output. */
    for (unsigned r = 0x5400; r <= 0x5480; r++)
        if (r != TCXONC) {
            try_requests(SYS_ioctl, "/dev/console", r, r);
            tcsetattr(fd, TCSANOW, &saved);
            ioctl(fd, TIOCSWINSZ, &size);
        }
    hostile_leave();
}

TEST("E-12 every ioctl and fcntl of a file and a pipe, hostile addresses")
{
    hostile_enter();
    try_requests(SYS_ioctl, "file", 0x5400, 0x5480);
    try_requests(SYS_fcntl, "file", 0, 50);
    try_requests(SYS_fcntl, "file", 1024, 1050);
    try_requests(SYS_fcntl, "new", 0, 50);
    hostile_leave();
}

/* --- in what arguments point to --- */

#define WORDS 8                 /* of each structure that are replaced */

/* Shared with the child that tries: which word and value are next. */
static struct {
    int next;
    const char *fault;
} *nested;

/* These end the child, stop the machine or its clock. */
static const char *const not_nested[] = {
    "exit", "exit_group", "rt_sigreturn", "reboot", "clock_settime",
    "settimeofday", "syslog", NULL
};

static void try_words(const struct call *call, int arg)
{
    long args[CALL_ARGS], result;
    long *words = (long *)(arena->slots + arg * SLOT_SIZE);

    hostile_tick(5000);
    while (nested->next < WORDS * hostile_count && !nested->fault) {
        int i = nested->next++;
        unsigned long value = hostile_values[i % hostile_count].value;

        call_fill(call, args, arena->slots);
        words[i / hostile_count] = value;
        result = call_raw(call->number, args);
        if (result < -4095)
            nested->fault = "has a strange result";
        else if (call->number != SYS_getrandom)
            nested->fault = hostile_inspect_writes(value, false);
    }
    _exit(0);
}

/* Some of these calls end the child, for good reasons: another goes on. */
static void try_nested(const struct call *call, int arg)
{
    nested->next = 0;
    nested->fault = NULL;
    while (nested->next < WORDS * hostile_count && !nested->fault) {
        pid_t pid = child_fork();

        if (pid == 0) {
            for (int fd = 0; fd <= 2; fd++)
                dup2(null_fd, fd);
            try_words(call, arg);
        }
        hostile_wait(pid, 500);
        calls_settle();
    }
    if (nested->fault)
        tap_fail(__FILE__, __LINE__, "%s(%s, word %d) %s", call->name,
                 call->args[2 * arg + 1], nested->next / hostile_count,
                 nested->fault);
}

TEST("E-12 hostile words in all structures that calls are given")
{
    nested = child_shared(sizeof(*nested));
    hostile_enter();
    for (int i = 0; i < call_count; i++)
        for (int arg = 0; arg < calls[i].count; arg++)
            if (call_takes_pointer(&calls[i], arg) &&
                !hostile_listed(not_nested, calls[i].name))
                try_nested(&calls[i], arg);
    hostile_leave();
}

/* --- lists that the kernel follows at the end of a thread --- */

/* Where the list begins, leads, and has its words. */
static void end_with_list(unsigned long first, unsigned long next,
                          unsigned long offset)
{
    static unsigned long head[3], entry[2];

    head[0] = first ? first : (unsigned long)entry;
    head[1] = offset;
    head[2] = next;
    entry[0] = next ? next : (unsigned long)entry;
    entry[1] = gettid();
    syscall(SYS_set_robust_list, head, sizeof(head));
    syscall(SYS_set_tid_address, next);
    _exit(0);
}

/* 0 stands for an entry that leads to itself. */
TEST("H-06 robust lists that lead anywhere, or nowhere")
{
    for (int first = 0; first < hostile_count; first++)
        for (int next = 0; next < hostile_count; next += 3) {
            pid_t pid = child_fork();

            if (pid == 0)
                end_with_list(hostile_values[first].value,
                              hostile_values[next].value,
                              tap_below(3) ? 8 : hostile_values[first].value);
            CHECK_EXITS(pid, 0);
        }
}

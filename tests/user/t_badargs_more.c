/*
 * t_badargs_more.c - every request of ioctl(2) and fcntl(2) with hostile
 * addresses, and system calls at random (row E-12).
 *
 * run: cpus=1,4 timeout=200
 */
#define _GNU_SOURCE
#include "tests/user/lib/hostile.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
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

/* --- at random --- */

#define FUZZ_CALLS 20000
#define FUZZ_BATCH 50
#define NOBODY 65534

static const char *const fuzz_paths[] = {
    "file", "new", "mnt", "link", ".", "..", "/", "", "/dev/null", "/proc/self",
    "/proc/self/fd/0", "//", "file/", "mnt/../file", "/dev/console",
};

static long random_small(void)
{
    switch (tap_below(4)) {
    case 0:  return tap_below(4);
    case 1:  return tap_below(64);
    case 2:  return 1l << tap_below(64);
    default: return -(long)tap_below(200);
    }
}

static long random_pointer(void)
{
    unsigned char *slot = arena->slots + tap_below(CALL_ARGS) * SLOT_SIZE;

    if (tap_below(3) == 0)
        strcpy((char *)slot, fuzz_paths[tap_below(sizeof(fuzz_paths) /
                                                  sizeof(fuzz_paths[0]))]);
    return (long)slot + (tap_below(8) ? 0 : tap_below(SLOT_SIZE));
}

static long random_argument(const struct call *call, int i, long plausible)
{
    switch (tap_below(call_takes_pointer(call, i) ? 6 : 4)) {
    case 0:  return hostile_values[tap_below(hostile_count)].value;
    case 1:  return tap_random();
    case 2:  return random_small();
    case 3:  return plausible;
    default: return random_pointer();
    }
}

/* The buffers as they were meant, or words of any kind. */
static void scribble(void)
{
    unsigned long *words = (unsigned long *)arena->slots;

    for (size_t i = 0; i < sizeof(arena->slots) / 8; i++)
        words[i] = tap_below(4) ? (unsigned long)random_small()
                                : hostile_values[tap_below(hostile_count)].value;
}

/* What would end the batch, or all output. */
static const char *const not_fuzzed[] = {
    "exit", "exit_group", "rt_sigreturn", "reboot", "execve", "execveat",
    "syslog", NULL
};

static void fuzz_one(const struct call *call)
{
    long args[CALL_ARGS];

    call_fill(call, args, arena->slots);
    if (tap_below(2))
        scribble();
    for (int i = 0; i < CALL_ARGS; i++)
        if (i < call->count)
            args[i] = random_argument(call, i, args[i]);
    if (call->number != SYS_ioctl || args[1] != TCXONC)
        call_raw(call->number, args);
}

static void fuzz_batch(void)
{
    struct rlimit memory = { 64 << 20, 64 << 20 };

    for (int fd = 0; fd <= 2; fd++)
        dup2(null_fd, fd);
    setrlimit(RLIMIT_AS, &memory);
    CHECK(setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
    hostile_tick(5000);
    for (int i = 0; i < FUZZ_BATCH; i++) {
        const struct call *call = &calls[tap_below(call_count)];

        if (!hostile_listed(not_fuzzed, call->name))
            fuzz_one(call);
    }
    _exit(0);
}

TEST("E-12 calls at random, as nobody")
{
    hostile_enter();
    for (int batch = 0; batch < FUZZ_CALLS / FUZZ_BATCH; batch++) {
        pid_t pid = child_fork();

        if (pid == 0)
            fuzz_batch();
        /* The next one has other numbers. */
        for (int i = 0; i < FUZZ_BATCH * 10; i++)
            tap_random();
        hostile_wait(pid, 300);
        calls_settle();
    }
    hostile_leave();
}

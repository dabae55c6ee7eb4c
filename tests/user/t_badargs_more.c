/*
 * t_badargs_more.c - every request of ioctl(2) and fcntl(2) with hostile
 * addresses (row E-12).
 *
 * run: cpus=1,4 timeout=200
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

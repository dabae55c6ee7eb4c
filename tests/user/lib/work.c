/* work.c - see work.h: the list, and what the pieces share. */
#include "tests/user/lib/work.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#define DEPTH_MAX 2

const struct work works[] = {
    { "map", work_map }, { "cow", work_cow }, { "shared", work_shared },
    { "file map", work_file_map }, { "stack", work_stack },
    { "threads", work_threads }, { "condition", work_condition },
    { "end of group", work_end_of_group }, { "futex", work_futex },
    { "children", work_children }, { "vfork", work_vfork },
    { "arguments", work_arguments }, { "stop", work_stop },
    { "group", work_group }, { "orphans", work_orphans }, { "kill", work_kill },
    { "pipe", work_pipe }, { "pty", work_pty }, { "poll", work_poll },
    { "file", work_file }, { "names", work_names }, { "timer", work_timer },
    { "queue", work_queue }, { "suspend", work_suspend },
    { "alarm", work_alarm },
};
const int work_count = sizeof(works) / sizeof(works[0]);

static int depth;               /* of processes that do work */

void work_any(void)
{
    if (depth < DEPTH_MAX)
        works[tap_below(work_count)].body();
}

bool work_scarce(void)
{
    return errno == ENOMEM || errno == EAGAIN || errno == EMFILE ||
           errno == ENFILE || errno == ENOSPC;
}

pid_t work_fork(void)
{
    uint64_t series = tap_random();
    pid_t pid = fork();

    if (pid == 0) {
        tap_series(series);
        depth++;
    } else if (pid < 0) {
        CHECK(work_scarce());
    }
    return pid;
}

pid_t work_fork_bound(void)
{
    pid_t parent = getpid(), pid = work_fork();

    if (pid == 0) {
        CHECK(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
        if (getppid() != parent)
            _exit(0);           /* too late */
    }
    return pid;
}

bool work_wait(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) != pid)
        CHECK(errno == EINTR);
    if (WIFEXITED(status))
        CHECK_EQ(WEXITSTATUS(status), 0);
    else
        CHECK_EQ(WTERMSIG(status), SIGKILL);
    return WIFEXITED(status);
}

size_t work_read(int fd, void *buf, size_t n)
{
    size_t done = 0;
    ssize_t got;

    while (done < n && (got = read(fd, (char *)buf + done, n - done)) != 0) {
        if (got > 0)
            done += got;
        else if (errno == EIO)
            break;
        else
            CHECK(errno == EINTR || errno == EAGAIN || errno == ENOMEM);
    }
    return done;
}

size_t work_write(int fd, const void *buf, size_t n)
{
    size_t done = 0;
    ssize_t got;

    while (done < n) {
        got = write(fd, (const char *)buf + done, n - done);
        if (got > 0)
            done += got;
        else if (errno == EPIPE || errno == EIO || errno == ENOSPC)
            break;
        else
            CHECK(errno == EINTR || errno == EAGAIN || errno == ENOMEM);
    }
    return done;
}

static uint64_t pattern_word(uint64_t number, size_t i)
{
    return (number + i / 8) * 0x9e3779b97f4a7c15 >> (i % 8 * 8);
}

void work_pattern(unsigned char *buf, size_t n, uint64_t number)
{
    for (size_t i = 0; i < n; i++)
        buf[i] = pattern_word(number, i);
}

void work_check_pattern(const unsigned char *buf, size_t n, uint64_t number)
{
    for (size_t i = 0; i < n; i++)
        if (buf[i] != (unsigned char)pattern_word(number, i))
            tap_fail(__FILE__, __LINE__, "byte %zu of %zu at %p is %#x", i, n,
                     (const void *)(buf + i), buf[i]);
}

void *work_memory(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(p != MAP_FAILED || work_scarce());
    return p == MAP_FAILED ? NULL : p;
}

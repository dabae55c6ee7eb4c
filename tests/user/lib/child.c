/* child.c - see child.h. */
#include "tests/user/lib/child.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

pid_t child_fork(void)
{
    pid_t pid = fork();

    CHECK(pid >= 0);
    return pid;
}

pid_t child_start(void (*body)(void))
{
    pid_t pid = child_fork();

    if (pid == 0) {
        body();
        _exit(0);
    }
    return pid;
}

pid_t child_sleeper(void)
{
    pid_t pid = child_fork();

    if (pid == 0)
        for (;;)
            pause();
    return pid;
}

void child_kill(pid_t pid)
{
    CHECK_EQ(kill(pid, SIGKILL), 0);
    CHECK_KILLED(pid, SIGKILL);
}

int child_wait(pid_t pid)
{
    int status;
    pid_t got;

    do
        got = waitpid(pid, &status, 0);
    while (got < 0 && errno == EINTR);
    CHECK_EQ(got, pid);
    return status;
}

void *child_shared(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    CHECK(p != MAP_FAILED);
    return p;
}

void gate_init(struct gate *g)
{
    CHECK(pipe(g->fd) == 0);
}

void gate_open(struct gate *g)
{
    CHECK_EQ(write(g->fd[1], "", 1), 1);
}

void gate_pass(struct gate *g)
{
    ssize_t n;
    char c;

    do
        n = read(g->fd[0], &c, 1);
    while (n < 0 && errno == EINTR);
    CHECK_EQ(n, 1);
}

int64_t child_cpu_time(void)
{
    struct rusage u;

    CHECK(getrusage(RUSAGE_SELF, &u) == 0);
    return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000000ll +
           (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000ll;
}

void sleep_ms(long ms)
{
    struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

    while (nanosleep(&t, &t) < 0 && errno == EINTR)
        ;
}

/*
 * t_crowd.c - what things cost does not grow with the number of processes:
 * fork, wake-up, open, page fault and looking up a pid, without and with 5,000
 * that sleep (issue's budget; rows S25, T06).
 *
 * run: cpus=1 mem=1G timeout=120
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define CROWD 5000
#define TRIES 9
#define GROWTH 3                /* times: caches and the host, not a search */

static void do_fork(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    CHECK(pid > 0 && waitpid(pid, NULL, 0) == pid);
}

static int to[2], back[2];

static void do_wake(void)
{
    char c = 0;

    CHECK(write(to[1], &c, 1) == 1 && read(back[0], &c, 1) == 1);
}

static void echo(void)
{
    char c;

    while (read(to[0], &c, 1) == 1)
        write(back[1], &c, 1);
}

static void do_open(void)
{
    close(open("/bin/sh", O_RDONLY));
}

static void do_fault(void)
{
    char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    *p = 1;
    munmap(p, 4096);
}

static void do_look_up(void)
{
    CHECK(kill(getppid(), 0) == 0);
}

static const struct {
    const char *name;
    void (*body)(void);
} deeds[] = {
    { "fork", do_fork }, { "wake-up", do_wake }, { "open", do_open },
    { "page fault", do_fault }, { "pid look-up", do_look_up },
};
#define DEEDS (sizeof(deeds) / sizeof(deeds[0]))

/* The least time of several tries of 50 each: what it costs undisturbed. */
static int64_t measure(void (*body)(void))
{
    int64_t least = INT64_MAX;

    for (int try = 0; try < TRIES; try++) {
        int64_t start = tap_now();

        for (int i = 0; i < 50; i++)
            body();
        if (tap_now() - start < least)
            least = tap_now() - start;
    }
    return least / 50;
}

static void sleep_for_ever(void)
{
    for (;;)
        pause();
}

static void start_crowd(void)
{
    struct rlimit limit = { CROWD + 100, CROWD + 100 };

    CHECK(setrlimit(RLIMIT_NPROC, &limit) == 0);
    CHECK(setpgid(0, 0) == 0);
    for (int i = 0; i < CROWD; i++)
        child_start(sleep_for_ever);
    sleep_ms(500);
}

static void end_crowd(void)
{
    signal(SIGTERM, SIG_IGN);
    CHECK(kill(0, SIGTERM) == 0);
    for (int i = 0; i < CROWD; i++)
        CHECK(wait(NULL) > 0);
}

TEST("T06 costs with 5,000 sleeping processes are those without")
{
    int64_t alone[DEEDS], crowded;
    bool grown = false;
    pid_t echoer;

    CHECK(pipe(to) == 0 && pipe(back) == 0);
    echoer = child_start(echo);
    CHECK(setpgid(echoer, echoer) == 0);
    for (size_t i = 0; i < DEEDS; i++)
        alone[i] = measure(deeds[i].body);
    start_crowd();
    for (size_t i = 0; i < DEEDS; i++) {
        crowded = measure(deeds[i].body);
        printf("# %s: %lld ns alone, %lld ns in the crowd\n", deeds[i].name,
               (long long)alone[i], (long long)crowded);
        grown |= crowded > alone[i] * GROWTH;
    }
    end_crowd();
    CHECK(kill(echoer, SIGKILL) == 0);
    CHECK_KILLED(echoer, SIGKILL);
    CHECK(!grown);
}

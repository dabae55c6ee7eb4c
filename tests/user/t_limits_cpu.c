/*
 * t_limits_cpu.c - RLIMIT_CPU and RLIMIT_RTTIME: setrlimit(2), time of the
 * processor (row E-18).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define SECOND 1000000000ll

static void limit_to(rlim_t soft, rlim_t hard)
{
    struct rlimit limit = { soft, hard };

    CHECK_EQ(setrlimit(RLIMIT_CPU, &limit), 0);
}

static void spin(void)
{
    for (volatile int i = 0; ; i++)
        ;
}

static volatile int told;

static void count(int signo)
{
    (void)signo;
    told++;
}

TEST("E-18 RLIMIT_CPU: SIGXCPU at the soft limit, at about its time")
{
    int64_t start = tap_now();
    struct rusage u;
    pid_t pid = child_fork();
    int status;

    if (pid == 0) {
        limit_to(1, RLIM_INFINITY);
        spin();
    }
    CHECK_EQ(wait4(pid, &status, 0, &u), pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU);
    CHECK(tap_now() - start >= SECOND * 9 / 10);
    CHECK_EQ(u.ru_utime.tv_sec + (u.ru_utime.tv_usec + 500000) / 1000000, 1);
}

TEST("E-18 SIGXCPU can be handled; at the hard limit comes SIGKILL")
{
    volatile int *seen = child_shared(4096);
    pid_t pid = child_fork();

    if (pid == 0) {
        signal(SIGXCPU, count);
        limit_to(1, 2);
        for (;;)
            *seen = told;
    }
    CHECK_KILLED(pid, SIGKILL);
    CHECK_EQ(*seen, 1);
}

TEST("E-18 a limit passed already is told at once; fork begins anew")
{
    pid_t pid;

    while (child_cpu_time() < SECOND)
        ;
    signal(SIGXCPU, count);
    limit_to(1, RLIM_INFINITY);
    for (int i = 0; i < 200 && !told; i++)
        for (volatile int n = 0; n < 1000000; n++)
            ;
    CHECK(told >= 1);
    pid = child_fork();
    if (pid == 0) {
        signal(SIGXCPU, SIG_DFL);
        while (child_cpu_time() < SECOND / 2)
            ;
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    pid = child_fork();
    if (pid == 0) {
        signal(SIGXCPU, SIG_DFL);
        spin();                         /* the limit is inherited */
    }
    CHECK_KILLED(pid, SIGXCPU);
}

TEST("E-18 who sleeps uses nothing of it")
{
    pid_t pid = child_fork();

    if (pid == 0) {
        limit_to(1, 1);
        sleep_ms(1300);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
}

/* --- RLIMIT_RTTIME, in microseconds --- */

static void limit_urgent(rlim_t soft, rlim_t hard)
{
    struct rlimit limit = { soft, hard };

    CHECK_EQ(setrlimit(RLIMIT_RTTIME, &limit), 0);
}

/* The C library's function is a stub. */
static void become_urgent(void)
{
    struct sched_param param = { .sched_priority = 5 };

    CHECK_EQ(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &param), 0);
}

TEST("E-18 RLIMIT_RTTIME: SIGXCPU for a real-time thread that runs on and on")
{
    pid_t pid = child_fork();

    if (pid == 0) {
        limit_urgent(100000, RLIM_INFINITY);
        become_urgent();
        spin();
    }
    CHECK_KILLED(pid, SIGXCPU);
}

TEST("E-18 at its hard limit comes SIGKILL; a child inherits it")
{
    volatile int *seen = child_shared(4096);
    pid_t pid;

    limit_urgent(100000, 300000);
    pid = child_fork();
    if (pid == 0) {
        signal(SIGXCPU, count);
        become_urgent();
        for (;;)
            *seen = told;
    }
    CHECK_KILLED(pid, SIGKILL);
    CHECK_EQ(*seen, 1);
}

TEST("E-18 RLIMIT_RTTIME spares those who sleep and those who are not urgent")
{
    pid_t pid;

    limit_urgent(50000, 50000);
    pid = child_fork();
    if (pid == 0) {
        become_urgent();
        while (child_cpu_time() < SECOND / 5) {
            for (volatile int i = 0; i < 100000; i++)
                ;
            sleep_ms(1);
        }
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    pid = child_fork();
    if (pid == 0) {
        while (child_cpu_time() < SECOND / 5)
            ;
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
}

/*
 * t_usage.c - what a process, a thread and children that were waited for have
 * used: getrusage(2), times(2), wait4(2) (rows A-39, H-17).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/probe.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/times.h>

#define MS 1000000ll

static struct rusage usage_of(int who)
{
    struct rusage u;

    CHECK_EQ(getrusage(who, &u), 0);
    return u;
}

static int64_t nanoseconds(struct timeval t)
{
    return t.tv_sec * 1000000000ll + t.tv_usec * 1000ll;
}

static int64_t time_of(const struct rusage *u)
{
    return nanoseconds(u->ru_utime) + nanoseconds(u->ru_stime);
}

/* Compute until the process, or the thread, has used so much. */
static void burn(int who, int64_t ns)
{
    struct rusage u;

    do {
        for (volatile int i = 0; i < 10000; i++)
            ;
        u = usage_of(who);
    } while (time_of(&u) < ns);
}

/* --- memory --- */

TEST("H-17 each page touched first is a minor fault, and peak memory stays")
{
    size_t pages = 2000;
    struct rusage before = usage_of(RUSAGE_SELF), after;
    char *p = probe_pages(pages, PROT_READ | PROT_WRITE);

    for (size_t i = 0; i < pages; i++)
        p[i * PAGE] = 1;
    after = usage_of(RUSAGE_SELF);
    CHECK(after.ru_minflt >= before.ru_minflt + (long)pages);
    CHECK(after.ru_minflt <= before.ru_minflt + (long)pages + 100);
    CHECK_EQ(after.ru_majflt, before.ru_majflt);
    CHECK(after.ru_maxrss >= before.ru_maxrss + (long)pages * 4 - 1000);
    for (size_t i = 0; i < pages; i++)
        p[i * PAGE] = 2;
    CHECK(usage_of(RUSAGE_SELF).ru_minflt <= after.ru_minflt + 100);
    CHECK_EQ(munmap(p, pages * PAGE), 0);
    CHECK(usage_of(RUSAGE_SELF).ru_maxrss >= after.ru_maxrss);
}

/* --- changes --- */

TEST("H-17 sleeping is a wanted change, being preempted an unwanted one")
{
    struct rusage before = usage_of(RUSAGE_SELF), after;
    cpu_set_t set;
    pid_t hog;

    for (int i = 0; i < 20; i++)
        sleep_ms(5);            /* the host may be late by more than that */
    after = usage_of(RUSAGE_SELF);
    CHECK(after.ru_nvcsw >= before.ru_nvcsw + 10);
    CHECK(after.ru_nvcsw <= before.ru_nvcsw + 60);
    CPU_ZERO(&set);
    CPU_SET(0, &set);
    CHECK_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
    hog = child_fork();
    if (hog == 0)
        for (;;)
            ;
    before = usage_of(RUSAGE_SELF);
    burn(RUSAGE_SELF, time_of(&before) + 200 * MS);
    after = usage_of(RUSAGE_SELF);
    CHECK(after.ru_nivcsw > before.ru_nivcsw);
    CHECK_EQ(kill(hog, SIGKILL), 0);
    CHECK_KILLED(hog, SIGKILL);
}

/* --- threads --- */

static void *burn_alone(void *arg)
{
    burn(RUSAGE_THREAD, 200 * MS);
    *(struct rusage *)arg = usage_of(RUSAGE_THREAD);
    return NULL;
}

TEST("H-17 RUSAGE_THREAD is the caller's alone, RUSAGE_SELF the sum, for good")
{
    struct rusage before = usage_of(RUSAGE_SELF), other, mine, sum;
    pthread_t t;

    CHECK_EQ(pthread_create(&t, NULL, burn_alone, &other), 0);
    CHECK_EQ(pthread_join(t, NULL), 0);
    mine = usage_of(RUSAGE_THREAD);
    sum = usage_of(RUSAGE_SELF);
    CHECK(time_of(&other) >= 200 * MS);
    CHECK(time_of(&mine) < 150 * MS);
    CHECK(time_of(&sum) - time_of(&before) >= 200 * MS);
}

/* --- children --- */

static void burn_with_child(void)
{
    pid_t pid = child_fork();

    if (pid == 0) {
        burn(RUSAGE_SELF, 100 * MS);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    burn(RUSAGE_SELF, 100 * MS);
}

TEST("A-39 H-17 children count when they are waited for, with their children")
{
    struct rusage told, all = usage_of(RUSAGE_CHILDREN);
    int status;
    pid_t pid;

    CHECK_EQ(time_of(&all), 0);
    pid = child_start(burn_with_child);
    CHECK_EQ(waitid(P_PID, pid, NULL, WEXITED | WNOWAIT), 0);
    all = usage_of(RUSAGE_CHILDREN);
    CHECK_EQ(time_of(&all), 0);
    CHECK_EQ(wait4(pid, &status, 0, &told), pid);
    CHECK_EQ(status, 0);
    all = usage_of(RUSAGE_CHILDREN);
    CHECK(time_of(&told) >= 200 * MS);
    CHECK_EQ(time_of(&all), time_of(&told));
    CHECK_EQ(all.ru_minflt, told.ru_minflt);
    CHECK(all.ru_minflt > 0 && all.ru_maxrss >= told.ru_maxrss);
}

static void burn_a_bit(void)
{
    burn(RUSAGE_SELF, 50 * MS);
}

TEST("A-39 children that nobody waits for count nowhere")
{
    struct rusage all;

    signal(SIGCHLD, SIG_IGN);
    child_start(burn_a_bit);
    CHECK_FAILS(waitpid(-1, NULL, 0), ECHILD);
    all = usage_of(RUSAGE_CHILDREN);
    CHECK_EQ(time_of(&all), 0);
}

/* --- times(2), errors --- */

TEST("H-17 times agrees with getrusage, to a hundredth of a second")
{
    struct rusage before, after;
    struct tms t;

    burn(RUSAGE_SELF, 200 * MS);
    before = usage_of(RUSAGE_SELF);
    CHECK(times(&t) > 0);
    after = usage_of(RUSAGE_SELF);
    CHECK(t.tms_utime >= nanoseconds(before.ru_utime) / (10 * MS) - 1);
    CHECK(t.tms_utime <= nanoseconds(after.ru_utime) / (10 * MS) + 1);
    CHECK(t.tms_stime >= nanoseconds(before.ru_stime) / (10 * MS) - 1);
    CHECK(t.tms_stime <= nanoseconds(after.ru_stime) / (10 * MS) + 1);
    CHECK(t.tms_cutime == 0 && t.tms_cstime == 0);
}

TEST("H-17 getrusage and times: the errors")
{
    struct rusage u;

    CHECK_FAILS(getrusage(2, &u), EINVAL);
    CHECK_FAILS(getrusage(-2, &u), EINVAL);
    CHECK_FAILS(syscall(SYS_getrusage, RUSAGE_SELF, 8), EFAULT);
    CHECK_FAILS(syscall(SYS_times, 8), EFAULT);
    CHECK(syscall(SYS_times, 0) > 0);
}

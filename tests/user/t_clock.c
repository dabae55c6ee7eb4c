/*
 * t_clock.c - clocks, sleeping, and the clocks of the vDSO (lwp.md rows H-10,
 * H-16; peers.md P16).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <elf.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>

#define MS 1000000l

static const clockid_t clocks[] = {
    CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID,
    CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE,
    CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME, CLOCK_TAI,
};

#define CLOCKS (sizeof(clocks) / sizeof(*clocks))

static int64_t ns_of(const struct timespec *t)
{
    return t->tv_sec * 1000000000l + t->tv_nsec;
}

static int64_t read_clock(clockid_t clock)
{
    struct timespec t;

    CHECK_EQ(syscall(SYS_clock_gettime, clock, &t), 0);
    CHECK(t.tv_nsec >= 0 && t.tv_nsec < 1000000000);
    return ns_of(&t);
}

TEST("H-10 every clock can be read, goes on, and has a resolution")
{
    struct timespec resolution;

    for (unsigned i = 0; i < CLOCKS; i++) {
        int64_t before = read_clock(clocks[i]);

        CHECK(read_clock(clocks[i]) >= before);
        CHECK_EQ(clock_getres(clocks[i], &resolution), 0);
        CHECK(ns_of(&resolution) > 0);
    }
    CHECK_FAILS(syscall(SYS_clock_gettime, 99, &resolution), EINVAL);
    CHECK_FAILS(syscall(SYS_clock_gettime, 0, 8), EFAULT);
    CHECK_FAILS(syscall(SYS_clock_getres, -1, &resolution), EINVAL);
}

TEST("H-10 CPU clocks count what is used, and not sleep")
{
    int64_t before = read_clock(CLOCK_PROCESS_CPUTIME_ID), end;
    clockid_t clock;

    sleep_ms(30);
    CHECK(read_clock(CLOCK_PROCESS_CPUTIME_ID) - before < 15 * MS);
    end = tap_now() + 30 * MS;
    before = read_clock(CLOCK_THREAD_CPUTIME_ID);
    while (tap_now() < end)
        ;
    CHECK(read_clock(CLOCK_THREAD_CPUTIME_ID) > before);
    CHECK_EQ(clock_getcpuclockid(getpid(), &clock), 0);
    CHECK(read_clock(clock) >= before);
    CHECK_EQ(pthread_getcpuclockid(pthread_self(), &clock), 0);
    CHECK(read_clock(clock) >= before);
}

TEST("H-10 CLOCK_REALTIME can be set, by the superuser")
{
    struct timespec now, set = { 1700000000, 5 };

    CHECK_EQ(clock_gettime(CLOCK_REALTIME, &now), 0);
    CHECK(now.tv_sec > 1577836800);             /* 2020: there is a clock */
    CHECK_EQ(clock_settime(CLOCK_REALTIME, &set), 0);
    CHECK_EQ(time(NULL), 1700000000);
    CHECK_EQ(clock_settime(CLOCK_REALTIME, &now), 0);
    set.tv_nsec = 1000000000;
    CHECK_FAILS(clock_settime(CLOCK_REALTIME, &set), EINVAL);
    set.tv_nsec = 0;
    CHECK_FAILS(clock_settime(CLOCK_MONOTONIC, &set), EINVAL);
    CHECK_EQ(setuid(1000), 0);
    CHECK_FAILS(clock_settime(CLOCK_REALTIME, &set), EPERM);
    CHECK_FAILS(settimeofday(&(struct timeval){ 1700000000, 0 }, NULL), EPERM);
}

TEST("P16 times: ticks of a hundredth of a second")
{
    struct tms t;
    clock_t begin = times(&t);

    sleep_ms(50);
    CHECK(times(&t) - begin >= 4);
}

/* --- sleeping --- */

TEST("H-10 a sleep is never shorter than asked for")
{
    struct timespec time = { 0, 20 * MS };
    int64_t begin = tap_now();

    CHECK_EQ(nanosleep(&time, NULL), 0);
    CHECK(tap_now() - begin >= 20 * MS);
    clock_gettime(CLOCK_MONOTONIC, &time);
    begin = ns_of(&time);
    time.tv_sec += (time.tv_nsec + 20 * MS) / 1000000000;
    time.tv_nsec = (time.tv_nsec + 20 * MS) % 1000000000;
    CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL), 0);
    CHECK(read_clock(CLOCK_MONOTONIC) - begin >= 20 * MS);
    time = (struct timespec){ 0, 1 };
    CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL), 0);
}

static long sleep_by(clockid_t clock, struct timespec time)
{
    return syscall(SYS_clock_nanosleep, clock, 0, &time, NULL);
}

TEST("H-10 sleeping: the errors")
{
    CHECK_FAILS(sleep_by(CLOCK_MONOTONIC, (struct timespec){ 0, -1 }), EINVAL);
    CHECK_FAILS(sleep_by(CLOCK_MONOTONIC, (struct timespec){ -1, 0 }), EINVAL);
    CHECK_FAILS(sleep_by(CLOCK_MONOTONIC, (struct timespec){ 0, 1000000000 }),
                EINVAL);
    CHECK_FAILS(sleep_by(99, (struct timespec){ 0, 1 }), EINVAL);
    CHECK_FAILS(sleep_by(CLOCK_MONOTONIC_RAW, (struct timespec){ 0, 1 }),
                EOPNOTSUPP);
    CHECK_FAILS(sleep_by(CLOCK_THREAD_CPUTIME_ID, (struct timespec){ 0, 1 }),
                EOPNOTSUPP);
    CHECK_FAILS(syscall(SYS_nanosleep, 8, NULL), EFAULT);
}

TEST("H-10 a sleep by the CPU time of a process that sleeps can be killed")
{
    clockid_t clock;
    pid_t pid;
    int status;

    CHECK_EQ(clock_getcpuclockid(1, &clock), 0);
    pid = fork();
    if (pid == 0) {
        sleep_by(clock, (struct timespec){ 0, 1 });
        _exit(1);
    }
    sleep_ms(20);
    CHECK_EQ(kill(pid, SIGKILL), 0);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, SIGKILL);
}

static struct timespec far_off;

static void sleep_till_far_off(void)
{
    CHECK_EQ(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &far_off, NULL), 0);
}

TEST("H-10 a sleep until a time of day ends when the clock is set beyond it")
{
    struct timespec now;
    pid_t pid;

    clock_gettime(CLOCK_REALTIME, &far_off);
    far_off.tv_sec += 1000;
    pid = child_start(sleep_till_far_off);
    sleep_ms(20);
    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_sec += 1001;
    CHECK_EQ(clock_settime(CLOCK_REALTIME, &now), 0);
    CHECK_EXITS(pid, 0);
    now.tv_sec -= 1001;
    CHECK_EQ(clock_settime(CLOCK_REALTIME, &now), 0);
}

/* --- the vDSO --- */

/* Look a symbol up as the C library would; NULL. */
static void *vdso_symbol(const char *name)
{
    char *base = (char *)getauxval(AT_SYSINFO_EHDR), *strings = NULL;
    Elf64_Ehdr *header = (Elf64_Ehdr *)base;
    Elf64_Phdr *segment = (Elf64_Phdr *)(base + header->e_phoff);
    Elf64_Sym *symbols = NULL;
    Elf64_Dyn *d = NULL;
    uint32_t *hash = NULL;

    for (int i = 0; i < header->e_phnum; i++)
        if (segment[i].p_type == PT_DYNAMIC)
            d = (Elf64_Dyn *)(base + segment[i].p_offset);
    for (; d && d->d_tag != DT_NULL; d++) {
        if (d->d_tag == DT_STRTAB)
            strings = base + d->d_un.d_ptr;
        if (d->d_tag == DT_SYMTAB)
            symbols = (Elf64_Sym *)(base + d->d_un.d_ptr);
        if (d->d_tag == DT_HASH)
            hash = (uint32_t *)(base + d->d_un.d_ptr);
    }
    CHECK(strings && symbols && hash);
    for (uint32_t i = 1; i < hash[1]; i++)
        if (!strcmp(strings + symbols[i].st_name, name))
            return base + symbols[i].st_value;
    return NULL;
}

TEST("H-16 the vDSO's clocks agree with the system call's, also once set")
{
    int (*gettime)(clockid_t, struct timespec *) =
        vdso_symbol("__vdso_clock_gettime");
    struct timespec t, saved;

    CHECK(gettime);
    clock_gettime(CLOCK_REALTIME, &saved);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 1000; i++) {
            clockid_t clock = clocks[i % CLOCKS];
            int64_t before = read_clock(clock);

            CHECK_EQ(gettime(clock, &t), 0);
            CHECK(ns_of(&t) >= before);
            CHECK(read_clock(clock) >= ns_of(&t));
        }
        clock_gettime(CLOCK_REALTIME, &saved);
        saved.tv_sec += round ? -1000000 : 1000000;
        CHECK_EQ(clock_settime(CLOCK_REALTIME, &saved), 0);
    }
    CHECK_EQ(gettime(99, &t), -EINVAL);
}

TEST("H-16 the vDSO's other functions")
{
    int (*gettimeofday_)(struct timeval *, void *) =
        vdso_symbol("__vdso_gettimeofday");
    int (*getcpu_)(unsigned *, unsigned *, void *) =
        vdso_symbol("__vdso_getcpu");
    struct timeval tv;
    unsigned cpu = 99;
    time_t before = time(NULL);

    CHECK(gettimeofday_ && getcpu_);
    CHECK(vdso_symbol("__vdso_rt_sigreturn"));
    CHECK(vdso_symbol("__vdso_flush_icache"));
    CHECK_EQ(gettimeofday_(&tv, NULL), 0);
    CHECK(tv.tv_sec >= before && tv.tv_sec <= before + 1);
    CHECK_EQ(getcpu_(&cpu, NULL, NULL), 0);
    CHECK(cpu < 8);
}

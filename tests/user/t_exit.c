/*
 * t_exit.c - how processes end and what their parents hear of it: _exit(2),
 * exit_group(2) (rows B-11..B-14, B-20, S06, T15).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>

TEST("B-20 of the exit status 8 bits arrive")
{
    static const int codes[] = { 0, 1, 42, 127, 128, 255, 256, 257, -1,
                                 0x12345678 };

    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
        pid_t pid = child_fork();

        if (pid == 0)
            _exit(codes[i]);
        CHECK_EQ(child_wait(pid), (codes[i] & 0xff) << 8);
    }
}

TEST("B-20 death by each deadly signal shows as that signal")
{
    static const int deadly[] = {
        SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE,
        SIGKILL, SIGUSR1, SIGSEGV, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM,
        SIGSTKFLT, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGPOLL, SIGPWR,
        SIGSYS, 34, 64,
    };

    for (size_t i = 0; i < sizeof(deadly) / sizeof(*deadly); i++) {
        pid_t pid = child_fork();

        if (pid == 0) {
            syscall(SYS_kill, getpid(), deadly[i]);
            _exit(1);
        }
        CHECK_KILLED(pid, deadly[i]);
    }
}

TEST("S06 a zombie takes signals, keeps its status, and is waited for once")
{
    siginfo_t info;
    pid_t pid = child_fork();

    if (pid == 0)
        _exit(9);
    CHECK_EQ(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
    CHECK_EQ(kill(pid, 0), 0);
    CHECK_EQ(kill(pid, SIGKILL), 0);
    CHECK_EXITS(pid, 9);
    CHECK_FAILS(kill(pid, 0), ESRCH);
    CHECK_FAILS(waitpid(pid, NULL, 0), ECHILD);
}

static void free_pages_settle(long least)
{
    for (int i = 0; i < 100; i++) {
        if (tap_read_number("/proc/meminfo", "MemFree") >= least)
            return;
        sleep_ms(5);
    }
    tap_fail(__FILE__, __LINE__, "only %ld kB are free, not %ld",
             tap_read_number("/proc/meminfo", "MemFree"), least);
}

#define HOARD (16 << 20)

TEST("B-14 T15 a zombie's memory is free before it is waited for")
{
    long before = tap_read_number("/proc/meminfo", "MemFree");
    struct gate full, die;
    siginfo_t info;
    pid_t pid;

    if (before < 0)
        tap_skip("no /proc/meminfo");
    gate_init(&full);
    gate_init(&die);
    pid = child_fork();
    if (pid == 0) {
        char *p = mmap(NULL, HOARD, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        CHECK(p != MAP_FAILED);
        gate_open(&full);
        gate_pass(&die);
        _exit(0);
    }
    gate_pass(&full);
    CHECK(tap_read_number("/proc/meminfo", "MemFree") <
          before - (HOARD >> 10));
    gate_open(&die);
    CHECK_EQ(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
    free_pages_settle(before - 512);
    CHECK_EXITS(pid, 0);
}

TEST("B-13 files are closed at the end: the reader sees the end of a pipe")
{
    char c;
    int p[2];
    pid_t pid;

    CHECK_EQ(pipe(p), 0);
    pid = child_fork();
    if (pid == 0)
        pause();
    close(p[1]);
    kill(pid, SIGKILL);
    CHECK_EQ(read(p[0], &c, 1), 0);     /* while the zombie still is there */
    CHECK_KILLED(pid, SIGKILL);
}

static volatile int at_exit_runs;

static void count_run(void)
{
    at_exit_runs++;
    dprintf(3, "%d", at_exit_runs);
}

TEST("exit runs what atexit was told, _exit does not")
{
    for (int quick = 0; quick < 2; quick++) {
        char text[8] = "";
        int p[2];
        pid_t pid;

        CHECK_EQ(pipe(p), 0);
        pid = child_fork();
        if (pid == 0) {
            CHECK_EQ(dup2(p[1], 3), 3);
            atexit(count_run);
            quick ? _exit(0) : exit(0);
        }
        close(p[1]);
        CHECK_EXITS(pid, 0);
        CHECK_EQ(read(p[0], text, sizeof(text)), !quick);
        close(p[0]);
    }
}

/* --- with threads --- */

static void *spin(void *arg)
{
    for (;;)
        (*(volatile int *)arg)++;
    return NULL;
}

static void *block_in_read(void *arg)
{
    char c;

    read(*(int *)arg, &c, 1);
    return NULL;
}

static void *block_in_pause(void *arg)
{
    (void)arg;
    for (;;)
        pause();
    return NULL;
}

/* A process of 7 threads: two spin, two read, three sleep. */
static void start_threads(void)
{
    static int counters[2], p[2];
    pthread_t t;

    CHECK_EQ(pipe(p), 0);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(pthread_create(&t, NULL, spin, &counters[i]), 0);
        CHECK_EQ(pthread_create(&t, NULL, block_in_read, &p[0]), 0);
        CHECK_EQ(pthread_create(&t, NULL, block_in_pause, NULL), 0);
    }
    sleep_ms(20);
}

TEST("B-12 exit_group ends all threads, busy or blocked")
{
    pid_t pid = child_fork();

    if (pid == 0) {
        start_threads();
        syscall(SYS_exit_group, 17);
    }
    CHECK_EXITS(pid, 17);
}

TEST("B-12 SIGKILL ends all threads, busy or blocked, within a second")
{
    struct gate ready;
    int64_t start;
    pid_t pid;

    gate_init(&ready);
    pid = child_fork();
    if (pid == 0) {
        start_threads();
        gate_open(&ready);
        block_in_pause(NULL);
    }
    gate_pass(&ready);
    start = tap_now();
    kill(pid, SIGKILL);
    CHECK_KILLED(pid, SIGKILL);
    CHECK(tap_now() - start < 1000000000);
}

static void *exit_group_from_thread(void *arg)
{
    sleep_ms(30);
    _exit(*(int *)arg);
}

TEST("P5 exit(2) of the first thread ends that thread only")
{
    static int code = 33;
    pid_t pid = child_fork();

    if (pid == 0) {
        pthread_t t;
        CHECK_EQ(pthread_create(&t, NULL, exit_group_from_thread, &code), 0);
        syscall(SYS_exit, 4);
    }
    CHECK_EXITS(pid, 33);
}

static void *leave_last(void *arg)
{
    (void)arg;
    sleep_ms(30);
    syscall(SYS_exit, 6);
    return NULL;
}

TEST("B-11 the last thread's exit(2) is the process's status")
{
    pid_t pid = child_fork();

    if (pid == 0) {
        pthread_t t;
        CHECK_EQ(pthread_create(&t, NULL, leave_last, NULL), 0);
        syscall(SYS_exit, 4);
    }
    CHECK_EXITS(pid, 6);
}

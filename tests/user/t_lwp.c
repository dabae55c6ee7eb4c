/*
 * t_lwp.c - what a process consists of, seen from outside: its kin, its
 * threads, its program, what it held and what is left of it (lwp.md section A).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/slurp.h"

#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>

#define FUTEX_WAIT_PRIVATE 128

/* The numbers among the names of a folder of /proc. */
static int list_numbers(const char *folder, pid_t *out, int max)
{
    DIR *dir = opendir(folder);
    struct dirent *e;
    int n = 0;

    CHECK(dir);
    while ((e = readdir(dir)) != NULL) {
        if (e->d_name[0] < '1' || e->d_name[0] > '9')
            continue;
        CHECK(n < max);
        out[n++] = atoi(e->d_name);
    }
    CHECK_EQ(closedir(dir), 0);
    return n;
}

/* --- kin --- */

static int count_children(void)
{
    static pid_t pids[500];
    int n = list_numbers("/proc", pids, 500), children = 0;

    for (int i = 0; i < n; i++)
        children += slurp_stat(pids[i], 4) == (unsigned long)getpid();
    return children;
}

TEST("A-15 the tree has 20 children as long as they are not waited for")
{
    long lwps = slurp_objects("lwp"), pids = slurp_objects("pid");
    pid_t children[20];

    CHECK_EQ(count_children(), 0);
    for (int i = 0; i < 20; i++)
        children[i] = child_sleeper();
    CHECK_EQ(count_children(), 20);
    CHECK_EQ(slurp_objects("lwp"), lwps + 20);
    for (int i = 0; i < 20; i++)
        CHECK_EQ(kill(children[i], SIGKILL), 0);
    for (int i = 0; i < 20; i++) {
        CHECK_EQ(waitid(P_PID, children[i], NULL, WEXITED | WNOWAIT), 0);
        CHECK_EQ(count_children(), 20 - i);
        CHECK_KILLED(children[i], SIGKILL);
    }
    CHECK_EQ(count_children(), 0);
    slurp_settle("lwp", lwps);
    slurp_settle("pid", pids);
}

TEST("A-19 a process that is still looked at lives on as a number of nobody")
{
    long lwps = slurp_objects("lwp");
    pid_t pid = child_sleeper();
    char path[32], byte;
    int files[20];

    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    for (int i = 0; i < 20; i++) {
        files[i] = open(path, O_RDONLY);
        CHECK(files[i] >= 0);
    }
    CHECK_EQ(read(files[0], &byte, 1), 1);
    child_kill(pid);
    CHECK_FAILS(open(path, O_RDONLY), ENOENT);
    CHECK_FAILS(kill(pid, 0), ESRCH);
    for (int i = 1; i < 20; i++)
        CHECK_FAILS(read(files[i], &byte, 1), ESRCH);
    for (int i = 0; i < 20; i++)
        CHECK_EQ(close(files[i]), 0);
    slurp_settle("lwp", lwps);
}

/* --- program --- */

ROLE(wait)
{
    pause();
    return 0;
}

TEST("A-20 cmdline and environ are read where the program has them")
{
    char *argv[] = { "zero", "", "two words", NULL };
    char *envp[] = { "ROLE=wait", "EMPTY=", NULL };
    static const char line[] = "zero\0\0two words";
    static const char environment[] = "ROLE=wait\0EMPTY=";
    pid_t pid = child_fork();

    if (pid == 0) {
        execve(tap_self, argv, envp);
        _exit(99);
    }
    while (slurp_stat(pid, 3) != 'S')
        sleep_ms(5);
    CHECK(!memcmp(slurp("/proc/%d/cmdline", pid), line, sizeof(line)));
    CHECK_EQ(slurp_length, sizeof(line));
    CHECK(!memcmp(slurp("/proc/%d/environ", pid), environment,
                  sizeof(environment)));
    CHECK_EQ(slurp_length, sizeof(environment));
    child_kill(pid);
}

struct range {
    unsigned long start, end;
};

/* What the program headers of this program say of its loaded segments with
 * these rights. */
static struct range find_segment(unsigned rights)
{
    const Elf64_Phdr *p = (const void *)getauxval(AT_PHDR);

    for (unsigned long i = 0; i < getauxval(AT_PHNUM); i++)
        if (p[i].p_type == PT_LOAD && p[i].p_flags == rights)
            return (struct range){ p[i].p_vaddr, p[i].p_vaddr + p[i].p_filesz };
    tap_fail(__FILE__, __LINE__, "no segment with rights %u", rights);
}

TEST("A-18 entry, text and data: program headers, auxiliary vector, stat agree")
{
    struct range text = find_segment(PF_R | PF_X);
    struct range data = find_segment(PF_R | PF_W);
    unsigned long entry = getauxval(AT_ENTRY);
    static int initialized = 1;

    CHECK(text.start >= 0x100000 && entry >= text.start && entry < text.end);
    CHECK_EQ(slurp_stat(getpid(), 26), text.start);
    CHECK_EQ(slurp_stat(getpid(), 27), text.end);
    CHECK_EQ(slurp_stat(getpid(), 45), data.start);
    CHECK_EQ(slurp_stat(getpid(), 46), data.end);
    CHECK((unsigned long)&initialized >= data.start &&
          (unsigned long)&initialized < data.end);
    CHECK(slurp_stat(getpid(), 47) >= data.end);        /* the heap's start */
    CHECK(slurp_stat(getpid(), 28) > (unsigned long)&text);     /* stack */
}

/* --- threads --- */

struct sleeper {
    pthread_t thread;
    pthread_barrier_t *ready;
    volatile pid_t tid;
};

static void *sleep_until_cancelled(void *arg)
{
    struct sleeper *s = arg;

    s->tid = syscall(SYS_gettid);
    pthread_barrier_wait(s->ready);
    while (pause() < 0)
        ;
    return NULL;
}

static bool has_number(const pid_t *numbers, int n, pid_t number)
{
    for (int i = 0; i < n; i++)
        if (numbers[i] == number)
            return true;
    return false;
}

TEST("A-23 /proc/self/task lists the threads there are, each with its own tid")
{
    struct sleeper sleepers[7];
    pthread_barrier_t ready;
    pid_t tids[16];

    pthread_barrier_init(&ready, NULL, 8);
    for (int i = 0; i < 7; i++) {
        sleepers[i].ready = &ready;
        CHECK_EQ(pthread_create(&sleepers[i].thread, NULL,
                                sleep_until_cancelled, &sleepers[i]), 0);
    }
    pthread_barrier_wait(&ready);
    CHECK_EQ(list_numbers("/proc/self/task", tids, 16), 8);
    CHECK_EQ(slurp_stat(getpid(), 20), 8);
    CHECK(has_number(tids, 8, getpid()));
    for (int i = 0; i < 7; i++)
        CHECK(has_number(tids, 8, sleepers[i].tid));
    for (int i = 0; i < 7; i++) {
        CHECK_EQ(pthread_cancel(sleepers[i].thread), 0);
        CHECK_EQ(pthread_join(sleepers[i].thread, NULL), 0);
    }
    /* The last steps of a thread are after its join. */
    while (list_numbers("/proc/self/task", tids, 16) > 1)
        sleep_ms(5);
    CHECK_EQ(tids[0], getpid());
}

/* --- what it holds --- */

static void make_timers(void)
{
    struct itimerspec soon = { .it_value.tv_sec = 1000 };
    timer_t timer;

    for (int i = 0; i < 10; i++) {
        CHECK_EQ(timer_create(CLOCK_MONOTONIC, NULL, &timer), 0);
        CHECK_EQ(timer_settime(timer, 0, &soon, NULL), 0);
    }
}

TEST("A-24 timers end with their process: 100 processes with 10 each")
{
    struct rlimit limit = { 15, 15 };       /* timers count as signals */

    CHECK_EQ(setrlimit(RLIMIT_SIGPENDING, &limit), 0);
    for (int i = 0; i < 100; i++)
        CHECK_EQ(tap_in_child(make_timers), 0);
}

static void *wait_for_word(void *word)
{
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    return NULL;
}

/* Something of everything, then sleep in as many ways. */
static void hold_everything(struct gate *ready)
{
    static int word, other_word;
    int p[2], epoll = epoll_create1(0);
    struct epoll_event event = { .events = EPOLLIN };
    struct itimerspec soon = { .it_value.tv_sec = 1000 };
    int timer = timerfd_create(CLOCK_MONOTONIC, 0);
    int memory = memfd_create("held", 0);
    pthread_t t;
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK_EQ(pipe(p), 0);
    CHECK(signalfd(-1, &set, 0) >= 0 && eventfd(3, 0) >= 0);
    CHECK_EQ(epoll_ctl(epoll, EPOLL_CTL_ADD, p[0], &event), 0);
    CHECK_EQ(epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &event), 0);
    CHECK_EQ(timerfd_settime(timer, 0, &soon, NULL), 0);
    CHECK_EQ(write(p[1], "held", 4), 4);
    CHECK_EQ(ftruncate(memory, 65536), 0);
    CHECK_EQ(write(memory, "held", 4), 4);
    CHECK(mmap(NULL, 65536, PROT_WRITE, MAP_SHARED, memory, 0) != MAP_FAILED);
    CHECK_EQ(pthread_create(&t, NULL, wait_for_word, &word), 0);
    CHECK_EQ(pthread_create(&t, NULL, wait_for_word, &other_word), 0);
    CHECK_EQ(sigprocmask(SIG_BLOCK, &set, NULL), 0);
    CHECK_EQ(raise(SIGUSR1), 0);
    make_timers();
    gate_open(ready);
    pause();
}

TEST("A-30 whatever a killed process held is free: nothing of it is left")
{
    static const char *const caches[] = {
        "file", "lwp", "lwp_thread", "vm", "area", "vmobj", "fdtable", "pipe",
        "pid", "sighand", "fs_context", "inode",
    };
    enum { CACHES = sizeof(caches) / sizeof(*caches) };
    long before[CACHES];
    struct gate ready;

    gate_init(&ready);
    for (int round = 0; round < 20; round++) {
        pid_t pid;

        for (int i = 0; i < CACHES; i++)
            before[i] = slurp_objects(caches[i]);
        pid = child_fork();
        if (pid == 0)
            hold_everything(&ready);
        gate_pass(&ready);
        CHECK(slurp_objects("file") > before[0] + 5);
        child_kill(pid);
        for (int i = 0; round > 0 && i < CACHES; i++)
            slurp_settle(caches[i], before[i]);
    }
}

/* --- private futexes --- */

#define WORDS 1000

static int words[WORDS];

TEST("A-33 waiting at 1,000 addresses leaves nothing, and wakes nobody else")
{
    struct timespec little = { .tv_nsec = 100000 };
    pthread_t threads[8];

    for (int i = 0; i < WORDS; i++)
        CHECK_FAILS(syscall(SYS_futex, &words[i], FUTEX_WAIT_PRIVATE, 0,
                            &little, NULL, 0), ETIMEDOUT);
    for (int i = 0; i < 8; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, wait_for_word,
                                &words[100 * i]), 0);
    /* From the last one to the first: each address wakes its own thread. */
    for (int i = 7; i >= 0; i--) {
        CHECK_EQ(syscall(SYS_futex, &words[100 * i + 1], 129, 9, 0, 0, 0), 0);
        while (syscall(SYS_futex, &words[100 * i], 129, 9, 0, 0, 0) == 0)
            sleep_ms(1);
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    }
}

TEST("A-33 H-02 a private address is each process's own")
{
    int *word = child_shared(4096);
    pid_t pid = child_fork();

    if (pid == 0) {
        wait_for_word(word);
        _exit(0);
    }
    while (slurp_stat(pid, 3) != 'S')
        sleep_ms(1);
    CHECK_EQ(syscall(SYS_futex, word, 129, 1, 0, 0, 0), 0);
    CHECK_EQ(slurp_stat(pid, 3), 'S');
    child_kill(pid);
}

/* --- times --- */

static bool burns_where_it_should(void)
{
    static char buf[65536];
    int zero = open("/dev/zero", O_RDONLY);
    int64_t stop = tap_now() + 300000000;
    long user = slurp_stat(getpid(), 14), system = slurp_stat(getpid(), 15);

    while (tap_now() < stop)
        for (volatile int i = 0; i < 100000; i++)
            ;
    user = slurp_stat(getpid(), 14) - user;
    system = slurp_stat(getpid(), 15) - system;
    if (user < 4 * system)
        return false;
    user = slurp_stat(getpid(), 14);
    system = slurp_stat(getpid(), 15);
    stop = tap_now() + 300000000;
    while (tap_now() < stop)
        for (int i = 0; i < 20; i++)
            CHECK_EQ(read(zero, buf, sizeof(buf)), (ssize_t)sizeof(buf));
    CHECK_EQ(close(zero), 0);
    user = slurp_stat(getpid(), 14) - user;
    system = slurp_stat(getpid(), 15) - system;
    return system >= 4 * user;
}

TEST("A-31 S20 time in programs is user time, that in calls is system time")
{
    bool right = false;

    /* The host may stop a hart at any place, for long. */
    for (int i = 0; i < 4 && !right; i++)
        right = burns_where_it_should();
    CHECK(right);
}

/*
 * t_thread_end.c - a process ends, or execs, while its threads are busy or
 * blocked, in each way that a thread can be blocked (seeds.md S17, S23, R08;
 * lwp.md B-10..B-12; peers.md P1, P5).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>

/* --- the ways to be blocked --- */

static int empty[2], full[2];           /* pipes */

static void *in_read(void *arg)
{
    char c;

    read(empty[0], &c, 1);
    return arg;
}

static void *in_write(void *arg)
{
    static char buf[1 << 20];

    write(full[1], buf, sizeof(buf));
    return arg;
}

static void *in_futex(void *arg)
{
    int word = 0;

    for (;;)
        syscall(SYS_futex, &word, 0, 0, NULL, NULL, 0);
    return arg;
}

static void *in_futex_pi(void *arg)
{
    static int word;

    word = getpid();                    /* the leader has it, for ever */
    syscall(SYS_futex, &word, 6, 0, NULL, NULL, 0);
    return arg;
}

static void *in_sleep(void *arg)
{
    for (;;)
        sleep_ms(100000);
    return arg;
}

static void *in_wait(void *arg)
{
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            sleep_ms(2000);
    }
    waitpid(pid, NULL, 0);
    return arg;
}

static void *in_poll(void *arg)
{
    struct pollfd p = { empty[0], POLLIN, 0 };

    poll(&p, 1, -1);
    return arg;
}

static void *in_select(void *arg)
{
    fd_set set;

    FD_ZERO(&set);
    FD_SET(empty[0], &set);
    select(empty[0] + 1, &set, NULL, NULL, NULL);
    return arg;
}

static void *in_epoll(void *arg)
{
    struct epoll_event event;

    epoll_wait(epoll_create1(0), &event, 1, -1);
    return arg;
}

static void *in_sigsuspend(void *arg)
{
    sigset_t set;

    sigemptyset(&set);
    for (;;)
        sigsuspend(&set);
    return arg;
}

static void *in_sigwait(void *arg)
{
    sigset_t set;
    int signo;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigwait(&set, &signo);
    return arg;
}

static void *in_spin(void *arg)
{
    for (volatile int i = 0;; i++)
        ;
    return arg;
}

static void *in_system_calls(void *arg)
{
    for (;;)
        getppid();
    return arg;
}

static void *in_faults(void *arg)
{
    size_t size = 1 << 20;
    char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    for (;;) {
        memset(p, 1, size);
        madvise(p, size, MADV_DONTNEED);
    }
    return arg;
}

/* The child keeps the memory; it dies with the thread that waits for it. */
static void *in_vfork(void *arg)
{
    if (vfork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0);
    }
    return arg;
}

static void *in_flock(void *arg)
{
    int fd = open("/tmp/end_lock", O_RDWR | O_CREAT, 0600);

    flock(fd, LOCK_EX);
    flock(open("/tmp/end_lock", O_RDWR), LOCK_EX);
    return arg;
}

static void *in_fifo_open(void *arg)
{
    mkfifo("/tmp/end_fifo", 0600);
    open("/tmp/end_fifo", O_RDONLY);
    return arg;
}

static void *in_eventfd(void *arg)
{
    uint64_t value;

    read(eventfd(0, 0), &value, sizeof(value));
    return arg;
}

static void *in_timerfd(void *arg)
{
    uint64_t value;

    read(timerfd_create(CLOCK_MONOTONIC, 0), &value, sizeof(value));
    return arg;
}

static void *in_fork_loop(void *arg)
{
    for (;;) {
        pid_t pid = fork();

        if (pid == 0)
            _exit(0);
        if (pid > 0)
            waitpid(pid, NULL, 0);
    }
    return arg;
}

static void *in_create_loop(void *arg)
{
    pthread_t thread;

    for (;;)
        if (!pthread_create(&thread, NULL, in_eventfd, arg))
            sched_yield();
    return arg;
}

static const struct way {
    const char *name;
    void *(*body)(void *);
} ways[] = {
    { "read", in_read }, { "write", in_write }, { "futex", in_futex },
    { "futex PI", in_futex_pi }, { "sleep", in_sleep }, { "wait", in_wait },
    { "poll", in_poll }, { "select", in_select }, { "epoll", in_epoll },
    { "sigsuspend", in_sigsuspend }, { "sigwait", in_sigwait },
    { "spinning", in_spin }, { "system calls", in_system_calls },
    { "page faults", in_faults }, { "vfork", in_vfork },
    { "flock", in_flock }, { "open of a fifo", in_fifo_open },
    { "eventfd", in_eventfd }, { "timerfd", in_timerfd },
    { "forking", in_fork_loop }, { "making threads", in_create_loop },
};
#define WAYS (sizeof(ways) / sizeof(*ways))

static void start(void *(*body)(void *), int threads)
{
    pthread_attr_t attr;
    pthread_t thread;

    CHECK(pipe(empty) == 0 && pipe(full) == 0);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 16384);
    for (int i = 0; i < threads; i++)
        CHECK_EQ(pthread_create(&thread, &attr, body, NULL), 0);
    sleep_ms(3);
}

static void check_ends(const char *how, const struct way *way, pid_t pid,
                       int expected)
{
    int status = child_wait(pid);

    if (status != expected)
        tap_fail(__FILE__, __LINE__, "%s, threads in %s: status %#x, not %#x",
                 how, way->name, status, expected);
}

/* --- the ends --- */

TEST("S23 B-12 exit_group ends threads that are blocked in any way")
{
    for (size_t i = 0; i < WAYS; i++) {
        pid_t pid = child_fork();

        if (pid == 0) {
            start(ways[i].body, 2);
            syscall(SYS_exit_group, 17);
        }
        check_ends("exit_group", &ways[i], pid, 17 << 8);
    }
}

static void *end_all(void *arg)
{
    (void)arg;
    sleep_ms(2);
    syscall(SYS_exit_group, 18);
    return NULL;
}

TEST("S23 exit_group by a thread ends a leader that is blocked in any way")
{
    for (size_t i = 0; i < WAYS; i++) {
        pid_t pid = child_fork();

        if (pid == 0) {
            start(end_all, 1);
            ways[i].body(NULL);
            sleep_ms(10000);
        }
        check_ends("exit_group by a thread", &ways[i], pid, 18 << 8);
    }
}

TEST("B-12 SIGKILL ends threads that are blocked in any way")
{
    struct gate ready;

    gate_init(&ready);
    for (size_t i = 0; i < WAYS; i++) {
        pid_t pid = child_fork();

        if (pid == 0) {
            start(ways[i].body, 2);
            gate_open(&ready);
            in_sleep(NULL);
        }
        gate_pass(&ready);
        CHECK_EQ(kill(pid, SIGKILL), 0);
        check_ends("SIGKILL", &ways[i], pid, SIGKILL);
    }
}

TEST("B-12 a fatal signal to one thread ends all, also stopped ones")
{
    struct gate ready;

    gate_init(&ready);
    for (size_t i = 0; i < WAYS; i++) {
        pid_t pid = child_fork();
        siginfo_t info;

        if (pid == 0) {
            start(ways[i].body, 2);
            gate_open(&ready);
            in_sleep(NULL);
        }
        gate_pass(&ready);
        CHECK_EQ(kill(pid, SIGSTOP), 0);
        CHECK_EQ(waitid(P_PID, pid, &info, WSTOPPED), 0);
        CHECK_EQ(kill(pid, SIGTERM), 0);
        CHECK_EQ(waitpid(pid, NULL, WNOHANG), 0);   /* it is stopped */
        CHECK_EQ(kill(pid, SIGCONT), 0);
        check_ends("SIGTERM, SIGCONT", &ways[i], pid, SIGTERM);
    }
}

/* --- exec --- */

/* The new program: its pid and tid are the old process's, it is alone. */
ROLE(alone)
{
    char path[64], line[256];
    int threads = 0;
    FILE *file;

    if (argc < 2 || atoi(argv[1]) != getpid() || gettid() != getpid())
        return 1;
    sprintf(path, "/proc/%d/status", getpid());
    file = fopen(path, "r");
    while (file && fgets(line, sizeof(line), file))
        sscanf(line, "Threads: %d", &threads);
    return threads == 1 ? 23 : 2;
}

/* ROLE=alone is in the environment, which only one thread may change. */
static void exec_self(void)
{
    char pid[16];

    sprintf(pid, "%d", getpid());
    execl(tap_self, tap_self, pid, NULL);
    _exit(99);
}

static void exec_alone(void)
{
    setenv("ROLE", "alone", 1);
    exec_self();
}

TEST("P1 B-10 exec ends threads that are blocked in any way")
{
    for (size_t i = 0; i < WAYS; i++) {
        pid_t pid = child_fork();

        if (pid == 0) {
            start(ways[i].body, 2);
            exec_alone();
        }
        check_ends("exec", &ways[i], pid, 23 << 8);
    }
}

static void *exec_in_thread(void *arg)
{
    (void)arg;
    sleep_ms(2);
    exec_alone();
    return NULL;
}

TEST("P1 S17 exec by a thread takes the pid, whatever the leader does")
{
    for (size_t i = 0; i < WAYS; i++) {
        pid_t pid = child_fork();

        if (pid == 0) {
            start(exec_in_thread, 1);
            ways[i].body(NULL);
            sleep_ms(10000);
        }
        check_ends("exec by a thread", &ways[i], pid, 23 << 8);
    }
}

TEST("S17 exec by a thread when the leader has exited")
{
    pid_t pid = child_fork();

    if (pid == 0) {
        start(exec_in_thread, 1);
        syscall(SYS_exit, 4);
    }
    CHECK_EXITS(pid, 23);
}

static void *exec_at_once(void *arg)
{
    (void)arg;
    exec_self();
    return NULL;
}

TEST("S17 of eight threads that exec at the same time one does")
{
    for (int round = 0; round < 20; round++) {
        pid_t pid = child_fork();

        if (pid == 0) {
            setenv("ROLE", "alone", 1);
            start(exec_at_once, 8);
            in_sleep(NULL);
        }
        CHECK_EXITS(pid, 23);
    }
}

static void *exit_at_once(void *arg)
{
    syscall(SYS_exit_group, 23);
    return arg;
}

TEST("S23 exec and exit_group at the same time: one of them")
{
    for (int round = 0; round < 50; round++) {
        pid_t pid = child_fork();
        pthread_t threads[4];

        if (pid == 0) {
            for (int i = 0; i < 4; i++)
                pthread_create(&threads[i], NULL,
                               i & 1 ? exec_at_once : exit_at_once, NULL);
            in_sleep(NULL);
        }
        CHECK_EXITS(pid, 23);
    }
}

TEST("S23 R08 exit ends one thread, and the last one's is the process's")
{
    pid_t pid = child_fork();

    if (pid == 0) {
        start(end_all, 1);
        syscall(SYS_exit, 4);
    }
    CHECK_EXITS(pid, 18);
}

/*
 * t_thread.c - threads: what they share and what each has of its own, being
 * signalled one by one, thread-local storage, their number (seeds.md S01, S09,
 * S14, S21, S23, S25, S28, R02; lwp.md B-25, B-29, B-30, G-02, G-06).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/thread.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* --- one process --- */

static struct {
    pid_t pid, tid, parent, group, session;
    int fd;
    void *brk;
} seen;

static void *change_process(void *arg)
{
    struct rlimit limit = { 77, 77 };

    seen.pid = getpid();
    seen.tid = gettid();
    seen.parent = getppid();
    seen.group = getpgid(0);
    seen.session = getsid(0);
    seen.fd = open("/dev/null", O_RDONLY);
    CHECK_EQ(chdir("/proc"), 0);
    umask(0123);
    seen.brk = (char *)syscall(SYS_brk, 0) + 4096;
    CHECK((void *)syscall(SYS_brk, seen.brk) == seen.brk);
    CHECK_EQ(setrlimit(RLIMIT_CORE, &limit), 0);
    CHECK_EQ(setpriority(PRIO_PROCESS, 0, 3), 0);
    return arg;
}

TEST("S01 R01 a thread's pid, files, directory, umask, break, limits are ours")
{
    struct rlimit limit;
    char cwd[32];

    join(start(change_process, NULL));
    CHECK_EQ(seen.pid, getpid());
    CHECK(seen.tid != getpid());
    CHECK_EQ(seen.parent, getppid());
    CHECK_EQ(seen.group, getpgid(0));
    CHECK_EQ(seen.session, getsid(0));
    CHECK_EQ(fcntl(seen.fd, F_GETFD), 0);
    CHECK(!strcmp(getcwd(cwd, sizeof(cwd)), "/proc"));
    CHECK_EQ(umask(0), 0123);
    CHECK((void *)syscall(SYS_brk, 0) == seen.brk);
    CHECK_EQ(getrlimit(RLIMIT_CORE, &limit), 0);
    CHECK_EQ(limit.rlim_cur, 77);
}

static void *map_and_close(void *arg)
{
    close(*(int *)arg);
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

TEST("S01 what a thread maps all can use; what it closes is closed for all")
{
    int fd = open("/dev/null", O_RDONLY);
    pthread_t thread = start(map_and_close, &fd);
    void *page;

    CHECK_EQ(pthread_join(thread, &page), 0);
    *(volatile int *)page = 1;
    CHECK_FAILS(fcntl(fd, F_GETFD), EBADF);
    CHECK_EQ(munmap(page, 4096), 0);
}

static struct gate leave;
static volatile pid_t tids[32];

static void *tell_tid(void *arg)
{
    *(volatile pid_t *)arg = gettid();
    gate_pass(&leave);
    return NULL;
}

static bool is_listed(const char *folder, pid_t tid)
{
    char path[64];

    sprintf(path, "%s/%d", folder, tid);
    return access(path, F_OK) == 0;
}

TEST("S01 B-25 32 threads: tids differ, /proc/self/task lists them")
{
    pthread_t threads[32];

    gate_init(&leave);
    for (int i = 0; i < 32; i++)
        threads[i] = start(tell_tid, (void *)&tids[i]);
    for (int i = 0; i < 32; i++) {
        while (!tids[i])
            sched_yield();
        CHECK(is_listed("/proc/self/task", tids[i]));
        for (int k = 0; k < i; k++)
            CHECK(tids[i] != tids[k]);
    }
    for (int i = 0; i < 32; i++)
        gate_open(&leave);
    for (int i = 0; i < 32; i++)
        join(threads[i]);
    for (int i = 0; i < 32; i++)
        CHECK(!is_listed("/proc/self/task", tids[i]));
    CHECK(is_listed("/proc/self/task", getpid()));
}

/* --- signals to one thread --- */

static volatile pid_t signalled;

static void note_tid(int signo)
{
    (void)signo;
    signalled = gettid();
}

static volatile bool go_home;

static void *spin_until_told(void *arg)
{
    *(volatile pid_t *)arg = gettid();
    while (!go_home)
        sched_yield();
    return NULL;
}

TEST("S09 G-06 tgkill reaches that thread and no other, 100 times")
{
    pthread_t threads[4];

    signal(SIGUSR1, note_tid);
    for (int i = 0; i < 4; i++)
        threads[i] = start(spin_until_told, (void *)&tids[i]);
    for (int i = 0; i < 4; i++)
        while (!tids[i])
            sched_yield();
    for (int n = 0; n < 100; n++) {
        signalled = 0;
        CHECK_EQ(syscall(SYS_tgkill, getpid(), tids[n % 4], SIGUSR1), 0);
        while (!signalled)
            sched_yield();
        CHECK_EQ(signalled, tids[n % 4]);
    }
    go_home = true;
    for (int i = 0; i < 4; i++)
        join(threads[i]);
}

TEST("G-06 tgkill and tkill: the errors, also of a thread that has gone")
{
    pid_t me = getpid(), gone;

    gate_init(&leave);
    pthread_t thread = start(tell_tid, (void *)&tids[0]);
    while (!tids[0])
        sched_yield();
    CHECK_EQ(syscall(SYS_tgkill, me, tids[0], 0), 0);
    CHECK_EQ(syscall(SYS_tkill, tids[0], 0), 0);
    CHECK_FAILS(syscall(SYS_tgkill, tids[0], tids[0], 0), ESRCH);
    CHECK_FAILS(syscall(SYS_tgkill, me + 1000, tids[0], 0), ESRCH);
    CHECK_FAILS(syscall(SYS_tgkill, 1, tids[0], 0), ESRCH);
    CHECK_FAILS(syscall(SYS_tgkill, 0, tids[0], 0), EINVAL);
    CHECK_FAILS(syscall(SYS_tgkill, -1, tids[0], 0), EINVAL);
    CHECK_FAILS(syscall(SYS_tgkill, me, 0, 0), EINVAL);
    CHECK_FAILS(syscall(SYS_tgkill, me, -1, 0), EINVAL);
    CHECK_FAILS(syscall(SYS_tgkill, me, tids[0], 65), EINVAL);
    CHECK_FAILS(syscall(SYS_tgkill, me, tids[0], -1), EINVAL);
    CHECK_FAILS(syscall(SYS_tkill, 0, 0), EINVAL);
    CHECK_FAILS(syscall(SYS_tkill, -5, 0), EINVAL);
    CHECK_FAILS(syscall(SYS_tkill, 32767, 0), ESRCH);
    gone = tids[0];
    gate_open(&leave);
    join(thread);
    while (!syscall(SYS_tgkill, me, gone, 0))
        sched_yield();
    CHECK_EQ(errno, ESRCH);
}

static void *change_action(void *arg)
{
    struct sigaction action = { .sa_handler = note_tid,
                                .sa_flags = SA_RESTART };

    sigaddset(&action.sa_mask, SIGUSR2);
    CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
    return arg;
}

TEST("G-02 S09 actions with their masks and flags are one for all threads")
{
    struct sigaction action;

    join(start(change_action, NULL));
    CHECK_EQ(sigaction(SIGUSR1, NULL, &action), 0);
    CHECK(action.sa_handler == note_tid);
    CHECK(action.sa_flags & SA_RESTART);
    CHECK(sigismember(&action.sa_mask, SIGUSR2));
    CHECK(!sigismember(&action.sa_mask, SIGTERM));
}

static void *block_own(void *arg)
{
    sigset_t set, old;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK_EQ(pthread_sigmask(SIG_BLOCK, &set, &old), 0);
    CHECK(sigismember(&old, SIGUSR2));          /* its maker's */
    raise(SIGUSR1);
    CHECK_EQ(sigpending(&set), 0);
    CHECK(sigismember(&set, SIGUSR1));
    return arg;
}

TEST("S09 masks and what is pending are each thread's own")
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    CHECK_EQ(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
    join(start(block_own, NULL));
    CHECK_EQ(pthread_sigmask(SIG_BLOCK, NULL, &set), 0);
    CHECK(!sigismember(&set, SIGUSR1));
    CHECK(sigismember(&set, SIGUSR2));
    CHECK_EQ(sigpending(&set), 0);
    CHECK(!sigismember(&set, SIGUSR1));         /* gone with its thread */
}

/* --- thread-local storage --- */

static __thread long counter = 1000;
static __thread char big[5000];
static __thread long aligned __attribute__((aligned(64))) = 5;

static void count_one(int signo)
{
    (void)signo;
    counter += 1000000;
}

static void *count_locally(void *arg)
{
    long n = (long)arg;

    CHECK_EQ((uintptr_t)&aligned % 64, 0);
    CHECK_EQ(aligned, 5);
    for (int i = 0; i < 100000; i++) {
        counter++;
        big[i % sizeof(big)] = n;
        if (i % 5000 == 0)
            sched_yield();
    }
    for (size_t i = 0; i < sizeof(big); i++)
        CHECK_EQ(big[i], n);
    return (void *)counter;
}

TEST("S28 B-30 __thread variables of eight threads, under preemption")
{
    pthread_t threads[8];
    void *result;

    for (long i = 0; i < 8; i++)
        threads[i] = start(count_locally, (void *)(i + 1));
    for (int i = 0; i < 8; i++) {
        CHECK_EQ(pthread_join(threads[i], &result), 0);
        CHECK_EQ(result, 101000);
    }
    CHECK_EQ(counter, 1000);
}

static void *count_in_handler(void *arg)
{
    for (int i = 0; i < 100; i++)
        pthread_kill(pthread_self(), SIGUSR1);
    CHECK_EQ(counter, 100001000);
    return arg;
}

TEST("S28 B-30 G-11 a handler finds the variables of the thread it interrupts")
{
    pthread_t threads[4];

    signal(SIGUSR1, count_one);
    for (int i = 0; i < 4; i++)
        threads[i] = start(count_in_handler, NULL);
    for (int i = 0; i < 4; i++)
        join(threads[i]);
    CHECK_EQ(counter, 1000);
}

/* --- many, and the word at the end --- */

static void *do_nothing(void *arg)
{
    return arg;
}

TEST("R02 10,000 threads made and joined: memory stays flat")
{
    long before;

    for (int i = 0; i < 100; i++)
        join(start(do_nothing, NULL));
    before = tap_read_number("/proc/meminfo", "MemFree");
    for (int i = 0; i < 10000; i++)
        join(start(do_nothing, NULL));
    CHECK(before - tap_read_number("/proc/meminfo", "MemFree") < 256);
}

TEST("R02 200 threads at a time wait for one gate, and all leave")
{
    pthread_attr_t attr;
    pthread_t threads[200];

    gate_init(&leave);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 16384);
    for (int i = 0; i < 200; i++)
        CHECK_EQ(pthread_create(&threads[i], &attr, tell_tid,
                                (void *)&tids[i % 32]), 0);
    for (int i = 0; i < 200; i++)
        gate_open(&leave);
    for (int i = 0; i < 200; i++)
        join(threads[i]);
}

static void *move_word(void *arg)
{
    CHECK_EQ(syscall(SYS_set_tid_address, arg), gettid());
    syscall(SYS_exit, 0);
    return NULL;
}

TEST("S21 B-29 the word is cleared at the thread's end, and a waiter woken")
{
    static volatile int word = 1;

    start(move_word, (void *)&word);
    while (word)
        syscall(SYS_futex, &word, 0, 1, NULL, NULL, 0);
}

TEST("S21 a process alone in its memory clears no word at its end")
{
    int *word = child_shared(4096);
    pid_t pid = child_fork();

    if (pid == 0) {
        *word = 1;
        syscall(SYS_set_tid_address, word);
        syscall(SYS_exit, 0);
    }
    CHECK_EXITS(pid, 0);
    CHECK_EQ(*word, 1);
}

/* --- many processes, one address --- */

static volatile long own_value;
#define PROCESSES 64
#define YIELDS 160                      /* of each: 10,000 switches */

TEST("S25 64 processes keep 64 values at one address over 10,000 yields")
{
    pid_t pids[PROCESSES];

    for (int i = 0; i < PROCESSES; i++) {
        pids[i] = child_fork();
        if (pids[i] == 0) {
            own_value = i;
            for (int k = 0; k < YIELDS; k++) {
                sched_yield();
                CHECK_EQ(own_value, i + 1000l * k);
                own_value += 1000;
            }
            _exit(0);
        }
    }
    for (int i = 0; i < PROCESSES; i++)
        CHECK_EXITS(pids[i], 0);
    CHECK_EQ(own_value, 0);
}

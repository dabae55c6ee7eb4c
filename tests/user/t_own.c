/*
 * t_own.c - what each thread has for itself, and what clone(2) makes new (lwp.md
 * rows B-24 to B-30).  Flags that contradict each other are in t_clone.c.
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/probe.h"
#include "tests/user/lib/slurp.h"

#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

#define FUTEX_WAKE_PRIVATE 129
#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | \
                      CLONE_THREAD | CLONE_SYSVSEM)

static pid_t gettid_now(void)
{
    return syscall(SYS_gettid);
}

/* --- what is new --- */

static char stack[16384] __attribute__((aligned(16)));
static volatile struct {
    pid_t pid, tid;
    int store;
} *seen;                            /* shared, also with another space */
static volatile int cell;

static int look_around(void *arg)
{
    (void)arg;
    seen->pid = getpid();
    cell = 42;
    seen->tid = gettid_now();
    return 0;
}

static volatile pid_t cleared;

static void run_clone(unsigned long flags)
{
    pid_t id;

    cell = 0;
    cleared = 1;
    id = clone(look_around, stack + sizeof(stack), flags, NULL, NULL, NULL,
               &cleared);
    CHECK(id > 0);
    if (flags & CLONE_THREAD)
        while (cleared)
            sched_yield();
    else
        CHECK_EXITS(id, 0);
}

TEST("B-24 clone: a new process, a new thread; a new address space, or none")
{
    seen = child_shared(4096);
    run_clone(SIGCHLD);
    CHECK(seen->pid != getpid() && seen->tid == seen->pid);
    CHECK_EQ(cell, 0);
    run_clone(SIGCHLD | CLONE_VM);
    CHECK(seen->pid != getpid() && seen->tid == seen->pid);
    CHECK_EQ(cell, 42);
    run_clone(THREAD_FLAGS | CLONE_CHILD_CLEARTID);
    CHECK(seen->pid == getpid() && seen->tid != seen->pid);
    CHECK_EQ(cell, 42);
}

/* --- numbers --- */

static volatile bool stop;
static volatile pid_t newest;       /* a thread that lives, or just did */

static void *tell_tid(void *arg)
{
    newest = gettid_now();
    return arg;
}

static void *make_threads(void *arg)
{
    pthread_t t;

    while (!stop) {
        CHECK_EQ(pthread_create(&t, NULL, tell_tid, NULL), 0);
        CHECK_EQ(pthread_join(t, NULL), 0);
    }
    return arg;
}

TEST("B-25 signals to threads that are just ending: they come, or ESRCH")
{
    int64_t end = tap_now() + 1000000000;
    long came = 0, missed = 0;
    pthread_t maker;

    signal(SIGURG, SIG_IGN);
    CHECK_EQ(pthread_create(&maker, NULL, make_threads, NULL), 0);
    while (tap_now() < end || !came) {
        long r = newest ? syscall(SYS_tgkill, getpid(), newest, SIGURG) : 0;

        CHECK(r == 0 || errno == ESRCH);
        came += r == 0;
        missed += r < 0;
        CHECK(tap_now() < end + 20000000000);
    }
    stop = true;
    CHECK_EQ(pthread_join(maker, NULL), 0);
    CHECK_FAILS(syscall(SYS_tgkill, getpid(), newest, 0), ESRCH);
    CHECK_FAILS(syscall(SYS_tkill, newest, 0), ESRCH);
    CHECK_FAILS(syscall(SYS_tgkill, 1, getpid(), 0), ESRCH);
    CHECK_FAILS(syscall(SYS_tgkill, getpid(), 0, 0), EINVAL);
    printf("# %ld came, %ld were too late\n", came, missed);
}

static void *keep_tid(void *arg)
{
    *(pid_t *)arg = gettid_now();
    return NULL;
}

TEST("B-25 processes and threads have numbers of one kind, none twice")
{
    static pid_t ids[400];

    for (int i = 0; i < 400; i += 2) {
        pthread_t t;

        CHECK_EQ(pthread_create(&t, NULL, keep_tid, &ids[i]), 0);
        CHECK_EQ(pthread_join(t, NULL), 0);
        ids[i + 1] = child_start((void (*)(void))sched_yield);
        CHECK_EXITS(ids[i + 1], 0);
        for (int j = 0; j < i; j++)
            CHECK(ids[j] != ids[i] && ids[j] != ids[i + 1]);
    }
}

/* --- a thread's own --- */

static pthread_barrier_t step;

/* Wait until both threads are here. */
static void meet(void)
{
    int r = pthread_barrier_wait(&step);

    CHECK(r == 0 || r == PTHREAD_BARRIER_SERIAL_THREAD);
}

static void set_own(void)
{
    static char other_stack[32768];
    stack_t s = { .ss_sp = other_stack, .ss_size = sizeof(other_stack) };
    struct sched_param p = { .sched_priority = 7 };
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    CHECK_EQ(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
    CHECK_EQ(syscall(SYS_tgkill, getpid(), gettid_now(), SIGUSR2), 0);
    CHECK_EQ(sigaltstack(&s, NULL), 0);
    CHECK_EQ(prctl(PR_SET_NAME, "own"), 0);
    CHECK_EQ(syscall(SYS_setpriority, 0, 0, 3), 0);
    CHECK_EQ(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &p), 0);
    CHECK_EQ(syscall(SYS_set_robust_list, other_stack, 24), 0);
    errno = 77;
}

struct own {
    sigset_t blocked, pending;
    stack_t stack;
    char name[16];
    long nice, policy;
    void *robust;
    int error;
};

static struct own get_own(void)
{
    struct own o = { .error = errno };
    size_t length;

    CHECK_EQ(pthread_sigmask(SIG_BLOCK, NULL, &o.blocked), 0);
    CHECK_EQ(sigpending(&o.pending), 0);
    CHECK_EQ(sigaltstack(NULL, &o.stack), 0);
    CHECK_EQ(prctl(PR_GET_NAME, o.name), 0);
    o.nice = syscall(SYS_getpriority, 0, 0);
    o.policy = syscall(SYS_sched_getscheduler, 0);
    CHECK_EQ(syscall(SYS_get_robust_list, 0, &o.robust, &length), 0);
    return o;
}

static void *have_own(void *arg)
{
    set_own();
    meet();
    *(struct own *)arg = get_own();
    meet();
    return NULL;
}

TEST("B-26 mask, pending signals, stack, name, priority: no other thread's")
{
    struct own before = get_own(), mine, others;
    pthread_t t;

    pthread_barrier_init(&step, NULL, 2);
    CHECK_EQ(pthread_create(&t, NULL, have_own, &others), 0);
    meet();
    mine = get_own();
    meet();
    CHECK_EQ(pthread_join(t, NULL), 0);
    CHECK(sigismember(&others.blocked, SIGUSR2));
    CHECK(sigismember(&others.pending, SIGUSR2));
    CHECK(others.stack.ss_size == 32768 && !strcmp(others.name, "own"));
    CHECK(others.policy == SCHED_FIFO && others.nice == 20 - 3);
    CHECK(others.error == 77 && others.robust != before.robust);
    CHECK(!sigismember(&mine.blocked, SIGUSR2));
    CHECK(!sigismember(&mine.pending, SIGUSR2));
    CHECK(mine.stack.ss_flags == SS_DISABLE && !strcmp(mine.name, "t_own"));
    CHECK(mine.policy == SCHED_OTHER && mine.nice == before.nice);
    CHECK(mine.error == before.error && mine.robust == before.robust);
}

static int64_t thread_time(void)
{
    struct timespec t;

    CHECK_EQ(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t), 0);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static void *burn(void *arg)
{
    while (thread_time() < 200000000)
        ;
    *(int64_t *)arg = thread_time();
    return NULL;
}

TEST("B-26 time of the processor: each thread's own, and the process's sum")
{
    int64_t mine = thread_time(), whole = child_cpu_time(), others;
    pthread_t t;

    CHECK_EQ(pthread_create(&t, NULL, burn, &others), 0);
    CHECK_EQ(pthread_join(t, NULL), 0);
    mine = thread_time() - mine;
    whole = child_cpu_time() - whole;
    CHECK(others >= 200000000 && mine < 100000000);
    CHECK(whole >= 190000000);
}

/* --- the end of a thread --- */

static char *volatile its_stack;

static void *show_stack(void *arg)
{
    char here[64];

    its_stack = here;
    meet();
    meet();
    return arg;
}

TEST("B-28 a thread's function returns: it ends, and no stack is executed")
{
    pthread_t t;
    void *result;

    pthread_barrier_init(&step, NULL, 2);
    CHECK_EQ(pthread_create(&t, NULL, show_stack, &step), 0);
    meet();
    CHECK_FAULTS(its_stack, EXEC, SIGSEGV, SEGV_ACCERR);
    meet();
    CHECK_EQ(pthread_join(t, &result), 0);
    CHECK(result == &step);
    run_clone(THREAD_FLAGS | CLONE_CHILD_CLEARTID);
}

static volatile pid_t word = 1;

static void *clear_word(void *arg)
{
    CHECK_EQ(syscall(SYS_set_tid_address, &word), gettid_now());
    meet();
    syscall(SYS_exit, 0);
    return arg;
}

TEST("B-29 at a thread's end its word is 0, and who waits there is woken")
{
    pthread_t t;

    pthread_barrier_init(&step, NULL, 2);
    CHECK_EQ(pthread_create(&t, NULL, clear_word, NULL), 0);
    meet();
    while (word != 0)
        CHECK(syscall(SYS_futex, &word, 0, 1, NULL, NULL, 0) == 0 ||
              errno == EAGAIN);
    for (int i = 0; i < 1000; i++) {
        CHECK_EQ(pthread_create(&t, NULL, tell_tid, NULL), 0);
        CHECK_EQ(pthread_join(t, NULL), 0);
    }
}

/* --- thread-local storage --- */

static __thread volatile unsigned long laps, ticks;
static __thread volatile unsigned long *own_laps;
static volatile bool wrong;

/* Of whatever thread it interrupts. */
static void count_tick(int signo)
{
    (void)signo;
    ticks++;
    wrong |= own_laps && own_laps != &laps;
}

static void *run_laps(void *arg)
{
    pid_t tid = gettid_now();

    own_laps = &laps;
    while (laps < 3000000 || ticks < 3) {
        laps++;
        if (laps % 1000 == 0)
            wrong |= gettid_now() != tid || own_laps != &laps;
        if (laps % 100000 == 0)
            pthread_kill(pthread_self(), SIGALRM);
    }
    *(unsigned long *)arg = laps;
    return NULL;
}

TEST("B-30 S28 __thread variables are the thread's, in handlers, too")
{
    struct itimerval often = { .it_value.tv_usec = 1000,
                               .it_interval.tv_usec = 1000 };
    struct sigaction action = { .sa_handler = count_tick,
                                .sa_flags = SA_RESTART };
    unsigned long done[8];
    pthread_t t[8];

    CHECK_EQ(sigaction(SIGALRM, &action, NULL), 0);
    CHECK_EQ(setitimer(ITIMER_REAL, &often, NULL), 0);
    for (int i = 0; i < 8; i++)
        CHECK_EQ(pthread_create(&t[i], NULL, run_laps, &done[i]), 0);
    for (int i = 0; i < 8; i++) {
        CHECK_EQ(pthread_join(t[i], NULL), 0);
        CHECK(done[i] >= 3000000);
    }
    CHECK(!wrong);
    CHECK_EQ(laps, 0);
}

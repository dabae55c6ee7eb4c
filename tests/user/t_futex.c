/*
 * t_futex.c - futex(2): every operation, its errors, robust and inheriting
 * mutexes (lwp.md rows H-01..H-07; peers.md P8, P16, P18; seeds.md S12).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

enum {
    WAIT = 0, WAKE = 1, REQUEUE = 3, CMP_REQUEUE = 4, WAKE_OP = 5,
    WAIT_BITSET = 9, WAKE_BITSET = 10, PRIVATE = 128, REALTIME = 256,
};

#define SYS_FUTEX_WAITV 449
#define THREADS 4

static int words[THREADS];

/* `time` is a number for some operations. */
static long futex(int *word, int op, int value, const void *time, int *word2,
                  int value3)
{
    return syscall(SYS_futex, word, op, value, time, word2, value3);
}

/* --- a few threads that wait --- */

struct waiter {
    pthread_t thread;
    int *word;
    int op, bits;
    long error;
};

static struct waiter waiters[THREADS];

static void *wait_for_word(void *arg)
{
    struct waiter *w = arg;

    w->error = futex(w->word, w->op, 0, NULL, NULL, w->bits) ? errno : 0;
    return NULL;
}

static void start_waiters(int op, int per_word)
{
    for (int i = 0; i < THREADS; i++) {
        waiters[i] = (struct waiter){ .word = &words[i / per_word], .op = op,
                                      .bits = 1 << i };
        CHECK_EQ(pthread_create(&waiters[i].thread, NULL, wait_for_word,
                                &waiters[i]), 0);
    }
    sleep_ms(30);
}

static void join_waiters(void)
{
    for (int i = 0; i < THREADS; i++) {
        CHECK_EQ(pthread_join(waiters[i].thread, NULL), 0);
        CHECK_EQ(waiters[i].error, 0);
    }
}

TEST("H-01 WAIT, WAKE: as many as asked for")
{
    start_waiters(WAIT | PRIVATE, THREADS);
    CHECK_EQ(futex(words, WAKE | PRIVATE, 1, NULL, NULL, 0), 1);
    CHECK_EQ(futex(words, WAKE | PRIVATE, INT_MAX, NULL, NULL, 0), 3);
    CHECK_EQ(futex(words, WAKE | PRIVATE, 1, NULL, NULL, 0), 0);
    join_waiters();
}

TEST("H-01 WAIT_BITSET, WAKE_BITSET: those whose bits meet")
{
    start_waiters(WAIT_BITSET | PRIVATE, THREADS);
    CHECK_EQ(futex(words, WAKE_BITSET | PRIVATE, INT_MAX, NULL, NULL, 4), 1);
    CHECK_EQ(futex(words, WAKE_BITSET | PRIVATE, INT_MAX, NULL, NULL, 4), 0);
    CHECK_EQ(futex(words, WAKE_BITSET | PRIVATE, INT_MAX, NULL, NULL, 11), 3);
    join_waiters();
    CHECK_FAILS(futex(words, WAKE_BITSET, 1, NULL, NULL, 0), EINVAL);
    CHECK_FAILS(futex(words, WAIT_BITSET, 0, NULL, NULL, 0), EINVAL);
}

TEST("P16 CMP_REQUEUE: some wake, some wait elsewhere, if the word agrees")
{
    start_waiters(WAIT | PRIVATE, THREADS);
    CHECK_FAILS(futex(words, CMP_REQUEUE | PRIVATE, 1, (void *)1, &words[1], 9),
                EAGAIN);
    CHECK_EQ(futex(words, CMP_REQUEUE | PRIVATE, 1, (void *)2, &words[1], 0),
             3);
    CHECK_EQ(futex(words, WAKE | PRIVATE, 9, NULL, NULL, 0), 1);
    CHECK_EQ(futex(&words[1], WAKE | PRIVATE, 9, NULL, NULL, 0), 2);
    join_waiters();
    CHECK_FAILS(futex(words, REQUEUE, -1, NULL, &words[1], 0), EINVAL);
}

TEST("H-01 WAKE_OP: changes a word, wakes by its old value")
{
    const int add_7_if_0 = 1 << 28 | 7 << 12;

    start_waiters(WAIT | PRIVATE, 2);
    CHECK_EQ(futex(words, WAKE_OP | PRIVATE, 9, (void *)9, &words[1],
                   add_7_if_0), 4);
    CHECK_EQ(words[1], 7);
    join_waiters();
    CHECK_EQ(futex(words, WAKE_OP | PRIVATE, 9, (void *)9, &words[1],
                   add_7_if_0), 0);
    CHECK_EQ(words[1], 14);
}

struct user_waitv {
    uint64_t value, word;
    uint32_t flags, reserved;
};

static long waitv(struct user_waitv *v, int n, struct timespec *end)
{
    return syscall(SYS_FUTEX_WAITV, v, n, 0, end, CLOCK_MONOTONIC);
}

static void *wake_second(void *arg)
{
    sleep_ms(20);
    futex(&words[1], WAKE | PRIVATE, 1, NULL, NULL, 0);
    return arg;
}

TEST("H-01 futex_waitv: the first of several words")
{
    struct timespec past = { 0, 1 };
    struct user_waitv v[3];
    pthread_t thread;

    for (int i = 0; i < 3; i++)
        v[i] = (struct user_waitv){ 0, (uintptr_t)&words[i], 2 | PRIVATE, 0 };
    CHECK_EQ(pthread_create(&thread, NULL, wake_second, NULL), 0);
    CHECK_EQ(waitv(v, 3, NULL), 1);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_FAILS(waitv(v, 3, &past), ETIMEDOUT);
    v[2].value = 9;
    CHECK_FAILS(waitv(v, 3, NULL), EAGAIN);
    v[1].flags = 1;
    CHECK_FAILS(waitv(v, 3, NULL), EINVAL);
    CHECK_FAILS(waitv(v, 0, NULL), EINVAL);
}

/* --- errors and timeouts --- */

TEST("H-04 errors: EAGAIN, EINVAL, EFAULT, ENOSYS")
{
    struct timespec bad = { 0, 1000000000 };

    CHECK_FAILS(futex(words, WAIT, 1, NULL, NULL, 0), EAGAIN);
    CHECK_FAILS(futex((int *)((char *)words + 1), WAIT, 0, NULL, NULL, 0),
                EINVAL);
    CHECK_FAILS(futex((int *)8, WAIT, 0, NULL, NULL, 0), EFAULT);
    CHECK_FAILS(futex((int *)8, WAKE, 1, NULL, NULL, 0), EFAULT);
    CHECK_FAILS(futex((int *)-16l, WAKE | PRIVATE, 1, NULL, NULL, 0), EFAULT);
    CHECK_FAILS(futex(words, WAIT, 0, &bad, NULL, 0), EINVAL);
    CHECK_FAILS(futex(words, 77, 0, NULL, NULL, 0), ENOSYS);
}

TEST("H-04 timeouts: relative for WAIT, absolute for WAIT_BITSET")
{
    struct timespec time = { 0, 20000000 };
    int64_t begin = tap_now();

    CHECK_FAILS(futex(words, WAIT, 0, &time, NULL, 0), ETIMEDOUT);
    CHECK(tap_now() - begin >= 20000000);
    CHECK_FAILS(futex(words, WAIT_BITSET, 0, &time, NULL, -1), ETIMEDOUT);
    clock_gettime(CLOCK_REALTIME, &time);
    time.tv_sec -= 1;
    CHECK_FAILS(futex(words, WAIT_BITSET | REALTIME, 0, &time, NULL, -1),
                ETIMEDOUT);
}

static void ignore(int signo)
{
    (void)signo;
}

static void signal_parent_soon(void)
{
    sleep_ms(20);
    kill(getppid(), SIGUSR1);
}

TEST("H-04 a signal interrupts a wait")
{
    struct sigaction action = { .sa_handler = ignore };
    pid_t pid;

    sigaction(SIGUSR1, &action, NULL);
    pid = child_start(signal_parent_soon);
    CHECK_FAILS(futex(words, WAIT, 0, NULL, NULL, 0), EINTR);
    CHECK_EXITS(pid, 0);
}

/* --- shared memory --- */

static int *common;

static void wait_at_other_address(void)
{
    int *moved = mremap(common, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED,
                        (char *)common + (64 << 20));

    CHECK(moved != MAP_FAILED);
    CHECK_EQ(futex(moved, WAIT, 0, NULL, NULL, 0), 0);
}

TEST("H-03 two processes know one word by different addresses")
{
    pid_t pid;

    common = child_shared(4096);
    pid = child_start(wait_at_other_address);
    while (!futex(common, WAKE, 1, NULL, NULL, 0))
        sleep_ms(1);
    CHECK_EXITS(pid, 0);
}

/* --- mutexes of the C library --- */

static void init_mutex(pthread_mutex_t *m, bool robust, bool inherit)
{
    pthread_mutexattr_t attr;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    if (robust)
        pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    if (inherit)
        CHECK_EQ(pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT), 0);
    CHECK_EQ(pthread_mutex_init(m, &attr), 0);
}

static pthread_mutex_t *mutex;
static struct gate locked;

static void die_with_mutex(void)
{
    pthread_mutex_lock(mutex);
    gate_open(&locked);
    sleep_ms(20);
    kill(getpid(), SIGKILL);
}

static void check_owner_died(bool inherit)
{
    pid_t pid;

    mutex = child_shared(4096);
    init_mutex(mutex, true, inherit);
    gate_init(&locked);
    pid = child_start(die_with_mutex);
    gate_pass(&locked);
    CHECK_EQ(pthread_mutex_lock(mutex), EOWNERDEAD);
    CHECK_EQ(pthread_mutex_consistent(mutex), 0);
    CHECK_EQ(pthread_mutex_unlock(mutex), 0);
    CHECK_EQ(pthread_mutex_lock(mutex), 0);
    CHECK_KILLED(pid, SIGKILL);
}

TEST("P8 a robust mutex tells that its owner was killed")
{
    check_owner_died(false);
}

TEST("H-06 so does one with priority inheritance")
{
    check_owner_died(true);
}

static int counter;

static void *count_up(void *arg)
{
    for (int i = 0; i < 500; i++) {
        pthread_mutex_lock(arg);
        int before = counter;
        if (i % 16 == 0)
            sched_yield();
        counter = before + 1;
        pthread_mutex_unlock(arg);
    }
    return NULL;
}

/* --- a thread owns mutexes also after its exec --- */

#define LOCK_PI 6

static int pi_word;

static void *wait_in_vain(void *arg)
{
    struct timespec soon;

    clock_gettime(CLOCK_REALTIME, &soon);
    syscall(SYS_futex, &pi_word, LOCK_PI, 0, &soon, NULL, 0);
    *(int *)arg = errno;
    return NULL;
}

ROLE(owner)
{
    pthread_t other;
    int error = 0;

    pi_word = getpid();
    pthread_create(&other, NULL, wait_in_vain, &error);
    pthread_join(other, NULL);
    return error;
}

TEST("H-05 the owner of a mutex with priority inheritance has run execve")
{
    pid_t pid = child_fork();

    if (pid == 0) {
        setenv("ROLE", "owner", 1);
        execl(tap_self, tap_self, NULL);
        _exit(0);
    }
    CHECK_EXITS(pid, ETIMEDOUT);
}

TEST("H-05 mutexes with priority inheritance exclude")
{
    pthread_t threads[THREADS];
    pthread_mutex_t m;

    init_mutex(&m, false, true);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, count_up, &m), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CHECK_EQ(counter, THREADS * 500);
}

/* --- inversion --- */

static pthread_mutex_t contended;
static volatile bool low_has_it;
static int64_t high_waited;

static void become_fifo(int priority)
{
    struct sched_param param = { .sched_priority = priority };

    CHECK_EQ(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &param), 0);
}

static void burn(int64_t ns)
{
    int64_t end = child_cpu_time() + ns;

    while (child_cpu_time() < end)
        ;
}

static void *low(void *arg)
{
    become_fifo(1);
    pthread_mutex_lock(&contended);
    low_has_it = true;
    burn(20000000);
    pthread_mutex_unlock(&contended);
    return arg;
}

static void *middle(void *arg)
{
    become_fifo(5);
    burn(300000000);
    return arg;
}

static void *high(void *arg)
{
    int64_t begin = tap_now();

    become_fifo(10);
    pthread_mutex_lock(&contended);
    high_waited = tap_now() - begin;
    pthread_mutex_unlock(&contended);
    return arg;
}

TEST("H-05 who waits for a mutex lends its owner its priority")
{
    pthread_t threads[3];
    cpu_set_t first;

    CPU_ZERO(&first);
    CPU_SET(0, &first);
    CHECK_EQ(sched_setaffinity(0, sizeof(first), &first), 0);
    init_mutex(&contended, false, true);
    become_fifo(50);
    pthread_create(&threads[0], NULL, low, NULL);
    while (!low_has_it)
        sleep_ms(1);
    pthread_create(&threads[1], NULL, high, NULL);
    sleep_ms(1);
    pthread_create(&threads[2], NULL, middle, NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    CHECK(high_waited < 200000000);
}

/* --- races --- */

#define ROUNDS 20000

static int there, back;

static void pass(int *word, int value)
{
    __atomic_store_n(word, value, __ATOMIC_SEQ_CST);
    futex(word, WAKE | PRIVATE, 1, NULL, NULL, 0);
}

static void await(int *word, int value)
{
    while (__atomic_load_n(word, __ATOMIC_SEQ_CST) != value)
        futex(word, WAIT | PRIVATE, value - 1, NULL, NULL, 0);
}

static void *answer(void *arg)
{
    for (int i = 1; i <= ROUNDS; i++) {
        await(&there, i);
        pass(&back, i);
    }
    return arg;
}

TEST("H-04 no wake-up is lost between two threads")
{
    pthread_t thread;

    CHECK_EQ(pthread_create(&thread, NULL, answer, NULL), 0);
    for (int i = 1; i <= ROUNDS; i++) {
        pass(&there, i);
        await(&back, i);
    }
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

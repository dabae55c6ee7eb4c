/*
 * t_pthread.c - the life of musl's threads: attributes, keys, once, clean-up,
 * cancellation, detaching, atfork; a hundred of them (lwp.md G-11; seeds.md
 * S14, S17, T20).
 *
 * run: cpus=1,2,4,8
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/syscall.h>

static pthread_t start(void *(*body)(void *), void *arg)
{
    pthread_t thread;

    CHECK_EQ(pthread_create(&thread, NULL, body, arg), 0);
    return thread;
}

static void *join(pthread_t thread)
{
    void *result;

    CHECK_EQ(pthread_join(thread, &result), 0);
    return result;
}

/* --- beginning and end --- */

static void *add_one(void *arg)
{
    return (char *)arg + 1;
}

static void *leave_early(void *arg)
{
    pthread_exit((char *)arg + 2);
}

TEST("S14 a hundred threads, each joined with its own result")
{
    pthread_t threads[100];

    for (long i = 0; i < 100; i++)
        threads[i] = start(i & 1 ? add_one : leave_early, (void *)(i * 10));
    for (long i = 0; i < 100; i++)
        CHECK_EQ(join(threads[i]), i * 10 + (i & 1 ? 1 : 2));
}

static volatile int ended;

static void *end_detached(void *arg)
{
    if (arg)
        pthread_detach(pthread_self());
    __atomic_add_fetch(&ended, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

TEST("S14 detached threads, by attribute, by others, by themselves")
{
    pthread_attr_t attr;
    pthread_t thread;

    pthread_attr_init(&attr);
    CHECK_EQ(pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED), 0);
    for (int i = 0; i < 50; i++) {
        CHECK_EQ(pthread_create(&thread, &attr, end_detached, NULL), 0);
        CHECK_EQ(pthread_detach(start(end_detached, NULL)), 0);
        start(end_detached, &attr);
    }
    while (ended < 150)
        sched_yield();
}

static void *sleep_long(void *arg)
{
    sleep_ms(100);
    return arg;
}

ROLE(leader_leaves)
{
    start(sleep_long, NULL);
    pthread_exit(NULL);
}

TEST("S17 P5 main leaves by pthread_exit: the last thread ends the process")
{
    pid_t pid = child_fork();

    if (pid == 0) {
        setenv("ROLE", "leader_leaves", 1);
        execl(tap_self, tap_self, NULL);
        _exit(99);
    }
    CHECK_EXITS(pid, 0);
}

static pthread_t main_thread;

static void *join_main(void *arg)
{
    CHECK_EQ(pthread_join(main_thread, NULL), 0);
    exit(21);
    return arg;
}

ROLE(joined_leader)
{
    main_thread = pthread_self();
    start(join_main, NULL);
    pthread_exit(NULL);
}

TEST("S17 S14 a thread joins the first one")
{
    pid_t pid = child_fork();

    if (pid == 0) {
        setenv("ROLE", "joined_leader", 1);
        execl(tap_self, tap_self, NULL);
        _exit(99);
    }
    CHECK_EXITS(pid, 21);
}

/* --- attributes --- */

static void *use_stack(void *arg)
{
    size_t size = (size_t)arg - 8192;
    volatile char *p = __builtin_alloca(size);

    for (size_t i = 0; i < size; i += 512)
        p[i] = 1;
    return NULL;
}

static void *overflow(void *arg)
{
    volatile char *p = __builtin_alloca(65536);

    for (long i = 65535; i >= 0; i -= 512)
        p[i] = 1;
    return arg;
}

TEST("T20 stacks as large as asked for, with a guard page below")
{
    static const size_t sizes[] = { 16384, 65536, 1 << 20, 8 << 20 };
    pthread_attr_t attr;
    pthread_t thread;
    size_t got;
    pid_t pid;

    pthread_attr_init(&attr);
    CHECK_EQ(pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN - 1), EINVAL);
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(pthread_attr_setstacksize(&attr, sizes[i]), 0);
        CHECK_EQ(pthread_create(&thread, &attr, use_stack, (void *)sizes[i]),
                 0);
        CHECK_EQ(pthread_getattr_np(thread, &attr), 0);
        CHECK_EQ(pthread_attr_getstacksize(&attr, &got), 0);
        CHECK(got >= sizes[i]);
        join(thread);
        pthread_attr_init(&attr);
    }
    CHECK_EQ(pthread_attr_setstacksize(&attr, 16384), 0);
    pid = child_fork();
    if (pid == 0) {
        pthread_create(&thread, &attr, overflow, NULL);
        join(thread);
        _exit(0);
    }
    CHECK_KILLED(pid, SIGSEGV);
}

static void *own_stack_address(void *arg)
{
    *(char **)arg = __builtin_frame_address(0);
    return NULL;
}

TEST("T20 a stack that the program provides")
{
    size_t size = 65536;
    char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *inside;
    pthread_attr_t attr;
    pthread_t thread;

    pthread_attr_init(&attr);
    CHECK_EQ(pthread_attr_setstack(&attr, stack, size), 0);
    CHECK_EQ(pthread_create(&thread, &attr, own_stack_address, &inside), 0);
    join(thread);
    CHECK(inside > stack && inside < stack + size);
    CHECK_EQ(munmap(stack, size), 0);
}

static void *own_policy(void *arg)
{
    struct sched_param param;
    int policy;

    (void)arg;
    CHECK_EQ(pthread_getschedparam(pthread_self(), &policy, &param), 0);
    return (void *)(policy * 1000l + param.sched_priority);
}

TEST("T20 a policy and priority from the attributes")
{
    struct sched_param param = { .sched_priority = 5 };
    pthread_attr_t attr;
    pthread_t thread;

    pthread_attr_init(&attr);
    CHECK_EQ(pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED), 0);
    CHECK_EQ(pthread_attr_setschedpolicy(&attr, SCHED_RR), 0);
    CHECK_EQ(pthread_attr_setschedparam(&attr, &param), 0);
    CHECK_EQ(pthread_create(&thread, &attr, own_policy, NULL), 0);
    CHECK_EQ(join(thread), SCHED_RR * 1000 + 5);
}

/* --- keys, once --- */

#define KEYS 20

static pthread_key_t keys[KEYS];
static int destroyed[KEYS], rounds;

static void destroy_value(void *value)
{
    long i = (long)value - 1;

    __atomic_add_fetch(&destroyed[i], 1, __ATOMIC_SEQ_CST);
    if (i == 0 && __atomic_add_fetch(&rounds, 1, __ATOMIC_SEQ_CST) == 1)
        pthread_setspecific(keys[0], value);        /* once more */
}

static void *set_keys(void *arg)
{
    for (long i = 0; i < KEYS; i++) {
        CHECK(!pthread_getspecific(keys[i]));
        CHECK_EQ(pthread_setspecific(keys[i], (void *)(i + 1)), 0);
    }
    for (long i = 0; i < KEYS; i++)
        CHECK_EQ(pthread_getspecific(keys[i]), i + 1);
    return arg;
}

TEST("T20 keys: values of each thread, destroyed at its end")
{
    for (int i = 0; i < KEYS; i++)
        CHECK_EQ(pthread_key_create(&keys[i], i % 2 ? NULL : destroy_value), 0);
    join(start(set_keys, NULL));
    for (int i = 0; i < KEYS; i++)
        CHECK_EQ(destroyed[i], i % 2 ? 0 : i == 0 ? 2 : 1);
    CHECK(!pthread_getspecific(keys[0]));
    for (int i = 0; i < KEYS; i++)
        CHECK_EQ(pthread_key_delete(keys[i]), 0);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static volatile int once_runs;

static void run_once(void)
{
    sleep_ms(5);
    once_runs++;
}

static void *call_once(void *arg)
{
    CHECK_EQ(pthread_once(&once, run_once), 0);
    CHECK_EQ(once_runs, 1);
    return arg;
}

TEST("T20 pthread_once: one runs it, the others wait for its end")
{
    pthread_t threads[10];

    for (int i = 0; i < 10; i++)
        threads[i] = start(call_once, NULL);
    for (int i = 0; i < 10; i++)
        join(threads[i]);
    CHECK_EQ(once_runs, 1);
}

/* --- cancellation --- */

static int cancel_pipe[2], cleaned;
static volatile bool ready;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

static void clean(void *arg)
{
    cleaned = cleaned * 10 + (int)(long)arg;
}

static void unlock(void *arg)
{
    pthread_mutex_unlock(arg);
}

static void at_read(void)
{
    char c;

    read(cancel_pipe[0], &c, 1);
}

static void at_sleep(void)
{
    sleep(1000);
}

static void at_poll(void)
{
    poll(NULL, 0, -1);
}

static void at_select(void)
{
    select(0, NULL, NULL, NULL, NULL);
}

static void at_pause(void)
{
    pause();
}

static void at_sigwait(void)
{
    sigset_t set;
    int signo;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigwait(&set, &signo);
}

static void at_cond(void)
{
    pthread_mutex_lock(&mutex);
    pthread_cleanup_push(unlock, &mutex);
    pthread_cond_wait(&cond, &mutex);
    pthread_cleanup_pop(1);
}

static void *sleep_for_ever(void *arg)
{
    for (;;)
        pause();
    return arg;
}

static void detach(void *arg)
{
    pthread_detach(arg);
}

static void at_join(void)
{
    pthread_t thread = start(sleep_for_ever, NULL);

    pthread_cleanup_push(detach, thread);
    pthread_join(thread, NULL);
    pthread_cleanup_pop(0);
}

static void kill_and_bury(void *arg)
{
    pid_t pid = (long)arg;

    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void at_wait(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        pause();
        _exit(0);
    }
    pthread_cleanup_push(kill_and_bury, (void *)(long)pid);
    waitpid(pid, NULL, 0);
    pthread_cleanup_pop(0);
}

static void at_testcancel(void)
{
    for (;;)
        pthread_testcancel();
}

static void (*const points[])(void) = {
    at_read, at_sleep, at_poll, at_select, at_pause, at_sigwait, at_cond,
    at_join, at_wait, at_testcancel,
};
#define POINTS (sizeof(points) / sizeof(*points))

static void *block_at_point(void *arg)
{
    pthread_cleanup_push(clean, (void *)1);
    pthread_cleanup_push(clean, (void *)2);
    ready = true;
    (*(void (**)(void))arg)();
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
    return NULL;
}

TEST("G-11 T20 cancellation at each point, clean-up in reverse order")
{
    CHECK_EQ(pipe(cancel_pipe), 0);
    for (size_t i = 0; i < POINTS * 2; i++) {
        pthread_t thread;

        cleaned = 0;
        ready = false;
        thread = start(block_at_point, (void *)&points[i / 2]);
        while (!ready)
            sched_yield();
        if (i & 1)
            sleep_ms(3);                /* else before it blocks, perhaps */
        CHECK_EQ(pthread_cancel(thread), 0);
        CHECK(join(thread) == PTHREAD_CANCELED);
        CHECK_EQ(cleaned, 21);
    }
    CHECK_EQ(pthread_mutex_trylock(&mutex), 0);
}

static void *spin_to_be_cancelled(void *arg)
{
    int old;

    if (arg)
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    ready = true;
    for (;;)
        ;
    return NULL;
}

TEST("G-11 asynchronous cancellation of one that calls nothing")
{
    pthread_t thread = start(spin_to_be_cancelled, &mutex);

    while (!ready)
        sched_yield();
    CHECK_EQ(pthread_cancel(thread), 0);
    CHECK(join(thread) == PTHREAD_CANCELED);
}

static volatile bool cancelled;

static void *refuse_for_a_while(void *arg)
{
    int old;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    ready = true;
    while (!cancelled)
        sleep_ms(1);
    sleep_ms(1);
    *(int *)arg = 1;
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
    sleep_ms(1000);
    *(int *)arg = 2;
    return NULL;
}

TEST("G-11 a disabled cancellation waits until it is enabled")
{
    int reached = 0;
    pthread_t thread = start(refuse_for_a_while, &reached);

    while (!ready)
        sched_yield();
    CHECK_EQ(pthread_cancel(thread), 0);
    cancelled = true;
    CHECK(join(thread) == PTHREAD_CANCELED);
    CHECK_EQ(reached, 1);
}

static void *read_and_keep(void *arg)
{
    static char buf[8];
    long got = 0;

    pthread_cleanup_push(clean, (void *)1);
    for (;;)
        *(long *)arg = got += read(cancel_pipe[0], buf, 1);
    pthread_cleanup_pop(0);
    return NULL;
}

TEST("G-11 a byte that was read is not lost to a cancellation")
{
    CHECK_EQ(pipe(cancel_pipe), 0);
    for (int i = 0; i < 200; i++) {
        long got = 0;
        char rest[8];
        pthread_t thread = start(read_and_keep, &got);

        CHECK_EQ(write(cancel_pipe[1], "abcd", 4), 4);
        if (i & 1)
            sched_yield();
        CHECK_EQ(pthread_cancel(thread), 0);
        CHECK(join(thread) == PTHREAD_CANCELED);
        if (got < 4)
            CHECK_EQ(read(cancel_pipe[0], rest, sizeof(rest)), 4 - got);
    }
}

/* --- signals, fork --- */

static volatile int handled;

static void count_signal(int signo)
{
    (void)signo;
    __atomic_add_fetch(&handled, 1, __ATOMIC_SEQ_CST);
}

static void *mask_and_wait(void *arg)
{
    sigset_t set, old;

    sigfillset(&set);
    CHECK_EQ(pthread_sigmask(SIG_BLOCK, &set, &old), 0);
    CHECK(!sigismember(&old, SIGUSR1));
    ready = true;
    while (!cancelled)
        sched_yield();
    CHECK_EQ(handled, 0);
    CHECK_EQ(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
    CHECK_EQ(handled, 1);
    return arg;
}

TEST("T20 pthread_kill of a thread that blocks it; of one that has gone")
{
    pthread_t thread;

    signal(SIGUSR1, count_signal);
    thread = start(mask_and_wait, NULL);
    while (!ready)
        sched_yield();
    CHECK_EQ(pthread_kill(thread, SIGUSR1), 0);
    CHECK_EQ(pthread_kill(thread, 0), 0);
    CHECK_EQ(pthread_kill(thread, 999), EINVAL);
    cancelled = true;
    join(thread);
}

static int before, after_parent, after_child;

static void prepare(void)
{
    before++;
    pthread_mutex_lock(&mutex);
}

static void in_parent(void)
{
    after_parent++;
    pthread_mutex_unlock(&mutex);
}

static void in_child(void)
{
    after_child++;
    pthread_mutex_unlock(&mutex);
}

static void *lock_often(void *arg)
{
    while (!cancelled) {
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
    }
    return arg;
}

TEST("T20 atfork: 50 forks of a process whose threads use the mutex")
{
    pthread_t threads[3];

    CHECK_EQ(pthread_atfork(prepare, in_parent, in_child), 0);
    for (int i = 0; i < 3; i++)
        threads[i] = start(lock_often, NULL);
    for (int i = 0; i < 50; i++) {
        pid_t pid = child_fork();

        if (pid == 0) {
            pthread_mutex_lock(&mutex);
            _exit(after_child == 1 && after_parent == i && before == i + 1
                  ? 0 : 1);
        }
        CHECK_EXITS(pid, 0);
    }
    cancelled = true;
    for (int i = 0; i < 3; i++)
        join(threads[i]);
}

static void *fork_in_thread(void *arg)
{
    pid_t pid = fork();

    if (pid == 0) {
        /* Alone, and the main thread of its process. */
        if (getpid() != gettid())
            _exit(1);
        _exit(join(start(add_one, arg)) == (char *)arg + 1 ? 0 : 2);
    }
    CHECK_EXITS(pid, 0);
    return NULL;
}

TEST("T20 the child of a thread's fork has one thread and can make more")
{
    pthread_t threads[5];

    for (int i = 0; i < 5; i++)
        threads[i] = start(fork_in_thread, &threads[i]);
    for (int i = 0; i < 5; i++)
        join(threads[i]);
}

static void *wait_for_end(void *arg)
{
    while (!cancelled)
        sleep_ms(1);
    return arg;
}

static void *end_at_once(void *arg)
{
    return arg;
}

TEST("T20 as many threads as RLIMIT_NPROC allows, then EAGAIN")
{
    struct rlimit limit = { 10, 10 };
    pthread_t thread;
    pid_t pid = child_fork();

    if (pid == 0) {
        pthread_t threads[20];
        int n = 0, error = 0;

        CHECK_EQ(setrlimit(RLIMIT_NPROC, &limit), 0);
        CHECK_EQ(setuid(4321), 0);
        while (n < 20 && !(error = pthread_create(&threads[n], NULL,
                                                  wait_for_end, NULL)))
            n++;
        CHECK_EQ(error, EAGAIN);
        CHECK_EQ(n, 9);
        cancelled = true;
        while (n)
            join(threads[--n]);
        CHECK_EQ(pthread_create(&thread, NULL, end_at_once, NULL), 0);
        join(thread);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
}

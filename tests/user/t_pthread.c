/*
 * t_pthread.c - the life of musl's threads: attributes, keys, once, detaching,
 * atfork; a hundred of them (seeds.md S14, S17, T20).
 *
 * run: cpus=1,2,4,8
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/thread.h"

#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

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

/* --- signals, fork --- */

static volatile bool ready, over;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

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
    while (!over)
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
    over = true;
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
    while (!over) {
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
    over = true;
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
    while (!over)
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
        over = true;
        while (n)
            join(threads[--n]);
        CHECK_EQ(pthread_create(&thread, NULL, end_at_once, NULL), 0);
        join(thread);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
}

/*
 * t_rtobj_mutex.c - mutexes of the RT-Thread API by their system calls (lwp.md
 * row K-04).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/rtobj.h"
#include "tests/user/lib/slurp.h"
#include "tests/user/lib/thread.h"

#include <linux/futex.h>
#include <sched.h>
#include <signal.h>

#define MSEC 1000000l

static int mutex;

static void *try_it(void *arg)
{
    (void)arg;
    return mutex_take(mutex, 0) ? (void *)(long)errno : NULL;
}

static void *release_it(void *arg)
{
    (void)arg;
    return mutex_release(mutex) ? (void *)(long)errno : NULL;
}

static void *take_and_release(void *arg)
{
    long error = mutex_take(mutex, 20000) ? errno : 0;

    (void)arg;
    if (!error)
        error = mutex_release(mutex) ? errno : 0;
    return (void *)error;
}

TEST("K-04 the owner may take it again, and releases it as often")
{
    mutex = mutex_create(NULL);
    CHECK_EQ(mutex_take(mutex, FOREVER), 0);
    for (int i = 0; i < 100; i++)
        CHECK_EQ(mutex_take(mutex, 0), 0);
    for (int i = 0; i < 100; i++) {
        CHECK_EQ(mutex_release(mutex), 0);
        if (i % 10 == 0)
            CHECK_EQ((long)join(start(try_it, NULL)), ETIMEDOUT);
    }
    CHECK_EQ(mutex_release(mutex), 0);
    CHECK_EQ((long)join(start(take_and_release, NULL)), 0);
    CHECK_FAILS(mutex_release(mutex), EPERM);
}

TEST("K-04 only the owner may release it")
{
    mutex = mutex_create(NULL);
    CHECK_EQ((long)join(start(release_it, NULL)), EPERM);
    CHECK_EQ(mutex_take(mutex, 0), 0);
    CHECK_EQ((long)join(start(release_it, NULL)), EPERM);
    CHECK_EQ((long)join(start(try_it, NULL)), ETIMEDOUT);
    CHECK_EQ(mutex_release(mutex), 0);
    CHECK_FAILS(rt_reset(RT_MUTEX, mutex, 0), EINVAL);
}

TEST("K-04 depth ends at 65535")
{
    mutex = mutex_create(NULL);
    for (int i = 0; i < 65535; i++)
        CHECK_EQ(mutex_take(mutex, 0), 0);
    CHECK_FAILS(mutex_take(mutex, 0), ENOSPC);
    for (int i = 0; i < 65535; i++)
        CHECK_EQ(mutex_release(mutex), 0);
    CHECK_EQ((long)join(start(take_and_release, NULL)), 0);
}

static int error_of_wait, wait_time;

static void *wait_for_it(void *arg)
{
    (void)arg;
    error_of_wait = mutex_take(mutex, wait_time) ? errno : 0;
    return NULL;
}

static void on_signal(int signo)
{
    (void)signo;
}

TEST("K-04 the wait ends with time, a signal, or deletion")
{
    struct sigaction action = { .sa_handler = on_signal };
    int64_t begin = tap_now();
    pthread_t t;

    CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
    mutex = mutex_create(NULL);
    CHECK_EQ(mutex_take(mutex, 0), 0);
    wait_time = 20;
    join(start(wait_for_it, NULL));
    CHECK_EQ(error_of_wait, ETIMEDOUT);
    CHECK(tap_now() - begin >= 20 * MSEC);

    wait_time = FOREVER;
    t = start(wait_for_it, NULL);
    rtobj_await(mutex, 1);
    CHECK_EQ(pthread_kill(t, SIGUSR1), 0);
    join(t);
    CHECK_EQ(error_of_wait, EINTR);
    rtobj_await(mutex, 0);

    t = start(wait_for_it, NULL);
    rtobj_await(mutex, 1);
    CHECK_EQ(rt_delete(RT_MUTEX, mutex), 0);
    join(t);
    CHECK_EQ(error_of_wait, EIDRM);
    CHECK_FAILS(mutex_release(mutex), EINVAL);
}

/* --- owners that die --- */

static void *take_it(void *arg)
{
    (void)arg;
    CHECK_EQ(mutex_take(mutex, 20000), 0);
    return NULL;
}

TEST("K-04 a thread that ends hands its mutexes to who waits, or frees them")
{
    int id[5];
    pthread_t t;

    for (int i = 0; i < 5; i++) {
        id[i] = mutex = mutex_create(NULL);
        join(start(take_it, NULL));
        CHECK_EQ(mutex_take(id[i], 0), 0);
    }
    t = start(wait_for_it, NULL);
    wait_time = 20000;
    rtobj_await(mutex, 1);
    CHECK_EQ(mutex_release(mutex), 0);
    join(t);
    CHECK_EQ(error_of_wait, 0);
    CHECK_EQ(mutex_take(mutex, 0), 0);
}

static struct gate inside;

static void die_with_it(void)
{
    CHECK_EQ(mutex_take(mutex, 20000), 0);
    CHECK_EQ(mutex_take(mutex, 20000), 0);
    gate_open(&inside);
    pause();
}

TEST("K-04 a killed process's mutex goes to the next waiter, of another one")
{
    pid_t pid;

    gate_init(&inside);
    mutex = mutex_create(NULL);
    for (int i = 0; i < 20; i++) {
        pthread_t t = 0;

        pid = child_start(die_with_it);
        gate_pass(&inside);
        wait_time = 20000;
        if (i % 2) {
            t = start(wait_for_it, NULL);
            rtobj_await(mutex, 1);
        }
        CHECK_FAILS(mutex_take(mutex, 0), ETIMEDOUT);
        CHECK_FAILS(mutex_release(mutex), EPERM);
        child_kill(pid);
        if (i % 2) {
            join(t);
            CHECK_EQ(error_of_wait, 0);
        }
        CHECK_EQ(mutex_take(mutex, 20000), 0);
        CHECK_EQ(mutex_release(mutex), 0);
    }
}

ROLE(done)
{
    return mutex_take(atoi(argv[1]), 0) == 0 ? 1 : errno == EINVAL ? 0 : 2;
}

static void exec_with_it(void)
{
    char number[12];
    char *argv[] = { (char *)tap_self, number, NULL };

    CHECK_EQ(mutex_take(mutex, 20000), 0);
    sprintf(number, "%d", mutex);
    setenv("ROLE", "done", 1);
    execv(tap_self, argv);
    _exit(3);
}

TEST("K-04 exec hands on what the thread owned, and forgets the id")
{
    mutex = mutex_create(NULL);
    CHECK_EXITS(child_start(exec_with_it), 0);
    CHECK_EQ(mutex_take(mutex, 0), 0);
}

static void *delete_it(void *arg)
{
    (void)arg;
    CHECK_EQ(rt_delete(RT_MUTEX, mutex), 0);
    return NULL;
}

static void take_in_child(void)
{
    CHECK_EQ(mutex_take(mutex, 20000), 0);
    CHECK_EQ(mutex_release(mutex), 0);
}

TEST("K-04 deleted by another thread of the owner's, it passes to who holds it")
{
    pid_t pid;

    mutex = mutex_create(NULL);
    CHECK_EQ(mutex_take(mutex, 0), 0);
    pid = child_start(take_in_child);
    rtobj_await(mutex, 1);
    join(start(delete_it, NULL));
    CHECK_FAILS(mutex_release(mutex), EINVAL);
    CHECK_EXITS(pid, 0);
}

/* --- inheritance --- */

/* As proc_pid_stat(5) has it: -1 - priority of a real-time thread. */
static long priority_of(pid_t tid)
{
    char *text = slurp("/proc/self/task/%d/stat", tid);
    long priority;

    text = strrchr(text, ')') + 2;
    for (int field = 3; field < 18; field++)
        text = strchr(text, ' ') + 1;
    CHECK_EQ(sscanf(text, "%ld", &priority), 1);
    return priority;
}

/* 0: that of an ordinary thread. */
static bool comes_to_priority(pid_t tid, int wanted)
{
    long expected = wanted ? -1 - wanted : 20;

    for (int i = 0; i < 2000 && priority_of(tid) != expected; i++)
        sleep_ms(1);
    return priority_of(tid) == expected;
}

struct link {
    int priority, has, wants;   /* mutexes; 0: none */
    volatile pid_t tid;
    volatile int phase;         /* 0: hold, 1: release, 2: end */
    int error;
};

static void set_priority(int priority)
{
    struct sched_param p = { .sched_priority = priority };

    if (priority)
        CHECK_EQ(pthread_setschedparam(pthread_self(), SCHED_RR, &p), 0);
}

static void *hold_and_want(void *arg)
{
    struct link *l = arg;

    set_priority(l->priority);
    if (l->has)
        CHECK_EQ(mutex_take(l->has, 20000), 0);
    l->tid = gettid();
    if (l->wants)
        l->error = mutex_take(l->wants, 20000) ? errno : 0;
    while (l->phase < 1)
        sleep_ms(1);
    if (l->wants && !l->error)
        CHECK_EQ(mutex_release(l->wants), 0);
    if (l->has)
        CHECK_EQ(mutex_release(l->has), 0);
    while (l->phase < 2)
        sleep_ms(1);
    return NULL;
}

static pthread_t start_link(struct link *l)
{
    pthread_t t = start(hold_and_want, l);

    while (!l->tid)
        sleep_ms(1);
    return t;
}

TEST("K-04 the owner inherits the priority of who waits, along a chain")
{
    int a = mutex_create(NULL), b = mutex_create(NULL), c = mutex_create(NULL);
    struct link l[4] = {
        { .has = a },
        { .priority = 5, .has = b, .wants = a },
        { .priority = 10, .has = c, .wants = b },
        { .priority = 40, .wants = c },
    };
    pthread_t t[4];

    for (int i = 0; i < 3; i++)
        t[i] = start_link(&l[i]);
    CHECK(comes_to_priority(l[0].tid, 10));
    CHECK(comes_to_priority(l[2].tid, 10));
    t[3] = start_link(&l[3]);
    for (int i = 0; i < 4; i++)
        CHECK(comes_to_priority(l[i].tid, 40));
    /* Each gives back what it was lent when it releases. */
    for (int i = 0; i < 3; i++) {
        l[i].phase = 1;
        CHECK(comes_to_priority(l[i].tid, l[i].priority));
    }
    for (int i = 0; i < 4; i++) {
        l[i].phase = 2;
        join(t[i]);
        CHECK_EQ(l[i].error, 0);
    }
}

TEST("K-04 a waiter that gives up takes back what it lent")
{
    struct link l = { .has = mutex_create(NULL) };
    pthread_t t = start_link(&l);

    mutex = l.has;
    set_priority(30);
    CHECK_FAILS(mutex_take(mutex, 20), ETIMEDOUT);
    CHECK(comes_to_priority(l.tid, 0));
    l.phase = 2;
    join(t);
}

TEST("K-04 a priority that changes in the wait is lent as it is then")
{
    int m = mutex_create(NULL);
    struct link l[2] = { { .has = m }, { .priority = 10, .wants = m } };
    struct sched_param p;
    pthread_t t[2];

    for (int i = 0; i < 2; i++)
        t[i] = start_link(&l[i]);
    CHECK(comes_to_priority(l[0].tid, 10));
    for (p.sched_priority = 35; p.sched_priority > 0; p.sched_priority -= 17) {
        CHECK_EQ(pthread_setschedparam(t[1], SCHED_RR, &p), 0);
        CHECK(comes_to_priority(l[0].tid, p.sched_priority));
    }
    for (int i = 0; i < 2; i++)
        l[i].phase = 2;
    for (int i = 0; i < 2; i++)
        join(t[i]);
    CHECK_EQ(l[1].error, 0);
}

static void wait_and_delete(void)
{
    struct link l[3] = { { .priority = 7, .wants = mutex, .phase = 2 },
                         { .priority = 21, .wants = mutex, .phase = 2 },
                         { .priority = 14, .wants = mutex, .phase = 2 } };
    pthread_t t[3];

    for (int i = 0; i < 3; i++)
        t[i] = start_link(&l[i]);
    rtobj_await(mutex, 4);
    CHECK_EQ(rt_delete(RT_MUTEX, mutex), 0);
    for (int i = 0; i < 3; i++) {
        join(t[i]);
        CHECK_EQ(l[i].error, EIDRM);
    }
}

TEST("K-04 a process that deletes it takes back what its threads lent")
{
    struct link l = { .has = mutex_create(NULL) };
    struct link other = { .priority = 4, .wants = mutex = l.has };
    pthread_t t = start_link(&l), waiter = start_link(&other);

    CHECK(comes_to_priority(l.tid, 4));
    CHECK_EXITS(child_start(wait_and_delete), 0);
    CHECK(comes_to_priority(l.tid, 4));
    l.phase = other.phase = 2;
    join(t);
    join(waiter);
    CHECK_EQ(other.error, 0);
}

static int word;

static void *lock_word_want_mutex(void *arg)
{
    struct link *l = arg;

    set_priority(l->priority);
    CHECK_EQ(syscall(SYS_futex, &word, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0);
    l->tid = gettid();
    CHECK_EQ(mutex_take(l->wants, 20000), 0);
    CHECK_EQ(syscall(SYS_futex, &word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0);
    CHECK_EQ(mutex_release(l->wants), 0);
    return NULL;
}

static void *want_word(void *arg)
{
    set_priority(33);
    CHECK_EQ(syscall(SYS_futex, &word, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0);
    CHECK_EQ(syscall(SYS_futex, &word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0);
    return arg;
}

TEST("K-04 chains go through futexes as well, and come to the same end")
{
    int m = mutex_create(NULL);
    struct link l[2] = { { .has = m }, { .priority = 3, .wants = m } };
    pthread_t t[3];

    t[0] = start_link(&l[0]);
    t[1] = start(lock_word_want_mutex, &l[1]);
    CHECK(comes_to_priority(l[0].tid, 3));
    t[2] = start(want_word, NULL);
    CHECK(comes_to_priority(l[0].tid, 33));
    CHECK(comes_to_priority(l[1].tid, 33));
    l[0].phase = 1;
    join(t[1]);
    join(t[2]);
    CHECK(comes_to_priority(l[0].tid, 0));
    l[0].phase = 2;
    join(t[0]);
}

TEST("K-04 a ring of waiters is refused, not slept in")
{
    int a = mutex_create(NULL), b = mutex_create(NULL);
    struct link l = { .has = b, .wants = a };
    pthread_t t;

    CHECK_EQ(mutex_take(a, 0), 0);
    t = start_link(&l);
    rtobj_await(a, 1);
    CHECK_FAILS(mutex_take(b, FOREVER), EDEADLK);
    CHECK_EQ(mutex_release(a), 0);
    l.phase = 2;
    join(t);
    CHECK_EQ(l.error, 0);
}

static volatile bool stop_spinning;

static void *spin(void *arg)
{
    int64_t end = tap_now() + 4000 * MSEC;

    set_priority(10);
    while (!stop_spinning && tap_now() < end)
        ;
    return arg;
}

TEST("K-04 on one hart, who waits does not wait for the less urgent that spin")
{
    struct link l = { .has = mutex_create(NULL) };
    pthread_t owner, spinner;
    int64_t begin;
    cpu_set_t one;

    CPU_ZERO(&one);
    CPU_SET(0, &one);
    CHECK_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
    owner = start_link(&l);
    set_priority(20);
    spinner = start(spin, NULL);
    l.phase = 1;
    begin = tap_now();
    CHECK_EQ(mutex_take(l.has, 20000), 0);
    stop_spinning = true;
    CHECK(tap_now() - begin < 2000 * MSEC);
    CHECK_EQ(mutex_release(l.has), 0);
    l.phase = 2;
    join(owner);
    join(spinner);
}

/*
 * t_rt_thread.c - RT-Thread's threads: making, starting, priorities, names,
 * handles, sleeping (lwp.md rows K-01, B-27).  Their end: t_rt_thread_end.c.
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/rt.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>

/* All threads on one hart, so that "runs before" means something. */
static void stay_on_one_hart(void)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(0, &set);
    CHECK(sched_setaffinity(0, sizeof(set), &set) == 0);
}

static volatile int order[8], count;

static void note(void *number)
{
    order[count++] = (int)(long)number;
}

TEST("K-01 three priorities run in order, whatever the order of their start")
{
    stay_on_one_hart();
    for (int priority = 25; priority >= 15; priority -= 5)
        rt_go(note, (void *)(long)priority, priority);
    CHECK_EQ(count, 0);                 /* main is more urgent */
    RT_UNTIL(count == 3);
    CHECK_EQ(order[0], 15);
    CHECK_EQ(order[1], 20);
    CHECK_EQ(order[2], 25);
}

TEST("K-01 a more urgent thread runs before startup returns")
{
    stay_on_one_hart();
    for (int i = 1; i <= 3; i++) {
        rt_go(note, NULL, RT_MAIN_THREAD_PRIORITY - i);
        CHECK_EQ(count, i);
    }
}

/* Never in a call, so the other one's turn comes by the time slice. */
static void race(void *other)
{
    volatile int *flag = other;

    flag[0] = 1;
    while (!flag[1])
        ;
    count++;
}

TEST("K-01 threads of one priority take turns")
{
    static volatile int flags[3];

    stay_on_one_hart();
    flags[2] = 1;
    rt_go(race, (void *)&flags[0], 20);
    rt_go(race, (void *)&flags[1], 20);
    RT_UNTIL(count == 2);
}

static volatile int started;

static void say_started(void *arg)
{
    started = 1 + (long)arg;
}

TEST("B-27 K-01 a thread does not run before its startup, then once")
{
    rt_thread_t thread = rt_make("late", say_started, (void *)6, 5);

    rt_thread_mdelay(30);
    CHECK_EQ(started, 0);
    CHECK_EQ(thread->stat, RT_THREAD_INIT);
    CHECK_EQ(rt_thread_startup(thread), RT_EOK);
    RT_UNTIL(started);
    CHECK_EQ(started, 7);
    RT_UNTIL(!rt_thread_find("late"));
    RT_FAILS(rt_thread_startup(thread), RT_EIO);
}

static void sleep_long(void *arg)
{
    (void)arg;
    rt_thread_mdelay(100000);
}

TEST("B-27 K-01 what cannot be a thread is refused, and leaves none behind")
{
    rt_thread_t thread = rt_make("a", sleep_long, NULL, 20);

    RT_NULL_FOR(rt_thread_create("b", NULL, NULL, RT_STACK, 20, 10), RT_EINVAL);
    RT_NULL_FOR(rt_thread_create("b", note, NULL, RT_STACK, 32, 10), RT_EINVAL);
    RT_NULL_FOR(rt_thread_create("b", note, NULL, 0xfffff000u, 255, 10),
                RT_EINVAL);
    CHECK(!rt_thread_find("b"));
    CHECK_EQ(rt_thread_startup(thread), RT_EOK);
    RT_FAILS(rt_thread_startup(thread), RT_ERROR);
    RT_FAILS(rt_thread_startup(NULL), RT_EIO);
    RT_FAILS(rt_thread_startup((rt_thread_t)0x123456789), RT_EIO);
    RT_FAILS(rt_thread_startup((rt_thread_t)((char *)thread + 8)), RT_EIO);
    CHECK_EQ(rt_thread_delete(thread), RT_EOK);
    RT_FAILS(rt_thread_startup(thread), RT_EIO);
    RT_FAILS(rt_thread_delete(thread), RT_EIO);
    RT_FAILS(rt_thread_resume(thread), RT_EIO);
    RT_FAILS(rt_thread_control(thread, RT_THREAD_CTRL_BIND_CPU, 0), RT_EIO);
}

TEST("B-27 out of address space there is no thread, and no trace of one")
{
    /* Four fifths of what a program can have: larger stacks do not fit then. */
    for (size_t size = 1ul << 37; size >= 1ul << 31; size /= 2)
        while (mmap(NULL, size, PROT_NONE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) !=
               MAP_FAILED)
            ;
    RT_NULL_FOR(rt_thread_create("big", note, NULL, 0xfffff000u, 20, 10),
                RT_ENOMEM);
    CHECK(!rt_thread_find("big"));
    rt_go(say_started, NULL, 20);
    RT_UNTIL(started);
}

static struct rt_thread fixed;
static char fixed_stack[RT_STACK];

TEST("K-01 B-27 a thread in the program's memory: init, startup, detach, again")
{
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(rt_thread_init(&fixed, "fixed", sleep_long, NULL, fixed_stack,
                                sizeof(fixed_stack), 20, 10), RT_EOK);
        RT_FAILS(rt_thread_init(&fixed, "fixed", sleep_long, NULL, fixed_stack,
                                sizeof(fixed_stack), 20, 10), RT_EBUSY);
        CHECK(rt_thread_find("fixed") == &fixed);
        CHECK_EQ(rt_thread_startup(&fixed), RT_EOK);
        RT_FAILS(rt_thread_delete(&fixed), RT_ERROR);
        CHECK_EQ(rt_thread_detach(&fixed), RT_EOK);
        RT_FAILS(rt_thread_detach(&fixed), RT_EIO);
        CHECK_EQ(fixed.stat, RT_THREAD_CLOSE);
    }
    RT_FAILS(rt_thread_init(&fixed, "x", NULL, NULL, fixed_stack, RT_STACK, 20,
                            10), RT_EINVAL);
    RT_FAILS(rt_thread_init(NULL, "x", note, NULL, fixed_stack, RT_STACK, 20,
                            10), RT_EIO);
    CHECK_EQ(rt_thread_init(&fixed, "fixed", say_started, NULL, fixed_stack,
                            sizeof(fixed_stack), 20, 10), RT_EOK);
    CHECK_EQ(rt_thread_startup(&fixed), RT_EOK);
    RT_UNTIL(!rt_thread_find("fixed"));
    CHECK_EQ(started, 1);
}

/* --- stacks --------------------------------------------------------------- */

static volatile char *volatile deepest; /* keeps dig() from becoming a loop */

static __attribute__((noinline)) int dig(long bytes)
{
    volatile char room[4096];

    deepest = room;
    room[0] = 1;
    return bytes <= 4096 ? room[0] : room[0] + dig(bytes - 4096);
}

static void dig_deep(void *bytes)
{
    dig((long)bytes);
    started = 1;
}

TEST("K-01 a stack is as large as asked for, and never too small to print")
{
    rt_thread_t thread = rt_thread_create("deep", dig_deep, (void *)(900l << 10),
                                          1 << 20, 20, 10);

    CHECK(thread);
    CHECK_EQ(thread->stack_size, 1 << 20);
    CHECK_EQ(rt_thread_startup(thread), RT_EOK);
    RT_UNTIL(started);
    started = 0;
    thread = rt_thread_create("flat", dig_deep, (void *)4096, 256, 20, 10);
    CHECK(thread);
    CHECK_EQ(rt_thread_startup(thread), RT_EOK);
    RT_UNTIL(started);
}

static void overflow(void)
{
    rt_thread_t thread = rt_thread_create("deep", dig_deep, (void *)(1l << 20),
                                          1 << 16, 20, 10);

    CHECK_EQ(rt_thread_startup(thread), RT_EOK);
    sleep_ms(10000);
}

TEST("K-01 a stack that overflows is the end of the process, not of another's")
{
    int status = tap_in_child(overflow);

    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

/* --- names and handles ---------------------------------------------------- */

TEST("K-01 threads are found by their names, cut to RT_NAME_MAX")
{
    const char *name = "a name longer than any";
    rt_thread_t one = rt_make(name, note, NULL, 20);
    rt_thread_t two = rt_make("two", note, NULL, 20);

    CHECK_EQ(strlen(one->name), RT_NAME_MAX - 1);
    CHECK(rt_thread_find(name) == one);
    CHECK(rt_thread_find("two") == two);
    CHECK(!rt_thread_find("tw"));
    CHECK(!rt_thread_find("three"));
    CHECK(!rt_thread_find(NULL));
    CHECK_EQ(rt_thread_delete(one), RT_EOK);
    CHECK(!rt_thread_find(name));
    CHECK_EQ(rt_thread_delete(two), RT_EOK);
}

static rt_thread_t seen;

static void see_self(void *arg)
{
    (void)arg;
    seen = rt_thread_self();
    rt_thread_mdelay(100000);
}

TEST("K-01 self is the handle that create gave; main and pthreads have one")
{
    rt_thread_t thread = rt_go(see_self, NULL, 20), self = rt_thread_self();

    RT_UNTIL(seen);
    CHECK(seen == thread);
    CHECK(self && self != thread && self == rt_thread_self());
    CHECK(rt_thread_find("main") == self);
    CHECK_EQ(self->current_priority, RT_MAIN_THREAD_PRIORITY);
    CHECK_EQ(rt_thread_delete(thread), RT_EOK);
}

static void *name_self(void *out)
{
    rt_thread_t *self = out;

    pthread_setname_np(pthread_self(), "own");
    *self = rt_thread_self();
    CHECK(*self && rt_thread_find("own") == *self);
    return NULL;
}

TEST("K-01 a pthread's handle is good as long as the thread")
{
    rt_thread_t self, last = NULL;
    pthread_t thread;

    CHECK(rt_thread_self());
    for (int i = 0; i < 300; i++) {
        CHECK(pthread_create(&thread, NULL, name_self, &self) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
        CHECK(!rt_thread_find("own"));
        RT_FAILS(rt_thread_startup(self), RT_EIO);
        CHECK(!last || last == self);   /* its block serves again */
        last = self;
    }
}

TEST("K-01 no two processes have the same rt_thread_self(): it is a key")
{
    rt_thread_t *self = child_shared(4 * sizeof(*self));
    pid_t pid;

    self[0] = rt_thread_self();
    pid = child_fork();
    if (pid == 0) {
        self[1] = rt_thread_self();
        pid = child_fork();
        self[pid ? 2 : 3] = rt_thread_self();
        if (pid)
            CHECK_EXITS(pid, 0);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK(self[2] == self[1]);
    CHECK(self[1] && self[1] != self[0]);
    CHECK(self[3] && self[3] != self[0] && self[3] != self[1]);
}

/* --- in a child ----------------------------------------------------------- */

static volatile int stop_working;

/* It sleeps now and then: children have no priority, and wait for that. */
static void use_library(void *arg)
{
    (void)arg;
    for (int i = 0; !stop_working; i++) {
        if (i % 8 == 0)
            rt_thread_mdelay(1);
        rt_free(rt_malloc(100));
        rt_thread_find("nobody");
        rt_thread_delete(rt_make("x", note, NULL, 20));
    }
    count++;
}

static void work_in_child(void)
{
    CHECK(!rt_thread_find("busy"));
    rt_go(say_started, NULL, 20);
    RT_UNTIL(started);
    CHECK_EQ(rt_thread_delete(rt_go(sleep_long, NULL, 20)), RT_EOK);
}

TEST("K-01 fork amid the library's work: the child has threads of its own")
{
    for (int i = 0; i < 3; i++)
        rt_thread_startup(rt_make("busy", use_library, NULL, 20));
    for (int i = 0; i < 30; i++)
        CHECK_EQ(tap_in_child(work_in_child), 0);
    stop_working = 1;
    RT_UNTIL(count == 3);
}

static pid_t thread_child;

static void fork_in_thread(void *arg)
{
    (void)arg;
    thread_child = fork();
    if (thread_child == 0)
        CHECK(rt_thread_self());
}

TEST("K-01 a thread that forks returns from its entry in both processes")
{
    rt_go(fork_in_thread, NULL, 20);
    RT_UNTIL(thread_child);
    CHECK_EXITS(thread_child, 0);
    RT_UNTIL(!rt_thread_find("test"));
}

TEST("K-01 children of a program with priorities have none")
{
    struct sched_param param;
    int policy;
    pid_t pid;

    rt_go(note, NULL, 20);
    RT_UNTIL(count);
    CHECK(!pthread_getschedparam(pthread_self(), &policy, &param));
    CHECK_EQ(policy & ~SCHED_RESET_ON_FORK, SCHED_RR);
    CHECK_EQ(param.sched_priority,
             RT_THREAD_PRIORITY_MAX - RT_MAIN_THREAD_PRIORITY);
    pid = child_fork();
    if (pid == 0) {
        CHECK(!pthread_getschedparam(pthread_self(), &policy, &param));
        _exit(policy != SCHED_OTHER);
    }
    CHECK_EXITS(pid, 0);
}

TEST("K-01 who may not have priorities has threads all the same")
{
    struct sched_param param;
    int policy;

    CHECK(setuid(1000) == 0);
    for (int i = 1; i <= 3; i++)
        rt_go(note, NULL, i * 9);
    RT_UNTIL(count == 3);
    CHECK(!pthread_getschedparam(pthread_self(), &policy, &param));
    CHECK_EQ(policy, SCHED_OTHER);
    CHECK_EQ(rt_thread_delete(rt_go(sleep_long, NULL, 3)), RT_EOK);
}

/*
 * t_rt_thread_wait.c - RT-Thread's threads: sleeping, yielding, stopping,
 * rt_thread_control() (lwp.md rows K-01, B-27).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/rt.h"

#include <lwp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#define MS 1000000ll

static void ignore(int signo)
{
    (void)signo;
}

TEST("K-01 delay, sleep and mdelay last as long as they say")
{
    int64_t begin = tap_now();

    CHECK_EQ(rt_thread_delay(20), RT_EOK);
    CHECK(tap_now() - begin >= 20 * MS);
    begin = tap_now();
    CHECK_EQ(rt_thread_sleep(RT_TICK_PER_SECOND / 50), RT_EOK);
    CHECK(tap_now() - begin >= 20 * MS);
    begin = tap_now();
    CHECK_EQ(rt_thread_mdelay(20), RT_EOK);
    CHECK(tap_now() - begin >= 20 * MS);
    CHECK(tap_now() - begin < 2000 * MS);
    CHECK_EQ(rt_thread_delay(0), RT_EOK);
    CHECK_EQ(rt_thread_mdelay(0), RT_EOK);
    RT_FAILS(rt_thread_mdelay(-1), RT_EINVAL);
}

TEST("K-01 a signal's handler does not shorten a delay")
{
    int64_t begin = tap_now();
    pid_t pid;

    signal(SIGUSR1, ignore);
    pid = child_fork();
    if (pid == 0) {
        for (int i = 0; i < 5; i++) {
            sleep_ms(10);
            kill(getppid(), SIGUSR1);
        }
        _exit(0);
    }
    CHECK_EQ(rt_thread_mdelay(100), RT_EOK);
    CHECK(tap_now() - begin >= 100 * MS);
    CHECK_EXITS(pid, 0);
}

TEST("K-01 delay_until keeps the beat, and finds it again when late")
{
    rt_tick_t beat = rt_tick_get(), begin = beat;

    for (int i = 1; i <= 5; i++) {
        CHECK_EQ(rt_thread_delay_until(&beat, 10), RT_EOK);
        CHECK((rt_int32_t)(rt_tick_get() - beat) >= 0);
        if (rt_tick_get() - begin < 10u * i + 9)
            CHECK_EQ(beat, begin + 10 * i);
    }
    beat = rt_tick_get() - 100;
    CHECK_EQ(rt_thread_delay_until(&beat, 10), RT_EOK);
    CHECK(rt_tick_get() - beat < 100);
    RT_FAILS(rt_thread_delay_until(NULL, 10), RT_EINVAL);
}

static void stay_on_one_hart(void)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(0, &set);
    CHECK(sched_setaffinity(0, sizeof(set), &set) == 0);
}

static volatile int turns[2], other_at[2];

static void take_turns(void *number)
{
    int me = (int)(long)number;

    while (turns[me] < 20) {
        turns[me]++;
        CHECK_EQ(rt_thread_yield(), RT_EOK);
    }
    other_at[me] = turns[!me];
}

TEST("K-01 yield lets the other of the same priority run, each time")
{
    stay_on_one_hart();
    rt_go(take_turns, (void *)0, 20);
    rt_go(take_turns, (void *)1, 20);
    RT_UNTIL(turns[1] == 20 && !rt_thread_find("test"));
    CHECK(other_at[0] >= 18);
    CHECK_EQ(other_at[1], 20);
}

/* --- suspend and resume ---------------------------------------------------- */

static volatile int rounds;

static void stop_each_round(void *arg)
{
    (void)arg;
    for (;;) {
        rounds++;
        rt_thread_suspend(rt_thread_self());
        rt_schedule();
    }
}

TEST("K-01 a thread that suspends itself goes on when it is resumed")
{
    rt_thread_t thread = rt_go(stop_each_round, NULL, 5);

    for (int i = 1; i <= 20; i++) {
        RT_UNTIL(rounds == i && thread->stat == RT_THREAD_SUSPEND);
        rt_thread_mdelay(1);
        CHECK_EQ(rounds, i);
        CHECK_EQ(rt_thread_resume(thread), RT_EOK);
    }
    RT_UNTIL(rounds == 21);
    CHECK_EQ(rt_thread_delete(thread), RT_EOK);
    RT_FAILS(rt_thread_resume(rt_thread_self()), RT_ERROR);
}

TEST("K-01 resumed before rt_schedule(), it does not stop")
{
    rt_thread_t self = rt_thread_self();

    CHECK_EQ(rt_thread_suspend(self), RT_EOK);
    CHECK_EQ(rt_thread_resume(self), RT_EOK);
    rt_schedule();
    CHECK_EQ(self->stat, RT_THREAD_READY);
}

static void sleep_long(void *arg)
{
    (void)arg;
    rt_thread_mdelay(100000);
}

TEST("K-01 no other thread can be suspended: it may hold a lock")
{
    rt_thread_t thread = rt_go(sleep_long, NULL, 20);

    RT_FAILS(rt_thread_suspend(thread), RT_ERROR);
    RT_FAILS(rt_thread_suspend(NULL), RT_EIO);
    CHECK_EQ(rt_thread_delete(thread), RT_EOK);
}

/* --- control --------------------------------------------------------------- */

static volatile int hart = -1, ran;

static void see_hart(void *arg)
{
    (void)arg;
    hart = sched_getcpu();
    ran = 1;
}

TEST("K-01 control binds a thread to a hart")
{
    long last = sysconf(_SC_NPROCESSORS_ONLN) - 1;
    rt_thread_t thread = rt_make("bound", see_hart, NULL, 20);

    RT_FAILS(rt_thread_control(thread, RT_THREAD_CTRL_BIND_CPU, (void *)500),
             RT_EINVAL);
    RT_FAILS(rt_thread_control(thread, RT_THREAD_CTRL_BIND_CPU, (void *)-1),
             RT_EINVAL);
    CHECK_EQ(rt_thread_control(thread, RT_THREAD_CTRL_BIND_CPU, (void *)last),
             RT_EOK);
    CHECK_EQ(rt_thread_control(thread, RT_THREAD_CTRL_STARTUP, NULL), RT_EOK);
    RT_UNTIL(ran);
    CHECK_EQ(hart, last);
}

static volatile int counted;

static void count_up(void *arg)
{
    (void)arg;
    for (;;)
        counted++;
}

TEST("K-01 control changes a priority: it counts from then on")
{
    rt_uint8_t urgent = 5, wrong = RT_THREAD_PRIORITY_MAX;
    rt_thread_t thread;

    stay_on_one_hart();
    thread = rt_go(count_up, NULL, 20);
    CHECK_EQ(counted, 0);
    RT_FAILS(rt_thread_control(thread, RT_THREAD_CTRL_CHANGE_PRIORITY, &wrong),
             RT_EINVAL);
    RT_FAILS(rt_thread_control(thread, RT_THREAD_CTRL_CHANGE_PRIORITY, NULL),
             RT_EINVAL);
    RT_FAILS(rt_thread_control(thread, 99, NULL), RT_EINVAL);
    CHECK_EQ(thread->current_priority, 20);
    rt_go(see_hart, NULL, 15);
    CHECK_EQ(rt_thread_control(rt_thread_self(),
                               RT_THREAD_CTRL_CHANGE_PRIORITY,
                               &(rt_uint8_t){ 1 }), RT_EOK);
    CHECK_EQ(rt_thread_control(thread, RT_THREAD_CTRL_CHANGE_PRIORITY,
                               &urgent), RT_EOK);
    CHECK_EQ(thread->current_priority, 5);
    rt_thread_mdelay(5);                /* it spins, before the one of 15 */
    CHECK(counted > 0);
    CHECK_EQ(ran, 0);
    CHECK_EQ(rt_thread_control(thread, RT_THREAD_CTRL_CLOSE, NULL), RT_EOK);
    RT_UNTIL(ran);
}

/* The PRI of a thread of this process in list_thread's table, 99 for none. */
static int listed_priority(int tid)
{
    FILE *table = fopen("/proc/lwps", "r");
    char line[128], priority[8];
    int found = 99, id;

    CHECK(table);
    while (fgets(line, sizeof(line), table))
        if (sscanf(line, "%*d %d %*d %*d %*d %*s %7s", &id, priority) == 2 &&
            id == tid && priority[0] != '-')
            found = atoi(priority);
    fclose(table);
    return found;
}

static volatile int sleeper, owner;

static rt_thread_t owner_thread;

static void own_mutex(void *mutex)
{
    owner_thread = rt_thread_self();
    owner = lwp_gettid();
    rt_mutex_take(mutex, RT_WAITING_FOREVER);
    rt_thread_mdelay(200);
    rt_mutex_release(mutex);
    rt_thread_mdelay(100000);           /* as long as the test runs */
}

static void want_mutex(void *mutex)
{
    sleeper = lwp_gettid();
    rt_mutex_take(mutex, RT_WAITING_FOREVER);
    rt_mutex_release(mutex);
}

TEST("K-01 K-04 B-35 priorities can be seen, inherited ones too")
{
    rt_mutex_t mutex = rt_mutex_create("m", RT_IPC_FLAG_PRIO);

    CHECK_EQ(listed_priority(getpid()), 99);
    rt_go(own_mutex, mutex, 25);
    RT_UNTIL(owner);
    CHECK_EQ(listed_priority(owner), 25);
    CHECK_EQ(listed_priority(getpid()), RT_MAIN_THREAD_PRIORITY);
    rt_go(want_mutex, mutex, 7);
    RT_UNTIL(sleeper && listed_priority(owner) == 7);
    CHECK_EQ(listed_priority(sleeper), 7);
    CHECK_EQ(owner_thread->current_priority, 7);
    CHECK_EQ(owner_thread->init_priority, 25);
    CHECK_EQ(rt_mutex_take(mutex, RT_WAITING_FOREVER), RT_EOK);
    CHECK_EQ(listed_priority(owner), 25);
    CHECK_EQ(owner_thread->current_priority, 25);
    CHECK_EQ(rt_mutex_release(mutex), RT_EOK);
    CHECK_EQ(rt_mutex_delete(mutex), RT_EOK);
}

static rt_mutex_t mains;

static void want_mains(void *timeout)
{
    rt_mutex_take(mains, (rt_int32_t)(long)timeout);
}

TEST("K-04 what is inherited goes with the waiter: late, deleted, less urgent")
{
    rt_thread_t self = rt_thread_self(), waiter;
    rt_uint8_t urgent = 1;

    mains = rt_mutex_create("m", RT_IPC_FLAG_PRIO);
    CHECK_EQ(rt_mutex_take(mains, RT_WAITING_FOREVER), RT_EOK);
    rt_go(want_mains, (void *)300l, 3);
    RT_UNTIL(self->current_priority == 3);
    RT_UNTIL(self->current_priority == RT_MAIN_THREAD_PRIORITY);
    waiter = rt_go(want_mains, (void *)-1l, 4);
    RT_UNTIL(self->current_priority == 4);
    CHECK_EQ(rt_thread_control(waiter, RT_THREAD_CTRL_CHANGE_PRIORITY,
                               &urgent), RT_EOK);
    CHECK_EQ(self->current_priority, 1);
    CHECK_EQ(rt_thread_delete(waiter), RT_EOK);
    CHECK_EQ(self->current_priority, RT_MAIN_THREAD_PRIORITY);
    CHECK_EQ(rt_mutex_delete(mains), RT_EOK);
}

/*
 * t_rtobj_race.c - processes with threads that create, share, use and delete
 * objects of the RT-Thread API as they like, fork, exec and are killed amid it
 * (lwp.md rows A-30, K-16): nothing hangs, and nothing is left.
 * SOAK_SECONDS= sets how long it goes on, SEED= what is done.
 *
 * run: cpus=1,4 timeout=200
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/rtobj.h"
#include "tests/user/lib/slurp.h"
#include "tests/user/lib/thread.h"

#include <sched.h>
#include <signal.h>

#define PROCESSES 4
#define THREADS 3
#define IDS 24

/* Ids that all have heard of, whether they hold them or not. */
static struct common {
    int ids[IDS];
    long calls, forks;
    bool stop;
} *common;

static int64_t run_length(void)
{
    const char *soak = getenv("SOAK_SECONDS");

    return (soak ? atol(soak) : 2) * 1000000000l;
}

static int *some_id(void)
{
    return &common->ids[tap_below(IDS)];
}

static void create_something(void)
{
    int flag = tap_below(2), id;
    void *at = tap_below(2) ? NULL : (void *)(1 + tap_below(8));

    switch (tap_below(5)) {
    case 0:
        id = sem_create(tap_below(3), flag, at);
        break;
    case 1:
        id = mutex_create(at);
        break;
    case 2:
        id = event_create(flag, at);
        break;
    case 3:
        id = mb_create(1 + tap_below(3), flag, at);
        break;
    default:
        id = mq_create(16, 1 + tap_below(3), flag, at);
    }
    if (id > 0)
        *some_id() = id;
}

/* Calls of all kinds to an object of whatever type: most of them fail. */
static void use_something(void)
{
    int id = *some_id(), time = tap_below(3);
    unsigned long value;
    uint32_t set;
    char text[16];

    sem_take(id, time);
    sem_release(id);
    if (mutex_take(id, time) == 0 && tap_below(10))
        mutex_release(id);
    event_send(id, 1 + tap_below(7));
    event_recv(id, 1 + tap_below(7), 1 + tap_below(8), time, &set);
    mb_send(id, id, time);
    mb_recv(id, &value, time);
    mq_put(id, text, 1 + tap_below(16), time);
    mq_get(id, text, sizeof(text), time);
}

static void enter_section(void)
{
    if (enter_critical() > 0 && tap_below(100))
        exit_critical();
}

static void delete_something(void)
{
    int id = *some_id();

    if (tap_below(4))
        rt_delete(2 + tap_below(5), id);
    else
        rt_reset(2 + tap_below(5), id, tap_below(2));
}

/* Who has kept what others want may run with their priority for ever: it has
 * to sleep now and then, or those who are to end cannot. */
static void do_something(void)
{
    if (tap_below(8) == 0)
        sleep_ms(1);
    __atomic_add_fetch(&common->calls, 1, __ATOMIC_RELAXED);
    switch (tap_below(10)) {
    case 0:
    case 1:
        create_something();
        break;
    case 2:
        delete_something();
        break;
    case 3:
        enter_section();
        break;
    default:
        use_something();
    }
}

ROLE(heir)
{
    common = calloc(1, sizeof(*common));
    for (int i = 0; i < 20; i++)
        do_something();
    return 0;
}

static void exec_heir(void)
{
    char *argv[] = { (char *)tap_self, NULL };

    setenv("ROLE", "heir", 1);
    execv(tap_self, argv);
}

/* A child that goes on for a while with what it inherits, and is killed, execs
 * or exits. */
static void fork_something(void)
{
    int end = tap_below(3), steps = tap_below(6);
    pid_t pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

    if (pid == 0) {
        for (int i = 0; i < steps; i++)
            do_something();
        if (end == 0)
            while (!common->stop)       /* if who would kill it is killed */
                do_something();
        if (end == 1)
            exec_heir();
        _exit(0);
    }
    if (pid < 0)
        return;
    __atomic_add_fetch(&common->forks, 1, __ATOMIC_RELAXED);
    if (end == 0) {
        sleep_ms(tap_below(4));
        kill(pid, SIGKILL);
    }
    child_wait(pid);
}

static void *act(void *arg)
{
    struct sched_param p = { .sched_priority = arg ? tap_below(20) : 0 };

    if (p.sched_priority)
        pthread_setschedparam(pthread_self(), SCHED_RR, &p);
    while (!common->stop) {
        do_something();
        if (arg == NULL && tap_below(16) == 0)
            fork_something();
    }
    return NULL;
}

static void run_process(unsigned series)
{
    tap_series(series);
    for (long i = 1; i < THREADS; i++)
        start(act, (void *)i);
    act(NULL);
    _exit(0);
}

/* Kill one now and then, and have it replaced. */
static void run_all(void)
{
    int64_t end = tap_now() + run_length();
    unsigned series = 0;
    pid_t pid[PROCESSES];

    for (int i = 0; i < PROCESSES; i++) {
        pid[i] = child_fork();
        if (pid[i] == 0)
            run_process(++series + i);
    }
    while (tap_now() < end) {
        int i = tap_below(PROCESSES);

        sleep_ms(20 + tap_below(60));
        child_kill(pid[i]);
        series += PROCESSES;
        pid[i] = child_fork();
        if (pid[i] == 0)
            run_process(series + i);
    }
    common->stop = true;
    for (int i = 0; i < PROCESSES; i++)
        CHECK_EXITS(pid[i], 0);
}

/* Children of the killed are init's: they end soon. */
static void await_end(int objects, long handles)
{
    for (int i = 0; i < 2000; i++) {
        if (rtobj_count() <= objects && slurp_objects("rt_handle") <= handles)
            return;
        sleep_ms(5);
    }
    tap_fail(__FILE__, __LINE__, "%d objects, %ld handles are left:\n%s",
             rtobj_count() - objects, slurp_objects("rt_handle") - handles,
             slurp("/proc/rtobjects"));
}

TEST("A-30 K-16 random use, fork, exec and kill: no hang, nothing left")
{
    int objects;
    long handles;

    common = child_shared(sizeof(*common));
    CHECK_EQ(rt_delete(RT_SEM, sem_create(0, FIFO, NULL)), 0);
    objects = rtobj_count();
    handles = slurp_objects("rt_handle");
    run_all();
    await_end(objects, handles);
    CHECK_EQ(enter_critical(), 1);
    CHECK_EQ(exit_critical(), 0);
    printf("# %ld steps, %ld forks\n", common->calls, common->forks);
}

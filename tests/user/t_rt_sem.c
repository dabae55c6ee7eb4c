/*
 * t_rt_sem.c - RT-Thread's semaphores and mutexes, by the library (lwp.md rows
 * K-03, K-04).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/rt.h"

#include <sched.h>
#include <signal.h>
#include <sys/time.h>

#define MS 1000000ll

static volatile int done;
static volatile rt_err_t result;
static struct rt_semaphore fixed;
static struct rt_mutex fixed_mutex;

/* --- semaphores ----------------------------------------------------------- */

TEST("K-03 take and release count; trytake and time 0 do not wait")
{
    rt_sem_t sem = rt_sem_create("count", 2, RT_IPC_FLAG_FIFO);

    CHECK(sem);
    CHECK_EQ(rt_sem_take(sem, RT_WAITING_FOREVER), RT_EOK);
    CHECK_EQ(rt_sem_trytake(sem), RT_EOK);
    RT_FAILS(rt_sem_trytake(sem), RT_ETIMEOUT);
    RT_FAILS(rt_sem_take(sem, RT_WAITING_NO), RT_ETIMEOUT);
    CHECK_EQ(errno, ETIMEDOUT);
    CHECK_EQ(rt_sem_release(sem), RT_EOK);
    CHECK_EQ(rt_sem_take(sem, 10), RT_EOK);
    CHECK_EQ(rt_sem_delete(sem), RT_EOK);
}

TEST("K-03 a timeout lasts its ticks")
{
    rt_sem_t sem = rt_sem_create("none", 0, RT_IPC_FLAG_PRIO);
    int64_t begin = tap_now();

    RT_FAILS(rt_sem_take(sem, 30), RT_ETIMEOUT);
    CHECK(tap_now() - begin >= 30 * MS);
    CHECK(tap_now() - begin < 3000 * MS);
}

static void ignore(int signo)
{
    (void)signo;
}

TEST("K-03 a signal's handler ends a wait with -RT_EINTR, also with SA_RESTART")
{
    struct sigaction action = { .sa_handler = ignore, .sa_flags = SA_RESTART };
    struct itimerval soon = { .it_value.tv_usec = 20000 };
    rt_sem_t sem = rt_sem_create("none", 0, RT_IPC_FLAG_PRIO);

    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0);
    RT_FAILS(rt_sem_take(sem, RT_WAITING_FOREVER), RT_EINTR);
}

static void take(void *sem)
{
    result = rt_sem_take(sem, RT_WAITING_FOREVER);
    done++;
}

TEST("K-03 delete and reset end the waits of others with -RT_ERROR")
{
    rt_sem_t sem = rt_sem_create("gone", 0, RT_IPC_FLAG_FIFO);

    rt_go(take, sem, 20);
    rt_go(take, sem, 20);
    rt_thread_mdelay(20);
    CHECK_EQ(rt_sem_control(sem, RT_IPC_CMD_RESET, (void *)3), RT_EOK);
    RT_UNTIL(done == 2);
    CHECK_EQ(result, -RT_ERROR);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(rt_sem_trytake(sem), RT_EOK);
    RT_FAILS(rt_sem_trytake(sem), RT_ETIMEOUT);
    rt_go(take, sem, 20);
    rt_thread_mdelay(20);
    CHECK_EQ(rt_sem_delete(sem), RT_EOK);
    RT_UNTIL(done == 3);
    CHECK_EQ(result, -RT_ERROR);
}

TEST("K-03 in the program's memory: init, twice, detach, not delete")
{
    CHECK_EQ(rt_sem_init(&fixed, "fixed", 1, RT_IPC_FLAG_FIFO), RT_EOK);
    RT_FAILS(rt_sem_init(&fixed, "fixed", 1, RT_IPC_FLAG_FIFO), RT_EBUSY);
    CHECK_EQ(rt_sem_trytake(&fixed), RT_EOK);
    RT_FAILS(rt_sem_delete(&fixed), RT_EIO);
    CHECK_EQ(rt_sem_release(&fixed), RT_EOK);
    CHECK_EQ(rt_sem_detach(&fixed), RT_EOK);
    RT_FAILS(rt_sem_detach(&fixed), RT_EIO);
    RT_FAILS(rt_sem_trytake(&fixed), RT_EIO);
    CHECK_EQ(rt_sem_init(&fixed, "fixed", 0, RT_IPC_FLAG_FIFO), RT_EOK);
    CHECK_EQ(rt_sem_detach(&fixed), RT_EOK);
}

TEST("K-03 what is no semaphore: -RT_EIO; what cannot be one: RT_NULL")
{
    rt_mutex_t mutex = rt_mutex_create("m", RT_IPC_FLAG_PRIO);
    rt_sem_t sem = rt_sem_create("s", 0, RT_IPC_FLAG_PRIO);
    struct rt_semaphore forged = {
        .ipc = { .type = RT_Object_Class_Semaphore, .id = 12345 },
    };

    RT_FAILS(rt_sem_take((rt_sem_t)mutex, 0), RT_EIO);
    RT_FAILS(rt_sem_take(NULL, 0), RT_EIO);
    RT_FAILS(rt_sem_release(NULL), RT_EIO);
    RT_FAILS(rt_sem_delete(NULL), RT_EIO);
    RT_FAILS(rt_sem_delete((rt_sem_t)mutex), RT_EIO);
    RT_FAILS(rt_sem_detach(sem), RT_EIO);
    RT_FAILS(rt_sem_control(NULL, RT_IPC_CMD_RESET, 0), RT_EIO);
    RT_FAILS(rt_sem_control(sem, 7, 0), RT_EINVAL);
    RT_FAILS(rt_sem_control(sem, RT_IPC_CMD_RESET, (void *)0x10000), RT_EINVAL);
    RT_FAILS(rt_sem_init(NULL, "x", 0, 0), RT_EIO);
    RT_FAILS(rt_sem_take(&forged, 0), RT_EINVAL);
    RT_FAILS(rt_sem_init(&fixed, "x", 0, 9), RT_EINVAL);
    RT_NULL_FOR(rt_sem_create("x", RT_SEM_VALUE_MAX + 1, 0), RT_EINVAL);
    RT_NULL_FOR(rt_sem_create("x", 0, 9), RT_EINVAL);
    CHECK_EQ(rt_sem_delete(sem), RT_EOK);
    RT_FAILS(rt_sem_delete(sem), RT_EIO);
    RT_FAILS(rt_sem_release(sem), RT_EIO);
}

TEST("K-03 at its greatest value a release is -RT_EFULL")
{
    rt_sem_t sem = rt_sem_create("full", RT_SEM_VALUE_MAX, RT_IPC_FLAG_PRIO);

    RT_FAILS(rt_sem_release(sem), RT_EFULL);
}

TEST("K-03 1000 handles made and deleted: no id and no memory is lost")
{
    rt_sem_t sem, first = NULL;

    for (int i = 0; i < 1000; i++) {
        sem = rt_sem_create("many", 1, RT_IPC_FLAG_FIFO);
        CHECK(sem && (!first || sem == first));
        first = sem;
        CHECK_EQ(rt_sem_delete(sem), RT_EOK);
    }
}

/* --- mutexes -------------------------------------------------------------- */

static void try_mutex(void *mutex)
{
    result = rt_mutex_trytake(mutex);
    if (result == -RT_ETIMEOUT && rt_mutex_release(mutex) != -RT_ERROR)
        result = 1;
    done++;
}

TEST("K-04 its holder takes a mutex again; only it gives it back, as often")
{
    rt_mutex_t mutex = rt_mutex_create("m", RT_IPC_FLAG_PRIO);

    CHECK(mutex);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(rt_mutex_take(mutex, RT_WAITING_FOREVER), RT_EOK);
    for (int i = 0; i < 3; i++) {
        rt_go(try_mutex, mutex, 5);
        RT_UNTIL(done == i + 1);
        CHECK_EQ(result, -RT_ETIMEOUT);
        CHECK_EQ(rt_mutex_release(mutex), RT_EOK);
    }
    RT_FAILS(rt_mutex_release(mutex), RT_ERROR);
    rt_go(try_mutex, mutex, 5);
    RT_UNTIL(done == 4);
    CHECK_EQ(result, RT_EOK);           /* and its end has given it back */
    CHECK_EQ(rt_mutex_take(mutex, 5000), RT_EOK);
    CHECK_EQ(rt_mutex_delete(mutex), RT_EOK);
}

static void hold_mutex(void *mutex)
{
    CHECK_EQ(rt_mutex_take(mutex, RT_WAITING_FOREVER), RT_EOK);
    done = 1;
    rt_thread_mdelay(100000);
}

static rt_mutex_t passed;
static volatile bool passed_on;

static void take_passed(void *arg)
{
    (void)arg;
    rt_mutex_take(passed, RT_WAITING_FOREVER);
    passed_on = true;
}

/* On one hart the waiter runs only when the mutex is gone again. */
TEST("K-04 deleted as it passes to who waits, a mutex leaves handles in order")
{
    rt_sem_t sems[4];
    rt_thread_t waiter;

    passed = rt_mutex_create("passed", RT_IPC_FLAG_PRIO);
    CHECK_EQ(rt_mutex_take(passed, RT_WAITING_NO), RT_EOK);
    waiter = rt_go(take_passed, NULL, RT_MAIN_THREAD_PRIORITY + 5);
    rt_thread_mdelay(50);
    CHECK_EQ(rt_mutex_release(passed), RT_EOK);
    CHECK_EQ(rt_mutex_delete(passed), RT_EOK);
    RT_UNTIL(passed_on);
    for (int i = 0; i < 4; i++) {
        sems[i] = rt_sem_create("sem", i, RT_IPC_FLAG_FIFO);
        CHECK(sems[i] && (void *)sems[i] != (void *)waiter);
    }
    for (int i = 0; i < 4; i++)
        CHECK_EQ(rt_sem_delete(sems[i]), RT_EOK);
}

TEST("K-04 detached as it passes to who waits, its memory is left alone")
{
    static struct rt_mutex mutex;

    CHECK_EQ(rt_mutex_init(&mutex, "passed", RT_IPC_FLAG_PRIO), RT_EOK);
    passed = &mutex;
    CHECK_EQ(rt_mutex_take(passed, RT_WAITING_NO), RT_EOK);
    rt_go(take_passed, NULL, RT_MAIN_THREAD_PRIORITY + 5);
    rt_thread_mdelay(50);
    CHECK_EQ(rt_mutex_release(passed), RT_EOK);
    CHECK_EQ(rt_mutex_detach(passed), RT_EOK);
    memset(&mutex, 0x55, sizeof(mutex));
    RT_UNTIL(passed_on);
    for (unsigned i = 0; i < sizeof(mutex); i++)
        CHECK_EQ(((char *)&mutex)[i], 0x55);
}

TEST("K-04 a holder that is deleted gives the mutex on")
{
    rt_mutex_t mutex = rt_mutex_create("m", RT_IPC_FLAG_PRIO);
    rt_thread_t thread = rt_go(hold_mutex, mutex, 20);

    RT_UNTIL(done);
    RT_FAILS(rt_mutex_take(mutex, 10), RT_ETIMEOUT);
    CHECK_EQ(rt_thread_delete(thread), RT_EOK);
    CHECK_EQ(rt_mutex_take(mutex, 5000), RT_EOK);
}

static volatile int go, worked;

static void hold_until_told(void *mutex)
{
    CHECK_EQ(rt_mutex_take(mutex, RT_WAITING_FOREVER), RT_EOK);
    done = 1;
    while (!go)
        ;
    while (worked < 1000000)
        worked++;
    CHECK_EQ(rt_mutex_release(mutex), RT_EOK);
    done = 2;
}

static void burn(void *arg)
{
    (void)arg;
    for (;;)
        ;
}

TEST("K-04 priority inheritance: no one in between keeps the holder waiting")
{
    rt_mutex_t mutex = rt_mutex_create("pi", RT_IPC_FLAG_PRIO);
    cpu_set_t set;
    rt_thread_t middle;

    CPU_ZERO(&set);
    CPU_SET(0, &set);
    CHECK(sched_setaffinity(0, sizeof(set), &set) == 0);
    rt_go(hold_until_told, mutex, 25);  /* less urgent than main, and than ... */
    RT_UNTIL(done == 1);
    middle = rt_go(burn, NULL, 15);     /* ... this one, which never sleeps */
    go = 1;
    CHECK_EQ(rt_mutex_take(mutex, 20000), RT_EOK);
    CHECK_EQ(worked, 1000000);
    CHECK_EQ(rt_thread_delete(middle), RT_EOK);
}

TEST("K-04 what is no mutex: -RT_EIO; there is no command")
{
    rt_mutex_t mutex = rt_mutex_create("m", RT_IPC_FLAG_PRIO);
    rt_sem_t sem = rt_sem_create("s", 0, RT_IPC_FLAG_PRIO);

    RT_FAILS(rt_mutex_take((rt_mutex_t)sem, 0), RT_EIO);
    RT_FAILS(rt_mutex_take(NULL, 0), RT_EIO);
    RT_FAILS(rt_mutex_release(NULL), RT_EIO);
    RT_FAILS(rt_mutex_control(mutex, RT_IPC_CMD_RESET, NULL), RT_EINVAL);
    RT_FAILS(rt_mutex_control(NULL, RT_IPC_CMD_RESET, NULL), RT_EIO);
    RT_NULL_FOR(rt_mutex_create("x", 9), RT_EINVAL);
    CHECK_EQ(rt_mutex_init(&fixed_mutex, "f", RT_IPC_FLAG_PRIO), RT_EOK);
    RT_FAILS(rt_mutex_init(&fixed_mutex, "f", RT_IPC_FLAG_PRIO), RT_EBUSY);
    RT_FAILS(rt_mutex_delete(&fixed_mutex), RT_EIO);
    CHECK_EQ(rt_mutex_detach(&fixed_mutex), RT_EOK);
    RT_FAILS(rt_mutex_take(&fixed_mutex, 0), RT_EIO);
    CHECK_EQ(rt_mutex_delete(mutex), RT_EOK);
    RT_FAILS(rt_mutex_delete(mutex), RT_EIO);
}

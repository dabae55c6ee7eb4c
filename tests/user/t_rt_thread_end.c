/*
 * t_rt_thread_end.c - RT-Thread's threads: deleting them wherever they are
 * (lwp.md rows K-01, B-27).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/rt.h"

#include <lwp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

static volatile long rounds;

/* Threads of this process, and pages of its address space. */
static long threads_now(void)
{
    return tap_read_number("/proc/self/status", "Threads");
}

static long size_now(void)
{
    return tap_read_number("/proc/self/status", "VmSize");
}

/* Started, arrived, deleted: nothing of it is left when delete returns. */
static void check_end(void (*entry)(void *), void *arg)
{
    rt_thread_t thread = rt_make("victim", entry, arg, 20);
    long before;

    rounds = 0;
    CHECK_EQ(rt_thread_startup(thread), RT_EOK);
    RT_UNTIL(rounds);
    rt_thread_mdelay(2);
    CHECK_EQ(rt_thread_delete(thread), RT_EOK);
    before = rounds;
    CHECK(!rt_thread_find("victim"));
    RT_UNTIL(threads_now() == 1);       /* the kernel buries it a bit later */
    rt_thread_mdelay(3);
    CHECK_EQ(rounds, before);
    RT_FAILS(rt_thread_delete(thread), RT_EIO);
}

static void sleep_in_delay(void *arg)
{
    (void)arg;
    rounds++;
    rt_thread_mdelay(100000);
    rounds++;
}

static void sleep_in_read(void *fds)
{
    char c;

    rounds++;
    read(((int *)fds)[0], &c, 1);
    rounds++;
}

static void sleep_in_channel(void *fd)
{
    struct rt_channel_msg msg;

    rounds++;
    rt_channel_recv(*(int *)fd, &msg);
    rounds++;
}

static void sleep_in_sem(void *sem)
{
    rounds++;
    rt_sem_take(sem, RT_WAITING_FOREVER);
    rounds++;
}

static void sleep_in_pause(void *arg)
{
    (void)arg;
    rounds++;
    pause();
    rounds++;
}

static void sleep_suspended(void *arg)
{
    (void)arg;
    rt_thread_suspend(rt_thread_self());
    rounds++;
    rt_schedule();
    rounds++;
}

TEST("K-01 B-27 a thread that waits can be deleted, whatever it waits for")
{
    int channel = rt_channel_open("end", O_CREAT), fds[2];
    rt_sem_t sem = rt_sem_create("end", 0, RT_IPC_FLAG_FIFO);

    CHECK(channel >= 0 && sem && pipe(fds) == 0);
    check_end(sleep_in_delay, NULL);
    check_end(sleep_in_read, fds);
    check_end(sleep_in_channel, &channel);
    check_end(sleep_in_sem, sem);
    check_end(sleep_in_pause, NULL);
    check_end(sleep_suspended, NULL);
    CHECK_EQ(rt_sem_release(sem), RT_EOK);      /* nobody has taken it */
    CHECK_EQ(rt_sem_trytake(sem), RT_EOK);
}

static void spin(void *arg)
{
    (void)arg;
    for (;;)
        rounds++;
}

static void ask_the_time(void *arg)
{
    (void)arg;
    for (;; rounds++)
        rt_tick_get();
}

static void use_heap(void *arg)
{
    (void)arg;
    for (;; rounds++) {
        void *block = rt_malloc(200);

        block = rt_realloc(block, 30000);
        rt_free(block);
        free(malloc(100));
    }
}

static void use_lists(void *arg)
{
    for (;; rounds++) {
        rt_timer_start(arg);
        rt_thread_find("nobody");
        rt_timer_stop(arg);
    }
}

static void use_stdio(void *file)
{
    for (;; rounds++)
        fprintf(file, "%ld %f\n", rounds, 1.5);
}

static volatile int stop_spinning;

static void mask_and_spin(void *arg)
{
    sigset_t all;

    (void)arg;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    while (!stop_spinning)
        rounds++;
    rt_thread_yield();
    stop_spinning = 2;
}

TEST("K-01 a thread that never waits can be deleted")
{
    check_end(spin, NULL);
    check_end(ask_the_time, NULL);
}

TEST("K-01 deleted amid the heap's work, it leaves the heap in order")
{
    for (int i = 0; i < 10; i++) {
        check_end(use_heap, NULL);
        free(malloc(100));
        rt_free(rt_malloc(50000));
    }
}

static void nothing(void *arg)
{
    (void)arg;
}

TEST("K-01 deleted amid the library's lists, it leaves them in order")
{
    rt_timer_t timer = rt_timer_create("t", nothing, NULL, 1000, 0);
    rt_thread_t thread;

    for (int i = 0; i < 10; i++) {
        rounds = 0;
        thread = rt_go(use_lists, timer, 20);
        RT_UNTIL(rounds);
        CHECK_EQ(rt_thread_delete(thread), RT_EOK);
        CHECK_EQ(rt_timer_start(timer), RT_EOK);
        CHECK_EQ(rt_timer_stop(timer), RT_EOK);
    }
}

TEST("K-01 deleted amid the C library's work, it leaves no lock taken")
{
    FILE *file = fopen("/dev/null", "w");

    CHECK(file);
    for (int i = 0; i < 10; i++) {
        check_end(use_stdio, file);
        CHECK(fprintf(file, "still\n") == 6);
    }
    CHECK(fclose(file) == 0);
}

/* With its signals blocked it hears no knock: only a call of the library, or
 * another cancellation point, ends it. */
static void mask_and_take(void *sem)
{
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    for (;; rounds++)
        rt_sem_take(sem, 1);
}

TEST("K-01 blocked signals do not save a thread that calls the library")
{
    rt_sem_t sem = rt_sem_create("never", 0, RT_IPC_FLAG_FIFO);

    CHECK(sem);
    check_end(mask_and_take, sem);
}

TEST("K-01 one that cannot be ended is busy; it ends when it can")
{
    rt_thread_t thread = rt_go(mask_and_spin, NULL, 20);

    RT_UNTIL(rounds);
    RT_FAILS(rt_thread_delete(thread), RT_EBUSY);
    CHECK(!rt_thread_find("test"));
    RT_FAILS(rt_thread_delete(thread), RT_EIO);
    CHECK_EQ(threads_now(), 2);
    stop_spinning = 1;
    RT_UNTIL(threads_now() == 1);
    CHECK_EQ(stop_spinning, 1);         /* it ended in the library's function */
}

/* --- by itself ------------------------------------------------------------- */

static void delete_self(void *arg)
{
    rounds++;
    rt_thread_delete(arg ? rt_thread_find("test") : rt_thread_self());
    rounds++;
}

TEST("K-01 a thread deletes itself, and does not go on")
{
    for (long i = 0; i < 10; i++) {
        rt_go(delete_self, (void *)(i & 1), 20);
        RT_UNTIL(rounds == i + 1 && threads_now() == 1);
        CHECK(!rt_thread_find("test"));
    }
}

static void return_at_once(void *arg)
{
    (void)arg;
    rounds++;
}

TEST("K-01 B-27 100 threads that return, and 100 deleted, leave nothing")
{
    long size = 0;

    for (int i = 0; i < 100; i++) {
        rt_go(return_at_once, NULL, 20);
        if (i % 10 == 9)
            RT_UNTIL(!rt_thread_find("test") && threads_now() == 1);
        CHECK_EQ(rt_thread_delete(rt_make("idle", spin, NULL, 20)), RT_EOK);
        if (i == 50)
            size = size_now();
    }
    CHECK_EQ(rounds, 100);
    RT_UNTIL(threads_now() == 1);
    CHECK(size_now() <= size);
}

static volatile int cleaned;

static void clean(rt_thread_t thread)
{
    CHECK(rt_thread_self() == thread);
    cleaned += (int)thread->user_data;
}

TEST("K-01 its cleanup function is called, however it ends")
{
    void (*entries[])(void *) = { return_at_once, delete_self, sleep_in_delay };
    rt_thread_t thread;

    for (int i = 0; i < 3; i++) {
        rounds = 0;
        thread = rt_make("clean", entries[i], NULL, 20);
        thread->cleanup = clean;
        thread->user_data = 10;
        CHECK_EQ(rt_thread_startup(thread), RT_EOK);
        RT_UNTIL(rounds == 1);
        if (i == 2)
            CHECK_EQ(rt_thread_delete(thread), RT_EOK);
        RT_UNTIL(!rt_thread_find("clean"));
        CHECK_EQ(cleaned, 10 * (i + 1));
    }
}

/* --- by each other --------------------------------------------------------- */

static void *wait_a_while(void *arg)
{
    *(rt_thread_t *)arg = rt_thread_self();
    rounds++;
    sleep_ms(50);
    return NULL;
}

TEST("K-01 threads that others made are not the library's to delete")
{
    rt_thread_t handle;
    pthread_t thread;

    CHECK(pthread_create(&thread, NULL, wait_a_while, &handle) == 0);
    RT_UNTIL(rounds);
    RT_FAILS(rt_thread_delete(handle), RT_ERROR);
    RT_FAILS(rt_thread_detach(handle), RT_ERROR);
    CHECK(pthread_join(thread, NULL) == 0);
    RT_FAILS(rt_thread_delete(NULL), RT_EIO);
}

static volatile int won;
static rt_thread_t prey;

static void delete_prey(void *arg)
{
    (void)arg;
    if (rt_thread_delete(prey) == RT_EOK)
        __atomic_add_fetch(&won, 1, __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&rounds, 1, __ATOMIC_SEQ_CST);
}

/* All are made before the first starts: else one gets the prey's block. */
TEST("K-01 of several that delete a thread at once, one does")
{
    rt_thread_t hunters[4];

    for (int i = 0; i < 20; i++) {
        won = rounds = 0;
        prey = rt_make("prey", spin, NULL, 20);
        for (int k = 0; k < 4; k++)
            hunters[k] = rt_make("test", delete_prey, NULL, 20);
        for (int k = 0; k < 4; k++)
            CHECK_EQ(rt_thread_startup(hunters[k]), RT_EOK);
        RT_UNTIL(rounds == 4);
        CHECK_EQ(won, 1);
        RT_UNTIL(!rt_thread_find("test"));
    }
}

static void stay(void *arg)
{
    (void)arg;
    for (;;)
        rt_thread_mdelay(1);
}

static void end_by_the_other(void)
{
    rt_go(stay, NULL, 20);
    rt_thread_delete(rt_thread_self());
}

TEST("K-01 main may delete itself: the process goes on with its threads")
{
    pid_t pid = child_start(end_by_the_other);
    int status;

    sleep_ms(50);
    CHECK_EQ(waitpid(pid, &status, WNOHANG), 0);
    kill(pid, SIGKILL);
    CHECK_KILLED(pid, SIGKILL);
}

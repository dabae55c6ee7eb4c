/*
 * t_pthread_cancel.c - musl's cancellation: at each point, at any time, put off;
 * clean-up in reverse order (lwp.md G-11; seeds.md T20).
 *
 * run: cpus=1,2,4,8
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/thread.h"

#include <poll.h>
#include <signal.h>
#include <sys/select.h>

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

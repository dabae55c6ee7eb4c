/*
 * t_rt_stop.c - a process that is stopped while it waits goes on waiting once
 * it is continued: no handler has run, so nothing has happened to it.
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/slurp.h"

#include <rtthread.h>
#include <signal.h>

static void await_state(pid_t pid, int state)
{
    for (int i = 0; slurp_stat(pid, 3) != (unsigned long)state; i++) {
        CHECK(i < 3000);
        sleep_ms(10);
    }
}

/* Stop a child in its wait, and let it go on. */
static void stop_and_continue(pid_t pid)
{
    int status;

    await_state(pid, 'S');
    CHECK_EQ(kill(pid, SIGSTOP), 0);
    CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
    CHECK(WIFSTOPPED(status));
    CHECK_EQ(kill(pid, SIGCONT), 0);
    await_state(pid, 'S');
}

TEST("K-03 K-06 a stop and SIGCONT do not end the wait for a semaphore or a "
     "mailbox")
{
    rt_sem_t sem = rt_sem_create("sem", 0, RT_IPC_FLAG_FIFO);
    rt_mailbox_t mb = rt_mb_create("mb", 1, RT_IPC_FLAG_FIFO);
    rt_ubase_t letter;
    pid_t pid;

    CHECK(sem && mb);
    pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(rt_sem_take(sem, RT_WAITING_FOREVER), RT_EOK);
        CHECK_EQ(rt_mb_recv(mb, &letter, RT_WAITING_FOREVER), RT_EOK);
        CHECK_EQ(letter, 7);
        _exit(0);
    }
    stop_and_continue(pid);
    CHECK_EQ(rt_sem_release(sem), RT_EOK);
    stop_and_continue(pid);
    CHECK_EQ(rt_mb_send(mb, 7), RT_EOK);
    CHECK_EXITS(pid, 0);
    CHECK_EQ(rt_sem_delete(sem), RT_EOK);
    CHECK_EQ(rt_mb_delete(mb), RT_EOK);
}

TEST("K-04 nor that for a mutex")
{
    rt_mutex_t mutex = rt_mutex_create("mutex", RT_IPC_FLAG_PRIO);
    pid_t pid;

    CHECK_EQ(rt_mutex_take(mutex, RT_WAITING_FOREVER), RT_EOK);
    pid = child_fork();
    if (pid == 0)
        _exit(rt_mutex_take(mutex, RT_WAITING_FOREVER) != RT_EOK);
    stop_and_continue(pid);
    CHECK_EQ(rt_mutex_release(mutex), RT_EOK);
    CHECK_EXITS(pid, 0);
    CHECK_EQ(rt_mutex_delete(mutex), RT_EOK);
}

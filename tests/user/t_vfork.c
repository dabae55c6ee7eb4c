/*
 * t_vfork.c - vfork(2), which clone(2) makes of CLONE_VM | CLONE_VFORK: the
 * child borrows the memory, and the parent sleeps until it gives it back (rows
 * B-07, S04, S31, P7).  musl's vfork() is a fork, so clone is called here.
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/time.h>

#define VFORK (CLONE_VM | CLONE_VFORK | SIGCHLD)
#define MS 1000000ll

extern char **environ;

static char child_stack[16384] __attribute__((aligned(16)));
static volatile int cell;

static pid_t clone_with(int flags, int (*body)(void *), void *arg)
{
    pid_t pid = clone(body, child_stack + sizeof(child_stack), flags, arg);

    CHECK(pid > 0);
    return pid;
}

static int set_cell_late(void *arg)
{
    sleep_ms((long)arg);
    cell = 42;
    return 3;
}

TEST("B-07 the parent stands still until the child exits, and sees its stores")
{
    int64_t start = tap_now();
    pid_t pid = clone_with(VFORK, set_cell_late, (void *)100);

    CHECK_EQ(cell, 42);
    CHECK(tap_now() - start >= 100 * MS);
    CHECK_EXITS(pid, 3);
}

TEST("S31 P7 a parent that waits so uses no time of the processor")
{
    int64_t used = child_cpu_time();
    pid_t pid = clone_with(VFORK, set_cell_late, (void *)200);

    CHECK(child_cpu_time() - used < 20 * MS);
    CHECK_EXITS(pid, 3);
}

/* Reads from descriptor 0 until its end, then exits. */
ROLE(stand)
{
    char c;

    while (read(0, &c, 1) > 0)
        ;
    return 5;
}

static char *const stand_env[] = { "ROLE=stand", NULL };

static int exec_stand(void *arg)
{
    struct gate *g = arg;
    char *argv[] = { "stand", NULL };

    dup2(g->fd[0], 0);
    close(g->fd[1]);
    execve(tap_self, argv, stand_env);
    _exit(99);
}

TEST("B-07 the parent goes on at the child's exec, before the program ends")
{
    struct gate g;
    pid_t pid;

    gate_init(&g);
    cell = 1;
    pid = clone_with(VFORK, exec_stand, &g);
    CHECK_EQ(waitpid(pid, NULL, WNOHANG), 0);
    CHECK_EQ(cell, 1);                  /* the exec changed its memory only */
    close(g.fd[1]);
    CHECK_EXITS(pid, 5);
}

static int fail_exec(void *arg)
{
    char *argv[] = { "none", NULL };

    (void)arg;
    execve("/nowhere/none", argv, environ);
    cell = errno;
    sleep_ms(50);
    cell += 1000;
    return 4;
}

TEST("B-07 an exec that fails does not let the parent go")
{
    pid_t pid = clone_with(VFORK, fail_exec, NULL);

    CHECK_EQ(cell, 1000 + ENOENT);
    CHECK_EXITS(pid, 4);
}

static int die(void *arg)
{
    sleep_ms(20);
    cell = 1;
    kill(getpid(), (int)(long)arg);
    pause();
    return 0;
}

TEST("B-07 a child that is killed lets the parent go")
{
    for (int i = 0; i < 2; i++) {
        int signo = i ? SIGKILL : SIGSEGV;
        pid_t pid = clone_with(VFORK, die, (void *)(long)signo);

        CHECK_EQ(cell, 1);
        CHECK_KILLED(pid, signo);
        cell = 0;
    }
}

static int64_t handled_at;

static void note_time(int signo)
{
    (void)signo;
    handled_at = tap_now();
}

static int sleep_unsignalled(void *arg)
{
    sleep_ms(100);
    *(int64_t *)arg = tap_now();
    return 0;
}

TEST("G-14 B-07 a signal to the waiting parent is handled when it goes on")
{
    struct itimerval t = { { 0, 0 }, { 0, 20000 } };
    int64_t child_done = 0;
    pid_t pid;

    signal(SIGALRM, note_time);
    CHECK_EQ(setitimer(ITIMER_REAL, &t, NULL), 0);
    pid = clone_with(VFORK, sleep_unsignalled, &child_done);
    CHECK_EXITS(pid, 0);
    CHECK(child_done != 0 && handled_at > child_done);
}

static int wait_for_release(void *arg)
{
    gate_pass(arg);
    return 0;
}

TEST("G-14 B-07 SIGKILL ends a parent that waits")
{
    struct gate g;
    int64_t start;
    pid_t pid;

    gate_init(&g);
    pid = child_fork();
    if (pid == 0) {
        clone_with(VFORK, wait_for_release, &g);
        _exit(0);
    }
    sleep_ms(50);
    start = tap_now();
    CHECK_EQ(waitpid(pid, NULL, WNOHANG), 0);
    kill(pid, SIGKILL);
    CHECK_KILLED(pid, SIGKILL);
    CHECK(tap_now() - start < 1000 * MS);
    gate_open(&g);                      /* the child, by now pid 1's */
}

static int set_cell(void *arg)
{
    cell = (int)(long)arg;
    return 0;
}

TEST("S04 CLONE_VM alone: memory is shared, nobody waits")
{
    struct gate g;
    pid_t pid;

    gate_init(&g);
    pid = clone_with(CLONE_VM | SIGCHLD, wait_for_release, &g);
    CHECK_EQ(waitpid(pid, NULL, WNOHANG), 0);
    gate_open(&g);
    CHECK_EXITS(pid, 0);
    pid = clone_with(CLONE_VM | SIGCHLD, set_cell, (void *)77);
    CHECK_EXITS(pid, 0);
    CHECK_EQ(cell, 77);
    pid = clone_with(SIGCHLD, set_cell, (void *)78);
    CHECK_EXITS(pid, 0);
    CHECK_EQ(cell, 77);
}

static int set_cell_low(void *arg)
{
    sleep_ms(30);
    cell = (int)(long)arg;
    return 0;
}

TEST("CLONE_VFORK without CLONE_VM waits too, on a copy")
{
    int64_t start = tap_now();
    pid_t pid = clone_with(CLONE_VFORK | SIGCHLD, set_cell_low, (void *)5);

    CHECK(tap_now() - start >= 30 * MS);
    CHECK_EQ(cell, 0);
    CHECK_EXITS(pid, 0);
}

TEST("B-04 posix_spawn runs a program, and says why when it can't")
{
    char *argv[] = { "stand", NULL };
    posix_spawn_file_actions_t actions;
    pid_t pid;

    posix_spawn_file_actions_init(&actions);
    CHECK_EQ(posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", 0, 0),
             0);
    CHECK_EQ(posix_spawn(&pid, tap_self, &actions, NULL, argv, stand_env), 0);
    CHECK_EXITS(pid, 5);
    CHECK_EQ(posix_spawn(&pid, "/nowhere", NULL, NULL, argv, environ), ENOENT);
    CHECK_FAILS(waitpid(-1, NULL, 0), ECHILD);
    posix_spawn_file_actions_destroy(&actions);
}

/*
 * t_ptrace_setid.c - ptrace(2) and set-id programs: who traces gains nothing by
 * them, however early or late the tracer comes (lwp.md row I-08).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/trace.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>

static void exec_set_id(void)
{
    CHECK_EQ(setresgid(1000, 1000, 1000), 0);
    CHECK_EQ(setresuid(1000, 1000, 1000), 0);
    raise(SIGUSR1);
    setenv("ROLE", "tell_euid", 1);
    execl("/tmp/ptrace-setid", "setid", NULL);
    _exit(1);
}

ROLE(tell_euid)
{
    return geteuid() == 0 ? 10 : 11;
}

static void as_user(void)
{
    pid_t pid;

    CHECK_EQ(setresgid(1000, 1000, 1000), 0);
    CHECK_EQ(setresuid(1000, 1000, 1000), 0);
    pid = trace_start(exec_set_id);
    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGUSR1));
    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGTRAP));
    CHECK_EQ(trace_cont(pid, 0), EXITED_WITH(11));
}

/* A copy of this program that belongs to root and is set-id. */
static void make_set_id_program(const char *path)
{
    char buf[4096];
    int from = open(tap_self, O_RDONLY);
    int to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
    ssize_t n;

    CHECK(from >= 0 && to >= 0);
    while ((n = read(from, buf, sizeof(buf))) > 0)
        CHECK_EQ(write(to, buf, n), n);
    CHECK_EQ(fchmod(to, 04755), 0);
    close(from);
    close(to);
}

TEST("I-08 a user's tracee gains nothing by a set-id program, root's does")
{
    pid_t pid;

    make_set_id_program("/tmp/ptrace-setid");
    CHECK_EXITS(child_start(as_user), 0);
    pid = trace_start(exec_set_id);
    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGUSR1));
    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGTRAP));
    CHECK_EQ(trace_cont(pid, 0), EXITED_WITH(10));
    unlink("/tmp/ptrace-setid");
}

/* --- a tracer that comes while the program is being started --- */

#define TURNS 200

static int tracer_of_me(void)
{
    char line[128];
    FILE *f = fopen("/proc/self/status", "r");
    int pid = -1;

    CHECK(f);
    while (fgets(line, sizeof(line), f))
        sscanf(line, "TracerPid: %d", &pid);
    fclose(f);
    return pid;
}

ROLE(tell_watched)
{
    return geteuid() == 0 && tracer_of_me() != 0 ? 20 : 10;
}

static void exec_unwatched(void)
{
    setenv("ROLE", "tell_watched", 1);
    execl("/tmp/ptrace-setid", "setid", NULL);
    _exit(1);
}

static long now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

/* Seize a child so long after its start; 20: it is root's and traced. */
static int seize_after(long delay)
{
    long start = now_ns();
    pid_t pid = child_start(exec_unwatched);
    int status;

    while (now_ns() - start < delay)
        ;
    if (delay && ptrace(PTRACE_SEIZE, pid, 0, 0) < 0)
        CHECK(errno == EPERM || errno == ESRCH);
    CHECK_EQ(waitpid(pid, &status, __WALL), pid);
    CHECK_EQ(status & 0x7f, 0);
    return WEXITSTATUS(status);
}

static void seize_at_all_moments(void)
{
    long start = now_ns(), whole;

    CHECK_EQ(setresgid(1000, 1000, 1000), 0);
    CHECK_EQ(setresuid(1000, 1000, 1000), 0);
    CHECK_EQ(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
    CHECK_EQ(seize_after(0), 10);
    whole = now_ns() - start;
    for (long i = 1; i <= TURNS; i++)
        CHECK_EQ(seize_after(whole * i / TURNS), 10);
}

TEST("I-08 a user who seizes a process in its execve does not get a set-id one")
{
    make_set_id_program("/tmp/ptrace-setid");
    CHECK_EXITS(child_start(seize_at_all_moments), 0);
    unlink("/tmp/ptrace-setid");
}

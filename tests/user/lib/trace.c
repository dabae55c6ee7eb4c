#include "tests/user/lib/trace.h"

#include <elf.h>
#include <signal.h>
#include <sys/uio.h>

static void (*traced_body)(void);

static void ask_and_run(void)
{
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    traced_body();
}

pid_t trace_start(void (*body)(void))
{
    pid_t pid;

    traced_body = body;
    pid = child_start(ask_and_run);
    CHECK_EQ(trace_wait(pid), STOPPED_BY(SIGSTOP));
    return pid;
}

int trace_wait(pid_t pid)
{
    int status;

    CHECK_EQ(waitpid(pid, &status, __WALL), pid);
    return status;
}

int trace_wait_any(pid_t *who)
{
    int status;

    *who = waitpid(-1, &status, __WALL);
    CHECK(*who > 0);
    return status;
}

int trace_cont(pid_t pid, int signo)
{
    CHECK_EQ(ptrace(PTRACE_CONT, pid, 0, signo), 0);
    return trace_wait(pid);
}

int trace_syscall(pid_t pid)
{
    CHECK_EQ(ptrace(PTRACE_SYSCALL, pid, 0, 0), 0);
    return trace_wait(pid);
}

void trace_get_regs(pid_t pid, regs_t *regs)
{
    struct iovec v = { regs, sizeof(*regs) };

    CHECK_EQ(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &v), 0);
    CHECK_EQ(v.iov_len, sizeof(*regs));
}

void trace_set_regs(pid_t pid, const regs_t *regs)
{
    struct iovec v = { (void *)regs, sizeof(*regs) };

    CHECK_EQ(ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &v), 0);
    CHECK_EQ(v.iov_len, sizeof(*regs));
}

long trace_peek(pid_t pid, const void *at)
{
    long word;

    errno = 0;
    word = ptrace(PTRACE_PEEKDATA, pid, at, 0);
    CHECK_EQ(errno, 0);
    return word;
}

void trace_poke(pid_t pid, void *at, long word)
{
    CHECK_EQ(ptrace(PTRACE_POKEDATA, pid, at, word), 0);
}

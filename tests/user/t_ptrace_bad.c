/*
 * t_ptrace_bad.c - every request of ptrace(2) with hostile addresses and
 * numbers (lwp.md row I-08).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/hostile.h"
#include "tests/user/lib/trace.h"

#include <signal.h>
#include <sys/syscall.h>

static pid_t tracee;

static void sleep_for_ever(void)
{
    for (;;)
        pause();
}

static void end_tracee(void)
{
    int status;

    kill(tracee, SIGKILL);
    while (waitpid(tracee, &status, __WALL) == tracee && WIFSTOPPED(status))
        ;
}

static bool is_stopped(void)
{
    long message;

    return ptrace(PTRACE_GETEVENTMSG, tracee, 0, &message) == 0;
}

static bool is_kept(long result)
{
    return result >= 0 || errno == EFAULT || errno == EIO || errno == EINVAL ||
           errno == EPERM || errno == ESRCH;
}

static void try_request(long request, unsigned long addr, unsigned long data)
{
    const char *fault;
    long result;

    if (!is_stopped()) {                /* a request has let it go */
        end_tracee();
        tracee = trace_start(sleep_for_ever);
    }
    errno = 0;
    result = syscall(SYS_ptrace, request, tracee, addr, data);
    if (!is_kept(result))
        tap_fail(__FILE__, __LINE__, "request %#lx(%#lx, %#lx): %ld, errno %d",
                 request, addr, data, result, errno);
    fault = hostile_inspect(data, true);
    memset(arena->slots, 0, sizeof(arena->slots));
    if (fault)
        tap_fail(__FILE__, __LINE__, "request %#lx(%#lx, %#lx) %s", request,
                 addr, data, fault);
}

/* What `addr` may mean: sizes, kinds of register sets, addresses. */
static void try_with_all(long request)
{
    const unsigned long addrs[] = { 0, 1, 2, 8, 24, 80, 4096, 1ul << 31, -1ul };

    for (int v = 0; v < hostile_count; v++) {
        for (unsigned i = 0; i < sizeof(addrs) / sizeof(addrs[0]); i++)
            try_request(request, addrs[i], hostile_values[v].value);
        try_request(request, hostile_values[v].value, (unsigned long)arena->slots);
        try_request(request, hostile_values[v].value, 0);
    }
}

TEST("I-08 every request with hostile addresses and numbers")
{
    hostile_enter();
    tracee = trace_start(sleep_for_ever);
    for (long request = 1; request <= 40; request++)
        try_with_all(request);
    for (long request = 0x4200; request <= 0x4212; request++)
        try_with_all(request);
    try_with_all(-1);
    end_tracee();
    hostile_leave();
}

/* Registers that no program could have. */
TEST("I-08 a tracee with wild registers faults, the kernel does not")
{
    const unsigned long wild[] = { 0, 1, 3, -1ul, 1ul << 63, 1ul << 38,
                                   0xffffffc080200000, 0x80200000 };
    regs_t regs, all;

    for (unsigned i = 0; i < sizeof(wild) / sizeof(wild[0]); i++) {
        tracee = trace_start(sleep_for_ever);
        trace_get_regs(tracee, &regs);
        for (unsigned r = 0; r < sizeof(all) / sizeof(long); r++)
            ((unsigned long *)&all)[r] = wild[i];
        trace_set_regs(tracee, &all);
        CHECK_EQ(trace_cont(tracee, 0), STOPPED_BY(SIGSEGV));
        trace_get_regs(tracee, &all);
        CHECK_EQ(all.pc & ~1ul, wild[i] & ~1ul);
        CHECK_EQ(all.tp, wild[i]);
        /* And put right again it goes on. */
        trace_set_regs(tracee, &regs);
        CHECK_EQ(ptrace(PTRACE_CONT, tracee, 0, 0), 0);
        sleep_ms(2);
        CHECK_EQ(waitpid(tracee, NULL, WNOHANG), 0);
        end_tracee();
    }
}

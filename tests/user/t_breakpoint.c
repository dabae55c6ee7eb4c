/*
 * t_breakpoint.c - what debuggers do all day: stop a program at its first
 * instruction, put breakpoints into its text, step over them (lwp.md rows A-35,
 * I-10).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/trace.h"

#include <sys/auxv.h>

#define EBREAK 0x00100073       /* four bytes */

/* The program that is debugged: a loop over a function. */
static __attribute__((noinline)) int add(int a, int b)
{
    __asm__ volatile("" : : "r"(a), "r"(b) : "memory");
    return a + b;
}

ROLE(sum)
{
    int sum = 0;

    for (int i = 1; i <= 10; i++)
        sum = add(sum, i);
    return sum;
}

static char *const argv_of_sum[] = { "sum", NULL };
static char *const env_of_sum[] = { "ROLE=sum", NULL };

static void exec_sum(void)
{
    execve(tap_self, argv_of_sum, env_of_sum);
    _exit(99);
}

/* Stopped behind its exec, before its first instruction. */
static pid_t start_stopped(void)
{
    pid_t pid = trace_start(exec_sum);

    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGTRAP));
    return pid;
}

static unsigned long pc_of(pid_t pid)
{
    regs_t regs;

    trace_get_regs(pid, &regs);
    return regs.pc;
}

static void set_pc(pid_t pid, unsigned long pc)
{
    regs_t regs;

    trace_get_regs(pid, &regs);
    regs.pc = pc;
    trace_set_regs(pid, &regs);
}

/* Put an ebreak there; the word that was there before. */
static long set_breakpoint(pid_t pid, void *at)
{
    long old = trace_peek(pid, at);

    trace_poke(pid, at, (old & ~0xffffffffl) | EBREAK);
    return old;
}

/* The program is at its entry point, which is the same as this one's: it is
 * linked at a fixed address. */
TEST("A-35 I-10 exec stops a traced program before its first instruction")
{
    pid_t pid = start_stopped();
    unsigned long entry = getauxval(AT_ENTRY);
    long old = trace_peek(pid, (void *)entry);

    CHECK_EQ(pc_of(pid), entry);
    set_breakpoint(pid, (void *)entry);
    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGTRAP));
    CHECK_EQ(pc_of(pid), entry);
    trace_poke(pid, (void *)entry, old);
    CHECK_EQ(trace_peek(pid, (void *)entry), *(volatile long *)entry);
    CHECK_EQ(trace_cont(pid, 0), EXITED_WITH(55));
}

TEST("A-35 I-10 a breakpoint is met in each call, and stepped over by hand")
{
    pid_t pid = start_stopped();
    void *at = (void *)add;
    long old = set_breakpoint(pid, at);
    regs_t regs;

    for (int i = 1; i <= 10; i++) {
        CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGTRAP));
        trace_get_regs(pid, &regs);
        CHECK_EQ(regs.pc, at);
        CHECK_EQ(regs.a1, i);
        CHECK_EQ(regs.a0, i * (i - 1));
        /* Its work is done for it, with twice the number; it returns. */
        regs.a0 += 2 * regs.a1;
        regs.pc = regs.ra;
        trace_set_regs(pid, &regs);
    }
    trace_poke(pid, at, old);
    CHECK_EQ(trace_cont(pid, 0), EXITED_WITH(110));
}

TEST("A-35 a breakpoint is the traced process's own: others run over it")
{
    pid_t pid = start_stopped(), other;

    set_breakpoint(pid, (void *)add);
    CHECK_EQ(add(2, 3), 5);
    other = child_start(exec_sum);
    CHECK_EXITS(other, 55);
    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGTRAP));
    CHECK_EQ(kill(pid, SIGKILL), 0);
    CHECK_EQ(trace_wait(pid), SIGKILL);
}

TEST("I-10 without a debugger a breakpoint is the end, with one it can go on")
{
    pid_t pid = start_stopped();

    set_breakpoint(pid, (void *)add);
    CHECK_EQ(ptrace(PTRACE_DETACH, pid, 0, 0), 0);
    CHECK_KILLED(pid, SIGTRAP);
    pid = start_stopped();
    long old = set_breakpoint(pid, (void *)add);
    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGTRAP));
    trace_poke(pid, (void *)add, old);
    set_pc(pid, (unsigned long)add);
    CHECK_EQ(ptrace(PTRACE_DETACH, pid, 0, 0), 0);
    CHECK_EXITS(pid, 55);
}

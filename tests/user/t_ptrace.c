/*
 * t_ptrace.c - ptrace(2): requests on a stopped tracee, signals, system calls,
 * and what is refused (lwp.md row I-08).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/trace.h"

#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

static volatile long word = 0x1122334455667788;
static const char text[] = "text that nobody writes";

static void nothing(void)
{
}

static void sleep_for_ever(void)
{
    for (;;)
        pause();
}

static void kill_and_reap(pid_t pid)
{
    kill(pid, SIGKILL);
    CHECK_KILLED(pid, SIGKILL);
}

/* --- memory --- */

static void exit_by_word(void)
{
    _exit(word == 7 ? 0 : 1);
}

TEST("I-08 PEEK and POKE: a tracee's memory, not the tracer's")
{
    pid_t pid = trace_start(exit_by_word);

    CHECK_EQ(trace_peek(pid, (void *)&word), 0x1122334455667788);
    CHECK_EQ(ptrace(PTRACE_PEEKTEXT, pid, &word, 0), 0x1122334455667788);
    /* Across two words, misaligned. */
    CHECK_EQ(trace_peek(pid, (char *)&word + 1) & 0xffffff, 0x556677);
    trace_poke(pid, (void *)&word, 7);
    CHECK_EQ(trace_peek(pid, (void *)&word), 7);
    CHECK_EQ(word, 0x1122334455667788);
    CHECK_EQ(trace_cont(pid, 0), EXITED_WITH(0));
}

static void exit_by_text(void)
{
    _exit(*(volatile const char *)text == 'T' ? 0 : 1);
}

TEST("I-08 POKE to read-only text is private to the tracee")
{
    pid_t pid = trace_start(exit_by_text);
    long old = trace_peek(pid, text);

    trace_poke(pid, (void *)text, (old & ~0xffl) | 'T');
    CHECK_EQ(*(volatile const char *)text, 't');
    CHECK_EQ(trace_peek(pid, text) & 0xff, 'T');
    CHECK_EQ(trace_cont(pid, 0), EXITED_WITH(0));
    CHECK_EQ(*(volatile const char *)text, 't');
}

TEST("I-08 PEEK and POKE reach private pages without any permission")
{
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pid_t pid;

    CHECK(page != MAP_FAILED);
    strcpy(page, "hidden");
    CHECK_EQ(mprotect(page, 4096, PROT_NONE), 0);
    pid = trace_start(nothing);
    CHECK_EQ(trace_peek(pid, page) & 0xffff, 'h' | 'i' << 8);
    trace_poke(pid, page, 0x6f6e);
    CHECK_EQ(trace_peek(pid, page), 0x6f6e);
    CHECK_EQ(trace_cont(pid, 0), EXITED_WITH(0));
    CHECK_EQ(mprotect(page, 4096, PROT_READ), 0);
    CHECK_EQ(strcmp(page, "hidden"), 0);
    munmap(page, 4096);
}

TEST("I-08 bad addresses are EIO, a shared read-only mapping is not written")
{
    int fd = open("/tmp/ptrace-shared", O_RDWR | O_CREAT | O_TRUNC, 0600);
    long *shared, there = 0;
    pid_t pid;

    CHECK(fd >= 0);
    CHECK_EQ(write(fd, "12345678", 8), 8);
    shared = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
    CHECK(shared != MAP_FAILED);
    pid = trace_start(nothing);
    CHECK_FAILS(ptrace(PTRACE_PEEKDATA, pid, NOWHERE, 0), EIO);
    CHECK_FAILS(ptrace(PTRACE_POKEDATA, pid, NOWHERE, 1), EIO);
    CHECK_FAILS(ptrace(PTRACE_PEEKDATA, pid, -8l, 0), EIO);
    CHECK_FAILS(ptrace(PTRACE_PEEKDATA, pid, 1l << 38, 0), EIO);
    CHECK_FAILS(ptrace(PTRACE_POKEDATA, pid, (1l << 38) - 4, 0), EIO);
    CHECK_EQ(syscall(SYS_ptrace, PTRACE_PEEKDATA, pid, shared, &there), 0);
    CHECK_EQ(there, *shared);
    CHECK_FAILS(syscall(SYS_ptrace, PTRACE_PEEKDATA, pid, shared, NOWHERE),
                EFAULT);
    CHECK_FAILS(ptrace(PTRACE_POKEDATA, pid, shared, 0), EIO);
    CHECK_EQ(memcmp(shared, "12345678", 8), 0);
    CHECK_EQ(trace_cont(pid, 0), EXITED_WITH(0));
    munmap(shared, 4096);
    close(fd);
    unlink("/tmp/ptrace-shared");
}

/* --- registers --- */

/* Known values in registers, a stop, and the sum of what is there then. */
static void registers(void)
{
    register long s2 asm("s2") = 0x1111;
    register long t3 asm("t3") = 0x2222;
    register long a0 asm("a0");

    asm volatile("ebreak\n"
                 "add a0, s2, t3"
                 : "=r"(a0), "+r"(s2), "+r"(t3) : : "memory");
    _exit(a0 == 0x300 ? 0 : 1);
}

TEST("I-08 NT_PRSTATUS: registers are read and written")
{
    pid_t pid = trace_start(registers);
    struct iovec v = { NULL, 0 };
    regs_t regs;
    long half[2];

    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGTRAP));
    trace_get_regs(pid, &regs);
    CHECK_EQ(regs.s2, 0x1111);
    CHECK_EQ(regs.t3, 0x2222);
    regs.s2 = 0x100;
    regs.t3 = 0x200;
    regs.pc += (trace_peek(pid, (void *)regs.pc) & 3) == 3 ? 4 : 2;
    trace_set_regs(pid, &regs);

    /* Part of a set; too much of one; odd sizes; no such set. */
    v = (struct iovec){ half, sizeof(half) };
    CHECK_EQ(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &v), 0);
    CHECK_EQ(v.iov_len, sizeof(half));
    CHECK_EQ(half[0], regs.pc);
    CHECK_EQ(half[1], regs.ra);
    CHECK_EQ(ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &v), 0);
    v.iov_len = 12;
    CHECK_FAILS(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &v), EINVAL);
    v.iov_len = 16;
    CHECK_FAILS(ptrace(PTRACE_GETREGSET, pid, 0x4711, &v), EINVAL);
    v.iov_base = NOWHERE;
    CHECK_FAILS(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &v), EFAULT);
    CHECK_FAILS(ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &v), EFAULT);
    CHECK_FAILS(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, NOWHERE), EFAULT);
    CHECK_EQ(trace_cont(pid, 0), EXITED_WITH(0));
}

static void float_registers(void)
{
    double x = 1.5;

    asm volatile("fmv.d fs5, %1\n"
                 "ebreak\n"
                 "fmv.d %0, fs5" : "=f"(x) : "f"(x) : "fs5", "memory");
    _exit(x == 42.25 ? 0 : 1);
}

TEST("I-08 NT_PRFPREG: floating-point registers are read and written")
{
    pid_t pid = trace_start(float_registers);
    struct {
        double f[32];
        uint32_t fcsr, pad;
    } set;
    struct iovec v = { &set, 4096 };
    regs_t regs;

    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGTRAP));
    CHECK_EQ(ptrace(PTRACE_GETREGSET, pid, NT_PRFPREG, &v), 0);
    CHECK_EQ(v.iov_len, 264);
    CHECK(set.f[21] == 1.5);
    set.f[21] = 42.25;
    CHECK_EQ(ptrace(PTRACE_SETREGSET, pid, NT_PRFPREG, &v), 0);
    trace_get_regs(pid, &regs);
    regs.pc += (trace_peek(pid, (void *)regs.pc) & 3) == 3 ? 4 : 2;
    trace_set_regs(pid, &regs);
    CHECK_EQ(trace_cont(pid, 0), EXITED_WITH(0));
}

/* --- signals --- */

static volatile int caught;

static void note(int signo)
{
    caught = signo;
}

static void signal_and_tell(void)
{
    signal(SIGUSR1, note);
    signal(SIGUSR2, note);
    raise(SIGUSR1);
    _exit(caught);
}

TEST("I-08 a signal stops first: it can be passed on, dropped, or replaced")
{
    const int pass[] = { SIGUSR1, 0, SIGUSR2 };

    for (int i = 0; i < 3; i++) {
        pid_t pid = trace_start(signal_and_tell);

        CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGUSR1));
        CHECK_EQ(trace_cont(pid, pass[i]), EXITED_WITH(pass[i]));
    }
}

static void raise_ignored(void)
{
    signal(SIGUSR1, SIG_IGN);
    raise(SIGUSR1);
    raise(SIGWINCH);
    raise(SIGTERM);
}

TEST("I-08 ignored and fatal signals are shown as well")
{
    pid_t pid = trace_start(raise_ignored);

    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGUSR1));
    CHECK_EQ(trace_cont(pid, SIGUSR1), STOPPED_BY(SIGWINCH));
    CHECK_EQ(trace_cont(pid, SIGWINCH), STOPPED_BY(SIGTERM));
    CHECK_EQ(trace_cont(pid, SIGTERM), SIGTERM);
}

static volatile siginfo_t seen;

static void note_info(int signo, siginfo_t *info, void *context)
{
    (void)signo;
    (void)context;
    memcpy((void *)&seen, info, sizeof(seen));
}

static void exit_by_info(void)
{
    struct sigaction action = { .sa_sigaction = note_info,
                                .sa_flags = SA_SIGINFO };

    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    _exit(seen.si_code == SI_QUEUE && seen.si_pid == 4711 ? 0 : 1);
}

TEST("I-08 GETSIGINFO and SETSIGINFO: what the handler is told")
{
    pid_t pid = trace_start(exit_by_info);
    siginfo_t info;

    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGUSR1));
    CHECK_EQ(ptrace(PTRACE_GETSIGINFO, pid, 0, &info), 0);
    CHECK_EQ(info.si_signo, SIGUSR1);
    CHECK_EQ(info.si_code, SI_TKILL);
    CHECK_EQ(info.si_pid, pid);
    info.si_code = SI_QUEUE;
    info.si_pid = 4711;
    CHECK_FAILS(ptrace(PTRACE_SETSIGINFO, pid, 0, NOWHERE), EFAULT);
    CHECK_FAILS(ptrace(PTRACE_GETSIGINFO, pid, 0, NOWHERE), EFAULT);
    CHECK_EQ(ptrace(PTRACE_SETSIGINFO, pid, 0, &info), 0);
    CHECK_EQ(trace_cont(pid, SIGUSR1), EXITED_WITH(0));
}

TEST("I-08 PEEKSIGINFO, GETSIGMASK and SETSIGMASK")
{
    struct __ptrace_peeksiginfo_args args = { .nr = 4 };
    pid_t pid = trace_start(sleep_for_ever);
    uint64_t mask = ~0ul, got;
    siginfo_t infos[4];

    CHECK_EQ(ptrace(PTRACE_SETSIGMASK, pid, 8, &mask), 0);
    CHECK_EQ(ptrace(PTRACE_GETSIGMASK, pid, 8, &got), 0);
    CHECK_EQ(got, ~(1ul << (SIGKILL - 1) | 1ul << (SIGSTOP - 1)));
    CHECK_FAILS(ptrace(PTRACE_GETSIGMASK, pid, 4, &got), EINVAL);
    CHECK_EQ(syscall(SYS_tgkill, pid, pid, SIGUSR1), 0);
    CHECK_EQ(syscall(SYS_tgkill, pid, pid, SIGRTMIN), 0);
    kill(pid, SIGUSR2);
    CHECK_EQ(ptrace(PTRACE_PEEKSIGINFO, pid, &args, infos), 2);
    CHECK_EQ(infos[0].si_signo, SIGUSR1);
    CHECK_EQ(infos[1].si_signo, SIGRTMIN);
    args.off = 1;
    CHECK_EQ(ptrace(PTRACE_PEEKSIGINFO, pid, &args, infos), 1);
    CHECK_EQ(infos[0].si_signo, SIGRTMIN);
    args.off = 0;
    args.flags = PTRACE_PEEKSIGINFO_SHARED;
    CHECK_EQ(ptrace(PTRACE_PEEKSIGINFO, pid, &args, infos), 1);
    CHECK_EQ(infos[0].si_signo, SIGUSR2);
    args.flags = 8;
    CHECK_FAILS(ptrace(PTRACE_PEEKSIGINFO, pid, &args, infos), EINVAL);
    args = (struct __ptrace_peeksiginfo_args){ .nr = -1 };
    CHECK_FAILS(ptrace(PTRACE_PEEKSIGINFO, pid, &args, infos), EINVAL);
    mask = 0;
    CHECK_EQ(ptrace(PTRACE_SETSIGMASK, pid, 8, &mask), 0);
    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGUSR1));
    kill_and_reap(pid);
}

static void touch_nowhere(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGSEGV);
    sigprocmask(SIG_BLOCK, &set, NULL);
    *(volatile char *)NOWHERE = 1;
}

TEST("I-08 a fault is shown even if it is blocked")
{
    pid_t pid = trace_start(touch_nowhere);
    siginfo_t info;

    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGSEGV));
    CHECK_EQ(ptrace(PTRACE_GETSIGINFO, pid, 0, &info), 0);
    CHECK_EQ((long)info.si_addr, (long)NOWHERE);
    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGSEGV));
    CHECK_EQ(trace_cont(pid, SIGSEGV) & 0x7f, SIGSEGV);
}

/* --- system calls --- */

static void call_getppid(void)
{
    syscall(SYS_getppid, 1, 2, 3, 4, 5, 6);
    syscall(SYS_close, -1);
}

TEST("I-08 PTRACE_SYSCALL stops at entry and exit, GET_SYSCALL_INFO tells")
{
    pid_t pid = trace_start(call_getppid);
    struct __ptrace_syscall_info info;
    regs_t regs;
    long message;

    CHECK_EQ(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info), 24);
    CHECK_EQ(info.op, 0);
    CHECK_EQ(ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD), 0);
    do {
        CHECK_EQ(trace_syscall(pid), STOPPED_IN_SYSCALL);
        CHECK_EQ(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0,
                 1);
    } while (info.op != 1 || info.entry.nr != SYS_getppid);
    CHECK_EQ(info.arch, 0xc00000f3);
    trace_get_regs(pid, &regs);
    CHECK_EQ(info.instruction_pointer, regs.pc);
    CHECK_EQ(info.stack_pointer, regs.sp);
    for (int i = 0; i < 6; i++)
        CHECK_EQ(info.entry.args[i], i + 1);
    CHECK_EQ(regs.a7, SYS_getppid);
    CHECK_EQ(regs.a0, 1);
    CHECK_EQ(ptrace(PTRACE_GETEVENTMSG, pid, 0, &message), 0);
    CHECK_EQ(message, 1);

    CHECK_EQ(trace_syscall(pid), STOPPED_IN_SYSCALL);
    CHECK_EQ(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info), 33);
    CHECK_EQ(info.op, 2);
    CHECK_EQ(info.exit.rval, getpid());
    CHECK_EQ(info.exit.is_error, 0);

    CHECK_EQ(trace_syscall(pid), STOPPED_IN_SYSCALL);
    CHECK_EQ(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info), 80);
    CHECK_EQ(info.entry.nr, SYS_close);
    CHECK_EQ(trace_syscall(pid), STOPPED_IN_SYSCALL);
    /* Only as much as there is room for. */
    info.exit.is_error = 7;
    CHECK_EQ(ptrace(PTRACE_GET_SYSCALL_INFO, pid, 32, &info), 33);
    CHECK_EQ(info.exit.rval, -EBADF);
    CHECK_EQ(info.exit.is_error, 7);
    CHECK_EQ(ptrace(PTRACE_GET_SYSCALL_INFO, pid, 33, &info), 33);
    CHECK_EQ(info.exit.is_error, 1);
    CHECK_EQ(trace_cont(pid, 0), EXITED_WITH(0));
}

static void three_calls(void)
{
    long a = syscall(SYS_close, -1), error = errno, b, c;

    b = syscall(SYS_getpid);
    c = syscall(SYS_getuid);
    _exit(a == -1 && error == ENOSYS && b == 4711 && c == getppid() ? 0 : 1);
}

/* To the entry of a call, other than those of libc's own in between. */
static void enter(pid_t pid, long number, regs_t *regs)
{
    for (;;) {
        CHECK_EQ(trace_syscall(pid), STOPPED_IN_SYSCALL);
        trace_get_regs(pid, regs);
        if (regs->a7 == (unsigned long)number)
            return;
        CHECK_EQ(trace_syscall(pid), STOPPED_IN_SYSCALL);
    }
}

TEST("I-08 the tracer skips a call, changes its result, makes another of it")
{
    pid_t pid = trace_start(three_calls);
    regs_t regs;

    CHECK_EQ(ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD), 0);
    enter(pid, SYS_close, &regs);
    regs.a7 = -1;
    trace_set_regs(pid, &regs);
    CHECK_EQ(trace_syscall(pid), STOPPED_IN_SYSCALL);
    trace_get_regs(pid, &regs);
    CHECK_EQ(regs.a0, -ENOSYS);

    enter(pid, SYS_getpid, &regs);
    CHECK_EQ(trace_syscall(pid), STOPPED_IN_SYSCALL);
    trace_get_regs(pid, &regs);
    CHECK_EQ(regs.a0, pid);
    regs.a0 = 4711;
    trace_set_regs(pid, &regs);

    enter(pid, SYS_getuid, &regs);
    regs.a7 = SYS_getppid;
    trace_set_regs(pid, &regs);
    CHECK_EQ(trace_syscall(pid), STOPPED_IN_SYSCALL);
    CHECK_EQ(trace_cont(pid, 0), EXITED_WITH(0));
}

static int pipe_ends[2];

static void write_to_pipe(void)
{
    _exit(syscall(SYS_write, -1, "abc", 3) == 3 ? 0 : 1);
}

TEST("I-08 the tracer changes arguments, a0 as well, and callee-saved registers")
{
    char buf[8] = { 0 };
    regs_t regs;
    pid_t pid;

    CHECK_EQ(pipe(pipe_ends), 0);
    pid = trace_start(write_to_pipe);
    CHECK_EQ(ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD), 0);
    enter(pid, SYS_write, &regs);
    CHECK_EQ((int)regs.a0, -1);
    regs.a0 = pipe_ends[1];
    regs.s11 ^= 0x5a5a5a;
    trace_set_regs(pid, &regs);
    CHECK_EQ(trace_syscall(pid), STOPPED_IN_SYSCALL);
    unsigned long s11 = regs.s11;
    trace_get_regs(pid, &regs);
    CHECK_EQ(regs.s11, s11);
    regs.s11 ^= 0x5a5a5a;
    trace_set_regs(pid, &regs);
    CHECK_EQ(trace_cont(pid, 0), EXITED_WITH(0));
    CHECK_EQ(read(pipe_ends[0], buf, sizeof(buf)), 3);
    CHECK_EQ(strcmp(buf, "abc"), 0);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

static void keep_registers(void)
{
    register long a7 asm("a7") = SYS_getpid;
    register long a0 asm("a0");
    register long s10 asm("s10") = 1;
    register long t5 asm("t5") = 2;

    asm volatile("ecall" : "=r"(a0), "+r"(s10), "+r"(t5) : "r"(a7) : "memory");
    _exit(s10 == 42 && t5 == 43 ? 0 : 1);
}

TEST("I-08 registers that are changed in a call's stops reach the program")
{
    for (int stop = 0; stop < 2; stop++) {
        pid_t pid = trace_start(keep_registers);
        regs_t regs;

        CHECK_EQ(ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD), 0);
        do
            enter(pid, SYS_getpid, &regs);
        while (regs.s10 != 1 || regs.t5 != 2);
        if (stop)
            CHECK_EQ(trace_syscall(pid), STOPPED_IN_SYSCALL);
        trace_get_regs(pid, &regs);
        regs.s10 = 42;
        regs.t5 = 43;
        trace_set_regs(pid, &regs);
        CHECK_EQ(trace_cont(pid, 0), EXITED_WITH(0));
    }
}

/* --- what is refused --- */

TEST("I-08 unknown requests, single steps and GETREGS are EIO, as on Linux")
{
    const int requests[] = { PTRACE_SINGLESTEP, PTRACE_GETREGS, PTRACE_SETREGS,
                             PTRACE_PEEKUSER, PTRACE_POKEUSER, 31, 0x4711, -1 };
    pid_t pid = trace_start(nothing);
    long data[64];

    for (unsigned i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
        CHECK_FAILS(syscall(SYS_ptrace, requests[i], pid, 0, data), EIO);
    CHECK_FAILS(ptrace(PTRACE_CONT, pid, 0, 65), EIO);
    CHECK_FAILS(ptrace(PTRACE_SYSCALL, pid, 0, -1), EIO);
    CHECK_FAILS(ptrace(PTRACE_DETACH, pid, 0, 100), EIO);
    CHECK_FAILS(ptrace(PTRACE_INTERRUPT, pid, 0, 0), EIO);
    CHECK_FAILS(ptrace(PTRACE_LISTEN, pid, 0, 0), EIO);
    CHECK_FAILS(ptrace(PTRACE_SETOPTIONS, pid, 0, 1 << 7), EINVAL);
    CHECK_FAILS(ptrace(PTRACE_SETOPTIONS, pid, 0, 1 << 30), EINVAL);
    CHECK_EQ(trace_cont(pid, 0), EXITED_WITH(0));
    CHECK_FAILS(ptrace(PTRACE_CONT, pid, 0, 0), ESRCH);
}

TEST("I-08 who is not stopped, or not mine, is ESRCH")
{
    pid_t mine = trace_start(sleep_for_ever), other = child_start(sleep_for_ever);
    long data;

    CHECK_EQ(ptrace(PTRACE_CONT, mine, 0, 0), 0);
    CHECK_FAILS(ptrace(PTRACE_CONT, mine, 0, 0), ESRCH);
    CHECK_FAILS(ptrace(PTRACE_PEEKDATA, mine, &word, 0), ESRCH);
    CHECK_FAILS(ptrace(PTRACE_GETEVENTMSG, mine, 0, &data), ESRCH);
    CHECK_FAILS(ptrace(0x4711, mine, 0, 0), ESRCH);
    CHECK_FAILS(ptrace(PTRACE_CONT, other, 0, 0), ESRCH);
    CHECK_FAILS(ptrace(PTRACE_KILL, other, 0, 0), ESRCH);
    CHECK_FAILS(ptrace(PTRACE_ATTACH, 32767, 0, 0), ESRCH);
    CHECK_FAILS(ptrace(PTRACE_ATTACH, -1, 0, 0), ESRCH);
    CHECK_EQ(waitpid(other, NULL, WNOHANG), 0);
    kill_and_reap(mine);
    kill_and_reap(other);
}

static void attach_to_parent_of(void)
{
    CHECK_FAILS(ptrace(PTRACE_TRACEME, 0, 0, 0), EPERM);
}

TEST("I-08 EPERM: oneself, the first process, whoever is traced already")
{
    pid_t pid = trace_start(attach_to_parent_of);

    CHECK_FAILS(ptrace(PTRACE_ATTACH, getpid(), 0, 0), EPERM);
    CHECK_FAILS(ptrace(PTRACE_ATTACH, 1, 0, 0), EPERM);
    CHECK_FAILS(ptrace(PTRACE_ATTACH, pid, 0, 0), EPERM);
    CHECK_FAILS(ptrace(PTRACE_SEIZE, pid, 0, 0), EPERM);
    CHECK_FAILS(ptrace(PTRACE_SEIZE, pid, 1, 0), EIO);
    CHECK_FAILS(ptrace(PTRACE_SEIZE, pid, 0, 1 << 30), EIO);
    CHECK_EQ(trace_cont(pid, 0), EXITED_WITH(0));
}

static pid_t target;

static void attach_as_user(void)
{
    CHECK_EQ(setresgid(1000, 1000, 1000), 0);
    CHECK_EQ(setresuid(1000, 1000, 1000), 0);
    CHECK_FAILS(ptrace(PTRACE_ATTACH, target, 0, 0), EPERM);
    CHECK_FAILS(ptrace(PTRACE_SEIZE, target, 0, 0), EPERM);
}

static void be_a_user_then_sleep(void)
{
    CHECK_EQ(setresgid(1000, 1000, 1000), 0);
    CHECK_EQ(setresuid(1000, 1000, 1000), 0);
    CHECK_EQ(prctl(PR_SET_DUMPABLE, 0), 0);
    kill(getpid(), SIGSTOP);
    sleep_for_ever();
}

TEST("I-08 EPERM: other users' processes, and those that are not dumpable")
{
    int status;

    target = child_start(sleep_for_ever);
    CHECK_EXITS(child_start(attach_as_user), 0);
    kill_and_reap(target);
    target = child_start(be_a_user_then_sleep);
    CHECK_EQ(waitpid(target, &status, WUNTRACED), target);
    CHECK_EXITS(child_start(attach_as_user), 0);
    kill_and_reap(target);
}

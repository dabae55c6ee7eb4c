/*
 * t_sigframe.c - handlers: what they are called with and what survives them
 * (lwp.md rows G-10, G-19, G-23; peers.md P3, P9; seeds.md S32).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <ucontext.h>

static volatile int calls;
static siginfo_t last_info;

static void catch_with(int signo, void (*fn)(int, siginfo_t *, void *),
                       int flags)
{
    struct sigaction action = { .sa_flags = flags | SA_SIGINFO };

    action.sa_sigaction = fn;
    CHECK_EQ(sigaction(signo, &action, NULL), 0);
}

/* kill(getpid(), SIGUSR1) with the stack pointer at `sp`. */
static long kill_on_stack(void *sp)
{
    register long a0 asm("a0") = getpid();
    register long a1 asm("a1") = SIGUSR1, a7 asm("a7") = SYS_kill;

    asm volatile("mv s2, sp\n\t"
                 "mv sp, %3\n\t"
                 "ecall\n\t"
                 "mv sp, s2"
                 : "+r"(a0) : "r"(a1), "r"(a7), "r"(sp) : "s2", "memory");
    return a0;
}

/* --- registers --- */

static void spoil_registers(int signo, siginfo_t *info, void *arg)
{
    ucontext_t *context = arg;

    (void)signo;
    (void)info;
    calls++;
    asm volatile("li s3, -1\n\t"
                 "li t5, -1\n\t"
                 "li a6, -1\n\t"
                 "fmv.d.x fs0, zero\n\t"
                 "fmv.d.x ft3, zero\n\t"
                 "csrw fcsr, zero"
                 : : : "s3", "t5", "a6", "fs0", "ft3");
    context->uc_mcontext.__gregs[18] += 5;          /* s2 */
}

TEST("G-10 all registers survive a handler, and it may change them")
{
    long s2, s3, t5, a6, rounding;
    double f0, f3;

    catch_with(SIGUSR1, spoil_registers, 0);

    register long a0 asm("a0") = getpid();
    register long a1 asm("a1") = SIGUSR1, a7 asm("a7") = SYS_kill;

    asm volatile("li s2, 111\n\t"
                 "li s3, 222\n\t"
                 "li t5, 333\n\t"
                 "li a6, 444\n\t"
                 "fcvt.d.w fs0, s2\n\t"
                 "fcvt.d.w ft3, s3\n\t"
                 "csrwi fcsr, 12\n\t"
                 "ecall\n\t"
                 "mv %1, s2\n\t"
                 "mv %2, s3\n\t"
                 "mv %3, t5\n\t"
                 "mv %4, a6\n\t"
                 "fmv.d %5, fs0\n\t"
                 "fmv.d %6, ft3\n\t"
                 "csrr %7, fcsr\n\t"
                 "csrw fcsr, zero"
                 : "+r"(a0), "=&r"(s2), "=&r"(s3), "=&r"(t5), "=&r"(a6),
                   "=&f"(f0), "=&f"(f3), "=&r"(rounding)
                 : "r"(a1), "r"(a7)
                 : "s2", "s3", "t5", "a6", "fs0", "ft3", "memory");
    CHECK_EQ(a0, 0);
    CHECK_EQ(calls, 1);
    CHECK_EQ(s2, 116);
    CHECK_EQ(s3, 222);
    CHECK_EQ(t5, 333);
    CHECK_EQ(a6, 444);
    CHECK(f0 == 111 && f3 == 222);
    CHECK_EQ(rounding, 12);
}

static void check_alignment(int signo, siginfo_t *info, void *context)
{
    CHECK_EQ(signo, SIGUSR1);
    CHECK_EQ(info->si_pid, getpid());
    CHECK_EQ((uintptr_t)context % 16, 0);
    CHECK_EQ((char *)context - (char *)info, 128);
    calls++;
}

TEST("G-10 frames at every place of a page, on a stack not touched before")
{
    size_t size = 64 << 10;
    char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(stack != MAP_FAILED);
    CHECK_EQ(sizeof(ucontext_t), 960);
    catch_with(SIGUSR1, check_alignment, 0);
    for (int offset = 0; offset < 4096; offset += 8) {
        CHECK_EQ(kill_on_stack(stack + size - offset), 0);
        CHECK_EQ(calls, offset / 8 + 1);
        CHECK_EQ(madvise(stack, size, MADV_DONTNEED), 0);
    }
}

static void nest(int signo, siginfo_t *info, void *context)
{
    (void)info;
    (void)context;
    if (++calls < 8)
        raise(signo == SIGUSR1 ? SIGUSR2 : SIGUSR1);
}

TEST("P3 handlers nest eight deep")
{
    catch_with(SIGUSR1, nest, SA_NODEFER);
    catch_with(SIGUSR2, nest, SA_NODEFER);
    raise(SIGUSR1);
    CHECK_EQ(calls, 8);
}

/* --- the two layouts of struct sigaction --- */

struct plain_action {
    void (*handler)(int);
    unsigned long flags, mask;
    unsigned long beyond;               /* not the kernel's to write */
};

static void count(int signo)
{
    (void)signo;
    calls++;
}

static void use_plain_layout(void)
{
    struct plain_action action = { .handler = count, .mask = 0x200 };
    struct plain_action old = { .beyond = 0x1234 };

    CHECK_EQ(syscall(SYS_rt_sigaction, SIGUSR1, &action, NULL, 8), 0);
    CHECK_EQ(syscall(SYS_rt_sigaction, SIGUSR1, NULL, &old, 8), 0);
    CHECK(old.handler == count);
    CHECK_EQ(old.mask, 0x200);
    CHECK_EQ(old.beyond, 0x1234);
    raise(SIGUSR1);                     /* back through the vDSO */
    CHECK_EQ(calls, 1);
    CHECK_FAILS(syscall(SYS_rt_sigaction, SIGUSR1, &action, NULL, 4), EINVAL);
    CHECK_FAILS(syscall(SYS_rt_sigaction, SIGUSR1, 8, NULL, 8), EFAULT);
}

TEST("S32 a handler without a restorer returns; Linux's struct sigaction")
{
    CHECK_EQ(tap_in_child(use_plain_layout), 0);
}

TEST("P9 the page that handlers return through can't be written")
{
    unsigned long page = getauxval(AT_SYSINFO_EHDR) & -4096ul;
    pid_t pid;

    CHECK(page);
    CHECK_FAILS(mprotect((void *)page, 4096, PROT_READ | PROT_WRITE), EACCES);
    pid = child_fork();
    if (pid == 0) {
        *(volatile int *)page = 0;
        _exit(1);
    }
    CHECK_KILLED(pid, SIGSEGV);
}

/* --- other stacks --- */

static char other_stack[16384] __attribute__((aligned(16)));

static void look_at_stack(int signo, siginfo_t *info, void *context)
{
    stack_t now, none = { .ss_flags = SS_DISABLE };
    char here;

    (void)signo;
    (void)info;
    (void)context;
    CHECK(&here >= other_stack && &here < other_stack + sizeof(other_stack));
    CHECK_EQ(sigaltstack(NULL, &now), 0);
    CHECK_EQ(now.ss_flags, SS_ONSTACK);
    CHECK_FAILS(sigaltstack(&none, NULL), EPERM);
    calls++;
}

TEST("G-19 sigaltstack: used, told, not changed while in use")
{
    stack_t stack = { .ss_sp = other_stack, .ss_size = sizeof(other_stack) };
    stack_t old;

    CHECK_EQ(sigaltstack(&stack, &old), 0);
    CHECK_EQ(old.ss_flags, SS_DISABLE);
    catch_with(SIGUSR1, look_at_stack, SA_ONSTACK);
    raise(SIGUSR1);
    raise(SIGUSR1);
    CHECK_EQ(calls, 2);
    CHECK_EQ(sigaltstack(NULL, &old), 0);
    CHECK_EQ(old.ss_flags, 0);
    stack.ss_flags = 77;
    CHECK_FAILS(sigaltstack(&stack, NULL), EINVAL);
    stack.ss_flags = 0;
    stack.ss_size = 100;
    CHECK_FAILS(sigaltstack(&stack, NULL), ENOMEM);
}

static sigjmp_buf back;

static void jump_back(int signo, siginfo_t *info, void *context)
{
    (void)context;
    last_info = *info;
    siglongjmp(back, signo);
}

static int recurse(int depth)
{
    volatile char room[4096];

    room[0] = depth;
    return depth ? recurse(depth - 1) + room[0] : 0;
}

TEST("G-19 a stack overflow is handled on the other stack")
{
    stack_t stack = { .ss_sp = other_stack, .ss_size = sizeof(other_stack) };
    int signo;

    CHECK_EQ(sigaltstack(&stack, NULL), 0);
    catch_with(SIGSEGV, jump_back, SA_ONSTACK);
    signo = sigsetjmp(back, 1);
    if (!signo)
        recurse(1 << 20);
    CHECK_EQ(signo, SIGSEGV);
}

/* --- faults --- */

static char *read_only;

static volatile int *volatile nowhere = (volatile int *)16;

static void store_to_nothing(void) { *nowhere = 1; }
static void store_to_constant(void) { *(volatile char *)read_only = 1; }
static void do_nonsense(void) { asm volatile(".4byte 0xffffffff"); }
static void do_breakpoint(void) { asm volatile("ebreak"); }
static void jump_to_nothing(void) { ((void (*)(void))(uintptr_t)0)(); }

static void check_fault(void (*fault)(void), int signo, int code)
{
    int got;

    catch_with(signo, jump_back, 0);
    got = sigsetjmp(back, 1);
    if (!got)
        fault();
    CHECK_EQ(got, signo);
    CHECK_EQ(last_info.si_code, code);
}

TEST("G-23 faults have their signal, code and address")
{
    read_only = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check_fault(store_to_nothing, SIGSEGV, SEGV_MAPERR);
    CHECK_EQ(last_info.si_addr, 16);
    check_fault(store_to_constant, SIGSEGV, SEGV_ACCERR);
    CHECK_EQ(last_info.si_addr, read_only);
    check_fault(do_nonsense, SIGILL, ILL_ILLOPC);
    check_fault(do_breakpoint, SIGTRAP, TRAP_BRKPT);
    check_fault(jump_to_nothing, SIGSEGV, SEGV_MAPERR);
    CHECK_EQ(last_info.si_addr, 0);
}

static void fault_while_blocked(void)
{
    sigset_t all;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    store_to_nothing();
}

static void fault_while_ignored(void)
{
    signal(SIGSEGV, SIG_IGN);
    store_to_nothing();
}

TEST("G-23 a fault that is blocked or ignored ends the process")
{
    CHECK_EQ(tap_in_child(fault_while_blocked) & 0x7f, SIGSEGV);
    CHECK_EQ(tap_in_child(fault_while_ignored) & 0x7f, SIGSEGV);
}

/* --- forged frames --- */

#define KERNEL_ADDRESS 0xffffffc080200000ul

static int what;

static void forge(int signo, siginfo_t *info, void *arg)
{
    ucontext_t *context = arg;
    unsigned long *x = context->uc_mcontext.__gregs;

    (void)signo;
    (void)info;
    switch (what) {
    case 0: x[0] = KERNEL_ADDRESS; break;
    case 1: x[0] = 0; break;
    case 2: memset(x, 0xff, 32 * sizeof(*x)); break;
    case 3: memset(context, 0xff, sizeof(*context)); break;
    case 4: memset(&context->uc_mcontext.__fpregs, 0xff, 528); break;
    }
}

static void return_through_forged(void)
{
    catch_with(SIGUSR1, forge, 0);
    raise(SIGUSR1);
}

TEST("G-10 a forged frame gives SIGSEGV and no privilege")
{
    for (what = 0; what <= 4; what++)
        CHECK_EQ(tap_in_child(return_through_forged) & 0x7f, SIGSEGV);
}

static void return_from_nowhere(void)
{
    asm volatile("li sp, -16\n\t"
                 "li a7, 139\n\t"
                 "ecall");
}

static void handle_on_bad_stack(void)
{
    catch_with(SIGUSR1, check_alignment, 0);
    kill_on_stack((void *)0x1000);
}

TEST("G-10 a wild stack gives SIGSEGV, on the way in and on the way out")
{
    CHECK_EQ(tap_in_child(return_from_nowhere) & 0x7f, SIGSEGV);
    CHECK_EQ(tap_in_child(handle_on_bad_stack) & 0x7f, SIGSEGV);
}

/* --- frames at random --- */

#define FORGERIES 120
#define FORGED_MS 100           /* a frame may lead into an endless loop */

static const unsigned long wild[] = {
    0, 1, -1ul, KERNEL_ADDRESS, 0xffffffc000000000, 0x4000000000,
    0x3ffffffff8, 0x8000000000000000, 0x100000, 0x100001, 0xffffffff,
};
#define WILD (sizeof(wild) / sizeof(wild[0]))

static unsigned long wild_word(void)
{
    return tap_below(2) ? wild[tap_below(WILD)] : tap_random();
}

/* Words anywhere in the frame, a few or all. */
static void scribble(unsigned long *words, size_t count)
{
    size_t n = tap_below(4) ? 1 + tap_below(6) : count;

    for (size_t i = 0; i < n; i++)
        words[tap_below(count)] = wild_word();
}

static void forge_at_random(int signo, siginfo_t *info, void *arg)
{
    (void)signo;
    (void)arg;
    /* siginfo_t comes first, then the ucontext_t. */
    scribble((unsigned long *)info, (128 + 960) / 8);
}

static void return_through_random(void)
{
    catch_with(SIGUSR1, forge_at_random, 0);
    for (;;)
        raise(SIGUSR1);
}

/* However it ends or loops, it can be killed, and it was one of these. */
static void run_forgery(void (*body)(void), int number)
{
    pid_t pid = child_fork();
    int status, left = FORGED_MS;

    if (pid == 0) {
        tap_series(number);
        body();
        _exit(0);
    }
    while (waitpid(pid, &status, WNOHANG) == 0 && left--)
        sleep_ms(1);
    if (left < 0) {
        kill(pid, SIGKILL);
        status = child_wait(pid);
    }
    if (WIFSIGNALED(status))
        CHECK(WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS ||
              WTERMSIG(status) == SIGILL || WTERMSIG(status) == SIGTRAP ||
              WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGABRT);
}

TEST("G-10 frames with anything in them")
{
    for (int i = 0; i < FORGERIES; i++)
        run_forgery(return_through_random, i);
}

static void return_at(unsigned long sp)
{
    asm volatile("mv sp, %0\n\t"
                 "li a7, 139\n\t"
                 "ecall\n\t"
                 "unimp"
                 : : "r"(sp) : "a7", "memory");
}

/* A frame of zeros leads to address 0. */
TEST("G-10 sigreturn with the stack anywhere")
{
    char *pages = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned long base = (unsigned long)pages;
    const unsigned long places[] = {
        base, base + 8, base + 1, base + 4096 - 512, base + 4096 - 16,
        base + 4096, base + 2 * 4096, base + 3 * 4096 - 512,
    };

    CHECK(munmap(pages + 4096, 4096) == 0);
    CHECK(mprotect(pages + 2 * 4096, 4096, PROT_READ) == 0);
    CHECK(mprotect(pages + 3 * 4096, 4096, PROT_NONE) == 0);
    for (size_t i = 0; i < WILD + sizeof(places) / sizeof(places[0]); i++) {
        pid_t pid = child_fork();

        if (pid == 0)
            return_at(i < WILD ? wild[i] : places[i - WILD]);
        CHECK_KILLED(pid, SIGSEGV);
    }
}

/* --- frames that change, or go away, while they are used --- */

static void *change_frame(void *arg)
{
    char *stack = arg;

    for (;;) {
        if (tap_below(2))
            scribble((unsigned long *)(stack + 16384 - 1088), 1088 / 8);
        else if (tap_below(2))
            mprotect(stack + 8192, 8192, tap_below(2) ? PROT_NONE : PROT_READ);
        else
            munmap(stack + 12288, 4096);
        mmap(stack, 16384, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    }
    return NULL;
}

static void use_changing_frame(void)
{
    stack_t stack = { .ss_size = 16384 };
    pthread_t thread;

    stack.ss_sp = mmap(NULL, 16384, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_EQ(sigaltstack(&stack, NULL), 0);
    signal(SIGSEGV, SIG_DFL);
    catch_with(SIGUSR1, forge_at_random, SA_ONSTACK);
    CHECK_EQ(pthread_create(&thread, NULL, change_frame, stack.ss_sp), 0);
    for (;;)
        raise(SIGUSR1);
}

TEST("G-10 another thread changes frames while they are made and taken back")
{
    for (int i = 0; i < FORGERIES / 2; i++)
        run_forgery(use_changing_frame, i);
}

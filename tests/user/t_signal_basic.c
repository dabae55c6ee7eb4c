/*
 * t_signal_basic.c - signals: default actions, handlers, masks, stopping
 * (rows G-03..G-19; peers' P2, P3).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>

static volatile sig_atomic_t count, depth, deepest, last_signo;

static void count_signal(int signo)
{
    last_signo = signo;
    count++;
}

static void catch_signal(int signo, void (*handler)(int), int flags)
{
    struct sigaction act = { .sa_handler = handler, .sa_flags = flags };

    CHECK(sigaction(signo, &act, NULL) == 0);
}

static sigset_t set_of(int signo)
{
    sigset_t set;

    sigemptyset(&set);
    if (signo)
        sigaddset(&set, signo);
    return set;
}

static void set_mask(int how, int signo)
{
    sigset_t set = set_of(signo);

    CHECK(sigprocmask(how, &set, NULL) == 0);
}

static void sleep_for_ever(void)
{
    for (;;)
        pause();
}

/* --- default actions --- */

enum action { ENDS, CORE, IGNORED, STOPS };

static enum action default_action(int signo)
{
    switch (signo) {
    case SIGQUIT: case SIGILL: case SIGTRAP: case SIGABRT: case SIGBUS:
    case SIGFPE: case SIGSEGV: case SIGXCPU: case SIGXFSZ: case SIGSYS:
        return CORE;
    case SIGCHLD: case SIGURG: case SIGWINCH: case SIGCONT:
        return IGNORED;
    case SIGSTOP: case SIGTSTP: case SIGTTIN: case SIGTTOU:
        return STOPS;
    default:
        return ENDS;
    }
}

static void check_default(int signo)
{
    /* In a group that is not orphaned, so that SIGTSTP stops. */
    pid_t pid = child_start(sleep_for_ever);
    int status;

    CHECK(kill(pid, signo) == 0);
    switch (default_action(signo)) {
    case IGNORED:
        sleep_ms(5);
        CHECK_EQ(waitpid(pid, &status, WNOHANG | WUNTRACED), 0);
        break;
    case STOPS:
        CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
        CHECK(WIFSTOPPED(status));
        CHECK_EQ(WSTOPSIG(status), signo);
        break;
    default:
        CHECK_KILLED(pid, signo);
        return;
    }
    CHECK(kill(pid, SIGKILL) == 0);
    CHECK_KILLED(pid, SIGKILL);
}

TEST("G-13 the default action of each of the 31 signals, and of real-time ones")
{
    /* A middle process keeps the group from being orphaned. */
    pid_t pid;

    CHECK(setpgid(0, 0) == 0);
    pid = child_fork();
    if (pid == 0) {
        CHECK(setpgid(0, 0) == 0);
        for (int signo = 1; signo <= 31; signo++)
            check_default(signo);
        check_default(SIGRTMIN);
        check_default(64);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
}

TEST("G-13 SIGKILL and SIGSTOP can be neither caught nor blocked")
{
    struct sigaction act = { .sa_handler = count_signal };
    sigset_t all;

    CHECK_FAILS(sigaction(SIGKILL, &act, NULL), EINVAL);
    CHECK_FAILS(sigaction(SIGSTOP, &act, NULL), EINVAL);
    CHECK(sigaction(SIGKILL, NULL, &act) == 0);
    CHECK(act.sa_handler == SIG_DFL);
    CHECK_FAILS(sigaction(0, &act, NULL), EINVAL);
    CHECK_FAILS(syscall(SYS_rt_sigaction, 65, &act, NULL, 8), EINVAL);
    CHECK_FAILS(syscall(SYS_rt_sigaction, 10, NULL, NULL, 4), EINVAL);
    sigfillset(&all);
    CHECK(sigprocmask(SIG_SETMASK, &all, NULL) == 0);
    CHECK(sigprocmask(SIG_SETMASK, NULL, &all) == 0);
    CHECK(!sigismember(&all, SIGKILL) && !sigismember(&all, SIGSTOP));
}

/* --- handlers --- */

static siginfo_t info;
static uintptr_t handler_pc, handler_sp;

static void keep_info(int signo, siginfo_t *given, void *context)
{
    ucontext_t *uc = context;

    last_signo = signo;
    info = *given;
    handler_pc = uc->uc_mcontext.__gregs[REG_PC];
    handler_sp = uc->uc_mcontext.__gregs[REG_SP];
}

TEST("G-10 SA_SIGINFO: who sent it, and what was interrupted")
{
    struct sigaction act = { .sa_sigaction = keep_info, .sa_flags = SA_SIGINFO };
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    union sigval value = { .sival_int = 4711 };

    CHECK(sigaction(SIGUSR1, &act, NULL) == 0);
    CHECK(kill(getpid(), SIGUSR1) == 0);
    CHECK_EQ(last_signo, SIGUSR1);
    CHECK_EQ(info.si_signo, SIGUSR1);
    CHECK_EQ(info.si_code, SI_USER);
    CHECK_EQ(info.si_pid, getpid());
    CHECK_EQ(info.si_uid, getuid());
    CHECK(handler_pc >= 0x100000 && handler_sp <= here &&
          handler_sp > here - 4096);
    CHECK(sigqueue(getpid(), SIGUSR1, value) == 0);
    CHECK_EQ(info.si_code, SI_QUEUE);
    CHECK_EQ(info.si_value.sival_int, 4711);
    CHECK(raise(SIGUSR1) == 0);
    CHECK_EQ(info.si_code, SI_TKILL);
}

static volatile sig_atomic_t blocked_inside;

static void look_at_mask(int signo)
{
    sigset_t set;

    sigprocmask(SIG_BLOCK, NULL, &set);
    blocked_inside = sigismember(&set, signo) |
                     sigismember(&set, SIGUSR2) << 1;
}

TEST("G-03 the mask during a handler: the signal, sa_mask, SA_NODEFER")
{
    struct sigaction act = { .sa_handler = look_at_mask };
    sigset_t after;

    sigaddset(&act.sa_mask, SIGUSR2);
    CHECK(sigaction(SIGUSR1, &act, NULL) == 0 && raise(SIGUSR1) == 0);
    CHECK_EQ(blocked_inside, 3);
    act.sa_flags = SA_NODEFER;
    sigemptyset(&act.sa_mask);
    CHECK(sigaction(SIGUSR1, &act, NULL) == 0 && raise(SIGUSR1) == 0);
    CHECK_EQ(blocked_inside, 0);
    CHECK(sigprocmask(SIG_BLOCK, NULL, &after) == 0);
    CHECK(!sigismember(&after, SIGUSR1) && !sigismember(&after, SIGUSR2));
}

TEST("G-03 SA_RESETHAND once; flags can be taken away; the old action is told")
{
    struct sigaction act = { .sa_handler = count_signal,
                             .sa_flags = SA_RESETHAND }, old;

    CHECK(sigaction(SIGUSR1, &act, NULL) == 0 && raise(SIGUSR1) == 0);
    CHECK_EQ(count, 1);
    CHECK(sigaction(SIGUSR1, NULL, &old) == 0);
    CHECK(old.sa_handler == SIG_DFL);
    act.sa_flags = SA_SIGINFO | SA_RESTART;
    CHECK(sigaction(SIGUSR1, &act, NULL) == 0);
    act.sa_flags = 0;
    CHECK(sigaction(SIGUSR1, &act, &old) == 0);
    CHECK_EQ(old.sa_flags & (SA_SIGINFO | SA_RESTART), SA_SIGINFO | SA_RESTART);
    CHECK(sigaction(SIGUSR1, NULL, &old) == 0);
    CHECK_EQ(old.sa_flags & (SA_SIGINFO | SA_RESTART), 0);
}

static void nest(int signo)
{
    int mine = ++depth;

    if (deepest < depth)
        deepest = depth;
    if (depth < 8)
        raise(signo == SIGUSR1 ? SIGUSR2 : SIGUSR1);
    if (depth-- != mine)
        deepest = 99;
}

TEST("P3 handlers within handlers, eight deep, each comes back")
{
    catch_signal(SIGUSR1, nest, SA_NODEFER);
    catch_signal(SIGUSR2, nest, SA_NODEFER);
    for (int i = 0; i < 100; i++)
        CHECK(raise(SIGUSR1) == 0);
    CHECK_EQ(deepest, 8);
    CHECK_EQ(depth, 0);
}

/* --- the alternate stack --- */

static char alternate[16384];
static volatile sig_atomic_t on_alternate;

static void where_am_i(int signo)
{
    char here;

    (void)signo;
    on_alternate = &here >= alternate && &here < alternate + sizeof(alternate);
}

static void overflow_handler(int signo)
{
    (void)signo;
    _exit(on_alternate == 0 ? 42 : 1);
}

static int recurse(int n)
{
    volatile char frame[4096];

    frame[0] = n;
    return n ? recurse(n + 1) + frame[0] : 0;
}

static void overflow_stack(void)
{
    recurse(1);
}

TEST("G-19 sigaltstack: used with SA_ONSTACK only, survives an overflow")
{
    stack_t stack = { .ss_sp = alternate, .ss_size = sizeof(alternate) }, old;
    int status;

    CHECK(sigaltstack(NULL, &old) == 0);
    CHECK_EQ(old.ss_flags, SS_DISABLE);
    CHECK(sigaltstack(&stack, NULL) == 0);
    catch_signal(SIGUSR1, where_am_i, 0);
    CHECK(raise(SIGUSR1) == 0);
    CHECK_EQ(on_alternate, 0);
    catch_signal(SIGUSR1, where_am_i, SA_ONSTACK);
    CHECK(raise(SIGUSR1) == 0);
    CHECK_EQ(on_alternate, 1);
    on_alternate = 0;
    catch_signal(SIGSEGV, overflow_handler, SA_ONSTACK);
    status = tap_in_child(overflow_stack);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 42);
    stack.ss_size = 100;
    CHECK_FAILS(sigaltstack(&stack, NULL), ENOMEM);
    stack.ss_flags = 99;
    CHECK_FAILS(sigaltstack(&stack, NULL), EINVAL);
}

/* --- blocked and pending --- */

TEST("G-17 a blocked signal is pending, once, and comes when unblocked")
{
    sigset_t pending;

    catch_signal(SIGUSR1, count_signal, 0);
    set_mask(SIG_BLOCK, SIGUSR1);
    for (int i = 0; i < 3; i++)
        CHECK(kill(getpid(), SIGUSR1) == 0);
    CHECK_EQ(count, 0);
    CHECK(sigpending(&pending) == 0);
    CHECK(sigismember(&pending, SIGUSR1) && !sigismember(&pending, SIGUSR2));
    set_mask(SIG_UNBLOCK, SIGUSR1);
    CHECK_EQ(count, 1);
    CHECK(sigpending(&pending) == 0 && !sigismember(&pending, SIGUSR1));
    set_mask(SIG_BLOCK, SIGUSR1);
    CHECK(raise(SIGUSR1) == 0);
    catch_signal(SIGUSR1, SIG_IGN, 0);          /* drops it */
    catch_signal(SIGUSR1, count_signal, 0);
    set_mask(SIG_UNBLOCK, SIGUSR1);
    CHECK_EQ(count, 1);
}

static int order[8], values[8], orders;

static void keep_order(int signo, siginfo_t *given, void *context)
{
    (void)context;
    values[orders] = given->si_value.sival_int;
    order[orders++] = signo;
}

TEST("G-07 real-time signals queue in order, lower numbers first")
{
    struct sigaction act = { .sa_sigaction = keep_order,
                             .sa_flags = SA_SIGINFO };
    sigset_t all, old;

    sigfillset(&act.sa_mask);
    sigfillset(&all);
    CHECK(sigaction(SIGRTMIN, &act, NULL) == 0);
    CHECK(sigaction(SIGRTMIN + 1, &act, NULL) == 0);
    CHECK(sigprocmask(SIG_BLOCK, &all, &old) == 0);
    for (int i = 0; i < 3; i++)
        CHECK(sigqueue(getpid(), SIGRTMIN + 1,
                       (union sigval){ .sival_int = i }) == 0);
    CHECK(sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 9 }) == 0);
    CHECK(sigprocmask(SIG_SETMASK, &old, NULL) == 0);
    CHECK_EQ(orders, 4);
    /* The first one delivered is the last frame built: it runs first. */
    CHECK_EQ(values[0], 9);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(values[i + 1], i);
}

TEST("G-19 sigsuspend: nothing is lost between unblocking and sleeping")
{
    sigset_t none = set_of(0), now;
    pid_t parent = getpid(), pid;

    catch_signal(SIGUSR1, count_signal, 0);
    set_mask(SIG_BLOCK, SIGUSR1);
    pid = child_fork();
    if (pid == 0) {
        for (int i = 0; i < 300; i++) {
            CHECK(kill(parent, SIGUSR1) == 0);
            set_mask(SIG_BLOCK, SIGUSR1);
            CHECK_EQ(sigsuspend(&none), -1);
        }
        _exit(0);
    }
    for (int i = 0; i < 300; i++) {
        CHECK_FAILS(sigsuspend(&none), EINTR);
        CHECK_EQ(count, i + 1);
        CHECK(kill(pid, SIGUSR1) == 0);
    }
    CHECK(sigprocmask(SIG_BLOCK, NULL, &now) == 0);
    CHECK(sigismember(&now, SIGUSR1));
    CHECK_EXITS(pid, 0);
}

TEST("G-18 sigtimedwait: takes, times out, is interrupted; SIGCHLD, too")
{
    struct timespec zero = { 0, 0 }, some = { 0, 30000000 }, long_ = { 5, 0 };
    sigset_t set = set_of(SIGUSR1), chld = set_of(SIGCHLD);
    int64_t start = tap_now();
    siginfo_t si;
    pid_t pid;

    set_mask(SIG_BLOCK, SIGUSR1);
    CHECK_FAILS(sigtimedwait(&set, &si, &zero), EAGAIN);
    CHECK_FAILS(sigtimedwait(&set, &si, &some), EAGAIN);
    CHECK(tap_now() - start >= 30000000);
    CHECK(raise(SIGUSR1) == 0);
    CHECK_EQ(sigtimedwait(&set, &si, &zero), SIGUSR1);
    CHECK_EQ(si.si_pid, getpid());
    catch_signal(SIGALRM, count_signal, SA_RESTART);
    ualarm(10000, 0);
    /* The library would try again. */
    CHECK_FAILS(syscall(SYS_rt_sigtimedwait, &set, &si, &long_, 8), EINTR);
    set_mask(SIG_BLOCK, SIGCHLD);
    pid = child_fork();
    if (pid == 0) {
        sleep_ms(20);
        _exit(7);
    }
    CHECK_EQ(sigtimedwait(&chld, &si, &long_), SIGCHLD);
    CHECK_EQ(si.si_pid, pid);
    CHECK_EQ(si.si_code, CLD_EXITED);
    CHECK_EQ(si.si_status, 7);
    CHECK_EXITS(pid, 7);
}

/* --- to whom --- */

TEST("G-05 kill: existence, errors")
{
    pid_t pid = child_start(sleep_for_ever);

    CHECK(kill(pid, 0) == 0);
    CHECK_FAILS(kill(pid, 65), EINVAL);
    CHECK_FAILS(kill(pid, -1), EINVAL);
    CHECK(kill(pid, SIGKILL) == 0);
    sleep_ms(20);
    CHECK(kill(pid, 0) == 0);                   /* a zombie */
    CHECK(kill(pid, SIGTERM) == 0);
    CHECK_KILLED(pid, SIGKILL);
    CHECK_FAILS(kill(pid, 0), ESRCH);
    CHECK_FAILS(kill(-pid, SIGTERM), ESRCH);
    CHECK_FAILS(syscall(SYS_tgkill, getpid(), 99999, 0), ESRCH);
    CHECK_FAILS(syscall(SYS_tkill, 0, 0), EINVAL);
}

TEST("F-13 G-21 kill(-group) and kill(0) reach all members, nobody else")
{
    pid_t group[3], outsider = child_start(sleep_for_ever);

    for (int i = 0; i < 3; i++) {
        group[i] = child_start(sleep_for_ever);
        CHECK(setpgid(group[i], group[0]) == 0);
    }
    CHECK(kill(-group[0], SIGTERM) == 0);
    for (int i = 0; i < 3; i++)
        CHECK_KILLED(group[i], SIGTERM);
    CHECK(setpgid(0, 0) == 0);
    CHECK(setpgid(outsider, 0) == 0);
    group[0] = child_start(sleep_for_ever);
    catch_signal(SIGTERM, count_signal, 0);
    CHECK(kill(0, SIGTERM) == 0);
    CHECK_EQ(count, 1);
    CHECK_KILLED(group[0], SIGTERM);
    CHECK_EQ(waitpid(outsider, NULL, WNOHANG), 0);
    CHECK(kill(outsider, SIGKILL) == 0);
    CHECK_KILLED(outsider, SIGKILL);
}

static void kill_as_user(void)
{
    CHECK(setuid(1000) == 0);
    CHECK_FAILS(kill(1, SIGTERM), EPERM);
    CHECK_FAILS(kill(1, 0), EPERM);
    CHECK_FAILS(kill(getppid(), SIGTERM), EPERM);
    CHECK(kill(getppid(), SIGCONT) == 0);       /* same session */
    CHECK(kill(getpid(), 0) == 0);
    CHECK(kill(-1, SIGUSR2) < 0);               /* nobody else is ours */
}

TEST("G-05 kill: a user may signal its own processes only")
{
    CHECK_EQ(tap_in_child(kill_as_user), 0);
}

TEST("A-14 the first process cannot be killed or stopped")
{
    CHECK(kill(1, SIGKILL) == 0 && kill(1, SIGSTOP) == 0);
    CHECK(kill(1, SIGSEGV) == 0);
    sleep_ms(20);
    CHECK(kill(1, 0) == 0);
}

/* --- stopping --- */

static volatile long *ticks;

static void count_up(void)
{
    for (;;)
        ++*ticks;
}

TEST("P2 SIGSTOP stops, WUNTRACED tells once, SIGCONT goes on, WCONTINUED")
{
    int status;
    pid_t pid;
    long then;

    ticks = child_shared(4096);
    pid = child_start(count_up);
    sleep_ms(20);
    CHECK(kill(pid, SIGSTOP) == 0);
    CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
    CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    CHECK_EQ(waitpid(pid, &status, WUNTRACED | WNOHANG), 0);
    then = *ticks;
    CHECK(kill(pid, SIGTERM) == 0);             /* stays pending */
    sleep_ms(30);
    CHECK_EQ(*ticks, then);
    CHECK_EQ(waitpid(pid, &status, WUNTRACED | WNOHANG), 0);
    CHECK(kill(pid, SIGCONT) == 0);
    CHECK_KILLED(pid, SIGTERM);
    pid = child_start(count_up);
    CHECK(kill(pid, SIGSTOP) == 0);
    CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
    CHECK(kill(pid, SIGCONT) == 0);
    CHECK_EQ(waitpid(pid, &status, WCONTINUED), pid);
    CHECK(WIFCONTINUED(status));
    CHECK_EQ(status, 0xffff);
    CHECK(kill(pid, SIGSTOP) == 0 && kill(pid, SIGKILL) == 0);
    CHECK_KILLED(pid, SIGKILL);
}

static void block_and_ignore_cont(void)
{
    signal(SIGCONT, SIG_IGN);
    set_mask(SIG_BLOCK, SIGCONT);
    set_mask(SIG_BLOCK, SIGTSTP);
    raise(SIGSTOP);
}

TEST("G-16 SIGCONT continues even if blocked and ignored, and drops stops")
{
    pid_t pid = child_start(block_and_ignore_cont);
    int status;

    CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
    CHECK(WIFSTOPPED(status));
    CHECK(kill(pid, SIGTSTP) == 0 && kill(pid, SIGCONT) == 0);
    CHECK_EXITS(pid, 0);
}

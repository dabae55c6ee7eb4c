/*
 * t_signal.c - sending, blocking, queueing and waiting for signals (lwp.md
 * rows G-01..G-09, G-12, G-13, G-17..G-19; peers.md P4).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

static volatile int calls, last;
static volatile int taken[64], taken_count;
static siginfo_t last_info;

static void note(int signo)
{
    calls++;
    last = signo;
    if (taken_count < 64)
        taken[taken_count++] = signo;
}

static void note_info(int signo, siginfo_t *info, void *context)
{
    (void)context;
    note(signo);
    last_info = *info;
}

static void catch_with(int signo, int flags)
{
    struct sigaction action = { .sa_flags = flags | SA_SIGINFO };

    action.sa_sigaction = note_info;
    CHECK_EQ(sigaction(signo, &action, NULL), 0);
}

static void block_all(sigset_t *old)
{
    sigset_t all;

    sigfillset(&all);
    CHECK_EQ(sigprocmask(SIG_SETMASK, &all, old), 0);
}

static sigset_t set_of(int signo)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, signo);
    return set;
}

/* --- actions --- */

TEST("G-01 real-time signals up to 64 can be caught")
{
    for (int signo = SIGRTMIN; signo <= 64; signo++) {
        catch_with(signo, 0);
        CHECK_EQ(kill(getpid(), signo), 0);
        CHECK_EQ(last, signo);
    }
    CHECK_FAILS(kill(getpid(), 65), EINVAL);
    CHECK_FAILS(kill(getpid(), -1), EINVAL);
}

TEST("G-03 sigaction: flags are set and cleared, the old action is told")
{
    struct sigaction action = { .sa_handler = note }, old;

    catch_with(SIGUSR1, SA_RESTART);
    CHECK_EQ(sigaction(SIGUSR1, &action, &old), 0);
    CHECK(old.sa_sigaction == note_info);
    CHECK_EQ(old.sa_flags & (SA_SIGINFO | SA_RESTART), SA_SIGINFO | SA_RESTART);
    CHECK_EQ(sigaction(SIGUSR1, NULL, &old), 0);
    CHECK_EQ(old.sa_flags & (SA_SIGINFO | SA_RESTART), 0);
    CHECK(old.sa_handler == note);
}

TEST("G-03 sigaction: SIGKILL and SIGSTOP may be asked for, not changed")
{
    struct sigaction action = { .sa_handler = note }, old;

    CHECK_FAILS(sigaction(SIGKILL, &action, NULL), EINVAL);
    CHECK_FAILS(sigaction(SIGSTOP, &action, NULL), EINVAL);
    CHECK_EQ(sigaction(SIGKILL, NULL, &old), 0);
    CHECK(old.sa_handler == SIG_DFL);
}

TEST("G-03 SA_RESETHAND: the second signal finds the default action")
{
    struct sigaction old;

    catch_with(SIGUSR1, SA_RESETHAND);
    raise(SIGUSR1);
    CHECK_EQ(calls, 1);
    CHECK_EQ(sigaction(SIGUSR1, NULL, &old), 0);
    CHECK(old.sa_handler == SIG_DFL);
}

TEST("G-03 ignoring a signal drops those that are pending")
{
    sigset_t old, pending;

    block_all(&old);
    kill(getpid(), SIGUSR1);
    signal(SIGUSR1, SIG_IGN);
    CHECK_EQ(sigpending(&pending), 0);
    CHECK(!sigismember(&pending, SIGUSR1));
    catch_with(SIGUSR1, 0);
    sigprocmask(SIG_SETMASK, &old, NULL);
    CHECK_EQ(calls, 0);
}

static int death_of(int signo)
{
    pid_t pid = child_fork();

    if (pid == 0) {
        struct rlimit none = { 0, 0 };

        setrlimit(RLIMIT_CORE, &none);
        kill(getpid(), signo);
        _exit(42);
    }
    return child_wait(pid);
}

TEST("G-13 default actions: what terminates, what is ignored")
{
    for (int signo = 1; signo <= 64; signo++) {
        if (signo >= SIGSTOP && signo <= SIGTTOU)
            continue;                       /* t_stop.c */
        if (signo >= 32 && signo < SIGRTMIN)
            continue;                       /* the C library's own */
        if (signo == SIGCHLD || signo == SIGCONT || signo == SIGURG ||
            signo == SIGWINCH)
            CHECK_EQ(death_of(signo), 42 << 8);
        else
            CHECK_EQ(death_of(signo), signo);
    }
}

TEST("A-14 pid 1 can be neither killed nor stopped")
{
    CHECK_EQ(kill(1, SIGKILL), 0);
    CHECK_EQ(kill(1, SIGSTOP), 0);
    sleep_ms(10);
    CHECK_EQ(kill(1, 0), 0);
}

/* --- kill and its kin --- */

TEST("G-05 kill: nobody is ESRCH, signal 0 asks whether somebody is there")
{
    CHECK_FAILS(kill(99999, 0), ESRCH);
    CHECK_FAILS(kill(-99999, 0), ESRCH);
    CHECK_EQ(kill(getpid(), 0), 0);
    CHECK_EQ(kill(0, 0), 0);
}

static void as_another_user(void)
{
    pid_t parent = getppid();

    CHECK_EQ(setuid(1000), 0);
    CHECK_EQ(kill(getpid(), 0), 0);
    CHECK_FAILS(kill(parent, SIGTERM), EPERM);
    CHECK_FAILS(kill(1, 0), EPERM);
    CHECK_EQ(kill(parent, SIGCONT), 0);     /* the same session */
}

TEST("G-05 kill: another user's processes are EPERM, but for SIGCONT")
{
    CHECK_EQ(tap_in_child(as_another_user), 0);
}

TEST("A-08 a zombie can be signalled and keeps its status")
{
    pid_t pid = child_fork();

    if (pid == 0)
        _exit(9);
    CHECK_EQ(waitid(P_PID, pid, NULL, WEXITED | WNOWAIT), 0);
    CHECK_EQ(kill(pid, 0), 0);
    CHECK_EQ(kill(pid, SIGKILL), 0);
    CHECK_EXITS(pid, 9);
}

TEST("G-06 tkill, tgkill: one thread, of the right process")
{
    catch_with(SIGUSR1, 0);
    CHECK_EQ(syscall(SYS_tkill, getpid(), SIGUSR1), 0);
    CHECK_EQ(last_info.si_code, SI_TKILL);
    CHECK_EQ(syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1), 0);
    CHECK_EQ(calls, 2);
    CHECK_FAILS(syscall(SYS_tgkill, 1, getpid(), 0), ESRCH);
    CHECK_FAILS(syscall(SYS_tgkill, getpid(), 99999, 0), ESRCH);
    CHECK_FAILS(syscall(SYS_tkill, -1, 0), EINVAL);
}

TEST("G-08 rt_sigqueueinfo: who may claim to be the kernel")
{
    siginfo_t info = { .si_code = SI_USER };

    CHECK_FAILS(syscall(SYS_rt_sigqueueinfo, 1, SIGCONT, &info), EPERM);
    info.si_code = SI_TKILL;
    CHECK_FAILS(syscall(SYS_rt_sigqueueinfo, 1, SIGCONT, &info), EPERM);
    CHECK_FAILS(syscall(SYS_rt_sigqueueinfo, getpid(), SIGCONT, 8), EFAULT);
}

/* --- queues --- */

TEST("G-04 SIGKILL and SIGSTOP are never blocked")
{
    sigset_t old, now;

    block_all(&old);
    CHECK_EQ(sigprocmask(SIG_BLOCK, NULL, &now), 0);
    CHECK(!sigismember(&now, SIGKILL) && !sigismember(&now, SIGSTOP));
    CHECK(sigismember(&now, SIGTERM) && sigismember(&now, 64));
    CHECK_FAILS(syscall(SYS_rt_sigprocmask, 9, &old, NULL, 8), EINVAL);
    CHECK_FAILS(syscall(SYS_rt_sigprocmask, 0, &old, NULL, 4), EINVAL);
}

TEST("G-07 pending signals come by number, ordinary ones once")
{
    sigset_t old, pending;

    catch_with(2, 0);
    catch_with(10, 0);
    block_all(&old);
    kill(getpid(), 10);
    kill(getpid(), 2);
    kill(getpid(), 2);
    CHECK_EQ(sigpending(&pending), 0);
    CHECK(sigismember(&pending, 2) && sigismember(&pending, 10));
    CHECK(!sigismember(&pending, 12));
    CHECK_EQ(sigtimedwait(&pending, NULL, &(struct timespec){ 0 }), 2);
    CHECK_EQ(sigtimedwait(&pending, NULL, &(struct timespec){ 0 }), 10);
    CHECK_FAILS(sigtimedwait(&pending, NULL, &(struct timespec){ 0 }), EAGAIN);
}

TEST("G-07 real-time signals queue in order, with values and sender")
{
    sigset_t old, wanted = set_of(SIGRTMIN);
    siginfo_t info;

    block_all(&old);
    for (int i = 0; i < 100; i++)
        CHECK_EQ(sigqueue(getpid(), SIGRTMIN, (union sigval){ i }), 0);
    for (int i = 0; i < 100; i++) {
        CHECK_EQ(sigwaitinfo(&wanted, &info), SIGRTMIN);
        CHECK_EQ(info.si_value.sival_int, i);
        CHECK_EQ(info.si_code, SI_QUEUE);
        CHECK_EQ(info.si_pid, getpid());
    }
}

TEST("G-07 RLIMIT_SIGPENDING: sigqueue fails, kill does not")
{
    struct rlimit limit = { 3, 3 };
    sigset_t old;

    block_all(&old);
    CHECK_EQ(setrlimit(RLIMIT_SIGPENDING, &limit), 0);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(sigqueue(getpid(), SIGRTMIN, (union sigval){ i }), 0);
    CHECK_FAILS(sigqueue(getpid(), SIGRTMIN, (union sigval){ 3 }), EAGAIN);
    CHECK_EQ(kill(getpid(), SIGRTMIN + 1), 0);
}

TEST("G-07 RLIMIT_SIGPENDING: so does who claims to be a timer")
{
    struct rlimit limit = { 3, 3 };
    siginfo_t info = { .si_code = SI_TIMER };
    sigset_t old;

    block_all(&old);
    CHECK_EQ(setrlimit(RLIMIT_SIGPENDING, &limit), 0);
    for (int i = 0; i < 4; i++) {
        info.si_timerid = i;
        errno = 0;
        syscall(SYS_rt_sigqueueinfo, getpid(), SIGRTMIN, &info);
        CHECK_EQ(errno, i < 3 ? 0 : EAGAIN);
    }
}

/* --- waiting --- */

static void signal_parent_soon(void)
{
    sleep_ms(20);
    kill(getppid(), SIGUSR1);
}

TEST("P4 G-18 sigtimedwait: the time is kept, the mask is as it was")
{
    struct timespec time = { 0, 20000000 }, bad = { 0, 1000000000 };
    sigset_t usr1 = set_of(SIGUSR1), before, after;
    int64_t begin = tap_now();

    CHECK_EQ(sigprocmask(SIG_BLOCK, &usr1, NULL), 0);
    sigprocmask(SIG_BLOCK, NULL, &before);
    CHECK_FAILS(sigtimedwait(&usr1, NULL, &time), EAGAIN);
    CHECK(tap_now() - begin >= 20000000);
    CHECK_FAILS(sigtimedwait(&usr1, NULL, &bad), EINVAL);
    sigprocmask(SIG_BLOCK, NULL, &after);
    CHECK_EQ(memcmp(&before, &after, 8), 0);
}

TEST("G-18 sigtimedwait: another process's signal ends it, a caught one too")
{
    sigset_t usr1 = set_of(SIGUSR1), usr2 = set_of(SIGUSR2);
    siginfo_t info;
    pid_t pid;

    CHECK_EQ(sigprocmask(SIG_BLOCK, &usr1, NULL), 0);
    pid = child_start(signal_parent_soon);
    CHECK_EQ(sigwaitinfo(&usr1, &info), SIGUSR1);
    CHECK_EQ(info.si_pid, pid);
    CHECK_EXITS(pid, 0);
    catch_with(SIGUSR1, SA_RESTART);
    sigprocmask(SIG_UNBLOCK, &usr1, NULL);
    pid = child_start(signal_parent_soon);
    /* The C library would wait again. */
    CHECK_FAILS(syscall(SYS_rt_sigtimedwait, &usr2, &info, NULL, 8), EINTR);
    CHECK_EQ(calls, 1);
    CHECK_EXITS(pid, 0);
}

TEST("G-19 sigsuspend: a blocked signal is let in, and blocked again")
{
    sigset_t usr1 = set_of(SIGUSR1), none, now;
    pid_t pid;

    catch_with(SIGUSR1, 0);
    sigprocmask(SIG_BLOCK, &usr1, NULL);
    kill(getpid(), SIGUSR1);                /* pending already: no race */
    sigemptyset(&none);
    CHECK_FAILS(sigsuspend(&none), EINTR);
    CHECK_EQ(calls, 1);
    pid = child_start(signal_parent_soon);
    CHECK_FAILS(sigsuspend(&none), EINTR);
    CHECK_EQ(calls, 2);
    sigprocmask(SIG_BLOCK, NULL, &now);
    CHECK(sigismember(&now, SIGUSR1));
    CHECK_EXITS(pid, 0);
}

/* --- restarting --- */

static int fds[2];

static void signal_then_write(void)
{
    signal_parent_soon();
    sleep_ms(20);
    CHECK_EQ(write(fds[1], "x", 1), 1);
}

TEST("G-12 read: goes on after a handler with SA_RESTART, fails without")
{
    char byte;
    pid_t pid;

    CHECK_EQ(pipe(fds), 0);
    catch_with(SIGUSR1, SA_RESTART);
    pid = child_start(signal_then_write);
    CHECK_EQ(read(fds[0], &byte, 1), 1);
    CHECK_EQ(calls, 1);
    CHECK_EXITS(pid, 0);
    catch_with(SIGUSR1, 0);
    pid = child_start(signal_parent_soon);
    CHECK_FAILS(read(fds[0], &byte, 1), EINTR);
    CHECK_EXITS(pid, 0);
}

TEST("G-12 nanosleep: EINTR even with SA_RESTART, and what is left")
{
    struct timespec time = { 1, 0 }, left = { 9, 9 };
    pid_t pid;

    catch_with(SIGUSR1, SA_RESTART);
    pid = child_start(signal_parent_soon);
    CHECK_FAILS(nanosleep(&time, &left), EINTR);
    CHECK_EQ(left.tv_sec, 0);
    CHECK(left.tv_nsec > 100000000 && left.tv_nsec <= 980000000);
    CHECK_EXITS(pid, 0);
}

/* --- threads --- */

static volatile pthread_t taker;

static void note_thread(int signo)
{
    taker = pthread_self();
    note(signo);
}

static void *pause_for_ever(void *arg)
{
    for (;;)
        pause();
    return arg;
}

static void await_calls(int n)
{
    for (int i = 0; calls < n && i < 1000; i++)
        sleep_ms(1);
    CHECK_EQ(calls, n);
}

TEST("G-09 a process's signal goes to a thread that does not block it")
{
    struct sigaction action = { .sa_handler = note_thread };
    sigset_t usr1 = set_of(SIGUSR1);
    pthread_t other;

    sigaction(SIGUSR1, &action, NULL);
    CHECK_EQ(pthread_create(&other, NULL, pause_for_ever, NULL), 0);
    pthread_sigmask(SIG_BLOCK, &usr1, NULL);
    kill(getpid(), SIGUSR1);
    await_calls(1);
    CHECK(taker == other);
    pthread_kill(pthread_self(), SIGUSR1);
    CHECK_EQ(calls, 1);
    pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
    CHECK_EQ(calls, 2);
    CHECK(taker == pthread_self());
    pthread_kill(other, SIGUSR1);
    await_calls(3);
    CHECK(taker == other);
}

TEST("G-11 pthread_cancel of a thread that sleeps")
{
    pthread_t thread;
    void *result;

    CHECK_EQ(pthread_create(&thread, NULL, pause_for_ever, NULL), 0);
    sleep_ms(10);
    CHECK_EQ(pthread_cancel(thread), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK(result == PTHREAD_CANCELED);
}

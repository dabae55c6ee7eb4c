/*
 * t_ptrace_stop.c - ptrace(2): attaching and letting go, group stops, and how
 * tracers and tracees die (lwp.md row I-08).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/failnth.h"
#include "tests/user/lib/trace.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>

static volatile long *shared;
static struct gate ready;

static void sleep_for_ever(void)
{
    for (;;)
        pause();
}

static void count_for_ever(void)
{
    for (;;)
        __atomic_add_fetch(shared, 1, __ATOMIC_RELAXED);
}

static void tell_and_sleep(void)
{
    gate_open(&ready);
    sleep_for_ever();
}

static pid_t start_sleeper(void)
{
    pid_t pid;

    gate_init(&ready);
    pid = child_start(tell_and_sleep);
    gate_pass(&ready);
    return pid;
}

static void kill_and_reap(pid_t pid)
{
    kill(pid, SIGKILL);
    CHECK_KILLED(pid, SIGKILL);
}

/* The letter and the tracer that /proc/pid/status shows. */
static char state_of(pid_t pid, int *tracer)
{
    char path[64], line[128], state = '?';
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/status", pid);
    f = fopen(path, "r");
    CHECK(f);
    while (fgets(line, sizeof(line), f)) {
        sscanf(line, "State: %c", &state);
        sscanf(line, "TracerPid: %d", tracer);
    }
    fclose(f);
    return state;
}

/* Until it has a state: it may be on its way. */
static void expect_state(pid_t pid, char state, int tracer)
{
    int is = -1;

    for (int i = 0; i < 2000 && (state_of(pid, &is) != state || is != tracer);
         i++)
        sleep_ms(1);
    CHECK_EQ(state_of(pid, &is), state);
    CHECK_EQ(is, tracer);
}

/* --- attach and detach --- */

TEST("I-08 ATTACH stops a child, DETACH lets it go")
{
    pid_t pid = start_sleeper();

    CHECK_EQ(ptrace(PTRACE_ATTACH, pid, 0, 0), 0);
    CHECK_EQ(trace_wait(pid), STOPPED_BY(SIGSTOP));
    expect_state(pid, 't', getpid());
    CHECK_EQ(ptrace(PTRACE_DETACH, pid, 0, 0), 0);
    expect_state(pid, 'S', 0);
    CHECK_FAILS(ptrace(PTRACE_CONT, pid, 0, 0), ESRCH);
    CHECK_EQ(waitpid(pid, NULL, WNOHANG | WUNTRACED), 0);

    /* Once more, and with a signal at the end. */
    CHECK_EQ(ptrace(PTRACE_ATTACH, pid, 0, 0), 0);
    CHECK_EQ(trace_wait(pid), STOPPED_BY(SIGSTOP));
    CHECK_EQ(ptrace(PTRACE_DETACH, pid, 0, SIGTERM), 0);
    CHECK_KILLED(pid, SIGTERM);
}

static void attach_to_grandchild(void)
{
    siginfo_t info;

    CHECK_EQ(ptrace(PTRACE_ATTACH, *shared, 0, 0), 0);
    CHECK_EQ(waitid(P_PID, *shared, &info, WSTOPPED), 0);
    CHECK_EQ(info.si_code, CLD_TRAPPED);
    CHECK_EQ(info.si_status, SIGSTOP);
    CHECK_EQ(info.si_pid, *shared);
    CHECK_EQ(trace_cont(*shared, SIGTERM), SIGTERM);
    /* Now it is its parent's. */
    CHECK_FAILS(waitpid(*shared, NULL, __WALL), ECHILD);
}

TEST("I-08 a tracer that is no parent waits first, the parent after it")
{
    pid_t pid = start_sleeper(), tracer;

    shared = child_shared(4096);
    *shared = pid;
    tracer = child_start(attach_to_grandchild);
    CHECK_EXITS(tracer, 0);
    CHECK_KILLED(pid, SIGTERM);
}

static void attach_and_stay(void)
{
    CHECK_EQ(ptrace(PTRACE_ATTACH, *shared, 0, 0), 0);
    CHECK_EQ(trace_wait(*shared), STOPPED_BY(SIGSTOP));
    CHECK_EQ(ptrace(PTRACE_CONT, *shared, 0, SIGTERM), 0);
    gate_open(&ready);
    sleep_for_ever();
}

TEST("I-08 the parent waits while a tracer keeps the zombie, and gets it when "
     "that dies")
{
    pid_t pid = start_sleeper(), tracer;
    siginfo_t info = { 0 };

    shared = child_shared(4096);
    *shared = pid;
    tracer = child_start(attach_and_stay);
    gate_pass(&ready);
    expect_state(pid, 'Z', 0);
    CHECK_EQ(waitid(P_PID, pid, &info, WEXITED | WNOHANG), 0);
    CHECK_EQ(info.si_pid, 0);
    kill_and_reap(tracer);
    CHECK_KILLED(pid, SIGTERM);
}

TEST("I-08 WNOWAIT leaves a stop, SIGCHLD tells of it unless SA_NOCLDSTOP")
{
    pid_t pid = start_sleeper();
    const struct timespec soon = { .tv_nsec = 50000000 }, late = { .tv_sec = 20 };
    struct sigaction action = { .sa_handler = SIG_DFL };
    siginfo_t info;
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    CHECK_EQ(ptrace(PTRACE_ATTACH, pid, 0, 0), 0);
    CHECK_EQ(sigtimedwait(&set, &info, &late), SIGCHLD);
    CHECK_EQ(info.si_code, CLD_TRAPPED);
    CHECK_EQ(info.si_pid, pid);
    CHECK_EQ(info.si_status, SIGSTOP);
    CHECK_EQ(waitid(P_ALL, 0, &info, WSTOPPED | WNOWAIT), 0);
    CHECK_EQ(info.si_pid, pid);
    CHECK_EQ(trace_wait(pid), STOPPED_BY(SIGSTOP));
    CHECK_EQ(waitpid(pid, NULL, WNOHANG), 0);

    action.sa_flags = SA_NOCLDSTOP;
    CHECK_EQ(sigaction(SIGCHLD, &action, NULL), 0);
    kill(pid, SIGUSR1);
    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGUSR1));
    CHECK_FAILS(sigtimedwait(&set, &info, &soon), EAGAIN);
    kill_and_reap(pid);
}

TEST("I-08 an attach does not disturb a system call")
{
    struct timespec left;
    int64_t before, after;
    pid_t pid = child_fork();

    if (pid == 0) {
        const struct timespec time = { .tv_nsec = 300000000 };
        _exit(nanosleep(&time, &left) ? 1 : 0);
    }
    before = tap_now();
    sleep_ms(50);
    CHECK_EQ(ptrace(PTRACE_ATTACH, pid, 0, 0), 0);
    CHECK_EQ(trace_wait(pid), STOPPED_BY(SIGSTOP));
    CHECK_EQ(ptrace(PTRACE_DETACH, pid, 0, 0), 0);
    CHECK_EXITS(pid, 0);
    after = tap_now();
    CHECK(after - before >= 290000000);
}

static void sleep_then_exit(void)
{
    const struct timespec time = { .tv_nsec = 300000000 };

    gate_open(&ready);
    _exit(nanosleep(&time, NULL) ? 1 : 0);
}

TEST("I-08 a call that was interrupted for its tracer goes on after DETACH")
{
    struct __ptrace_syscall_info info;
    int64_t begin;
    pid_t pid;

    gate_init(&ready);
    pid = child_start(sleep_then_exit);
    gate_pass(&ready);
    begin = tap_now();
    sleep_ms(20);
    CHECK_EQ(ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD), 0);
    CHECK_EQ(ptrace(PTRACE_INTERRUPT, pid, 0, 0), 0);
    CHECK_EQ(trace_wait(pid), STOPPED_AT(PTRACE_EVENT_STOP));
    CHECK_EQ(trace_syscall(pid), STOPPED_IN_SYSCALL);
    CHECK_EQ(ptrace(PTRACE_SYSCALL, pid, 0, 0), 0);
    sleep_ms(20);
    CHECK_EQ(ptrace(PTRACE_INTERRUPT, pid, 0, 0), 0);
    CHECK_EQ(trace_wait(pid), STOPPED_IN_SYSCALL);
    CHECK_EQ(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info), 33);
    CHECK(info.exit.rval < -500);       /* to be restarted */
    CHECK_EQ(ptrace(PTRACE_DETACH, pid, 0, 0), 0);
    CHECK_EXITS(pid, 0);
    CHECK(tap_now() - begin >= 290000000);
}

/* --- seized --- */

#define EVENT_STOP_BY(signo) STOPPED_BY((signo) | PTRACE_EVENT_STOP << 8)

TEST("I-08 SEIZE does not stop, INTERRUPT does, also a loop in user mode")
{
    long before;
    pid_t pid;

    shared = child_shared(4096);
    pid = child_start(count_for_ever);
    while (!*shared)
        sleep_ms(1);
    CHECK_EQ(ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD), 0);
    before = *shared;
    while (*shared == before)
        sleep_ms(1);
    CHECK_EQ(waitpid(pid, NULL, WNOHANG | __WALL), 0);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(ptrace(PTRACE_INTERRUPT, pid, 0, 0), 0);
        CHECK_EQ(trace_wait(pid), EVENT_STOP_BY(SIGTRAP));
        before = *shared;
        sleep_ms(10);
        CHECK_EQ(*shared, before);
        CHECK_EQ(ptrace(PTRACE_CONT, pid, 0, 0), 0);
    }
    kill_and_reap(pid);
}

TEST("I-08 a seized tracee in a group stop listens until SIGCONT")
{
    pid_t pid = start_sleeper();
    siginfo_t info;

    CHECK_EQ(ptrace(PTRACE_SEIZE, pid, 0, 0), 0);
    CHECK_FAILS(ptrace(PTRACE_LISTEN, pid, 0, 0), ESRCH);
    kill(pid, SIGSTOP);
    CHECK_EQ(trace_wait(pid), STOPPED_BY(SIGSTOP));
    CHECK_FAILS(ptrace(PTRACE_LISTEN, pid, 0, 0), EIO);
    CHECK_EQ(trace_cont(pid, SIGSTOP), EVENT_STOP_BY(SIGSTOP));
    CHECK_EQ(ptrace(PTRACE_GETSIGINFO, pid, 0, &info), 0);
    CHECK_EQ(info.si_code, SIGSTOP | PTRACE_EVENT_STOP << 8);
    CHECK_EQ(ptrace(PTRACE_LISTEN, pid, 0, 0), 0);
    /* Nobody's to use now, and signals do not wake it. */
    CHECK_FAILS(ptrace(PTRACE_CONT, pid, 0, 0), ESRCH);
    kill(pid, SIGUSR1);
    sleep_ms(20);
    CHECK_EQ(waitpid(pid, NULL, WNOHANG | __WALL), 0);
    kill(pid, SIGCONT);
    CHECK_EQ(trace_wait(pid), EVENT_STOP_BY(SIGTRAP));
    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGUSR1));
    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGCONT));
    kill_and_reap(pid);
}

TEST("I-08 an interrupted listener stops again, and SIGKILL ends listening")
{
    pid_t pid = start_sleeper();

    CHECK_EQ(ptrace(PTRACE_SEIZE, pid, 0, 0), 0);
    kill(pid, SIGTSTP);
    CHECK_EQ(trace_wait(pid), STOPPED_BY(SIGTSTP));
    CHECK_EQ(trace_cont(pid, SIGSTOP), EVENT_STOP_BY(SIGSTOP));
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(ptrace(PTRACE_LISTEN, pid, 0, 0), 0);
        CHECK_EQ(ptrace(PTRACE_INTERRUPT, pid, 0, 0), 0);
        CHECK_EQ(trace_wait(pid), EVENT_STOP_BY(SIGSTOP));
    }
    CHECK_EQ(ptrace(PTRACE_LISTEN, pid, 0, 0), 0);
    kill_and_reap(pid);
}

/* --- group stops, the old way --- */

TEST("I-08 a group stop is reported without a siginfo, and CONT runs on")
{
    pid_t pid = trace_start(sleep_for_ever);
    siginfo_t info;

    CHECK_EQ(trace_cont(pid, SIGSTOP), STOPPED_BY(SIGSTOP));
    CHECK_FAILS(ptrace(PTRACE_GETSIGINFO, pid, 0, &info), EINVAL);
    CHECK_FAILS(ptrace(PTRACE_SETSIGINFO, pid, 0, &info), EINVAL);
    expect_state(pid, 't', getpid());
    /* It runs although its process is stopped, and still takes signals. */
    kill(pid, SIGUSR1);
    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGUSR1));
    CHECK_EQ(ptrace(PTRACE_CONT, pid, 0, 0), 0);
    sleep_ms(5);
    kill(pid, SIGUSR2);
    CHECK_EQ(trace_wait(pid), STOPPED_BY(SIGUSR2));
    /* Untraced, it belongs to the stop again. */
    CHECK_EQ(ptrace(PTRACE_DETACH, pid, 0, 0), 0);
    expect_state(pid, 'T', 0);
    kill(pid, SIGTERM);
    sleep_ms(5);
    CHECK_EQ(waitpid(pid, NULL, WNOHANG), 0);
    kill(pid, SIGCONT);
    CHECK_KILLED(pid, SIGTERM);
}

TEST("I-08 ATTACH to a stopped process; SIGCONT cancels a stop not acted upon")
{
    pid_t pid = start_sleeper();
    int status;

    kill(pid, SIGSTOP);
    CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
    CHECK_EQ(ptrace(PTRACE_ATTACH, pid, 0, 0), 0);
    CHECK_EQ(trace_wait(pid), STOPPED_BY(SIGSTOP));
    expect_state(pid, 't', getpid());
    kill(pid, SIGCONT);
    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGCONT));
    kill(pid, SIGSTOP);
    CHECK_EQ(trace_cont(pid, SIGCONT), STOPPED_BY(SIGSTOP));
    kill(pid, SIGCONT);
    CHECK_EQ(trace_cont(pid, SIGSTOP), STOPPED_BY(SIGCONT));
    kill_and_reap(pid);
}

/* --- death --- */

static void trace_then_tell(void)
{
    CHECK_EQ(ptrace(PTRACE_ATTACH, *shared, 0, 0), 0);
    CHECK_EQ(trace_wait(*shared), STOPPED_BY(SIGSTOP));
    if (shared[1])
        CHECK_EQ(ptrace(PTRACE_SETOPTIONS, *shared, 0, shared[1]), 0);
    if (shared[2])
        CHECK_EQ(ptrace(PTRACE_CONT, *shared, 0, 0), 0);
    gate_open(&ready);
    sleep_for_ever();
}

TEST("I-08 a tracer's death frees its tracees, stopped or running")
{
    shared = child_shared(4096);
    for (int running = 0; running < 2; running++) {
        pid_t pid = start_sleeper(), tracer;

        shared[0] = pid;
        shared[2] = running;
        tracer = child_start(trace_then_tell);
        gate_pass(&ready);
        expect_state(pid, running ? 'S' : 't', tracer);
        kill_and_reap(tracer);
        expect_state(pid, 'S', 0);
        kill(pid, SIGTERM);
        CHECK_KILLED(pid, SIGTERM);
    }
}

TEST("I-08 EXITKILL: a tracer's death kills its tracees")
{
    shared = child_shared(4096);
    for (int running = 0; running < 2; running++) {
        pid_t pid = start_sleeper(), tracer;

        shared[0] = pid;
        shared[1] = PTRACE_O_EXITKILL;
        shared[2] = running;
        tracer = child_start(trace_then_tell);
        gate_pass(&ready);
        kill_and_reap(tracer);
        CHECK_KILLED(pid, SIGKILL);
    }
}

static void *trace_from_thread(void *pid)
{
    CHECK_EQ(ptrace(PTRACE_ATTACH, *(pid_t *)pid, 0, 0), 0);
    CHECK_EQ(trace_wait(*(pid_t *)pid), STOPPED_BY(SIGSTOP));
    return NULL;
}

TEST("I-08 the tracer is a thread: another one of it is not, and its end is "
     "the end of tracing")
{
    pid_t pid = start_sleeper();
    pthread_t thread;

    CHECK_EQ(pthread_create(&thread, NULL, trace_from_thread, &pid), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_FAILS(ptrace(PTRACE_CONT, pid, 0, 0), ESRCH);
    expect_state(pid, 'S', 0);
    kill_and_reap(pid);
}

static void stop_in_call(void)
{
    syscall(SYS_getppid);
    raise(SIGUSR1);
    sleep_for_ever();
}

/* Bring a tracee to each kind of stop. */
static pid_t stopped_tracee(int kind)
{
    pid_t pid = trace_start(stop_in_call);

    CHECK_EQ(ptrace(PTRACE_SETOPTIONS, pid, 0,
                    PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXIT), 0);
    switch (kind) {
    case 0:                             /* signal */
        CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGUSR1));
        break;
    case 1:                             /* entry of a call */
    case 2:                             /* its exit */
        for (int i = 0; i < kind; i++)
            CHECK_EQ(trace_syscall(pid), STOPPED_IN_SYSCALL);
        break;
    case 3:                             /* group stop */
        CHECK_EQ(trace_cont(pid, SIGSTOP), STOPPED_BY(SIGSTOP));
        break;
    case 4:                             /* about to end; raise(3) blocks
                                         * signals, so it is shown again */
        CHECK_EQ(trace_cont(pid, SIGTERM), STOPPED_BY(SIGTERM));
        CHECK_EQ(trace_cont(pid, SIGTERM), STOPPED_AT(PTRACE_EVENT_EXIT));
        break;
    default:                            /* running */
        CHECK_EQ(ptrace(PTRACE_CONT, pid, 0, SIGCONT), 0);
        break;
    }
    return pid;
}

TEST("I-08 SIGKILL wins in every kind of stop, by kill(2) and PTRACE_KILL")
{
    for (int kind = 0; kind < 5; kind++) {
        pid_t pid = stopped_tracee(kind);
        int signo = kind == 4 ? SIGTERM : SIGKILL;

        kill(pid, SIGKILL);
        CHECK_KILLED(pid, signo);
        pid = stopped_tracee(kind);
        CHECK_EQ(ptrace(PTRACE_KILL, pid, 0, 0), 0);
        CHECK_KILLED(pid, signo);
    }
}

TEST("I-08 a tracer may die in every kind of stop: the tracee goes on")
{
    /* 'U': it dies of its SIGUSR1. */
    const char after[] = "SUUTZU";

    shared = child_shared(4096);
    CHECK_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    for (int kind = 0; kind < 6; kind++) {
        pid_t tracer = child_fork();

        if (tracer == 0) {
            *shared = stopped_tracee(kind);
            _exit(0);
        }
        CHECK_EXITS(tracer, 0);
        if (after[kind] == 'U') {
            CHECK_KILLED(*shared, SIGUSR1);
            continue;
        }
        expect_state(*shared, after[kind], 0);
        kill(*shared, SIGKILL);
        CHECK_KILLED(*shared, kind == 4 ? SIGTERM : SIGKILL);
    }
}

/* --- want of memory --- */

static int attach_with_failure(int n)
{
    pid_t pid = start_sleeper();
    int error;

    fail_nth(n);
    error = ptrace(PTRACE_ATTACH, pid, 0, 0) ? errno : 0;
    fail_nth(0);
    if (!error)
        CHECK_EQ(trace_wait(pid), STOPPED_BY(SIGSTOP));
    kill_and_reap(pid);
    close(ready.fd[0]);
    close(ready.fd[1]);
    return error;
}

TEST("I-08 ATTACH without memory is ENOMEM, and nothing is lost")
{
    fail_open();
    fail_walk_all(attach_with_failure, 1);
}

static long call_fork(void)
{
    long pid = syscall(SYS_clone, SIGCHLD, 0, NULL, 0, NULL);

    if (pid == 0)
        _exit(0);
    return pid;
}

static void reap(long pid)
{
    CHECK_EXITS(pid, 0);
}

static void fork_with_failures(void)
{
    struct trial t = { call_fork, reap };

    fail_walk(&t);
}

TEST("I-08 a tracee's fork without memory fails, and nothing is lost")
{
    pid_t first = trace_start(fork_with_failures), who;
    int status;

    CHECK_EQ(ptrace(PTRACE_SETOPTIONS, first, 0, PTRACE_O_TRACEFORK), 0);
    CHECK_EQ(ptrace(PTRACE_CONT, first, 0, 0), 0);
    while ((who = waitpid(-1, &status, __WALL)) > 0) {
        if (WIFSTOPPED(status))
            CHECK_EQ(ptrace(PTRACE_CONT, who, 0, 0), 0);
        else
            CHECK_EQ(status, 0);
    }
}

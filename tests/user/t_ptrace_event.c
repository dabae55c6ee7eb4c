/*
 * t_ptrace_event.c - ptrace(2): children and threads that are traced from
 * their beginning, execve, exit (lwp.md row I-08).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/trace.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static long message_of(pid_t pid)
{
    long message = -1;

    CHECK_EQ(ptrace(PTRACE_GETEVENTMSG, pid, 0, &message), 0);
    return message;
}

static void set_options(pid_t pid, long options)
{
    CHECK_EQ(ptrace(PTRACE_SETOPTIONS, pid, 0, options), 0);
}

/* --- children --- */

static void fork_once(void)
{
    pid_t pid = child_fork();

    if (pid == 0)
        _exit(3);
    CHECK_EXITS(pid, 3);
}

TEST("I-08 without an option children are not traced")
{
    pid_t pid = trace_start(fork_once);

    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGCHLD));
    CHECK_EQ(trace_cont(pid, 0), EXITED_WITH(0));
}

TEST("I-08 TRACEFORK: the child is traced, stops first, and outlives its wait")
{
    pid_t pid = trace_start(fork_once), child;

    set_options(pid, PTRACE_O_TRACEFORK | PTRACE_O_TRACESYSGOOD);
    CHECK_EQ(trace_cont(pid, 0), STOPPED_AT(PTRACE_EVENT_FORK));
    child = message_of(pid);
    CHECK_EQ(trace_wait(child), STOPPED_BY(SIGSTOP));
    /* It has the options too, and its system calls can be watched. */
    CHECK_EQ(trace_syscall(child), STOPPED_IN_SYSCALL);
    CHECK_EQ(trace_cont(child, 0), EXITED_WITH(3));
    /* Not ours any more, but its parent's. */
    CHECK_FAILS(waitpid(child, NULL, 0), ECHILD);
    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGCHLD));
    CHECK_EQ(trace_cont(pid, SIGCHLD), EXITED_WITH(0));
}

static int clone_with(unsigned long flags)
{
    return syscall(SYS_clone, flags, 0, 0, 0, 0);
}

/* musl's vfork(3) is a fork(3) on this machine. */
static void vfork_once(void)
{
    pid_t pid = clone_with(CLONE_VFORK | SIGCHLD);

    if (pid == 0)
        _exit(0);
    CHECK_EXITS(pid, 0);
}

TEST("I-08 TRACEVFORK and TRACEVFORKDONE; a seized parent's child is seized")
{
    pid_t pid = trace_start(vfork_once), child;

    CHECK_EQ(ptrace(PTRACE_DETACH, pid, 0, SIGSTOP), 0);
    CHECK_EQ(waitpid(pid, NULL, WUNTRACED), pid);
    CHECK_EQ(ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACEVFORK |
                                          PTRACE_O_TRACEVFORKDONE), 0);
    CHECK_EQ(trace_wait(pid), STOPPED_BY(SIGSTOP | PTRACE_EVENT_STOP << 8));
    kill(pid, SIGCONT);
    CHECK_EQ(trace_cont(pid, 0), STOPPED_AT(PTRACE_EVENT_STOP));
    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGCONT));
    CHECK_EQ(trace_cont(pid, 0), STOPPED_AT(PTRACE_EVENT_VFORK));
    child = message_of(pid);
    CHECK_EQ(trace_wait(child), STOPPED_AT(PTRACE_EVENT_STOP));
    CHECK_EQ(ptrace(PTRACE_CONT, pid, 0, 0), 0);
    sleep_ms(10);
    CHECK_EQ(waitpid(pid, NULL, WNOHANG), 0);
    CHECK_EQ(trace_cont(child, 0), EXITED_WITH(0));
    CHECK_EQ(trace_wait(pid), STOPPED_AT(PTRACE_EVENT_VFORK_DONE));
    CHECK_EQ(message_of(pid), child);
    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGCHLD));
    CHECK_EQ(trace_cont(pid, 0), EXITED_WITH(0));
}

static void clone_two_ways(void)
{
    int status;
    pid_t pid = clone_with(CLONE_UNTRACED | SIGCHLD);

    if (pid == 0)
        _exit(0);
    waitpid(pid, &status, 0);
    pid = clone_with(CLONE_PTRACE | SIGCHLD);
    if (pid == 0)
        _exit(0);
    waitpid(pid, &status, 0);
}

TEST("I-08 CLONE_UNTRACED hides a child, CLONE_PTRACE shows one without event")
{
    pid_t pid = trace_start(clone_two_ways), child;

    set_options(pid, PTRACE_O_TRACEFORK);
    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGCHLD));
    CHECK_EQ(ptrace(PTRACE_CONT, pid, 0, 0), 0);
    CHECK_EQ(trace_wait_any(&child), STOPPED_AT(PTRACE_EVENT_FORK));
    CHECK_EQ(child, pid);
    CHECK_EQ(ptrace(PTRACE_CONT, pid, 0, 0), 0);
    CHECK_EQ(trace_wait_any(&child), STOPPED_BY(SIGSTOP));
    CHECK(child != pid);
    CHECK_EQ(trace_cont(child, 0), EXITED_WITH(0));
    CHECK_EQ(trace_wait(pid), STOPPED_BY(SIGCHLD));
    CHECK_EQ(trace_cont(pid, 0), EXITED_WITH(0));
}

/* --- threads --- */

static volatile int go_on;

static void *end_thread(void *arg)
{
    return arg;
}

static void start_thread(void)
{
    pthread_t thread;

    CHECK_EQ(pthread_create(&thread, NULL, end_thread, NULL), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

TEST("I-08 TRACECLONE: each thread stops and ends by itself")
{
    pid_t pid = trace_start(start_thread), thread, who;
    int status;

    set_options(pid, PTRACE_O_TRACECLONE);
    CHECK_EQ(trace_cont(pid, 0), STOPPED_AT(PTRACE_EVENT_CLONE));
    thread = message_of(pid);
    CHECK_EQ(trace_wait(thread), STOPPED_BY(SIGSTOP));
    CHECK_FAILS(ptrace(PTRACE_ATTACH, thread, 0, 0), EPERM);
    CHECK_EQ(ptrace(PTRACE_CONT, pid, 0, 0), 0);
    CHECK_EQ(ptrace(PTRACE_CONT, thread, 0, 0), 0);
    status = trace_wait_any(&who);
    CHECK_EQ(who, thread);
    CHECK_EQ(status, EXITED_WITH(0));
    CHECK_EQ(trace_wait(pid), EXITED_WITH(0));
}

static void *loop(void *arg)
{
    while (!go_on)
        ;
    return arg;
}

static void run_threads(void)
{
    pthread_t thread;

    for (int i = 0; i < 3; i++)
        CHECK_EQ(pthread_create(&thread, NULL, loop, NULL), 0);
    loop(NULL);
    _exit(5);
}

/* Follow the threads until `count` are known. */
static void gather_threads(pid_t pid, pid_t *tids, int count)
{
    int known = 1;

    tids[0] = pid;
    set_options(pid, PTRACE_O_TRACECLONE);
    while (known < count) {
        CHECK_EQ(trace_cont(pid, 0), STOPPED_AT(PTRACE_EVENT_CLONE));
        tids[known] = message_of(pid);
        CHECK_EQ(trace_wait(tids[known]), STOPPED_BY(SIGSTOP));
        CHECK_EQ(ptrace(PTRACE_CONT, tids[known], 0, 0), 0);
        known++;
    }
    CHECK_EQ(ptrace(PTRACE_CONT, pid, 0, 0), 0);
}

TEST("I-08 the end of a process is that of each thread, the first one last")
{
    pid_t pid = trace_start(run_threads), tids[4], who;
    int status;

    gather_threads(pid, tids, 4);
    for (int i = 1; i < 4; i++) {
        CHECK_EQ(syscall(SYS_tgkill, pid, tids[i], SIGUSR1), 0);
        CHECK_EQ(trace_wait(tids[i]), STOPPED_BY(SIGUSR1));
    }
    CHECK_EQ(syscall(SYS_tgkill, pid, pid, SIGUSR1), 0);
    CHECK_EQ(trace_wait(pid), STOPPED_BY(SIGUSR1));
    /* All stand; one dies of a signal, and the others with it. */
    CHECK_EQ(ptrace(PTRACE_CONT, tids[2], 0, SIGTERM), 0);
    for (int i = 0; i < 4; i++) {
        status = trace_wait_any(&who);
        CHECK_EQ(status, SIGTERM);
        CHECK_EQ(who == pid, i == 3);
    }
    CHECK_FAILS(waitpid(-1, NULL, __WALL), ECHILD);
}

TEST("I-08 a group stop stops all threads, and each tells")
{
    pid_t pid = trace_start(run_threads), tids[4], who;
    int stops = 0, status;

    gather_threads(pid, tids, 4);
    kill(pid, SIGSTOP);
    status = trace_wait_any(&who);      /* whoever takes the signal */
    CHECK_EQ(status, STOPPED_BY(SIGSTOP));
    CHECK_EQ(ptrace(PTRACE_CONT, who, 0, SIGSTOP), 0);
    for (; stops < 4; stops++) {
        siginfo_t info;

        CHECK_EQ(trace_wait_any(&who), STOPPED_BY(SIGSTOP));
        CHECK_FAILS(ptrace(PTRACE_GETSIGINFO, who, 0, &info), EINVAL);
    }
    kill(pid, SIGKILL);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(trace_wait_any(&who), SIGKILL);
    CHECK_EQ(who, pid);
}

TEST("I-08 PTRACE_SEIZE of single threads: the others run untraced")
{
    pid_t pid = child_start(run_threads), tid = 0;
    char path[64];

    while (!tid) {                      /* its second thread */
        for (pid_t t = pid + 1; t < pid + 50 && !tid; t++) {
            snprintf(path, sizeof(path), "/proc/%d/task/%d", pid, t);
            tid = access(path, F_OK) ? 0 : t;
        }
    }
    CHECK_EQ(ptrace(PTRACE_SEIZE, tid, 0, 0), 0);
    CHECK_EQ(ptrace(PTRACE_INTERRUPT, tid, 0, 0), 0);
    CHECK_EQ(trace_wait(tid), STOPPED_AT(PTRACE_EVENT_STOP));
    CHECK_FAILS(ptrace(PTRACE_INTERRUPT, pid, 0, 0), ESRCH);
    kill(pid, SIGKILL);
    CHECK_EQ(trace_wait(tid), SIGKILL);
    CHECK_KILLED(pid, SIGKILL);
}

/* --- execve --- */

ROLE(succeed)
{
    return 6;
}

static void exec_self(void)
{
    setenv("ROLE", "succeed", 1);
    execl(tap_self, tap_self, NULL);
}

TEST("I-08 execve: SIGTRAP without an option, an event with TRACEEXEC")
{
    pid_t pid = trace_start(exec_self);
    siginfo_t info;
    regs_t regs;

    CHECK_EQ(trace_cont(pid, 0), STOPPED_BY(SIGTRAP));
    CHECK_EQ(ptrace(PTRACE_GETSIGINFO, pid, 0, &info), 0);
    CHECK_EQ(info.si_code, SI_USER);
    CHECK_EQ(trace_cont(pid, 0), EXITED_WITH(6));

    pid = trace_start(exec_self);
    set_options(pid, PTRACE_O_TRACEEXEC);
    CHECK_EQ(trace_cont(pid, 0), STOPPED_AT(PTRACE_EVENT_EXEC));
    CHECK_EQ(message_of(pid), pid);
    trace_get_regs(pid, &regs);         /* at the start of the program */
    CHECK_EQ(regs.a0, 0);
    CHECK_EQ(regs.s11, 0);
    CHECK_EQ(trace_peek(pid, (void *)regs.sp), 1);  /* argc */
    CHECK_EQ(trace_cont(pid, 0), EXITED_WITH(6));
}

static void *exec_from_thread(void *arg)
{
    exec_self();
    return arg;
}

static void exec_beside_threads(void)
{
    pthread_t thread;

    CHECK_EQ(pthread_create(&thread, NULL, loop, NULL), 0);
    CHECK_EQ(pthread_create(&thread, NULL, exec_from_thread, NULL), 0);
    loop(NULL);
}

TEST("I-08 execve from a thread: it takes over the process's number")
{
    pid_t pid = trace_start(exec_beside_threads), who, tids[3] = { pid };
    int status, known = 1, ended = 0;

    set_options(pid, PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC);
    CHECK_EQ(ptrace(PTRACE_CONT, pid, 0, 0), 0);
    for (;;) {
        status = trace_wait_any(&who);
        if (status == STOPPED_AT(PTRACE_EVENT_EXEC))
            break;
        if (status == STOPPED_AT(PTRACE_EVENT_CLONE))
            tids[known++] = message_of(who);
        if (WIFSTOPPED(status))
            CHECK_EQ(ptrace(PTRACE_CONT, who, 0, 0), 0);
        else
            ended++;
    }
    CHECK_EQ(who, pid);
    CHECK_EQ(known, 3);
    CHECK_EQ(ended, 1);                 /* of the first one nobody hears */
    CHECK_EQ(message_of(pid), tids[2]);
    CHECK_FAILS(ptrace(PTRACE_CONT, tids[2], 0, 0), ESRCH);
    CHECK_EQ(trace_cont(pid, 0), EXITED_WITH(6));
    CHECK_FAILS(waitpid(-1, NULL, __WALL), ECHILD);
}

static struct gate seized, go;
static volatile pid_t *target;

ROLE(linger)
{
    pause();
    return 1;
}

static void *linger_from_thread(void *arg)
{
    gate_pass(&go);
    setenv("ROLE", "linger", 1);
    execl(tap_self, tap_self, NULL);
    return arg;
}

static void exec_when_told(void)
{
    pthread_t thread;

    CHECK_EQ(pthread_create(&thread, NULL, linger_from_thread, NULL), 0);
    loop(NULL);
}

static void seize_leader_and_wait(void)
{
    CHECK_EQ(ptrace(PTRACE_SEIZE, *target, 0, 0), 0);
    gate_open(&seized);
    alarm(10);
    CHECK_FAILS(waitpid(-1, NULL, __WALL), ECHILD);
}

TEST("I-08 who waits for a first thread that another's execve ends is woken")
{
    pid_t tracer;

    gate_init(&seized);
    gate_init(&go);
    target = child_shared(sizeof(*target));
    *target = child_start(exec_when_told);
    tracer = child_start(seize_leader_and_wait);
    gate_pass(&seized);
    sleep_ms(50);                       /* it waits by now, most likely */
    gate_open(&go);
    CHECK_EXITS(tracer, 0);
    kill(*target, SIGKILL);
    CHECK_KILLED(*target, SIGKILL);
}

/* --- exit --- */

static void exit_with_9(void)
{
    _exit(9);
}

TEST("I-08 TRACEEXIT: registers and memory can be seen to the last")
{
    pid_t pid = trace_start(exit_with_9);
    regs_t regs;

    set_options(pid, PTRACE_O_TRACEEXIT);
    CHECK_EQ(trace_cont(pid, 0), STOPPED_AT(PTRACE_EVENT_EXIT));
    CHECK_EQ(message_of(pid), EXITED_WITH(9));
    trace_get_regs(pid, &regs);
    CHECK_EQ(regs.a7, SYS_exit_group);
    CHECK_EQ(regs.a0, 9);
    CHECK_EQ(trace_peek(pid, (void *)(regs.pc - 4)) & 0xffffffff, 0x73);
    CHECK_EQ(trace_cont(pid, 0), EXITED_WITH(9));

    pid = trace_start(exit_with_9);
    set_options(pid, PTRACE_O_TRACEEXIT);
    kill(pid, SIGKILL);                 /* of that there is no event */
    CHECK_KILLED(pid, SIGKILL);
}

/* --- many at once --- */

static void fork_tree(void)
{
    for (int i = 0; i < 4; i++) {
        pid_t pid = child_fork();

        if (pid == 0) {
            start_thread();
            fork_once();
            _exit(0);
        }
    }
    while (wait(NULL) > 0)
        ;
}

TEST("I-08 a family of processes and threads is followed, none is lost")
{
    const long follow = PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE |
                        PTRACE_O_TRACESYSGOOD;
    pid_t first = trace_start(fork_tree), who;
    int status, ended = 0, begun = 1, calls = 0;

    set_options(first, follow);
    CHECK_EQ(ptrace(PTRACE_SYSCALL, first, 0, 0), 0);
    while ((who = waitpid(-1, &status, __WALL)) > 0) {
        int signo = WSTOPSIG(status), pass = 0;

        if (!WIFSTOPPED(status)) {
            ended++;
            continue;
        }
        if (signo == (SIGTRAP | 0x80))
            calls++;
        else if (status >> 16)
            begun++;
        else if (signo != SIGSTOP)
            pass = signo;
        CHECK_EQ(ptrace(PTRACE_SYSCALL, who, 0, pass), 0);
    }
    /* One, its four children, and of each a thread and a child. */
    CHECK_EQ(begun, 1 + 4 + 4 + 4);
    CHECK_EQ(ended, begun);
    CHECK(calls > 100);
}

/* --- at random --- */

#define TARGETS 4
#define TRACERS 3

static _Noreturn void *spin_and_sleep(void *arg)
{
    for (;;) {
        syscall(SYS_getppid);
        if (arg)
            sleep_ms(1);
    }
}

static void be_a_target(void)
{
    pthread_t thread;

    signal(SIGUSR1, SIG_IGN);
    pthread_create(&thread, NULL, spin_and_sleep, NULL);
    pthread_create(&thread, NULL, spin_and_sleep, be_a_target);
    spin_and_sleep(be_a_target);
}

static pid_t targets[TARGETS];

/* A tid of a target: it may not exist. */
static pid_t some_thread(void)
{
    return targets[tap_below(TARGETS)] + tap_below(3);
}

static void one_request(void)
{
    const int requests[] = {
        PTRACE_CONT, PTRACE_SYSCALL, PTRACE_SYSCALL, PTRACE_DETACH,
        PTRACE_INTERRUPT, PTRACE_LISTEN, PTRACE_GETREGSET, PTRACE_PEEKDATA,
        PTRACE_GETSIGINFO, PTRACE_SETOPTIONS,
    };
    const int signals[] = { 0, 0, 0, SIGUSR1, SIGSTOP, SIGCONT, SIGTRAP };
    int request = requests[tap_below(10)];
    char data[512];
    struct { void *base; size_t size; } vector = { data, sizeof(data) };
    pid_t tid = some_thread();

    if (request == PTRACE_GETREGSET)
        ptrace(request, tid, 1, &vector);
    else if (request == PTRACE_GETSIGINFO)
        ptrace(request, tid, 0, data);
    else if (request == PTRACE_SETOPTIONS)
        ptrace(request, tid, 0, tap_below(128));
    else
        ptrace(request, tid, &targets, signals[tap_below(6)]);
}

static void trace_at_random(void)
{
    int status;

    for (;;) {
        switch (tap_below(8)) {
        case 0:
            ptrace(PTRACE_ATTACH, some_thread(), 0, 0);
            break;
        case 1:
            ptrace(PTRACE_SEIZE, some_thread(), 0, tap_below(128));
            break;
        case 2:
            kill(targets[tap_below(TARGETS)],
                 tap_below(2) ? SIGCONT : SIGSTOP);
            break;
        case 3:
            waitpid(-1, &status, WNOHANG | __WALL | WUNTRACED);
            break;
        default:
            one_request();
        }
    }
}

TEST("I-08 tracers and tracees at random, tracers killed at any moment")
{
    for (int i = 0; i < TARGETS; i++)
        targets[i] = child_start(be_a_target);
    for (int round = 0; round < 15; round++) {
        pid_t tracers[TRACERS];

        for (int i = 0; i < TRACERS; i++) {
            tap_random();               /* so that each one differs */
            tracers[i] = child_start(trace_at_random);
        }
        sleep_ms(20);
        for (int i = 0; i < TRACERS; i++) {
            kill(tracers[i], SIGKILL);
            child_wait(tracers[i]);     /* another may have slain it before */
        }
    }
    /* Whatever became of them, they can still be ended. */
    for (int i = 0; i < TARGETS; i++) {
        kill(targets[i], SIGKILL);
        child_wait(targets[i]);
    }
    CHECK_FAILS(waitpid(-1, NULL, __WALL), ECHILD);
}

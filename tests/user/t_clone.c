/*
 * t_clone.c - clone(2) and clone3(2): which flags go together, and what each
 * of them does (seeds.md S08, S22, S24; lwp.md B-08; peers.md P13).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* The C library's <sched.h> does not know these. */
#define CLONE_CLEAR_SIGHAND 0x100000000ull
#define CLONE_INTO_CGROUP_ 0x200000000ull

#define STACK_SIZE 16384

static char stack[STACK_SIZE] __attribute__((aligned(16)));
static int child_word, parent_word;

static int do_nothing(void *arg)
{
    (void)arg;
    return 0;
}

static int clone_child(int flags, int (*fn)(void *), void *arg)
{
    return clone(fn, stack + STACK_SIZE, flags, arg, &parent_word,
                 __builtin_thread_pointer(), &child_word);
}

/* --- which flags go together --- */

/* As Linux 6.1's copy_process() has it. */
static bool linux_accepts(unsigned flags)
{
    if ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM))
        return false;
    if ((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND))
        return false;
    if ((flags & CLONE_PIDFD) &&
        (flags & (CLONE_DETACHED | CLONE_THREAD | CLONE_PARENT_SETTID)))
        return false;
    return true;
}

static const unsigned structure[] = {
    CLONE_VM, CLONE_SIGHAND, CLONE_THREAD, CLONE_FS, CLONE_FILES, CLONE_PARENT,
    CLONE_PIDFD, CLONE_DETACHED, CLONE_PARENT_SETTID,
};
#define STRUCTURE (sizeof(structure) / sizeof(*structure))

static const unsigned harmless[] = {
    CLONE_SYSVSEM, CLONE_SETTLS, CLONE_CHILD_CLEARTID, CLONE_CHILD_SETTID,
    CLONE_UNTRACED, CLONE_IO, CLONE_VFORK, CLONE_PTRACE,
};
#define HARMLESS (sizeof(harmless) / sizeof(*harmless))

/* The child, thread or sibling has gone: it does not use our stack any more. */
static void await_end(int flags, int pid)
{
    if (flags & CLONE_THREAD) {
        while (!syscall(SYS_tgkill, getpid(), pid, 0))
            sched_yield();
    } else if (flags & CLONE_PARENT) {
        while (!kill(pid, 0))
            sched_yield();
    } else {
        CHECK_EQ(waitpid(pid, NULL, __WALL), pid);
    }
    if (flags & CLONE_PIDFD)
        CHECK_EQ(close(parent_word), 0);
}

static void try_flags(unsigned flags)
{
    int signo = flags & (CLONE_THREAD | CLONE_PARENT) ? 0 : SIGCHLD;
    int pid = clone_child(flags | signo, do_nothing, NULL), error = errno;

    if (!linux_accepts(flags)) {
        if (pid != -1 || error != EINVAL)
            tap_fail(__FILE__, __LINE__, "flags %#x: result %d, errno %d",
                     flags, pid, error);
        return;
    }
    if (pid <= 0)
        tap_fail(__FILE__, __LINE__, "flags %#x: errno %d", flags, error);
    await_end(flags, pid);
}

static unsigned subset(unsigned n)
{
    unsigned flags = 0;

    for (size_t i = 0; i < STRUCTURE; i++)
        if (n >> i & 1)
            flags |= structure[i];
    return flags;
}

static void try_all_structures(void)
{
    for (unsigned n = 0; n < 1u << STRUCTURE; n++)
        try_flags(subset(n));
}

/* Run it in a child, and bury the siblings that this makes (CLONE_PARENT). */
static void run_with_siblings(void (*body)(void))
{
    pid_t pid = child_start(body), got;
    int status, failed = 0;

    while ((got = waitpid(-1, &status, __WALL)) > 0)
        if (got == pid)
            failed = status;
    CHECK_EQ(failed, 0);
}

TEST("B-08 S24 P13 512 combinations of flags: those Linux takes, or EINVAL")
{
    run_with_siblings(try_all_structures);
}

static void try_harmless(void)
{
    static const unsigned bases[] = {
        0, CLONE_VM, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND,
        CLONE_VM | CLONE_SIGHAND | CLONE_THREAD, CLONE_PARENT,
        CLONE_SIGHAND, CLONE_THREAD,
    };

    for (size_t i = 0; i < sizeof(bases) / sizeof(*bases); i++)
        for (unsigned n = 0; n < 1u << HARMLESS; n++) {
            unsigned flags = bases[i];

            for (size_t k = 0; k < HARMLESS; k++)
                if (n >> k & 1)
                    flags |= harmless[k];
            try_flags(flags);
        }
}

TEST("S24 flags that go with all others, in 1,792 combinations")
{
    run_with_siblings(try_harmless);
}

TEST("S24 namespaces are refused, alone and with what they exclude")
{
    static const unsigned spaces[] = {
        CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
        CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWNS | CLONE_FS,
        CLONE_NEWIPC | CLONE_SYSVSEM, CLONE_NEWPID | CLONE_THREAD,
    };

    for (size_t i = 0; i < sizeof(spaces) / sizeof(*spaces); i++)
        CHECK_FAILS(clone_child(spaces[i] | SIGCHLD, do_nothing, NULL), EINVAL);
    CHECK_FAILS(waitpid(-1, NULL, __WALL), ECHILD);
}

/* --- what they do --- */

static int change_directory(void *arg)
{
    (void)arg;
    umask(077);
    return chdir("/proc") != 0;
}

static void check_directory(int flags, const char *expected, mode_t mask)
{
    char cwd[64];
    int pid;

    CHECK_EQ(chdir("/"), 0);
    umask(022);
    pid = clone_child(flags | SIGCHLD, change_directory, NULL);
    CHECK(pid > 0);
    CHECK_EXITS(pid, 0);
    CHECK(getcwd(cwd, sizeof(cwd)));
    CHECK(!strcmp(cwd, expected));
    CHECK_EQ(umask(0), mask);
}

TEST("S08 CLONE_FS shares directory and umask, without it they are copies")
{
    check_directory(0, "/", 022);
    check_directory(CLONE_FS, "/proc", 077);
    check_directory(CLONE_VM, "/", 022);
    check_directory(CLONE_VM | CLONE_FS, "/proc", 077);
}

static int open_null(void *arg)
{
    *(int *)arg = open("/dev/null", O_RDONLY);
    return 0;
}

TEST("S24 CLONE_FILES shares descriptors, without it they are copies")
{
    int *fd = child_shared(4096), pid;

    for (int share = 0; share < 2; share++) {
        pid = clone_child((share ? CLONE_FILES : 0) | SIGCHLD, open_null, fd);
        CHECK_EXITS(pid, 0);
        CHECK(*fd > 2);
        if (share)
            CHECK_EQ(close(*fd), 0);
        else
            CHECK_FAILS(close(*fd), EBADF);
    }
}

static void handler(int signo)
{
    (void)signo;
}

static int catch_signal(void *arg)
{
    (void)arg;
    return signal(SIGUSR1, handler) == SIG_ERR;
}

TEST("S24 S09 CLONE_SIGHAND shares handlers, without it they are copies")
{
    struct sigaction action;
    int pid;

    for (int share = 0; share < 2; share++) {
        pid = clone_child((share ? CLONE_VM | CLONE_SIGHAND : CLONE_VM) |
                          SIGCHLD, catch_signal, NULL);
        CHECK_EXITS(pid, 0);
        CHECK_EQ(sigaction(SIGUSR1, NULL, &action), 0);
        CHECK(action.sa_handler == (share ? handler : SIG_DFL));
    }
}

static int tell_parent(void *arg)
{
    *(volatile pid_t *)arg = getppid();
    return 0;
}

static pid_t *told_parent;

static void clone_sibling(void)
{
    int pid = clone_child(CLONE_PARENT | SIGUSR1, tell_parent, told_parent);

    CHECK(pid > 0);
    CHECK_FAILS(waitpid(pid, NULL, __WALL), ECHILD);
}

TEST("S24 CLONE_PARENT makes a sibling, which ends with its maker's signal")
{
    pid_t maker, sibling;

    told_parent = child_shared(4096);
    CHECK(signal(SIGUSR1, SIG_DFL) != SIG_ERR);     /* it would kill us */
    maker = child_start(clone_sibling);
    CHECK_EXITS(maker, 0);
    sibling = waitpid(-1, NULL, 0);
    CHECK(sibling > 0 && sibling != maker);
    CHECK_EQ(*told_parent, getpid());
}

static volatile int tid_seen;

static int see_tid(void *arg)
{
    tid_seen = *(volatile int *)arg;
    return 0;
}

TEST("S21 PARENT_SETTID, CHILD_SETTID and CHILD_CLEARTID store the tid")
{
    int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
                CLONE_THREAD | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID |
                CLONE_CHILD_CLEARTID;
    int tid;

    child_word = -1;
    tid = clone_child(flags, see_tid, &child_word);
    CHECK(tid > 0);
    CHECK_EQ(parent_word, tid);
    for (int now; (now = __atomic_load_n(&child_word, __ATOMIC_SEQ_CST));)
        syscall(SYS_futex, &child_word, 0, now, NULL, NULL, 0);
    CHECK_EQ(tid_seen, tid);
    tid = clone_child(CLONE_CHILD_SETTID | SIGCHLD, see_tid, &child_word);
    CHECK_EXITS(tid, 0);
    CHECK_EQ(child_word, 0);            /* it stored that in its own memory */
}

TEST("S21 words for the tid that can't be written do no harm")
{
    char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                      0);
    int pid = clone(do_nothing, stack + STACK_SIZE,
                    CLONE_PARENT_SETTID | CLONE_CHILD_SETTID |
                    CLONE_CHILD_CLEARTID | SIGCHLD, NULL, page, NULL, page);

    CHECK(pid > 0);
    CHECK_EXITS(pid, 0);
    CHECK_EQ(*page, 0);
}

static int read_tp(void *arg)
{
    return __builtin_thread_pointer() != arg;
}

TEST("S24 CLONE_SETTLS sets the thread pointer")
{
    static long block[64];
    void *tls = &block[32];
    int pid = clone(read_tp, stack + STACK_SIZE, CLONE_SETTLS | SIGCHLD, tls,
                    NULL, tls, NULL);

    CHECK_EXITS(pid, 0);
}

/* --- the exit signal --- */

static volatile int caught[65];

static void count_signal(int signo)
{
    caught[signo]++;
}

TEST("S22 the exit signal: none, SIGCHLD, SIGUSR1, a real-time one")
{
    const int signals[] = { 0, SIGCHLD, SIGUSR1, SIGRTMIN + 3 };

    for (int i = 0; i < 4; i++) {
        int signo = signals[i], pid;

        memset((void *)caught, 0, sizeof(caught));
        for (int k = 1; k < 4; k++)
            signal(signals[k], count_signal);
        pid = clone_child(signo, do_nothing, NULL);
        CHECK(pid > 0);
        CHECK_EQ(waitpid(pid, NULL, __WALL), pid);
        for (int k = 1; k < 4; k++)
            CHECK_EQ(caught[signals[k]], k == i);
    }
}

TEST("S22 an exit signal that is no signal is none")
{
    int pid = clone_child(200, do_nothing, NULL);

    CHECK(pid > 0);
    CHECK_EQ(waitpid(pid, NULL, __WALL), pid);
}

TEST("S22 SIGCHLD ignored: no zombie; another signal: a zombie all the same")
{
    int pid;

    signal(SIGCHLD, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
    pid = clone_child(SIGCHLD, do_nothing, NULL);
    CHECK(pid > 0);
    CHECK_FAILS(waitpid(pid, NULL, __WALL), ECHILD);
    CHECK_FAILS(kill(pid, 0), ESRCH);
    pid = clone_child(SIGUSR1, do_nothing, NULL);
    CHECK_EQ(waitpid(pid, NULL, __WALL), pid);
}

/* --- clone3 --- */

struct args3 {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack,
        stack_size, tls, set_tid, set_tid_size, cgroup;
    uint64_t later[4];
};

/* The child of a plain fork only exits; it has no stack of its own. */
static long clone3_size(const void *args, size_t size)
{
    long r = syscall(SYS_clone3, args, size);

    if (r == 0)
        _exit(5);
    return r;
}

static void check_clone3_works(struct args3 args, size_t size)
{
    long pid = clone3_size(&args, size);

    if (pid < 0)
        tap_fail(__FILE__, __LINE__, "size %zu flags %#llx: errno %d", size,
                 (long long)args.flags, errno);
    CHECK_EQ(waitpid(pid, NULL, __WALL), pid);
}

TEST("S24 clone3: sizes from the first version's to a page")
{
    static char page[4096 + 8];
    struct args3 *args = (void *)page;

    args->exit_signal = SIGCHLD;
    for (size_t size = 0; size < 64; size++)
        CHECK_FAILS(clone3_size(args, size), EINVAL);
    check_clone3_works(*args, 64);
    check_clone3_works(*args, 72);
    check_clone3_works(*args, 88);
    check_clone3_works(*args, sizeof(*args));
    CHECK_FAILS(clone3_size(args, 4097), E2BIG);
    page[4095] = 1;
    CHECK_FAILS(clone3_size(args, 4096), E2BIG);
    page[4095] = 0;
    args->later[0] = 1;
    CHECK_FAILS(clone3_size(args, sizeof(*args)), E2BIG);
    check_clone3_works(*args, 88);              /* not looked at */
    CHECK_FAILS(clone3_size(NULL, 88), EFAULT);
    CHECK_FAILS(clone3_size((void *)-1l, 88), EFAULT);
}

static void check_clone3_fails(struct args3 args)
{
    errno = 0;
    long r = clone3_size(&args, 88);

    if (r != -1 || errno != EINVAL)
        tap_fail(__FILE__, __LINE__, "flags %#llx signal %llu: %ld errno %d",
                 (long long)args.flags, (long long)args.exit_signal, r, errno);
}

TEST("S24 clone3: what a field may hold")
{
    int word;
    uint64_t at = (uintptr_t)&word, top = 1ull << 38;

    check_clone3_fails((struct args3){ .flags = SIGCHLD });
    check_clone3_fails((struct args3){ .flags = CLONE_DETACHED });
    check_clone3_fails((struct args3){ .flags = 1ull << 40 });
    check_clone3_fails((struct args3){ .flags = CLONE_INTO_CGROUP_ });
    check_clone3_fails((struct args3){ .exit_signal = 65 });
    check_clone3_fails((struct args3){ .exit_signal = 256 });
    check_clone3_fails((struct args3){ .exit_signal = -1 });
    check_clone3_fails((struct args3){ .flags = CLONE_PARENT,
                                       .exit_signal = SIGCHLD });
    check_clone3_fails((struct args3){
        .flags = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD, .exit_signal = 1 });
    check_clone3_fails((struct args3){ .stack = at });
    check_clone3_fails((struct args3){ .stack_size = 4096 });
    check_clone3_fails((struct args3){ .stack = at, .stack_size = top });
    check_clone3_fails((struct args3){ .stack = -4096ull,
                                       .stack_size = 8192 });
    check_clone3_fails((struct args3){ .set_tid = at });
    check_clone3_fails((struct args3){ .set_tid_size = 1 });
    check_clone3_fails((struct args3){
        .flags = CLONE_PIDFD | CLONE_PARENT_SETTID, .pidfd = at,
        .parent_tid = at });
    check_clone3_fails((struct args3){
        .flags = CLONE_VM | CLONE_SIGHAND | CLONE_CLEAR_SIGHAND });
    signal(64, SIG_IGN);
    check_clone3_works((struct args3){ .exit_signal = 64 }, 88);
}

TEST("S24 clone3: two words, one for the tid and one for the pidfd")
{
    int tid = -1, fd = -1;
    struct args3 args = {
        .flags = CLONE_PIDFD | CLONE_PARENT_SETTID, .exit_signal = SIGCHLD,
        .pidfd = (uintptr_t)&fd, .parent_tid = (uintptr_t)&tid,
    };
    long pid = clone3_size(&args, 88);

    CHECK(pid > 0);
    CHECK_EQ(tid, pid);
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    struct pollfd p = { fd, POLLIN, 0 };
    CHECK_EQ(poll(&p, 1, -1), 1);
    CHECK_EXITS(pid, 5);
    args.pidfd = 8;
    CHECK_FAILS(clone3_size(&args, 88), EFAULT);
    CHECK_FAILS(waitpid(-1, NULL, 0), ECHILD);
}

TEST("S24 CLONE_CLEAR_SIGHAND: handlers become defaults, ignored stays")
{
    struct args3 args = { .flags = CLONE_CLEAR_SIGHAND,
                          .exit_signal = SIGCHLD };
    struct sigaction action;
    long pid;

    signal(SIGUSR1, handler);
    signal(SIGUSR2, SIG_IGN);
    pid = syscall(SYS_clone3, &args, 88);
    if (pid == 0) {
        sigaction(SIGUSR1, NULL, &action);
        CHECK(action.sa_handler == SIG_DFL);
        sigaction(SIGUSR2, NULL, &action);
        CHECK(action.sa_handler == SIG_IGN);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    sigaction(SIGUSR1, NULL, &action);
    CHECK(action.sa_handler == handler);
}


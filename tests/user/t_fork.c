/*
 * t_fork.c - what a child has from its parent, and what not: fork(2) (rows
 * B-05, B-06, B-15, A-25, A-29, A-34, S03, T06).
 *
 * run: cpus=1,4 timeout=60
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/slurp.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>

/* --- values and memory --- */

TEST("B-05 T03 fork gives 0 to the child and its pid to the parent")
{
    pid_t *seen = child_shared(4096), parent = getpid();
    pid_t pid = child_fork();

    if (pid == 0) {
        seen[0] = getpid();
        seen[1] = getppid();
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK(pid > 1 && pid != parent);
    CHECK_EQ(seen[0], pid);
    CHECK_EQ(seen[1], parent);
    CHECK_EQ(getpid(), parent);
}

static int in_data = 1, in_bss;

struct memory {
    int *data, *bss, *heap, *map, *stack;
};

static bool all_are(const struct memory *m, int value)
{
    return *m->data == value && *m->bss == value && *m->heap == value &&
           *m->map == value && *m->stack == value;
}

static void set_all(const struct memory *m, int value)
{
    *m->data = *m->bss = *m->heap = *m->map = *m->stack = value;
}

static struct memory one_of_each(int *stack)
{
    struct memory m = { &in_data, &in_bss, malloc(sizeof(int)), NULL, stack };

    m.map = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(m.heap && m.map != MAP_FAILED);
    set_all(&m, 7);
    return m;
}

TEST("B-05 the child's stores are its own")
{
    int on_stack;
    struct memory m = one_of_each(&on_stack);
    pid_t pid = child_fork();

    if (pid == 0) {
        CHECK(all_are(&m, 7));
        set_all(&m, 8);
        CHECK(all_are(&m, 8));
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK(all_are(&m, 7));
}

TEST("B-05 the parent's stores after the fork are its own")
{
    int on_stack;
    struct memory m = one_of_each(&on_stack);
    struct gate written;
    pid_t pid;

    gate_init(&written);
    pid = child_fork();
    if (pid == 0) {
        gate_pass(&written);
        CHECK(all_are(&m, 7));
        _exit(0);
    }
    set_all(&m, 9);
    gate_open(&written);
    CHECK_EXITS(pid, 0);
    CHECK(all_are(&m, 9));
}

TEST("B-05 a page written by parent, child and grandchild has three values")
{
    int *cell = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pid_t pid;

    *cell = 1;
    pid = child_fork();
    if (pid == 0) {
        pid_t grandchild = child_fork();

        if (grandchild == 0) {
            CHECK_EQ(*cell, 1);
            *cell = 3;
            _exit(*cell);
        }
        *cell = 2;
        CHECK_EXITS(grandchild, 3);
        _exit(*cell);
    }
    CHECK_EXITS(pid, 2);
    CHECK_EQ(*cell, 1);
}

/* --- files and folders --- */

static int open_scratch(void)
{
    int fd = open("/tmp/t_fork", O_RDWR | O_CREAT | O_TRUNC, 0600);

    CHECK(fd >= 0);
    unlink("/tmp/t_fork");
    return fd;
}

TEST("A-25 parent and child share the offset of an open file")
{
    int fd = open_scratch();
    pid_t pid = child_fork();

    if (pid == 0) {
        CHECK_EQ(write(fd, "child", 5), 5);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 5);
    CHECK_EQ(write(fd, "parent", 6), 6);
    CHECK_EQ(lseek(fd, 0, SEEK_END), 11);
}

TEST("A-25 the descriptors themselves are not shared")
{
    int fd = open_scratch();
    int *opened = child_shared(4096);
    pid_t pid = child_fork();

    if (pid == 0) {
        *opened = dup(fd);
        CHECK_EQ(close(fd), 0);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK_EQ(write(fd, "x", 1), 1);
    CHECK(*opened > fd);
    CHECK_FAILS(fcntl(*opened, F_GETFD), EBADF);
}

TEST("A-34 a child's chdir does not move its parent")
{
    char before[256], after[256];
    pid_t pid;

    CHECK_EQ(chdir("/tmp"), 0);
    CHECK(getcwd(before, sizeof(before)));
    pid = child_fork();
    if (pid == 0) {
        CHECK(getcwd(after, sizeof(after)));
        CHECK(!strcmp(before, after));
        CHECK_EQ(chdir("/"), 0);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK(getcwd(after, sizeof(after)));
    CHECK(!strcmp(after, "/tmp"));
}

TEST("A-29 umask is inherited, and its change stays in the child")
{
    pid_t pid;

    umask(027);
    pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(umask(0777), 027);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK_EQ(umask(022), 027);
}

/* --- signals and ids --- */

static volatile sig_atomic_t handled;

static void count_signal(int signo, siginfo_t *info, void *context)
{
    (void)context;
    handled += info->si_signo == signo && info->si_pid == getpid();
}

TEST("B-05 the signal mask is inherited, pending signals are not")
{
    sigset_t set, mask, pending;
    pid_t pid;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGRTMIN + 3);
    CHECK_EQ(sigprocmask(SIG_BLOCK, &set, NULL), 0);
    raise(SIGUSR1);
    pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(sigprocmask(SIG_BLOCK, NULL, &mask), 0);
        CHECK(sigismember(&mask, SIGUSR1) == 1);
        CHECK(sigismember(&mask, SIGRTMIN + 3) == 1);
        CHECK(sigismember(&mask, SIGUSR2) == 0);
        CHECK_EQ(sigpending(&pending), 0);
        CHECK(sigismember(&pending, SIGUSR1) == 0);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK_EQ(sigpending(&pending), 0);
    CHECK(sigismember(&pending, SIGUSR1) == 1);
}

TEST("A-28 B-06 handlers are inherited with their flags and masks")
{
    struct sigaction sa = { .sa_sigaction = count_signal,
                            .sa_flags = SA_SIGINFO | SA_RESTART };
    struct sigaction got;
    pid_t pid;

    sigaddset(&sa.sa_mask, SIGUSR2);
    CHECK_EQ(sigaction(SIGUSR1, &sa, NULL), 0);
    signal(SIGHUP, SIG_IGN);
    pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(sigaction(SIGUSR1, NULL, &got), 0);
        CHECK(got.sa_sigaction == count_signal);
        CHECK((got.sa_flags & (SA_SIGINFO | SA_RESTART)) ==
              (SA_SIGINFO | SA_RESTART));
        CHECK(sigismember(&got.sa_mask, SIGUSR2) == 1);
        CHECK_EQ(sigaction(SIGHUP, NULL, &got), 0);
        CHECK(got.sa_handler == SIG_IGN);
        CHECK_EQ(kill(getpid(), SIGUSR1), 0);
        CHECK_EQ(handled, 1);
        signal(SIGUSR1, SIG_DFL);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK_EQ(sigaction(SIGUSR1, NULL, &got), 0);
    CHECK(got.sa_sigaction == count_signal);
    CHECK_EQ(handled, 0);
}

TEST("B-05 timers and times of the parent are not the child's")
{
    struct itimerval t = { { 0, 0 }, { 1000, 0 } };
    int64_t start = child_cpu_time();
    pid_t pid;

    while (child_cpu_time() - start < 50000000)
        ;
    CHECK_EQ(setitimer(ITIMER_REAL, &t, NULL), 0);
    pid = child_fork();
    if (pid == 0) {
        CHECK(child_cpu_time() < 40000000);
        CHECK_EQ(getitimer(ITIMER_REAL, &t), 0);
        CHECK_EQ(t.it_value.tv_sec, 0);
        CHECK_EQ(t.it_value.tv_usec, 0);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK_EQ(getitimer(ITIMER_REAL, &t), 0);
    CHECK(t.it_value.tv_sec > 900);
}

TEST("A-21 B-05 group and session are inherited")
{
    pid_t pid = child_fork();

    if (pid == 0) {
        pid_t sid = setsid(), child;

        CHECK_EQ(sid, getpid());
        child = child_fork();
        if (child == 0) {
            CHECK_EQ(getsid(0), sid);
            CHECK_EQ(getpgid(0), sid);
            _exit(0);
        }
        CHECK_EXITS(child, 0);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
}

/* --- many --- */

#define MANY 1000

TEST("1,000 children live at once, and each is waited for")
{
    static pid_t pids[MANY];
    struct gate all_there;

    gate_init(&all_there);
    for (int i = 0; i < MANY; i++) {
        pids[i] = child_fork();
        if (pids[i] == 0) {
            char c;
            close(all_there.fd[1]);
            _exit(read(all_there.fd[0], &c, 1) == 0 ? i % 251 : 252);
        }
    }
    close(all_there.fd[1]);             /* end of file for all of them */
    for (int i = 0; i < MANY; i++)
        CHECK_EXITS(pids[i], i % 251);
    CHECK_FAILS(waitpid(-1, NULL, 0), ECHILD);
}

#define TREE_WIDTH 3
#define TREE_DEPTH 5

struct census {
    int born, waited, wrong_parent;
};

static void grow_tree(struct census *c, int depth)
{
    pid_t me = getpid();

    if (depth == 0)
        return;
    for (int i = 0; i < TREE_WIDTH; i++) {
        if (child_fork() == 0) {
            __atomic_add_fetch(&c->born, 1, __ATOMIC_SEQ_CST);
            if (getppid() != me)
                __atomic_add_fetch(&c->wrong_parent, 1, __ATOMIC_SEQ_CST);
            grow_tree(c, depth - 1);
            _exit(0);
        }
    }
    for (int status; waitpid(-1, &status, 0) > 0; ) {
        CHECK_EQ(status, 0);
        __atomic_add_fetch(&c->waited, 1, __ATOMIC_SEQ_CST);
    }
}

TEST("S03 a tree of 5 levels with 3 children each: 363 forks, 363 waits")
{
    struct census *c = child_shared(4096);

    grow_tree(c, TREE_DEPTH);
    CHECK_EQ(c->born, 363);
    CHECK_EQ(c->waited, 363);
    CHECK_EQ(c->wrong_parent, 0);
}

TEST("B-15 P6 an orphan's parent is pid 1, which reaps it")
{
    struct { volatile pid_t pid, parent; } *orphan = child_shared(4096);
    pid_t middle = child_fork();

    if (middle == 0) {
        middle = getpid();
        if (child_fork() == 0) {
            while (getppid() == middle)
                sleep_ms(1);
            orphan->parent = getppid();
            orphan->pid = getpid();
        }
        _exit(0);
    }
    CHECK_EXITS(middle, 0);
    while (!orphan->pid)
        sleep_ms(1);
    for (int i = 0; i < 1000 && kill(orphan->pid, 0) == 0; i++)
        sleep_ms(2);
    CHECK_FAILS(kill(orphan->pid, 0), ESRCH);
    CHECK_EQ(orphan->parent, 1);
}

#define ORPHANS 1000

/* Leaves children behind, who end when the gate has been opened for each. */
static void leave_orphans(struct gate *end)
{
    for (int i = 0; i < ORPHANS; i++)
        if (child_fork() == 0) {
            gate_pass(end);
            _exit(i % 256);
        }
}

TEST("T01 B-15 1,000 orphans end at once: pid 1 reaps every one")
{
    long lwps = slurp_objects("lwp");
    struct gate end;
    pid_t middle;

    gate_init(&end);
    middle = child_fork();
    if (middle == 0) {
        leave_orphans(&end);
        _exit(0);
    }
    CHECK_EXITS(middle, 0);
    CHECK(slurp_objects("lwp") >= lwps + ORPHANS);
    for (int i = 0; i < ORPHANS; i++)
        gate_open(&end);
    for (int i = 0; i < 100 && slurp_objects("lwp") > lwps; i++)
        sleep_ms(50);
    slurp_settle("lwp", lwps);
    CHECK_FAILS(waitpid(-1, NULL, WNOHANG), ECHILD);
}

TEST("T06 2,000 forks: no pid comes twice, and none is the parent's")
{
    static bool seen[32768];

    seen[getpid()] = true;
    for (int i = 0; i < 2000; i++) {
        pid_t pid = child_fork();

        if (pid == 0)
            _exit(0);
        CHECK(pid > 1 && pid < 32768);
        CHECK(!seen[pid]);
        seen[pid] = true;
        CHECK_EXITS(pid, 0);
    }
}

#define MAKERS 4
#define EACH 100

static volatile pid_t (*made)[EACH];

/* Children that live until all makers have theirs. */
static void make_children(int maker, struct gate *done, struct gate *go)
{
    for (int i = 0; i < EACH; i++)
        made[maker][i] = child_sleeper();
    gate_open(done);
    gate_pass(go);
    for (int i = 0; i < EACH; i++)
        child_kill(made[maker][i]);
    _exit(0);
}

TEST("R03 four that fork at once: 400 children, no two with one number")
{
    static bool seen[32768];
    struct gate done, go;
    pid_t makers[MAKERS];

    made = child_shared(sizeof(*made) * MAKERS);
    gate_init(&done);
    gate_init(&go);
    for (int m = 0; m < MAKERS; m++) {
        makers[m] = child_fork();
        if (makers[m] == 0)
            make_children(m, &done, &go);
        seen[makers[m]] = true;
    }
    for (int m = 0; m < MAKERS; m++)
        gate_pass(&done);
    for (int n = 0; n < MAKERS * EACH; n++) {
        pid_t pid = made[n / EACH][n % EACH];

        CHECK(pid > 1 && pid < 32768 && !seen[pid]);
        seen[pid] = true;
    }
    for (int m = 0; m < MAKERS; m++)
        gate_open(&go);
    for (int m = 0; m < MAKERS; m++)
        CHECK_EXITS(makers[m], 0);
}

/* --- what is refused --- */

static void fork_under_limit(void)
{
    struct rlimit limit = { 3, 3 };
    int forked = 0;

    CHECK_EQ(setrlimit(RLIMIT_NPROC, &limit), 0);
    CHECK_EQ(setuid(4321), 0);          /* root is above this limit */
    for (;;) {
        pid_t pid = fork();

        if (pid == 0) {
            pause();
            _exit(0);
        }
        if (pid < 0)
            break;
        forked++;
        CHECK(forked < 3);
    }
    CHECK_EQ(errno, EAGAIN);
    CHECK_EQ(forked, 2);
    signal(SIGTERM, SIG_IGN);
    kill(0, SIGTERM);
    while (wait(NULL) > 0)
        ;
}

TEST("RLIMIT_NPROC: one child too many is EAGAIN")
{
    pid_t pid;

    if (getuid() != 0)
        tap_skip("needs root");
    pid = child_fork();
    if (pid == 0) {
        setpgid(0, 0);
        fork_under_limit();
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
}

TEST("B-08 P11 P13 clone with flags that contradict each other is EINVAL")
{
    static const unsigned long bad[] = {
        CLONE_SIGHAND,                          /* needs VM */
        CLONE_THREAD,                           /* needs SIGHAND */
        CLONE_THREAD | CLONE_VM,
        CLONE_THREAD | CLONE_SIGHAND,
        CLONE_PIDFD | CLONE_DETACHED,
        CLONE_PIDFD | CLONE_PARENT_SETTID,      /* one word for two values */
        CLONE_NEWNS | CLONE_FS,
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        errno = 0;
        long r = syscall(SYS_clone, bad[i] | SIGCHLD, 0, NULL, 0, NULL);
        if (r == 0)
            _exit(0);
        if (r != -1 || errno != EINVAL)
            tap_fail(__FILE__, __LINE__, "flags %#lx: result %ld, errno %d",
                     bad[i], r, errno);
    }
    CHECK_FAILS(waitpid(-1, NULL, 0), ECHILD);
}

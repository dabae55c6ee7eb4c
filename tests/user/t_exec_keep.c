/*
 * t_exec_keep.c - what a process keeps when it execs, and what it loses (rows
 * B-10, P1, S07).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/image.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

/* Become the program again in this role; never returns. */
static _Noreturn void exec_role(const char *role)
{
    char setting[64], *argv[] = { "role", NULL }, *envp[] = { setting, NULL };

    snprintf(setting, sizeof(setting), "ROLE=%s", role);
    execve(tap_self, argv, envp);
    tap_fail(__FILE__, __LINE__, "execve: errno %d", errno);
}

static pid_t start_role(const char *role)
{
    pid_t pid = child_fork();

    if (pid == 0)
        exec_role(role);
    return pid;
}

/* --- files --- */

#define KEPT 10
#define CLOSED 11
#define FAR 200

ROLE(files)
{
    char c = 0;

    CHECK_EQ(fcntl(KEPT, F_GETFD), 0);
    CHECK_EQ(read(KEPT, &c, 1), 1);
    CHECK_EQ(c, 'b');                   /* the offset is kept, too */
    CHECK_FAILS(fcntl(CLOSED, F_GETFD), EBADF);
    CHECK_FAILS(fcntl(FAR, F_GETFD), EBADF);
    CHECK_EQ(fcntl(FAR + 1, F_GETFD), 0);
    return 0;
}

/* What the role expects; a byte of the file has been read. */
static void prepare_files(void)
{
    int fd = open("/tmp/t_exec_keep", O_RDWR | O_CREAT | O_TRUNC, 0600);
    char c;

    unlink("/tmp/t_exec_keep");
    CHECK_EQ(write(fd, "abc", 3), 3);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(read(fd, &c, 1), 1);
    CHECK_EQ(dup2(fd, KEPT), KEPT);
    CHECK_EQ(dup3(fd, CLOSED, O_CLOEXEC), CLOSED);
    CHECK_EQ(dup3(fd, FAR, O_CLOEXEC), FAR);
    CHECK_EQ(dup2(fd, FAR + 1), FAR + 1);
}

TEST("B-10 S07 exec closes the descriptors marked so, and no others")
{
    pid_t pid;

    prepare_files();
    pid = start_role("files");
    CHECK_EXITS(pid, 0);
    CHECK_EQ(fcntl(CLOSED, F_GETFD), FD_CLOEXEC);   /* only in the child */
}

static int exec_in_shared_table(void *arg)
{
    (void)arg;
    exec_role("files");
}

TEST("B-10 exec closes in its own table when it was shared")
{
    static char stack[16384] __attribute__((aligned(16)));
    pid_t pid;

    prepare_files();
    pid = clone(exec_in_shared_table, stack + sizeof(stack),
                CLONE_FILES | SIGCHLD, NULL);
    CHECK(pid > 0);
    CHECK_EXITS(pid, 0);
    CHECK_EQ(fcntl(CLOSED, F_GETFD), FD_CLOEXEC);
}

/* --- signals --- */

static void handler(int signo)
{
    (void)signo;
}

static void (*action_of(int signo))(int)
{
    struct sigaction sa;

    CHECK_EQ(sigaction(signo, NULL, &sa), 0);
    return sa.sa_handler;
}

ROLE(signals)
{
    sigset_t mask, pending;
    stack_t alternative;

    CHECK(action_of(SIGUSR1) == SIG_DFL);
    CHECK(action_of(SIGUSR2) == SIG_IGN);
    CHECK(action_of(SIGHUP) == SIG_DFL);
    CHECK_EQ(sigprocmask(SIG_BLOCK, NULL, &mask), 0);
    CHECK_EQ(sigismember(&mask, SIGTERM), 1);
    CHECK_EQ(sigismember(&mask, SIGUSR1), 0);
    CHECK_EQ(sigpending(&pending), 0);
    CHECK_EQ(sigismember(&pending, SIGTERM), 1);
    CHECK_EQ(sigaltstack(NULL, &alternative), 0);
    CHECK(alternative.ss_flags & SS_DISABLE);
    return 0;
}

TEST("B-10 handlers become defaults; ignored, blocked, pending stay so")
{
    static char memory[16384];
    stack_t alternative = { .ss_sp = memory, .ss_size = sizeof(memory) };
    sigset_t block;
    pid_t pid = child_fork();

    if (pid == 0) {
        signal(SIGUSR1, handler);
        signal(SIGUSR2, SIG_IGN);
        CHECK_EQ(sigaltstack(&alternative, NULL), 0);
        sigemptyset(&block);
        sigaddset(&block, SIGTERM);
        CHECK_EQ(sigprocmask(SIG_BLOCK, &block, NULL), 0);
        raise(SIGTERM);
        exec_role("signals");
    }
    CHECK_EXITS(pid, 0);
}

/* --- times and limits --- */

ROLE(timers)
{
    struct itimerval t;
    struct itimerspec spec;
    struct rlimit limit;

    CHECK_EQ(getitimer(ITIMER_REAL, &t), 0);
    CHECK(t.it_value.tv_sec > 900);
    CHECK_FAILS(syscall(SYS_timer_gettime, 0, &spec), EINVAL);
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
    CHECK_EQ(limit.rlim_cur, 77);
    CHECK_EQ(getpriority(PRIO_PROCESS, 0), 7);
    CHECK(child_cpu_time() >= 50000000);
    return 0;
}

TEST("exec keeps the interval timer, limits, nice and times; timers go")
{
    struct itimerval t = { { 0, 0 }, { 1000, 0 } };
    struct sigevent none = { .sigev_notify = SIGEV_NONE };
    struct rlimit limit = { 77, 77 };
    timer_t timer;
    pid_t pid = child_fork();

    if (pid == 0) {
        CHECK_EQ(setitimer(ITIMER_REAL, &t, NULL), 0);
        CHECK_EQ(timer_create(CLOCK_MONOTONIC, &none, &timer), 0);
        CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
        CHECK_EQ(setpriority(PRIO_PROCESS, 0, 7), 0);
        while (child_cpu_time() < 50000000)
            ;
        exec_role("timers");
    }
    CHECK_EXITS(pid, 0);
}

/* --- who and where --- */

struct identity {
    pid_t pid, ppid, pgid, sid;
    uid_t uid;
    mode_t mask;
    char cwd[64];
};

static struct identity identity(void)
{
    struct identity id;

    memset(&id, 0, sizeof(id));
    id.pid = getpid();
    id.ppid = getppid();
    id.pgid = getpgid(0);
    id.sid = getsid(0);
    id.uid = getuid();
    id.mask = umask(0);
    CHECK(getcwd(id.cwd, sizeof(id.cwd)));
    return id;
}

ROLE(identity)
{
    struct identity was, is = identity();

    CHECK_EQ(read(KEPT, &was, sizeof(was)), sizeof(was));
    CHECK(!memcmp(&was, &is, sizeof(is)));
    return 0;
}

TEST("exec keeps pid, parent, group, session, umask and folder")
{
    int p[2];
    pid_t pid;

    CHECK_EQ(pipe(p), 0);
    CHECK_EQ(dup2(p[0], KEPT), KEPT);
    pid = child_fork();
    if (pid == 0) {
        struct identity id;
        CHECK_EQ(chdir("/tmp"), 0);
        CHECK_EQ(setsid(), getpid());
        id = identity();
        umask(id.mask);
        CHECK_EQ(write(p[1], &id, sizeof(id)), sizeof(id));
        exec_role("identity");
    }
    CHECK_EXITS(pid, 0);
}

ROLE(names)
{
    char comm[16] = "", exe[128] = "";

    CHECK_EQ(prctl(PR_GET_NAME, comm), 0);
    if (strcmp(comm, "a-long-name-of-"))
        return 2;
    if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0 &&
        strcmp(exe, "/tmp/a-long-name-of-a-program"))
        return 3;
    return 0;
}

static void copy_file(const char *from, const char *to)
{
    static char buf[65536];
    int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT, 0755);
    ssize_t n;

    CHECK(in >= 0 && out >= 0);
    while ((n = read(in, buf, sizeof(buf))) > 0)
        CHECK_EQ(write(out, buf, n), n);
    CHECK_EQ(n, 0);
    close(in);
    close(out);
}

TEST("A-26 A-27 S11 the thread's name is the file's, cut at 15; exe its path")
{
    char *argv[] = { "another name", NULL }, *envp[] = { "ROLE=names", NULL };
    const char *path = "/tmp/a-long-name-of-a-program";
    pid_t pid;

    copy_file(tap_self, path);
    pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(prctl(PR_SET_NAME, "before"), 0);
        execve("/tmp/../tmp/a-long-name-of-a-program", argv, envp);
        _exit(99);
    }
    CHECK_EXITS(pid, 0);
    unlink(path);
}

/* Until descriptor 0 has no more to read. */
ROLE(stand)
{
    char c;

    while (read(0, &c, 1) > 0)
        ;
    return 0;
}

TEST("A-11 a child's group can't be set any more after its exec")
{
    struct gate g;
    pid_t pid;

    gate_init(&g);
    pid = child_fork();
    if (pid == 0) {
        close(g.fd[1]);
        dup2(g.fd[0], 0);
        fcntl(g.fd[0], F_SETFD, FD_CLOEXEC);
        sleep_ms(30);
        exec_role("stand");
    }
    CHECK_EQ(setpgid(pid, pid), 0);
    sleep_ms(100);
    for (int i = 0; i < 100 && setpgid(pid, getpgid(0)) == 0; i++)
        sleep_ms(10);
    CHECK_FAILS(setpgid(pid, pid), EACCES);
    close(g.fd[1]);
    CHECK_EXITS(pid, 0);
}

/* --- threads --- */

ROLE(alone)
{
    pid_t was = 0;

    CHECK_EQ(read(KEPT, &was, sizeof(was)), sizeof(was));
    CHECK_EQ(getpid(), was);
    CHECK_EQ(syscall(SYS_gettid), was);
    /* No second thread: none can be signalled, and the end is at once. */
    for (pid_t tid = was + 1; tid < was + 8; tid++)
        CHECK_FAILS(syscall(SYS_tgkill, was, tid, 0), ESRCH);
    return 12;
}

static void *do_nothing(void *arg)
{
    for (;;)
        arg ? sched_yield() : pause();
    return NULL;
}

static void *exec_alone(void *arg)
{
    (void)arg;
    exec_role("alone");
}

TEST("P1 exec with other threads, from the first and from another")
{
    for (int from_other = 0; from_other < 2; from_other++) {
        int p[2];
        pid_t pid;

        CHECK_EQ(pipe(p), 0);
        CHECK_EQ(dup2(p[0], KEPT), KEPT);
        pid = child_fork();
        if (pid == 0) {
            pthread_t t;
            pid = getpid();
            CHECK_EQ(write(p[1], &pid, sizeof(pid)), sizeof(pid));
            for (long i = 0; i < 4; i++)
                CHECK_EQ(pthread_create(&t, NULL, do_nothing,
                                        (void *)(i % 2)), 0);
            sleep_ms(10);
            if (!from_other)
                exec_role("alone");
            CHECK_EQ(pthread_create(&t, NULL, exec_alone, NULL), 0);
            do_nothing(NULL);
        }
        CHECK_EXITS(pid, 12);
        close(p[0]);
        close(p[1]);
    }
}

static void *exec_nowhere(void *arg)
{
    char *argv[] = { "x", NULL };

    execve("/nowhere", argv, argv);
    *(int *)arg = errno;
    return NULL;
}

TEST("B-09 a failed exec leaves the other threads alone")
{
    static volatile int turns;
    int error = 0;
    pthread_t t;

    for (int i = 0; i < 20; i++) {
        CHECK_EQ(pthread_create(&t, NULL, exec_nowhere, &error), 0);
        turns++;
        CHECK_EQ(pthread_join(t, NULL), 0);
        CHECK_EQ(error, ENOENT);
    }
    CHECK_EQ(turns, 20);
}

/* --- set-id programs --- */

ROLE(ids)
{
    uid_t r, e, s;

    CHECK_EQ(getresuid(&r, &e, &s), 0);
    return r == 1000 && e == 2000 && s == 2000 ? 0 : 1;
}

TEST("a set-user-id program runs as its owner, unless that is forbidden")
{
    char *argv[] = { "x", NULL }, *envp[] = { "ROLE=ids", NULL };
    pid_t pid;

    if (getuid() != 0)
        tap_skip("needs root");
    copy_file(tap_self, "/tmp/t_exec_setuid");
    CHECK_EQ(chown("/tmp/t_exec_setuid", 2000, 2000), 0);
    CHECK_EQ(chmod("/tmp/t_exec_setuid", 04755), 0);
    for (int forbidden = 0; forbidden < 2; forbidden++) {
        pid = child_fork();
        if (pid == 0) {
            if (forbidden)
                CHECK_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
            CHECK_EQ(setuid(1000), 0);
            execve("/tmp/t_exec_setuid", argv, envp);
            _exit(99);
        }
        CHECK_EXITS(pid, forbidden);
    }
    unlink("/tmp/t_exec_setuid");
}

/*
 * t_failnth.c - processes and memory: every allocation of a system call fails
 * once; the call gives an error or does without, and nothing is lost.  For
 * files, t_failnth_file.c.
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/failnth.h"
#include "tests/user/lib/image.h"
#include "tests/user/lib/probe.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

#define RW (PROT_READ | PROT_WRITE)

static void wait_result(long pid)
{
    CHECK_EXITS(pid, 0);
}

static long call_fork(void)
{
    long pid = syscall(SYS_clone, SIGCHLD, 0, NULL, 0, NULL);

    if (pid == 0)
        _exit(0);
    return pid;
}

TEST("fail-nth: fork")
{
    struct trial t = { call_fork, wait_result };
    char *p = probe_pages(2000, RW);    /* page tables, shared pages */

    for (int i = 0; i < 2000; i += 100)
        p[i * PAGE] = 1;
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0) !=
          MAP_FAILED);
    fail_walk(&t);
}

static char thread_stack[16384] __attribute__((aligned(16)));

static int end_thread(void *arg)
{
    (void)arg;
    return 0;
}

static long call_clone_vm(void)
{
    return clone(end_thread, thread_stack + sizeof(thread_stack),
                 CLONE_VM | CLONE_FS | CLONE_FILES | SIGCHLD, NULL);
}

TEST("fail-nth: clone that shares")
{
    struct trial t = { call_clone_vm, wait_result };

    fail_walk(&t);
}

static int pidfd;

static long call_clone_pidfd(void)
{
    pid_t pid = syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, &pidfd, 0, NULL);

    if (pid == 0)
        _exit(0);
    return pid;
}

static void close_and_wait(long pid)
{
    CHECK_EQ(close(pidfd), 0);
    wait_result(pid);
}

TEST("S24 fail-nth: clone with a pidfd")
{
    struct trial t = { call_clone_pidfd, close_and_wait };

    fail_walk(&t);
}

static long call_pidfd_open(void)
{
    return syscall(434, getpid(), 0);
}

static void close_result(long fd)
{
    CHECK_EQ(close(fd), 0);
}

TEST("S24 fail-nth: pidfd_open")
{
    struct trial t = { call_pidfd_open, close_result };

    fail_walk(&t);
}

/* In a child that shares nothing but the report, for success does not come
 * back: 0 after exec, the error else. */
static int *exec_error;

static long call_exec(void)
{
    char *argv[] = { "x", "an argument", NULL }, *envp[] = { "A=B", NULL };

    execve("/tmp/t_failnth", argv, envp);
    return -1;
}

static int try_exec(int n)
{
    pid_t pid = child_fork();
    int status;

    if (pid == 0) {
        fail_open();
        *exec_error = 0;
        fail_nth(n);
        call_exec();
        int error = errno;
        fail_nth(0);
        *exec_error = error;
        _exit(0);
    }
    status = child_wait(pid);
    if (!*exec_error && status != 23 << 8)
        tap_fail(__FILE__, __LINE__, "failure %d: status %#x", n, status);
    return *exec_error;
}

TEST("fail-nth: execve")
{
    struct image image;

    image_make(&image, ET_EXEC, NULL, 0);
    image_save("/tmp/t_failnth", &image, sizeof(image));
    fail_open();
    exec_error = child_shared(PAGE);
    try_exec(0);
    fail_walk_all(try_exec, 5);
    unlink("/tmp/t_failnth");
}

static long call_mmap(void)
{
    void *p = mmap(NULL, 8 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS |
                   MAP_GROWSDOWN, -1, 0);

    return p == MAP_FAILED ? -1 : (long)p;
}

static void undo_mmap(long p)
{
    CHECK_EQ(munmap((void *)p, 8 * PAGE), 0);
}

TEST("fail-nth: mmap")
{
    struct trial t = { call_mmap, undo_mmap };

    fail_walk(&t);
}

static long call_mmap_shared(void)
{
    void *p = mmap(NULL, 8 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return p == MAP_FAILED ? -1 : (long)p;
}

TEST("fail-nth: mmap of shared memory")
{
    struct trial t = { call_mmap_shared, undo_mmap };

    fail_walk(&t);
}

static char *split_me;

static long call_mprotect(void)
{
    return mprotect(split_me + 3 * PAGE, PAGE, PROT_READ);
}

static void undo_mprotect(long result)
{
    (void)result;
    CHECK_EQ(mprotect(split_me, 8 * PAGE, RW), 0);
}

TEST("fail-nth: mprotect in the middle")
{
    struct trial t = { call_mprotect, undo_mprotect };

    split_me = probe_pages(8, RW);
    memset(split_me, 1, 8 * PAGE);
    fail_walk(&t);
    for (int i = 0; i < 8; i++)
        CHECK_EQ(split_me[i * PAGE], 1);
}

static long call_munmap(void)
{
    return munmap(split_me + 3 * PAGE, PAGE);
}

static void undo_munmap(long result)
{
    (void)result;
    CHECK(mmap(split_me + 3 * PAGE, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS |
               MAP_FIXED, -1, 0) != MAP_FAILED);
}

TEST("fail-nth: munmap in the middle")
{
    struct trial t = { call_munmap, undo_munmap };

    split_me = probe_pages(8, RW);
    fail_walk(&t);
}

static long call_mremap(void)
{
    void *p = mremap(split_me, 8 * PAGE, 900 * PAGE, MREMAP_MAYMOVE);

    return p == MAP_FAILED ? -1 : (long)p;
}

static void undo_mremap(long p)
{
    CHECK(p != (long)split_me);
    CHECK(mremap((void *)p, 900 * PAGE, 8 * PAGE, MREMAP_MAYMOVE |
                 MREMAP_FIXED, split_me) == split_me);
    CHECK_EQ(split_me[7 * PAGE], 1);
}

TEST("fail-nth: mremap")
{
    struct trial t = { call_mremap, undo_mremap };

    split_me = probe_pages(9, RW);
    memset(split_me, 1, 8 * PAGE);
    CHECK_EQ(mprotect(split_me + 8 * PAGE, PAGE, PROT_NONE), 0);
    fail_walk(&t);
}

static timer_t timer;

static long call_timer(void)
{
    struct sigevent none = { .sigev_notify = SIGEV_NONE };

    return timer_create(CLOCK_MONOTONIC, &none, &timer);
}

static void undo_timer(long result)
{
    (void)result;
    CHECK_EQ(timer_delete(timer), 0);
}

TEST("fail-nth: timer_create")
{
    struct trial t = { call_timer, undo_timer };

    fail_walk(&t);
}

static long call_setsid(void)
{
    pid_t pid = child_fork();
    int status;

    if (pid == 0) {
        fail_open();
        for (int n = 1; n < FAIL_TRIES; n++) {
            fail_nth(n);
            pid_t sid = setsid();
            int error = errno;
            fail_nth(0);
            if (sid == getpid())
                _exit(n > 1 ? 0 : 9);
            CHECK(fail_is_want(error));
        }
    }
    status = child_wait(pid);
    CHECK_EQ(status, 0);
    return 0;
}

TEST("fail-nth: setsid")
{
    fail_open();
    call_setsid();
}

TEST("fail-nth takes numbers only, and only one's own")
{
    char path[64];
    pid_t pid;
    int fd;

    fail_open();
    CHECK_FAILS(write(fail_switch, "abc", 3), EINVAL);
    CHECK_FAILS(write(fail_switch, "99999999999", 11), EINVAL);
    pid = child_fork();
    if (pid == 0) {
        pause();
        _exit(0);
    }
    snprintf(path, sizeof(path), "/proc/%d/fail-nth", pid);
    fd = open(path, O_WRONLY);
    CHECK_FAILS(write(fd, "1", 1), EPERM);
    kill(pid, SIGKILL);
    CHECK_KILLED(pid, SIGKILL);
}

/*
 * t_race.c - memory and descriptors change while another thread's system call
 * uses them (row E-12): an errno that fits or a success, never a signal, and
 * nothing is lost.  Who kills what at random moments: t_kill.c.
 *
 * run: cpus=1,4 timeout=120
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <termios.h>
#include <time.h>

#define PAGE 4096ul
#define PAGES 4
#define CALLERS 3
#define ROUNDS 6
#define CALLS 600               /* of each caller, in a round */

static char *arena;             /* PAGES pages, whatever they are just now */
static int backing, zero, null, p[2], set, terminal, folder;

/* --- the calls ------------------------------------------------------------ */

/* Pointers at will: often across two pages. */
static char *somewhere(void)
{
    return arena + tap_below(PAGES - 1) * PAGE +
           (tap_below(2) ? PAGE - 8 : tap_below(PAGE / 8) * 8);
}

static long do_read(char *at) { return read(zero, at, 5000); }
static long do_write(char *at) { return write(null, at, 5000); }
static long do_fill(char *at) { return write(p[1], at, 3000); }
static long do_drain(char *at) { return read(p[0], at, 3000); }
static long do_pread(char *at) { return pread(backing, at, 5000, 100); }
static long do_pwrite(char *at) { return pwrite(backing, at, 500, 100); }
static long do_readv(char *at) { return readv(zero, (void *)at, 3); }
static long do_writev(char *at) { return writev(p[1], (void *)at, 3); }
static long do_poll(char *at) { return poll((void *)at, 6, 0); }
static long do_fstat(char *at) { return syscall(SYS_fstat, zero, at); }
static long do_open(char *at) { return open(at, O_RDONLY); }
static long do_getcwd(char *at) { return syscall(SYS_getcwd, at, 100); }
static long do_uname(char *at) { return syscall(SYS_uname, at); }
static long do_sysinfo(char *at) { return syscall(SYS_sysinfo, at); }
static long do_time(char *at) { return syscall(SYS_clock_gettime, 0, at); }
static long do_usage(char *at) { return syscall(SYS_getrusage, 0, at); }
static long do_random(char *at) { return syscall(SYS_getrandom, at, 600, 0); }
static long do_tcgets(char *at) { return ioctl(terminal, TCGETS, at); }
static long do_tcsets(char *at) { return ioctl(terminal, TCSETS, at); }
static long do_pending(char *at) { return syscall(SYS_rt_sigpending, at, 8); }

/* Not musl's stat(), which fills in the structure itself. */
static long do_stat(char *at)
{
    return syscall(SYS_newfstatat, AT_FDCWD, at, somewhere(), 0);
}

static long do_preadv(char *at)
{
    struct iovec v[2] = { { somewhere(), 3000 }, { somewhere(), 3000 } };

    (void)at;
    return preadv(backing, v, 2, 0);
}

static long do_select(char *at)
{
    struct timespec none = { 0, 0 };

    return syscall(SYS_pselect6, 64, at, somewhere(), NULL, &none, NULL);
}

static long do_getdents(char *at)
{
    lseek(folder, 0, SEEK_SET);
    return syscall(SYS_getdents64, folder, at, 3000);
}

static long do_sigaction(char *at)
{
    return syscall(SYS_rt_sigaction, SIGUSR1, NULL, at, 8);
}

static long do_sigmask(char *at)
{
    return syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, at, 8);
}

static long do_futex(char *at)
{
    static const struct timespec soon = { 0, 1000 };
    static const int ops[] = { FUTEX_WAIT, FUTEX_WAKE, FUTEX_CMP_REQUEUE,
                               FUTEX_WAKE_OP, FUTEX_TRYLOCK_PI,
                               FUTEX_UNLOCK_PI };
    int op = ops[tap_below(6)];
    const void *time = op == FUTEX_WAIT ? (void *)&soon : (void *)1;

    return syscall(SYS_futex, at, op | (tap_below(2) ? FUTEX_PRIVATE_FLAG : 0),
                   0, time, somewhere(), 0);
}

static long do_pipe(char *at)
{
    return pipe2((int *)at, O_NONBLOCK);
}

static long do_epoll(char *at)
{
    if (tap_below(2))
        return epoll_ctl(set, EPOLL_CTL_MOD, zero, (void *)at);
    return epoll_wait(set, (void *)at, 20, 0);
}

static long do_timer(char *at)
{
    struct sigevent none = { .sigev_notify = SIGEV_NONE };
    long id, result = syscall(SYS_timer_create, CLOCK_MONOTONIC, &none, &id);

    if (result)
        return result;
    result = syscall(SYS_timer_settime, (int)id, 0, at, somewhere());
    syscall(SYS_timer_delete, (int)id);
    return result;
}

static long do_wait(char *at)
{
    return syscall(SYS_wait4, -1, at, WNOHANG, somewhere());
}

/* There is no such file, if the name can be read at all. */
static long do_exec(char *at)
{
    return execve("/none", (void *)at, (void *)somewhere());
}

static long do_mincore(char *at)
{
    return mincore(arena, PAGES * PAGE, (void *)at);
}

static long do_robust(char *at)
{
    return syscall(SYS_get_robust_list, 0, at, somewhere());
}

static long do_limit(char *at)
{
    return syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, at);
}

static long do_waitv(char *at)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return syscall(449, at, 3, 0, &now, CLOCK_MONOTONIC);
}

#define ERRORS_MAX 6
#define DESCRIPTOR EBADF        /* it may be closed, or another file's */

static const struct caller {
    const char *name;
    long (*call)(char *at);
    int errors[ERRORS_MAX];     /* beside EFAULT and ENOMEM */
} callers[] = {
    { "read", do_read, { DESCRIPTOR, EISDIR, EAGAIN } },
    { "write", do_write, { DESCRIPTOR, EAGAIN } },
    { "write to a pipe", do_fill, { DESCRIPTOR, EAGAIN, EPIPE } },
    { "read from a pipe", do_drain, { DESCRIPTOR, EISDIR, EAGAIN } },
    { "pread", do_pread, { DESCRIPTOR, EISDIR, ESPIPE } },
    { "pwrite", do_pwrite, { DESCRIPTOR, ESPIPE } },
    { "readv", do_readv, { DESCRIPTOR, EISDIR, EAGAIN, EINVAL } },
    { "writev", do_writev, { DESCRIPTOR, EAGAIN, EINVAL, EPIPE } },
    { "preadv", do_preadv, { DESCRIPTOR, EISDIR, ESPIPE } },
    { "poll", do_poll, { 0 } },
    { "select", do_select, { DESCRIPTOR } },
    { "stat", do_stat, { ENOENT, ENAMETOOLONG, ENOTDIR } },
    { "fstat", do_fstat, { DESCRIPTOR } },
    { "open", do_open, { ENOENT, ENAMETOOLONG, ENOTDIR, EMFILE } },
    { "getcwd", do_getcwd, { 0 } },
    { "uname", do_uname, { 0 } },
    { "sysinfo", do_sysinfo, { 0 } },
    { "clock_gettime", do_time, { 0 } },
    { "getrusage", do_usage, { 0 } },
    { "getrandom", do_random, { 0 } },
    { "TCGETS", do_tcgets, { DESCRIPTOR, ENOTTY } },
    { "TCSETS", do_tcsets, { DESCRIPTOR, ENOTTY } },
    { "rt_sigpending", do_pending, { 0 } },
    { "getdents64", do_getdents, { DESCRIPTOR, ENOTDIR, EINVAL } },
    { "rt_sigaction", do_sigaction, { 0 } },
    { "rt_sigprocmask", do_sigmask, { 0 } },
    { "futex", do_futex, { EAGAIN, ETIMEDOUT, EINVAL, EPERM, EDEADLK, ENOSYS } },
    { "pipe2", do_pipe, { EMFILE } },
    { "epoll", do_epoll, { DESCRIPTOR, EINVAL, ENOENT, EPERM } },
    { "timer_settime", do_timer, { EINVAL, EAGAIN } },
    { "wait4", do_wait, { ECHILD } },
    { "execve", do_exec, { ENOENT, E2BIG } },
    { "mincore", do_mincore, { 0 } },
    { "get_robust_list", do_robust, { 0 } },
    { "prlimit64", do_limit, { 0 } },
    { "futex_waitv", do_waitv, { EINVAL, EAGAIN, ETIMEDOUT } },
};
#define CALLER_COUNT (sizeof(callers) / sizeof(callers[0]))

static bool is_expected(const struct caller *c, int error)
{
    if (error == EFAULT || error == ENOMEM)
        return true;
    for (int i = 0; i < ERRORS_MAX; i++)
        if (c->errors[i] && c->errors[i] == error)
            return true;
    return false;
}

static void *call_often(void *arg)
{
    for (int i = 0; i < CALLS; i++) {
        const struct caller *c = &callers[tap_below(CALLER_COUNT)];
        long result = c->call(somewhere());

        if (result < -1 || (result == -1 && !is_expected(c, errno)))
            tap_fail(__FILE__, __LINE__, "%s: result %ld, errno %d", c->name,
                     result, errno);
    }
    return arg;
}

/* --- what changes --------------------------------------------------------- */

static char *one_page(void)
{
    return arena + tap_below(PAGES) * PAGE;
}

static void map_page(int flags, int fd)
{
    mmap(one_page(), PAGE, PROT_READ | PROT_WRITE, flags | MAP_FIXED, fd, 0);
}

static void change_unmap(void) { munmap(one_page(), PAGE); }
static void change_new(void) { map_page(MAP_PRIVATE | MAP_ANONYMOUS, -1); }
static void change_file(void) { map_page(MAP_SHARED, backing); }
static void change_copy(void) { map_page(MAP_PRIVATE, backing); }
static void change_none(void) { mprotect(one_page(), PAGE, PROT_NONE); }
static void change_read(void) { mprotect(one_page(), PAGE, PROT_READ); }
static void change_forget(void) { madvise(one_page(), PAGE, MADV_DONTNEED); }
static void change_size(void) { if (ftruncate(backing, 0) == 0)
                                    ftruncate(backing, PAGES * PAGE); }

static void change_place(void)
{
    char *other = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
                       -1, 0), *page = one_page();

    if (other == MAP_FAILED)
        return;
    if (mremap(page, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, other) == other)
        mremap(other, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, page);
    munmap(other, PAGE);
}

/* The child has a copy for a moment: all becomes copy-on-write. */
static void change_owner(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    if (pid > 0)
        waitpid(pid, NULL, 0);
}

/* Descriptors come to mean something else, or nothing, and are back. */
static void change_descriptor(void)
{
    const int all[] = { zero, null, p[0], p[1], set, terminal, folder };
    int fd = all[tap_below(7)], kept = dup(fd);

    if (kept < 0)
        return;
    if (tap_below(2))
        close(fd);
    else
        dup2(null, fd);
    sched_yield();
    dup2(kept, fd);
    close(kept);
}

static void (*const changes[])(void) = {
    change_unmap, change_new, change_new, change_file, change_copy,
    change_none, change_read, change_forget, change_size, change_place,
    change_owner, change_descriptor,
};

static volatile bool over;

static void *change_often(void *arg)
{
    while (!over)
        changes[tap_below(sizeof(changes) / sizeof(changes[0]))]();
    return arg;
}

/* --- together ------------------------------------------------------------- */

static void prepare(void)
{
    struct rlimit files = { 100, 100 };
    struct epoll_event event = { .events = EPOLLIN };

    CHECK(setrlimit(RLIMIT_NOFILE, &files) == 0);
    backing = memfd_create("backing", 0);
    CHECK(ftruncate(backing, PAGES * PAGE) == 0);
    zero = open("/dev/zero", O_RDONLY);
    null = open("/dev/null", O_RDWR);
    folder = open("/bin", O_RDONLY | O_DIRECTORY);
    terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY);
    set = epoll_create1(0);
    CHECK(pipe2(p, O_NONBLOCK) == 0);
    CHECK(backing > 0 && zero > 0 && null > 0 && folder > 0 && set > 0);
    CHECK(terminal > 0 && epoll_ctl(set, EPOLL_CTL_ADD, p[0], &event) == 0);
    /* One more: nothing else comes to lie directly behind. */
    arena = mmap(NULL, (PAGES + 1) * PAGE, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(arena != MAP_FAILED);
}

static void race(void)
{
    pthread_t threads[CALLERS], changer;

    signal(SIGPIPE, SIG_IGN);
    prepare();
    CHECK(pthread_create(&changer, NULL, change_often, NULL) == 0);
    for (int i = 0; i < CALLERS; i++)
        CHECK(pthread_create(&threads[i], NULL, call_often, NULL) == 0);
    for (int i = 0; i < CALLERS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    over = true;
    CHECK(pthread_join(changer, NULL) == 0);
}

TEST("E-12 memory and descriptors change under system calls")
{
    for (int round = 0; round < ROUNDS; round++) {
        tap_series(round);
        CHECK_EQ(tap_in_child(race), 0);
    }
}

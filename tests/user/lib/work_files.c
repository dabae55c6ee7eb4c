/* work_files.c - work with pipes, terminals and files, their data checked. */
#define _GNU_SOURCE
#include "tests/user/lib/work.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <termios.h>

#define STREAM 40000            /* bytes through a pipe */

/* From number on, in pieces of random size. */
static void write_stream(int fd, uint64_t number)
{
    static unsigned char text[STREAM];

    work_pattern(text, STREAM, number);
    for (size_t done = 0, n; done < STREAM; done += n) {
        n = 1 + tap_below(9000);
        n = n < STREAM - done ? n : STREAM - done;
        if (work_write(fd, text + done, n) < n)
            return;
    }
}

/* What comes is right; whether all came. */
static bool read_stream(int fd, uint64_t number)
{
    static unsigned char text[STREAM];
    size_t done = 0, n = 1;

    while (done < STREAM && n) {
        n = 1 + tap_below(9000);
        n = work_read(fd, text + done, n < STREAM - done ? n : STREAM - done);
        done += n;
    }
    work_check_pattern(text, done, number);
    return done == STREAM;
}

void work_pipe(void)
{
    uint64_t number = tap_random();
    bool whole;
    int p[2];
    pid_t pid;

    if (pipe2(p, tap_below(2) ? O_CLOEXEC : 0) < 0) {
        CHECK(work_scarce());
        return;
    }
    if (tap_below(2))
        fcntl(p[0], F_SETPIPE_SZ, 4096l << tap_below(4));
    pid = work_fork();
    if (pid == 0) {
        close(p[0]);
        write_stream(p[1], number);
        _exit(0);
    }
    close(p[1]);
    if (pid > 0) {
        whole = read_stream(p[0], number);
        CHECK(work_wait(pid) <= whole);
    }
    close(p[0]);
}

/* --- terminals --- */

static _Noreturn void be_on_terminal(int master)
{
    char line[128];
    int fd;

    setsid();
    fd = open(ptsname(master), O_RDWR);
    close(master);
    if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) < 0)
        _exit(0);
    while (read(fd, line, sizeof(line)) > 0)
        if (write(fd, line, 10) != 10)
            break;
    _exit(0);
}

/* Lines go in, are echoed, and their beginnings come back; hanging up ends
 * what is there. */
void work_pty(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct pollfd answer = { .fd = master, .events = POLLIN };
    char text[256];
    pid_t pid;
    int status;

    if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0) {
        CHECK(work_scarce() || errno == EIO);
        close(master);
        return;
    }
    pid = work_fork();
    if (pid == 0)
        be_on_terminal(master);
    for (int i = tap_below(4); i > 0 && pid > 0; i--) {
        work_write(master, "0123456789abcdef\n", 17);
        if (poll(&answer, 1, 20) == 1)
            CHECK(read(master, text, sizeof(text)) > 0 || errno == EIO);
    }
    close(master);
    if (pid < 0)
        return;
    kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) != pid)
        CHECK_EQ(errno, EINTR);
    CHECK(status == 0 || status == SIGKILL || status == SIGHUP);
}

/* --- waiting for several --- */

static void send_numbers(int fd, uint64_t sum)
{
    for (uint64_t part; sum; sum -= part) {
        part = sum < 1000 ? sum : 1 + tap_below(1000);
        if (write(fd, &part, 8) != 8) {
            CHECK_EQ(errno, EINTR);
            part = 0;
        }
    }
}

/* What eventfds are given is what they give, through an epoll set. */
void work_poll(void)
{
    struct epoll_event event = { .events = EPOLLIN };
    uint64_t left = 1 + tap_below(5000), part;
    int set = epoll_create1(EPOLL_CLOEXEC), fd = eventfd(0, EFD_NONBLOCK);
    pid_t pid = -1;

    if (set < 0 || fd < 0 || epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) < 0) {
        CHECK(work_scarce());
        goto close;
    }
    pid = work_fork();
    if (pid == 0) {
        send_numbers(fd, left);
        _exit(0);
    }
    while (pid > 0 && left) {
        int n = epoll_wait(set, &event, 1, 1000);

        CHECK(n >= 0 || errno == EINTR || work_scarce());
        if (n == 1 && read(fd, &part, 8) == 8) {
            CHECK(part <= left);
            left -= part;
        }
        if (n == 0 && waitpid(pid, NULL, WNOHANG) == pid)
            pid = -1;           /* killed on the way, for want of memory */
    }
    if (pid > 0)
        work_wait(pid);
close:
    close(fd);
    close(set);
}

/* --- files --- */

/* One of these kinds of names may be left behind by who was killed, for the
 * next process of that number. */
static void name_file(char *name, size_t size, char kind)
{
    snprintf(name, size, "/tmp/stress/%c%d-%lu", kind, getpid(),
             (unsigned long)tap_below(4));
}

void work_file(void)
{
    static unsigned char text[6000];
    uint64_t number = tap_random();
    size_t size = 1 + tap_below(sizeof(text)), offset = tap_below(9000);
    char name[64];
    int fd;

    name_file(name, sizeof(name), 'f');
    fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        CHECK(work_scarce());
        return;
    }
    unlink(name);
    work_pattern(text, size, number);
    if (pwrite(fd, text, size, offset) == (ssize_t)size) {
        memset(text, 0, size);
        CHECK_EQ(pread(fd, text, size, offset), size);
        work_check_pattern(text, size, number);
        CHECK_EQ(lseek(fd, 0, SEEK_END), offset + size);
    }
    close(fd);
}

/* Names come and go, in a folder that all use. */
void work_names(void)
{
    char name[64], other[64];
    struct stat st;

    for (int i = 0; i < 12; i++) {
        name_file(name, sizeof(name), 'n');
        name_file(other, sizeof(other), 'n');
        switch (tap_below(5)) {
        case 0: mkdir(name, 0700); break;
        case 1: symlink("there", name); break;
        case 2: rename(name, other); break;
        case 3: link(name, other); break;
        default:
            if (lstat(name, &st) == 0)
                CHECK(S_ISDIR(st.st_mode) || S_ISLNK(st.st_mode));
        }
    }
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof(name), "/tmp/stress/n%d-%d", getpid(), i);
        if (unlink(name) < 0)
            rmdir(name);
    }
}

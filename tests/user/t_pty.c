/*
 * t_pty.c - pseudo-terminals: pairs, names, hang-ups, limits (lwp.md row I-06;
 * pty(7), pts(4), ioctl_tty(2)).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/pty.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static int poll_events(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

    poll(&p, 1, 0);
    return p.revents;
}

TEST("I-06 pty: what one side writes the other reads")
{
    struct pty p = pty_open();

    pty_lflag(p.slave, ECHO, 0);
    pty_type(p.master, "typed\n");
    pty_expect(p.slave, "typed\n");
    pty_type(p.slave, "shown\n");
    pty_expect(p.master, "shown\r\n");
    CHECK(isatty(p.slave) && isatty(p.master));
}

TEST("I-06 pty: names, numbers and owners")
{
    struct pty p = pty_open();
    struct stat st;
    int number;

    CHECK_EQ(ioctl(p.master, TIOCGPTN, &number), 0);
    CHECK_EQ(fstat(p.slave, &st), 0);
    CHECK(S_ISCHR(st.st_mode));
    CHECK_EQ(major(st.st_rdev), 136);
    CHECK_EQ(minor(st.st_rdev), number);
    CHECK_EQ(st.st_mode & 0777, 0620);
    CHECK_EQ(st.st_uid, geteuid());
    CHECK(!strcmp(ttyname(p.slave), pty_name(p.master)));
    CHECK_EQ(stat("/dev/ptmx", &st), 0);
    CHECK_EQ(st.st_rdev, makedev(5, 2));
    CHECK_FAILS(ioctl(p.slave, TIOCGPTN, &number), ENOTTY);
}

TEST("I-06 pty: names come and go with the master, and only with it")
{
    struct pty p = pty_open();
    char name[32];

    strcpy(name, pty_name(p.master));
    CHECK_EQ(access(name, F_OK), 0);
    CHECK_FAILS(unlink(name), EPERM);
    CHECK_FAILS(rename(name, "/dev/pts/other"), EPERM);
    CHECK_FAILS(mkdir("/dev/pts/dir", 0700), EPERM);
    CHECK_FAILS(open("/dev/pts/file", O_CREAT | O_WRONLY, 0600), EPERM);
    CHECK_EQ(chmod(name, 0600), 0);
    close(p.master);
    CHECK_FAILS(access(name, F_OK), ENOENT);
}

TEST("I-06 pty: locked until unlockpt, whichever way it is opened")
{
    int master = posix_openpt(O_RDWR | O_NOCTTY), slave, lock = 1;

    CHECK_FAILS(open(pty_name(master), O_RDWR | O_NOCTTY), EIO);
    CHECK_FAILS(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY), EIO);
    CHECK_EQ(unlockpt(master), 0);
    slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(slave >= 0);
    CHECK_EQ(fcntl(slave, F_GETFD), FD_CLOEXEC);
    pty_type(master, "by peer\n");
    pty_expect(slave, "by peer\n");
    CHECK_EQ(ioctl(master, TIOCSPTLCK, &lock), 0);
    CHECK_FAILS(open(pty_name(master), O_RDWR | O_NOCTTY), EIO);
    CHECK_FAILS(ioctl(master, TIOCGPTPEER, 0x80000000u), EINVAL);
    CHECK_FAILS(ioctl(master, TIOCSPTLCK, (void *)8), EFAULT);
}

TEST("I-06 pty: a closed master gives the slave ends of file and EIO")
{
    struct pty p = pty_open();
    char c;

    pty_type(p.master, "unread\n");
    close(p.master);
    CHECK_EQ(read(p.slave, &c, 1), 0);
    CHECK_FAILS(write(p.slave, "x", 1), EIO);
    CHECK_FAILS(tcgetattr(p.slave, &(struct termios){ 0 }), EIO);
    CHECK_EQ(poll_events(p.slave), POLLIN | POLLOUT | POLLERR | POLLHUP);
}

static struct pty shared;

static void read_to_end(void)
{
    char c;

    close(shared.master);
    _exit(read(shared.slave, &c, 1));
}

static void fill_slave(void)
{
    char junk[1024] = { 0 };

    close(shared.master);
    while (write(shared.slave, junk, sizeof junk) > 0)
        continue;
    _exit(errno == EIO ? 5 : 6);
}

TEST("I-06 pty: a closed master wakes those who wait at the slave")
{
    pid_t reader, writer;

    shared = pty_open();
    reader = child_start(read_to_end);
    writer = child_start(fill_slave);
    sleep_ms(30);
    pty_close(&shared);
    CHECK_EXITS(reader, 0);
    CHECK_EXITS(writer, 5);
}

TEST("I-06 pty: after the last close of the slave the master reads EIO")
{
    struct pty p = pty_open();
    int again;

    pty_type(p.slave, "last words");
    close(p.slave);
    CHECK_EQ(poll_events(p.master), POLLIN | POLLOUT | POLLHUP);
    pty_expect(p.master, "last words");
    CHECK_FAILS(read(p.master, &again, 1), EIO);
    CHECK_EQ(poll_events(p.master), POLLOUT | POLLHUP);
    again = open(pty_name(p.master), O_RDWR | O_NOCTTY);
    CHECK(again >= 0);
    CHECK_EQ(poll_events(p.master), POLLOUT);
    pty_type(again, "back");
    pty_expect(p.master, "back");
}

static void close_slave_later(void)
{
    close(shared.master);
    sleep_ms(30);
}

TEST("I-06 pty: a master that waits is told when the slave goes")
{
    struct pollfd fd = { .events = POLLIN };
    char c;

    shared = pty_open();
    child_start(close_slave_later);
    close(shared.slave);
    CHECK_FAILS(read(shared.master, &c, 1), EIO);
    shared = pty_open();
    child_start(close_slave_later);
    close(shared.slave);
    fd.fd = shared.master;
    CHECK_EQ(poll(&fd, 1, 5000), 1);
    CHECK_EQ(fd.revents, POLLHUP);
}

TEST("I-06 pty: poll follows what there is and what fits")
{
    struct pty p = pty_open();
    char junk[1000];

    pty_raw(p.slave, 1, 0);
    CHECK_EQ(poll_events(p.slave), POLLOUT);
    pty_type(p.master, "x");
    CHECK_EQ(poll_events(p.slave), POLLIN | POLLOUT);
    pty_expect(p.slave, "x");
    fcntl(p.master, F_SETFL, O_NONBLOCK);
    fcntl(p.slave, F_SETFL, O_NONBLOCK);
    CHECK_FAILS(read(p.master, junk, 1), EAGAIN);
    CHECK_FAILS(read(p.slave, junk, 1), EAGAIN);
    while (write(p.master, junk, sizeof junk) > 0)
        continue;
    CHECK_EQ(errno, EAGAIN);
    CHECK_EQ(poll_events(p.master), 0);
    while (write(p.slave, junk, sizeof junk) > 0)
        continue;
    CHECK_EQ(errno, EAGAIN);
    CHECK_EQ(poll_events(p.slave), POLLIN);
    CHECK(read(p.slave, junk, sizeof junk) > 0);
    CHECK(poll_events(p.master) & POLLOUT);
    CHECK(read(p.master, junk, sizeof junk) > 0);
    CHECK(poll_events(p.slave) & POLLOUT);
}

#define MUCH 100000

static void type_much(void)
{
    char out[777];
    int done = 0;

    while (done < MUCH) {
        int n = MUCH - done < 777 ? MUCH - done : 777;

        for (int i = 0; i < n; i++)
            out[i] = (done + i) % 251;
        n = write(shared.master, out, n);
        CHECK(n > 0);
        done += n;
    }
}

static void read_much(int fd)
{
    unsigned char in[501];
    int done = 0;

    while (done < MUCH) {
        ssize_t n = read(fd, in, sizeof in);

        CHECK(n > 0);
        for (int i = 0; i < n; i++)
            CHECK_EQ(in[i], (done + i) % 251);
        done += n;
    }
}

static void echo_much(void)
{
    char buf[300];
    int done = 0;

    while (done < MUCH) {
        ssize_t n = read(shared.slave, buf, sizeof buf);

        CHECK(n > 0);
        CHECK_EQ(write(shared.slave, buf, n), n);
        done += n;
    }
}

TEST("I-06 pty: 100 KB there and back, in order, nothing lost")
{
    pid_t typist, echo;

    shared = pty_open();
    pty_raw(shared.slave, 1, 0);
    typist = child_start(type_much);
    echo = child_start(echo_much);
    read_much(shared.master);
    CHECK_EXITS(typist, 0);
    CHECK_EXITS(echo, 0);
}

TEST("I-06 pty: settings and size are the pair's")
{
    struct winsize size = { 33, 111, 5, 6 }, got = { 0 };
    struct pty p = pty_open();
    struct termios t;
    int n;

    CHECK_EQ(ioctl(p.master, TIOCSWINSZ, &size), 0);
    CHECK_EQ(ioctl(p.slave, TIOCGWINSZ, &got), 0);
    CHECK(!memcmp(&size, &got, sizeof size));
    pty_lflag(p.master, ECHO, 0);
    CHECK_EQ(tcgetattr(p.slave, &t), 0);
    CHECK(!(t.c_lflag & ECHO));
    pty_type(p.slave, "12345");
    CHECK_EQ(ioctl(p.master, FIONREAD, &n), 0);
    CHECK_EQ(n, 5);
    CHECK_EQ(ioctl(p.slave, TIOCOUTQ, &n), 0);
    CHECK_EQ(n, 5);
    CHECK_EQ(tcflush(p.slave, TCOFLUSH), 0);
    CHECK_EQ(ioctl(p.slave, TIOCOUTQ, &n), 0);
    CHECK_EQ(n, 0);
    pty_expect_nothing(p.master);
}

TEST("I-06 pty: forkpty and a shell that sees a terminal")
{
    char buf[256];
    size_t done = 0;
    ssize_t n;
    int master;
    pid_t pid = forkpty(&master, NULL, NULL, NULL);

    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", "tty; stty size </dev/tty || exit 3; "
              "echo end", NULL);
        _exit(127);
    }
    CHECK(pid > 0);
    while (done < sizeof buf - 1 &&
           (n = read(master, buf + done, sizeof buf - 1 - done)) > 0)
        done += n;
    CHECK_EQ(errno, EIO);
    buf[done] = '\0';
    child_wait(pid);
    if (!strstr(buf, "/dev/pts/") || !strstr(buf, "end\r\n"))
        tap_fail(__FILE__, __LINE__, "the shell said \"%s\"", buf);
}

TEST("I-06 pty: a node held longer than its terminal opens no other")
{
    struct pty p = pty_open();
    int place = open(pty_name(p.master), O_PATH);
    char name[32];

    CHECK(place >= 0);
    pty_close(&p);
    p = pty_open();
    sprintf(name, "/proc/self/fd/%d", place);
    CHECK_FAILS(open(name, O_RDWR | O_NOCTTY), EIO);
}

TEST("I-06 pty: the lowest number is used again, but not while in use")
{
    struct pty a = pty_open(), b = pty_open(), c;
    int first, second, third;

    ioctl(a.master, TIOCGPTN, &first);
    ioctl(b.master, TIOCGPTN, &second);
    CHECK(first != second);
    close(a.master);                /* its slave is still open */
    c = pty_open();
    ioctl(c.master, TIOCGPTN, &third);
    CHECK(third != first && third != second);
    pty_close(&c);
    close(a.slave);
    c = pty_open();
    ioctl(c.master, TIOCGPTN, &third);
    CHECK_EQ(third, first);
}

TEST("I-06 pty: as many as there may be, then ENOSPC; all names listed")
{
    static int masters[1000];
    DIR *dir;
    int count = 0, listed = 0;

    while (count < 1000 && (masters[count] = open("/dev/ptmx", O_RDWR)) >= 0)
        count++;
    CHECK_EQ(errno, ENOSPC);
    CHECK_FAILS(posix_openpt(O_RDWR), EAGAIN);
    CHECK(count >= 200);
    dir = opendir("/dev/pts");
    while (readdir(dir))
        listed++;
    closedir(dir);
    CHECK(listed >= count + 2);
    while (count--)
        close(masters[count]);
    CHECK(posix_openpt(O_RDWR) >= 0);
}

TEST("I-06 pty: 1,000 pairs come and go, in either order")
{
    for (int i = 0; i < 1000; i++) {
        struct pty p = pty_open();

        pty_type(p.master, "some\n");
        close(i % 2 ? p.master : p.slave);
        close(i % 2 ? p.slave : p.master);
    }
}

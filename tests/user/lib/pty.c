/* pty.c - see pty.h. */
#define _GNU_SOURCE
#include "tests/user/lib/pty.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>

const char *pty_name(int master)
{
    static char name[32];

    CHECK_EQ(ptsname_r(master, name, sizeof name), 0);
    return name;
}

struct pty pty_open(void)
{
    struct pty p = { .master = posix_openpt(O_RDWR | O_NOCTTY) };

    CHECK(p.master >= 0);
    CHECK_EQ(grantpt(p.master), 0);
    CHECK_EQ(unlockpt(p.master), 0);
    p.slave = open(pty_name(p.master), O_RDWR | O_NOCTTY);
    CHECK(p.slave >= 0);
    return p;
}

void pty_close(struct pty *p)
{
    close(p->slave);
    close(p->master);
}

static void change(int fd, struct termios *t)
{
    CHECK_EQ(tcsetattr(fd, TCSANOW, t), 0);
}

void pty_iflag(int fd, tcflag_t clear, tcflag_t set)
{
    struct termios t;

    CHECK_EQ(tcgetattr(fd, &t), 0);
    t.c_iflag = (t.c_iflag & ~clear) | set;
    change(fd, &t);
}

void pty_oflag(int fd, tcflag_t clear, tcflag_t set)
{
    struct termios t;

    CHECK_EQ(tcgetattr(fd, &t), 0);
    t.c_oflag = (t.c_oflag & ~clear) | set;
    change(fd, &t);
}

void pty_lflag(int fd, tcflag_t clear, tcflag_t set)
{
    struct termios t;

    CHECK_EQ(tcgetattr(fd, &t), 0);
    t.c_lflag = (t.c_lflag & ~clear) | set;
    change(fd, &t);
}

void pty_key(int fd, int which, cc_t key)
{
    struct termios t;

    CHECK_EQ(tcgetattr(fd, &t), 0);
    t.c_cc[which] = key;
    change(fd, &t);
}

void pty_raw(int fd, int min, int tenths)
{
    struct termios t;

    CHECK_EQ(tcgetattr(fd, &t), 0);
    cfmakeraw(&t);
    t.c_cc[VMIN] = min;
    t.c_cc[VTIME] = tenths;
    change(fd, &t);
}

void pty_type(int master, const char *text)
{
    CHECK_EQ(write(master, text, strlen(text)), strlen(text));
}

void pty_expect(int fd, const char *text)
{
    char buf[256];
    ssize_t n = read(fd, buf, sizeof buf - 1);

    CHECK(n >= 0);
    buf[n] = '\0';
    if (strcmp(buf, text))
        tap_fail(__FILE__, __LINE__, "read \"%s\", not \"%s\"", buf, text);
}

void pty_expect_nothing(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };

    CHECK_EQ(poll(&p, 1, 0), 0);
}

void pty_login(int slave)
{
    CHECK(setsid() > 0);
    CHECK_EQ(ioctl(slave, TIOCSCTTY, 0), 0);
}

/*
 * t_dev.c - the devices every program expects.  That writes to the console are
 * not torn is seen from outside: tests/check_console.py.
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <termios.h>

static int open_device(const char *name)
{
    int fd = open(name, O_RDWR);

    CHECK(fd >= 0);
    return fd;
}

static bool all_zero(const char *buf, size_t size)
{
    while (size--)
        if (*buf++)
            return false;
    return true;
}

TEST("/dev/null: swallows all, gives nothing")
{
    static char buf[100000];
    int fd = open_device("/dev/null");

    CHECK_EQ(write(fd, buf, sizeof(buf)), sizeof(buf));
    CHECK_EQ(read(fd, buf, sizeof(buf)), 0);
    CHECK(isatty(fd) == 0 && errno == ENOTTY);
    CHECK_EQ(lseek(fd, 100, SEEK_SET), 0);
}

TEST("/dev/zero: zeros, to read and to map")
{
    static char buf[100000];
    int fd = open_device("/dev/zero");
    char *p;

    memset(buf, 'x', sizeof(buf));
    CHECK_EQ(read(fd, buf, sizeof(buf)), sizeof(buf));
    CHECK(all_zero(buf, sizeof(buf)));
    CHECK_EQ(write(fd, buf, sizeof(buf)), sizeof(buf));
    p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    CHECK(p != MAP_FAILED && all_zero(p, 8192));
    p[5000] = 1;
    CHECK_EQ(read(fd, buf, 8192), 8192);
    CHECK(all_zero(buf, 8192));
}

TEST("/dev/full: zeros to read, ENOSPC to write")
{
    char buf[16] = "x";
    int fd = open_device("/dev/full");

    CHECK_EQ(read(fd, buf, sizeof(buf)), sizeof(buf));
    CHECK(all_zero(buf, sizeof(buf)));
    CHECK_FAILS(write(fd, buf, 1), ENOSPC);
}

/* Bits set in 64 KiB: mean 262,144, deviation 362. */
static void check_random(const unsigned char *buf)
{
    long bits = 0, same = 0;

    for (int i = 0; i < 65536; i++) {
        bits += __builtin_popcount(buf[i]);
        same += i && buf[i] == buf[i - 1];
    }
    CHECK(bits > 262144 - 2500 && bits < 262144 + 2500);
    CHECK(same > 256 - 120 && same < 256 + 120);
}

TEST("I-13 /dev/random, /dev/urandom, getrandom: bits, different each time")
{
    static unsigned char a[65536], b[65536];
    static const char *const names[] = { "/dev/random", "/dev/urandom" };

    for (int i = 0; i < 2; i++) {
        int fd = open_device(names[i]);

        for (size_t done = 0; done < sizeof(a); done += 4096)
            CHECK_EQ(read(fd, a + done, 4096), 4096);
        check_random(a);
        CHECK_EQ(write(fd, "seed", 4), 4);
        CHECK_EQ(read(fd, b, 4096), 4096);
        CHECK(memcmp(a, b, 4096));
    }
    for (size_t done = 0; done < sizeof(a); done += 256)
        CHECK_EQ(getrandom(a + done, 256, 0), 256);
    check_random(a);
    CHECK_FAILS(getrandom(a, 16, 0x100), EINVAL);
}

static void get_random(void *to)
{
    CHECK_EQ(getrandom(to, 32, 0), 32);
}

TEST("I-13 getrandom: a child's bits are not its parent's")
{
    unsigned char *shared = child_shared(4096);
    pid_t pid = child_fork();

    get_random(shared + (pid ? 32 : 0));
    if (pid == 0)
        _exit(0);
    CHECK_EXITS(pid, 0);
    CHECK(memcmp(shared, shared + 32, 32));
}

TEST("I-01 /dev/console and /dev/tty: a terminal, this one")
{
    struct termios t;
    struct winsize size;
    struct stat a, b;
    int console = open("/dev/console", O_RDWR | O_NOCTTY);
    int tty = open("/dev/tty", O_RDWR);

    CHECK(console >= 0 && isatty(console));
    CHECK(tcgetattr(console, &t) == 0);
    CHECK(ioctl(console, TIOCGWINSZ, &size) == 0);
    CHECK(tty >= 0 && isatty(tty));
    CHECK(fstat(console, &a) == 0 && fstat(tty, &b) == 0);
    CHECK(S_ISCHR(a.st_mode) && S_ISCHR(b.st_mode));
    CHECK_EQ(tcgetsid(tty), getsid(0));
}

static void lose_terminal(void)
{
    CHECK(setsid() > 0);
    CHECK_FAILS(open("/dev/tty", O_RDWR), ENXIO);
}

TEST("A-10 /dev/tty: ENXIO without a controlling terminal")
{
    CHECK_EQ(tap_in_child(lose_terminal), 0);
}

TEST("I-13 /dev/kmsg: what is written is found in the log")
{
    static char buf[8192];
    int fd = open("/dev/kmsg", O_RDWR | O_NONBLOCK);
    bool found = false;
    ssize_t n;

    CHECK(fd >= 0);
    CHECK_EQ(write(fd, "a word from t_dev\n", 18), 18);
    while ((n = read(fd, buf, sizeof(buf) - 1)) > 0) {
        buf[n] = '\0';
        found |= strstr(buf, "a word from t_dev") != NULL;
    }
    CHECK_EQ(errno, EAGAIN);
    CHECK_EQ(n, -1);
    CHECK(found);
}

/* At the end of the log. */
static int open_log(int flags)
{
    int fd = open("/dev/kmsg", O_RDWR | flags);

    CHECK(fd >= 0);
    CHECK_EQ(lseek(fd, 0, SEEK_END), 0);
    return fd;
}

TEST("I-13 /dev/kmsg: a record for each read, in Linux's format")
{
    char buf[2048];
    int fd = open_log(O_NONBLOCK), level, at;
    unsigned first, second;
    long time;

    CHECK_EQ(write(fd, "<3>one\\\t1\n", 10), 10);
    CHECK_EQ(write(fd, "two", 3), 3);
    CHECK_FAILS(read(fd, buf, 8), EINVAL);
    buf[read(fd, buf, sizeof(buf))] = '\0';
    CHECK_EQ(sscanf(buf, "%d,%u,%ld,-;%n", &level, &first, &time, &at), 3);
    CHECK_EQ(level, 3);
    CHECK(time > 0 && !strcmp(buf + at, "one\\x5c\\x091\n"));
    buf[read(fd, buf, sizeof(buf))] = '\0';
    CHECK_EQ(sscanf(buf, "%d,%u,%ld,-;%n", &level, &second, &time, &at), 3);
    CHECK(second == first + 1 && !strcmp(buf + at, "two\n"));
    CHECK_FAILS(read(fd, buf, sizeof(buf)), EAGAIN);
    CHECK_FAILS(lseek(fd, 1, SEEK_SET), ESPIPE);
    CHECK_FAILS(lseek(fd, 0, SEEK_CUR), EINVAL);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK(read(fd, buf, sizeof(buf)) > 0);
    close(fd);
}

static void write_later(void)
{
    int fd = open("/dev/kmsg", O_WRONLY);

    usleep(20000);
    CHECK_EQ(write(fd, "later", 5), 5);
}

TEST("I-13 /dev/kmsg: reads and polls wait for the next line")
{
    char buf[2048];
    int fd = open_log(0);
    struct pollfd p = { .fd = fd, .events = POLLIN };
    pid_t pid;

    for (int i = 0; i < 10; i++) {
        CHECK_EQ(poll(&p, 1, 0), 0);
        pid = fork();
        if (pid == 0) {
            write_later();
            _exit(0);
        }
        if (i % 2)
            CHECK_EQ(poll(&p, 1, 10000), 1);
        buf[read(fd, buf, sizeof(buf))] = '\0';
        CHECK(strstr(buf, ";later\n"));
        CHECK_EQ(waitpid(pid, NULL, 0), pid);
    }
    close(fd);
}

TEST("I-13 /dev/kmsg: EPIPE to a reader that was overtaken, who goes on then")
{
    char line[400], buf[2048];
    int fd = open_log(O_NONBLOCK);

    memset(line, 'x', sizeof(line));
    for (int i = 0; i < 300; i++)
        CHECK_EQ(write(fd, line, sizeof(line)), sizeof(line));
    CHECK_FAILS(read(fd, buf, sizeof(buf)), EPIPE);
    CHECK(read(fd, buf, sizeof(buf)) > 0);
    close(fd);
}

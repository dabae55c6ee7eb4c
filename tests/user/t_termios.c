/*
 * t_termios.c - the line discipline as programs see it: all of termios(3), over
 * pseudo-terminals (lwp.md rows I-03, I-04).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/pty.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

static struct pty p;

/* With ECHO, or without. */
static void begin(bool echo)
{
    p = pty_open();
    if (!echo)
        pty_lflag(p.slave, ECHO, 0);
}

/* --- canonical input --- */

TEST("I-03 canonical: a line at a time, however much is asked for")
{
    begin(false);
    pty_type(p.master, "one\ntwo\npart");
    pty_expect(p.slave, "one\n");
    char two[3] = "";
    CHECK_EQ(read(p.slave, two, 2), 2);
    CHECK(!strcmp(two, "tw"));
    pty_expect(p.slave, "o\n");
    pty_expect_nothing(p.slave);
    pty_type(p.master, "\n");
    pty_expect(p.slave, "part\n");
}

TEST("I-03 EOF: an end of file, or the end of what was typed")
{
    begin(false);
    pty_type(p.master, "\004");
    pty_expect(p.slave, "");
    pty_type(p.master, "half\004");
    pty_expect(p.slave, "half");
    pty_expect_nothing(p.slave);
}

TEST("I-03 EOL and EOL2 end lines, too")
{
    begin(false);
    pty_key(p.slave, VEOL, ';');
    pty_key(p.slave, VEOL2, '!');
    pty_type(p.master, "a;b!c\n");
    pty_expect(p.slave, "a;");
    pty_expect(p.slave, "b!");
    pty_expect(p.slave, "c\n");
}

TEST("I-03 ERASE, WERASE and KILL edit the line and the screen")
{
    begin(true);
    pty_type(p.master, "ab\177c\n");
    pty_expect(p.slave, "ac\n");
    pty_expect(p.master, "ab\b \bc\r\n");
    pty_type(p.master, "one two\027x\n");
    pty_expect(p.slave, "one x\n");
    pty_expect(p.master, "one two\b \b\b \b\b \bx\r\n");
    pty_type(p.master, "gone\025ok\n");
    pty_expect(p.slave, "ok\n");
    pty_expect(p.master, "gone\b \b\b \b\b \b\b \bok\r\n");
    pty_type(p.master, "\001\177\n");
    pty_expect(p.slave, "\n");
    pty_expect(p.master, "^A\b \b\b \b\r\n");
}

TEST("I-03 without ECHOE and ECHOKE the keys themselves are shown")
{
    begin(true);
    pty_lflag(p.slave, ECHOE | ECHOKE, 0);
    pty_type(p.master, "ab\177\n");
    pty_expect(p.slave, "a\n");
    pty_expect(p.master, "ab^?\r\n");
    pty_type(p.master, "x\025\n");
    pty_expect(p.slave, "\n");
    pty_expect(p.master, "x^U\r\n\r\n");
}

TEST("I-03 IUTF8: a character of several bytes is erased at once")
{
    begin(true);
    pty_iflag(p.slave, 0, IUTF8);
    pty_type(p.master, "\303\244\177x\n");
    pty_expect(p.slave, "x\n");
    pty_expect(p.master, "\303\244\b \bx\r\n");
    pty_iflag(p.slave, IUTF8, 0);
    pty_type(p.master, "\303\244\177\n");
    pty_expect(p.slave, "\303\n");
}

TEST("I-03 LNEXT takes the next key as it is, REPRINT shows the line again")
{
    begin(true);
    pty_type(p.master, "\026\003\026\177\n");
    pty_expect(p.slave, "\003\177\n");
    pty_expect(p.master, "^\b^C^\b^?\r\n");
    pty_type(p.master, "ab\022c\n");
    pty_expect(p.slave, "abc\n");
    pty_expect(p.master, "ab^R\r\nabc\r\n");
    pty_lflag(p.slave, IEXTEN, 0);
    pty_type(p.master, "\026\n");
    pty_expect(p.slave, "\026\n");
}

TEST("I-03 ECHO, ECHONL and ECHOCTL")
{
    begin(true);
    pty_type(p.master, "\001\t");
    pty_expect(p.master, "^A\t");
    pty_lflag(p.slave, ECHOCTL, 0);
    pty_type(p.master, "\001");
    pty_expect(p.master, "\001");
    pty_lflag(p.slave, ECHO, ECHONL);
    pty_type(p.master, "secret\n");
    pty_expect(p.master, "\r\n");
    pty_lflag(p.slave, ECHONL, 0);
    pty_type(p.master, "secret\n");
    pty_expect_nothing(p.master);
}

TEST("I-03 keys can be changed, and switched off")
{
    begin(false);
    pty_key(p.slave, VERASE, '#');
    pty_key(p.slave, VKILL, _POSIX_VDISABLE);
    pty_type(p.master, "ab#\025\n");
    pty_expect(p.slave, "a\025\n");
    CHECK_EQ(write(p.master, "\0\n", 2), 2);
    char two[2] = "x";
    CHECK_EQ(read(p.slave, two, 2), 2);
    CHECK(two[0] == '\0' && two[1] == '\n');
}

TEST("I-03 a line longer than the queue can still be ended")
{
    static char line[6000], buf[6000];

    begin(false);
    memset(line, 'x', sizeof line);
    CHECK_EQ(write(p.master, line, sizeof line), sizeof line);
    pty_type(p.master, "\n");
    CHECK_EQ(read(p.slave, buf, sizeof buf), 4096);
    CHECK_EQ(buf[4095], '\n');
    pty_expect_nothing(p.slave);
}

TEST("I-03 IMAXBEL: what does not fit rings")
{
    static char line[4200];
    int n;

    begin(false);
    pty_iflag(p.slave, 0, IMAXBEL);
    memset(line, 'x', sizeof line);
    CHECK_EQ(write(p.master, line, sizeof line), sizeof line);
    CHECK_EQ(ioctl(p.master, FIONREAD, &n), 0);
    CHECK_EQ(n, sizeof line - 4095);
    CHECK_EQ(read(p.master, line, 1), 1);
    CHECK_EQ(line[0], '\a');
}

/* --- input and output mapping --- */

TEST("I-03 ICRNL, INLCR, IGNCR, ISTRIP map input")
{
    begin(false);
    pty_type(p.master, "a\r");
    pty_expect(p.slave, "a\n");
    pty_iflag(p.slave, ICRNL, IGNCR);
    pty_type(p.master, "a\rb\n");
    pty_expect(p.slave, "ab\n");
    pty_raw(p.slave, 1, 0);
    pty_iflag(p.slave, 0, INLCR);
    pty_type(p.master, "\n\r");
    pty_expect(p.slave, "\r\r");
    pty_iflag(p.slave, 0, ISTRIP);
    pty_type(p.master, "\301\302");
    pty_expect(p.slave, "AB");
}

TEST("I-03 PARMRK doubles the mark, IUCLC makes letters small")
{
    begin(false);
    pty_iflag(p.slave, 0, PARMRK);
    pty_type(p.master, "\377\n");
    pty_expect(p.slave, "\377\377\n");
    pty_iflag(p.slave, PARMRK, IUCLC);
    pty_type(p.master, "AbZ\n");
    pty_expect(p.slave, "abz\n");
}

TEST("I-03 OPOST: ONLCR, OCRNL, ONOCR, ONLRET, OLCUC, tabs")
{
    begin(false);
    pty_type(p.slave, "a\nb");
    pty_expect(p.master, "a\r\nb");
    pty_oflag(p.slave, ONLCR, ONLRET);
    pty_type(p.slave, "a\n");
    pty_expect(p.master, "a\n");
    pty_oflag(p.slave, ONLRET, ONOCR);
    pty_type(p.slave, "\rx\r");
    pty_expect(p.master, "x\r");
    pty_oflag(p.slave, ONOCR, OCRNL);
    pty_type(p.slave, "a\r");
    pty_expect(p.master, "a\n");
    pty_oflag(p.slave, OCRNL, TAB3 | ONLCR);
    pty_type(p.slave, "\nab\tc\t");
    pty_expect(p.master, "\r\nab      c       ");
    pty_oflag(p.slave, 0, OLCUC);
    pty_type(p.slave, "loud");
    pty_expect(p.master, "LOUD");
    pty_oflag(p.slave, OPOST, 0);
    pty_type(p.slave, "a\n\t");
    pty_expect(p.master, "a\n\t");
}

/* --- VMIN and VTIME --- */

static void type_slowly(void)
{
    for (int i = 0; i < 6; i++) {
        sleep_ms(20);
        pty_type(p.master, "x");
    }
}

static int64_t ms_since(int64_t start)
{
    return (tap_now() - start) / 1000000;
}

TEST("I-03 MIN > 0, TIME = 0: waits for so many bytes")
{
    pid_t pid;

    begin(false);
    pty_raw(p.slave, 5, 0);
    pid = child_start(type_slowly);
    pty_expect(p.slave, "xxxxx");
    CHECK_EXITS(pid, 0);
    pty_expect_nothing(p.slave);    /* one is there, but no read would return */
    pty_raw(p.slave, 1, 0);
    pty_expect(p.slave, "x");
    pty_raw(p.slave, 5, 0);
    pty_type(p.master, "abc");
    char three[3];
    CHECK_EQ(read(p.slave, three, 3), 3);   /* no more was asked for */
}

TEST("I-03 MIN > 0, TIME > 0: the first byte starts the clock")
{
    int64_t start = tap_now();
    pid_t pid;

    begin(false);
    pty_raw(p.slave, 100, 1);
    pid = child_start(type_slowly);
    pty_expect(p.slave, "xxxxxx");
    CHECK(ms_since(start) >= 200);
    CHECK_EXITS(pid, 0);
    pty_raw(p.slave, 2, 100);
    pty_type(p.master, "ab");
    pty_expect(p.slave, "ab");
}

TEST("I-03 MIN = 0, TIME > 0: one byte, or the time is over")
{
    int64_t start = tap_now();

    begin(false);
    pty_raw(p.slave, 0, 2);
    pty_expect(p.slave, "");
    CHECK(ms_since(start) >= 200);
    child_start(type_slowly);
    pty_expect(p.slave, "x");
}

TEST("I-03 MIN = 0, TIME = 0: what there is")
{
    begin(false);
    pty_raw(p.slave, 0, 0);
    pty_expect(p.slave, "");
    pty_type(p.master, "ab");
    pty_expect(p.slave, "ab");
    fcntl(p.slave, F_SETFL, O_NONBLOCK);
    pty_expect(p.slave, "");
}

TEST("I-03 a change to raw frees a half line, and back it stays readable")
{
    begin(false);
    pty_type(p.master, "half");
    pty_expect_nothing(p.slave);
    pty_lflag(p.slave, ICANON, 0);
    char two[3] = "";
    CHECK_EQ(read(p.slave, two, 2), 2);
    pty_lflag(p.slave, 0, ICANON);
    pty_expect(p.slave, "lf");
}

/* --- flow --- */

static void write_a_word(void)
{
    pty_type(p.slave, "word");
}

TEST("I-03 IXON: ^S holds output, ^Q lets it go, IXANY any key")
{
    pid_t pid;

    begin(false);
    pty_type(p.master, "\023");
    pid = child_start(write_a_word);
    sleep_ms(30);
    pty_expect_nothing(p.master);
    pty_type(p.master, "\021");
    pty_expect(p.master, "word");
    CHECK_EXITS(pid, 0);
    pty_iflag(p.slave, 0, IXANY);
    pty_type(p.master, "\023");
    fcntl(p.slave, F_SETFL, O_NONBLOCK);
    CHECK_FAILS(write(p.slave, "x", 1), EAGAIN);
    pty_type(p.master, "k");
    pty_type(p.slave, "x");
    pty_iflag(p.slave, IXON, 0);
    pty_type(p.master, "\023\n");
    pty_expect(p.slave, "k\023\n");
}

TEST("I-03 IXOFF: one ^S to a sender who is too fast, one ^Q after that")
{
    static char junk[3500];

    begin(false);
    pty_raw(p.slave, 1, 0);
    pty_iflag(p.slave, 0, IXOFF);
    CHECK_EQ(write(p.master, junk, sizeof junk), sizeof junk);
    pty_expect(p.master, "\023");
    CHECK_EQ(read(p.slave, junk, 100), 100);
    pty_expect_nothing(p.master);
    CHECK_EQ(read(p.slave, junk, 3000), 3000);
    pty_expect(p.master, "\021");
    pty_expect_nothing(p.master);
}

TEST("I-04 tcflow stops and starts output, and sends the keys")
{
    begin(false);
    CHECK_EQ(tcflow(p.slave, TCOOFF), 0);
    fcntl(p.slave, F_SETFL, O_NONBLOCK);
    CHECK_FAILS(write(p.slave, "x", 1), EAGAIN);
    CHECK_EQ(tcflow(p.slave, TCOON), 0);
    pty_type(p.slave, "x");
    CHECK_EQ(tcflow(p.slave, TCIOFF), 0);
    CHECK_EQ(tcflow(p.slave, TCION), 0);
    pty_expect(p.master, "x\023\021");
    CHECK_FAILS(tcflow(p.slave, 9), EINVAL);
}

/* --- other calls --- */

TEST("I-04 TCSAFLUSH throws unread input away, TCSADRAIN keeps it")
{
    struct termios t;

    begin(false);
    CHECK_EQ(tcgetattr(p.slave, &t), 0);
    pty_type(p.master, "kept\n");
    CHECK_EQ(tcsetattr(p.slave, TCSADRAIN, &t), 0);
    pty_expect(p.slave, "kept\n");
    pty_type(p.master, "lost\n");
    CHECK_EQ(tcsetattr(p.slave, TCSAFLUSH, &t), 0);
    pty_expect_nothing(p.slave);
    CHECK_EQ(tcdrain(p.slave), 0);
    CHECK_EQ(tcsendbreak(p.slave, 0), 0);
}

TEST("I-04 TCSETS keeps every bit that it is given")
{
    struct termios t, got;

    begin(false);
    CHECK_EQ(tcgetattr(p.slave, &t), 0);
    t.c_iflag = IGNPAR | IXOFF | INLCR;
    t.c_oflag = OPOST | OCRNL;
    t.c_lflag = ECHOK | NOFLSH | TOSTOP;
    cfsetspeed(&t, B9600);
    for (int i = 0; i < 17; i++)
        t.c_cc[i] = i + 1;
    CHECK_EQ(tcsetattr(p.slave, TCSANOW, &t), 0);
    CHECK_EQ(tcgetattr(p.slave, &got), 0);
    CHECK_EQ(got.c_iflag, t.c_iflag);
    CHECK_EQ(got.c_oflag, t.c_oflag);
    CHECK_EQ(got.c_lflag, t.c_lflag);
    CHECK_EQ(cfgetospeed(&got), B9600);
    CHECK(!memcmp(got.c_cc, t.c_cc, 17));
    CHECK_FAILS(ioctl(p.slave, TCGETS, (void *)8), EFAULT);
    CHECK_FAILS(ioctl(p.slave, TCSETS, (void *)8), EFAULT);
    CHECK_FAILS(ioctl(p.slave, 0x54ff, 0), ENOTTY);
}

/* struct termio of System V, as the kernel has it. */
struct old_termio {
    unsigned short iflag, oflag, cflag, lflag;
    unsigned char line, cc[8];
};

TEST("I-04 TCGETA, TCSETA: the old structure changes its share only")
{
    struct old_termio old;
    struct termios before, after;

    begin(false);
    CHECK_EQ(tcgetattr(p.slave, &before), 0);
    CHECK_EQ(ioctl(p.slave, TCGETA, &old), 0);
    CHECK_EQ(old.lflag, before.c_lflag & 0xffff);
    CHECK_EQ(old.cc[VINTR], before.c_cc[VINTR]);
    old.lflag &= ~ISIG;
    old.cc[VKILL] = '@';
    pty_type(p.master, "lost");
    CHECK_EQ(ioctl(p.slave, TCSETAF, &old), 0);
    CHECK_EQ(tcgetattr(p.slave, &after), 0);
    before.c_lflag &= ~ISIG;
    before.c_cc[VKILL] = '@';
    CHECK(!memcmp(&before, &after, offsetof(struct termios, c_cc) + 19));
    pty_type(p.master, "x@y\n");
    pty_expect(p.slave, "y\n");
    CHECK_FAILS(ioctl(p.slave, TCSETA, 8), EFAULT);
}

TEST("I-04 FIONREAD counts what a read would give, TCFLSH empties")
{
    int n;

    begin(false);
    pty_type(p.master, "abc\nde");
    CHECK_EQ(ioctl(p.slave, FIONREAD, &n), 0);
    CHECK_EQ(n, 4);
    CHECK_EQ(tcflush(p.slave, TCIFLUSH), 0);
    CHECK_EQ(ioctl(p.slave, FIONREAD, &n), 0);
    CHECK_EQ(n, 0);
    pty_type(p.master, "new\n");
    pty_expect(p.slave, "new\n");
    CHECK_FAILS(tcflush(p.slave, 7), EINVAL);
}

TEST("I-04 TIOCSTI types, for root only")
{
    begin(false);
    CHECK_EQ(ioctl(p.slave, TIOCSTI, "q"), 0);
    CHECK_EQ(ioctl(p.slave, TIOCSTI, "\n"), 0);
    pty_expect(p.slave, "q\n");
    CHECK_EQ(setuid(1000), 0);
    CHECK_FAILS(ioctl(p.slave, TIOCSTI, "q"), EPERM);
}

TEST("I-04 TIOCEXCL keeps others than root out until the last close")
{
    int again;

    begin(false);
    CHECK_EQ(chmod(pty_name(p.master), 0666), 0);
    CHECK_EQ(ioctl(p.slave, TIOCEXCL), 0);
    again = open(pty_name(p.master), O_RDWR | O_NOCTTY);
    CHECK(again >= 0);
    close(again);
    CHECK_EQ(seteuid(1000), 0);
    CHECK_FAILS(open(pty_name(p.master), O_RDWR | O_NOCTTY), EBUSY);
    CHECK_EQ(ioctl(p.slave, TIOCNXCL), 0);
    CHECK(open(pty_name(p.master), O_RDWR | O_NOCTTY) >= 0);
}

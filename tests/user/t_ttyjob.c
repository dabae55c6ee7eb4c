/*
 * t_ttyjob.c - sessions and their terminals, the foreground, signals from keys
 * and to the background (lwp.md rows F-09, F-11, I-02, I-05; POSIX 11.1).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/pty.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>

static struct pty p;
static volatile int *notes;             /* children write, parents read */

static void note_signal(int signo)
{
    notes[signo]++;
}

/* Each test is the typist; a child leads the session. */
static pid_t start_session(void (*body)(void))
{
    notes = child_shared(4096);
    p = pty_open();
    return child_start(body);
}

static void wait_until(volatile int *note)
{
    for (int i = 0; !*note; i++) {
        CHECK(i < 5000);
        sleep_ms(1);
    }
}

/* A child in a group of its own, in the background. */
static pid_t start_job(void (*body)(void))
{
    pid_t pid = child_start(body);

    setpgid(pid, pid);
    return pid;
}

static void wait_job(void)
{
    setpgid(0, 0);
    for (;;)
        pause();
}

static void expect_stopped(pid_t pid, int signo)
{
    int status;

    CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
    CHECK(WIFSTOPPED(status));
    CHECK_EQ(WSTOPSIG(status), signo);
}

static void end_job(pid_t pid)
{
    kill(pid, SIGKILL);
    CHECK_KILLED(pid, SIGKILL);
}

/* --- the controlling terminal --- */

static void open_without_noctty(void)
{
    int fd;

    CHECK_FAILS(open("/dev/tty", O_RDWR), ENXIO);
    CHECK_FAILS(ioctl(p.slave, TIOCGPGRP, &fd), ENOTTY);
    CHECK(setsid() > 0);
    CHECK_FAILS(open("/dev/tty", O_RDWR), ENXIO);
    fd = open(pty_name(p.master), O_RDWR | O_NOCTTY);
    CHECK_FAILS(open("/dev/tty", O_RDWR), ENXIO);
    CHECK(!(fcntl(fd, F_GETFL) & O_NOCTTY));
    fd = open(pty_name(p.master), O_RDWR);
    CHECK_EQ(tcgetpgrp(fd), getpid());
    CHECK_EQ(tcgetsid(fd), getpid());
    fd = open("/dev/tty", O_RDWR);
    CHECK(fd >= 0);
    pty_type(fd, "by name");
    CHECK_EQ(tcgetpgrp(p.master), getpid());
}

TEST("I-02 a session leader's first open without O_NOCTTY; /dev/tty")
{
    setsid();                           /* away from the console */
    CHECK_EXITS(start_session(open_without_noctty), 0);
    pty_expect(p.master, "by name");
}

static void try_to_get(void)
{
    CHECK_FAILS(ioctl(p.slave, TIOCSCTTY, 0), EPERM);   /* no leader */
    CHECK(setsid() > 0);
    CHECK_FAILS(ioctl(p.slave, TIOCSCTTY, 0), EPERM);   /* another's */
    CHECK_FAILS(open("/dev/tty", O_RDWR), ENXIO);
    CHECK_EQ(ioctl(p.slave, TIOCSCTTY, 1), 0);          /* root steals */
    CHECK_EQ(tcgetsid(p.slave), getpid());
    CHECK_EQ(ioctl(p.slave, TIOCSCTTY, 0), 0);          /* has it */
}

static void be_robbed(void)
{
    pty_login(p.slave);
    CHECK_EXITS(child_start(try_to_get), 0);
    CHECK_FAILS(open("/dev/tty", O_RDWR), ENXIO);
    CHECK_FAILS(tcgetpgrp(p.slave), ENOTTY);
}

TEST("I-02 a terminal controls one session; root may take it for another")
{
    CHECK_EXITS(start_session(be_robbed), 0);
}

static void leave_terminal(void)
{
    CHECK_EQ(ioctl(p.slave, TIOCNOTTY), 0);
    CHECK_FAILS(open("/dev/tty", O_RDWR), ENXIO);
    CHECK_FAILS(ioctl(p.slave, TIOCNOTTY), ENOTTY);
}

static void give_up_terminal(void)
{
    signal(SIGHUP, note_signal);
    pty_login(p.slave);
    CHECK_EXITS(child_start(leave_terminal), 0);
    CHECK(open("/dev/tty", O_RDWR) >= 0);
    leave_terminal();
    CHECK_EQ(notes[SIGHUP], 1);
    CHECK_EQ(ioctl(p.slave, TIOCSCTTY, 0), 0);          /* it is free again */
}

TEST("I-02 TIOCNOTTY: one process gives it up, or with its leader all")
{
    CHECK_EXITS(start_session(give_up_terminal), 0);
}

/* --- the foreground --- */

static void choose_foreground(void)
{
    pid_t job;

    pty_login(p.slave);
    job = start_job(wait_job);
    CHECK_EQ(tcsetpgrp(p.slave, job), 0);
    CHECK_EQ(tcgetpgrp(p.slave), job);
    signal(SIGTTOU, SIG_IGN);
    CHECK_EQ(tcsetpgrp(p.slave, getpid()), 0);
    CHECK_FAILS(tcsetpgrp(p.slave, getppid()), EPERM);
    CHECK_FAILS(tcsetpgrp(p.slave, 1 << 30), ESRCH);
    CHECK_FAILS(tcsetpgrp(p.slave, -1), EINVAL);
    CHECK_FAILS(ioctl(p.slave, TIOCSPGRP, (void *)8), EFAULT);
    end_job(job);
}

TEST("F-09 tcsetpgrp: groups of the session, by those whose terminal it is")
{
    setpgid(0, 0);
    CHECK_EXITS(start_session(choose_foreground), 0);
    CHECK_FAILS(tcsetpgrp(p.slave, getpgrp()), ENOTTY);
    CHECK_FAILS(tcgetpgrp(p.slave), ENOTTY);
}

static void count_keys(void)
{
    const int signals[] = { SIGINT, SIGQUIT, SIGTSTP, SIGWINCH };

    for (int i = 0; i < 4; i++)
        signal(signals[i], note_signal);
    pty_login(p.slave);
    notes[0] = 1;
    for (;;)
        pause();
}

TEST("I-05 keys send INTR, QUIT and SUSP to the foreground; ISIG, NOFLSH")
{
    struct winsize size = { 10, 20, 0, 0 };
    pid_t pid = start_session(count_keys);

    wait_until(&notes[0]);
    pty_type(p.master, "\003");
    wait_until(&notes[SIGINT]);
    pty_type(p.master, "\034");
    wait_until(&notes[SIGQUIT]);
    pty_type(p.master, "\032");
    wait_until(&notes[SIGTSTP]);
    CHECK_EQ(ioctl(p.master, TIOCSWINSZ, &size), 0);
    wait_until(&notes[SIGWINCH]);
    CHECK_EQ(ioctl(p.master, TIOCSWINSZ, &size), 0);    /* no change */
    notes[SIGINT] = 0;
    CHECK_EQ(ioctl(p.master, TIOCSIG, SIGINT), 0);
    wait_until(&notes[SIGINT]);
    CHECK_FAILS(ioctl(p.master, TIOCSIG, SIGKILL), EINVAL);
    CHECK_EQ(notes[SIGWINCH], 1);
    end_job(pid);
}

TEST("I-05 a key's signal throws queued input and output away, or NOFLSH")
{
    pid_t pid = start_session(count_keys);

    wait_until(&notes[0]);
    pty_lflag(p.slave, ECHO, 0);
    pty_type(p.slave, "waits");
    pty_type(p.master, "lost\n\003kept\n");
    pty_expect(p.slave, "kept\n");
    pty_expect_nothing(p.master);
    pty_lflag(p.slave, 0, NOFLSH);
    pty_type(p.slave, "waits");
    pty_type(p.master, "kept\n\003");
    pty_expect(p.slave, "kept\n");
    pty_expect(p.master, "waits");
    pty_lflag(p.slave, ISIG, 0);
    pty_type(p.master, "\003\n");
    pty_expect(p.slave, "\003\n");
    end_job(pid);
}

TEST("I-05 INTR overtakes lines that nobody reads")
{
    pid_t pid = start_session(count_keys);
    char lines[5000];

    wait_until(&notes[0]);
    memset(lines, '\n', sizeof lines);
    fcntl(p.master, F_SETFL, O_NONBLOCK);
    pty_lflag(p.slave, ECHO, 0);
    CHECK_EQ(write(p.master, lines, sizeof lines), 4095);
    CHECK_FAILS(write(p.master, "x", 1), EAGAIN);
    pty_type(p.master, "\003");
    wait_until(&notes[SIGINT]);
    pty_expect_nothing(p.slave);
    end_job(pid);
}

/* --- the background --- */

static void read_a_line(void)
{
    setpgid(0, 0);
    pty_expect(p.slave, "for you\n");
}

static void run_reader(void)
{
    pid_t job;

    pty_login(p.slave);
    signal(SIGTTOU, SIG_IGN);
    job = start_job(read_a_line);
    expect_stopped(job, SIGTTIN);
    CHECK_EQ(tcsetpgrp(p.slave, job), 0);
    kill(job, SIGCONT);
    notes[0] = 1;
    CHECK_EXITS(job, 0);
}

TEST("I-05 a background reader stops with SIGTTIN, and reads when continued")
{
    pid_t pid = start_session(run_reader);

    wait_until(&notes[0]);
    pty_type(p.master, "for you\n");
    CHECK_EXITS(pid, 0);
}

static void read_deaf(void)
{
    char c;

    setpgid(0, 0);
    signal(SIGTTIN, SIG_IGN);
    CHECK_FAILS(read(p.slave, &c, 1), EIO);
    signal(SIGTTIN, SIG_DFL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTTIN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    CHECK_FAILS(read(p.slave, &c, 1), EIO);
}

static void run_deaf_reader(void)
{
    pty_login(p.slave);
    CHECK_EXITS(start_job(read_deaf), 0);
}

TEST("I-05 a background reader that ignores or blocks SIGTTIN gets EIO")
{
    CHECK_EXITS(start_session(run_deaf_reader), 0);
}

static void read_as_orphan(void)
{
    char c;

    setpgid(0, 0);
    while (getppid() == notes[1])
        sleep_ms(1);
    notes[2] = read(p.slave, &c, 1) < 0 ? errno : -1;
    notes[3] = tcsetattr(p.slave, TCSANOW, &(struct termios){ 0 }) < 0 ? errno
                                                                      : -1;
    notes[0] = 1;
}

static void start_orphan(void)
{
    notes[1] = getpid();
    start_job(read_as_orphan);
}

static void lead_orphan(void)
{
    pty_login(p.slave);
    CHECK_EXITS(child_start(start_orphan), 0);
    wait_until(&notes[0]);
    CHECK_EQ(notes[2], EIO);
    CHECK_EQ(notes[3], EIO);
}

TEST("I-05 readers and setters in an orphaned background group get EIO")
{
    CHECK_EXITS(start_session(lead_orphan), 0);
}

static void write_words(void)
{
    setpgid(0, 0);
    pty_type(p.slave, "words");
}

static void run_writer(void)
{
    pid_t job;

    pty_login(p.slave);
    CHECK_EXITS(start_job(write_words), 0);
    pty_expect(p.master, "words");
    pty_lflag(p.slave, 0, TOSTOP);
    job = start_job(write_words);
    expect_stopped(job, SIGTTOU);
    signal(SIGTTOU, SIG_IGN);
    CHECK_EXITS(start_job(write_words), 0);     /* inherits: deaf */
    pty_expect(p.master, "words");
    CHECK_EQ(tcsetpgrp(p.slave, job), 0);
    kill(job, SIGCONT);
    CHECK_EXITS(job, 0);
    pty_expect(p.master, "words");
}

TEST("I-05 TOSTOP: a background writer stops with SIGTTOU, unless deaf")
{
    CHECK_EXITS(start_session(run_writer), 0);
}

static int (*setter)(void);

static int set_attributes(void)
{
    struct termios t;

    tcgetattr(p.slave, &t);
    return tcsetattr(p.slave, TCSANOW, &t);
}

static int set_group(void)
{
    return tcsetpgrp(p.slave, getpgrp());
}

static int flush_input(void)
{
    return tcflush(p.slave, TCIFLUSH);
}

static int stop_flow(void)
{
    return tcflow(p.slave, TCOON);
}

static int drain(void)
{
    return tcdrain(p.slave);
}

static void run_setter(void)
{
    setpgid(0, 0);
    CHECK_EQ(setter(), 0);
}

static void run_setters(void)
{
    int (*const setters[])(void) = {
        set_attributes, set_group, flush_input, stop_flow, drain,
    };

    pty_login(p.slave);
    for (int i = 0; i < 5; i++) {
        pid_t job;

        setter = setters[i];
        job = start_job(run_setter);
        expect_stopped(job, SIGTTOU);
        end_job(job);
    }
}

TEST("I-05 who sets the terminal from the background stops with SIGTTOU")
{
    CHECK_EXITS(start_session(run_setters), 0);
}

/* --- hang-ups --- */

static void note_hangup(void)
{
    close(p.master);
    signal(SIGHUP, note_signal);
    signal(SIGCONT, note_signal);
    pty_login(p.slave);
    notes[0] = 1;
    wait_until(&notes[SIGHUP]);
    wait_until(&notes[SIGCONT]);
    CHECK_FAILS(open("/dev/tty", O_RDWR), ENXIO);
    CHECK_EQ(notes[SIGHUP], 1);
}

TEST("I-06 hang-up: the session's leader gets SIGHUP, SIGCONT, no terminal")
{
    pid_t pid = start_session(note_hangup);

    wait_until(&notes[0]);
    pty_close(&p);
    CHECK_EXITS(pid, 0);
}

static void note_job_hangup(void)
{
    close(p.master);
    setpgid(0, 0);
    signal(SIGHUP, note_signal);
    notes[1] = 1;
    wait_until(&notes[SIGHUP]);
    notes[2] = 1;
}

static void leave_job_behind(void)
{
    pid_t job;

    pty_login(p.slave);
    job = start_job(note_job_hangup);
    CHECK_EQ(tcsetpgrp(p.slave, job), 0);
    wait_until(&notes[1]);
}

TEST("F-11 the leader's end: SIGHUP to the foreground, the terminal is free")
{
    CHECK_EXITS(start_session(leave_job_behind), 0);
    wait_until(&notes[2]);
    CHECK_EQ(notes[SIGHUP], 1);
    pty_login(p.slave);
    CHECK_EQ(tcgetpgrp(p.slave), getpid());
}

static void stop_self(void)
{
    setpgid(0, 0);
    signal(SIGHUP, note_signal);
    signal(SIGCONT, note_signal);
    raise(SIGSTOP);
    wait_until(&notes[SIGHUP]);
    wait_until(&notes[SIGCONT]);
    notes[2] = 1;
}

static void leave_stopped_job(void)
{
    pty_login(p.slave);
    expect_stopped(start_job(stop_self), SIGSTOP);
}

TEST("F-11 the leader's end: stopped background groups get SIGHUP, SIGCONT")
{
    CHECK_EXITS(start_session(leave_stopped_job), 0);
    wait_until(&notes[2]);
}

static void login_and_end(void)
{
    pty_login(p.slave);
}

TEST("F-11 200 sessions take the terminal and end")
{
    notes = child_shared(4096);
    p = pty_open();
    for (int i = 0; i < 200; i++)
        CHECK_EXITS(child_start(login_and_end), 0);
}

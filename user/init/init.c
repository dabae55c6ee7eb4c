/*
 * init: the first process.  It prepares the system, keeps a shell on the
 * console, reaps orphans, and ends the machine when it is told to:
 *
 *     SIGTERM  SIGINT   restart        (reboot)
 *     SIGUSR1           stop           (halt)
 *     SIGUSR2           turn off       (poweroff)
 *
 * which are the signals that BusyBox's init knows, too.
 *
 * With LARCH_RUN=FILE in its environment it runs a single job instead: run.c.
 */
#define _GNU_SOURCE
#include "user/init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define REBOOT_MAGIC1 0xfee1dead
#define REBOOT_MAGIC2 672274793

enum {
    SHELL_QUICK_SECONDS = 2,    /* a shell that fails earlier is broken */
    SHELL_FAILURES = 5,         /* so many in a row, and init gives up */
    GRACE_SECONDS = 2,          /* between SIGTERM and SIGKILL */
};

static const char console[] = "/dev/console";
static sigset_t own_signals;
struct termios console_modes;
bool have_modes;

void say(const char *what, const char *why)
{
    struct iovec parts[] = {
        { "init: ", 6 }, { (char *)what, strlen(what) },
        { ": ", 2 }, { (char *)why, strlen(why) }, { "\n", 1 },
    };

    if (writev(STDERR_FILENO, parts, sizeof(parts) / sizeof(parts[0])) < 0)
        return;         /* there is nobody left to tell */
}

static void mount_one(const char *type, const char *place)
{
    mkdir(place, 0755);
    if (mount(type, place, type, MS_NOSUID, NULL) < 0 && errno != EBUSY)
        say(place, strerror(errno));
}

/* The kernel opens the console for us if it can; else this is the chance. */
static void open_console(void)
{
    int fd;

    if (fcntl(STDIN_FILENO, F_GETFD) >= 0)
        return;
    do {
        fd = open(console, O_RDWR);
    } while (fd >= 0 && fd < STDERR_FILENO);
}

static void set_hostname(void)
{
    int fd = open("/etc/hostname", O_RDONLY | O_CLOEXEC);
    char name[65];
    ssize_t length;

    if (fd < 0)
        return;
    length = read(fd, name, sizeof(name) - 1);
    close(fd);
    if (length <= 0)
        return;
    name[length] = '\0';
    length = strcspn(name, "\r\n");
    if (sethostname(name, length) < 0)
        say("hostname", strerror(errno));
}

static void set_environment(void)
{
    setenv("PATH", "/bin:/sbin:/usr/bin:/usr/sbin", 1);
    setenv("HOME", "/root", 1);
    setenv("TERM", "vt100", 0);
    setenv("USER", "root", 1);
    setenv("SHELL", "/bin/sh", 1);
}

static void ignore_signal(int signal)
{
    (void)signal;
}

/*
 * The signals stay blocked, and wait_event() takes them one by one.  They have
 * a handler all the same, so that none counts as ignored and is dropped.
 */
static void prepare_signals(void)
{
    static const int signals[] = {
        SIGCHLD, SIGTERM, SIGINT, SIGUSR1, SIGUSR2,
    };
    struct sigaction action = { .sa_handler = ignore_signal };

    sigemptyset(&own_signals);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        sigaddset(&own_signals, signals[i]);
        sigaction(signals[i], &action, NULL);
    }
    sigprocmask(SIG_BLOCK, &own_signals, NULL);
    /* ctrl-alt-del, where there is such a thing, shall be a SIGINT. */
    reboot(RB_DISABLE_CAD);
}

/* ---- The end of the machine. */

static void sleep_briefly(void)
{
    const struct timespec pause = { .tv_nsec = 10000000 };

    nanosleep(&pause, NULL);
}

/* Reaps until there are no children; false if the time is over first. */
static bool reap_all(int seconds)
{
    for (int i = 0; i < seconds * 100; i++) {
        while (waitpid(-1, NULL, WNOHANG) > 0)
            continue;
        if (errno == ECHILD)
            return true;
        sleep_briefly();
    }
    return false;
}

void kill_all(void)
{
    kill(-1, SIGKILL);
    reap_all(GRACE_SECONDS);
}

/* An interactive shell ignores SIGTERM, but not SIGHUP. */
static void stop_all(void)
{
    kill(-1, SIGTERM);
    kill(-1, SIGHUP);
    kill(-1, SIGCONT);
    if (!reap_all(GRACE_SECONDS))
        kill_all();
}

void end_machine(int command, int status)
{
    tcdrain(STDOUT_FILENO);
    sync();
    syscall(SYS_reboot, REBOOT_MAGIC1, REBOOT_MAGIC2, command, status);
    say("cannot end the machine", strerror(errno));
    for (;;)
        pause();
}

_Noreturn static void shut_down(int command, const char *what)
{
    say("shutting down", what);
    stop_all();
    end_machine(command, 0);
}

static void obey(int signal)
{
    switch (signal) {
    case SIGUSR1:
        shut_down(RB_HALT_SYSTEM, "halt");
    case SIGUSR2:
        shut_down(RB_POWER_OFF, "power off");
    case SIGTERM:
    case SIGINT:
        shut_down(RB_AUTOBOOT, "restart");
    }
}

/* ---- Jobs. */

/* Sleeps until a child ends; obeys signals meanwhile.  Returns its pid. */
static pid_t wait_child(int *status)
{
    pid_t pid;
    int signal;

    while ((pid = waitpid(-1, status, WNOHANG)) <= 0) {
        signal = sigwaitinfo(&own_signals, NULL);
        if (signal > 0)
            obey(signal);
    }
    return pid;
}

int wait_job(pid_t job)
{
    int status;

    while (wait_child(&status) != job)
        continue;
    if (WIFSIGNALED(status))
        return 128 + WTERMSIG(status);
    return WEXITSTATUS(status);
}

/* A session of its own, led by this process, with the console as terminal. */
static void take_console(void)
{
    int fd;

    setsid();
    fd = open(console, O_RDWR);
    if (fd < 0) {
        say(console, strerror(errno));
        return;
    }
    for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
        dup2(fd, i);
    if (fd > STDERR_FILENO)
        close(fd);
    /* ENOTTY: the kernel's console may be no terminal that can be owned. */
    if (ioctl(STDIN_FILENO, TIOCSCTTY, 0) < 0 && errno != ENOTTY)
        say(console, strerror(errno));
}

void write_mark(const char *mark)
{
    struct iovec parts[] = { { (char *)mark, mark ? strlen(mark) : 0 },
                             { "\n", 1 } };

    if (mark && writev(STDOUT_FILENO, parts, 2) < 0)
        say("mark", strerror(errno));
}

_Noreturn static void become(const char *path, char *const argv[],
                             const char *mark)
{
    int error;

    take_console();
    write_mark(mark);
    sigprocmask(SIG_UNBLOCK, &own_signals, NULL);
    execvp(path, argv);
    error = errno;
    say(path, strerror(error));
    _exit(error == ENOENT || error == ENOTDIR ? 127 : 126);
}

pid_t start(const char *path, char *const argv[], const char *mark)
{
    pid_t pid = fork();

    if (pid == 0)
        become(path, argv, mark);
    if (pid < 0)
        say("fork", strerror(errno));
    return pid;
}

/* ---- The shell on the console. */

/* Runs one shell to its end; returns true if it was of use to anybody. */
static bool run_shell(void)
{
    char *const argv[] = { "-sh", NULL };
    struct timespec started, ended;
    pid_t pid;
    int status;

    /* The last one may have been killed with the terminal in raw mode. */
    if (have_modes)
        tcsetattr(STDIN_FILENO, TCSANOW, &console_modes);
    clock_gettime(CLOCK_MONOTONIC, &started);
    pid = start("/bin/sh", argv, NULL);
    if (pid < 0)
        return false;
    status = wait_job(pid);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    /* SIGKILL is somebody's wish, and no fault of the shell. */
    return status == 0 || status == 128 + SIGKILL ||
           ended.tv_sec - started.tv_sec >= SHELL_QUICK_SECONDS;
}

_Noreturn static void keep_shell(void)
{
    const struct timespec pause = { .tv_sec = 1 };
    int failures = 0;

    if (chdir(getenv("HOME")) < 0)
        say(getenv("HOME"), strerror(errno));
    while (failures < SHELL_FAILURES) {
        if (run_shell()) {
            failures = 0;
            continue;
        }
        failures++;
        nanosleep(&pause, NULL);
    }
    say("/bin/sh", "fails again and again; giving up");
    shut_down(RB_POWER_OFF, "power off");
}

int main(int argc, char **argv)
{
    static const char usage[] =
        "usage: init\nThe first process; only the kernel can start it.\n";

    if (getpid() != 1) {
        bool help = argc == 2 && strcmp(argv[1], "--help") == 0;

        return write(help ? 1 : 2, usage, sizeof(usage) - 1) < 0 || !help;
    }
    mount_one("devfs", "/dev");
    open_console();
    mount_one("tmpfs", "/dev/shm");     /* shm_open(3), sem_open(3) */
    mount_one("mqueue", "/dev/mqueue");
    mount_one("proc", "/proc");
    mount_one("tmpfs", "/tmp");
    set_hostname();
    set_environment();
    prepare_signals();
    have_modes = tcgetattr(STDIN_FILENO, &console_modes) == 0;
    if (getenv("LARCH_RUN"))
        run_job(getenv("LARCH_RUN"));
    keep_shell();
}

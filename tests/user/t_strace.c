/*
 * t_strace.c - strace(1), the program on the image: what it writes of others
 * (lwp.md row I-08).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#define LOG "/tmp/strace-log"

static char text[256 * 1024];

static void read_log(void)
{
    int fd = open(LOG, O_RDONLY);
    size_t length = 0;
    ssize_t n;

    CHECK(fd >= 0);
    while ((n = read(fd, text + length, sizeof(text) - 1 - length)) > 0)
        length += n;
    text[length] = '\0';
    close(fd);
    unlink(LOG);
}

/* Run a command line; its exit status.  What it wrote to LOG is in text. */
static int run(const char *command)
{
    pid_t pid = child_fork();
    int status;

    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", command, NULL);
        _exit(127);
    }
    status = child_wait(pid);
    CHECK(WIFEXITED(status));
    read_log();
    return WEXITSTATUS(status);
}

/* The line that begins with one text and holds another, or NULL. */
static const char *find_line(const char *begin, const char *rest)
{
    static char line[1024];

    for (const char *p = text; *p; p += strcspn(p, "\n") + 1) {
        size_t length = strcspn(p, "\n");

        if (length >= sizeof(line))
            length = sizeof(line) - 1;
        memcpy(line, p, length);
        line[length] = '\0';
        if (!strncmp(line, begin, strlen(begin)) && strstr(line, rest))
            return line;
    }
    return NULL;
}

static int count_of(const char *what)
{
    int n = 0;

    for (const char *p = text; (p = strstr(p, what)); p++)
        n++;
    return n;
}

#define CHECK_LINE(begin, rest) \
    do { \
        if (!find_line(begin, rest)) \
            tap_fail(__FILE__, __LINE__, "no line %s...%s", begin, rest); \
    } while (0)

TEST("I-08 strace shows calls, arguments, strings, results and the end")
{
    CHECK_EQ(run("strace -o " LOG " cat /tmp/no-such-file 2>/dev/null"), 1);
    CHECK_EQ(strncmp(text, "execve(\"/bin/cat\", 0x", 21), 0);
    CHECK_LINE("execve(", ") = 0");
    CHECK_LINE("openat(-100, \"/tmp/no-such-file\", ",
               " = -1 ENOENT (No such file or directory)");
    CHECK_LINE("write", " = ");
    CHECK_LINE("exit_group(1)", " = ?");
    CHECK_LINE("+++ exited with 1 +++", "");
    CHECK_EQ(count_of("unfinished"), 0);
    CHECK_EQ(count_of("[pid"), 0);
}

TEST("I-08 strace -f follows children; lines that were broken off go on")
{
    CHECK_EQ(run("strace -f -o " LOG " sh -c 'ls / | wc' >/dev/null"), 0);
    CHECK_EQ(count_of("+++ exited with 0 +++"), 3);
    CHECK_EQ(count_of("execve(\"/bin/ls\""), 1);
    CHECK_EQ(count_of("execve(\"/bin/wc\""), 1);
    CHECK_EQ(count_of("clone("), 2);
    CHECK(strstr(text, "--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, "));
    CHECK_EQ(count_of("<unfinished ...>"), count_of(" resumed>"));
    CHECK(count_of("wait4(") >= 2);
}

TEST("I-08 strace without -f shows the program alone")
{
    CHECK_EQ(run("strace -o " LOG " sh -c '/bin/ls /; exit 0' >/dev/null"), 0);
    CHECK_EQ(count_of("+++ exited"), 1);
    CHECK_EQ(count_of("execve("), 1);
    CHECK_EQ(count_of("getdents64"), 0);
}

TEST("I-08 strace -e shows only these calls, -s bounds strings")
{
    CHECK_EQ(run("strace -e trace=openat,close -s 4 -o " LOG
                 " cat /etc/passwd >/dev/null"), 0);
    CHECK_EQ(count_of("openat(-100, \"/etc\"..., "), 1);
    CHECK(count_of("close(3)") >= 1);
    CHECK_EQ(count_of("read"), 0);
    CHECK_EQ(count_of("exit_group"), 0);
    CHECK_EQ(run("strace -e close,nonsense true 2>" LOG), 1);
    CHECK_LINE("strace: there is no system call nonsense", "");
}

TEST("I-08 strace -c counts calls, errors and time")
{
    int calls, errors;

    CHECK_EQ(run("strace -c -o " LOG " cat /tmp/nothing /etc/passwd"
                 " >/dev/null 2>&1"), 1);
    CHECK_LINE("% time", "usecs/call     calls    errors syscall");
    CHECK_LINE("", " openat");
    CHECK_EQ(sscanf(find_line("", " openat"), "%*s %*s %*s %d %d openat",
                    &calls, &errors), 2);
    CHECK_EQ(calls, 2);
    CHECK_EQ(errors, 1);
    CHECK_LINE("100.00 ", " total");
    CHECK_EQ(count_of("+++"), 0);
}

TEST("I-08 strace shows signals, and passes on how the program ended")
{
    CHECK_EQ(run("strace -o " LOG " sh -c 'kill -TERM $$'"), 128 + SIGTERM);
    CHECK_LINE("--- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=", "");
    CHECK_LINE("+++ killed by SIGTERM +++", "");
    CHECK_EQ(run("strace -o " LOG " sh -c 'kill -STOP $$; exit 3' &"
                 " until grep -q stopped " LOG "; do sleep 0.01; done;"
                 " killall -CONT sh; wait $!"), 3);
    CHECK_LINE("--- stopped by SIGSTOP ---", "");
    CHECK_LINE("--- SIGCONT {", "");
}

TEST("I-08 strace -p watches a running process and leaves it running")
{
    CHECK_EQ(run("sleep 1000 & p=$!; strace -o " LOG " -p $p & s=$!;"
                 " until grep -q sleep /proc/$p/comm &&"
                 "       grep -q \"TracerPid:.$s\" /proc/$p/status;"
                 " do sleep 0.01; done; kill -INT $s; wait $s;"
                 " kill -0 $p && kill $p; wait $p"), 128 + SIGTERM);
    CHECK_EQ(count_of("+++"), 0);
    CHECK_EQ(run("sleep 1000 & p=$!; strace -o " LOG " -p $p & s=$!;"
                 " until grep -q \"TracerPid:.$s\" /proc/$p/status;"
                 " do sleep 0.01; done; kill $p; wait $s"), 0);
    CHECK_LINE("+++ killed by SIGTERM +++", "");
    CHECK_EQ(run("strace -p 32000 2>" LOG), 1);
    CHECK_LINE("strace: 32000: No such process", "");
}

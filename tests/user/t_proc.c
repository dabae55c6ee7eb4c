/*
 * t_proc.c - /proc: what ps, top and free read, and other processes' links
 * (rows I-07, A-20, A-27, R01).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/place.h"
#include "tests/user/lib/slurp.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>

/* A child that sleeps until it is killed. */
static pid_t start_sleeper(void)
{
    pid_t pid = child_sleeper();

    sleep_ms(20);
    return pid;
}

struct stat_line {
    int pid, ppid, pgrp, session;
    char name[32], state;
    unsigned long utime, stime, vsize;
    long threads, rss;
    int fields;
};

/* procps: the name ends at the last parenthesis. */
static struct stat_line read_stat(pid_t pid)
{
    struct stat_line s = { 0 };
    char *line = slurp("/proc/%d/stat", pid), *end = strrchr(line, ')');
    char *word;

    CHECK(end);
    s.pid = atoi(line);
    *end = '\0';
    snprintf(s.name, sizeof(s.name), "%s", strchr(line, '(') + 1);
    s.fields = 2;
    for (word = strtok(end + 1, " \n"); word; word = strtok(NULL, " \n")) {
        switch (++s.fields) {
        case 3:  s.state = *word; break;
        case 4:  s.ppid = atoi(word); break;
        case 5:  s.pgrp = atoi(word); break;
        case 6:  s.session = atoi(word); break;
        case 14: s.utime = atol(word); break;
        case 15: s.stime = atol(word); break;
        case 20: s.threads = atol(word); break;
        case 23: s.vsize = atol(word); break;
        case 24: s.rss = atol(word); break;
        }
    }
    return s;
}

TEST("I-07 /proc/PID/stat: 52 fields, those of ps are right")
{
    pid_t pid = start_sleeper();
    struct stat_line s = read_stat(pid);

    CHECK_EQ(s.fields, 52);
    CHECK_EQ(s.pid, pid);
    CHECK(!strcmp(s.name, "t_proc"));
    CHECK_EQ(s.state, 'S');
    CHECK_EQ(s.ppid, getpid());
    CHECK_EQ(s.pgrp, getpgrp());
    CHECK_EQ(s.session, getsid(0));
    CHECK_EQ(s.threads, 1);
    CHECK(s.vsize >= 4096 && s.rss >= 1);
    CHECK(kill(pid, SIGSTOP) == 0);
    sleep_ms(20);
    CHECK_EQ(read_stat(pid).state, 'T');
    CHECK(kill(pid, SIGKILL) == 0);
    sleep_ms(20);
    CHECK_EQ(read_stat(pid).state, 'Z');
    CHECK_KILLED(pid, SIGKILL);
    CHECK_EQ(read_stat(getpid()).state, 'R');
}

TEST("I-07 /proc/PID/stat: a name with spaces and parentheses")
{
    CHECK(prctl(PR_SET_NAME, "a) b (c") == 0);
    CHECK(!strcmp(read_stat(getpid()).name, "a) b (c"));
    CHECK(!strcmp(slurp("/proc/self/comm"), "a) b (c\n"));
}

static long status_number(pid_t pid, const char *name, int base)
{
    char *line = slurp("/proc/%d/status", pid);
    size_t length = strlen(name);

    while (strncmp(line, name, length) || line[length] != ':') {
        line = strchr(line, '\n');
        CHECK(line++);
    }
    return strtol(line + length + 1, NULL, base);
}

TEST("I-07 /proc/PID/status: ids, memory, signals")
{
    pid_t self = getpid();
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0 && raise(SIGUSR1) == 0);
    signal(SIGUSR2, SIG_IGN);
    CHECK_EQ(status_number(self, "Pid", 10), self);
    CHECK_EQ(status_number(self, "Tgid", 10), self);
    CHECK_EQ(status_number(self, "PPid", 10), getppid());
    CHECK_EQ(status_number(self, "Uid", 10), 0);
    CHECK_EQ(status_number(self, "Threads", 10), 1);
    CHECK_EQ(status_number(self, "SigBlk", 16), 1 << (SIGUSR1 - 1));
    CHECK_EQ(status_number(self, "SigIgn", 16) & (1 << (SIGUSR2 - 1)),
             1 << (SIGUSR2 - 1));
    CHECK_EQ((status_number(self, "SigPnd", 16) |
              status_number(self, "ShdPnd", 16)), 1 << (SIGUSR1 - 1));
    CHECK(status_number(self, "VmSize", 10) >= status_number(self, "VmRSS", 10));
    CHECK(status_number(self, "VmRSS", 10) > 0);
}

TEST("A-27 R01 another process's exe, cwd, root and fd are its own")
{
    char path[64], link[PATH_MAX] = "", self[PATH_MAX] = "";
    int mark = open("/bin/cat", O_RDONLY);
    pid_t pid;

    place_enter();
    CHECK(mkdir("there", 0755) == 0);
    pid = child_fork();
    if (pid == 0) {
        CHECK(chdir("there") == 0);
        CHECK(execl("/bin/sleep", "sleep", "1000", NULL) == 0);
    }
    sleep_ms(50);
    snprintf(path, sizeof(path), "/proc/%d/exe", pid);
    CHECK(readlink(path, link, sizeof(link) - 1) > 0);
    CHECK(!strcmp(link, "/bin/sleep"));
    CHECK(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    CHECK(!strcmp(self, tap_self));
    snprintf(path, sizeof(path), "/proc/%d/cwd", pid);
    memset(link, 0, sizeof(link));
    CHECK(readlink(path, link, sizeof(link) - 1) > 0);
    CHECK(!strcmp(link, "/tmp/place/there"));
    snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, mark);
    memset(link, 0, sizeof(link));
    CHECK(readlink(path, link, sizeof(link) - 1) > 0);
    CHECK(!strcmp(link, "/bin/cat"));
    CHECK_EQ(memcmp(slurp("/proc/%d/cmdline", pid), "sleep\0001000\0", 11), 0);
    child_kill(pid);
    CHECK_FAILS(access(path, F_OK), ENOENT);
    place_leave();
}

TEST("R04 /proc/self/maps: sorted, without overlap, with names")
{
    unsigned long from, to, last = 0, inside = 0;
    bool stack = false, own = false;
    char *map = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char protection[5];

    for (char *line = strtok(slurp("/proc/self/maps"), "\n"); line;
         line = strtok(NULL, "\n")) {
        CHECK_EQ(sscanf(line, "%lx-%lx %4s", &from, &to, protection), 3);
        CHECK(from < to && from >= last && from % 4096 == 0);
        last = to;
        stack |= strstr(line, "[stack]") != NULL;
        own |= strstr(line, tap_self) != NULL;
        if (from <= (unsigned long)map && (unsigned long)map < to) {
            CHECK(!strcmp(protection, "r--p"));
            inside++;
        }
    }
    CHECK(stack && own);
    CHECK_EQ(inside, 1);
}

TEST("I-07 /proc lists all processes, and self and thread-self are links")
{
    char link[32] = "", number[32];
    bool one = false, self = false;
    struct dirent *e;
    DIR *dir = opendir("/proc");

    snprintf(number, sizeof(number), "%d", getpid());
    while ((e = readdir(dir)) != NULL) {
        one |= !strcmp(e->d_name, "1");
        self |= !strcmp(e->d_name, number);
    }
    closedir(dir);
    CHECK(one && self);
    CHECK(readlink("/proc/self", link, sizeof(link) - 1) > 0);
    CHECK(!strcmp(link, number));
    CHECK_FAILS(access("/proc/99999", F_OK), ENOENT);
    CHECK_FAILS(access("/proc/0", F_OK), ENOENT);
    CHECK(open("/proc/new", O_CREAT | O_RDWR, 0600) < 0);
    CHECK(mkdir("/proc/new", 0755) < 0);
    CHECK(unlink("/proc/meminfo") < 0);
}

TEST("I-07 /proc/uptime: the time that harts idled never falls")
{
    double up, idle, before = 0;
    cpu_set_t one;

    for (int i = 0; i < 400; i++) {
        CPU_ZERO(&one);
        CPU_SET(i % sysconf(_SC_NPROCESSORS_CONF), &one);
        CHECK_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
        if (i % 16 == 0)
            usleep(1000);
        CHECK_EQ(sscanf(slurp("/proc/uptime"), "%lf %lf", &up, &idle), 2);
        CHECK(idle >= before);
        before = idle;
    }
}

TEST("/proc: the system's files as procps and libc read them")
{
    double up, idle, load[3];
    int running, all, last;
    unsigned long user, nice, system;

    CHECK_EQ(sscanf(slurp("/proc/uptime"), "%lf %lf", &up, &idle), 2);
    CHECK(up > 0 && up < 100000);
    CHECK_EQ(sscanf(slurp("/proc/loadavg"), "%lf %lf %lf %d/%d %d", &load[0],
                    &load[1], &load[2], &running, &all, &last), 6);
    CHECK(running >= 1 && all >= 2 && last >= getpid());
    CHECK_EQ(sscanf(slurp("/proc/stat"), "cpu %lu %lu %lu", &user, &nice,
                    &system), 3);
    CHECK(strstr(slurp_text, "\ncpu0 ") &&
          strstr(slurp_text, "\nbtime ") && strstr(slurp_text, "\nctxt "));
    CHECK(tap_read_number("/proc/meminfo", "MemTotal") >
          tap_read_number("/proc/meminfo", "MemFree"));
    CHECK(tap_read_number("/proc/meminfo", "MemAvailable") > 0);
    CHECK(strstr(slurp("/proc/mounts"), " / ") &&
          strstr(slurp_text, " /proc proc "));
    CHECK(strstr(slurp("/proc/filesystems"), "tmpfs"));
    CHECK(strstr(slurp("/proc/version"), "version"));
    CHECK(strstr(slurp("/proc/cpuinfo"), "rv64"));
    CHECK(strlen(slurp("/proc/cmdline")) > 0);
}

TEST("/proc: a process that ends while it is looked at")
{
    char path[64], buf[512];
    pid_t pid = start_sleeper();
    int fd, dir;

    snprintf(path, sizeof(path), "/proc/%d", pid);
    dir = open(path, O_RDONLY | O_DIRECTORY);
    fd = openat(dir, "status", O_RDONLY);
    CHECK(dir >= 0 && fd >= 0);
    CHECK_EQ(read(fd, buf, 10), 10);
    child_kill(pid);
    CHECK(read(fd, buf, sizeof(buf)) >= -1);
    read(openat(dir, "stat", O_RDONLY), buf, sizeof(buf));
    CHECK_FAILS(open(path, O_RDONLY), ENOENT);
    CHECK(read(open("/proc/self/mem", O_RDONLY), buf, 1) < 0);
}

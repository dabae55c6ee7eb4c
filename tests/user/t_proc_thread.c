/*
 * t_proc_thread.c - threads as /proc shows them: where they wait, their
 * directories, Larch's own tables (rows I-07, A-23, S11).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/slurp.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* A child that reads from an empty pipe into a known place. */
static int empty[2];
static char place[64];

static void read_empty(void)
{
    read(empty[0], place, sizeof(place));
}

static pid_t start_reader(void)
{
    pid_t pid;

    CHECK(pipe(empty) == 0);
    pid = child_start(read_empty);
    while (slurp_stat(pid, 3) != 'S')
        sleep_ms(1);
    return pid;
}

static void spin(void)
{
    for (;;)
        ;
}

static void end(pid_t pid)
{
    CHECK(kill(pid, SIGKILL) == 0);
    CHECK_KILLED(pid, SIGKILL);
}

TEST("I-07 /proc/PID/wchan: the function that a thread sleeps in, 0 else")
{
    pid_t reader = start_reader(), spinner = child_start(spin);

    CHECK(!strcmp(slurp("/proc/%d/wchan", reader), "pipe_read"));
    CHECK(!strcmp(slurp("/proc/%d/wchan", spinner), "0"));
    CHECK(!strcmp(slurp("/proc/self/wchan"), "0"));
    end(reader);
    end(spinner);
}

TEST("I-07 /proc/PID/syscall: number, arguments, stack and place of the call")
{
    pid_t reader = start_reader(), spinner = child_start(spin);
    unsigned long v[8], number, from, to;
    char *maps;

    CHECK_EQ(sscanf(slurp("/proc/%d/syscall", reader), "%lu %lx %lx %lx %lx "
                    "%lx %lx %lx %lx", &number, &v[0], &v[1], &v[2], &v[3],
                    &v[4], &v[5], &v[6], &v[7]), 9);
    CHECK_EQ(number, SYS_read);
    CHECK_EQ(v[0], empty[0]);
    CHECK_EQ(v[1], place);
    CHECK_EQ(v[2], sizeof(place));
    /* A copy of this process: its stack and its text are where ours are. */
    maps = strstr(slurp("/proc/%d/maps", reader), "[stack]");
    CHECK(maps);
    while (maps > slurp_text && maps[-1] != '\n')
        maps--;
    CHECK_EQ(sscanf(maps, "%lx-%lx", &from, &to), 2);
    CHECK(v[6] > from && v[6] < to);
    CHECK_EQ(memcmp((char *)v[7] - 4, "\x73\0\0\0", 4), 0);     /* ecall */
    CHECK(!strcmp(slurp("/proc/%d/syscall", spinner), "running\n"));
    end(reader);
    end(spinner);
}

TEST("I-07 /proc/PID/stack: from the scheduler to the system call")
{
    pid_t reader = start_reader();
    char *text = slurp("/proc/%d/stack", reader);

    CHECK(!strncmp(text, "[<0>] ", 6));
    CHECK(strstr(text, "] waitq_sleep+0x") && strstr(text, "] pipe_read+0x"));
    CHECK(strstr(text, "sys_read"));
    end(reader);
}

/* --- many who sleep and wake and end -------------------------------------- */

static void *restless(void *pipes)
{
    const struct timespec moment = { 0, 50000 };
    int *p = pipes;
    char c = 0;

    for (int i = 0; i < 50; i++) {
        nanosleep(&moment, NULL);
        CHECK(write(p[1], &c, 1) == 1 && read(p[0], &c, 1) == 1);
    }
    return NULL;
}

static void live_restlessly(void)
{
    int p[2];

    CHECK(pipe(p) == 0);
    for (;;) {
        pthread_t threads[4];

        for (int i = 0; i < 4; i++)
            CHECK(pthread_create(&threads[i], NULL, restless, p) == 0);
        for (int i = 0; i < 4; i++)
            CHECK(pthread_join(threads[i], NULL) == 0);
    }
}

/* Whatever comes is fine, as long as it has the right form. */
static void look_at(pid_t pid, const char *tid, const char *file)
{
    char path[320];
    long n;

    snprintf(path, sizeof(path), "/proc/%d/task/%s/%s", pid, tid, file);
    n = slurp_try(path);
    CHECK(n >= 0 || n == -ENOENT || n == -ESRCH);
    if (n <= 0)
        return;
    if (!strcmp(file, "stack"))
        CHECK(!strncmp(slurp_text, "[<0>] ", 6));
    else if (!strcmp(file, "syscall"))
        CHECK(!strcmp(slurp_text, "running\n") ||
              strchr("-0123456789", slurp_text[0]));
    else
        CHECK(!strcmp(slurp_text, "0") || strchr(slurp_text, '_') ||
              slurp_text[0] >= 'a');
}

TEST("I-07 threads that wake and end while wchan, syscall and stack are read")
{
    static const char *const files[] = { "wchan", "syscall", "stack" };
    int64_t until = tap_now() + 1500000000;
    pid_t pids[2] = { child_start(live_restlessly),
                      child_start(live_restlessly) };
    char path[32];

    for (int round = 0; round < 20 || tap_now() < until; round++) {
        pid_t pid = pids[round % 2];
        struct dirent *e;
        DIR *dir;

        snprintf(path, sizeof(path), "/proc/%d/task", pid);
        dir = opendir(path);
        CHECK(dir);
        while ((e = readdir(dir)) != NULL)
            for (int i = 0; i < 3 && e->d_name[0] != '.'; i++)
                look_at(pid, e->d_name, files[i]);
        closedir(dir);
        CHECK(strstr(slurp("/proc/lwps"), " init\n"));
    }
    end(pids[0]);
    end(pids[1]);
}

/* --- their directories ---------------------------------------------------- */

static void *sleep_named(void *gate)
{
    CHECK(prctl(PR_SET_NAME, "sleeper") == 0);
    gate_open(gate);
    for (;;)
        pause();
}

TEST("A-23 /proc/TID: not listed, but there; task/TID has no task of its own")
{
    struct gate ready;
    pthread_t thread;
    char path[64];
    struct dirent *e;
    bool listed = false;
    pid_t tid = 0;
    DIR *dir;

    gate_init(&ready);
    CHECK(pthread_create(&thread, NULL, sleep_named, &ready) == 0);
    gate_pass(&ready);
    dir = opendir("/proc/self/task");
    while ((e = readdir(dir)) != NULL)
        if (atoi(e->d_name) != getpid() && e->d_name[0] != '.')
            tid = atoi(e->d_name);
    closedir(dir);
    CHECK(tid > 0);
    CHECK(!strcmp(slurp("/proc/%d/comm", tid), "sleeper\n"));
    CHECK(!strcmp(slurp("/proc/self/task/%d/comm", tid), "sleeper\n"));
    CHECK_EQ(slurp_number(slurp("/proc/%d/status", tid), "Tgid", 10), getpid());
    CHECK_EQ(slurp_number(slurp_text, "Pid", 10), tid);
    CHECK_EQ(slurp_number(slurp_text, "Threads", 10), 2);
    dir = opendir("/proc");
    while ((e = readdir(dir)) != NULL)
        listed |= atoi(e->d_name) == tid;
    closedir(dir);
    CHECK(!listed);
    snprintf(path, sizeof(path), "/proc/self/task/%d/task", tid);
    CHECK_FAILS(access(path, F_OK), ENOENT);
    snprintf(path, sizeof(path), "/proc/self/task/1/stat");
    CHECK_FAILS(access(path, F_OK), ENOENT);
}

TEST("I-07 comm is written by the process's own threads, and cut")
{
    int fd = open("/proc/self/comm", O_RDWR), other;
    pid_t pid = start_reader();
    char path[64];

    CHECK_EQ(write(fd, "a name of many bytes\n", 21), 21);
    CHECK(!strcmp(slurp("/proc/self/comm"), "a name of many \n"));
    CHECK_EQ(pwrite(fd, "short", 5, 0), 5);
    CHECK(!strcmp(slurp("/proc/self/comm"), "short\n"));
    snprintf(path, sizeof(path), "/proc/%d/comm", pid);
    other = open(path, O_WRONLY);
    CHECK_FAILS(write(other, "x", 1), EINVAL);
    end(pid);
}

TEST("I-07 task/TID/children: those that the thread has made")
{
    pid_t one = start_reader(), two = start_reader();
    char first[32], second[32];

    slurp("/proc/self/task/%d/children", getpid());
    snprintf(first, sizeof(first), "%d ", one);
    snprintf(second, sizeof(second), "%d ", two);
    CHECK(strstr(slurp_text, first) && strstr(slurp_text, second));
    CHECK_EQ(slurp_length, strlen(first) + strlen(second));
    end(one);
    CHECK(!strcmp(slurp("/proc/self/task/%d/children", getpid()), second));
    end(two);
}

/* --- Larch's own ---------------------------------------------------------- */

TEST("S11 /proc/lwps: an idle thread a hart, one first process, its ids")
{
    int idle = 0, first = 0, mine = 0, pid, tid, ppid, pgid, sid;
    char marks[8], priority[8], hart[8], refs[8], name[32];

    CHECK(setsid() == getpid() || errno == EPERM);
    slurp("/proc/lwps");
    for (char *line = strtok(slurp_text, "\n"); line; line = strtok(NULL, "\n")) {
        if (sscanf(line, "%d %d %d %d %d %7s %7s %7s %7s %31s", &pid, &tid,
                   &ppid, &pgid, &sid, marks, priority, hart, refs,
                   name) != 10)
            continue;
        idle += !strcmp(name, "[idle]");
        first += pid == 1;
        if (pid != getpid())
            continue;
        mine++;
        CHECK_EQ(tid, getpid());
        CHECK_EQ(ppid, getppid());
        CHECK_EQ(pgid, getpgrp());
        CHECK_EQ(sid, getsid(0));
        CHECK(marks[0] == 'R' && strchr(marks, 's'));
    }
    CHECK_EQ(idle, sysconf(_SC_NPROCESSORS_ONLN));
    CHECK_EQ(first, 1);
    CHECK_EQ(mine, 1);
}

/* The line of a table that begins with a number, or NULL. */
static char *line_of(const char *path, int number)
{
    for (char *line = strtok(slurp("%s", path), "\n"); line;
         line = strtok(NULL, "\n"))
        if (atoi(line) == number)
            return line;
    return NULL;
}

TEST("I-07 /proc/groups and /proc/sessions follow setpgid and setsid")
{
    struct gate ready;
    pid_t pid;
    int sid, members, groups, leader;
    char mark;

    gate_init(&ready);
    pid = child_fork();
    if (pid == 0) {
        CHECK(setsid() == getpid());
        if (child_fork() == 0)
            CHECK(setpgid(0, 0) == 0);
        gate_open(&ready);
        for (;;)
            pause();
    }
    gate_pass(&ready);
    gate_pass(&ready);
    CHECK_EQ(sscanf(line_of("/proc/groups", pid), "%*d %d %c %d", &sid, &mark,
                    &members), 3);
    CHECK(sid == pid && mark == '-' && members == 1);
    CHECK_EQ(sscanf(line_of("/proc/sessions", pid), "%*d %d %*s %*d %d",
                    &leader, &groups), 2);
    CHECK(leader == pid && groups == 2);
    CHECK(kill(-1, 0) == 0);
    slurp("/proc/%d/task/%d/children", pid, pid);
    CHECK(kill(atoi(slurp_text), SIGKILL) == 0);
    end(pid);
    /* The first process has yet to wait for the other one. */
    for (int i = 0; i < 1000 && line_of("/proc/sessions", pid); i++)
        sleep_ms(2);
    CHECK(!line_of("/proc/sessions", pid));
}

/*
 * t_proc_read.c - reading /proc in every way: byte by byte, at any offset, as
 * another user, while processes come and go (rows I-07, R04, A-18).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/slurp.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>

/* --- every file ----------------------------------------------------------- */

/* Call fn for each regular file below a directory. */
static void walk(const char *path, void (*fn)(const char *path))
{
    DIR *dir = opendir(path);
    char name[PATH_MAX];
    struct dirent *e;

    CHECK(dir);
    while ((e = readdir(dir)) != NULL) {
        if (e->d_name[0] == '.')
            continue;
        snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
        if (e->d_type == DT_DIR && (e->d_name[0] > '9' || !strcmp(path,
                                                        "/proc/self/task")))
            walk(name, fn);
        else if (e->d_type == DT_REG)
            fn(name);
    }
    closedir(dir);
}

static int files_read;

static bool is_memory(const char *path)
{
    const char *name = strrchr(path, '/') + 1;

    return !strcmp(name, "mem") || !strcmp(name, "pagemap");
}

/* One byte at a time gives as much as is there, give or take what changes. */
static void read_slowly(const char *path)
{
    int fd = open(path, O_RDONLY);
    long slow = 0, quick;
    char c;

    if (is_memory(path) || fd < 0) {
        CHECK(fd >= 0 || errno == EACCES || errno == EPERM);
        close(fd);
        return;
    }
    while (read(fd, &c, 1) == 1)
        slow++;
    close(fd);
    quick = slurp_try(path);
    if (quick < 0)
        CHECK(strstr(path, "fail-nth"));
    else if (slow < quick - 200 || slow > quick + 200)
        tap_fail(path, 0, "%ld bytes, but %ld one by one", quick, slow);
    files_read++;
}

TEST("I-07 every file of /proc can be read by single bytes")
{
    walk("/proc", read_slowly);
    walk("/proc/self", read_slowly);
    CHECK(files_read > 80);
}

static void seek_wildly(const char *path)
{
    static const off_t places[] = {
        1, 77, 4095, 4097, 1 << 20, INT_MAX, (off_t)INT_MAX + 5, LONG_MAX - 1,
        LONG_MAX,
    };
    int fd = open(path, O_RDONLY);
    char c[100];

    if (fd < 0)
        return;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        ssize_t n = pread(fd, c, sizeof(c), places[i]);

        CHECK(n >= -1 && n <= (ssize_t)sizeof(c));
        if (n > 0 && !is_memory(path))
            CHECK(places[i] <= 1 << 20);
    }
    CHECK_FAILS(pread(fd, c, 1, -1), EINVAL);
    lseek(fd, LONG_MAX, SEEK_SET);
    CHECK(read(fd, c, sizeof(c)) <= 0);
    close(fd);
}

TEST("I-07 hostile offsets into every file of /proc")
{
    walk("/proc", seek_wildly);
    walk("/proc/self", seek_wildly);
}

TEST("I-07 hostile offsets into the directories of /proc")
{
    static const char *const names[] = {
        "/proc", "/proc/self", "/proc/self/fd", "/proc/self/task", "/proc/sys",
    };
    static const off_t places[] = { 1, 1023, 1 << 20, 1l << 32, (1l << 32) + 5,
                                    LONG_MAX };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        for (size_t k = 0; k < sizeof(places) / sizeof(places[0]); k++) {
            DIR *dir = opendir(names[i]);
            int entries = 0;

            seekdir(dir, places[k]);
            while (readdir(dir) && entries < 10000)
                entries++;
            CHECK(entries < 10000);
            closedir(dir);
        }
    }
}

TEST("I-07 pread at any offset agrees with a reading from the start")
{
    static char part[4096];
    int fd = open("/proc/kallsyms", O_RDONLY);
    char *whole = slurp("/proc/kallsyms");
    size_t length = slurp_length;

    CHECK(length > 20000);
    for (int i = 0; i < 300; i++) {
        size_t at = tap_below(length), n = 1 + tap_below(sizeof(part));
        ssize_t got = pread(fd, part, n, at);

        CHECK(got > 0 && (size_t)got <= n && at + got <= length);
        CHECK(!memcmp(part, whole + at, got));
    }
    CHECK_EQ(pread(fd, part, 1, length), 0);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK(read(fd, part, 100) == 100 && !memcmp(part, whole, 100));
}

TEST("R04 maps of many areas: all of them, in order, in one piece or many")
{
    enum { COUNT = 600 };
    char *base = mmap(NULL, COUNT * 8192, PROT_READ,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned long from, to, last = 0;
    int seen = 0;

    for (int i = 0; i < COUNT; i++)
        CHECK(mprotect(base + i * 8192, 4096, PROT_NONE) == 0);
    for (char *line = strtok(slurp("/proc/self/maps"), "\n"); line;
         line = strtok(NULL, "\n")) {
        CHECK_EQ(sscanf(line, "%lx-%lx", &from, &to), 2);
        CHECK(from >= last && to > from);
        last = to;
        seen += from >= (unsigned long)base &&
                to <= (unsigned long)base + COUNT * 8192;
    }
    CHECK_EQ(seen, 2 * COUNT);
}

/* --- memory --------------------------------------------------------------- */

static const volatile char constant[] = "what the program's text says";
static volatile char variable[64] = "before";

TEST("I-07 /proc/PID/mem: another's memory is read, and written past protection")
{
    char path[64], buf[64];
    pid_t pid;
    int fd;

    pid = child_fork();
    if (pid == 0) {
        while (variable[0] == 'b')
            sleep_ms(1);
        _exit(strcmp((char *)variable, "after") || constant[0] != 'W');
    }
    snprintf(path, sizeof(path), "/proc/%d/mem", pid);
    fd = open(path, O_RDWR);
    CHECK_EQ(pread(fd, buf, sizeof(constant), (off_t)constant),
             sizeof(constant));
    CHECK(!strcmp(buf, (const char *)constant));
    CHECK_EQ(pwrite(fd, "W", 1, (off_t)constant), 1);
    CHECK_EQ(pwrite(fd, "after", 6, (off_t)variable), 6);
    CHECK_FAILS(pread(fd, buf, 1, 4096), EIO);
    CHECK_FAILS(pread(fd, buf, 1, LONG_MAX), EIO);
    CHECK_EXITS(pid, 0);
    CHECK(constant[0] == 'w' && variable[0] == 'b');
    CHECK_FAILS(pread(fd, buf, 1, (off_t)constant), ESRCH);
}

TEST("I-07 /proc/self/pagemap: present pages have frames, absent ones none")
{
    char *p = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int fd = open("/proc/self/pagemap", O_RDONLY);
    uint64_t e[3];

    p[4096] = 1;
    CHECK_EQ(pread(fd, e, sizeof(e), (off_t)p / 4096 * 8), sizeof(e));
    CHECK(e[0] == 0 && e[2] == 0);
    CHECK(e[1] >> 63 && (e[1] & ((1ul << 55) - 1)) >= 0x80000);
    CHECK_FAILS(pread(fd, e, 7, 0), EINVAL);
    CHECK_FAILS(pread(fd, e, 8, 4), EINVAL);
    CHECK_EQ(pread(fd, e, 8, (1l << 38) / 4096 * 8), 0);
}

/* Fresh memory in an area of its own. */
static char *map_apart(size_t size)
{
    char *p = mmap(NULL, size + 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
                   -1, 0);

    CHECK(p != MAP_FAILED);
    CHECK(mprotect(p + 4096, size, PROT_READ | PROT_WRITE) == 0);
    return p + 4096;
}

TEST("I-07 smaps, statm and status count the same pages")
{
    char *p = map_apart(64 * 4096);
    long anonymous, size, resident, shared, sum = 0;
    char start[32], *line;

    anonymous = slurp_number(slurp("/proc/self/status"), "RssAnon", 10);
    memset(p, 1, 64 * 4096);
    slurp("/proc/self/status");
    CHECK(slurp_number(slurp_text, "RssAnon", 10) >= anonymous + 256);
    CHECK_EQ(slurp_number(slurp_text, "VmRSS", 10),
             slurp_number(slurp_text, "RssAnon", 10) +
             slurp_number(slurp_text, "RssFile", 10) +
             slurp_number(slurp_text, "RssShmem", 10));
    CHECK_EQ(sscanf(slurp("/proc/self/statm"), "%ld %ld %ld", &size, &resident,
                    &shared), 3);
    CHECK(size > resident && resident > shared && shared > 0);
    slurp("/proc/self/smaps");
    snprintf(start, sizeof(start), "%lx-", (unsigned long)p);
    line = strstr(slurp_text, start);
    CHECK(line);
    CHECK_EQ(slurp_number(line, "Rss", 10), 256);
    CHECK_EQ(slurp_number(line, "Private_Dirty", 10), 256);
    CHECK_EQ(slurp_number(line, "Pss", 10), 256);
    for (line = slurp_text; (line = strstr(line, "\nRss:")); line++)
        sum += strtol(line + 5, NULL, 10);
    slurp("/proc/self/smaps_rollup");
    CHECK(labs(slurp_number(slurp_text, "Rss", 10) - sum) <= 64);
}

TEST("I-07 smaps: what a fork shares is shared, half of it each's own")
{
    size_t size = 64 * 4096;
    char *p = map_apart(size), start[32], *line;
    pid_t pid;

    memset(p, 1, size);
    pid = child_fork();
    if (pid == 0)
        for (;;)
            pause();
    snprintf(start, sizeof(start), "%lx-", (unsigned long)p);
    line = strstr(slurp("/proc/%d/smaps", pid), start);
    CHECK(line);
    CHECK_EQ(slurp_number(line, "Shared_Dirty", 10), 256);
    CHECK_EQ(slurp_number(line, "Pss", 10), 128);
    CHECK(kill(pid, SIGKILL) == 0);
    CHECK_KILLED(pid, SIGKILL);
    line = strstr(slurp("/proc/self/smaps"), start);
    CHECK_EQ(slurp_number(line, "Shared_Dirty", 10), 0);
}

TEST("A-18 /proc/PID/auxv is the auxiliary vector: entry, page size, ids")
{
    unsigned long pairs[64];
    int fd = open("/proc/self/auxv", O_RDONLY);
    ssize_t n = read(fd, pairs, sizeof(pairs));
    int last = n / 16 - 1;

    CHECK(n > 0 && n % 16 == 0);
    CHECK_EQ(pairs[last * 2], AT_NULL);
    for (int i = 0; i < last; i++)
        CHECK_EQ(pairs[i * 2 + 1], getauxval(pairs[i * 2]));
    CHECK(getauxval(AT_ENTRY) >= 0x100000);
}

/* --- who may -------------------------------------------------------------- */

static void check_denied(const char *name)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/1/%s", name);
    CHECK_FAILS(open(path, O_RDONLY), EACCES);
}

static void look_as_user(void)
{
    static const char *const closed[] = {
        "environ", "auxv", "maps", "smaps", "smaps_rollup", "mem", "pagemap",
        "syscall", "stack", "personality", "timers",
    };
    static const char *const open_ones[] = {
        "stat", "status", "statm", "cmdline", "comm", "limits", "oom_score",
        "mounts", "mountinfo",
    };
    char path[64], link[64];

    CHECK(setgid(1000) == 0 && setuid(1000) == 0);
    for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
        check_denied(closed[i]);
    for (size_t i = 0; i < sizeof(open_ones) / sizeof(open_ones[0]); i++) {
        snprintf(path, sizeof(path), "/proc/1/%s", open_ones[i]);
        CHECK(slurp_try(path) > 0);
    }
    CHECK(!strcmp(slurp("/proc/1/wchan"), "0"));
    CHECK_EQ(slurp_stat(1, 26), 0);
    CHECK_EQ(slurp_stat(1, 28), 0);
    CHECK_FAILS(readlink("/proc/1/exe", link, sizeof(link)), EACCES);
    CHECK_FAILS(open("/proc/1/fd", O_RDONLY | O_DIRECTORY), EACCES);
    CHECK_FAILS(open("/proc/1/comm", O_WRONLY), EACCES);
    CHECK_FAILS(open("/proc/sys/kernel/hostname", O_WRONLY), EACCES);
    CHECK(!strncmp(slurp("/proc/kallsyms"), "0000000000000000 ", 17));
    /* Its own are open to it, until it is not to be looked into. */
    CHECK(slurp_try("/proc/self/maps") > 0);
}

TEST("I-07 what another's process holds is closed to users")
{
    CHECK_EXITS(child_start(look_as_user), 0);
}

static void hide(void)
{
    CHECK(setgid(1000) == 0 && setuid(1000) == 0);
    CHECK(prctl(PR_SET_DUMPABLE, 0) == 0);
    for (;;)
        pause();
}

static pid_t hidden;

static void look_at_hidden(void)
{
    char path[64];

    CHECK(setgid(1000) == 0 && setuid(1000) == 0);
    snprintf(path, sizeof(path), "/proc/%d/maps", hidden);
    CHECK_FAILS(open(path, O_RDONLY), EACCES);
    snprintf(path, sizeof(path), "/proc/%d/stat", hidden);
    CHECK(slurp_try(path) > 0);
}

TEST("I-07 a process that is not dumpable is root's, to its own user too")
{
    struct stat st;
    char path[64];

    hidden = child_start(hide);
    while (slurp_stat(hidden, 3) != 'S')
        sleep_ms(1);
    CHECK_EXITS(child_start(look_at_hidden), 0);
    snprintf(path, sizeof(path), "/proc/%d/maps", hidden);
    CHECK(stat(path, &st) == 0 && st.st_uid == 0);
    snprintf(path, sizeof(path), "/proc/%d", hidden);
    CHECK(stat(path, &st) == 0 && st.st_uid == 1000);
    CHECK(kill(hidden, SIGKILL) == 0);
    CHECK_KILLED(hidden, SIGKILL);
}

/* --- while processes come and go ------------------------------------------ */

TEST("I-07 of a process that is gone: ESRCH to read, ENOENT to look up")
{
    char path[64], buf[64];
    int status, mem, dir;
    pid_t pid = child_fork();

    if (pid == 0)
        for (;;)
            pause();
    snprintf(path, sizeof(path), "/proc/%d", pid);
    dir = open(path, O_RDONLY | O_DIRECTORY);
    status = openat(dir, "status", O_RDONLY);
    mem = openat(dir, "mem", O_RDONLY);
    CHECK(dir >= 0 && status >= 0 && mem >= 0);
    CHECK_EQ(read(status, buf, 10), 10);
    CHECK(kill(pid, SIGKILL) == 0);
    CHECK_KILLED(pid, SIGKILL);
    CHECK_FAILS(pread(status, buf, 10, 0), ESRCH);
    CHECK_FAILS(pread(mem, buf, 10, (off_t)constant), ESRCH);
    CHECK_FAILS(openat(dir, "stat", O_RDONLY), ENOENT);
    CHECK_FAILS(openat(dir, "fd", O_RDONLY), ENOENT);
    CHECK_FAILS(open(path, O_RDONLY), ENOENT);
}

static void fork_often(void)
{
    for (;;) {
        pid_t pid = fork();

        if (pid == 0)
            _exit(0);
        waitpid(pid, NULL, 0);
    }
}

TEST("I-07 readdir of /proc during forks loses no process that lives")
{
    pid_t alive[16], busy[2];
    char number[16];

    for (int i = 0; i < 16; i++)
        if ((alive[i] = child_fork()) == 0)
            for (;;)
                pause();
    for (int i = 0; i < 2; i++)
        busy[i] = child_start(fork_often);
    for (int round = 0; round < 60; round++) {
        int seen = 0;
        DIR *dir = opendir("/proc");
        struct dirent *e;

        while ((e = readdir(dir)) != NULL)
            for (int i = 0; i < 16; i++) {
                snprintf(number, sizeof(number), "%d", alive[i]);
                seen += !strcmp(number, e->d_name);
            }
        closedir(dir);
        CHECK_EQ(seen, 16);
    }
    for (int i = 0; i < 18; i++) {
        pid_t pid = i < 16 ? alive[i] : busy[i - 16];

        CHECK(kill(pid, SIGKILL) == 0);
        CHECK_KILLED(pid, SIGKILL);
    }
}

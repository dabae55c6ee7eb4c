#include "user/bin/lib/proc.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/bin/lib/walk.h"

/* Fields of /proc/PID/stat after the name, counted from the state. */
enum stat_field {
    STAT_PPID = 1, STAT_PGRP, STAT_SESSION, STAT_TTY,
    STAT_UTIME = 11, STAT_STIME, STAT_PRIORITY = 15, STAT_NICE,
    STAT_THREADS, STAT_START = 19, STAT_SIZE, STAT_RSS, STAT_COUNT,
};

ssize_t read_small_file(const char *path, char *buf, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t used = 0;
    ssize_t count;

    if (fd < 0)
        return -1;
    while ((count = read(fd, buf + used, size - 1 - used)) > 0)
        used += count;
    close(fd);
    buf[used] = '\0';
    return count < 0 ? -1 : (ssize_t)used;
}

static void take_fields(char *text, long long field[STAT_COUNT])
{
    for (int i = 1; i < STAT_COUNT && text; i++) {
        text = strchr(text, ' ');
        if (text)
            field[i] = strtoll(++text, NULL, 10);
    }
}

/* "12 (name) S 1 ...": the name itself may hold blanks and brackets. */
static bool parse_stat(char *text, struct process *process)
{
    long long field[STAT_COUNT] = { 0 };
    char *open = strchr(text, '(');
    char *close = strrchr(text, ')');

    if (!open || !close || close < open || close[1] != ' ')
        return false;
    *close = '\0';
    snprint(process->name, sizeof(process->name), "%s", open + 1);
    process->state = close[2];
    take_fields(close + 2, field);
    process->ppid = (int)field[STAT_PPID];
    process->pgrp = (int)field[STAT_PGRP];
    process->session = (int)field[STAT_SESSION];
    process->tty = (int)field[STAT_TTY];
    process->ticks = field[STAT_UTIME] + field[STAT_STIME];
    process->priority = (int)field[STAT_PRIORITY];
    process->nice = (int)field[STAT_NICE];
    process->threads = (int)field[STAT_THREADS];
    process->start = field[STAT_START];
    process->size = field[STAT_SIZE];
    process->memory = field[STAT_RSS] * sysconf(_SC_PAGESIZE);
    return true;
}

static bool read_process(int pid, struct process *process)
{
    char path[32];
    char text[1024];
    struct stat st;

    process->pid = pid;
    snprint(path, sizeof(path), "/proc/%d/stat", pid);
    if (read_small_file(path, text, sizeof(text)) <= 0)
        return false;
    process->uid = stat(path, &st) == 0 ? (int)st.st_uid : 0;
    return parse_stat(text, process);
}

static int compare_pids(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

void for_each_process(void (*fn)(const struct process *process, void *arg),
                      void *arg)
{
    struct strings names = { 0 };
    struct process process;
    size_t count = 0;
    int *pids;

    if (read_directory("/proc", &names) < 0)
        die_file("/proc");
    pids = grow(NULL, (names.count + 1) * sizeof(*pids));
    for (size_t i = 0; i < names.count; i++) {
        if (isdigit((unsigned char)names.item[i][0]))
            pids[count++] = atoi(names.item[i]);
    }
    strings_free(&names);
    if (!count)
        die("/proc: no processes there; is it mounted?");
    qsort(pids, count, sizeof(*pids), compare_pids);
    for (size_t i = 0; i < count; i++) {
        if (read_process(pids[i], &process))
            fn(&process, arg);
    }
    free(pids);
}

const char *process_command(const struct process *process, char *buf,
                            size_t size)
{
    char path[32];
    ssize_t length;

    snprint(path, sizeof(path), "/proc/%d/cmdline", process->pid);
    length = read_small_file(path, buf, size);
    if (length <= 0) {
        snprint(buf, size, "[%s]", process->name);
        return buf;
    }
    for (ssize_t i = 0; i < length - 1; i++) {
        if (buf[i] == '\0')
            buf[i] = ' ';
    }
    return buf;
}

bool process_is(const struct process *process, const char *name)
{
    char path[32];
    char argv0[512];

    if (strcmp(process->name, name) == 0)
        return true;
    /* The kernel cuts the short name; the command line has all of it. */
    snprint(path, sizeof(path), "/proc/%d/cmdline", process->pid);
    return read_small_file(path, argv0, sizeof(argv0)) > 0 &&
           strcmp(last_component(argv0), name) == 0;
}

const char *ticks_text(unsigned long long ticks, char buf[24])
{
    unsigned long long seconds = ticks / sysconf(_SC_CLK_TCK);
    unsigned minutes = seconds / 60 % 60;

    if (seconds >= 3600)
        snprint(buf, 24, "%llu:%02u:%02u", seconds / 3600, minutes,
                (unsigned)(seconds % 60));
    else
        snprint(buf, 24, "%u:%02u", minutes, (unsigned)(seconds % 60));
    return buf;
}

unsigned long long memory_figure(const char *name)
{
    static char text[4096];
    size_t length = strlen(name);

    if (!*text && read_small_file("/proc/meminfo", text, sizeof(text)) < 0)
        die_file("/proc/meminfo");
    for (char *p = text; p && *p; p = strchr(p, '\n')) {
        p += *p == '\n';
        if (strncmp(p, name, length) == 0 && p[length] == ':')
            return strtoull(p + length + 1, NULL, 10) * 1024;
    }
    return 0;
}

void for_each_mount(void (*fn)(char *field[4]))
{
    FILE *file = fopen("/proc/mounts", "re");
    char *line = NULL;
    size_t room = 0;
    char *field[4];
    char *rest;

    if (!file)
        die_file("/proc/mounts");
    while (read_line(file, &line, &room) >= 0) {
        field[0] = strtok_r(line, " ", &rest);
        for (int i = 1; i < 4; i++)
            field[i] = field[i - 1] ? strtok_r(NULL, " ", &rest) : NULL;
        if (field[3])
            fn(field);
    }
    free(line);
    fclose(file);
}

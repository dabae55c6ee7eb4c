/* tap.c - main() of the tests, and what they share. */
#define _GNU_SOURCE
#include "tests/user/lib/tap.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <time.h>

#define SEED_DEFAULT 20261120     /* the same run every time; SEED= for others */
#define TESTS_MAX 200
#define ROLES_MAX 16
#define STATUS_FAILED 1
#define STATUS_SKIPPED 77
#define RUNS_MAX 8              /* of one test, until nothing more is lost */
#define SETTLE_TRIES 20         /* 5 ms each: the dead are buried later */

static struct {
    const char *name;
    void (*body)(void);
} tests[TESTS_MAX];
static int test_count;
static struct {
    const char *name;
    int (*main)(int argc, char **argv);
} roles[ROLES_MAX];
static int role_count;
const char *tap_self;
static uint64_t seed, random_state;
int tap_run;

void tap_add(const char *name, void (*body)(void))
{
    if (test_count == TESTS_MAX)
        abort();
    tests[test_count].name = name;
    tests[test_count++].body = body;
}

void tap_add_role(const char *name, int (*role)(int argc, char **argv))
{
    if (role_count == ROLES_MAX)
        abort();
    roles[role_count].name = name;
    roles[role_count++].main = role;
}

void tap_fail(const char *file, int line, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    /* One write, so that lines of several processes are not mixed. */
    dprintf(1, "# %s:%d: %s\n", file, line, text);
    _exit(STATUS_FAILED);
}

void tap_skip(const char *why)
{
    dprintf(1, "# skipped: %s\n", why);
    _exit(STATUS_SKIPPED);
}

int tap_in_child(void (*body)(void))
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        body();
        _exit(0);
    }
    CHECK(pid > 0);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return status;
}

int64_t tap_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}

uint64_t tap_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

uint64_t tap_below(uint64_t n)
{
    return tap_random() % n;
}

void tap_series(uint64_t n)
{
    random_state = seed ^ (n + 1) * 0x9e3779b97f4a7c15;
    for (int i = 0; i < 4; i++)
        tap_random();
}

static size_t read_file(const char *path, char *buf, size_t size)
{
    int fd = open(path, O_RDONLY);
    size_t done = 0;
    ssize_t n;

    if (fd < 0)
        return 0;
    while (done < size - 1 && (n = read(fd, buf + done, size - 1 - done)) > 0)
        done += n;
    close(fd);
    buf[done] = '\0';
    return done;
}

long tap_read_number(const char *path, const char *name)
{
    char buf[4096];
    size_t length = strlen(name);

    read_file(path, buf, sizeof(buf));
    for (char *line = buf; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (!strncmp(line, name, length)) {
            line += length;
            line += strspn(line, ": \t");
            return strtol(line, NULL, 10);
        }
    }
    return -1;
}

/* --- counting what the system has --- */

struct resources {
    long memory;                /* kB free, or kept by caches for the next */
    long objects;               /* of all slab caches */
};

/* Sum of the second column of /proc/slabinfo, the objects in use. */
static long count_objects(void)
{
    static char buf[16384];
    long sum = 0, used;
    char name[64];

    if (!read_file("/proc/slabinfo", buf, sizeof(buf)))
        return 0;
    for (char *line = strtok(buf, "\n"); line; line = strtok(NULL, "\n"))
        if (sscanf(line, "%63s %ld", name, &used) == 2 && name[0] != '#')
            sum += used;
    return sum;
}

static struct resources count(void)
{
    /* Objects are counted one by one, so their caches' pages may vary. */
    return (struct resources){
        .memory = tap_read_number("/proc/meminfo", "MemFree") +
                  tap_read_number("/proc/meminfo", "Slab") +
                  tap_read_number("/proc/meminfo", "KStackFree"),
        .objects = count_objects(),
    };
}

static bool lost_nothing(struct resources before, struct resources after)
{
    return after.memory >= before.memory && after.objects <= before.objects;
}

/* --- running --- */

static int run_once(void (*body)(void))
{
    int status;
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        body();
        exit(0);
    }
    if (pid < 0)
        return STATUS_FAILED << 8;
    while (waitpid(pid, &status, 0) != pid)
        ;
    if (WIFSIGNALED(status))
        printf("# ended by signal %d\n", WTERMSIG(status));
    return status;
}

/* Caches fill up and late work is done on the first runs; a real leak grows
 * with every run. */
static int run_counted(void (*body)(void))
{
    struct resources before, after;
    int status = 0;

    for (tap_run = 0; tap_run < RUNS_MAX && !status; tap_run++) {
        before = count();
        random_state = seed;
        status = run_once(body);
        for (int i = 0; i < SETTLE_TRIES; i++) {
            after = count();
            if (status || lost_nothing(before, after))
                return status;
            usleep(5000);
        }
    }
    if (!status) {
        printf("# leak: each run loses %ld kB of pages, %ld objects\n",
               before.memory - after.memory,
               after.objects - before.objects);
        status = STATUS_FAILED << 8;
    }
    return status;
}

static bool selected(const char *name, int argc, char **argv)
{
    if (argc < 2)
        return true;
    for (int i = 1; i < argc; i++)
        if (strstr(name, argv[i]))
            return true;
    return false;
}

static int count_selected(int argc, char **argv)
{
    int n = 0;

    for (int i = 0; i < test_count; i++)
        n += selected(tests[i].name, argc, argv);
    return n;
}

static void play_role(int argc, char **argv)
{
    const char *role = getenv("ROLE");

    for (int i = 0; role && i < role_count; i++)
        if (!strcmp(role, roles[i].name))
            exit(roles[i].main(argc, argv));
}

int main(int argc, char **argv)
{
    const char *wanted_seed = getenv("SEED");
    int number = 0, failed = 0;

    play_role(argc, argv);
    tap_self = argv[0];
    setvbuf(stdout, NULL, _IOLBF, 0);
    seed = wanted_seed ? strtoull(wanted_seed, NULL, 0)
                       : SEED_DEFAULT;
    printf("1..%d\n", count_selected(argc, argv));
    printf("# SEED=%#llx\n", (unsigned long long)seed);
    for (int i = 0; i < test_count; i++) {
        if (!selected(tests[i].name, argc, argv))
            continue;
        int status = run_counted(tests[i].body);
        bool skip = WIFEXITED(status) && WEXITSTATUS(status) == STATUS_SKIPPED;
        bool ok = status == 0 || skip;
        printf("%sok %d - %s%s\n", ok ? "" : "not ", ++number, tests[i].name,
               skip ? " # SKIP" : "");
        failed += !ok;
    }
    if (failed)         /* again: the head of long outputs is not shown */
        printf("# to repeat: SEED=%#llx\n", (unsigned long long)seed);
    return failed != 0;
}

/*
 * t_forks.c - more processes than there are numbers, of pids and of address
 * spaces: both begin anew, and nobody notices (rows A-38, B-22, E-16, E-19, S25,
 * S35, T06, T07, R07).
 *
 * run: cpus=1 timeout=300
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/slurp.h"

#include <sys/mman.h>

#define FORKS 100000            /* there are 32,767 pids and 65,536 ASIDs */
#define LIVING 8
#define PAGES 4
#define PAGE_SIZE 4096

/* At the same address in each process, with its own value on every page. */
static volatile long *own;

static void write_own(long value)
{
    for (int i = 0; i < PAGES; i++)
        own[i * PAGE_SIZE / sizeof(long)] = value + i;
}

static bool own_is(long value)
{
    for (int i = 0; i < PAGES; i++)
        if (own[i * PAGE_SIZE / sizeof(long)] != value + i)
            return false;
    return true;
}

struct living {
    struct gate ask, answer;
    pid_t pid;
};

/* Looks at its memory each time that it is asked; ends with the asker. */
static void live(struct living *me, long value)
{
    write_own(value);
    for (long n = 0;; n++) {
        gate_pass(&me->ask);
        if (!own_is(value))
            _exit(1);
        own[PAGE_SIZE / sizeof(long) / 2] = n;
        gate_open(&me->answer);
    }
}

static void start_living(struct living *all)
{
    for (int i = 0; i < LIVING; i++) {
        gate_init(&all[i].ask);
        gate_init(&all[i].answer);
        all[i].pid = child_fork();
        if (all[i].pid == 0)
            live(&all[i], 1000 * (i + 2));
    }
}

static void ask_all(struct living *all)
{
    for (int i = 0; i < LIVING; i++)
        gate_open(&all[i].ask);
    for (int i = 0; i < LIVING; i++)
        gate_pass(&all[i].answer);
}

static void end_living(struct living *all)
{
    for (int i = 0; i < LIVING; i++) {
        CHECK_EQ(kill(all[i].pid, SIGKILL), 0);
        CHECK_KILLED(all[i].pid, SIGKILL);
    }
}

/* A process whose memory and number are as they should be; the number, which
 * follows `last`. */
static pid_t fork_one(const struct living *all, long n, pid_t last)
{
    pid_t pid = child_fork();

    if (pid == 0) {
        bool good = own_is(1000);
        own[0] = n;
        _exit(good && own[0] == n ? 0 : 1);
    }
    CHECK(pid > 1 && pid < 32768 && pid != last && pid != getpid());
    for (int i = 0; i < LIVING; i++)
        CHECK(pid != all[i].pid);
    CHECK(pid > last || pid >= 300);    /* low numbers come once only */
    CHECK_EXITS(pid, 0);
    return pid;
}

TEST("A-38 B-22 E-16 P20 S35 T06 100,000 processes: numbers begin anew, unnoticed")
{
    struct living all[LIVING];
    long rounds = slurp_counter("asid_rounds");
    pid_t last = getpid(), wraps = 0;

    own = mmap(NULL, PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(own != MAP_FAILED);
    write_own(1000);
    start_living(all);
    for (long n = 0; n < FORKS; n++) {
        pid_t pid = fork_one(all, n, last);

        wraps += pid < last;
        last = pid;
        if (n % 100 == 0)
            ask_all(all);
        CHECK(own_is(1000));
    }
    end_living(all);
    CHECK(wraps >= FORKS / 32768);
    CHECK(slurp_counter("asid_rounds") > rounds);
}

/* --- what is left of them --- */

#define LIVES 1000

ROLE(live)
{
    char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        return 1;
    for (int i = 0; i < 1 << 20; i += 16 * PAGE_SIZE)
        p[i] = i;
    munmap(p + (1 << 19), 1 << 18);
    return 7;
}

static char *const live_argv[] = { "live", NULL };
static char *const live_env[] = { "ROLE=live", NULL };

/* In kB: all that is free, or kept for the next one. */
static long memory(void)
{
    return tap_read_number("/proc/meminfo", "MemFree") +
           tap_read_number("/proc/meminfo", "Slab") +
           tap_read_number("/proc/meminfo", "KStackFree");
}

static void run_lives(int count)
{
    for (int i = 0; i < count; i++) {
        pid_t pid = child_fork();

        if (pid == 0) {
            execve(tap_self, live_argv, live_env);
            _exit(1);
        }
        CHECK_EXITS(pid, 7);
    }
}

TEST("E-19 T07 1,000 times fork, exec, mmap, exit: memory is as it was")
{
    long before, after = 0;

    run_lives(50);
    before = memory();
    run_lives(LIVES);
    for (int i = 0; i < 50 && (after = memory()) + 16 < before; i++)
        sleep_ms(10);
    if (after + 16 < before)
        tap_fail(__FILE__, __LINE__, "%ld kB less", before - after);
}

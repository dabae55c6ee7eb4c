/*
 * t_stress.c - 64 processes fork, exec, start threads, map, stop, kill, send,
 * wait and time at random, and are themselves stopped, signalled and killed at
 * any moment.  Each checks its memory and its data; none gets stuck; at the
 * end all is as it was.  SOAK_SECONDS= sets how long it goes on, SEED= what
 * happens.
 *
 * run: cpus=1,4 timeout=300
 */
#define _GNU_SOURCE
#include "tests/user/lib/work.h"

#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define WORKERS 64
#define STEPS_SHORT 100        /* of the master, in a short run */
#define USER 1000               /* as whom the workers run */
#define PROCESSES_MAX 600       /* of that user */
#define STUCK_NS 120000000000ll /* without any progress: nobody is that slow */
#define END_NS 60000000000ll

/* What a worker tells the master: shared memory. */
struct slot {
    long done;                  /* pieces of work */
    int doing;                  /* which one */
};

/* What the master knows of it. */
struct worker {
    pid_t pid;
    bool stopped, killed;
    long done;                  /* when we looked last, */
    int64_t since;              /* which was a change */
};

static struct slot *slots;
static struct worker workers[WORKERS];
static uint64_t generation;

/* --- a worker --- */

static volatile long signals;

static void count_signal(int signo)
{
    (void)signo;
    signals++;
}

/* By the master: what its children inherit is there from their beginning. */
static void catch_signals(void)
{
    struct sigaction action = { .sa_handler = count_signal };

    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    action.sa_flags = SA_RESTART;
    CHECK(sigaction(SIGUSR2, &action, NULL) == 0);
}

static void give_up_root(void)
{
    struct rlimit processes = { PROCESSES_MAX, PROCESSES_MAX };

    CHECK(setpgid(0, 0) == 0);
    CHECK(setrlimit(RLIMIT_NPROC, &processes) == 0);
    CHECK(setgid(USER) == 0 && setuid(USER) == 0);
}

static _Noreturn void be_worker(struct slot *slot)
{
    give_up_root();
    for (int left = 5 + tap_below(40); left; left--) {
        slot->doing = tap_below(work_count);
        works[slot->doing].body();
        __atomic_add_fetch(&slot->done, 1, __ATOMIC_RELAXED);
    }
    _exit(0);
}

/* --- the master --- */

static void start_worker(int i)
{
    uint64_t series = generation++;
    pid_t pid = fork();

    if (pid == 0) {
        tap_series(series);
        be_worker(&slots[i]);
    }
    if (pid < 0) {
        CHECK(work_scarce());
        return;
    }
    workers[i] = (struct worker){ .pid = pid, .since = tap_now() };
    workers[i].done = slots[i].done;
}

static int find_worker(pid_t pid)
{
    for (int i = 0; i < WORKERS; i++)
        if (workers[i].pid == pid)
            return i;
    return -1;
}

/* The orphans of others may end in many ways, but not by a failed CHECK(). */
static void judge(pid_t pid, int status)
{
    int i = find_worker(pid);

    if (i < 0 ? status == 1 << 8 : status && status != SIGKILL)
        tap_fail(__FILE__, __LINE__, "process %d, %s: wait status %#x", pid,
                 i < 0 ? "an orphan" : works[slots[i].doing].name, status);
    if (i >= 0)
        workers[i].pid = 0;
}

static void reap(void)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        judge(pid, status);
}

/* Whoever is stopped by us is continued by us. */
static void disturb(struct worker *w)
{
    static const int harmless[] = { SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH };

    if (!w->pid)
        return;
    if (w->stopped) {
        kill(w->pid, tap_below(16) ? SIGCONT : SIGKILL);
        w->stopped = false;
        return;
    }
    switch (tap_below(8)) {
    case 0:
        kill(w->pid, SIGSTOP);
        w->stopped = true;
        break;
    case 1:
        if (tap_below(4) == 0)
            kill(w->pid, SIGKILL);
        break;
    default:
        kill(w->pid, harmless[tap_below(4)]);
    }
}

static void watch(int i)
{
    struct worker *w = &workers[i];
    long done = __atomic_load_n(&slots[i].done, __ATOMIC_RELAXED);

    if (done != w->done || w->stopped)
        w->since = tap_now();
    w->done = done;
    if (tap_now() - w->since > STUCK_NS)
        tap_fail(__FILE__, __LINE__, "worker %d (process %d) is stuck in %s",
                 i, w->pid, works[slots[i].doing].name);
}

static void step(void)
{
    int i = tap_below(WORKERS);

    if (!workers[i].pid)
        start_worker(i);
    else
        disturb(&workers[i]);
    for (i = 0; i < WORKERS; i++)
        if (workers[i].pid)
            watch(i);
    reap();
    usleep(1000);
}

/* --- the end --- */

static void kill_user(void)
{
    CHECK(setuid(USER) == 0);
    kill(-1, SIGKILL);
}

/* New ones may be on their way while we look. */
static void end_all(void)
{
    int64_t limit = tap_now() + END_NS;

    do {
        CHECK(tap_now() < limit);
        CHECK_EXITS(child_start(kill_user), 0);
        reap();
        usleep(5000);
    } while (waitpid(-1, NULL, WNOHANG) != -1);
    CHECK_EQ(errno, ECHILD);
}

static int64_t run_length(void)
{
    const char *soak = getenv("SOAK_SECONDS");

    /* Another run is only to see whether it loses something again. */
    return soak && tap_run == 0 ? atoll(soak) * 1000000000 : 0;
}

TEST("A-36 64 processes at random, and all is as it was")
{
    int64_t end = tap_now() + run_length();
    long done = 0;

    catch_signals();
    slots = child_shared(WORKERS * sizeof(*slots));
    CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    mkdir("/tmp/stress", 0777);
    CHECK(mount("none", "/tmp/stress", "tmpfs", 0, "size=2m") == 0);
    CHECK(chmod("/tmp/stress", 01777) == 0);
    for (int i = 0; i < WORKERS; i++)
        start_worker(i);
    for (long i = 0; i < STEPS_SHORT || tap_now() < end; i++)
        step();
    for (int i = 0; i < WORKERS; i++)
        done += slots[i].done;
    end_all();
    CHECK(umount("/tmp/stress") == 0 && rmdir("/tmp/stress") == 0);
    printf("# %ld pieces of work, %ld workers\n", done, (long)generation);
    CHECK(done > WORKERS);
}

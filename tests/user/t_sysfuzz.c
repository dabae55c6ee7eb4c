/*
 * t_sysfuzz.c - system calls at random, by threads that share their memory and
 * descriptors, in several processes at once (row E-12): the kernel does not
 * panic, every process can be killed, nothing is left behind.
 * SOAK_SECONDS= sets how long each test takes.
 *
 * run: cpus=1,4 timeout=200
 */
#define _GNU_SOURCE
#include "tests/user/lib/hostile.h"

#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <termios.h>

#define BATCHES 160             /* of a short run */
#define BATCH_CALLS 60          /* by one thread of a process */
#define CROWD 4                 /* processes at a time */
#define THREADS_MAX 4
#define PATIENCE_MS 400         /* then a process that still works is killed */
#define NOBODY 65534
#define MEMORY (64 << 20)

/* --- arguments --- */

static const char *const paths[] = {
    "file", "new", "mnt", "link", ".", "..", "/", "", "/dev/null", "/proc/self",
    "/proc/self/fd/0", "//", "file/", "mnt/../file", "/dev/ptmx", "/dev/tty",
    "/proc/self/maps", "/proc/self/task", "/dev/zero", "/bin/true",
};

static long random_small(void)
{
    switch (tap_below(4)) {
    case 0:  return tap_below(4);
    case 1:  return tap_below(64);
    case 2:  return 1l << tap_below(64);
    default: return -(long)tap_below(200);
    }
}

static long random_pointer(void)
{
    unsigned char *slot = arena->slots + tap_below(CALL_ARGS) * SLOT_SIZE;

    if (tap_below(3) == 0)
        strcpy((char *)slot, paths[tap_below(sizeof(paths) / sizeof(paths[0]))]);
    return (long)slot + (tap_below(8) ? 0 : tap_below(SLOT_SIZE));
}

static long random_argument(const struct call *call, int i, long plausible)
{
    switch (tap_below(call_takes_pointer(call, i) ? 8 : 6)) {
    case 0:  return hostile_values[tap_below(hostile_count)].value;
    case 1:  return tap_random();
    case 2:  return random_small();
    case 3:
    case 4:
    case 5:  return plausible;
    default: return random_pointer();
    }
}

/* Words of any kind; many point back into the buffers. */
static void scribble(void)
{
    unsigned long *words = (unsigned long *)arena->slots;

    for (size_t i = 0; i < sizeof(arena->slots) / 8; i++)
        switch (tap_below(8)) {
        case 0:
            words[i] = hostile_values[tap_below(hostile_count)].value;
            break;
        case 1:
            words[i] = (unsigned long)arena->slots +
                       tap_below(sizeof(arena->slots));
            break;
        default:
            words[i] = random_small();
        }
}

/* --- calls --- */

/* What would end the machine or its output, or kill the judge. */
static const char *const not_called[] = {
    "reboot", "syslog", "clock_settime", "settimeofday", NULL
};

/* Not even a superuser's mistakes may reach what is not his. */
static const char *const not_as_root[] = {
    "kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo",
    "pidfd_send_signal", "ptrace", "process_vm_writev",
    "setpriority", "sched_setscheduler", "sched_setparam", "sched_setattr",
    "sched_setaffinity", "prlimit64", "mount", "umount2", "chroot", "unlinkat",
    "renameat2", "truncate", "fchmodat", "fchmodat2", "fchownat", "mknodat",
    "openat", "linkat", "symlinkat", "mkdirat", "utimensat", "setrlimit",
    "ioctl", "mlockall", "write", "writev", "pwritev2", "sendfile",
    "copy_file_range", "fchmod", "fchown", "ftruncate", "fallocate", NULL
};

static bool as_root;

static void call_one(void)
{
    const struct call *call = &calls[tap_below(call_count)];
    long args[CALL_ARGS];

    if (hostile_listed(not_called, call->name) ||
        (as_root && hostile_listed(not_as_root, call->name)))
        return;
    call_fill(call, args, arena->slots);
    if (tap_below(2))
        scribble();
    for (int i = 0; i < call->count; i++)
        args[i] = random_argument(call, i, args[i]);
    /* It stops output until somebody starts it again. */
    if (call->number == SYS_ioctl && (args[1] & 0xffffffff) == TCXONC)
        return;
    /* The rest of the batch is to be seen. */
    if ((call->number == SYS_exit || call->number == SYS_exit_group) &&
        tap_below(8))
        return;
    call_raw(call->number, args);
}

static void *call_many(void *unused)
{
    for (int i = 0; i < BATCH_CALLS; i++)
        call_one();
    return unused;
}

static void give_up_root(void)
{
    struct rlimit processes = { 64, 64 };

    CHECK(setrlimit(RLIMIT_NPROC, &processes) == 0);
    CHECK(setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
}

static _Noreturn void run_batch(void)
{
    struct rlimit memory = { MEMORY, MEMORY };
    int others = tap_below(THREADS_MAX);
    pthread_t thread;

    for (int fd = 0; fd <= 2; fd++)
        dup2(null_fd, fd);
    setrlimit(RLIMIT_AS, &memory);
    if (!as_root)
        give_up_root();
    setpgid(0, 0);
    hostile_tick(5000);
    for (int i = 0; i < others; i++)
        pthread_create(&thread, NULL, call_many, NULL);
    call_many(NULL);
    _exit(0);
}

/* --- the judge --- */

static void kill_nobody(void)
{
    CHECK(setuid(NOBODY) == 0);
    kill(-1, SIGKILL);
}

/* Whatever a batch has started has nobody's rights, and dies with him. */
static void bury_all(void)
{
    if (!as_root)
        CHECK_EXITS(child_start(kill_nobody), 0);
    while (wait(NULL) > 0)
        ;
    calls_settle();
}

static void run_crowd(int number)
{
    pid_t pid[CROWD];

    for (int i = 0; i < CROWD; i++) {
        pid[i] = child_fork();
        if (pid[i] == 0) {
            tap_series(number * CROWD + i);
            run_batch();
        }
    }
    for (int i = 0; i < CROWD; i++)
        hostile_wait(pid[i], PATIENCE_MS);
    bury_all();
}

static void fuzz(void)
{
    const char *soak = getenv("SOAK_SECONDS");
    int64_t end = tap_now() + (soak ? atoll(soak) : 0) * 1000000000 / 2;
    int crowd = 0;

    if (tap_run)                /* only to see whether it loses again */
        end = 0;
    CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    hostile_enter();
    do
        run_crowd(crowd++);
    while (crowd < BATCHES / CROWD || tap_now() < end);
    hostile_leave();
}

TEST("E-12 calls at random, as nobody")
{
    fuzz();
}

TEST("E-12 calls at random, as root")
{
    as_root = true;
    fuzz();
}

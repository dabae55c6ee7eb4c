/*
 * t_badargs.c - every system call, each argument in turn replaced by a hostile
 * value (row E-12; peers' P11).  The kernel answers with an errno or does what
 * was asked; it never panics, and never writes or gives away what it must not.
 *
 * run: cpus=1,4 timeout=200
 */
#include "tests/user/lib/hostile.h"

#include <signal.h>
#include <sys/syscall.h>

/* Row E-12 says EFAULT; but a futex word is first of all aligned. */
static bool errno_fits(const struct call *call, unsigned long value, long result)
{
    return result == -EFAULT ||
           (call->number == SYS_futex && value % 4 && result == -EINVAL);
}

/* --- one call --- */

/* Where the child says how far it got: shared memory. */
static struct {
    bool called;
    long result;
    const char *fault;
} *note;

static void make_call(const struct call *call, int arg, unsigned long value)
{
    long args[CALL_ARGS];

    call_fill(call, args, arena->slots);
    if (arg >= 0)
        args[arg] = value;
    hostile_tick(5000);
    note->result = call_raw(call->number, args);
    note->called = true;
    /* Random bytes look like anything. */
    if (call->number != SYS_getrandom)
        note->fault = hostile_inspect(value, arg < 0 ||
                                             call_takes_pointer(call, arg));
    _exit(0);
}

/* These take away the caller, or what it stands on, or block all signals. */
static const char *const not_called[] = {
    "exit", "exit_group", "rt_sigreturn", NULL
};
static const char *const may_kill[] = {
    "mmap", "munmap", "mprotect", "mremap", "brk", "madvise",
    "kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo",
    "rt_sigsuspend", NULL
};

static int try_call(const struct call *call, int arg, unsigned long value)
{
    pid_t pid;

    memset(note, 0, sizeof(*note));
    pid = child_fork();
    if (pid == 0) {
        sigset_t none;

        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        /* Descriptor 1 is among the hostile values. */
        for (int fd = 0; fd <= 2; fd++)
            dup2(null_fd, fd);
        make_call(call, arg, value);
    }
    return hostile_wait(pid, hostile_listed(may_kill, call->name) ? 200 : 5000);
}

/* --- judging --- */

/* Pointers that are only kept for later, or not looked at as things are. */
static const char *const not_looked_at[] = {
    "set_tid_address.tid", "set_robust_list.head", "clone.parent_tid",
    "clone.child_tid", "getcpu.unused", "reboot.arg", "nanosleep.remaining",
    "clock_nanosleep.remaining", "rt_sigtimedwait.info",
    "futex.word2", "mount.source", "rt_sem_create.at", "rt_mutex_create.at",
    "rt_event_create.at", "rt_mb_create.at", "rt_mq_create.at",
    "rt_event_recv.recved", "lwp_shmat.addr", "lwp_shmdt.addr", NULL
};

/* Results that say as much as a success: the call got that far. */
static bool got_through(const struct call *call, long result)
{
    if (result >= 0)
        return true;
    return (call->number == SYS_futex && result == -ETIMEDOUT) ||
           (call->number == SYS_rt_sigtimedwait && result == -EAGAIN) ||
           (call->number == SYS_rt_sigsuspend && result == -EINTR);
}

static bool is_sane(const struct call *call, long result)
{
    if (call->number == SYS_fcntl || call->number == SYS_lseek)
        return result >= -4095;
    return result >= -133 && result < (long)USER_END;
}

static const char *judge(const struct call *call, int status,
                         const struct hostile *fault)
{
    bool replaced = call->number == SYS_execve || call->number == SYS_execveat;

    if (WIFSIGNALED(status) && hostile_listed(may_kill, call->name))
        return NULL;
    if (WIFSIGNALED(status))
        return note->called ? "was killed later" : "was killed";
    if (WEXITSTATUS(status))
        return "exited";
    if (!note->called)
        return replaced && !fault ? NULL : "did not come back";
    if (note->fault)
        return note->fault;
    if (!is_sane(call, note->result))
        return "has a strange result";
    if (fault && !errno_fits(call, fault->value, note->result))
        return "did not fail with EFAULT";
    return NULL;
}

static int failures;

static void complain(const struct call *call, int arg, const char *value,
                     const char *why)
{
    failures++;
    dprintf(1, "# %s(%s = %s) %s: result %ld\n", call->name,
            arg < 0 ? "" : call->args[2 * arg + 1], value, why, note->result);
}

static void try_argument(const struct call *call, int arg, bool works)
{
    char name[64];
    bool looked_at;

    snprintf(name, sizeof(name), "%s.%s", call->name, call->args[2 * arg + 1]);
    looked_at = call_takes_pointer(call, arg) &&
                !hostile_listed(not_looked_at, name);
    for (int v = 0; v < hostile_count; v++) {
        int status = try_call(call, arg, hostile_values[v].value);
        bool must_fault = works && looked_at && hostile_values[v].faults;
        const char *why = judge(call, status,
                                must_fault ? &hostile_values[v] : NULL);

        if (why)
            complain(call, arg, hostile_values[v].what, why);
        calls_settle();
    }
}

static void try_all_arguments(const struct call *call)
{
    int status = try_call(call, -1, 0);
    const char *why = judge(call, status, NULL);
    bool works = got_through(call, note->result);

    if (why)
        complain(call, -1, "", why);
    calls_settle();
    for (int arg = 0; arg < call->count; arg++)
        try_argument(call, arg, works);
}

/* A quarter of all calls. */
static void try_calls(int share)
{
    note = child_shared(sizeof(*note));
    hostile_enter();
    for (int i = share; i < call_count; i += 4)
        if (!hostile_listed(not_called, calls[i].name))
            try_all_arguments(&calls[i]);
    hostile_leave();
    CHECK_EQ(failures, 0);
}

TEST("E-12 every call, each argument hostile (1 of 4)")
{
    try_calls(0);
}

TEST("E-12 every call, each argument hostile (2 of 4)")
{
    try_calls(1);
}

TEST("E-12 every call, each argument hostile (3 of 4)")
{
    try_calls(2);
}

TEST("E-12 every call, each argument hostile (4 of 4)")
{
    try_calls(3);
}

/* --- no such call --- */

TEST("P11 numbers that are no call give ENOSYS")
{
    const long odd[] = { 2000, 65536, 1l << 31, 1l << 40, -1, -4096,
                         (long)(1ul << 63), (long)(~0ul >> 1),
                         -0x3fffe00000 };
    const long args[CALL_ARGS] = { -1, -1, -1, -1, -1, -1 };

    for (long n = 0; n <= 1100; n++)
        if (!call_find(n) && call_raw(n, args) != -ENOSYS)
            tap_fail(__FILE__, __LINE__, "system call %ld: %ld", n,
                     call_raw(n, args));
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
        if (call_raw(odd[i], args) != -ENOSYS)
            tap_fail(__FILE__, __LINE__, "system call %ld: %ld", odd[i],
                     call_raw(odd[i], args));
}

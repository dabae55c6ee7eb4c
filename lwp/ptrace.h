/*
 * ptrace.h - one thread, the tracer, watches and changes another, the tracee:
 * ptrace(2), for debuggers and strace.  lwp.md row I-08.
 *
 * The link.  Tracing is between two threads.  A thread that was ever traced
 * has a struct ptrace to the end of its life; `tracer` there says whether it
 * is traced now.  While it is, the link holds a reference on the tracee and on
 * its number, so a tracee that has ended can still be reported by wait(2), and
 * it lies on its tracer's process's list, which threads in wait(2) walk.  The
 * link ends by PTRACE_DETACH, when the tracee's end has been waited for, or
 * when the tracer ends: then a stopped tracee goes on (PTRACE_O_EXITKILL: it
 * is killed).  execve(2) in a traced process: the thread that survives stays
 * traced and takes over the process's number, the others end.
 *
 * Stops.  A tracee stops on its way to user mode (signals, group stops) or in
 * a few places of system calls (entry, exit, clone, execve, exit), in
 * ptrace_stop(), with no lock held.  Its trap frame and FP registers are then
 * complete in memory, so the tracer reads and writes them without the tracee's
 * help.  The tracer alone ends the stop, but SIGKILL always wins: it ends every
 * stop at once.  So a tracee may run while its tracer handles a request, but
 * only to its end; whatever the request touches is kept by references.
 *
 * Group stop (SIGSTOP and its kind, lwp/signal.h) and ptrace-stop are two
 * things.  A tracee that joins a group stop tells its tracer by a ptrace-stop
 * and is then the tracer's to resume, while untraced threads sleep until
 * SIGCONT.  SIGCONT does not end a ptrace-stop.
 *
 * Cost for others: none.  A tracee has TF_TRACE, which is tested along with
 * flags that are tested anyway.
 *
 * Locks: proc_tree_lock (lwp/wait.h) guards links and stops; what asks a
 * running tracee to stop is guarded by its process's signal.lock, as it comes
 * with signals.
 *
 * Semantics: Linux's, ptrace(2), on riscv64; what they leave open is said
 * below.
 */
#pragma once

#include "lwp/lwp.h"

struct pid;
struct wait_request;

/* Options: PTRACE_SETOPTIONS, PTRACE_SEIZE.  Those for events are 1 << event. */
enum ptrace_event {
    PTRACE_EVENT_NONE,
    PTRACE_EVENT_FORK,
    PTRACE_EVENT_VFORK,
    PTRACE_EVENT_CLONE,
    PTRACE_EVENT_EXEC,
    PTRACE_EVENT_VFORK_DONE,
    PTRACE_EVENT_EXIT,
    PTRACE_EVENT_STOP = 128,
};
#define PTRACE_O_TRACESYSGOOD   1u
#define PTRACE_O_EXITKILL       (1u << 20)
#define PTRACE_O_KNOWN          (0x7fu | PTRACE_O_EXITKILL)

/* Where in a system call a tracee has stopped: PTRACE_GET_SYSCALL_INFO. */
enum ptrace_syscall_op { SYSCALL_STOP_NONE, SYSCALL_STOP_ENTRY,
                         SYSCALL_STOP_EXIT };

struct ptrace {
    /* set at birth, then constant */
    struct lwp_thread *tracee;

    /* guarded by proc_tree_lock; what tells how to run on (seized, options,
     * syscalls) is read bare by the tracee, as it changes in stops */
    struct lwp_thread *tracer;      /* NULL: not traced now */
    struct list node;               /* on the tracer's lwp->tracees */
    struct pid *number;             /* of the tracee, referenced */
    u32 options;                    /* PTRACE_O_* */
    bool seized;                    /* by PTRACE_SEIZE */
    bool privileged;                /* the superuser traces it */
    bool syscalls;                  /* resumed by PTRACE_SYSCALL */
    bool stopped;                   /* in ptrace_stop() */
    bool listening;                 /* PTRACE_LISTEN: not the tracer's to use */
    bool reported;                  /* wait(2) has seen this stop, or the end */
    bool ended;                     /* the tracee has exited */
    bool has_info;                  /* info is valid: not in a group stop */
    u8 syscall_op;                  /* enum ptrace_syscall_op */
    int code;                       /* of the stop: wait status >> 8 */
    int resume_signal;              /* the tracer's wish: signal to go on with */
    u64 message;                    /* PTRACE_GETEVENTMSG */
    struct siginfo info;            /* PTRACE_GETSIGINFO */
    struct waitq resumed;           /* the stopped tracee sleeps here */
    lwp_status_t exit_status;

    /* guarded by the tracee's signal.lock */
    bool trap_stop;                 /* to stop: PTRACE_INTERRUPT and the like */
    bool trap_notify;               /* to tell that a group stop has changed */
};

/* Is the thread traced now? Bare; the answer may be old. */
static inline bool lwp_thread_traced(const struct lwp_thread *t)
{
    return thread_has_flags(&t->thread, TF_TRACE);
}

/*
 * May the running process inspect another: is it the same user's, and no
 * set-id program (PR_SET_DUMPABLE)?  The superuser may.  0 or -EPERM.
 * ptrace(2), "Ptrace access mode checking"; /proc/pid.  Takes the LWP lock.
 */
int ptrace_may_access(struct lwp *lwp);

/* --- the link (ptrace_link.c) --------------------------------------------- */

/* Make t fit to be traced.  -ENOMEM. */
int ptrace_prepare(struct lwp_thread *t);
/* t is freed. */
void ptrace_free(struct lwp_thread *t);

/*
 * Trace a prepared thread, by PTRACE_ATTACH, or PTRACE_SEIZE with options.
 * -EPERM: traced already, or it ends.
 */
int ptrace_attach(struct lwp_thread *t, bool seize, u32 options);

/* The running thread is traced by its parent from now on: PTRACE_TRACEME.
 * -EPERM: traced already; -ESRCH: the parent ends; -ENOMEM. */
int ptrace_trace_me(void);

/*
 * A tracee that is about to start a child wants it traced as well: by an
 * event that is enabled, or CLONE_PTRACE.  The child was prepared and does not
 * run yet.
 */
void ptrace_link_child(struct lwp_thread *child, enum ptrace_event event,
                       u64 clone_flags);

/*
 * The thread ends, and cannot be looked up any more: as a tracer it lets go of
 * its tracees; as a tracee it reports its end, unless it is the one that
 * speaks for its process.
 */
void ptrace_thread_ended(struct lwp_thread *t, lwp_status_t status);

/* A thread that never ran is given up. */
void ptrace_abandon(struct lwp_thread *t);

/*
 * The process has ended.  True if it is its tracer who hears of it; the parent
 * hears later, by lwp_report_zombie_locked(), from here.  proc_tree_lock held.
 */
bool ptrace_keeps_zombie_locked(struct lwp *lwp, lwp_status_t status);

/* execve(2): the running thread is called by its process's number from now on,
 * and that thread's trace is over. */
void ptrace_become_leader(struct lwp_thread *t);

/* Does its parent trace the process? Then group stops are the tracer's to
 * report, and not the parent's.  proc_tree_lock held. */
bool ptrace_by_parent_locked(const struct lwp *lwp);

/* Who traces it: a number for /proc/pid/status, 0: nobody.  *stopped: it is in
 * a ptrace-stop. */
pid_t ptrace_describe(struct lwp_thread *t, bool *stopped);

/* Would a set-id program give the tracer rights that it lacks? Then its bits
 * are ignored (execve(2)). */
bool ptrace_limits_exec(void);

/* --- stops (ptrace_stop.c): for the running thread, no lock held; sleep --- */

/* A signal is about to be delivered: what is to be delivered instead, with
 * *info changed accordingly; 0: nothing. */
int ptrace_signal_stop(struct siginfo *info);

/*
 * A tracee on its way to user mode: join a group stop or stop on request.
 * signal.lock is held, and let go meanwhile; true if anything was done.
 */
bool ptrace_attend_locked(struct lwp_thread *t);

/* An event, if the option for it is set. */
void ptrace_event(enum ptrace_event event, u64 message);

/* execve(2) has succeeded: PTRACE_EVENT_EXEC, or else SIGTRAP. */
void ptrace_exec_stop(pid_t old_tid);

/* The running thread ends: PTRACE_EVENT_EXIT.  Not if SIGKILL did it. */
void ptrace_exit_stop(lwp_status_t status);

/* At the entry or exit of a system call, if PTRACE_SYSCALL asked for it. */
void ptrace_syscall_stop(enum ptrace_syscall_op op);

/* --- asking a tracee to stop; its signal.lock is held --------------------- */

/* SIGCONT was sent: seized tracees tell of it. */
void ptrace_continued_locked(struct lwp *lwp);

/* Is there anything for ptrace_attend_locked() to do? */
bool ptrace_has_request_locked(const struct lwp_thread *t);

/* --- requests on a stopped tracee (ptrace_data.c): may sleep -------------- */

/* One of those that read or write something; -EIO for all others. */
long ptrace_transfer(struct lwp_thread *t, long request, u64 addr, u64 data);

/* --- wait(2) (ptrace_wait.c) ---------------------------------------------- */

/*
 * Look for what a tracee of the running process has to report and w asks for,
 * and fill in w; w->pid is 0 if there is nothing yet.  *reap: a process for
 * lwp_reap(), or NULL.  -ECHILD: no tracee fits.  proc_tree_lock held.
 */
int ptrace_wait_locked(struct wait_request *w, struct lwp **reap);

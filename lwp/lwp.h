/*
 * lwp.h - processes (struct lwp: what a program owns) and their threads
 * (struct lwp_thread: what runs in it).
 *
 * The kernel below knows threads only; an lwp_thread is such a thread with the
 * process's part behind it.  Field names are those of the design documents
 * (seed 000) where these name them.
 *
 * What a clone(2) flag can share or part is a counted object of its own: the
 * address space (struct vm), the descriptor table, the directories with umask
 * (kernel/fs), the signal handlers.  So the seed's end_heap and brk live in
 * struct vm, and its fdt, umask and working_directory in the struct fs_task of
 * each thread.
 *
 * Life: lwp_create() -> threads come and go -> the last thread's exit frees all
 * that the process owned and leaves a zombie (status, times) -> the parent's
 * wait takes it off the tree and frees the pid -> the last reference frees the
 * struct.  Threads, the process tree and look-ups hold references.
 *
 * Locks, outermost first (kernel/lockrank.def): session tables, proc_tree_lock,
 * lwp->lock, the pid table, signal queues.
 */
#pragma once

#include "kernel/fs/task.h"
#include "kernel/thread.h"
#include "lwp/itimer.h"
#include "lwp/session.h"
#include "lwp/signal.h"
#include "mm/vm.h"

struct coredump;
struct file;
struct pid;
struct ptrace;
struct rt_mutex;
struct sem_undo_list;
struct user_count;

/* RLIMIT_* of getrlimit(2). */
enum rlimit_id {
    RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_CORE,
    RLIMIT_RSS, RLIMIT_NPROC, RLIMIT_NOFILE, RLIMIT_MEMLOCK, RLIMIT_AS,
    RLIMIT_LOCKS, RLIMIT_SIGPENDING, RLIMIT_MSGQUEUE, RLIMIT_NICE,
    RLIMIT_RTPRIO, RLIMIT_RTTIME, RLIMIT_COUNT
};

#define RLIM_INFINITY (~0ul)

struct rlimit {
    u64 cur, max;
};

/* What finished threads, or waited-for children, have used. */
struct lwp_usage {
    nsec_t user, system;
    u64 minor_faults, major_faults;
    u64 switches_wanted, switches_forced;
    u64 max_resident;               /* pages */
};

/* Wait status as wait(2) encodes it (lwp.md row B-20). */
typedef int lwp_status_t;
#define LWP_STATUS_EXIT(code)       (((code) & 0xff) << 8)
#define LWP_STATUS_SIGNAL(sig, core) ((sig) | ((core) ? 0x80 : 0))
#define LWP_STATUS_STOP(sig)        ((sig) << 8 | 0x7f)
#define LWP_STATUS_CONTINUED        0xffff

struct lwp {
    /* set at birth, then constant */
    pid_t pid;
    struct pid *pid_entry;
    nsec_t start_time;              /* CLOCK_MONOTONIC */

    /* atomic */
    u32 ref;
    pid_t ppid;                     /* the parent's; written under the tree lock */
    bool terminated;                /* a zombie, or about to be one */
    bool sig_protected;             /* pid 1: immune to default actions */
    bool subreaper;                 /* PR_SET_CHILD_SUBREAPER */
    bool has_subreaper;             /* some ancestor is one */
    bool dumpable;                  /* PR_SET_DUMPABLE */
    bool no_new_privs;              /* PR_SET_NO_NEW_PRIVS */
    uid_t uid;                      /* real user id, for those who look */
    u32 personality;                /* personality(2) */
    s16 oom_adjust;                 /* oom_score_adj of proc(5): -1000..1000 */
    u32 execs;                      /* programs it has run since fork: setpgid(2)
                                     * by the parent is over */
    u64 unknown_calls;              /* ranges of numbers complained of before */

    /* guarded by proc_tree_lock (lwp/wait.h) */
    struct lwp *parent;
    struct lwp *first_child;        /* newest first */
    struct lwp *sibling;            /* next older child of the same parent */
    struct lwp **sibling_link;      /* what points to this one */
    struct list reports;            /* children with something for wait(2) */
    struct list report_node;        /* on the parent's reports */
    struct waitq waitpid_waiters;   /* threads in wait(2) */
    struct waitq exit_waiters;      /* who polls a pidfd */
    pid_t parent_tid;               /* the thread that made it (__WNOTHREAD) */
    u8 exit_signal;                 /* sent to the parent, if valid */
    u8 parent_death_signal;         /* PR_SET_PDEATHSIG */
    u8 stop_signal;                 /* of the stop to report */
    bool zombie;                    /* exited, and has no threads */
    bool wait_reap_stp;             /* a stop to be reported to the parent */
    bool wait_reap_cont;            /* a continuation to be reported */
    lwp_status_t lwp_status;        /* set when it becomes a zombie */
    struct lwp_usage child_usage;   /* of children that were waited for */
    struct list tracees;            /* struct ptrace: what its threads trace,
                                     * as they reported */
    struct lwp_thread *traced_leader;   /* the thread that speaks for it, if
                                         * that is traced (lwp/ptrace.h) */

    /* guarded by session_lock (lwp/session.h); the numbers may be read bare */
    struct pgrp *pgrp;
    struct list pgrp_node;
    struct session *session;
    bool left_tty;              /* its session's terminal is not its own any
                                 * more (TIOCNOTTY) */
    pid_t pgid, sid;

    struct spinlock lock;           /* RANK_LWP */
    /* guarded by lock */
    struct list t_grp;              /* threads, oldest first */
    unsigned thread_count;
    struct waitq group_waiters;     /* exec waits for other threads' end,
                                     * vfork(2) for the child's exec */
    struct lwp_thread *exec_thread; /* it alone survives, in execve(2) */
    bool group_exiting;             /* all threads are to end ... */
    lwp_status_t exit_status;       /* ... with this status */
    bool killed;                    /* by SIGKILL, now or while they end */
    struct coredump *core;          /* they wait for its end (lwp/coredump.h) */
    struct vm *vm;                  /* NULL when exited */
    struct file *exe_file;
    struct avl_tree object_root;    /* RT objects that it holds, by id ... */
    struct avl_tree address_search_head;    /* ... and by where the program has
                                             * them (lwp/object.h) */
    u32 object_count, object_bytes;         /* limited there */
    struct lwp_usage usage;         /* of threads that have exited */
    struct rlimit rlimits[RLIMIT_COUNT];    /* single words may be read bare */
    char cmd[THREAD_NAME_MAX];      /* name of the program, cut */

    /* guarded by its own lock, see lwp/signal.h; whether the process is
     * stopped (the seed's jobctl_stopped) is there too */
    struct lwp_signal signal;

    struct lwp_timers timers;       /* has its own lock: lwp/itimer.h */
};

struct lwp_thread {
    struct thread thread;           /* first */

    /* set at birth, then constant */
    struct lwp *lwp;

    /* the running thread's own (tid changes in execve(2), under lwp->lock) */
    pid_t tid;
    struct pid *pid_entry;
    struct fs_task fs_task;         /* thread.fs_task points here */
    struct user_count *user;        /* who it counts for (lwp/limits.h) */
    uptr_t set_child_tid;           /* where to store the tid at the start */
    uptr_t clear_child_tid;         /* where to store 0 at the end */
    uptr_t robust_list;             /* head of the list of held futexes */
    struct sem_undo_list *sem_undos;    /* lwp/sysv_sem.h; NULL: none */
    struct ptrace *ptrace;          /* NULL: never traced; set once, by whoever
                                     * comes first, under proc_tree_lock */
    bool owns_nothing;              /* it ends: see lwp/futex_pi.c; atomic */
    bool receives;                  /* it has, from a channel */
    u8 boost_floor;                 /* least urgency; guarded by pi_lock */
    struct rt_mutex *mutexes;       /* that it owns; guarded by thread.lock */
    u64 timer_slack, default_slack; /* ns, PR_SET_TIMERSLACK; 0: the usual */
    u64 minor_faults, major_faults; /* page faults mended: without, with I/O */
    struct {
        int (*fn)(struct lwp_thread *t);    /* restart_syscall(2) continues */
        u64 arg[4];
    } restart;

    /* guarded by lwp->lock */
    u64 rt_sleeps;                  /* RLIMIT_RTTIME: sleeps at the last look, */
    nsec_t rt_since;                /* ... CPU time then, ... */
    u32 rt_told;                    /* ... SIGXCPUs since (rttime.c) */
    struct list t_grp_node;
    bool vfork_pending;             /* its parent still sleeps in vfork(2) */
    bool exiting;                   /* told to end, or ending by itself */

    struct lwp_thread_signal signal;    /* locks: see lwp/signal.h */
};

/* The running user thread and its process; NULL in a kernel thread, which has
 * no fs_task.  Without the test, for system calls: current_lwp_thread(). */
static inline struct lwp_thread *lwp_thread_of(struct thread *t)
{
    return t->fs_task ? container_of(t, struct lwp_thread, thread) : NULL;
}

static inline struct lwp_thread *current_lwp_thread(void)
{
    return container_of(current_thread(), struct lwp_thread, thread);
}

static inline struct lwp *current_lwp(void)
{
    return current_lwp_thread()->lwp;
}

/*
 * A process with the pid and resources of nobody: zeroed fields, locks and
 * lists made, limits of `parent` (NULL: the defaults), not in the tree, one
 * reference.  NULL: out of memory.  Seed 000.
 */
struct lwp *lwp_create(struct lwp *parent);

static inline void lwp_get(struct lwp *lwp)
{
    __atomic_add_fetch(&lwp->ref, 1, __ATOMIC_RELAXED);
}

/* Any context that may take a lock of rank SLAB. */
void lwp_put(struct lwp *lwp);

/*
 * A thread that belongs to `lwp` and will start in entry(thread), in kernel
 * mode; by the number `id`, or a new one if that is NULL.  It has neither an
 * fs_task nor a user yet and is not on t_grp.  -ENOMEM, -EAGAIN (too many).
 */
int lwp_thread_create(struct lwp *lwp, struct pid *id, void (*entry)(void *),
                      struct lwp_thread **out);

/* Undo that, for a thread that was never added to t_grp. */
void lwp_thread_abandon(struct lwp_thread *t);

/*
 * Put the thread on lwp->t_grp: it can be signalled, found by its tid and
 * killed from now on.  -EAGAIN if the process is being killed, or execs.
 */
int lwp_thread_add(struct lwp_thread *t, sigset_t blocked);

/* The end of that, for the thread itself; true if it was the last one.  The
 * status is for its tracer. */
bool lwp_thread_remove(struct lwp_thread *t, lwp_status_t status);

/* A thread of the process to speak for it (the oldest), or NULL; no reference,
 * so lwp->lock is held while it is used. */
struct lwp_thread *lwp_main_thread_locked(struct lwp *lwp);

/* The process is over: drop its address space (the seed's name).  May sleep. */
void lwp_unmap_user_space(struct lwp *lwp);

/* Name a thread; the oldest one's name is the process's. */
void lwp_set_name(struct lwp_thread *t, const char *name);

/* Its address space with a reference, or NULL when it has exited. */
struct vm *lwp_get_vm(struct lwp *lwp);

/* The limits that mm/ enforces, of the running process; root may lock what it
 * likes. */
struct vm_limits lwp_vm_limits(void);

static inline u64 lwp_limit(const struct lwp *lwp, enum rlimit_id id)
{
    return READ_ONCE(lwp->rlimits[id].cur);
}

/* Times and counts of all threads, living and gone.  Takes lwp->lock. */
void lwp_usage(struct lwp *lwp, struct lwp_usage *out);
/* Of one thread alone. */
void lwp_thread_usage(struct lwp_thread *t, struct lwp_usage *out);

/*
 * End a process: all its threads exit as soon as they can be interrupted, with
 * this wait status unless an earlier call has set one.  Does not sleep; the
 * caller may be a thread of it, and then dies on its way to user mode.  May be
 * called with locks down to rank LWP free.  exit_group(2), fatal signals.
 * SIGKILL's status also ends the writing of a core file, and then counts.
 */
void lwp_terminate(struct lwp *lwp, lwp_status_t status);
void lwp_terminate_locked(struct lwp *lwp, lwp_status_t status);

/* The end of the running thread; `status` counts if it is the last one of a
 * process that was not terminated (row B-11). */
noreturn void lwp_thread_exit(lwp_status_t status);

/* The running thread does not use the address space that it was made with any
 * more: its parent may go on if it waits in vfork(2). */
void lwp_vfork_done(struct lwp_thread *t);

/* The first process (lwp/init.h); NULL before it exists. */
extern struct lwp *init_lwp;

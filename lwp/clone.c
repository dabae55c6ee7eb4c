/*
 * clone.c - new threads and processes: clone(2), clone3(2), and with them
 * fork, vfork and pthread_create (rows B-05..B-08).
 *
 * The child is built where nobody can see it.  Once it is in the process tree
 * and has its number nothing can fail any more.
 */
#include "kernel/fs/fdtable.h"
#include "kernel/lib/errno.h"
#include "lwp/clone.h"
#include "lwp/limits.h"
#include "lwp/lwp.h"
#include "lwp/object.h"
#include "lwp/pid.h"
#include "lwp/pidfd.h"
#include "lwp/ptrace.h"
#include "lwp/session.h"
#include "lwp/syscall.h"
#include "lwp/sysv_sem.h"
#include "lwp/wait.h"
#include "mm/uaccess.h"

/* Namespaces and cgroups do not exist here: -EINVAL, as on a Linux without
 * them. */
#define CLONE_KNOWN \
    (CSIGNAL | CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | \
     CLONE_PIDFD | CLONE_PTRACE | CLONE_VFORK | CLONE_PARENT | CLONE_THREAD | \
     CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | \
     CLONE_CHILD_CLEARTID | CLONE_DETACHED | CLONE_UNTRACED | \
     CLONE_CHILD_SETTID | CLONE_IO | CLONE_CLEAR_SIGHAND)

/* struct clone_args of clone3(2). */
struct clone_args {
    u64 flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size,
        tls;
    u64 set_tid, set_tid_size, cgroup;
};
#define CLONE_ARGS_LEAST offsetof(struct clone_args, set_tid)

static int check_flags(u64 flags)
{
    if (flags & ~(u64)CLONE_KNOWN)
        return -EINVAL;
    if ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM))
        return -EINVAL;
    if ((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND))
        return -EINVAL;
    if ((flags & CLONE_CLEAR_SIGHAND) && (flags & CLONE_SIGHAND))
        return -EINVAL;
    if ((flags & CLONE_PIDFD) && (flags & (CLONE_THREAD | CLONE_DETACHED)))
        return -EINVAL;
    /* The first process has no parent to be a sibling under. */
    if ((flags & CLONE_PARENT) && current_lwp() == init_lwp)
        return -EINVAL;
    return 0;
}

/* --- the first steps of the child ---------------------------------------- */

/* A bad address is the program's own mistake: ignored, as on Linux. */
static void store_tid(uptr_t to, pid_t tid)
{
    if (copy_to_user(to, &tid, sizeof(tid)))
        return;
}

static void first_run(void *arg)
{
    struct lwp_thread *t = arg;

    if (t->set_child_tid)
        store_tid(t->set_child_tid, t->tid);
    arch_enter_user(arch_user_frame(&t->thread.arch));
}

/* The registers of the caller, but for what tells the child that it is one. */
static void copy_registers(struct lwp_thread *t, const struct clone_args *args)
{
    struct arch_thread *from = &current_thread()->arch, *to = &t->thread.arch;
    struct trapframe *tf = arch_user_frame(to);

    arch_fpu_save(from);
    to->fpu_used = from->fpu_used;
    if (to->fpu_used)
        to->fpu = from->fpu;
    *tf = *arch_user_frame(from);
    tf->whole = 1;
    tf->x[REG_A0] = 0;
    if (args->stack)
        tf->x[REG_SP] = args->stack + args->stack_size;
    if (args->flags & CLONE_SETTLS)
        tf->x[REG_TP] = args->tls;
}

/* --- building ------------------------------------------------------------ */

/* What a thread has of its own, beside its number. */
static int build_thread(struct lwp_thread *t, const struct clone_args *args)
{
    struct lwp *lwp = t->lwp;
    unsigned share = 0;
    int error;

    error = user_count_add(current_cred()->uid,
                           lwp_limit(lwp, RLIMIT_NPROC), &t->user);
    if (error)
        return error;
    if (args->flags & CLONE_FILES)
        share |= FS_SHARE_FILES;
    if (args->flags & CLONE_FS)
        share |= FS_SHARE_CONTEXT;
    error = fs_task_fork(&t->fs_task, share);
    if (error)
        return error;
    t->fs_task.file_size_limit = &lwp->rlimits[RLIMIT_FSIZE].cur;
    t->fs_task.open_files_limit = &lwp->rlimits[RLIMIT_NOFILE].cur;
    t->thread.fs_task = &t->fs_task;
    t->thread.arch.space = &lwp->vm->space;
    if (args->flags & CLONE_SYSVSEM) {
        error = sem_undo_share(t);
        if (error)
            return error;
    }
    if (unlikely(lwp_thread_traced(current_lwp_thread())))
        error = ptrace_prepare(t);
    if (args->flags & CLONE_CHILD_SETTID)
        t->set_child_tid = uptr(args->child_tid);
    if (args->flags & CLONE_CHILD_CLEARTID)
        t->clear_child_tid = uptr(args->child_tid);
    t->timer_slack = t->default_slack = current_lwp_thread()->timer_slack;
    t->vfork_pending = args->flags & CLONE_VFORK;
    copy_registers(t, args);
    return error;
}

static int build_memory(struct lwp *lwp, struct lwp *parent, u64 flags)
{
    if (!(flags & CLONE_VM))
        return vm_fork(parent->vm, &lwp->vm);
    vm_get(parent->vm);
    lwp->vm = parent->vm;
    return 0;
}

/* The child refers to its program's file as its parent does. */
static void share_exe_file(struct lwp *lwp, struct lwp *parent)
{
    spin_lock(&parent->lock);
    lwp->exe_file = parent->exe_file;
    if (lwp->exe_file)
        file_get(lwp->exe_file);
    spin_unlock(&parent->lock);
}

static void abandon_process(struct lwp *lwp)
{
    if (lwp->exe_file)
        file_put(lwp->exe_file);
    lwp_user_object_clear(lwp);
    lwp_signal_destroy(lwp);
    vm_put(lwp->vm);
    lwp->vm = NULL;
    lwp_pid_put(lwp->pid_entry);
    lwp_put(lwp);
}

/* A process without threads: number, memory, signal handlers. */
static int build_process(struct lwp *parent, const struct clone_args *args,
                         struct lwp **out)
{
    struct lwp *lwp = lwp_create(parent);
    int error;

    if (!lwp)
        return -ENOMEM;
    error = lwp_pid_get(&lwp->pid_entry);
    if (error)
        goto put_lwp;
    lwp->pid = pid_number(lwp->pid_entry);
    error = build_memory(lwp, parent, args->flags);
    if (error)
        goto put_pid;
    error = lwp_signal_fork(lwp, parent, args->flags & CLONE_SIGHAND);
    if (error)
        goto put_vm;
    if (args->flags & CLONE_CLEAR_SIGHAND)
        lwp_signal_clear_handlers(lwp);
    share_exe_file(lwp, parent);
    *out = lwp;
    if (unlikely(parent->object_root.root)) {
        error = lwp_user_object_dup(lwp, parent);
        if (error)
            abandon_process(lwp);
    }
    return error;

put_vm:
    vm_put(lwp->vm);
    lwp->vm = NULL;
put_pid:
    lwp_pid_put(lwp->pid_entry);
put_lwp:
    lwp_put(lwp);
    return error;
}

/* --- publishing ---------------------------------------------------------- */

/*
 * The process gets its place in its maker's group and in the tree.
 * -ERESTARTNOINTR if a signal came first (session_fork()).
 */
static int publish_process(struct lwp *lwp, const struct clone_args *args)
{
    struct lwp *maker = current_lwp();
    bool sibling = args->flags & CLONE_PARENT;
    int error = session_fork(lwp);

    if (error)
        return error;
    spin_lock(&proc_tree_lock);
    lwp->exit_signal = sibling ? maker->exit_signal : args->exit_signal;
    lwp->parent_tid = sibling ? maker->parent_tid : current_lwp_thread()->tid;
    lwp_children_register_locked(sibling ? maker->parent : maker, lwp);
    spin_unlock(&proc_tree_lock);
    return 0;
}

/* The same, with a descriptor for its maker if that wants one (CLONE_PIDFD). */
static int publish_with_pidfd(struct lwp *lwp, const struct clone_args *args)
{
    struct file *f;
    int fd, error;

    if (!(args->flags & CLONE_PIDFD))
        return publish_process(lwp, args);
    fd = pidfd_prepare(lwp, uptr(args->pidfd), &f);
    if (fd < 0)
        return fd;
    error = publish_process(lwp, args);
    if (!error) {
        fd_install(fd, f);
    } else {
        fd_unreserve(fd);
        file_put(f);
    }
    return error;
}

/* Sleep until the child has left our memory.  A parent that is killed meanwhile
 * does not wait for that: the memory is counted. */
static void wait_for_vfork(struct lwp_thread *t)
{
    struct lwp *lwp = t->lwp;

    spin_lock(&lwp->lock);
    while (t->vfork_pending)
        if (waitq_sleep(&lwp->group_waiters, &lwp->lock, WAIT_KILLABLE, NEVER))
            break;
    spin_unlock(&lwp->lock);
}

/* The same for a thread that is traced, and tells of it. */
static void launch_traced(struct lwp_thread *t, const struct clone_args *args)
{
    enum ptrace_event event = PTRACE_EVENT_CLONE;
    pid_t tid = t->tid;

    if (args->flags & CLONE_VFORK)
        event = PTRACE_EVENT_VFORK;
    else if (args->exit_signal == SIGCHLD)
        event = PTRACE_EVENT_FORK;
    ptrace_link_child(t, event, args->flags);
    thread_start(&t->thread);
    if (!(args->flags & CLONE_UNTRACED))
        ptrace_event(event, tid);
    if (args->flags & CLONE_VFORK) {
        wait_for_vfork(t);
        ptrace_event(PTRACE_EVENT_VFORK_DONE, tid);
    }
}

/* Start the thread; with CLONE_VFORK, wait for it.  Its reference keeps its
 * process. */
static pid_t launch(struct lwp_thread *t, const struct clone_args *args)
{
    pid_t tid = t->tid;

    if (args->flags & CLONE_PARENT_SETTID)
        store_tid(uptr(args->parent_tid), tid);
    if (unlikely(lwp_thread_traced(current_lwp_thread()))) {
        launch_traced(t, args);
    } else {
        thread_start(&t->thread);
        if (args->flags & CLONE_VFORK)
            wait_for_vfork(t);
    }
    thread_put(&t->thread);
    return tid;
}

/* Give the thread its place in its process. */
static int publish_thread(struct lwp_thread *t, const struct clone_args *args)
{
    struct lwp_thread *me = current_lwp_thread();
    int error = lwp_thread_add(t, me->signal.blocked);

    if (error)
        return error;
    if (!(args->flags & CLONE_VM) || (args->flags & CLONE_VFORK))
        t->signal.altstack = me->signal.altstack;
    return 0;
}

static long clone_thread(const struct clone_args *args)
{
    struct lwp_thread *t;
    int error = lwp_thread_create(current_lwp(), NULL, first_run, &t);

    if (error)
        return error;
    error = build_thread(t, args);
    if (!error)
        error = publish_thread(t, args);
    if (error) {
        lwp_thread_abandon(t);
        return error;
    }
    return launch(t, args);
}

static long clone_process(const struct clone_args *args)
{
    struct lwp_thread *t;
    struct lwp *lwp;
    int error;

    error = build_process(current_lwp(), args, &lwp);
    if (error)
        return error;
    error = lwp_thread_create(lwp, lwp->pid_entry, first_run, &t);
    if (error)
        goto abandon_process;
    error = build_thread(t, args);
    if (!error)
        error = publish_thread(t, args);
    if (error)
        goto abandon_thread;
    error = publish_with_pidfd(lwp, args);
    if (error)
        goto remove_thread;
    lwp_timers_limit_cpu(lwp);
    lwp_timers_limit_rttime(lwp);
    return launch(t, args);

remove_thread:
    lwp_thread_remove(t, 0);
abandon_thread:
    lwp_thread_abandon(t);
abandon_process:
    abandon_process(lwp);
    return error;
}

static long clone_any(const struct clone_args *args)
{
    int error = check_flags(args->flags);

    if (error)
        return error;
    if (args->flags & CLONE_THREAD)
        return clone_thread(args);
    return clone_process(args);
}

/* --- the calls ----------------------------------------------------------- */

long sys_clone(u64 flags, u64 stack, uptr_t parent_tid, u64 tls,
               uptr_t child_tid)
{
    struct clone_args args = {
        .flags = (u32)flags & ~CSIGNAL,
        .exit_signal = flags & CSIGNAL,
        .pidfd = (u64)parent_tid,
        .stack = stack,
        .parent_tid = (u64)parent_tid,
        .child_tid = (u64)child_tid,
        .tls = tls,
    };

    if ((flags & CLONE_PIDFD) && (flags & CLONE_PARENT_SETTID))
        return -EINVAL;                 /* one word for two values */
    return clone_any(&args);
}

/* Copy clone3's structure, of whatever size the program knows; what is longer
 * than ours must be zero. */
static int read_clone_args(uptr_t from, size_t size, struct clone_args *args)
{
    *args = (struct clone_args){ 0 };
    if (size < CLONE_ARGS_LEAST)
        return -EINVAL;
    if (size > PAGE_SIZE)
        return -E2BIG;
    return copy_from_user_versioned(args, sizeof(*args), from, size);
}

/* What only clone3 can ask for.  Numbers can't be chosen (set_tid) here. */
static int check_clone3_args(const struct clone_args *args)
{
    u64 flags = args->flags;

    if ((flags & (CSIGNAL | CLONE_DETACHED)) || args->exit_signal > SIGNAL_MAX)
        return -EINVAL;
    if ((flags & (CLONE_THREAD | CLONE_PARENT)) && args->exit_signal)
        return -EINVAL;
    if ((flags & CLONE_PIDFD) && (flags & CLONE_PARENT_SETTID) &&
        args->pidfd == args->parent_tid)
        return -EINVAL;
    if (!args->stack != !args->stack_size || args->stack_size > USER_END ||
        args->stack > USER_END - args->stack_size)
        return -EINVAL;
    return args->set_tid || args->set_tid_size ? -EINVAL : 0;
}

long sys_clone3(uptr_t from, size_t size)
{
    struct clone_args args;
    int error = read_clone_args(from, size, &args);

    if (!error)
        error = check_clone3_args(&args);
    return error ? error : clone_any(&args);
}

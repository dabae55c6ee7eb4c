/*
 * exec.c - execve(2): a new program in the old process (rows B-09, B-10, T14).
 *
 * Everything that can fail is done on the side: file, arguments, address
 * space, stack, credentials.  Then the other threads are ended, and from there
 * the change cannot fail any more.
 */
#include "lwp/exec.h"

#include "kernel/fs/fdtable.h"
#include "kernel/fs/mount.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "lwp/futex.h"
#include "lwp/pid.h"
#include "lwp/ptrace.h"
#include "lwp/rt_mutex.h"
#include "lwp/syscall.h"
#include "lwp/wait.h"
#include "mm/alloc.h"
#include "mm/uaccess.h"

/* --- preparing ----------------------------------------------------------- */

/* The ids of the program's owner for set-id programs, else the user's own. */
static void choose_ids(struct exec *x)
{
    const struct cred *cred = current_cred();
    const struct inode *inode = x->file->inode;

    x->new_euid = cred->euid;
    x->new_egid = cred->egid;
    if (!current_lwp()->no_new_privs && !ptrace_limits_exec()) {
        if (inode->mode & S_ISUID)
            x->new_euid = inode->uid;
        if ((inode->mode & (S_ISGID | 0010)) == (S_ISGID | 0010))
            x->new_egid = inode->gid;
    }
    x->secure = x->new_euid != cred->uid || x->new_egid != cred->gid;
    x->readable = !inode_permission_as(x->file->inode, MAY_READ, cred);
}

/* Credentials for the new program, if others than now; -ENOMEM. */
static int build_cred(struct exec *x)
{
    const struct cred *old = current_cred();

    if (old->euid == x->new_euid && old->suid == x->new_euid &&
        old->egid == x->new_egid && old->sgid == x->new_egid)
        return 0;
    x->cred = cred_copy(old, old->group_count);
    if (!x->cred)
        return -ENOMEM;
    x->cred->euid = x->cred->suid = x->cred->fsuid = x->new_euid;
    x->cred->egid = x->cred->sgid = x->cred->fsgid = x->new_egid;
    return 0;
}

static int prepare(struct exec *x, const struct exec_source *source)
{
    int error = exec_resolve(x);

    if (error)
        return error;
    choose_ids(x);
    if (source->kernel_argv)
        error = exec_args_from_kernel(x, source->kernel_argv,
                                      source->kernel_envp);
    else
        error = exec_args_from_user(x, source->argv, source->envp);
    if (error)
        return error;
    error = lwp_user_space_init(x);
    if (!error)
        error = lwp_load(x);
    if (!error)
        error = exec_build_stack(x);
    if (!error)
        error = build_cred(x);
    if (!error)
        error = fs_task_unshare(current_task(), FS_SHARE_FILES);
    return error;
}

static struct exec *exec_create(const struct exec_source *source)
{
    struct exec *x = kmalloc(sizeof(*x));

    if (!x) {
        kfree(source->path);
        file_put(source->file);
        return NULL;
    }
    /* The buffers need no clearing. */
    memset(x, 0, offsetof(struct exec, scripts));
    x->path = source->path;
    x->file = source->file;
    return x;
}

static void exec_free(struct exec *x)
{
    exec_args_free(&x->args);
    if (x->vm)
        vm_put(x->vm);
    if (x->cred)
        cred_put(x->cred);
    file_put(x->file);
    kfree(x->path);
    kfree(x);
}

/* --- the other threads --------------------------------------------------- */

static int end_other_threads(struct lwp_thread *me)
{
    struct lwp *lwp = me->lwp;
    struct lwp_thread *t;
    int error = 0;

    spin_lock(&lwp->lock);
    if (lwp->group_exiting || lwp->exec_thread) {
        spin_unlock(&lwp->lock);
        return -EAGAIN;                 /* we are told to die ourselves */
    }
    lwp->exec_thread = me;
    list_for_each(t, &lwp->t_grp, t_grp_node) {
        if (t != me) {
            t->exiting = true;
            thread_set_flags(&t->thread, TF_KILL | TF_SIGNAL);
        }
    }
    while (lwp->thread_count > 1 && !error)
        error = waitq_sleep(&lwp->group_waiters, &lwp->lock, WAIT_KILLABLE,
                            NEVER);
    if (error)
        lwp->exec_thread = NULL;
    spin_unlock(&lwp->lock);
    return error ? -EINTR : 0;
}

/* The thread that survives is called by the process's number (row P1). */
static void become_leader(struct lwp_thread *me)
{
    struct lwp *lwp = me->lwp;
    struct pid *old = me->pid_entry;

    if (old == lwp->pid_entry)
        return;
    pid_set_thread(old, NULL);
    spin_lock(&lwp->lock);
    me->pid_entry = lwp->pid_entry;
    me->tid = lwp->pid;
    spin_unlock(&lwp->lock);
    /* Before tracers find it by the number, which may be a tracee's still. */
    ptrace_become_leader(me);
    pid_set_thread(me->pid_entry, me);
    lwp_pid_put(old);
}

/* --- the change ---------------------------------------------------------- */

/* What this thread has left in the memory it leaves. */
static void leave_old_memory(struct lwp_thread *me)
{
    struct vm *vm = me->lwp->vm;

    if (!vm)
        return;
    if (me->robust_list)
        futex_walk_robust_list(me->robust_list, me->tid);
    if (unlikely(me->mutexes))
        rt_mutex_exit(me);
    futex_exit_pi(&me->thread);
    WRITE_ONCE(me->owns_nothing, false);
    if (me->clear_child_tid && READ_ONCE(vm->refs) > 1)
        futex_clear_tid(me->clear_child_tid);
    me->robust_list = me->clear_child_tid = me->set_child_tid = NULL;
}

/* "/bin/sh" is "sh" in ps. */
static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash && slash[1] ? slash + 1 : path;
}

/* Put the new memory and file in place of the old ones, and drop those. */
static void exchange(struct lwp *lwp, struct exec *x)
{
    struct vm *old_vm;
    struct file *old_file;

    spin_lock(&lwp->lock);
    old_vm = lwp->vm;
    old_file = lwp->exe_file;
    lwp->vm = x->vm;
    lwp->exe_file = x->file;
    if (old_vm)
        lwp->usage.max_resident = MAX(lwp->usage.max_resident,
                                      old_vm->peak_resident);
    str_copy(lwp->cmd, base_name(x->path), sizeof(lwp->cmd));
    lwp->exec_thread = NULL;
    lwp->execs++;
    lwp->dumpable = !x->secure && x->readable;
    spin_unlock(&lwp->lock);

    arch_space_activate(&x->vm->space);
    x->vm = NULL;
    file_get(lwp->exe_file);
    if (old_vm)
        vm_put(old_vm);
    if (old_file)
        file_put(old_file);
}

/* exchange() has closed the door to tracers: who came through it since
 * choose_ids() gets no rights by that. */
static void take_ids(struct exec *x)
{
    if (!x->cred || (x->secure && ptrace_limits_exec()))
        return;
    cred_set(x->cred);
    x->cred = NULL;
}

static void set_parent_view(struct lwp *lwp, bool secure)
{
    if (lwp->exit_signal == SIGCHLD && !lwp->parent_death_signal)
        return;
    spin_lock(&proc_tree_lock);
    lwp->exit_signal = SIGCHLD;
    if (secure)
        lwp->parent_death_signal = 0;
    spin_unlock(&proc_tree_lock);
}

static int change(struct exec *x)
{
    struct lwp_thread *me = current_lwp_thread();
    struct lwp *lwp = me->lwp;
    int error = end_other_threads(me);
    pid_t old_tid = me->tid;

    if (error)
        return error;
    if (lwp_signal_exec(lwp)) {
        /* Too late to go back: the other threads are gone. */
        lwp_terminate(lwp, LWP_STATUS_SIGNAL(SIGKILL, false));
        return -ENOMEM;
    }
    become_leader(me);
    lwp_timers_exec(lwp);
    if (unlikely(lwp->object_root.root))
        lwp_user_object_clear(lwp);
    leave_old_memory(me);
    exchange(lwp, x);
    lwp_vfork_done(me);
    fdtable_close_on_exec(me->fs_task.fdt);
    take_ids(x);
    set_parent_view(lwp, x->secure);
    thread_set_name(&me->thread, lwp->cmd);
    arch_fpu_discard(&me->thread.arch);
    arch_user_frame_init(arch_user_frame(&me->thread.arch), x->entry, x->sp);
    thread_set_flags(&me->thread, TF_WHOLE);
    ptrace_exec_stop(old_tid);
    return 0;
}

int lwp_execve(const struct exec_source *source)
{
    struct exec *x = exec_create(source);
    int error;

    if (!x)
        return -ENOMEM;
    error = prepare(x, source);
    if (!error)
        error = change(x);
    exec_free(x);
    return error;
}

/* --- the calls ----------------------------------------------------------- */

/* A path of the caller's in memory of kmalloc()'s. */
static int copy_path(ustr_t from, char **out)
{
    char *path = kmalloc(PATH_MAX);
    ssize_t n;

    if (!path)
        return -ENOMEM;
    n = strncpy_from_user(path, from, PATH_MAX);
    if (n < 0) {
        kfree(path);
        return n;
    }
    *out = path;
    return 0;
}

static long execve_at(const struct path *base, ustr_t name, uptr_t argv,
                      uptr_t envp, unsigned walk)
{
    struct exec_source source = { .argv = argv, .envp = envp };
    int error = copy_path(name, &source.path);

    if (error)
        return error;
    error = file_open_exec(base, source.path, walk, &source.file);
    if (error) {
        kfree(source.path);
        return error;
    }
    return lwp_execve(&source);
}

long sys_execve(ustr_t name, uptr_t argv, uptr_t envp)
{
    return execve_at(NULL, name, argv, envp, 0);
}

/* From an open file, which has no name if memfd_create(2) or pipe(2) made it:
 * "" is that file even so. */
static long execve_from(const struct file *f, ustr_t name, uptr_t argv,
                        uptr_t envp, unsigned walk)
{
    struct path anon;
    long error;

    if (f->path.dentry)
        return execve_at(&f->path, name, argv, envp, walk);
    error = mount_anon_path(f->inode, &anon);
    if (error)
        return error;
    error = execve_at(&anon, name, argv, envp, walk);
    path_put(&anon);
    return error;
}

long sys_execveat(int dirfd, ustr_t name, uptr_t argv, uptr_t envp, int flags)
{
    unsigned walk = 0;
    struct fdref base;
    long error;

    if (flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
        return -EINVAL;
    if (flags & AT_EMPTY_PATH)
        walk |= WALK_EMPTY;
    if (flags & AT_SYMLINK_NOFOLLOW)
        walk |= WALK_NOFOLLOW;
    if (dirfd == AT_FDCWD)
        return execve_at(NULL, name, argv, envp, walk);
    base = fd_get_any(dirfd);
    if (!base.file)
        return -EBADF;
    error = execve_from(base.file, name, argv, envp, walk);
    fd_put(base);
    return error;
}

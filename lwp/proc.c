/*
 * proc.c - the door of /proc to processes: look-up, links, and the table of
 * names.
 */
#include "lwp/proc.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "lwp/pid.h"
#include "lwp/ptrace.h"
#include "mm/alloc.h"

/* --- finding ------------------------------------------------------------- */

static void *make_handle(struct lwp *lwp, struct lwp_thread *t)
{
    struct proc_handle *h = kmalloc(sizeof(*h));

    if (!h) {
        if (t)
            thread_put(&t->thread);
        lwp_put(lwp);
        return NULL;
    }
    *h = (struct proc_handle){ lwp, t };
    return h;
}

static void *get_process(pid_t pid, void *thread_of)
{
    struct proc_handle *process = thread_of;
    struct lwp_thread *t;

    if (!process) {
        struct lwp *lwp = lwp_lookup(pid);

        if (lwp)
            return make_handle(lwp, NULL);
    }
    t = lwp_thread_lookup(pid);
    if (t && process && t->lwp != process->lwp) {
        thread_put(&t->thread);
        t = NULL;
    }
    if (!t)
        return NULL;
    lwp_get(t->lwp);
    return make_handle(t->lwp, t);
}

static bool exists(void *handle)
{
    const struct proc_handle *h = handle;
    struct lwp *lwp = h->thread ? NULL : lwp_lookup(h->lwp->pid);
    bool found = lwp == h->lwp;

    if (h->thread) {
        spin_lock(&h->lwp->lock);
        found = !list_empty(&h->thread->t_grp_node);
        spin_unlock(&h->lwp->lock);
    }
    if (lwp)
        lwp_put(lwp);
    return found;
}

static void put_process(void *handle)
{
    struct proc_handle *h = handle;

    if (h->thread)
        thread_put(&h->thread->thread);
    lwp_put(h->lwp);
    kfree(h);
}

pid_t proc_next_thread(struct lwp *lwp, pid_t from)
{
    struct lwp_thread *t;
    pid_t best = -1;

    spin_lock(&lwp->lock);
    list_for_each(t, &lwp->t_grp, t_grp_node)
        if (t->tid >= from && (best < 0 || t->tid < best))
            best = t->tid;
    spin_unlock(&lwp->lock);
    return best;
}

static pid_t next_process(pid_t from, void *threads_of)
{
    struct lwp *lwp;
    pid_t pid;

    if (threads_of)
        return proc_next_thread(((struct proc_handle *)threads_of)->lwp, from);
    lwp = lwp_lookup_next(from);
    if (!lwp)
        return -1;
    pid = lwp->pid;
    lwp_put(lwp);
    return pid;
}

static pid_t self(void)
{
    struct lwp_thread *t = lwp_thread_of(current_thread());

    return t ? t->lwp->pid : 0;
}

static pid_t self_thread(void)
{
    struct lwp_thread *t = lwp_thread_of(current_thread());

    return t ? t->tid : 0;
}

struct lwp_thread *proc_hold_thread(const struct proc_handle *h)
{
    struct lwp_thread *t = h->thread;

    spin_lock(&h->lwp->lock);
    if (!t)
        t = lwp_main_thread_locked(h->lwp);
    if (t)
        thread_get(&t->thread);
    spin_unlock(&h->lwp->lock);
    return t;
}

/* --- who may look -------------------------------------------------------- */

/* What a program that may not be looked into has is the superuser's. */
static void get_owner(void *handle, bool inside, uid_t *uid, gid_t *gid)
{
    const struct lwp *lwp = ((struct proc_handle *)handle)->lwp;
    struct lwp_thread *t;
    struct cred *c;

    *uid = *gid = 0;
    if (inside && !lwp->dumpable)
        return;
    *uid = lwp->uid;
    t = proc_hold_thread(handle);
    if (!t)
        return;
    c = cred_of(&t->fs_task);
    *uid = c->euid;
    *gid = c->egid;
    cred_put(c);
    thread_put(&t->thread);
}

static int may_inspect(void *handle)
{
    return ptrace_may_access(((struct proc_handle *)handle)->lwp) ? -EACCES : 0;
}

/* --- what it has open ---------------------------------------------------- */

struct fdtable *proc_files(const struct proc_handle *h)
{
    struct lwp_thread *t = proc_hold_thread(h);
    struct fdtable *table;

    if (!t)
        return NULL;
    table = fs_task_files(&t->fs_task);
    thread_put(&t->thread);
    return table;
}

static struct fdtable *get_files(void *handle)
{
    return proc_files(handle);
}

static int jump_exe(void *handle, struct path *out)
{
    struct lwp *lwp = ((struct proc_handle *)handle)->lwp;
    int error = -ENOENT;

    spin_lock(&lwp->lock);
    if (lwp->exe_file) {
        *out = lwp->exe_file->path;
        path_get(out);
        error = 0;
    }
    spin_unlock(&lwp->lock);
    return error;
}

static int jump_place(void *handle, struct path *out,
                      bool (*read)(struct fs_task *, struct path *))
{
    struct lwp_thread *t = proc_hold_thread(handle);
    int error;

    if (!t)
        return -ENOENT;
    error = read(&t->fs_task, out) ? 0 : -ENOENT;
    thread_put(&t->thread);
    return error;
}

static int jump_cwd(void *handle, struct path *out)
{
    return jump_place(handle, out, fs_task_cwd);
}

static int jump_root(void *handle, struct path *out)
{
    return jump_place(handle, out, fs_task_root);
}

/*
 * Testing: a number n makes the n-th allocation of the writing thread, from
 * now on, fail; 0 ends that.  So tests walk through every error path.
 */
static int store_fail_nth(const char *text, size_t n, void *handle)
{
    u64 value;

    (void)n;
    if (((struct proc_handle *)handle)->lwp != current_lwp())
        return -EPERM;
    if (str_to_u64(&text, &value) || value > UINT_MAX)
        return -EINVAL;
    alloc_fail_nth(value);
    return 0;
}

#define SHOW(file, permissions, function) \
    { .name = file, .mode = S_IFREG | permissions, .show = function }
#define GUARDED(file, permissions, function) \
    { .name = file, .mode = S_IFREG | permissions, .show = function, \
      .how = PROC_GUARDED }
#define LINK(file, function) \
    { .name = file, .mode = S_IFLNK | 0777, .jump = function }

static const struct proc_file entries[] = {
    SHOW("stat", 0444, proc_show_stat),
    SHOW("status", 0444, proc_show_status),
    SHOW("statm", 0444, proc_show_statm),
    { .name = "comm", .mode = S_IFREG | 0644, .show = proc_show_comm,
      .store = proc_store_comm },
    SHOW("limits", 0444, proc_show_limits),
    SHOW("cmdline", 0444, proc_show_cmdline),
    GUARDED("environ", 0400, proc_show_environ),
    GUARDED("auxv", 0400, proc_show_auxv),
    GUARDED("maps", 0444, proc_show_maps),
    GUARDED("smaps", 0444, proc_show_smaps),
    GUARDED("smaps_rollup", 0444, proc_show_smaps_rollup),
    { .name = "mem", .mode = S_IFREG | 0600, .how = PROC_GUARDED | PROC_RAW,
      .read = proc_read_mem, .write = proc_write_mem },
    { .name = "pagemap", .mode = S_IFREG | 0400,
      .how = PROC_GUARDED | PROC_RAW, .read = proc_read_pagemap },
    GUARDED("personality", 0400, proc_show_personality),
    GUARDED("timers", 0444, proc_show_timers),
    SHOW("oom_score", 0444, proc_show_oom_score),
    { .name = "oom_score_adj", .mode = S_IFREG | 0644,
      .show = proc_show_oom_adjust, .store = proc_store_oom_adjust },
    SHOW("children", 0444, proc_show_children),
    SHOW("wchan", 0444, proc_show_wchan),
    GUARDED("syscall", 0400, proc_show_syscall),
    GUARDED("stack", 0400, proc_show_stack),
    { .name = "fail-nth", .mode = S_IFREG | 0200, .store = store_fail_nth },
    LINK("exe", jump_exe),
    LINK("cwd", jump_cwd),
    LINK("root", jump_root),
    { 0 }
};

static const struct procfs_process_ops ops = {
    .get = get_process,
    .put = put_process,
    .exists = exists,
    .next = next_process,
    .self = self,
    .self_thread = self_thread,
    .owner = get_owner,
    .may_inspect = may_inspect,
    .files = get_files,
    .entries = entries,
};

void proc_init(void)
{
    procfs_set_process_ops(&ops);
    proc_system_init();
}

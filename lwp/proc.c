/*
 * proc.c - the door of /proc to processes: look-up, links, and the table of
 * names.
 */
#include "lwp/proc.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/loadavg.h"
#include "kernel/log.h"
#include "kernel/sched.h"
#include "lwp/limits.h"
#include "lwp/pid.h"
#include "lwp/system.h"
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
        return lwp ? make_handle(lwp, NULL) : NULL;
    }
    t = lwp_thread_lookup(pid);
    if (t && t->lwp != process->lwp) {
        thread_put(&t->thread);
        t = NULL;
    }
    if (!t)
        return NULL;
    lwp_get(process->lwp);
    return make_handle(process->lwp, t);
}

static void put_process(void *handle)
{
    struct proc_handle *h = handle;

    if (h->thread)
        thread_put(&h->thread->thread);
    lwp_put(h->lwp);
    kfree(h);
}

/* The least tid >= from of a process; -1: none. */
static pid_t next_thread(struct lwp *lwp, pid_t from)
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
        return next_thread(((struct proc_handle *)threads_of)->lwp, from);
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

static void get_owner(void *handle, uid_t *uid, gid_t *gid)
{
    struct lwp_thread *t = proc_hold_thread(handle);
    struct cred *c;

    *uid = ((struct proc_handle *)handle)->lwp->uid;
    *gid = 0;
    if (!t)
        return;
    c = cred_of(&t->fs_task);
    *uid = c->euid;
    *gid = c->egid;
    cred_put(c);
    thread_put(&t->thread);
}

/* One's own, as long as the program is no set-id one. */
bool proc_may_inspect(const struct lwp *lwp)
{
    const struct cred *c = current_cred();

    return cred_is_root(c) || lwp == current_lwp() ||
           (lwp->uid == c->uid && lwp->dumpable);
}

static int may_inspect(void *handle)
{
    return proc_may_inspect(((struct proc_handle *)handle)->lwp) ? 0 : -EACCES;
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

static const struct proc_file entries[] = {
    { "stat", S_IFREG | 0444, proc_show_stat, NULL, NULL },
    { "status", S_IFREG | 0444, proc_show_status, NULL, NULL },
    { "statm", S_IFREG | 0444, proc_show_statm, NULL, NULL },
    { "comm", S_IFREG | 0444, proc_show_comm, NULL, NULL },
    { "limits", S_IFREG | 0444, proc_show_limits, NULL, NULL },
    { "cmdline", S_IFREG | 0444, proc_show_cmdline, NULL, NULL },
    { "environ", S_IFREG | 0400, proc_show_environ, NULL, NULL },
    { "maps", S_IFREG | 0444, proc_show_maps, NULL, NULL },
    { "fail-nth", S_IFREG | 0200, NULL, store_fail_nth, NULL },
    { "exe", S_IFLNK | 0777, NULL, NULL, jump_exe },
    { "cwd", S_IFLNK | 0777, NULL, NULL, jump_cwd },
    { "root", S_IFLNK | 0777, NULL, NULL, jump_root },
    { NULL, 0, NULL, NULL, NULL },
};

static const struct procfs_process_ops ops = {
    .get = get_process,
    .put = put_process,
    .next = next_process,
    .self = self,
    .self_thread = self_thread,
    .owner = get_owner,
    .may_inspect = may_inspect,
    .files = get_files,
    .entries = entries,
};

/* --- the whole system ---------------------------------------------------- */

static int show_hostname(struct proc_text *t, void *data)
{
    char name[NAME_SIZE];

    (void)data;
    system_hostname(name);
    proc_print(t, "%s\n", name);
    return 0;
}

static int show_version(struct proc_text *t, void *data)
{
    (void)data;
    proc_print(t, "%s version %s (%s)\n", SYSTEM_NAME, SYSTEM_RELEASE,
               SYSTEM_VERSION);
    return 0;
}

static int show_loadavg(struct proc_text *t, void *data)
{
    u64 load[3];

    (void)data;
    load_average(load);
    for (int i = 0; i < 3; i++)
        proc_print(t, "%lu.%02lu ", load[i] >> LOAD_SHIFT,
                   (load[i] * 100 >> LOAD_SHIFT) % 100);
    proc_print(t, "%u/%u %d\n", sched_ready_count(), thread_total(),
               pid_last());
    return 0;
}

static int show_release(struct proc_text *t, void *data)
{
    (void)data;
    proc_print(t, "%s\n", SYSTEM_RELEASE);
    return 0;
}

static int show_pid_max(struct proc_text *t, void *data)
{
    (void)data;
    proc_print(t, "%d\n", PID_MAX);
    return 0;
}

static int show_threads_max(struct proc_text *t, void *data)
{
    (void)data;
    proc_print(t, "%u\n", thread_limit());
    return 0;
}

/* Larch's own: every process with its place in the tree, group and session. */
static int show_lwps(struct proc_text *t, void *data)
{
    struct lwp *lwp;

    (void)data;
    proc_print(t, "  pid  ppid  pgid   sid threads refs name\n");
    for (pid_t pid = 1; (lwp = lwp_lookup_next(pid)); lwp_put(lwp)) {
        pid = lwp->pid + 1;
        proc_print(t, "%5d %5d %5d %5d %7u %4u %s%s\n", lwp->pid, lwp->ppid,
                   lwp->pgid, lwp->sid, lwp->thread_count,
                   READ_ONCE(lwp->ref) - 1, lwp->cmd,
                   lwp->zombie ? " (zombie)" : "");
    }
    return 0;
}

void proc_init(void)
{
    static const struct {
        const char *name;
        proc_show_fn show;
    } files[] = {
        { "lwps", show_lwps },
        { "version", show_version },
        { "loadavg", show_loadavg },
        { "sys/kernel/hostname", show_hostname },
        { "sys/kernel/osrelease", show_release },
        { "sys/kernel/pid_max", show_pid_max },
        { "sys/kernel/threads-max", show_threads_max },
    };

    procfs_set_process_ops(&ops);
    for (unsigned i = 0; i < ARRAY_SIZE(files); i++)
        if (procfs_add(files[i].name, 0444, files[i].show, NULL))
            log_warning("/proc/%s: no memory", files[i].name);
}

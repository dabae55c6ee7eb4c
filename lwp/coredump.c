/*
 * coredump.c - core files: when there is one, its name, and how the threads of
 * the process are kept still meanwhile.
 */
#include "lwp/coredump.h"

#include "kernel/fs/file.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/time.h"
#include "lwp/system.h"
#include "mm/alloc.h"

#define PATTERN_MAX 128             /* with the NUL, as on Linux */

static struct spinlock pattern_lock = SPINLOCK_INIT(RANK_LWP);
static char pattern[PATTERN_MAX] = "core";  /* guarded by pattern_lock */
static u32 uses_pid;                        /* atomic */

/* --- the name ------------------------------------------------------------ */

/* A name that is to be one component of a path. */
static void put_component(struct proc_text *t, const char *name)
{
    for (; *name; name++)
        proc_print(t, "%c", *name == '/' ? '!' : *name);
}

static void put_hostname(struct proc_text *t)
{
    char name[NAME_SIZE];

    system_name_get(SYSTEM_HOSTNAME, name);
    put_component(t, name);
}

/* What % and a letter stand for; unknown ones for nothing. */
static void put_field(struct proc_text *t, const struct coredump *c,
                      char letter)
{
    const struct lwp_thread *me = c->thread;

    switch (letter) {
    case '%':
        return proc_print(t, "%%");
    case 'p': case 'P':
        return proc_print(t, "%d", me->lwp->pid);
    case 'i': case 'I':
        return proc_print(t, "%d", me->tid);
    case 'u':
        return proc_print(t, "%u", current_cred()->uid);
    case 'g':
        return proc_print(t, "%u", current_cred()->gid);
    case 's':
        return proc_print(t, "%d", c->info->signo);
    case 't':
        return proc_print(t, "%lu", time_realtime() / NSEC_PER_SEC);
    case 'h':
        return put_hostname(t);
    case 'e':
        return put_component(t, me->thread.name);
    case 'c':
        return proc_print(t, "%lu", c->limit);
    }
}

static void format_name(struct proc_text *t, const struct coredump *c)
{
    char copy[PATTERN_MAX];
    bool has_pid = false;

    spin_lock(&pattern_lock);
    memcpy(copy, pattern, sizeof(copy));
    spin_unlock(&pattern_lock);
    for (const char *p = copy; *p; p++) {
        if (*p != '%') {
            proc_write(t, p, 1);
            continue;
        }
        if (!*++p)
            break;
        has_pid |= *p == 'p';
        put_field(t, c, *p);
    }
    if (READ_ONCE(uses_pid) && !has_pid)
        proc_print(t, ".%d", c->thread->lwp->pid);
    proc_write(t, "", 1);
}

/* --- the file ------------------------------------------------------------ */

/* It may have been there before: nobody else may have, or get, a way to it. */
static int take_over(struct file *f)
{
    struct inode *inode = f->inode;
    int error;

    if (!S_ISREG(inode->mode) || READ_ONCE(inode->nlink) != 1 ||
        inode->uid != current_cred()->fsuid)
        return -EPERM;
    error = vfs_chmod(&f->path, inode, 0600);
    return error ? error : vfs_truncate(inode, 0);
}

static int open_file(const struct coredump *c, struct file **out)
{
    /* O_NONBLOCK: a FIFO by this name shall not be waited for. */
    const struct open_how how = {
        .flags = O_CREAT | O_WRONLY | O_NOFOLLOW | O_NONBLOCK, .mode = 0600,
    };
    struct proc_text name = { 0 };
    int error;

    format_name(&name, c);
    error = name.failed ? -ENOMEM : file_open(NULL, name.text, &how, out);
    kfree(name.text);
    if (error)
        return error;
    error = take_over(*out);
    if (error)
        file_put(*out);
    return error;
}

static bool write_core(const struct coredump *c)
{
    struct file *f;
    bool written;

    if (open_file(c, &f))
        return false;
    written = core_write(c, f);
    file_put(f);
    return written;
}

/* --- the other threads ---------------------------------------------------- */

void coredump_wait(struct lwp_thread *t)
{
    struct lwp *lwp = t->lwp;
    struct coredump *c;

    /* Whoever finds us parked need not wait until we have left the hart. */
    arch_fpu_save(&t->thread.arch);
    spin_lock(&lwp->lock);
    c = lwp->core;
    if (c && c->thread != t) {
        c->parked++;
        waitq_wake_all(&lwp->group_waiters, 0);
        while (lwp->core)
            waitq_sleep(&c->end, &lwp->lock, WAIT_UNINTERRUPTIBLE, NEVER);
    }
    spin_unlock(&lwp->lock);
}

/*
 * Tell all threads to exit, and wait until they have come that far; nobody
 * looks at our own order to exit before the dump is done, when it comes again.
 * false: the process ends already, or another thread execs; then this one was
 * told to exit before.
 */
static bool stop_threads(struct coredump *c)
{
    struct lwp *lwp = c->thread->lwp;
    bool first;

    spin_lock(&lwp->lock);
    first = !lwp->group_exiting && !lwp->exec_thread;
    if (first) {
        /* Whoever sees the order to exit is to see this, too. */
        WRITE_ONCE(lwp->core, c);
        __atomic_thread_fence(__ATOMIC_RELEASE);
        lwp_terminate_locked(lwp, LWP_STATUS_SIGNAL(c->info->signo, false));
        thread_clear_flags(&c->thread->thread, TF_KILL | TF_SIGNAL);
        while (lwp->thread_count > 1 + c->parked)
            waitq_sleep(&lwp->group_waiters, &lwp->lock, WAIT_UNINTERRUPTIBLE,
                        NEVER);
    }
    spin_unlock(&lwp->lock);
    return first;
}

static void release_threads(struct coredump *c, bool written)
{
    struct lwp *lwp = c->thread->lwp;

    spin_lock(&lwp->lock);
    if (written && !thread_has_flags(&c->thread->thread, TF_KILL))
        lwp->exit_status |= LWP_STATUS_SIGNAL(0, true);
    lwp->core = NULL;
    waitq_wake_all(&c->end, 0);
    thread_set_own_flags(&c->thread->thread, TF_KILL | TF_SIGNAL);
    spin_unlock(&lwp->lock);
}

/* core(5), "there are various circumstances". */
static bool is_wanted(const struct coredump *c)
{
    const struct lwp *lwp = c->thread->lwp;

    return (signals_core & signal_bit(c->info->signo)) &&
           READ_ONCE(lwp->dumpable) && c->limit >= PAGE_SIZE &&
           lwp_limit(lwp, RLIMIT_FSIZE) > 0;
}

void coredump_terminate(const struct siginfo *info)
{
    struct lwp_thread *me = current_lwp_thread();
    struct coredump c = {
        .thread = me, .info = info, .limit = lwp_limit(me->lwp, RLIMIT_CORE),
    };

    waitq_init(&c.end);
    if (!is_wanted(&c))
        lwp_terminate(me->lwp, LWP_STATUS_SIGNAL(info->signo, false));
    else if (stop_threads(&c))
        release_threads(&c, write_core(&c));
}

/* --- /proc/sys/kernel ------------------------------------------------------ */

static int show_pattern(struct proc_text *t, unused_arg void *unused)
{
    char copy[PATTERN_MAX];

    spin_lock(&pattern_lock);
    memcpy(copy, pattern, sizeof(copy));
    spin_unlock(&pattern_lock);
    proc_print(t, "%s\n", copy);
    return 0;
}

/* Programs that take the core from a pipe are not started here. */
static int store_pattern(const char *text, size_t n, unused_arg void *unused)
{
    char copy[PATTERN_MAX] = { 0 };

    if (text[0] == '|')
        return -EINVAL;
    n = MIN(n, PATTERN_MAX - 1ul);
    for (size_t i = 0; i < n && text[i] != '\n'; i++)
        copy[i] = text[i];
    spin_lock(&pattern_lock);
    memcpy(pattern, copy, sizeof(pattern));
    spin_unlock(&pattern_lock);
    return 0;
}

static int show_uses_pid(struct proc_text *t, unused_arg void *unused)
{
    proc_print(t, "%u\n", READ_ONCE(uses_pid));
    return 0;
}

static int store_uses_pid(const char *text, unused_arg size_t n,
                          unused_arg void *unused)
{
    u64 value;

    if (str_to_u64(&text, &value) || (*text && *text != '\n'))
        return -EINVAL;
    WRITE_ONCE(uses_pid, value != 0);
    return 0;
}

static const struct proc_file files[] = {
    { .name = "sys/kernel/core_pattern", .mode = S_IFREG | 0644,
      .show = show_pattern, .store = store_pattern },
    { .name = "sys/kernel/core_uses_pid", .mode = S_IFREG | 0644,
      .show = show_uses_pid, .store = store_uses_pid },
    { 0 }
};

void coredump_init(void)
{
    procfs_add(files);
}

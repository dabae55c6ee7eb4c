/*
 * lwp.c - processes and threads as objects: made, counted, added to and taken
 * from their group, freed.
 */
#include "lwp/lwp.h"

#include "kernel/fs/cred.h"
#include "kernel/fs/file.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/sched.h"
#include "kernel/time.h"
#include "lwp/limits.h"
#include "lwp/pid.h"
#include "lwp/ptrace.h"
#include "lwp/sysv_sem.h"
#include "lwp/wait.h"

static struct cache lwp_cache = CACHE("lwp", struct lwp);
static struct cache thread_cache = CACHE("lwp_thread", struct lwp_thread);

/* --- processes ----------------------------------------------------------- */

static void inherit(struct lwp *lwp, const struct lwp *parent)
{
    memcpy(lwp->rlimits, parent->rlimits, sizeof(lwp->rlimits));
    memcpy(lwp->cmd, parent->cmd, sizeof(lwp->cmd));
    lwp->uid = parent->uid;
    lwp->personality = parent->personality;
    lwp->oom_adjust = parent->oom_adjust;
    lwp->dumpable = parent->dumpable;
    lwp->no_new_privs = parent->no_new_privs;
    lwp->has_subreaper = parent->has_subreaper || parent->subreaper;
}

struct lwp *lwp_create(struct lwp *parent)
{
    struct lwp *lwp = cache_zalloc(&lwp_cache);

    if (!lwp)
        return NULL;
    lwp->ref = 1;
    lwp->start_time = time_now();
    list_init(&lwp->reports);
    list_init(&lwp->tracees);
    list_init(&lwp->report_node);
    list_init(&lwp->pgrp_node);
    list_init(&lwp->t_grp);
    waitq_init(&lwp->waitpid_waiters);
    waitq_init(&lwp->exit_waiters);
    waitq_init(&lwp->group_waiters);
    spin_init(&lwp->lock, RANK_LWP);
    lwp_timers_init(lwp);
    if (parent)
        inherit(lwp, parent);
    else
        limits_init(lwp);
    return lwp;
}

void lwp_put(struct lwp *lwp)
{
    if (__atomic_sub_fetch(&lwp->ref, 1, __ATOMIC_ACQ_REL))
        return;
    assert(list_empty(&lwp->t_grp) && !lwp->vm && !lwp->first_child);
    cache_free(&lwp_cache, lwp);
}

void lwp_set_name(struct lwp_thread *t, const char *name)
{
    struct lwp *lwp = t->lwp;

    spin_lock(&lwp->lock);
    thread_set_name(&t->thread, name);
    if (t->tid == lwp->pid)
        str_copy(lwp->cmd, name, sizeof(lwp->cmd));
    spin_unlock(&lwp->lock);
}

struct vm *lwp_get_vm(struct lwp *lwp)
{
    struct vm *vm;

    spin_lock(&lwp->lock);
    vm = lwp->vm;
    if (vm)
        vm_get(vm);
    spin_unlock(&lwp->lock);
    return vm;
}

struct vm_limits lwp_vm_limits(void)
{
    struct lwp *lwp = current_lwp();

    return (struct vm_limits){
        .as = lwp_limit(lwp, RLIMIT_AS),
        .data = lwp_limit(lwp, RLIMIT_DATA),
        .stack = lwp_limit(lwp, RLIMIT_STACK),
        .memlock = cred_is_root(current_cred()) ? RLIM_INFINITY
                 : lwp_limit(lwp, RLIMIT_MEMLOCK),
    };
}

/* --- what they have used ------------------------------------------------- */

static void add_thread_usage(struct lwp_usage *sum, struct lwp_thread *t)
{
    nsec_t user;
    nsec_t total = sched_cpu_time(&t->thread, &user);

    sum->user += user;
    sum->system += total - user;
    sum->minor_faults += t->minor_faults;
    sum->major_faults += t->major_faults;
    sum->switches_wanted += t->thread.switches_wanted;
    sum->switches_forced += t->thread.switches_forced;
}

void lwp_usage(struct lwp *lwp, struct lwp_usage *out)
{
    struct lwp_thread *t;

    spin_lock(&lwp->lock);
    *out = lwp->usage;
    list_for_each(t, &lwp->t_grp, t_grp_node)
        add_thread_usage(out, t);
    if (lwp->vm)
        out->max_resident = MAX(out->max_resident,
                                READ_ONCE(lwp->vm->peak_resident));
    spin_unlock(&lwp->lock);
}

void lwp_thread_usage(struct lwp_thread *t, struct lwp_usage *out)
{
    *out = (struct lwp_usage){ 0 };
    add_thread_usage(out, t);
}

/* --- threads ------------------------------------------------------------- */

/* The scheduler's last reference is gone. */
static void thread_destroy(struct thread *thread)
{
    struct lwp_thread *t = container_of(thread, struct lwp_thread, thread);

    if (thread->fs_task)
        fs_task_destroy(thread->fs_task);
    ptrace_free(t);
    lwp_put(t->lwp);
    cache_free(&thread_cache, t);
}

int lwp_thread_create(struct lwp *lwp, struct pid *id, void (*entry)(void *),
                      struct lwp_thread **out)
{
    struct lwp_thread *t = cache_zalloc(&thread_cache);
    int error = -ENOMEM;

    if (!t)
        return error;
    error = thread_init(&t->thread, current_thread()->name, entry, t,
                        thread_destroy);
    if (error)
        goto free_thread;
    if (!id) {
        error = lwp_pid_get(&id);
        if (error)
            goto abandon;
    }
    t->pid_entry = id;
    t->tid = pid_number(id);
    t->lwp = lwp;
    lwp_get(lwp);
    list_init(&t->t_grp_node);
    *out = t;
    return 0;

abandon:
    t->lwp = lwp;
    lwp_get(lwp);
    thread_abandon(&t->thread);
    return error;
free_thread:
    cache_free(&thread_cache, t);
    return error;
}

/* Is the thread called by its process's number? Then that outlives it. */
static bool is_leader(const struct lwp_thread *t)
{
    return t->pid_entry == t->lwp->pid_entry;
}

void lwp_thread_abandon(struct lwp_thread *t)
{
    user_count_remove(t->user);
    if (t->sem_undos)
        sem_undo_leave(t);
    if (t->ptrace)
        ptrace_abandon(t);
    if (!is_leader(t))
        lwp_pid_put(t->pid_entry);
    thread_abandon(&t->thread);
}

int lwp_thread_add(struct lwp_thread *t, sigset_t blocked)
{
    struct lwp *lwp = t->lwp;
    bool room;

    spin_lock(&lwp->lock);
    room = !lwp->group_exiting && !lwp->exec_thread;
    if (room) {
        list_add_tail(&lwp->t_grp, &t->t_grp_node);
        lwp->thread_count++;
        lwp_thread_signal_add(t, blocked);
    }
    spin_unlock(&lwp->lock);
    if (!room)
        return -EAGAIN;
    pid_set_thread(t->pid_entry, t);
    return 0;
}

bool lwp_thread_remove(struct lwp_thread *t, lwp_status_t status)
{
    struct lwp *lwp = t->lwp;
    bool last;

    pid_set_thread(t->pid_entry, NULL);
    if (unlikely(t->ptrace || !list_empty(&lwp->tracees)))
        ptrace_thread_ended(t, status);
    lwp_thread_signal_remove(t);
    user_count_remove(t->user);
    t->user = NULL;
    spin_lock(&lwp->lock);
    add_thread_usage(&lwp->usage, t);
    list_remove(&t->t_grp_node);
    last = --lwp->thread_count == 0;
    waitq_wake_all(&lwp->group_waiters, 0);
    spin_unlock(&lwp->lock);
    if (!is_leader(t))
        lwp_pid_put(t->pid_entry);
    return last;
}

struct lwp_thread *lwp_main_thread_locked(struct lwp *lwp)
{
    assert(spin_held(&lwp->lock));
    return list_first(&lwp->t_grp, struct lwp_thread, t_grp_node);
}

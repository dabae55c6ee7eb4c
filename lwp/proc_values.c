/*
 * proc_values.c - files of /proc/<pid> that hold a value or two: comm,
 * children, personality, oom_score and oom_score_adj (proc(5)).
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "lwp/oom.h"
#include "lwp/proc.h"
#include "lwp/wait.h"
#include "mm/alloc.h"

int proc_show_comm(struct proc_text *t, void *handle)
{
    struct proc_handle *h = handle;

    proc_print(t, "%s\n", h->thread ? h->thread->thread.name : h->lwp->cmd);
    return 0;
}

/* As prctl(PR_SET_NAME), for the threads of one's own process; longer names are
 * cut. */
int proc_store_comm(const char *text, size_t n, void *handle)
{
    const struct proc_handle *h = handle;
    struct lwp_thread *t;
    char name[THREAD_NAME_MAX];

    if (h->lwp != current_lwp())
        return -EINVAL;
    t = proc_hold_thread(h);
    if (!t)
        return -ESRCH;
    if (n && text[n - 1] == '\n')
        n--;
    str_copy(name, text, MIN(n + 1, sizeof(name)));
    lwp_set_name(t, name);
    thread_put(&t->thread);
    return 0;
}

/* The children that a thread has made. */
int proc_show_children(struct proc_text *t, void *handle)
{
    const struct proc_handle *h = handle;
    pid_t tid = h->thread ? h->thread->tid : h->lwp->pid;

    spin_lock(&proc_tree_lock);
    for (struct lwp *child = h->lwp->first_child; child; child = child->sibling)
        if (child->parent_tid == tid)
            proc_print(t, "%d ", child->pid);
    spin_unlock(&proc_tree_lock);
    return 0;
}

int proc_show_personality(struct proc_text *t, void *handle)
{
    proc_print(t, "%08x\n", ((struct proc_handle *)handle)->lwp->personality);
    return 0;
}

/* --- out of memory ------------------------------------------------------- */

/* In thousandths of all memory. */
int proc_show_oom_score(struct proc_text *t, void *handle)
{
    u64 pages = lwp_oom_badness(((struct proc_handle *)handle)->lwp);

    proc_print(t, "%lu\n", pages * 1000 / pages_total());
    return 0;
}

int proc_show_oom_adjust(struct proc_text *t, void *handle)
{
    proc_print(t, "%d\n", ((struct proc_handle *)handle)->lwp->oom_adjust);
    return 0;
}

/* Only the superuser makes a process safer than it is. */
int proc_store_oom_adjust(const char *text, unused_arg size_t n, void *handle)
{
    struct lwp *lwp = ((struct proc_handle *)handle)->lwp;
    bool negative = *text == '-';
    u64 value;
    s16 adjust;

    text += negative;
    if (str_to_u64(&text, &value) || value > 1000)
        return -EINVAL;
    adjust = negative ? -(s16)value : (s16)value;
    if (adjust < lwp->oom_adjust && !cred_is_root(current_cred()))
        return -EACCES;
    WRITE_ONCE(lwp->oom_adjust, adjust);
    return 0;
}

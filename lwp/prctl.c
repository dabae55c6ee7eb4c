/*
 * prctl.c - prctl(2): what a process says of itself.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "lwp/lwp.h"
#include "lwp/syscall.h"
#include "lwp/wait.h"
#include "mm/uaccess.h"

#define PR_SET_PDEATHSIG        1
#define PR_GET_PDEATHSIG        2
#define PR_GET_DUMPABLE         3
#define PR_SET_DUMPABLE         4
#define PR_SET_NAME             15
#define PR_GET_NAME             16
#define PR_CAPBSET_READ         23
#define PR_SET_TIMERSLACK       29
#define PR_GET_TIMERSLACK       30
#define PR_SET_CHILD_SUBREAPER  36
#define PR_GET_CHILD_SUBREAPER  37
#define PR_SET_NO_NEW_PRIVS     38
#define PR_GET_NO_NEW_PRIVS     39
#define PR_GET_TID_ADDRESS      40

/* --- names --------------------------------------------------------------- */

static long set_name(uptr_t from)
{
    struct lwp_thread *t = current_lwp_thread();
    char name[THREAD_NAME_MAX];
    ssize_t n = strncpy_from_user(name, (ustr_t)from, sizeof(name));

    if (n < 0 && n != -ENAMETOOLONG)
        return n;
    name[sizeof(name) - 1] = '\0';
    lwp_set_name(t, name);
    return 0;
}

static long get_name(uptr_t to)
{
    char name[THREAD_NAME_MAX] = { 0 };

    str_copy(name, current_thread()->name, sizeof(name));
    return copy_to_user(to, name, sizeof(name));
}

/* --- the family ---------------------------------------------------------- */

static long set_parent_death_signal(u64 signo)
{
    if (signo && !signal_valid(signo))
        return -EINVAL;
    spin_lock(&proc_tree_lock);
    current_lwp()->parent_death_signal = signo;
    spin_unlock(&proc_tree_lock);
    return 0;
}

static long put_int(uptr_t to, s32 value)
{
    return copy_to_user(to, &value, sizeof(value));
}

/* Children made before know nothing of it: mark them all. */
static long set_subreaper(bool on)
{
    struct lwp *top = current_lwp(), *p = top;

    spin_lock(&proc_tree_lock);
    top->subreaper = on;
    while (on && p) {
        if (p != top)
            p->has_subreaper = true;
        if (p->first_child) {
            p = p->first_child;
            continue;
        }
        while (p != top && !p->sibling)
            p = p->parent;
        p = p == top ? NULL : p->sibling;
    }
    spin_unlock(&proc_tree_lock);
    return 0;
}

/* --- timers ---------------------------------------------------------------- */

#define USUAL_SLACK 50000       /* ns; Linux's */

/* How late the thread's sleeps may end.  It is a permission that timers here,
 * which are exact, make no use of; children inherit it. */
static long timer_slack(void)
{
    u64 slack = current_lwp_thread()->timer_slack;

    return slack ? slack : USUAL_SLACK;
}

static long set_timer_slack(u64 slack)
{
    struct lwp_thread *t = current_lwp_thread();

    t->timer_slack = slack ? slack : t->default_slack;
    return 0;
}

/* --- the call ------------------------------------------------------------ */

static long set_flag(bool *flag, u64 value, u64 most)
{
    if (value > most)
        return -EINVAL;
    *flag = value;
    return 0;
}

long sys_prctl(int option, u64 arg2, u64 arg3, u64 arg4, u64 arg5)
{
    struct lwp *lwp = current_lwp();

    switch (option) {
    case PR_SET_PDEATHSIG:
        return set_parent_death_signal(arg2);
    case PR_GET_PDEATHSIG:
        return put_int(uptr(arg2), lwp->parent_death_signal);
    case PR_GET_DUMPABLE:
        return lwp->dumpable;
    case PR_SET_DUMPABLE:
        return set_flag(&lwp->dumpable, arg2, 1);
    case PR_SET_NAME:
        return set_name(uptr(arg2));
    case PR_GET_NAME:
        return get_name(uptr(arg2));
    case PR_CAPBSET_READ:
        return arg2 <= 40 ? 1 : -EINVAL;
    case PR_SET_TIMERSLACK:
        return set_timer_slack(arg2);
    case PR_GET_TIMERSLACK:
        return timer_slack();
    case PR_SET_CHILD_SUBREAPER:
        return set_subreaper(arg2);
    case PR_GET_CHILD_SUBREAPER:
        return put_int(uptr(arg2), lwp->subreaper);
    case PR_SET_NO_NEW_PRIVS:
        if (arg2 != 1 || arg3 || arg4 || arg5)
            return -EINVAL;
        return set_flag(&lwp->no_new_privs, 1, 1);
    case PR_GET_NO_NEW_PRIVS:
        return arg2 || arg3 || arg4 || arg5 ? -EINVAL : lwp->no_new_privs;
    case PR_GET_TID_ADDRESS:
        return copy_to_user(uptr(arg2), &current_lwp_thread()->clear_child_tid,
                            sizeof(u64));
    }
    return -EINVAL;
}

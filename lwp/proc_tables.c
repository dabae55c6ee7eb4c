/*
 * proc_tables.c - Larch's own view: /proc/lwps (every thread), /proc/groups and
 * /proc/sessions, each a table with a line of titles.
 */
#include "kernel/fs/tty.h"
#include "kernel/lib/string.h"
#include "kernel/sched.h"
#include "lwp/pid.h"
#include "lwp/proc.h"
#include "lwp/wait.h"

/* As many as RT-Thread has: its priority P is 32 - P of POSIX's real-time ones
 * (user/lib/rt/thread.c). */
#define RT_PRIORITIES   32

/* --- threads ------------------------------------------------------------- */

/* As ps(1) has them: its state, s for a session leader, l for one of several
 * threads, + in the foreground of its terminal. */
struct marks {
    char text[5];
};

static struct marks marks_of(char state, bool leader, bool several,
                             bool foreground)
{
    struct marks m = { { state } };
    char *c = m.text + 1;

    if (leader)
        *c++ = 's';
    if (several)
        *c++ = 'l';
    if (foreground)
        *c++ = '+';
    return m;
}

/* What follows the ids.  The priority is RT-Thread's: 0 to 31, the least being
 * the most urgent, below 0 for what POSIX can say beyond that, and - for who
 * has no real-time priority.  An inherited one counts. */
static void print_state(struct proc_text *text, const struct thread *t,
                        struct marks m)
{
    unsigned urgent = urgency(t);

    proc_print(text, " %-4s", m.text);
    if (urgent)
        proc_print(text, " %3d", RT_PRIORITIES - (int)urgent);
    else
        proc_print(text, "   -");
    proc_print(text, " %4lu", t->hart->arch.id);
}

static void print_kernel_thread(struct thread *t, void *text)
{
    struct marks m = marks_of(proc_thread_state(t), false, false, false);

    if (t->fs_task)
        return;
    proc_print(text, "    0     0     0     0     0");
    print_state(text, t, m);
    proc_print(text, " %4u [%s]\n", READ_ONCE(t->refs), t->name);
}

static bool in_foreground(struct lwp *lwp)
{
    bool yes;

    spin_lock(&session_lock);
    yes = lwp->session && lwp->session->tty &&
          tty_foreground(lwp->session->tty) == lwp->pgid;
    spin_unlock(&session_lock);
    return yes;
}

static void print_ids(struct proc_text *t, const struct lwp *lwp, pid_t tid)
{
    proc_print(t, "%5d %5d %5d %5d %5d", lwp->pid, tid, READ_ONCE(lwp->ppid),
               READ_ONCE(lwp->pgid), READ_ONCE(lwp->sid));
}

static void print_thread(struct proc_text *text, struct lwp_thread *t,
                         bool foreground)
{
    struct lwp *lwp = t->lwp;
    struct marks m = marks_of(proc_thread_letter(t), lwp->sid == lwp->pid,
                              READ_ONCE(lwp->thread_count) > 1, foreground);

    print_ids(text, lwp, t->tid);
    print_state(text, &t->thread, m);
    proc_print(text, " %4u %s\n", READ_ONCE(t->thread.refs) - 1,
               t->thread.name);
}

static void print_zombie(struct proc_text *text, struct lwp *lwp,
                         bool foreground)
{
    struct marks m = marks_of('Z', lwp->sid == lwp->pid, false, foreground);

    print_ids(text, lwp, lwp->pid);
    proc_print(text, " %-4s   -    - %4u %s\n", m.text, READ_ONCE(lwp->ref) - 1,
               lwp->cmd);
}

static void print_lwp(struct proc_text *text, struct lwp *lwp)
{
    bool foreground = in_foreground(lwp);

    if (READ_ONCE(lwp->thread_count) == 0)
        print_zombie(text, lwp, foreground);
    for (pid_t tid = 0; (tid = proc_next_thread(lwp, tid)) > 0; tid++) {
        struct lwp_thread *t = lwp_thread_lookup(tid);

        if (t && t->lwp == lwp)
            print_thread(text, t, foreground);
        if (t)
            thread_put(&t->thread);
    }
}

int proc_show_lwps(struct proc_text *t, unused_arg void *unused)
{
    struct lwp *lwp;

    if (!t->from) {
        proc_print(t, "  PID   TID  PPID  PGID   SID STAT PRI HART REFS NAME\n");
        for (unsigned i = 0; i < hart_count; i++)
            if (harts[i].online)
                print_kernel_thread(harts[i].idle, t);
        thread_for_each(print_kernel_thread, t);
    }
    for (pid_t pid = t->from; (lwp = lwp_lookup_next(pid)); lwp_put(lwp)) {
        pid = lwp->pid + 1;
        print_lwp(t, lwp);
        if (proc_text_full(t))
            t->next = pid;
        if (t->next)
            pid = PID_MAX;
    }
    return 0;
}

/* --- groups and sessions ------------------------------------------------- */

int proc_show_groups(struct proc_text *t, unused_arg void *unused)
{
    struct pgrp *g;

    proc_print(t, " PGID   SID FG MEMBERS STOPPED\n");
    spin_lock(&session_lock);
    for (pid_t from = 1; (g = pid_find_next_pgrp(from)); from = g->pgid + 1) {
        struct tty *tty = g->session->tty;
        unsigned members = 0, stopped = 0;
        struct lwp *p;

        list_for_each(p, &g->members, pgrp_node) {
            members++;
            stopped += job_stopped(p);
        }
        proc_print(t, "%5d %5d  %c %7u %7u\n", g->pgid, g->session->sid,
                   tty && tty_foreground(tty) == g->pgid ? '+' : '-', members,
                   stopped);
    }
    spin_unlock(&session_lock);
    return 0;
}

int proc_show_sessions(struct proc_text *t, unused_arg void *unused)
{
    struct session *s;

    proc_print(t, "  SID LEADER     TTY    FG GROUPS\n");
    spin_lock(&session_lock);
    for (pid_t from = 1; (s = pid_find_next_session(from)); from = s->sid + 1) {
        dev_t dev = s->tty ? tty_number(s->tty) : 0;
        unsigned groups = 0;
        struct list *node;

        for (node = s->groups.next; node != &s->groups; node = node->next)
            groups++;
        proc_print(t, "%5d %6d %3u:%-3u %5d %6u\n", s->sid,
                   s->leader ? s->leader->pid : 0, dev_major(dev),
                   dev_minor(dev), s->tty ? tty_foreground(s->tty) : 0, groups);
    }
    spin_unlock(&session_lock);
    return 0;
}

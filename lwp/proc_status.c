/*
 * proc_status.c - /proc/<pid>/stat, status and their kind (proc(5)), in the
 * formats that ps and top parse.
 */
#include "kernel/fs/tty.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/sched.h"
#include "kernel/time.h"
#include "lwp/proc.h"
#include "lwp/ptrace.h"
#include "lwp/session.h"
#include "lwp/wait.h"

#define TICK (NSEC_PER_SEC / 100)       /* sysconf(_SC_CLK_TCK) is 100 */

/* What one reading of a process gathers. */
struct snapshot {
    char name[THREAD_NAME_MAX];
    char state;
    pid_t id, pid, ppid, pgid, sid, tracer;
    unsigned threads;
    int priority, nice;
    unsigned policy, rt_priority, hart;
    u64 tty;                            /* device number, 0: none */
    pid_t foreground;                   /* group of that terminal, -1: none */
    int exit_signal;
    struct lwp_usage self, children;
    struct signal_sets signals;
    uid_t uids[4];
    gid_t gids[4];
    struct {
        u64 size, resident, peak, locked, data, stack, text;    /* pages */
        vaddr_t code_start, code_end, data_start, data_end, stack_top,
            heap_start, arg_start, arg_end, env_start, env_end;
    } vm;
};

/* --- gathering ----------------------------------------------------------- */

char proc_thread_state(const struct thread *t)
{
    switch (READ_ONCE(t->state)) {
    case THREAD_SLEEPING:
        return t->sleep == WAIT_UNINTERRUPTIBLE ? 'D' : 'S';
    case THREAD_EXITED:
        return 'Z';
    default:
        return 'R';
    }
}

char proc_thread_letter(struct lwp_thread *t)
{
    bool tracing_stop;

    if (!ptrace_describe(t, &tracing_stop) && job_stopped(t->lwp))
        return 'T';
    return tracing_stop ? 't' : proc_thread_state(&t->thread);
}

static void read_thread(struct snapshot *s, struct lwp_thread *t)
{
    struct cred *c = cred_of(&t->fs_task);
    bool tracing_stop;

    s->id = t->tid;
    s->tracer = ptrace_describe(t, &tracing_stop);
    s->state = proc_thread_letter(t);
    s->nice = t->thread.nice;
    s->policy = t->thread.policy;
    s->rt_priority = t->thread.rt_priority;
    s->priority = s->rt_priority ? -1 - (int)s->rt_priority : 20 + s->nice;
    s->hart = t->thread.hart->arch.id;
    str_copy(s->name, t->thread.name, sizeof(s->name));
    signal_read_sets(t, &s->signals);
    memcpy(s->uids, (uid_t[]){ c->uid, c->euid, c->suid, c->fsuid },
           sizeof(s->uids));
    memcpy(s->gids, (gid_t[]){ c->gid, c->egid, c->sgid, c->fsgid },
           sizeof(s->gids));
    cred_put(c);
}

static void read_terminal(struct snapshot *s, struct lwp *lwp)
{
    s->foreground = -1;
    spin_lock(&session_lock);
    if (lwp->session && lwp->session->tty && !lwp->left_tty) {
        s->tty = tty_number(lwp->session->tty);
        s->foreground = tty_foreground(lwp->session->tty);
    }
    spin_unlock(&session_lock);
}

static void read_memory(struct snapshot *s, struct lwp *lwp)
{
    struct vm *vm = lwp_get_vm(lwp);

    if (!vm)
        return;
    s->vm.size = vm->total_pages;
    s->vm.resident = READ_ONCE(vm->resident);
    s->vm.peak = READ_ONCE(vm->peak_resident);
    s->vm.locked = vm->locked_pages;
    s->vm.data = vm->data_pages;
    s->vm.text = (vm->code_end - vm->code_start) >> PAGE_SHIFT;
    s->vm.code_start = vm->code_start;
    s->vm.code_end = vm->code_end;
    s->vm.data_start = vm->data_start;
    s->vm.data_end = vm->data_end;
    s->vm.stack_top = vm->stack_top;
    s->vm.heap_start = vm->heap_start;
    s->vm.arg_start = vm->arg_start;
    s->vm.arg_end = vm->arg_end;
    s->vm.env_start = vm->env_start;
    s->vm.env_end = vm->env_end;
    vm_put(vm);
}

static void read_process(struct snapshot *s, const struct proc_handle *h)
{
    struct lwp *lwp = h->lwp;
    struct lwp_thread *t = proc_hold_thread(h);

    *s = (struct snapshot){
        .state = 'Z',
        .id = lwp->pid,
        .pid = lwp->pid,
        .ppid = READ_ONCE(lwp->ppid),
        .pgid = lwp->pgid,
        .sid = lwp->sid,
        .threads = READ_ONCE(lwp->thread_count),
        .priority = 20,
        .uids = { lwp->uid, lwp->uid, lwp->uid, lwp->uid },
    };
    str_copy(s->name, lwp->cmd, sizeof(s->name));
    if (t) {
        read_thread(s, t);
        thread_put(&t->thread);
    }
    if (!h->thread)
        s->id = lwp->pid;
    if (h->thread)
        lwp_thread_usage(h->thread, &s->self);
    else
        lwp_usage(lwp, &s->self);
    spin_lock(&proc_tree_lock);
    s->children = lwp->child_usage;
    s->exit_signal = lwp->exit_signal;
    spin_unlock(&proc_tree_lock);
    read_terminal(s, lwp);
    read_memory(s, lwp);
}

/* --- printing ------------------------------------------------------------ */

static int print_stat(struct proc_text *t, const struct snapshot *s,
                      nsec_t start)
{
    proc_print(t, "%d (%s) %c %d %d %d %lu %d 0 ", s->id, s->name, s->state,
               s->ppid, s->pgid, s->sid, s->tty, s->foreground);
    proc_print(t, "%lu %lu %lu %lu ", s->self.minor_faults,
               s->children.minor_faults, s->self.major_faults,
               s->children.major_faults);
    proc_print(t, "%lu %lu %lu %lu ", s->self.user / TICK,
               s->self.system / TICK, s->children.user / TICK,
               s->children.system / TICK);
    proc_print(t, "%d %d %u 0 %lu ", s->priority, s->nice, s->threads,
               start / TICK);
    proc_print(t, "%lu %lu %lu ", s->vm.size << PAGE_SHIFT, s->vm.resident,
               RLIM_INFINITY);
    proc_print(t, "%lu %lu %lu 0 0 ", s->vm.code_start, s->vm.code_end,
               s->vm.stack_top);
    proc_print(t, "%lu %lu %lu %lu 0 0 0 ",
               s->signals.pending & 0x7fffffff, s->signals.blocked & 0x7fffffff,
               s->signals.ignored & 0x7fffffff, s->signals.caught & 0x7fffffff);
    proc_print(t, "%d %u %u %u 0 0 0 ", s->exit_signal, s->hart,
               s->rt_priority, s->policy);
    proc_print(t, "%lu %lu %lu %lu %lu %lu %lu 0\n", s->vm.data_start,
               s->vm.data_end, s->vm.heap_start, s->vm.arg_start,
               s->vm.arg_end, s->vm.env_start, s->vm.env_end);
    return 0;
}

int proc_show_stat(struct proc_text *t, void *handle)
{
    struct proc_handle *h = handle;
    struct snapshot s;

    read_process(&s, h);
    return print_stat(t, &s, h->lwp->start_time);
}

static const char *state_words(char state)
{
    switch (state) {
    case 'R':
        return "R (running)";
    case 'S':
        return "S (sleeping)";
    case 'D':
        return "D (disk sleep)";
    case 'T':
        return "T (stopped)";
    case 't':
        return "t (tracing stop)";
    default:
        return "Z (zombie)";
    }
}

static void print_memory(struct proc_text *t, const struct snapshot *s)
{
    if (s->state == 'Z')
        return;
    proc_print(t, "VmSize:\t%8lu kB\n", s->vm.size * 4);
    proc_print(t, "VmLck:\t%8lu kB\n", s->vm.locked * 4);
    proc_print(t, "VmHWM:\t%8lu kB\n", s->vm.peak * 4);
    proc_print(t, "VmRSS:\t%8lu kB\n", s->vm.resident * 4);
    proc_print(t, "VmData:\t%8lu kB\n", s->vm.data * 4);
    proc_print(t, "VmExe:\t%8lu kB\n", s->vm.text * 4);
}

static void print_signals(struct proc_text *t, const struct snapshot *s,
                          const struct lwp *lwp)
{
    proc_print(t, "SigQ:\t%u/%lu\n", s->signals.queued,
               lwp_limit(lwp, RLIMIT_SIGPENDING));
    proc_print(t, "SigPnd:\t%016lx\n", s->signals.pending);
    proc_print(t, "ShdPnd:\t%016lx\n", s->signals.shared);
    proc_print(t, "SigBlk:\t%016lx\n", s->signals.blocked);
    proc_print(t, "SigIgn:\t%016lx\n", s->signals.ignored);
    proc_print(t, "SigCgt:\t%016lx\n", s->signals.caught);
}

int proc_show_status(struct proc_text *t, void *handle)
{
    struct proc_handle *h = handle;
    struct snapshot s;

    read_process(&s, h);
    proc_print(t, "Name:\t%s\n", s.name);
    proc_print(t, "State:\t%s\n", state_words(s.state));
    proc_print(t, "Tgid:\t%d\nPid:\t%d\nPPid:\t%d\nTracerPid:\t%d\n", s.pid,
               s.id, s.ppid, s.tracer);
    proc_print(t, "Uid:\t%u\t%u\t%u\t%u\n", s.uids[0], s.uids[1], s.uids[2],
               s.uids[3]);
    proc_print(t, "Gid:\t%u\t%u\t%u\t%u\n", s.gids[0], s.gids[1], s.gids[2],
               s.gids[3]);
    print_memory(t, &s);
    proc_print(t, "Threads:\t%u\n", s.threads);
    print_signals(t, &s, h->lwp);
    proc_print(t, "NoNewPrivs:\t%d\n", h->lwp->no_new_privs);
    proc_print(t, "voluntary_ctxt_switches:\t%lu\n", s.self.switches_wanted);
    proc_print(t, "nonvoluntary_ctxt_switches:\t%lu\n",
               s.self.switches_forced);
    return 0;
}

int proc_show_statm(struct proc_text *t, void *handle)
{
    struct snapshot s;

    read_process(&s, handle);
    proc_print(t, "%lu %lu 0 %lu 0 %lu 0\n", s.vm.size, s.vm.resident,
               s.vm.text, s.vm.data);
    return 0;
}

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

/* --- limits -------------------------------------------------------------- */

static void print_limit(struct proc_text *t, u64 value)
{
    if (value == RLIM_INFINITY)
        proc_print(t, "%-20s ", "unlimited");
    else
        proc_print(t, "%-20lu ", value);
}

int proc_show_limits(struct proc_text *t, void *handle)
{
    static const struct {
        const char *name, *unit;
    } kinds[RLIMIT_COUNT] = {
        [RLIMIT_CPU] = { "Max cpu time", "seconds" },
        [RLIMIT_FSIZE] = { "Max file size", "bytes" },
        [RLIMIT_DATA] = { "Max data size", "bytes" },
        [RLIMIT_STACK] = { "Max stack size", "bytes" },
        [RLIMIT_CORE] = { "Max core file size", "bytes" },
        [RLIMIT_RSS] = { "Max resident set", "bytes" },
        [RLIMIT_NPROC] = { "Max processes", "processes" },
        [RLIMIT_NOFILE] = { "Max open files", "files" },
        [RLIMIT_MEMLOCK] = { "Max locked memory", "bytes" },
        [RLIMIT_AS] = { "Max address space", "bytes" },
        [RLIMIT_LOCKS] = { "Max file locks", "locks" },
        [RLIMIT_SIGPENDING] = { "Max pending signals", "signals" },
        [RLIMIT_MSGQUEUE] = { "Max msgqueue size", "bytes" },
        [RLIMIT_NICE] = { "Max nice priority", "" },
        [RLIMIT_RTPRIO] = { "Max realtime priority", "" },
        [RLIMIT_RTTIME] = { "Max realtime timeout", "us" },
    };
    const struct lwp *lwp = ((struct proc_handle *)handle)->lwp;

    proc_print(t, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit",
               "Hard Limit", "Units");
    for (unsigned i = 0; i < RLIMIT_COUNT; i++) {
        proc_print(t, "%-25s ", kinds[i].name);
        print_limit(t, lwp->rlimits[i].cur);
        print_limit(t, lwp->rlimits[i].max);
        proc_print(t, "%-10s\n", kinds[i].unit);
    }
    return 0;
}

/*
 * proc_status.c - /proc/<pid>/stat, status and their kind (proc(5)), in the
 * formats that ps and top parse.
 */
#include "kernel/fs/fdtable.h"
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
    int exit_signal, exit_code;
    struct lwp_usage self, children;
    struct signal_sets signals;
    u64 affinity;
    struct {
        u64 size, resident, peak, locked, data, text;   /* pages */
    } vm;
    struct {
        vaddr_t code_start, code_end, data_start, data_end, stack_top,
            heap_start, arg_start, arg_end, env_start, env_end;
    } at;
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
    int urgent = urgency(&t->thread);
    bool tracing_stop;

    s->id = t->tid;
    s->tracer = ptrace_describe(t, &tracing_stop);
    s->state = proc_thread_letter(t);
    s->nice = t->thread.nice;
    s->policy = t->thread.policy;
    s->rt_priority = t->thread.rt_priority;
    s->priority = urgent ? -1 - urgent : 20 + s->nice;
    s->hart = t->thread.hart->arch.id;
    str_copy(s->name, t->thread.name, sizeof(s->name));
    signal_read_sets(t, &s->signals);
    s->affinity = READ_ONCE(t->thread.affinity) & hart_online_mask();
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
    s->at.code_start = vm->code_start;
    s->at.code_end = vm->code_end;
    s->at.data_start = vm->data_start;
    s->at.data_end = vm->data_end;
    s->at.stack_top = vm->stack_top;
    s->at.heap_start = vm->heap_start;
    s->at.arg_start = vm->arg_start;
    s->at.arg_end = vm->arg_end;
    s->at.env_start = vm->env_start;
    s->at.env_end = vm->env_end;
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
    s->exit_code = lwp->lwp_status;
    spin_unlock(&proc_tree_lock);
    read_terminal(s, lwp);
    read_memory(s, lwp);
}

/* --- printing ------------------------------------------------------------ */

#define PF_FORKNOEXEC 0x40

static void print_stat(struct proc_text *t, const struct snapshot *s,
                       const struct lwp *lwp)
{
    proc_print(t, "%d (%s) %c %d %d %d %lu %d %u ", s->id, s->name, s->state,
               s->ppid, s->pgid, s->sid, s->tty, s->foreground,
               lwp->execs ? 0 : PF_FORKNOEXEC);
    proc_print(t, "%lu %lu %lu %lu ", s->self.minor_faults,
               s->children.minor_faults, s->self.major_faults,
               s->children.major_faults);
    proc_print(t, "%lu %lu %lu %lu ", s->self.user / TICK,
               s->self.system / TICK, s->children.user / TICK,
               s->children.system / TICK);
    proc_print(t, "%d %d %u 0 %lu ", s->priority, s->nice, s->threads,
               lwp->start_time / TICK);
    proc_print(t, "%lu %lu %lu ", s->vm.size << PAGE_SHIFT, s->vm.resident,
               lwp_limit(lwp, RLIMIT_RSS));
    proc_print(t, "%lu %lu %lu 0 0 ", s->at.code_start, s->at.code_end,
               s->at.stack_top);
    proc_print(t, "%lu %lu %lu %lu %d 0 0 ",
               s->signals.pending & 0x7fffffff, s->signals.blocked & 0x7fffffff,
               s->signals.ignored & 0x7fffffff, s->signals.caught & 0x7fffffff,
               s->state != 'R');
    proc_print(t, "%d %u %u %u 0 0 0 ", s->exit_signal, s->hart,
               s->rt_priority, s->policy);
    proc_print(t, "%lu %lu %lu %lu %lu %lu %lu %d\n", s->at.data_start,
               s->at.data_end, s->at.heap_start, s->at.arg_start,
               s->at.arg_end, s->at.env_start, s->at.env_end,
               s->exit_code);
}

int proc_show_stat(struct proc_text *t, void *handle)
{
    struct proc_handle *h = handle;
    struct snapshot s;

    read_process(&s, h);
    if (ptrace_may_access(h->lwp)) {
        memset(&s.at, 0, sizeof(s.at));
        s.exit_code = 0;
    }
    print_stat(t, &s, h->lwp);
    return 0;
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

static void print_cred(struct proc_text *t, struct fs_task *task)
{
    struct cred *c = cred_of(task);

    proc_print(t, "Uid:\t%u\t%u\t%u\t%u\n", c->uid, c->euid, c->suid,
               c->fsuid);
    proc_print(t, "Gid:\t%u\t%u\t%u\t%u\nGroups:\t", c->gid, c->egid,
               c->sgid, c->fsgid);
    for (unsigned i = 0; i < c->group_count; i++)
        proc_print(t, "%u ", c->groups[i]);
    proc_print(t, "\n");
    cred_put(c);
}

/* What kernel/fs knows of the thread; of a zombie, all that is left. */
static void print_fs_task(struct proc_text *t, const struct proc_handle *h)
{
    struct lwp_thread *thread = proc_hold_thread(h);
    struct fdtable *files = proc_files(h);
    uid_t uid = h->lwp->uid;

    if (thread) {
        print_cred(t, &thread->fs_task);
        proc_print(t, "Umask:\t%04o\n", fs_task_umask(&thread->fs_task));
        thread_put(&thread->thread);
    } else {
        proc_print(t, "Uid:\t%u\t%u\t%u\t%u\n", uid, uid, uid, uid);
    }
    if (files) {
        proc_print(t, "FDSize:\t%u\n", READ_ONCE(files->capacity));
        fdtable_put(files);
    }
}

static void print_memory(struct proc_text *t, const struct snapshot *s,
                         struct lwp *lwp)
{
    struct vm *vm = lwp_get_vm(lwp);
    struct proc_pages pages;

    if (!vm)
        return;
    proc_count_pages(vm, &pages);
    vm_put(vm);
    const struct {
        const char *name;
        u64 pages;
    } lines[] = {
        { "VmSize", s->vm.size },
        { "VmLck", s->vm.locked },
        { "VmHWM", s->vm.peak },
        { "VmRSS", s->vm.resident },
        { "RssAnon", pages.all.resident - pages.all.of_objects },
        { "RssFile", pages.of_files },
        { "RssShmem", pages.all.of_objects - pages.of_files },
        { "VmData", s->vm.data },
        { "VmExe", s->vm.text },
        { "VmSwap", 0 },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(lines); i++)
        proc_print(t, "%s:\t%8lu kB\n", lines[i].name,
                   lines[i].pages * (PAGE_SIZE / 1024));
}

/* A mask of harts, and the same as a list of ranges: "0-2,4". */
static void print_affinity(struct proc_text *t, u64 mask)
{
    const char *comma = "";

    proc_print(t, "Cpus_allowed:\t%lx\nCpus_allowed_list:\t", mask);
    for (unsigned i = 0, end; i < MAX_HARTS && mask >> i; i = end + 1) {
        for (end = i; mask >> end & 1; end++)
            ;
        if (end == i)
            continue;
        proc_print(t, end - i > 1 ? "%s%u-%u" : "%s%u", comma, i, end - 1);
        comma = ",";
    }
    proc_print(t, "\n");
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
    print_fs_task(t, h);
    print_memory(t, &s, h->lwp);
    proc_print(t, "Threads:\t%u\n", s.threads);
    print_signals(t, &s, h->lwp);
    proc_print(t, "NoNewPrivs:\t%d\nSeccomp:\t0\n", h->lwp->no_new_privs);
    print_affinity(t, s.affinity);
    proc_print(t, "voluntary_ctxt_switches:\t%lu\n", s.self.switches_wanted);
    proc_print(t, "nonvoluntary_ctxt_switches:\t%lu\n",
               s.self.switches_forced);
    return 0;
}

int proc_show_statm(struct proc_text *t, void *handle)
{
    struct proc_handle *h = handle;
    struct vm *vm = lwp_get_vm(h->lwp);
    struct proc_pages pages = { .end = 0 };
    struct snapshot s;

    read_process(&s, h);
    if (vm) {
        proc_count_pages(vm, &pages);
        vm_put(vm);
    }
    proc_print(t, "%lu %lu %lu %lu 0 %lu 0\n", s.vm.size, s.vm.resident,
               pages.all.of_objects, s.vm.text, s.vm.data);
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

/*
 * trap.c - what the machine calls for user programs: faults become memory or
 * signals, and the way back to user mode passes here when there is work.
 */
#include "kernel/fs/file.h"
#include "kernel/lib/printf.h"
#include "kernel/log.h"
#include "kernel/sched.h"
#include "lwp/lwp.h"
#include "lwp/ptrace.h"
#include "lwp/report.h"

/* --- faults, in words ---------------------------------------------------- */

struct fault {
    int signo, code;
    vaddr_t address;
    const char *words;
};

static const struct {
    u8 signo, code;
    const char *words;
} causes[] = {
    [CAUSE_FETCH_MISALIGNED] = { SIGBUS, BUS_ADRALN,
                                 "jump to a misaligned address" },
    [CAUSE_FETCH_ACCESS] = { SIGBUS, BUS_ADRERR,
                             "jump to an address without memory" },
    [CAUSE_ILLEGAL] = { SIGILL, ILL_ILLOPC, "illegal instruction" },
    [CAUSE_BREAKPOINT] = { SIGTRAP, TRAP_BRKPT, "breakpoint" },
    [CAUSE_LOAD_MISALIGNED] = { SIGBUS, BUS_ADRALN, "misaligned load" },
    [CAUSE_LOAD_ACCESS] = { SIGBUS, BUS_ADRERR,
                            "load from an address without memory" },
    [CAUSE_STORE_MISALIGNED] = { SIGBUS, BUS_ADRALN, "misaligned store" },
    [CAUSE_STORE_ACCESS] = { SIGBUS, BUS_ADRERR,
                             "store to an address without memory" },
};

static void describe_file(const struct area *a, char *buf, size_t size)
{
    const char *part = a->flags & VM_EXEC ? "text" : "data";
    char name[128], *start;

    if (file_format_name(a->file, name, sizeof(name), &start))
        start = "a file";
    kscnprintf(buf, size, ", %s of %s", part, start);
}

/* What lies at an address: ", text of /bin/ls", ", [stack]", or "". */
static void describe_place(struct vm *vm, vaddr_t address, char *buf,
                           size_t size)
{
    struct area *a;

    buf[0] = '\0';
    mutex_lock(&vm->lock);
    a = vm_find_area_locked(vm, address);
    if (a && a->name)
        kscnprintf(buf, size, ", %s", a->name);
    else if (a && a->file)
        describe_file(a, buf, size);
    else if (a)
        kscnprintf(buf, size, ", %s",
                   a->flags & VM_HEAP ? "[heap]" : "anonymous memory");
    mutex_unlock(&vm->lock);
}

/* A program that has a handler, or a tracer, is left to it; of others the
 * console tells. */
static bool is_fatal(struct lwp_thread *t, int signo)
{
    struct sigaction action;

    if (lwp_thread_traced(t))
        return false;
    signal_read_action(t->lwp, signo, &action);
    return action.handler == SIG_DFL || action.handler == SIG_IGN ||
           (t->signal.blocked & signal_bit(signo));
}

static void raise(const struct trapframe *tf, const struct fault *f)
{
    struct lwp_thread *t = current_lwp_thread();
    char place[160], calls[200];

    if (is_fatal(t, f->signo)) {
        describe_place(t->lwp->vm, f->address, place, sizeof(place));
        report_calls(tf, calls, sizeof(calls));
        log_limited(LOG_NOTICE, "%s[%d]: %s, %#lx%s (pc %#lx, ra %#lx): %s%s%s",
                    t->thread.name, t->lwp->pid, f->words, f->address, place,
                    trapframe_pc(tf), tf->x[REG_RA], signal_name(f->signo),
                    calls[0] ? ", called from" : "", calls);
    }
    signal_force_fault(f->signo, f->code, f->address);
}

/* --- page faults --------------------------------------------------------- */

static enum vm_access access_of(u64 cause)
{
    if (cause == CAUSE_STORE_PAGE)
        return VM_ACCESS_WRITE;
    return cause == CAUSE_LOAD_PAGE ? VM_ACCESS_READ : VM_ACCESS_EXEC;
}

/* What RLIMIT_AS leaves for the stack. */
static noinline u64 stack_room(struct vm *vm, u64 as)
{
    mutex_lock(&vm->lock);
    const struct area *a = vm_find_area_locked(vm, vm->stack_top - 1);
    u64 stack = a ? a->end - area_start(a) : 0;
    u64 total = vm->total_pages << PAGE_SHIFT;
    mutex_unlock(&vm->lock);
    return stack + (as > total ? as - total : 0);
}

/* How large the stack may become. */
static u64 stack_limit(struct lwp *lwp)
{
    u64 limit = lwp_limit(lwp, RLIMIT_STACK), as = lwp_limit(lwp, RLIMIT_AS);

    return likely(as == RLIM_INFINITY) ? limit
                                       : MIN(limit, stack_room(lwp->vm, as));
}

static noinline void fault_refused(struct trapframe *tf,
                                   const struct vm_fault_info *info)
{
    struct fault f = {
        .signo = info->bus ? SIGBUS : SIGSEGV, .code = info->code,
        .address = tf->tval, .words = info->words,
    };

    /* Someone has been chosen to die.  If it is this process it notices on its
     * way out; else the instruction is tried again. */
    if (info->oom)
        sched_yield();
    else
        raise(tf, &f);
}

static void page_fault(struct trapframe *tf)
{
    struct lwp_thread *t = current_lwp_thread();
    struct vm_fault_info info;

    t->minor_faults++;
    if (unlikely(vm_fault(t->lwp->vm, tf->tval, access_of(tf->cause),
                          stack_limit(t->lwp), &info)))
        fault_refused(tf, &info);
}

/* --- the doors --- */

static noinline void other_trap(struct trapframe *tf)
{
    struct fault f = { SIGILL, ILL_ILLOPC, trapframe_pc(tf), "unknown trap" };

    if (arch_fpu_first_use(tf))
        return;
    if (tf->cause < ARRAY_SIZE(causes) && causes[tf->cause].words) {
        f.signo = causes[tf->cause].signo;
        f.code = causes[tf->cause].code;
        f.words = causes[tf->cause].words;
    }
    if (f.signo == SIGBUS)
        f.address = tf->tval;
    raise(tf, &f);
}

void trap_user(struct trapframe *tf)
{
    if (likely(tf->cause >= CAUSE_FETCH_PAGE && tf->cause <= CAUSE_STORE_PAGE))
        page_fault(tf);
    else
        other_trap(tf);
}

void trap_user_work(struct trapframe *tf)
{
    struct lwp_thread *t = current_lwp_thread();
    u32 flags = READ_ONCE(t->thread.arch.flags);

    /* The frame is whole here: that was all this flag asked for. */
    thread_clear_flags(&t->thread, TF_WHOLE | TF_NOTIFY);
    if (READ_ONCE(t->exiting))
        lwp_thread_exit(0);
    if (flags & (TF_SIGNAL | TF_KILL))
        signal_deliver(tf);
    if (flags & TF_RESCHED)
        sched_preempt();
}

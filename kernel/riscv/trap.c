/*
 * trap.c - traps in C: interrupts and faults are told apart here and handed to
 * the doors of arch.h.  Also the registers of threads: first switch, FP.
 */
#include "kernel/riscv/private.h"

#include "kernel/lib/assert.h"
#include "kernel/lib/string.h"

#define CHECK_OFFSET(type, field, offset) \
    _Static_assert(offsetof(struct type, field) == (offset), #field)

CHECK_OFFSET(arch_hart, user_sp, HART_USER_SP);
CHECK_OFFSET(arch_hart, kstack, HART_KSTACK);
CHECK_OFFSET(arch_hart, thread, HART_THREAD);
CHECK_OFFSET(arch_hart, overflow_stack, HART_OVERFLOW);
CHECK_OFFSET(arch_hart, scratch, HART_SCRATCH);
CHECK_OFFSET(arch_hart, user_ticks, HART_USER_TICKS);
CHECK_OFFSET(arch_hart, hartid, HART_HARTID);
CHECK_OFFSET(arch_thread, sp, THREAD_SP);
CHECK_OFFSET(arch_thread, flags, THREAD_FLAGS);
CHECK_OFFSET(trapframe, x[2], FRAME_X(2));
CHECK_OFFSET(trapframe, status, FRAME_STATUS);
CHECK_OFFSET(trapframe, cause, FRAME_CAUSE);
CHECK_OFFSET(trapframe, tval, FRAME_TVAL);
CHECK_OFFSET(trapframe, whole, FRAME_WHOLE);
CHECK_OFFSET(trapframe, orig_a0, FRAME_ORIG_A0);
_Static_assert(sizeof(struct trapframe) == FRAME_SIZE, "size of a trap frame");
_Static_assert(FRAME_SIZE % 16 == 0, "the stack stays aligned");

void trap_from_user(struct trapframe *tf);
void trap_in_kernel(struct trapframe *tf);
void user_work(struct trapframe *tf);
void system_call_leave(struct trapframe *tf, long result);
noreturn void switched_to_running(void);
noreturn void arch_thread_begin(void (*entry)(void *), void *arg);

static void interrupt(u64 cause)
{
    switch (cause & ~CAUSE_INTERRUPT) {
    case IRQ_TIMER:
        trap_timer();
        break;
    case IRQ_SOFT:
        csr_clear(sip, SIE_SOFT);
        trap_ipi();
        break;
    case IRQ_EXTERNAL:
        trap_external();
        break;
    }
}

/* Whatever must happen before the return to user mode; interrupts disabled,
 * before and after. */
void user_work(struct trapframe *tf)
{
    const u32 *flags = &arch_this_hart->thread->flags;

    while (READ_ONCE(*flags) & ((1u << TF_WORK_BITS) - 1)) {
        irq_enable();
        trap_user_work(tf);
        irq_disable();
    }
}

void trap_from_user(struct trapframe *tf)
{
    if (tf->cause & CAUSE_INTERRUPT) {
        interrupt(tf->cause);
    } else {
        irq_enable();
        trap_user(tf);
        irq_disable();
    }
    user_work(tf);
}

void system_call_leave(struct trapframe *tf, long result)
{
    if (!tf->whole) {
        tf->orig_a0 = tf->x[REG_A0];
        tf->x[REG_A0] = result;
        tf->whole = 1;
    }
    user_work(tf);
}

/*
 * A kernel stack is mapped while other harts may still hold its entry as
 * invalid.  Is the page table's entry good, so that a fence mends it?
 */
static bool is_spurious(const struct trapframe *tf)
{
    if (tf->cause != CAUSE_LOAD_PAGE && tf->cause != CAUSE_STORE_PAGE)
        return false;
    if (tf->tval < KSTACK_BASE || tf->tval >= KSTACK_END)
        return false;
    pte_t *pte = pgtable_find(arch_kernel_root(), tf->tval);
    return pte && (*pte & PTE_VALID);
}

static const char *const cause_words[] = {
    [CAUSE_FETCH_MISALIGNED] = "jump to a misaligned address",
    [CAUSE_FETCH_ACCESS] = "jump to an address without memory",
    [CAUSE_ILLEGAL] = "illegal instruction",
    [CAUSE_BREAKPOINT] = "breakpoint",
    [CAUSE_LOAD_MISALIGNED] = "misaligned load",
    [CAUSE_LOAD_ACCESS] = "load from an address without memory",
    [CAUSE_STORE_MISALIGNED] = "misaligned store",
    [CAUSE_STORE_ACCESS] = "store to an address without memory",
    [CAUSE_FETCH_PAGE] = "jump to a page that may not be executed",
    [CAUSE_LOAD_PAGE] = "load from a page that may not be read",
    [CAUSE_STORE_PAGE] = "store to a page that may not be written",
};

static const char *describe(const struct trapframe *tf)
{
    u64 sp = tf->x[REG_SP] - FRAME_SIZE;

    if (sp >= KSTACK_BASE && sp < KSTACK_END && !(sp & KSTACK_SIZE))
        return "kernel stack overflow";
    if (tf->cause < ARRAY_SIZE(cause_words) && cause_words[tf->cause])
        return cause_words[tf->cause];
    return "unknown trap";
}

void trap_in_kernel(struct trapframe *tf)
{
    arch_this_hart->nested_traps++;
    if (tf->cause & CAUSE_INTERRUPT) {
        interrupt(tf->cause);
        trap_exit_kernel();
    } else if (is_spurious(tf)) {
        arch_tlb_flush_local(tf->tval);
    } else {
        trap_fatal(tf, describe(tf));
    }
}

/* --- threads --- */

/* What context_switch() pops; behind it lies what thread_trampoline reads. */
struct switch_frame {
    u64 ra, fp, gp, reserved;
};
_Static_assert(sizeof(struct switch_frame) == SWITCH_FRAME_SIZE,
               "size of a switch frame");

struct first_frame {
    struct switch_frame frame;
    u64 entry, arg;
};

void arch_thread_init(struct arch_thread *t, void (*entry)(void *), void *arg)
{
    struct first_frame *f =
        (struct first_frame *)(t->kstack - FRAME_SIZE - sizeof(*f));

    arch_user_frame(t)->status = 0;     /* no FP registers to save yet */
    *f = (struct first_frame){ .frame.ra = (u64)thread_trampoline,
                               .entry = (u64)entry, .arg = (u64)arg };
    t->sp = (u64)f;
}

/* Its registers are on another hart, or here: none are saved. */
void switched_to_running(void)
{
    panic("switch to a thread that runs");
}

void arch_thread_begin(void (*entry)(void *), void *arg)
{
    trap_thread_begin();
    entry(arg);
    panic("a thread's entry returned");
}

void fpu_save_dirty(void *thread)
{
    struct arch_thread *t = thread;

    arch_this_hart->fpu_saves++;
    csr_set(sstatus, SSTATUS_FS);
    fpu_store(&t->fpu);
    t->fpu_used = 1;
}

void arch_fpu_save(struct arch_thread *t)
{
    u64 irqs = irq_disable();

    fpu_leave(t);
    irq_restore(irqs);
}

/* Before t->fpu is written: a switch in the midst of that would save the
 * registers over it. */
static void fpu_forget(struct arch_thread *t)
{
    arch_user_frame(t)->status &= ~SSTATUS_FS;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

void arch_fpu_set(struct arch_thread *t, const struct fpu_state *fpu)
{
    fpu_forget(t);
    memcpy(&t->fpu, fpu, sizeof(t->fpu));
    t->fpu_used = 1;
}

void arch_fpu_discard(struct arch_thread *t)
{
    fpu_forget(t);
    memset(&t->fpu, 0, sizeof(t->fpu));
    t->fpu_used = 0;
}

bool arch_fpu_first_use(struct trapframe *tf)
{
    struct arch_thread *t = arch_this_hart->thread;

    if (tf->cause != CAUSE_ILLEGAL || (tf->status & SSTATUS_FS))
        return false;
    u64 irqs = irq_disable();
    arch_this_hart->fpu_loads++;
    csr_set(sstatus, SSTATUS_FS);
    fpu_load(&t->fpu);
    tf->status |= SSTATUS_FS_CLEAN;
    irq_restore(irqs);
    return true;
}

void arch_user_frame_init(struct trapframe *tf, vaddr_t pc, vaddr_t sp)
{
    *tf = (struct trapframe){ .status = SSTATUS_SPIE, .whole = 1 };
    trapframe_pc(tf) = pc;
    tf->x[REG_SP] = sp;
}

/* --- backtraces --- */

#define BACKTRACE_MAX 32

static bool in_image(u64 pc)
{
    struct phys_range image = arch_image();

    return pc >= (u64)phys_to_virt(image.start) &&
           pc < (u64)phys_to_virt(image.end);
}

/* A frame pointer that can be followed: on some kernel stack. */
static bool is_stack(u64 fp)
{
    struct phys_range image = arch_image();

    if (fp & 7)
        return false;
    return (fp >= KSTACK_BASE + KSTACK_SIZE && fp < KSTACK_END &&
            ((fp - 16) & KSTACK_SIZE)) ||
           (fp >= (u64)phys_to_virt(image.start) &&
            fp < (u64)phys_to_virt(image.end));
}

/* Where a trap was: the function itself, and if that is one that calls no
 * other, and so keeps only its caller's fp, its caller too. */
static const u64 *trapped_frames(const struct trapframe *tf,
                                 void (*emit)(void *arg, u64 pc), void *arg)
{
    const u64 *fp = (const u64 *)tf->x[8];

    emit(arg, trapframe_pc(tf));
    if (!is_stack((u64)fp) || in_image(fp[-1]))
        return fp;
    emit(arg, tf->x[REG_RA] - 2);
    return (const u64 *)fp[-1];
}

/* Where `fp` can stand in [low, high). */
static bool is_frame(u64 fp, u64 low, u64 high)
{
    return !(fp & 7) && fp >= low + 16 && fp <= high;
}

/* Its own stack only: the last frame's caller is what the program had in s0.
 * Everything is read, and nothing believed. */
void arch_backtrace_switched(const struct arch_thread *t,
                             void (*emit)(void *arg, u64 pc), void *arg)
{
    const struct switch_frame *f = (const struct switch_frame *)t->sp;
    u64 fp = f->fp, ra = f->ra, low = t->sp;

    for (int i = 0; i < BACKTRACE_MAX && in_image(ra); i++) {
        emit(arg, ra - 2);
        if (!is_frame(fp, low, t->kstack))
            return;
        low = fp;
        ra = ((const u64 *)fp)[-1];
        fp = ((const u64 *)fp)[-2];
    }
}

void arch_call_of(const struct arch_thread *t, struct arch_call *out)
{
    const struct trapframe *tf = arch_user_frame(t);
    bool called = !tf->whole || tf->cause == CAUSE_USER_ECALL;

    *out = (struct arch_call){
        .number = called ? (long)tf->x[REG_A7] : -1,
        .sp = tf->x[REG_SP], .pc = trapframe_pc(tf),
    };
    memcpy(out->args, &tf->x[REG_A0], sizeof(out->args));
    if (tf->whole)
        out->args[0] = tf->orig_a0;
}

/* Frames as gcc lays them out: fp[-1] = return address, fp[-2] = caller's fp. */
void arch_backtrace(const struct trapframe *tf,
                    void (*emit)(void *arg, u64 pc), void *arg)
{
    const u64 *fp = tf ? trapped_frames(tf, emit, arg)
                       : __builtin_frame_address(0);

    for (int i = 0; i < BACKTRACE_MAX && is_stack((u64)fp); i++) {
        u64 ra = fp[-1];
        const u64 *caller = (const u64 *)fp[-2];

        if (!in_image(ra))
            return;
        emit(arg, ra - 2);      /* inside the call, not behind it */
        if (caller <= fp)
            return;
        fp = caller;
    }
}

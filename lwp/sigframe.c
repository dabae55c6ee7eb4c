/*
 * sigframe.c - the frame that a signal handler runs on: Linux's for riscv64
 * (arch/riscv/kernel/signal.c, asm/ucontext.h), which libraries and debuggers
 * walk.  Nothing in it can raise privilege: the status register is not there.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "lwp/lwp.h"
#include "lwp/sigstack.h"
#include "lwp/vdso.h"
#include "mm/alloc.h"
#include "mm/uaccess.h"
#include "mm/window.h"

/* union __riscv_fp_state: D registers now, room for Q ones. */
struct frame_fp {
    struct fpu_state d;
    u64 unused[31];
    u32 q_fcsr, reserved[3];        /* must be zero: no further state */
};

struct sigframe {
    struct siginfo info;
    u8 info_rest[SIGINFO_USER_SIZE - sizeof(struct siginfo)];
    /* ucontext_t */
    u64 flags, link;
    struct sigstack stack;
    sigset_t mask;
    u8 mask_rest[1024 / 8 - sizeof(sigset_t)];
    u64 align;
    u64 x[32];                      /* pc first, as in struct trapframe */
    struct frame_fp fp;
};
_Static_assert(sizeof(struct sigframe) == SIGINFO_USER_SIZE + 960,
               "siginfo_t and ucontext_t of Linux/riscv64");
_Static_assert(offsetof(struct sigframe, x) == SIGINFO_USER_SIZE + 176,
               "uc_mcontext");

#define FRAME_ALIGN 16
#define FCSR_MASK   0xff

/* Where the frame goes; 0 if it does not fit on the alternate stack. */
static u64 place_frame(u64 sp, const struct sigaction *action,
                       const struct sigstack *stack)
{
    bool there = sigstack_holds(stack, sp);
    u64 frame;

    if ((action->flags & SA_ONSTACK) && stack->size && !there) {
        sp = stack->base + stack->size;
        there = true;
    }
    frame = ALIGN_DOWN(sp - sizeof(struct sigframe), FRAME_ALIGN);
    if (there && (frame < stack->base || frame > sp))
        return 0;
    return frame;
}

/* All that a frame says; padding stays as it is. */
static void fill_frame(struct sigframe *f, const struct trapframe *tf,
                       const struct siginfo *info, sigset_t blocked)
{
    struct lwp_thread *t = current_lwp_thread();

    f->info = *info;
    f->flags = 0;
    f->link = 0;
    f->stack = sigstack_at(&t->signal.altstack, tf->x[REG_SP]);
    f->mask = blocked;
    memcpy(f->x, tf->x, sizeof(f->x));
    if (t->thread.arch.fpu_used)
        memcpy(&f->fp.d, &t->thread.arch.fpu, sizeof(f->fp.d));
    else
        memset(&f->fp.d, 0, sizeof(f->fp.d));
    f->fp.reserved[0] = f->fp.reserved[1] = f->fp.reserved[2] = 0;
}

/* In place, if the frame's page is there; else by way of a copy. */
static int write_frame(uptr_t frame, const struct trapframe *tf,
                       const struct siginfo *info, sigset_t blocked)
{
    struct sigframe *f;
    int error;

    if (tf->status & SSTATUS_FS)
        arch_fpu_save(&current_thread()->arch);
    f = user_window_open(frame, sizeof(*f), VM_ACCESS_WRITE);
    if (likely(f)) {
        fill_frame(f, tf, info, blocked);
        user_window_close(current_vm());
        return 0;
    }
    f = kzalloc(sizeof(*f));
    if (!f)
        return -EFAULT;
    fill_frame(f, tf, info, blocked);
    error = copy_to_user(frame, f, sizeof(*f));
    kfree(f);
    return error;
}

int sigframe_push(struct trapframe *tf, const struct sigaction *action,
                  const struct siginfo *info, sigset_t blocked)
{
    struct sigstack *stack = &current_lwp_thread()->signal.altstack;
    u64 frame = place_frame(tf->x[REG_SP], action, stack);

    if (!frame || write_frame(uptr(frame), tf, info, blocked))
        return -EFAULT;
    if (stack->flags & SS_AUTODISARM)
        *stack = (struct sigstack){ .flags = SS_DISABLE };
    tf->x[REG_RA] = action->flags & SA_RESTORER ? action->restorer
                                                : vdso_sigreturn_address();
    tf->x[REG_SP] = frame;
    tf->x[REG_A0] = info->signo;
    tf->x[REG_A0 + 1] = frame + offsetof(struct sigframe, info);
    tf->x[REG_A0 + 2] = frame + offsetof(struct sigframe, flags);
    trapframe_pc(tf) = action->handler;
    return 0;
}

/* What is not registers. */
struct frame_rest {
    struct sigstack stack;
    sigset_t mask;
    bool valid;                     /* no state that we do not know */
};

static bool is_zero(const struct fpu_state *fpu)
{
    u64 bits = fpu->fcsr;

    for (unsigned i = 0; i < ARRAY_SIZE(fpu->f); i++)
        bits |= fpu->f[i];
    return !bits;
}

/* A thread that does not use the floating-point registers, nor has in the
 * handler, goes on so. */
static void take_frame(const struct sigframe *f, struct trapframe *tf,
                       struct frame_rest *rest)
{
    struct arch_thread *t = &current_thread()->arch;

    memcpy(tf->x, f->x, sizeof(tf->x));
    /* In this order: registers in use may be saved by a switch in between. */
    if ((READ_ONCE(tf->status) & SSTATUS_FS) || READ_ONCE(t->fpu_used) ||
        !is_zero(&f->fp.d)) {
        arch_fpu_set(t, &f->fp.d);
        t->fpu.fcsr &= FCSR_MASK;
    }
    rest->stack = f->stack;
    rest->mask = f->mask;
    rest->valid = !(f->fp.reserved[0] | f->fp.reserved[1] | f->fp.reserved[2]);
}

static int read_frame(uptr_t frame, struct trapframe *tf,
                      struct frame_rest *rest)
{
    struct sigframe *f = user_window_open(frame, sizeof(*f), VM_ACCESS_READ);
    int error;

    if (likely(f)) {
        take_frame(f, tf, rest);
        user_window_close(current_vm());
        return 0;
    }
    f = kmalloc(sizeof(*f));
    if (!f)
        return -EFAULT;
    error = copy_from_user(f, frame, sizeof(*f));
    if (!error)
        take_frame(f, tf, rest);
    kfree(f);
    return error;
}

int sigframe_pop(struct trapframe *tf)
{
    struct lwp_thread *t = current_lwp_thread();
    u64 frame = tf->x[REG_SP];
    struct frame_rest rest;

    if (frame % FRAME_ALIGN || read_frame(uptr(frame), tf, &rest))
        return -EFAULT;
    if (!rest.valid)
        return -EFAULT;
    signal_set_mask(rest.mask);
    /* A nested handler leaves to the same stack: then it stays as it is. */
    sigstack_set(&t->signal.altstack, &rest.stack, tf->x[REG_SP]);
    return 0;
}

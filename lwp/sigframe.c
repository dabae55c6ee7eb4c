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
#include "mm/uaccess.h"

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

static uptr_t frame_part(u64 frame, size_t offset)
{
    return uptr(frame + offset);
}

static int write_fp(uptr_t to, struct arch_thread *t)
{
    u64 tail[2] = { 0 };

    arch_fpu_save(t);
    if (!t->fpu_used)
        return clear_user(to, sizeof(struct frame_fp));
    if (copy_to_user(to, &t->fpu, sizeof(t->fpu)) ||
        copy_to_user(uptr_add(to, offsetof(struct frame_fp, q_fcsr)), tail,
                     sizeof(tail)))
        return -EFAULT;
    return 0;
}

/* The parts that are in memory already go out as they are. */
static int write_frame(u64 frame, const struct trapframe *tf,
                       const struct siginfo *info, sigset_t blocked)
{
    struct lwp_thread *t = current_lwp_thread();
    struct {
        struct siginfo info;
        u8 info_rest[SIGINFO_USER_SIZE - sizeof(struct siginfo)];
        u64 flags, link;
        struct sigstack stack;
        sigset_t mask;
    } head = {
        .info = *info,
        .stack = sigstack_at(&t->signal.altstack, tf->x[REG_SP]),
        .mask = blocked,
    };

    if (copy_to_user(uptr(frame), &head, sizeof(head)) ||
        copy_to_user(frame_part(frame, offsetof(struct sigframe, x)), tf->x,
                     sizeof(tf->x)))
        return -EFAULT;
    return write_fp(frame_part(frame, offsetof(struct sigframe, fp)),
                    &t->thread.arch);
}

int sigframe_push(struct trapframe *tf, const struct sigaction *action,
                  const struct siginfo *info, sigset_t blocked)
{
    struct sigstack *stack = &current_lwp_thread()->signal.altstack;
    u64 frame = place_frame(tf->x[REG_SP], action, stack);

    if (!frame || write_frame(frame, tf, info, blocked))
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

static int read_fp(u64 frame, struct arch_thread *t)
{
    u64 tail[2];

    if (copy_from_user(&t->fpu,
                       frame_part(frame, offsetof(struct sigframe, fp)),
                       sizeof(t->fpu)) ||
        copy_from_user(tail,
                       frame_part(frame, offsetof(struct sigframe, fp.q_fcsr)),
                       sizeof(tail)))
        return -EFAULT;
    t->fpu.fcsr &= FCSR_MASK;
    return tail[0] >> 32 || tail[1] ? -EFAULT : 0;
}

int sigframe_pop(struct trapframe *tf)
{
    struct lwp_thread *t = current_lwp_thread();
    u64 frame = tf->x[REG_SP];
    /* As in struct sigframe, from `stack` on. */
    struct {
        struct sigstack stack;
        sigset_t mask;
        u8 mask_rest[1024 / 8 - sizeof(sigset_t)];
        u64 align;
        u64 x[32];
    } part;
    int error;

    if (frame % FRAME_ALIGN ||
        copy_from_user(&part, frame_part(frame,
                                         offsetof(struct sigframe, stack)),
                       sizeof(part)))
        return -EFAULT;
    error = read_fp(frame, &t->thread.arch);
    arch_fpu_set(&t->thread.arch);
    if (error)
        return error;
    memcpy(tf->x, part.x, sizeof(part.x));
    signal_set_mask(part.mask);
    /* A nested handler leaves to the same stack: then it stays as it is. */
    sigstack_set(&t->signal.altstack, &part.stack, tf->x[REG_SP]);
    return 0;
}

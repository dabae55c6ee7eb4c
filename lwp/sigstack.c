/*
 * sigstack.c - alternate signal stacks.
 */
#include "lwp/sigstack.h"

#include "kernel/lib/errno.h"
#include "lwp/lwp.h"
#include "lwp/syscall.h"
#include "mm/uaccess.h"

bool sigstack_holds(const struct sigstack *stack, u64 sp)
{
    return !(stack->flags & SS_AUTODISARM) && stack->size &&
           sp > stack->base && sp - stack->base <= stack->size;
}

struct sigstack sigstack_at(const struct sigstack *stack, u64 sp)
{
    struct sigstack now = *stack;

    if (!stack->size)
        now.flags = SS_DISABLE;
    else if (sigstack_holds(stack, sp))
        now.flags |= SS_ONSTACK;
    return now;
}

int sigstack_set(struct sigstack *stack, const struct sigstack *to, u64 sp)
{
    u32 mode = to->flags & ~SS_AUTODISARM;

    if (sigstack_holds(stack, sp))
        return -EPERM;
    if (mode != 0 && mode != SS_DISABLE && mode != SS_ONSTACK)
        return -EINVAL;
    if (mode == SS_DISABLE) {
        *stack = (struct sigstack){ .flags = to->flags };
        return 0;
    }
    if (to->size < MINSIGSTKSZ)
        return -ENOMEM;
    *stack = (struct sigstack){
        .base = to->base,
        .flags = to->flags & SS_AUTODISARM,
        .size = to->size,
    };
    return 0;
}

long sys_sigaltstack(uptr_t new, uptr_t old)
{
    struct lwp_thread *t = current_lwp_thread();
    u64 sp = arch_user_frame(&t->thread.arch)->x[REG_SP];
    struct sigstack before = sigstack_at(&t->signal.altstack, sp), to;
    int error = 0;

    if (new) {
        if (copy_from_user(&to, new, sizeof(to)))
            return -EFAULT;
        error = sigstack_set(&t->signal.altstack, &to, sp);
    }
    if (!error && old)
        error = copy_to_user(old, &before, sizeof(before));
    return error;
}

/*
 * sys_signal.c - handlers, masks and waiting for signals.
 */
#include "kernel/lib/errno.h"
#include "lwp/deadline.h"
#include "lwp/lwp.h"
#include "lwp/sigqueue.h"
#include "lwp/syscall.h"
#include "mm/uaccess.h"
#include "mm/window.h"

/*
 * struct sigaction as programs pass it.  Linux/riscv64 has no restorer; musl
 * 1.2.3 passes one all the same, announced by its flag, and expects the old
 * action in the layout that it uses itself.
 */
union user_sigaction {
    struct { u64 handler, flags; sigset_t mask; } plain;
    struct { u64 handler, flags, restorer; sigset_t mask; } restorer;
};

/* The longer layout may not be there: only its flag says. */
static int read_action(uptr_t from, struct sigaction *action)
{
    union user_sigaction u;
    size_t n = copy_from_user_partial(&u, from, sizeof(u));

    if (n < sizeof(u.plain))
        return -EFAULT;
    action->handler = u.plain.handler;
    action->flags = u.plain.flags;
    if (action->flags & SA_RESTORER) {
        if (n < sizeof(u.restorer))
            return -EFAULT;
        action->restorer = u.restorer.restorer;
        action->mask = u.restorer.mask & ~SIGNALS_SURE;
    } else {
        action->restorer = 0;
        action->mask = u.plain.mask & ~SIGNALS_SURE;
    }
    return 0;
}

static int write_action(uptr_t to, const struct sigaction *action,
                        bool restorer_layout)
{
    union user_sigaction u;

    if (restorer_layout) {
        u.restorer.handler = action->handler;
        u.restorer.flags = action->flags;
        u.restorer.restorer = action->restorer;
        u.restorer.mask = action->mask;
        return copy_to_user(to, &u.restorer, sizeof(u.restorer));
    }
    u.plain.handler = action->handler;
    u.plain.flags = action->flags;
    u.plain.mask = action->mask;
    return copy_to_user(to, &u.plain, sizeof(u.plain));
}

/*
 * The usual call: a handler is set by the only thread of a process.  Nobody
 * else can set one then; others only look at single words, to see whether a
 * signal is ignored.  So it needs no lock.  false: it is not that simple.
 */
static always_inline bool set_handler_alone(int signo, uptr_t new)
{
    struct lwp *lwp = current_lwp();
    struct sighand *hand = lwp->signal.hand;
    struct vm *vm = current_vm();
    const u64 *words;
    bool simple;

    if (unlikely(lwp->thread_count > 1 || READ_ONCE(hand->refs) > 1))
        return false;
    words = user_window_words(new, sizeof(union user_sigaction),
                              VM_ACCESS_READ);
    if (unlikely(!words))
        return false;
    u64 handler = words[0], flags = words[1];
    /* Ignoring one also throws away those that are pending. */
    simple = handler > SIG_IGN && flags & SA_RESTORER;
    if (likely(simple)) {
        struct sigaction *action = &hand->actions[signo - 1];
        action->handler = handler;
        action->flags = flags;
        action->restorer = words[2];
        action->mask = words[3] & ~SIGNALS_SURE;
        hand->restorer_layout = true;
    }
    user_window_close(vm);
    return simple;
}

static noinline long change_action(int signo, uptr_t new, uptr_t old)
{
    const struct lwp_signal *s = &current_lwp()->signal;
    struct sigaction action, before;
    bool restorer_layout;

    if (new) {
        if (read_action(new, &action))
            return -EFAULT;
        restorer_layout = action.flags & SA_RESTORER;
        signal_set_action(signo, &action, &before);
    } else {
        signal_read_action(current_lwp(), signo, &before);
        restorer_layout = READ_ONCE(s->hand->restorer_layout);
    }
    return old ? write_action(old, &before, restorer_layout) : 0;
}

frameless long sys_rt_sigaction(int signo, uptr_t new, uptr_t old, size_t size)
{
    if (size != sizeof(sigset_t) || !signal_valid(signo))
        return -EINVAL;
    if (new && SIGNALS_SURE & signal_bit(signo))
        return -EINVAL;
    if (likely(new && !old && set_handler_alone(signo, new)))
        return 0;
    return change_action(signo, new, old);
}

enum { SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK };

long sys_rt_sigprocmask(int how, uptr_t new, uptr_t old, size_t size)
{
    sigset_t before = current_lwp_thread()->signal.blocked, set;

    if (size != sizeof(sigset_t))
        return -EINVAL;
    if (new) {
        if (copy_from_user(&set, new, sizeof(set)))
            return -EFAULT;
        if (how == SIG_BLOCK)
            set = before | set;
        else if (how == SIG_UNBLOCK)
            set = before & ~set;
        else if (how != SIG_SETMASK)
            return -EINVAL;
        signal_set_mask(set);
    }
    return old ? copy_to_user(old, &before, sizeof(before)) : 0;
}

long sys_rt_sigpending(uptr_t set, size_t size)
{
    struct signal_sets sets;
    sigset_t pending;

    if (size > sizeof(sigset_t))
        return -EINVAL;
    signal_read_sets(current_lwp_thread(), &sets);
    pending = (sets.pending | sets.shared) & sets.blocked;
    return copy_to_user(set, &pending, size);
}

long sys_rt_sigsuspend(uptr_t mask, size_t size)
{
    sigset_t set;

    if (size != sizeof(sigset_t))
        return -EINVAL;
    if (copy_from_user(&set, mask, sizeof(set)))
        return -EFAULT;
    signal_mask_begin(set);
    while (!interrupted()) {
        thread_prepare_sleep(WAIT_INTERRUPTIBLE);
        thread_sleep(NEVER);
    }
    return -ERESTARTNOHAND;
}

long sys_rt_sigtimedwait(uptr_t mask, uptr_t out, uptr_t timeout, size_t size)
{
    nsec_t deadline = NEVER;
    struct siginfo info;
    struct timespec ts;
    sigset_t set;
    int signo, error;

    if (size != sizeof(sigset_t))
        return -EINVAL;
    if (copy_from_user(&set, mask, sizeof(set)))
        return -EFAULT;
    if (timeout) {
        error = timespec_from_user(&ts, timeout);
        if (error)
            return error;
        deadline = deadline_after(timespec_ns(&ts));
    }
    signo = signal_wait(set & ~SIGNALS_SURE, deadline, &info);
    if (signo == -ERESTARTSYS)
        return -EINTR;
    if (signo > 0 && out && siginfo_to_user(out, &info))
        return -EFAULT;
    return signo;
}

/* --- back from handlers --------------------------------------------------- */

long sys_rt_sigreturn(void)
{
    struct lwp_thread *t = current_lwp_thread();
    struct trapframe *tf = arch_user_frame(&t->thread.arch);

    /* All registers are those of the frame, and no call's result. */
    tf->whole = 1;
    tf->cause = ~0ul;
    if (sigframe_pop(tf))
        signal_force_fault(SIGSEGV, SI_KERNEL, 0);
    thread_set_own_flags(&t->thread, TF_WHOLE);
    return tf->x[REG_A0];
}

long sys_restart_syscall(void)
{
    struct lwp_thread *t = current_lwp_thread();

    return t->restart.fn ? t->restart.fn(t) : -EINTR;
}

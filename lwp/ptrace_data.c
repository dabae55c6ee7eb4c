/*
 * ptrace_data.c - the requests of ptrace(2) that read and change a stopped
 * tracee: its memory, registers, signals.  It stands still meanwhile, or dies
 * of SIGKILL; then what is changed does not matter any more.
 */
#include "lwp/ptrace.h"
#include "lwp/ptrace_request.h"

#include "kernel/lib/errno.h"
#include "lwp/sigqueue.h"
#include "lwp/wait.h"
#include "mm/uaccess.h"

/* --- memory --------------------------------------------------------------- */

static long peek(struct lwp_thread *t, u64 addr, uptr_t to)
{
    struct vm *vm = lwp_get_vm(t->lwp);
    u64 word;
    int error = -EIO;

    if (vm) {
        error = vm_peek(vm, addr, &word, sizeof(word)) ? -EIO : 0;
        vm_put(vm);
    }
    return error ? error : copy_to_user(to, &word, sizeof(word));
}

static long poke(struct lwp_thread *t, u64 addr, u64 word)
{
    struct vm *vm = lwp_get_vm(t->lwp);
    int error = -EIO;

    if (vm) {
        error = vm_poke(vm, addr, &word, sizeof(word)) ? -EIO : 0;
        vm_put(vm);
    }
    return error;
}

/* --- registers ------------------------------------------------------------ */

struct user_iovec {
    u64 base, length;
};

/* As many bytes as the caller has room for; it is told how many. */
static long transfer_registers(struct lwp_thread *t, long request, u64 type,
                               uptr_t vector)
{
    u64 set[REGSET_MAX_SIZE / sizeof(u64)];
    struct user_iovec v;
    size_t size = type <= UINT_MAX ? arch_regset_size(type) : 0;

    if (copy_from_user(&v, vector, sizeof(v)))
        return -EFAULT;
    if (!size || v.length % sizeof(u64))
        return -EINVAL;
    v.length = MIN(v.length, size);
    if (request == PTRACE_GETREGSET) {
        arch_regset_get(&t->thread.arch, type, set);
        if (copy_to_user(uptr(v.base), set, v.length))
            return -EFAULT;
    } else {
        if (copy_from_user(set, uptr(v.base), v.length))
            return -EFAULT;
        arch_regset_set(&t->thread.arch, type, set, v.length);
    }
    return copy_to_user(uptr_add(vector, sizeof(u64)), &v.length, sizeof(u64));
}

/* --- signals -------------------------------------------------------------- */

/* The details of the stop, or others in their place; a group stop has none. */
static long get_siginfo(struct ptrace *p, uptr_t to)
{
    struct siginfo info;
    bool has_info;

    spin_lock(&proc_tree_lock);
    has_info = p->has_info;
    info = p->info;
    spin_unlock(&proc_tree_lock);
    return has_info ? siginfo_to_user(to, &info) : -EINVAL;
}

static long set_siginfo(struct ptrace *p, uptr_t from)
{
    struct siginfo info;
    bool has_info;

    if (copy_from_user(&info, from, sizeof(info)))
        return -EFAULT;
    spin_lock(&proc_tree_lock);
    has_info = p->has_info;
    if (has_info) {
        info.from_timer = p->info.from_timer;   /* no program's to say */
        p->info = info;
    }
    spin_unlock(&proc_tree_lock);
    return has_info ? 0 : -EINVAL;
}

/* Number `index` of what is pending; false: there are not so many. */
static bool peek_pending(struct lwp_thread *t, bool shared, u64 index,
                         struct siginfo *info)
{
    struct lwp_signal *s = &t->lwp->signal;
    bool found;

    spin_lock(&s->lock);
    found = pending_peek(shared ? &s->shared : &t->signal.pending, index, info);
    spin_unlock(&s->lock);
    return found;
}

static long peek_siginfo(struct lwp_thread *t, uptr_t args, uptr_t to)
{
    struct ptrace_peek a;
    struct siginfo info;
    s32 n;

    if (copy_from_user(&a, args, sizeof(a)))
        return -EFAULT;
    if ((a.flags & ~PTRACE_PEEKSIGINFO_SHARED) || a.count < 0)
        return -EINVAL;
    for (n = 0; n < a.count && !interrupted(); n++) {
        if (!peek_pending(t, a.flags, a.offset + n, &info))
            break;
        if (siginfo_to_user(uptr_add(to, (size_t)n * SIGINFO_USER_SIZE), &info))
            return n ? n : -EFAULT;
    }
    return n;
}

/* A mask that sigsuspend(2) put aside is the one that counts. */
static long get_mask(const struct lwp_thread *t, u64 size, uptr_t to)
{
    const struct lwp_thread_signal *ts = &t->signal;
    sigset_t mask = ts->restore_blocked ? ts->saved_blocked : ts->blocked;

    if (size != sizeof(mask))
        return -EINVAL;
    return copy_to_user(to, &mask, sizeof(mask));
}

static long set_mask(struct lwp_thread *t, u64 size, uptr_t from)
{
    sigset_t mask;

    if (size != sizeof(mask))
        return -EINVAL;
    if (copy_from_user(&mask, from, sizeof(mask)))
        return -EFAULT;
    spin_lock(&t->lwp->signal.lock);
    t->signal.blocked = mask & ~SIGNALS_SURE;
    t->signal.restore_blocked = false;
    spin_unlock(&t->lwp->signal.lock);
    return 0;
}

/* --- what it does --------------------------------------------------------- */

static long get_message(const struct ptrace *p, uptr_t to)
{
    u64 message = READ_ONCE(p->message);

    return copy_to_user(to, &message, sizeof(message));
}

/* The size of what there is to tell, of which `size` bytes are. */
static long get_syscall_info(struct lwp_thread *t, u64 size, uptr_t to)
{
    const u64 *x = arch_user_frame(&t->thread.arch)->x;
    struct ptrace_syscall_info info = {
        .op = t->ptrace->syscall_op, .arch = AUDIT_ARCH_RISCV64,
        .pc = x[0], .sp = x[REG_SP],
    };
    size_t actual = offsetof(struct ptrace_syscall_info, entry);

    if (info.op == SYSCALL_STOP_ENTRY) {
        info.entry.number = x[REG_A7];
        for (int i = 0; i < 6; i++)
            info.entry.args[i] = x[REG_A0 + i];
        actual += sizeof(info.entry);
    } else if (info.op == SYSCALL_STOP_EXIT) {
        info.exit.result = x[REG_A0];
        info.exit.is_error = info.exit.result < 0 && info.exit.result >= -4095;
        actual = offsetof(struct ptrace_syscall_info, exit.is_error) + 1;
    }
    return copy_to_user(to, &info, MIN(size, actual)) ? -EFAULT : (long)actual;
}

long ptrace_transfer(struct lwp_thread *t, long request, u64 addr, u64 data)
{
    switch (request) {
    case PTRACE_PEEKTEXT:
    case PTRACE_PEEKDATA:
        return peek(t, addr, uptr(data));
    case PTRACE_POKETEXT:
    case PTRACE_POKEDATA:
        return poke(t, addr, data);
    case PTRACE_GETREGSET:
    case PTRACE_SETREGSET:
        return transfer_registers(t, request, addr, uptr(data));
    case PTRACE_GETSIGINFO:
        return get_siginfo(t->ptrace, uptr(data));
    case PTRACE_SETSIGINFO:
        return set_siginfo(t->ptrace, uptr(data));
    case PTRACE_PEEKSIGINFO:
        return peek_siginfo(t, uptr(addr), uptr(data));
    case PTRACE_GETSIGMASK:
        return get_mask(t, addr, uptr(data));
    case PTRACE_SETSIGMASK:
        return set_mask(t, addr, uptr(data));
    case PTRACE_GETEVENTMSG:
        return get_message(t->ptrace, uptr(data));
    case PTRACE_GET_SYSCALL_INFO:
        return get_syscall_info(t, addr, uptr(data));
    }
    return -EIO;
}

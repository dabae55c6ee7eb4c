/*
 * sys_vm.c - process_vm_readv(2), process_vm_writev(2): bytes between the
 * memories of two processes (row E-11).
 */
#include "kernel/lib/errno.h"
#include "lwp/lwp.h"
#include "lwp/pid.h"
#include "lwp/ptrace.h"
#include "lwp/syscall.h"
#include "mm/alloc.h"
#include "mm/iter.h"

struct transfer {
    struct iter local;
    struct vm *remote;
    bool write;                     /* to the remote side */
    u8 *page;                       /* by way of which all bytes go */
    size_t done;
};

/* n bytes, which lie in one page of the remote side; how many were moved, or
 * -EFAULT. */
static ssize_t move_piece(struct transfer *t, vaddr_t at, size_t n)
{
    ssize_t moved;

    if (t->write) {
        moved = iter_get(&t->local, t->page, n);
        return moved > 0 ? vm_write(t->remote, at, t->page, moved) : moved;
    }
    moved = vm_read(t->remote, at, t->page, n);
    return moved > 0 ? iter_put(&t->local, t->page, moved) : moved;
}

/* One element of the remote vector, or as much as there is room for. */
static int move_range(struct transfer *t, const struct iovec *range)
{
    vaddr_t at = range->base;
    size_t left = MIN(range->len, t->local.left);

    while (left > 0) {
        size_t n = MIN(left, PAGE_SIZE - (at & PAGE_MASK));
        ssize_t moved = move_piece(t, at, n);

        if (moved < 0)
            return moved;
        t->done += moved;
        if ((size_t)moved < n)
            return -EFAULT;
        if (thread_has_flags(current_thread(), TF_KILL))
            return -EINTR;
        at += n;
        left -= n;
    }
    return 0;
}

static int move_all(struct transfer *t, const struct iovec *ranges,
                    unsigned count)
{
    int error = 0;

    t->page = pages_alloc(0, 0);
    if (!t->page)
        return -ENOMEM;
    for (unsigned i = 0; i < count && t->local.left && !error; i++)
        error = move_range(t, &ranges[i]);
    pages_free(t->page, 0);
    return error;
}

/* The memory of a process or thread that the caller might trace.  Asked before
 * and after: execve(2) changes the memory as well as who may see it. */
static int find_memory(pid_t pid, struct vm **out)
{
    struct lwp_thread *t = lwp_thread_lookup(pid);
    int error;

    if (!t)
        return -ESRCH;
    error = ptrace_may_access(t->lwp);
    *out = error ? NULL : lwp_get_vm(t->lwp);
    if (*out) {
        error = ptrace_may_access(t->lwp);
        if (error)
            vm_put(*out);
    } else if (!error) {
        error = -ESRCH;
    }
    thread_put(&t->thread);
    return error;
}

static long transfer(pid_t pid, struct transfer *t, const struct iter *remote)
{
    int error;

    if (!remote->left)
        return 0;
    error = find_memory(pid, &t->remote);
    if (error)
        return error;
    error = move_all(t, remote->next, remote->segments);
    vm_put(t->remote);
    return t->done ? (long)t->done : error;
}

/* The two vectors, as the caller gave them. */
struct vectors {
    uptr_t local, remote;
    u64 local_count, remote_count;
};

static long process_vm(pid_t pid, const struct vectors *v, u64 flags,
                       bool write)
{
    struct iovec fast_local[IOV_FAST], fast_remote[IOV_FAST];
    struct iovec *heap_local, *heap_remote;
    struct transfer t = { .write = write };
    struct iter remote;
    long result;

    if (flags || v->local_count > IOV_MAX)
        return -EINVAL;
    result = iter_user_vector(&t.local, v->local, v->local_count, fast_local,
                              &heap_local);
    if (result)
        return result;
    if (!t.local.left)
        goto free_local;
    result = -EINVAL;
    if (v->remote_count > IOV_MAX)
        goto free_local;
    result = iter_user_vector(&remote, v->remote, v->remote_count, fast_remote,
                              &heap_remote);
    if (result)
        goto free_local;
    result = transfer(pid, &t, &remote);
    kfree(heap_remote);
free_local:
    kfree(heap_local);
    return result;
}

long sys_process_vm_readv(pid_t pid, uptr_t local, u64 local_count,
                          uptr_t remote, u64 remote_count, u64 flags)
{
    struct vectors v = { local, remote, local_count, remote_count };

    return process_vm(pid, &v, flags, false);
}

long sys_process_vm_writev(pid_t pid, uptr_t local, u64 local_count,
                           uptr_t remote, u64 remote_count, u64 flags)
{
    struct vectors v = { local, remote, local_count, remote_count };

    return process_vm(pid, &v, flags, true);
}

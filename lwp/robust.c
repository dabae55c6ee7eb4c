/*
 * robust.c - what a thread leaves behind when it ends: its tid word and the
 * robust mutexes it holds (set_tid_address(2), get_robust_list(2); row H-06).
 */
#include "kernel/lib/errno.h"
#include "lwp/futex.h"
#include "lwp/lwp.h"
#include "lwp/pid.h"
#include "lwp/syscall.h"
#include "mm/uaccess.h"

#define ROBUST_LIST_MAX 2048
#define ENTRY_IS_PI     1ul         /* bit 0 of a link */

/* struct robust_list_head */
struct robust_head {
    u64 first;                      /* the list ends where it began */
    s64 offset;                     /* from an entry to its word */
    u64 pending;                    /* being taken or released, or 0 */
};

void futex_clear_tid(uptr_t clear_tid)
{
    if (!user_store_u32(clear_tid, 0))
        futex_wake(clear_tid, true, 1, FUTEX_BITSET_ANY);
}

/*
 * One mutex.  The pending one may have been released already (the word is 0)
 * before its waiter was woken: then somebody must be, or all sleep for ever.
 */
static int leave_mutex(uptr_t word, pid_t tid, bool pi, bool pending)
{
    u32 value;
    int error = user_load_u32(word, &value);

    if (error)
        return error;
    if (pending && !pi && value == 0) {
        futex_wake(word, true, 1, FUTEX_BITSET_ANY);
        return 0;
    }
    do {
        if ((value & FUTEX_TID_MASK) != (u32)tid)
            return 0;
        error = user_cmpxchg_u32(word, &value,
                                 (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED);
    } while (error == -EAGAIN);
    if (!error && !pi && (value & FUTEX_WAITERS))
        futex_wake(word, true, 1, FUTEX_BITSET_ANY);
    return error;
}

static int leave_entry(const struct robust_head *head, u64 link, pid_t tid,
                       bool pending)
{
    u64 entry = link & ~ENTRY_IS_PI;

    return leave_mutex(uptr(entry + head->offset), tid, link & ENTRY_IS_PI,
                       pending);
}

void futex_walk_robust_list(uptr_t list, pid_t tid)
{
    struct robust_head head;
    u64 link, next = 0;

    if (copy_from_user(&head, list, sizeof(head)))
        return;
    link = head.first;
    for (int i = 0; i < ROBUST_LIST_MAX; i++) {
        u64 entry = link & ~ENTRY_IS_PI;
        bool more;

        if (entry == (u64)list)
            break;
        more = !user_load_u64(uptr(entry), &next);
        if (entry != (head.pending & ~ENTRY_IS_PI) &&
            leave_entry(&head, link, tid, false))
            return;
        if (!more)
            break;
        link = next;
    }
    if (head.pending & ~ENTRY_IS_PI)
        leave_entry(&head, head.pending, tid, true);
}

long sys_set_robust_list(uptr_t head, size_t size)
{
    if (size != sizeof(struct robust_head))
        return -EINVAL;
    current_lwp_thread()->robust_list = head;
    return 0;
}

long sys_get_robust_list(pid_t tid, uptr_t head, uptr_t size)
{
    struct lwp_thread *t = NULL;
    const size_t head_size = sizeof(struct robust_head);
    u64 list;
    int error = 0;

    if (tid == 0 || tid == current_lwp_thread()->tid) {
        list = (u64)current_lwp_thread()->robust_list;
    } else {
        t = lwp_thread_lookup(tid);
        if (!t)
            return -ESRCH;
        error = signal_may_send(t->lwp, SIGKILL);
        list = (u64)READ_ONCE(t->robust_list);
        thread_put(&t->thread);
    }
    if (!error)
        error = copy_to_user(size, &head_size, sizeof(head_size));
    return error ? error : copy_to_user(head, &list, sizeof(list));
}

/*
 * proc_wait.c - what a thread does in the kernel: /proc/<pid>/wchan, stack and
 * syscall (proc(5)).  It may wake up or end while it is looked at.
 */
#include "kernel/lib/errno.h"
#include "kernel/panic.h"
#include "lwp/proc.h"
#include "lwp/ptrace.h"

#define TRACE_MAX 32

/* The function that it waits in; "0": it does not, or that is not the
 * reader's business. */
int proc_show_wchan(struct proc_text *t, void *handle)
{
    const struct proc_handle *h = handle;
    struct lwp_thread *thread = proc_hold_thread(h);
    char name[KSYM_NAME_MAX] = "0";

    if (thread && !ptrace_may_access(h->lwp))
        ksym_name(thread_wait_channel(&thread->thread), name, sizeof(name));
    if (thread)
        thread_put(&thread->thread);
    proc_print(t, "%s", name);
    return 0;
}

int proc_show_stack(struct proc_text *t, void *handle)
{
    struct lwp_thread *thread = proc_hold_thread(handle);
    u64 pcs[TRACE_MAX];
    char name[96];
    unsigned count;

    if (!thread)
        return -ESRCH;
    count = thread_trace(&thread->thread, pcs, ARRAY_SIZE(pcs));
    thread_put(&thread->thread);
    if (!cred_is_root(current_cred()))
        return -EACCES;
    for (unsigned i = 0; i < count; i++) {
        ksym_format(pcs[i], name, sizeof(name));
        proc_print(t, "[<0>] %s\n", name);
    }
    return 0;
}

static void print_call(struct proc_text *t, const struct arch_call *call)
{
    proc_print(t, "%ld", call->number);
    for (unsigned i = 0; i < ARRAY_SIZE(call->args) && call->number != -1; i++)
        proc_print(t, " 0x%lx", call->args[i]);
    proc_print(t, " 0x%lx 0x%lx\n", call->sp, call->pc);
}

int proc_show_syscall(struct proc_text *t, void *handle)
{
    struct lwp_thread *thread = proc_hold_thread(handle);
    struct arch_call call;

    if (!thread)
        return -ESRCH;
    if (thread_blocked_call(&thread->thread, &call))
        print_call(t, &call);
    else
        proc_print(t, "running\n");
    thread_put(&thread->thread);
    return 0;
}

/*
 * exit.c - the end of threads and of processes (rows B-11..B-14): everything
 * that a process owns is freed here, by its last thread, and not when the
 * parent waits.
 */
#include "kernel/fs/file.h"
#include "kernel/log.h"
#include "kernel/panic.h"
#include "lwp/coredump.h"
#include "lwp/futex.h"
#include "lwp/ipc.h"
#include "lwp/lwp.h"
#include "lwp/ptrace.h"
#include "lwp/rt_mutex.h"
#include "lwp/session.h"
#include "lwp/syscall.h"
#include "lwp/sysv_sem.h"
#include "lwp/wait.h"

void lwp_terminate_locked(struct lwp *lwp, lwp_status_t status)
{
    struct lwp_thread *t;
    bool kill = (status & 0x7f) == SIGKILL;

    assert(spin_held(&lwp->lock));
    if (lwp->group_exiting && lwp->core && !kill)
        return;                         /* it is at its core file */
    if (!lwp->group_exiting || lwp->core) {
        lwp->group_exiting = true;
        lwp->exit_status = status;
    }
    if (kill)
        lwp->killed = true;
    list_for_each(t, &lwp->t_grp, t_grp_node) {
        t->exiting = true;
        thread_set_flags(&t->thread, TF_KILL | TF_SIGNAL);
    }
}

void lwp_terminate(struct lwp *lwp, lwp_status_t status)
{
    spin_lock(&lwp->lock);
    lwp_terminate_locked(lwp, status);
    spin_unlock(&lwp->lock);
}

void lwp_vfork_done(struct lwp_thread *t)
{
    struct lwp *lwp = t->lwp;

    if (!READ_ONCE(t->vfork_pending))
        return;
    spin_lock(&lwp->lock);
    t->vfork_pending = false;
    waitq_wake_all(&lwp->group_waiters, 0);
    spin_unlock(&lwp->lock);
}

/* Let go of what lies in user memory: held mutexes, the word that a joining
 * thread waits for.  Nobody is left to see them if the memory is ours alone. */
static void leave_memory(struct lwp_thread *t)
{
    struct lwp *lwp = t->lwp;
    bool shared = READ_ONCE(lwp->thread_count) > 1 ||
                  READ_ONCE(lwp->vm->refs) > 1;

    if (t->robust_list)
        futex_walk_robust_list(t->robust_list, t->tid);
    if (unlikely(t->mutexes))
        rt_mutex_exit(t);
    futex_exit_pi(&t->thread);
    if (t->clear_child_tid && shared)
        futex_clear_tid(t->clear_child_tid);
    lwp_vfork_done(t);
    arch_space_activate(NULL);
}

void lwp_unmap_user_space(struct lwp *lwp)
{
    struct vm *vm;

    spin_lock(&lwp->lock);
    vm = lwp->vm;
    lwp->vm = NULL;
    lwp->usage.max_resident = MAX(lwp->usage.max_resident, vm->peak_resident);
    spin_unlock(&lwp->lock);
    vm_put(vm);
}

static void drop_files(struct lwp *lwp)
{
    struct file *exe;

    spin_lock(&lwp->lock);
    exe = lwp->exe_file;
    lwp->exe_file = NULL;
    spin_unlock(&lwp->lock);
    if (exe)
        file_put(exe);
}

/* There is nobody to run programs for any more. */
static noreturn void stop_machine(struct lwp *lwp, lwp_status_t status)
{
    if (status & 0x7f)
        log_error("the first process, %s, was killed by %s: stopping",
                  lwp->cmd, signal_name(status & 0x7f));
    else
        log_error("the first process, %s, exited with status %d: stopping",
                  lwp->cmd, status >> 8);
    machine_exit(1);
}

/* The last thread has been taken off: free what the process owns. */
static void finish_process(struct lwp *lwp, lwp_status_t status)
{
    if (lwp->group_exiting)
        status = lwp->exit_status;
    if (lwp == init_lwp)
        stop_machine(lwp, status);
    lwp_timers_destroy(lwp);
    if (unlikely(lwp->object_root.root))
        lwp_user_object_clear(lwp);
    lwp_unmap_user_space(lwp);
    drop_files(lwp);
    lwp_signal_destroy(lwp);
    session_exit(lwp);
    lwp_report_exit(lwp, status);
}

void lwp_thread_exit(lwp_status_t status)
{
    struct lwp_thread *t = current_lwp_thread();
    struct lwp *lwp = t->lwp;

    /* The other half of the fence in coredump.c. */
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (unlikely(READ_ONCE(lwp->core)))
        coredump_wait(t);
    if (unlikely(lwp_thread_traced(t)))
        ptrace_exit_stop(status);
    leave_memory(t);
    if (unlikely(t->receives))
        channels_leave(t);
    if (unlikely(t->sem_undos))
        sem_undo_leave(t);
    fs_task_release(&t->fs_task);
    if (lwp_thread_remove(t, status))
        finish_process(lwp, status);
    thread_exit(0);
}

long sys_set_tid_address(uptr_t word)
{
    struct lwp_thread *t = current_lwp_thread();

    t->clear_child_tid = word;
    return t->tid;
}

long sys_exit(int status)
{
    lwp_thread_exit(LWP_STATUS_EXIT(status));
}

long sys_exit_group(int status)
{
    lwp_terminate(current_lwp(), LWP_STATUS_EXIT(status));
    lwp_thread_exit(LWP_STATUS_EXIT(status));
}

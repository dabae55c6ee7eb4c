/*
 * proc_memory.c - /proc/<pid>/cmdline, environ and auxv; the memory itself: mem
 * and pagemap (proc(5)).
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "lwp/proc.h"
#include "lwp/ptrace.h"
#include "mm/alloc.h"
#include "mm/area.h"
#include "mm/uaccess.h"

/* --- strings of the stack ------------------------------------------------ */

static void print_range(struct proc_text *t, struct vm *vm, vaddr_t from,
                        vaddr_t end)
{
    char part[256];

    while (from < end) {
        ssize_t n = vm_read(vm, from, part, MIN(end - from, sizeof(part)));

        if (n <= 0)
            return;
        proc_write(t, part, n);
        from += n;
    }
}

int proc_show_cmdline(struct proc_text *t, void *handle)
{
    struct vm *vm = lwp_get_vm(((struct proc_handle *)handle)->lwp);

    if (vm) {
        print_range(t, vm, vm->arg_start, vm->arg_end);
        vm_put(vm);
    }
    return 0;
}

int proc_show_environ(struct proc_text *t, void *handle)
{
    struct vm *vm = lwp_get_vm(((struct proc_handle *)handle)->lwp);

    if (vm) {
        print_range(t, vm, vm->env_start, vm->env_end);
        vm_put(vm);
    }
    return 0;
}

int proc_show_auxv(struct proc_text *t, void *handle)
{
    struct vm *vm = lwp_get_vm(((struct proc_handle *)handle)->lwp);

    if (vm) {
        print_range(t, vm, vm->auxv_start, vm->auxv_end);
        vm_put(vm);
    }
    return 0;
}

/* --- the memory itself --------------------------------------------------- */

/*
 * The memory of a process that the caller may inspect, referenced; NULL: it
 * has ended, or is a set-id program since the caller was let in.
 */
static struct vm *get_inspected(void *handle)
{
    struct lwp *lwp = ((struct proc_handle *)handle)->lwp;
    struct vm *vm = lwp_get_vm(lwp);

    if (vm && ptrace_may_access(lwp)) {
        vm_put(vm);
        vm = NULL;
    }
    return vm;
}

/* Within one page.  The bytes moved, or -errno: -EIO, where there is nothing
 * (proc_pid_mem(5)). */
static ssize_t move_part(struct vm *vm, struct iter *it, vaddr_t at, bool write)
{
    u8 part[256];
    size_t room = MIN(sizeof(part), PAGE_SIZE - (at & PAGE_MASK));
    size_t n = MIN(it->left, room);
    ssize_t got;

    if (!write)
        return vm_peek(vm, at, part, n) ? -EIO : iter_put(it, part, n);
    got = iter_get(it, part, n);
    return got > 0 && vm_poke(vm, at, part, got) ? -EIO : got;
}

static ssize_t move_memory(void *handle, struct iter *it, off_t *pos,
                           bool write)
{
    struct vm *vm = get_inspected(handle);
    ssize_t done = 0, n = 0;

    if (!vm)
        return 0;
    while (it->left && !(done && interrupted())) {
        n = move_part(vm, it, *pos, write);
        if (n <= 0)
            break;
        done += n;
        *pos += n;
    }
    vm_put(vm);
    return done ? done : n;
}

ssize_t proc_read_mem(void *handle, struct iter *it, off_t *pos)
{
    return move_memory(handle, it, pos, false);
}

ssize_t proc_write_mem(void *handle, struct iter *it, off_t *pos)
{
    return move_memory(handle, it, pos, true);
}

#define PAGEMAP_FRAME   ((1ul << 55) - 1)

/* A word for each page; where it lies in RAM only the superuser is told. */
ssize_t proc_read_pagemap(void *handle, struct iter *it, off_t *pos)
{
    const u64 end = (USER_END >> PAGE_SHIFT) * sizeof(u64);
    bool open = cred_is_root(current_cred());
    struct vm *vm;
    u64 entries[64];
    ssize_t n = 0;

    if ((*pos | it->left) % sizeof(u64))
        return -EINVAL;
    vm = get_inspected(handle);
    while (vm && it->left && (u64)*pos < end && !interrupted()) {
        size_t bytes = MIN(it->left, end - *pos);
        size_t count = MIN(bytes, sizeof(entries)) / sizeof(u64);

        vm_read_pagemap(vm, *pos / sizeof(u64) << PAGE_SHIFT, entries, count);
        for (size_t i = 0; i < count && !open; i++)
            entries[i] &= ~PAGEMAP_FRAME;
        n = iter_put(it, entries, count * sizeof(u64));
        if (n <= 0)
            break;
        *pos += n;
    }
    if (vm)
        vm_put(vm);
    return it->done ? (ssize_t)it->done : n;
}

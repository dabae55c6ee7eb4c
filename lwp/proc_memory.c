/*
 * proc_memory.c - /proc/<pid>/maps, cmdline and environ (proc(5)).
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "lwp/proc.h"
#include "mm/alloc.h"
#include "mm/area.h"
#include "mm/uaccess.h"

/* --- maps ---------------------------------------------------------------- */

static void print_name(struct proc_text *t, const struct area *a)
{
    char *buf, *start;

    if (a->name) {
        proc_print(t, "%s", a->name);
    } else if (a->flags & VM_HEAP) {
        proc_print(t, "[heap]");
    } else if (a->file) {
        buf = kmalloc(PATH_MAX);
        if (buf && !file_format_name(a->file, buf, PATH_MAX, &start))
            proc_print(t, "%s", start);
        kfree(buf);
    }
}

static void print_area(struct proc_text *t, const struct area *a)
{
    const struct inode *inode = a->file ? a->file->inode : NULL;
    dev_t dev = inode && inode->super ? inode->super->dev : 0;
    size_t from = t->length;

    proc_print(t, "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu ", area_start(a),
               a->end, a->flags & VM_READ ? 'r' : '-',
               a->flags & VM_WRITE ? 'w' : '-', a->flags & VM_EXEC ? 'x' : '-',
               a->flags & VM_SHARED ? 's' : 'p', inode ? a->offset : 0,
               dev_major(dev), dev_minor(dev), inode ? inode->ino : 0);
    if (a->name || a->file || (a->flags & VM_HEAP)) {
        /* Names stand in a column, as Linux has it. */
        while (!t->failed && t->length - from < 73)
            proc_print(t, " ");
        print_name(t, a);
    }
    proc_print(t, "\n");
}

int proc_show_maps(struct proc_text *t, void *handle)
{
    struct vm *vm = lwp_get_vm(((struct proc_handle *)handle)->lwp);

    if (!vm)
        return 0;
    mutex_lock(&vm->lock);
    for (struct area *a = area_of(avl_first(&vm->areas)); a; a = area_next(a))
        print_area(t, a);
    mutex_unlock(&vm->lock);
    vm_put(vm);
    return 0;
}

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

/*
 * proc_areas.c - an address space, area by area: proc_pid_maps(5),
 * proc_pid_smaps(5).
 */
#include "lwp/proc.h"
#include "mm/alloc.h"
#include "mm/area.h"

/* --- one area ------------------------------------------------------------ */

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

/* No page has a copy on a disk, so all are dirty.  Which of them were used
 * lately nobody knows. */
static void print_pages(struct proc_text *t, const struct vm_pages *p,
                        u64 locked)
{
    const struct {
        const char *name;
        u64 pages;
    } lines[] = {
        { "Rss:", p->resident },
        { "Shared_Clean:", 0 },
        { "Shared_Dirty:", p->shared },
        { "Private_Clean:", 0 },
        { "Private_Dirty:", p->resident - p->shared },
        { "Anonymous:", p->resident - p->of_objects },
        { "Swap:", 0 },
        { "Locked:", locked },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(lines); i++)
        proc_print(t, "%-15s %8lu kB\n", lines[i].name,
                   lines[i].pages * (PAGE_SIZE / 1024));
    proc_print(t, "%-15s %8lu kB\n", "Pss:",
               p->share >> (VM_SHARE_SHIFT + 10));
}

static void print_area_pages(struct proc_text *t, const struct area *a)
{
    static const struct {
        u32 flag;
        const char *name;
    } names[] = {
        { VM_READ, "rd" }, { VM_WRITE, "wr" }, { VM_EXEC, "ex" },
        { VM_SHARED, "sh" }, { VM_STACK, "gd" }, { VM_LOCKED, "lo" },
        { VM_NO_FORK, "dc" }, { VM_WIPE_FORK, "wf" }, { VM_NO_DUMP, "dd" },
        { VM_NO_RESERVE, "nr" },
    };
    bool may_write = !(a->flags & VM_SHARED) || a->flags & VM_MAY_WRITE;
    struct vm_pages pages = { 0 };

    vm_count_pages(a->vm, a, &pages);
    print_area(t, a);
    proc_print(t, "%-15s %8lu kB\n%-15s %8lu kB\n%-15s %8lu kB\n", "Size:",
               area_pages(a) * (PAGE_SIZE / 1024), "KernelPageSize:",
               PAGE_SIZE / 1024, "MMUPageSize:", PAGE_SIZE / 1024);
    print_pages(t, &pages, a->flags & VM_LOCKED ? pages.resident : 0);
    proc_print(t, "VmFlags: mr %sme", may_write ? "mw " : "");
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
        if (a->flags & names[i].flag)
            proc_print(t, " %s", names[i].name);
    proc_print(t, "\n");
}

/* --- all of them --------------------------------------------------------- */

/* In parts, which go on at an address. */
static int show_areas(struct proc_text *t, const struct proc_handle *h,
                      void (*print)(struct proc_text *t, const struct area *a))
{
    struct vm *vm = lwp_get_vm(h->lwp);

    if (!vm)
        return 0;
    mutex_lock(&vm->lock);
    for (struct area *a = area_find_from(vm, t->from); a; a = area_next(a)) {
        if (proc_text_full(t)) {
            t->next = area_start(a);
            break;
        }
        print(t, a);
    }
    mutex_unlock(&vm->lock);
    vm_put(vm);
    return 0;
}

int proc_show_maps(struct proc_text *t, void *handle)
{
    return show_areas(t, handle, print_area);
}

int proc_show_smaps(struct proc_text *t, void *handle)
{
    return show_areas(t, handle, print_area_pages);
}

void proc_count_pages(struct vm *vm, struct proc_pages *out)
{
    *out = (struct proc_pages){ 0 };
    mutex_lock(&vm->lock);
    for (struct area *a = area_find_from(vm, 0); a; a = area_next(a)) {
        u64 before = out->all.resident, objects = out->all.of_objects;

        vm_count_pages(vm, a, &out->all);
        if (a->file)
            out->of_files += out->all.of_objects - objects;
        if (a->flags & VM_LOCKED)
            out->locked += out->all.resident - before;
        out->end = a->end;
    }
    mutex_unlock(&vm->lock);
}

int proc_show_smaps_rollup(struct proc_text *t, void *handle)
{
    struct vm *vm = lwp_get_vm(((struct proc_handle *)handle)->lwp);
    struct proc_pages pages;

    if (!vm)
        return 0;
    proc_count_pages(vm, &pages);
    vm_put(vm);
    proc_print(t, "%08lx-%08lx ---p 00000000 00:00 0    [rollup]\n",
               VM_USER_START, pages.end);
    print_pages(t, &pages.all, pages.locked);
    return 0;
}

/*
 * report.c - which program was running, and where.  In a panic nothing may be
 * relied on: no lock is taken, and every user word is looked up in the page
 * table by hand.
 */
#include "lwp/report.h"

#include "kernel/fs/file.h"
#include "kernel/lib/printf.h"
#include "kernel/log.h"
#include "kernel/panic.h"
#include "lwp/lwp.h"
#include "mm/uaccess.h"

#define FRAMES_SHOWN 16
#define CALLS_SHOWN 8

/* The name of the file of an area, cut.  In a panic as it stands there, whoever
 * was about to change it. */
static void name_file(const struct area *a, bool panicking, char *buf,
                      size_t size)
{
    const struct dentry *d = a->file->path.dentry;
    char name[128], *start;

    if (panicking)
        kscnprintf(buf, size, "%.*s", DENTRY_INLINE, d ? d->name.text : "?");
    else if (!file_format_name(a->file, name, sizeof(name), &start))
        kscnprintf(buf, size, "%s", start);
    else
        kscnprintf(buf, size, "?");
}

/* Where code is: " /bin/sh+0x1234", by its place in the file, or " 0x101234".
 * The areas hold still.  The length. */
static size_t format_code(struct vm *vm, u64 pc, bool panicking, char *buf,
                          size_t size)
{
    const struct area *a = vm_find_area_locked(vm, pc);
    char name[64];

    if (!a || !a->file)
        return kscnprintf(buf, size, " %#lx", pc);
    name_file(a, panicking, name, sizeof(name));
    return kscnprintf(buf, size, " %s+%#lx", name,
                      a->offset + (pc - area_start(a)));
}

static bool read_user_word(const struct arch_space *space, vaddr_t at,
                           u64 *value)
{
    const pte_t *pte;

    if (at % sizeof(u64) || at >= USER_END)
        return false;
    pte = pgtable_find(space->root, at);
    if (!pte || !(*pte & PTE_VALID) || !(*pte & PTE_USER))
        return false;
    *value = *(const u64 *)((const u8 *)pfn_to_virt(pte_pfn(*pte)) +
                            (at & PAGE_MASK));
    return true;
}

/* Frames as gcc lays them out: ra at fp - 8, the caller's fp at fp - 16. */
static void print_frames(const struct lwp_thread *t, u64 fp)
{
    struct vm *vm = container_of(t->thread.arch.space, struct vm, space);
    bool still = mutex_trylock(&vm->lock);      /* nobody was changing them */
    char place[96];
    u64 ra, caller;

    for (int i = 0; i < FRAMES_SHOWN; i++) {
        if (!read_user_word(t->thread.arch.space, fp - 8, &ra) ||
            !read_user_word(t->thread.arch.space, fp - 16, &caller))
            return;
        place[0] = '\0';
        if (still)
            format_code(vm, ra, true, place, sizeof(place));
        log_error("  user %#lx%s", ra, place);
        if (caller <= fp)
            return;
        fp = caller;
    }
}

static void report_user(void)
{
    struct lwp_thread *t = lwp_thread_of(current_thread());
    const struct trapframe *tf;

    if (!t || !t->thread.arch.space)
        return;
    tf = arch_user_frame(&t->thread.arch);
    log_error("user program %s, process %d, thread %d: pc %#lx, ra %#lx, "
              "sp %#lx, a7 %ld", t->thread.name, t->lwp->pid, t->tid,
              trapframe_pc(tf), tf->x[REG_RA], tf->x[REG_SP],
              (long)tf->x[REG_A7]);
    /* In a system call the frame pointer is not in the frame. */
    if (tf->whole)
        print_frames(t, tf->x[8]);
}

void report_calls(const struct trapframe *tf, char *buf, size_t size)
{
    struct vm *vm = current_vm();
    u64 fp = tf->x[8], frame[2];        /* the caller's fp, ra */
    size_t done = 0;

    buf[0] = '\0';
    for (int i = 0; i < CALLS_SHOWN && tf->whole; i++) {
        if (copy_from_user(frame, uptr(fp - 16), sizeof(frame)) || !frame[1])
            return;
        mutex_lock(&vm->lock);
        done += format_code(vm, frame[1], false, buf + done, size - done);
        mutex_unlock(&vm->lock);
        if (frame[0] <= fp)
            return;
        fp = frame[0];
    }
}

void report_init(void)
{
    panic_set_user_report(report_user);
}

/*
 * corefile.c - the core file itself: ELF header, program headers, notes, and
 * the memory, in which what nobody touched is a hole (elf(5), core(5)).
 */
#include "kernel/fs/file.h"
#include "kernel/lib/string.h"
#include "lwp/coredump.h"
#include "mm/alloc.h"
#include "mm/area.h"

void core_emit(struct core_writer *w, const void *bytes, size_t n)
{
    struct iter from;

    if (w->failed)
        return;
    iter_kernel(&from, (void *)bytes, n);
    w->failed = n > w->left || interrupted() ||
                file_pwrite(w->file, &from, w->at) != (ssize_t)n;
    w->at += n;
    w->left -= n;
}

/* --- what is mapped ------------------------------------------------------ */

/*
 * How much of an area goes into the file: Linux's usual filter (core(5),
 * coredump_filter 0x33).  What a debugger finds in a file is left out, but for
 * the first page, by which it knows the file.
 */
static u64 dumped_size(const struct area *a)
{
    u64 size = a->end - area_start(a);

    if ((a->flags & VM_NO_DUMP) || (a->obj && a->obj->ops->device_pfn))
        return 0;
    if (!a->file || READ_ONCE(a->file->inode->nlink) == 0)
        return size;
    if (!(a->flags & VM_SHARED) && a->has_copies)
        return size;
    return a->offset == 0 && (a->flags & VM_READ) ? PAGE_SIZE : 0;
}

static void note_file(struct core_writer *w, const struct area *a)
{
    const u64 range[] = { area_start(a), a->end, a->offset >> PAGE_SHIFT };
    char *buf = kmalloc(PATH_MAX), *start;

    if (buf && !file_format_name(a->file, buf, PATH_MAX, &start)) {
        w->mapped_files++;
        proc_write(&w->ranges, range, sizeof(range));
        proc_write(&w->names, start, strlen(start) + 1);
    }
    kfree(buf);
}

static void note_area(struct core_writer *w, const struct area *a)
{
    struct elf_phdr *ph = &w->phdrs[w->count++];

    ph->type = ELF_PT_LOAD;
    ph->vaddr = area_start(a);
    ph->memsz = a->end - area_start(a);
    ph->filesz = dumped_size(a);
    ph->align = PAGE_SIZE;
    if (a->flags & VM_READ)
        ph->flags |= ELF_R;
    if (a->flags & VM_WRITE)
        ph->flags |= ELF_W;
    if (a->flags & VM_EXEC)
        ph->flags |= ELF_X;
    if (a->file)
        note_file(w, a);
}

/* From here on it does not matter who else changes the address space. */
static bool note_areas(struct core_writer *w)
{
    struct vm *vm = w->vm;
    struct area *a;

    mutex_lock(&vm->lock);
    w->phdrs = kzalloc((vm->area_count + 1) * sizeof(*w->phdrs));
    w->count = 1;
    a = w->phdrs ? area_of(avl_first(&vm->areas)) : NULL;
    for (; a; a = area_next(a))
        note_area(w, a);
    mutex_unlock(&vm->lock);
    return w->phdrs && !w->ranges.failed && !w->names.failed;
}

/* --- writing ------------------------------------------------------------- */

/* Where everything is; the end of the file. */
static u64 lay_out(struct core_writer *w)
{
    u64 offset = sizeof(struct elf_header) + w->count * sizeof(*w->phdrs);

    w->phdrs[0] = (struct elf_phdr){
        .type = ELF_PT_NOTE, .offset = offset, .filesz = core_notes_size(w),
        .align = sizeof(u32),
    };
    offset = page_up(offset + w->phdrs[0].filesz);
    for (unsigned i = 1; i < w->count; i++) {
        w->phdrs[i].offset = offset;
        offset += w->phdrs[i].filesz;
    }
    return offset;
}

static void emit_header(struct core_writer *w)
{
    const struct elf_header header = {
        .ident = { 0x7f, 'E', 'L', 'F', [ELF_CLASS] = ELF_CLASS_64,
                   [ELF_DATA] = ELF_DATA_LITTLE,
                   [ELF_VERSION] = ELF_VERSION_CURRENT },
        .type = ELF_CORE,
        .machine = ELF_MACHINE_RISCV,
        .version = ELF_VERSION_CURRENT,
        .phoff = sizeof(header),
        .flags = ELF_RISCV_RVC | ELF_RISCV_FLOAT_DOUBLE,
        .ehsize = sizeof(header),
        .phentsize = sizeof(struct elf_phdr),
        .phnum = w->count,
    };

    core_emit(w, &header, sizeof(header));
}

static void emit_memory(struct core_writer *w, const struct elf_phdr *ph,
                        void *page)
{
    vaddr_t va = ph->vaddr, end = ph->vaddr + ph->filesz;

    while (!w->failed && vm_peek_page(w->vm, &va, end, page)) {
        w->at = ph->offset + (va - ph->vaddr);
        core_emit(w, page, PAGE_SIZE);
        va += PAGE_SIZE;
    }
}

static void emit_all(struct core_writer *w, void *page)
{
    u64 end = lay_out(w);

    emit_header(w);
    core_emit(w, w->phdrs, w->count * sizeof(*w->phdrs));
    core_emit_notes(w);
    for (unsigned i = 1; i < w->count; i++)
        emit_memory(w, &w->phdrs[i], page);
    /* The last pages may be a hole. */
    if (!w->failed)
        vfs_truncate(w->file->inode, end);
}

bool core_write(const struct coredump *dump, struct file *file)
{
    struct lwp *lwp = dump->thread->lwp;
    struct core_writer w = {
        .dump = dump, .lwp = lwp, .vm = lwp->vm, .file = file,
        .left = dump->limit,
    };
    void *page = pages_alloc(0, 0);
    bool ready = page && note_areas(&w);

    if (ready)
        emit_all(&w, page);
    if (page)
        pages_free(page, 0);
    kfree(w.phdrs);
    kfree(w.ranges.text);
    kfree(w.names.text);
    return ready;
}

/*
 * elf.c - ELF files into an address space: static programs at their address
 * (0x100000), position-independent ones and their interpreters anywhere (rows
 * H-11, H-12).  What may be wrong with a file is found by kernel/lib/elf.h.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/params.h"
#include "kernel/random.h"
#include "lwp/exec.h"
#include "lwp/personality.h"
#include "lwp/vdso.h"
#include "mm/alloc.h"

/* Where things go, lowest first: fixed programs, position-independent ones,
 * mappings (downward from mmap_top), the stack. */
#define PIE_BASE        0x2000000000ul
#define STACK_TOP       VDSO_BASE
#define STACK_GAP_MIN   (128ul << 20)
#define STACK_GAP_MAX   ((u64)USER_END / 4)
#define RANDOM_PAGES    (1ul << 18)         /* 1 GiB of choice for each */


u64 exec_randomize = 2;

void exec_init(void)
{
    char value[8];

    if (bootarg("aslr", value, sizeof(value)) && strcmp(value, "off") == 0)
        exec_randomize = 0;
}

static bool is_layout_fixed(void)
{
    return (current_lwp()->personality & ADDR_NO_RANDOMIZE) ||
           !READ_ONCE(exec_randomize);
}

/* Which of x->random is used for what; the first two are the program's. */
enum random_word { RANDOM_STACK = 2, RANDOM_MMAP, RANDOM_PIE, RANDOM_HEAP };

/* One request for all: making random bytes has a price per request. */
static void choose_random(struct exec *x)
{
    random_fill(x->random, sizeof(x->random));
    if (is_layout_fixed())
        memset(&x->random[RANDOM_STACK], 0,
               sizeof(x->random) - RANDOM_STACK * sizeof(u64));
}

/* Bytes to move something by, a multiple of the page size. */
static u64 random_shift(const struct exec *x, enum random_word word, u64 pages)
{
    return (x->random[word] & (pages - 1)) << PAGE_SHIFT;
}

/* --- one file ------------------------------------------------------------ */

static u32 area_flags(const struct elf_phdr *ph)
{
    u32 flags = 0;

    if (ph->flags & ELF_R)
        flags |= VM_READ;
    if (ph->flags & ELF_W)
        flags |= VM_READ | VM_WRITE;
    if (ph->flags & ELF_X)
        flags |= VM_READ | VM_EXEC;
    return flags;
}

static int map_fixed(struct vm *vm, struct vm_map *m)
{
    struct vm_limits limits = lwp_vm_limits();
    s64 at;

    m->how = VM_MAP_FIXED | VM_MAP_NOREPLACE;
    at = vm_map(vm, m, &limits);
    return at < 0 ? (at == -EEXIST ? -EINVAL : at) : 0;
}

/* The part of a segment that the file holds. */
static int map_file_part(struct vm *vm, struct file *f,
                         const struct elf_phdr *ph, u64 bias)
{
    vaddr_t start = page_down(ph->vaddr + bias);
    struct vm_map m = {
        .addr = start,
        .size = ph->vaddr + bias + ph->filesz - start,
        .flags = area_flags(ph),
        .offset = page_down(ph->offset),
    };
    int error = file_mmap(f, &m);

    if (error)
        return error;
    error = map_fixed(vm, &m);
    if (m.obj)
        vmobj_put(m.obj);
    return error;
}

/* The part that reads as zeroes: the rest of the last file page, and pages
 * behind it. */
static int map_zero_part(struct vm *vm, const struct elf_phdr *ph, u64 bias)
{
    vaddr_t start = ph->vaddr + bias + ph->filesz;
    vaddr_t end = ph->vaddr + bias + ph->memsz;
    vaddr_t fresh = ph->filesz > 0 ? page_up(start) : page_down(start);
    vaddr_t rest_end = MIN(fresh, end);
    ssize_t rest = rest_end - start;

    /* A page that can't be written keeps what the file has there. */
    if (ph->filesz > 0 && rest > 0 && (ph->flags & ELF_W) &&
        vm_write(vm, start, zeroes, rest) != rest)
        return -ENOMEM;
    if (end <= fresh)
        return 0;
    return map_fixed(vm, &(struct vm_map){
        .addr = fresh,
        .size = end - fresh,
        .flags = area_flags(ph),
    });
}

static int map_segments(struct vm *vm, struct file *f,
                        const struct elf_image *image,
                        const struct elf_phdr *phdrs)
{
    for (unsigned i = 0; i < image->header.phnum; i++) {
        const struct elf_phdr *ph = &phdrs[i];
        int error = 0;

        if (ph->type != ELF_PT_LOAD || ph->memsz == 0)
            continue;
        if (ph->filesz > 0)
            error = map_file_part(vm, f, ph, image->bias);
        if (!error && ph->memsz > ph->filesz)
            error = map_zero_part(vm, ph, image->bias);
        if (error)
            return error;
    }
    return 0;
}

/* Where a position-independent file goes; others are where they say. */
static u64 choose_bias(const struct exec *x, const struct elf_image *image)
{
    const struct elf_plan *plan = &image->plan;
    u64 size = plan->highest - plan->lowest;

    if (!plan->position_free)
        return 0;
    if (image == &x->interp)
        return x->vm->mmap_top - size - plan->lowest;
    return PIE_BASE + random_shift(x, RANDOM_PIE, RANDOM_PAGES) -
           plan->lowest;
}

/* The program headers: from the head of the file if they are there. */
static int read_phdrs(struct file *f, const struct elf_header *header,
                      const u8 *head, size_t head_size,
                      struct elf_phdr **out)
{
    size_t size = header->phnum * sizeof(struct elf_phdr);
    struct elf_phdr *phdrs = kmalloc(size);
    ssize_t n = size;

    if (!phdrs)
        return -ENOMEM;
    if (header->phoff + size <= head_size)
        memcpy(phdrs, head + header->phoff, size);
    else
        n = file_read_kernel(f, phdrs, size, header->phoff);
    if (n != (ssize_t)size) {
        kfree(phdrs);
        return n < 0 ? n : -ENOEXEC;
    }
    *out = phdrs;
    return 0;
}

/* Check and map the file whose first bytes are at x->head. */
static int load_file(struct exec *x, struct file *f, struct elf_image *image)
{
    struct elf_limits limits = { inode_size(f->inode), VM_USER_START,
                                 STACK_TOP };
    struct elf_phdr *phdrs = NULL;
    int error;

    if (x->head_size < sizeof(image->header))
        return -ENOEXEC;
    memcpy(&image->header, x->head, sizeof(image->header));
    error = elf_check_header(&image->header, limits.file_size);
    if (!error)
        error = read_phdrs(f, &image->header, x->head, x->head_size, &phdrs);
    if (error)
        return error;
    error = elf_check_segments(&image->header, phdrs, &limits, &image->plan);
    if (!error) {
        image->bias = choose_bias(x, image);
        image->entry = image->header.entry + image->bias;
        error = map_segments(x->vm, f, image, phdrs);
    }
    kfree(phdrs);
    return error;
}

/* --- a program and its interpreter --------------------------------------- */

static int load_interp(struct exec *x)
{
    const struct elf_plan *plan = &x->program.plan;
    char path[ELF_INTERP_MAX];
    struct file *f;
    ssize_t n;
    int error;

    n = file_read_kernel(x->file, path, plan->interp_length,
                         plan->interp_offset);
    if (n != (ssize_t)plan->interp_length || path[n - 1] != '\0')
        return n < 0 ? n : -ENOEXEC;
    error = file_open_exec(NULL, path, 0, &f);
    if (error)
        return error;
    n = file_read_kernel(f, x->head, sizeof(x->head), 0);
    x->head_size = n < 0 ? 0 : n;
    error = n < 0 ? n : load_file(x, f, &x->interp);
    file_put(f);
    x->has_interp = true;
    x->entry = x->interp.entry;
    return error == -ENOEXEC ? -ELIBBAD : error;
}

/* Room for the stack to grow, with a gap that mappings stay out of. */
static void place_stack(struct exec *x)
{
    u64 limit = page_down(lwp_limit(current_lwp(), RLIMIT_STACK));
    u64 room = MIN(limit, STACK_GAP_MAX);
    struct vm *vm = x->vm;

    room = MAX(room, STACK_GAP_MIN);
    vm->stack_top = STACK_TOP - random_shift(x, RANDOM_STACK, RANDOM_PAGES);
    vm->mmap_top = vm->stack_top - room -
                   random_shift(x, RANDOM_MMAP, RANDOM_PAGES);
}

static void place_heap(struct exec *x)
{
    const struct elf_image *program = &x->program;
    vaddr_t start = page_up(program->plan.data_end + program->bias);

    if (program->plan.position_free && READ_ONCE(exec_randomize) > 1)
        start += random_shift(x, RANDOM_HEAP, 1ul << 13);
    x->vm->heap_start = x->vm->heap_end = start;
    x->vm->code_start = program->plan.code_start + program->bias;
    x->vm->code_end = program->plan.code_end + program->bias;
    x->vm->data_start = program->plan.data_start + program->bias;
    x->vm->data_end = program->plan.data_file_end + program->bias;
}

int lwp_user_space_init(struct exec *x)
{
    x->vm = vm_create();
    if (!x->vm)
        return -ENOMEM;
    choose_random(x);
    place_stack(x);
    return vdso_map(x->vm, &x->vdso);
}

int lwp_load(struct exec *x)
{
    int error = load_file(x, x->file, &x->program);

    if (error)
        return error;
    x->entry = x->program.entry;
    place_heap(x);
    if (x->program.plan.interp_length > 0)
        error = load_interp(x);
    return error;
}

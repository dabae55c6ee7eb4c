/*
 * elf_check.c - is this file's idea of itself sound?  Pure: it reads the
 * headers it is given and nothing else, so all of it is fuzzed on the host.
 */
#include "kernel/lib/elf.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

_Static_assert(sizeof(struct elf_header) == 64, "ELF64 header");
_Static_assert(sizeof(struct elf_phdr) == 56, "ELF64 program header");

/* [offset, offset + length) lies in [0, size), whatever may overflow. */
static bool range_inside(u64 offset, u64 length, u64 size)
{
    return offset <= size && length <= size - offset;
}

int elf_check_header(const struct elf_header *header, u64 file_size)
{
    const u8 *ident = header->ident;

    if (memcmp(ident, "\177ELF", 4) != 0 ||
        ident[ELF_CLASS] != ELF_CLASS_64 ||
        ident[ELF_DATA] != ELF_DATA_LITTLE ||
        ident[ELF_VERSION] != ELF_VERSION_CURRENT)
        return -ENOEXEC;
    if (header->type != ELF_EXEC && header->type != ELF_DYN)
        return -ENOEXEC;
    if (header->machine != ELF_MACHINE_RISCV ||
        header->version != ELF_VERSION_CURRENT)
        return -ENOEXEC;
    if (header->phentsize != sizeof(struct elf_phdr) ||
        header->phnum == 0 || header->phnum > ELF_PHDRS_MAX)
        return -ENOEXEC;
    if (!range_inside(header->phoff,
                      header->phnum * sizeof(struct elf_phdr), file_size))
        return -ENOEXEC;
    return 0;
}

/* One PT_LOAD by itself. */
static int check_load(const struct elf_phdr *ph,
                      const struct elf_limits *limits, bool position_free)
{
    u64 start = position_free ? 0 : limits->user_start;
    u64 end = limits->user_end - (position_free ? limits->user_start : 0);

    /* Where nothing comes from the file, the offset means nothing. */
    if (ph->filesz > 0) {
        if (!range_inside(ph->offset, ph->filesz, limits->file_size))
            return -ENOEXEC;
        if ((ph->vaddr & PAGE_MASK) != (ph->offset & PAGE_MASK))
            return -EINVAL;
    }
    if (ph->filesz > ph->memsz)
        return -EINVAL;
    if (page_down(ph->vaddr) < start ||
        !range_inside(ph->vaddr, ph->memsz, end))
        return -EINVAL;
    return 0;
}

/* Add a PT_LOAD to the plan, above all that came before. */
static int add_load(const struct elf_header *header, const struct elf_phdr *ph,
                    const struct elf_limits *limits, struct elf_plan *plan)
{
    int error = check_load(ph, limits, plan->position_free);

    if (error < 0)
        return error;
    /* highest is 0 until the first segment, and never after it. */
    if (plan->highest == 0)
        plan->lowest = page_down(ph->vaddr);
    else if (ph->vaddr < plan->highest)
        return -EINVAL;
    plan->data_end = ph->vaddr + ph->memsz;
    plan->highest = page_up(plan->data_end);
    plan->data_start = ph->vaddr;
    plan->data_file_end = ph->vaddr + ph->filesz;
    if (ph->flags & ELF_X) {
        if (plan->code_end == 0)
            plan->code_start = ph->vaddr;
        plan->code_end = plan->data_file_end;
    }

    /*
     * The headers are in memory if this segment holds all of them.  In front
     * of it, the difference wraps round to more than any filesz.
     */
    u64 inside = header->phoff - ph->offset;
    if (range_inside(inside, header->phnum * sizeof(*ph), ph->filesz))
        plan->phdrs = ph->vaddr + inside;
    return 0;
}

static int add_interp(const struct elf_phdr *ph, u64 file_size,
                      struct elf_plan *plan)
{
    /* At least one character and the NUL; only one interpreter. */
    if (plan->interp_length != 0 || ph->filesz < 2 ||
        ph->filesz > ELF_INTERP_MAX)
        return -ENOEXEC;
    if (!range_inside(ph->offset, ph->filesz, file_size))
        return -ENOEXEC;
    plan->interp_offset = ph->offset;
    plan->interp_length = ph->filesz;
    return 0;
}

static bool holds_entry(const struct elf_header *header,
                        const struct elf_phdr *ph)
{
    return ph->type == ELF_PT_LOAD && (ph->flags & ELF_X) != 0 &&
           header->entry - ph->vaddr < ph->memsz;
}

int elf_check_segments(const struct elf_header *header,
                       const struct elf_phdr *phdrs,
                       const struct elf_limits *limits, struct elf_plan *plan)
{
    bool entry_found = false;

    *plan = (struct elf_plan){
        .position_free = header->type == ELF_DYN,
        .stack_executable = true,
    };
    for (const struct elf_phdr *ph = phdrs; ph < phdrs + header->phnum; ph++) {
        int error = 0;

        if (ph->type == ELF_PT_LOAD && ph->memsz > 0)
            error = add_load(header, ph, limits, plan);
        else if (ph->type == ELF_PT_INTERP)
            error = add_interp(ph, limits->file_size, plan);
        else if (ph->type == ELF_PT_GNU_STACK)
            plan->stack_executable = (ph->flags & ELF_X) != 0;
        if (error < 0)
            return error;
        entry_found |= holds_entry(header, ph);
    }
    return entry_found ? 0 : -ENOEXEC;
}

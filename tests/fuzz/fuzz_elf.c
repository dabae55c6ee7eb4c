/*
 * fuzz_elf.c - ELF files.
 * sources: kernel/lib/elf_check.c
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/lib/assert.h"
#include "kernel/lib/elf.h"
#include "kernel/lib/errno.h"

#define USER_START 0x10000ul
#define USER_SPACE_END (1ul << 38)

/* Room for sums that 64 bits cannot hold. */
typedef unsigned __int128 u128;

static void check_segment(const struct elf_phdr *ph,
                          const struct elf_plan *plan, size_t size)
{
    u128 end = (u128)ph->vaddr + ph->memsz;
    u128 low = plan->position_free ? 0 : USER_START;
    u128 high = USER_SPACE_END - (plan->position_free ? USER_START : 0);

    assert(ph->vaddr >= low && end <= high);
    assert(ph->vaddr >= plan->lowest && end <= plan->highest);
    assert(ph->filesz <= ph->memsz);
    assert(ph->filesz == 0 || (u128)ph->offset + ph->filesz <= size);
    assert(ph->filesz == 0 || (ph->vaddr - ph->offset) % PAGE_SIZE == 0);
}

/* No two segments touch the same page: every pair is looked at. */
static void check_disjoint(const struct elf_phdr *a, const struct elf_phdr *b)
{
    if (a->type != ELF_PT_LOAD || b->type != ELF_PT_LOAD ||
        a->memsz == 0 || b->memsz == 0)
        return;
    assert(page_up(a->vaddr + a->memsz) <= page_down(b->vaddr));
}

static void check_plan(const struct elf_header *header,
                       const struct elf_phdr *phdrs,
                       const struct elf_plan *plan, size_t size)
{
    bool entry_found = false;

    assert(plan->lowest % PAGE_SIZE == 0 && plan->highest % PAGE_SIZE == 0);
    assert(plan->lowest < plan->highest && plan->data_end <= plan->highest);
    for (int i = 0; i < header->phnum; i++) {
        if (phdrs[i].type != ELF_PT_LOAD || phdrs[i].memsz == 0)
            continue;
        check_segment(&phdrs[i], plan, size);
        for (int j = 0; j < i; j++)
            check_disjoint(&phdrs[j], &phdrs[i]);
        entry_found |= (phdrs[i].flags & ELF_X) != 0 &&
                       header->entry >= phdrs[i].vaddr &&
                       header->entry < phdrs[i].vaddr + phdrs[i].memsz;
    }
    assert(entry_found);
    assert(plan->interp_length <= ELF_INTERP_MAX);
    assert((u128)plan->interp_offset + plan->interp_length <= size);
    assert(plan->phdrs == 0 || (plan->phdrs >= plan->lowest &&
           plan->phdrs + header->phnum * sizeof(*phdrs) <= plan->highest));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct elf_limits limits = { size, USER_START, USER_SPACE_END };
    struct elf_header header;
    struct elf_plan plan;

    if (size < sizeof(header))
        return 0;
    memcpy(&header, data, sizeof(header));
    int error = elf_check_header(&header, size);
    assert(error == 0 || error == -ENOEXEC);
    if (error < 0)
        return 0;

    /* An allocation of its own: reading beyond the table is seen. */
    size_t table = header.phnum * sizeof(struct elf_phdr);
    struct elf_phdr *phdrs = malloc(table);
    memcpy(phdrs, data + header.phoff, table);
    error = elf_check_segments(&header, phdrs, &limits, &plan);
    assert(error == 0 || error == -ENOEXEC || error == -EINVAL);
    if (error == 0)
        check_plan(&header, phdrs, &plan, size);
    free(phdrs);
    return 0;
}

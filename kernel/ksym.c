/*
 * ksym.c - names of kernel addresses.  The table is made by tools/ksyms from
 * the first link of the kernel and linked into the second.
 */
#include "kernel/lib/printf.h"
#include "kernel/panic.h"

extern const u32 ksyms_count;
extern const u32 ksyms_addr[];          /* sorted; offsets from image_start */
extern const u16 ksyms_name[];          /* offsets into ksyms_strings */
extern const char ksyms_strings[];
extern char image_start[], text_end[];

bool ksym_at(size_t i, u64 *address, const char **name)
{
    if (i >= ksyms_count)
        return false;
    *address = (u64)image_start + ksyms_addr[i];
    *name = ksyms_strings + ksyms_name[i];
    return true;
}

/* The last symbol at or before an address of code; ksyms_count if there is
 * none. */
static size_t find(u64 pc)
{
    size_t low = 0, high = ksyms_count;
    u64 offset = pc - (u64)image_start;

    if (pc < (u64)image_start || pc >= (u64)text_end)
        return ksyms_count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (ksyms_addr[mid] <= offset)
            low = mid + 1;
        else
            high = mid;
    }
    return low ? low - 1 : ksyms_count;
}

const char *ksym_name(u64 pc)
{
    size_t i = find(pc);

    return i < ksyms_count ? ksyms_strings + ksyms_name[i] : NULL;
}

void ksym_format(u64 pc, char *buf, size_t size)
{
    u64 offset = pc - (u64)image_start;
    size_t i = find(pc);

    if (i == ksyms_count)
        ksnprintf(buf, size, "%#lx", pc);
    else
        ksnprintf(buf, size, "%s+%#lx", ksyms_strings + ksyms_name[i],
                  offset - ksyms_addr[i]);
}

/*
 * ksym.c - names of kernel addresses.  The table is made by tools/ksyms from
 * the first link of the kernel and linked into the second; that page says how
 * the names are kept.
 */
#include "kernel/lib/printf.h"
#include "kernel/panic.h"

#define FIRST_CODE  128
#define BLOCK       16          /* symbols */

struct ksym_block {
    u32 address;                /* of its first symbol, from image_start */
    u32 name;                   /* offset in ksyms_strings */
};

extern const u32 ksyms_count;
extern const struct ksym_block ksyms_blocks[];
extern const u16 ksyms_sizes[];         /* in units of 2 bytes */
extern const u8 ksyms_pairs[][2];
extern const u8 ksyms_strings[];
extern char image_start[], text_end[];

/* Append what a code stands for; no deeper than there are codes, as each is
 * made of earlier ones. */
static char *expand(u8 code, char *to, const char *end)
{
    const u8 *pair = ksyms_pairs[code - FIRST_CODE];

    for (int i = 0; i < 2; i++) {
        if (pair[i] >= FIRST_CODE)
            to = expand(pair[i], to, end);
        else if (to < end)
            *to++ = pair[i];
    }
    return to;
}

static void read_name(size_t i, char *buf, size_t size)
{
    const u8 *from = ksyms_strings + ksyms_blocks[i / BLOCK].name;
    char *end = buf + size - 1;

    for (size_t skip = i % BLOCK; skip; skip -= *from++ == 0)
        ;
    for (; *from; from++) {
        if (*from >= FIRST_CODE)
            buf = expand(*from, buf, end);
        else if (buf < end)
            *buf++ = *from;
    }
    *buf = 0;
}

static u64 offset_of(size_t i)
{
    u64 offset = ksyms_blocks[i / BLOCK].address;

    for (size_t before = i - i % BLOCK; before < i; before++)
        offset += 2ul * ksyms_sizes[before];
    return offset;
}

bool ksym_at(size_t i, u64 *address, char *name, size_t size)
{
    if (i >= ksyms_count)
        return false;
    *address = (u64)image_start + offset_of(i);
    read_name(i, name, size);
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
        if (offset_of(mid) <= offset)
            low = mid + 1;
        else
            high = mid;
    }
    return low ? low - 1 : ksyms_count;
}

bool ksym_name(u64 pc, char *name, size_t size)
{
    u64 address;

    return ksym_at(find(pc), &address, name, size);
}

void ksym_format(u64 pc, char *buf, size_t size)
{
    char name[KSYM_NAME_MAX];
    u64 address;

    if (ksym_at(find(pc), &address, name, sizeof(name)))
        ksnprintf(buf, size, "%s+%#lx", name, pc - address);
    else
        ksnprintf(buf, size, "%#lx", pc);
}

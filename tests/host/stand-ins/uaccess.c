/*
 * uaccess.c - user memory for tests without address spaces: a user pointer is
 * a host pointer, but for NULL and the range that host_user_hole() sets.
 */
#include "uaccess_host.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

const u8 zeroes[PAGE_SIZE];

static u64 hole_start, hole_end;

void host_user_hole(const void *start, size_t size)
{
    hole_start = (u64)start;
    hole_end = hole_start + size;
}

/* How many of the n bytes at p come before the first inaccessible one. */
static size_t accessible(const void *p, size_t n)
{
    u64 start = (u64)p;

    if (start < PAGE_SIZE)
        return 0;
    if (start >= hole_end || start + n <= hole_start)
        return n;
    return start < hole_start ? hole_start - start : 0;
}

size_t copy_from_user_partial(void *dst, uptr_t src, size_t n)
{
    size_t part = accessible(src, n);

    memcpy(dst, src, part);
    return part;
}

size_t copy_to_user_partial(uptr_t dst, const void *src, size_t n)
{
    size_t part = accessible(dst, n);

    memcpy(dst, src, part);
    return part;
}

int copy_from_user(void *dst, uptr_t src, size_t n)
{
    return copy_from_user_partial(dst, src, n) == n ? 0 : -EFAULT;
}

int copy_to_user(uptr_t dst, const void *src, size_t n)
{
    return copy_to_user_partial(dst, src, n) == n ? 0 : -EFAULT;
}

size_t clear_user_partial(uptr_t dst, size_t n)
{
    size_t part = accessible(dst, n);

    memset(dst, 0, part);
    return part;
}

int clear_user(uptr_t dst, size_t n)
{
    return clear_user_partial(dst, n) == n ? 0 : -EFAULT;
}

ssize_t strncpy_from_user(char *dst, ustr_t src, size_t size)
{
    const char *s = (const char *)src;

    for (size_t i = 0; i < size; i++) {
        if (accessible(s + i, 1) == 0)
            return -EFAULT;
        dst[i] = s[i];
        if (s[i] == '\0')
            return i;
    }
    return -ENAMETOOLONG;
}

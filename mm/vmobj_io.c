/* vmobj_io.c - read(2) and write(2) on memory objects. */
#include "mm/vmobj.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/thread.h"
#include "mm/iter.h"

static ssize_t read_piece(struct vmobj *o, u64 offset, size_t n,
                          struct iter *it)
{
    bool can_read = o->ops->read_page != NULL;
    struct page *p;
    int error = vmobj_lookup_page(o, offset >> PAGE_SHIFT, can_read, &p);

    if (error == -ENOENT)
        return iter_put_zeroes(it, n);
    if (error)
        return error;
    ssize_t got = iter_put(it, (u8 *)page_to_virt(p) + (offset & PAGE_MASK), n);
    page_put(p);
    return got;
}

ssize_t vmobj_read(struct vmobj *o, u64 offset, struct iter *it)
{
    ssize_t done = 0;

    while (it->left) {
        u64 size = READ_ONCE(o->size);
        if (offset >= size)
            break;
        size_t n = MIN(it->left, PAGE_SIZE - (offset & PAGE_MASK));
        n = MIN(n, size - offset);
        ssize_t got = read_piece(o, offset, n, it);
        if (got <= 0)
            return done ? done : got;
        done += got;
        offset += got;
        /* Holes may be far larger than memory is. */
        if ((size_t)got < n ||
            (it->left && thread_has_flags(current_thread(), TF_KILL)))
            break;
    }
    return done;
}

/*
 * A whole page that the object lacks need not be zeroed or read first: it is
 * filled and then put in.  If a fault cuts it short, or another thread has put
 * one in meanwhile, the bytes are copied.
 */
static ssize_t write_fresh_page(struct vmobj *o, u64 index, struct iter *it)
{
    struct page *mine = page_alloc(ALLOC_USER), *p = mine;

    if (!mine)
        return -ENOMEM;
    ssize_t got = iter_get(it, page_to_virt(mine), PAGE_SIZE);
    if (got <= 0) {
        page_put(mine);
        return got;
    }
    page_get(mine);
    int error = got == PAGE_SIZE ? vmobj_add_page(o, index, &p)
                                 : vmobj_lookup_page(o, index, true, &p);
    if (!error) {
        if (p != mine)
            memcpy(page_to_virt(p), page_to_virt(mine), got);
        page_put(p);
    }
    if (got < (ssize_t)PAGE_SIZE)
        page_put(mine);         /* vmobj_add_page() would have taken this one */
    page_put(mine);
    return error ? error : got;
}

static ssize_t write_piece(struct vmobj *o, u64 offset, size_t n,
                           struct iter *it)
{
    u64 index = offset >> PAGE_SHIFT;
    struct page *p;

    (void)vmobj_lookup_page(o, index, false, &p);
    if (!p && n == PAGE_SIZE)
        return write_fresh_page(o, index, it);
    int error = p ? 0 : vmobj_lookup_page(o, index, true, &p);
    if (error)
        return error;
    ssize_t got = iter_get(it, (u8 *)page_to_virt(p) + (offset & PAGE_MASK), n);
    page_put(p);
    return got;
}

static void note_write(struct vmobj *o, u64 size)
{
    spin_lock(&o->lock);
    WRITE_ONCE(o->changes, o->changes + 1);
    if (size > o->size)
        WRITE_ONCE(o->size, size);
    spin_unlock(&o->lock);
}

ssize_t vmobj_write(struct vmobj *o, u64 offset, struct iter *it)
{
    ssize_t done = 0, got = 0;

    while (it->left) {
        size_t n = MIN(it->left, PAGE_SIZE - (offset & PAGE_MASK));
        got = write_piece(o, offset, n, it);
        if (got <= 0)
            break;
        done += got;
        offset += got;
        if ((size_t)got < n)
            break;
    }
    if (done)
        note_write(o, offset);
    return done ? done : got;
}

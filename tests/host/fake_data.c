/* fake_data.c - memory objects that are just bytes; for tests of names. */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "kernel/lib/errno.h"
#include "mm/iter.h"
#include "mm/page.h"
#include "mm/vmobj.h"

size_t pages_total(void)
{
    return 1024;
}

void vmobj_init(struct vmobj *o, const struct vmobj_ops *ops, u64 size)
{
    *o = (struct vmobj){ .ops = ops, .refs = 1, .size = size };
    list_init(&o->areas);
}

void vmobj_get(struct vmobj *o)
{
    o->refs++;
}

void vmobj_put(struct vmobj *o)
{
    if (--o->refs)
        return;
    free(o->pages.root);
    o->ops->destroy(o);
}

void vmobj_set_size(struct vmobj *o, u64 size)
{
    o->pages.root = realloc(o->pages.root, size + 1);
    if (size > o->size)
        memset((u8 *)o->pages.root + o->size, 0, size - o->size);
    o->size = size;
}

ssize_t vmobj_write(struct vmobj *o, u64 offset, struct iter *it)
{
    if (offset + it->left > o->size)
        vmobj_set_size(o, offset + it->left);
    return iter_get(it, (u8 *)o->pages.root + offset, it->left);
}

ssize_t vmobj_read(struct vmobj *o, u64 offset, struct iter *it)
{
    if (offset >= o->size)
        return 0;
    return iter_put(it, (u8 *)o->pages.root + offset,
                    MIN(it->left, o->size - offset));
}

size_t vmobj_page_count(struct vmobj *o)
{
    return 0;
}

bool vmobj_next_page(struct vmobj *o, u64 *index)
{
    return false;
}

int vmobj_lookup_page(struct vmobj *o, u64 index, bool create,
                      struct page **out)
{
    return -ENOENT;
}

void vmobj_drop_pages(struct vmobj *o, u64 first, u64 end)
{
}

void page_free(struct page *p)
{
}

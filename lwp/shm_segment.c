/* shm_segment.c - the memory of lwp_shm. */
#include "lwp/shm_segment.h"

#include "kernel/lib/errno.h"
#include "lwp/lwp.h"

/* page->index of a page that the object was not lent yet. */
#define NOT_LENT (~0ul)

static struct cache segment_cache = CACHE("lwp_shm", struct segment);

static struct page *lend_page(struct vmobj *o, u64 index)
{
    struct page *block = segment_of(o)->block;

    if (!block)
        return NULL;
    page_get(block + index);
    return block + index;
}

/* What nobody has seen is as it came: zero. */
static void free_block(struct segment *s)
{
    u64 pages = s->size >> PAGE_SHIFT;

    for (struct page *p = s->block; p < s->block + pages; p++)
        if (p->index == NOT_LENT && !s->seen)
            page_put_zeroed(p);
        else
            page_put(p);
}

static void segment_destroy(struct vmobj *o)
{
    struct segment *s = segment_of(o);

    if (s->block)
        free_block(s);
    cache_free(&segment_cache, s);
}

const struct vmobj_ops segment_ops = {
    .own_page = lend_page, .destroy = segment_destroy,
    .charge = vmobj_charge_shared,
};

static struct page *block_alloc(unsigned order)
{
    void *block = pages_alloc(order, ALLOC_USER | ALLOC_ZERO);

    if (!block)
        return NULL;
    struct page *first = virt_to_page(block);
    pages_split(block, order);
    for (struct page *p = first; p < first + (1ul << order); p++)
        p->index = NOT_LENT;
    return first;
}

int segment_create(size_t size, struct segment **out)
{
    struct lwp_thread *t = lwp_thread_of(current_thread());
    unsigned order = 0;

    if (size > pages_total() << PAGE_SHIFT)
        return -ENOMEM;
    while (PAGE_SIZE << order < size)
        order++;
    struct segment *s = cache_alloc(&segment_cache);
    if (!s)
        return -ENOMEM;
    s->size = PAGE_SIZE << order;
    s->block = block_alloc(order);
    /* The one page that there is not will not be there later, either. */
    if (!s->block && (!order || s->size >> PAGE_SHIFT > pages_free_count())) {
        cache_free(&segment_cache, s);
        return -ENOMEM;
    }
    s->creator = t ? t->lwp->pid : 0;
    s->seen = false;
    s->pins = 0;
    vmobj_init(&s->obj, &segment_ops, s->size);
    *out = s;
    return 0;
}

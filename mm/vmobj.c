/*
 * vmobj.c - memory objects and their pages.
 *
 * Dropping pages and mapping them exclude each other by the object's lock: a
 * fault maps a page only while it holds the lock and has found the page in the
 * object.
 */
#include "mm/vmobj.h"

#include "kernel/lib/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "mm/pte.h"

static struct cache vmobj_cache = CACHE("vmobj", struct vmobj);

void vmobj_init(struct vmobj *o, const struct vmobj_ops *ops, u64 size)
{
    *o = (struct vmobj){ .ops = ops, .refs = 1, .size = size,
                         .lock = SPINLOCK_INIT(RANK_VMOBJ),
                         .pages = PAGE_MAP_INIT };
    list_init(&o->areas);
}

static void anon_destroy(struct vmobj *o)
{
    cache_free(&vmobj_cache, o);
}

static const struct vmobj_ops anon_ops = { .destroy = anon_destroy };

struct vmobj *vmobj_create_anon(u64 size)
{
    struct vmobj *o = cache_alloc(&vmobj_cache);

    if (o)
        vmobj_init(o, &anon_ops, size);
    return o;
}

static u64 shared_pages;            /* atomic */

int vmobj_charge_shared(unused_arg struct vmobj *o, s64 pages)
{
    __atomic_add_fetch(&shared_pages, pages, __ATOMIC_RELAXED);
    return 0;
}

u64 vmobj_shared_pages(void)
{
    return READ_ONCE(shared_pages);
}

void vmobj_get(struct vmobj *o)
{
    __atomic_add_fetch(&o->refs, 1, __ATOMIC_RELAXED);
}

bool vmobj_try_get(struct vmobj *o)
{
    u32 refs = READ_ONCE(o->refs);

    while (refs && !__atomic_compare_exchange_n(&o->refs, &refs, refs + 1,
                                                true, __ATOMIC_ACQUIRE,
                                                __ATOMIC_RELAXED))
        ;
    return refs;
}

void vmobj_put(struct vmobj *o)
{
    if (__atomic_sub_fetch(&o->refs, 1, __ATOMIC_ACQ_REL))
        return;
    assert(list_empty(&o->areas));
    vmobj_drop_pages(o, 0, ~0ul);
    if (o->ops->destroy)
        o->ops->destroy(o);
}

size_t vmobj_page_count(struct vmobj *o)
{
    return READ_ONCE(o->pages.count);
}

bool vmobj_is_mapped(struct vmobj *o)
{
    spin_lock(&o->lock);
    bool mapped = !list_empty(&o->areas);
    spin_unlock(&o->lock);
    return mapped;
}

size_t vmobj_area_count(struct vmobj *o)
{
    const struct list *node;
    size_t count = 0;

    spin_lock(&o->lock);
    for (node = o->areas.next; node != &o->areas; node = node->next)
        count++;
    spin_unlock(&o->lock);
    return count;
}

bool vmobj_next_page(struct vmobj *o, u64 *index)
{
    spin_lock(&o->lock);
    bool found = page_map_next(&o->pages, index) != NULL;
    spin_unlock(&o->lock);
    return found;
}

/* --- getting pages --- */

static struct page *find_page(struct vmobj *o, u64 index)
{
    spin_lock(&o->lock);
    struct page *p = page_map_find(&o->pages, index);
    if (p)
        page_get(p);
    spin_unlock(&o->lock);
    return p;
}

static int charge(struct vmobj *o, s64 pages)
{
    return o->ops->charge && pages ? o->ops->charge(o, pages) : 0;
}

static int insert_locked(struct vmobj *o, u64 index, struct page *p)
{
    int error = -ENOSPC;

    if (!o->page_limit || o->pages.count < o->page_limit)
        error = charge(o, 1);
    if (error)
        return error;
    error = page_map_add(&o->pages, index, p);
    if (error) {
        charge(o, -1);
        return error;
    }
    p->obj = o;
    p->index = index;
    page_get(p);
    WRITE_ONCE(o->changes, o->changes + 1);
    return 0;
}

int vmobj_add_page(struct vmobj *o, u64 index, struct page **page)
{
    struct page *mine = *page, *there;
    int error = 0;

    spin_lock(&o->lock);
    there = page_map_find(&o->pages, index);
    if (there)
        page_get(there);
    else
        error = insert_locked(o, index, mine);
    spin_unlock(&o->lock);
    if (error || there)
        page_put(mine);
    *page = there ? there : mine;
    return error;
}

static int make_page(struct vmobj *o, u64 index, struct page **out)
{
    bool read = o->ops->read_page != NULL;
    int error = 0;

    *out = o->ops->own_page ? o->ops->own_page(o, index) : NULL;
    if (*out)
        return vmobj_add_page(o, index, out);
    *out = page_alloc(ALLOC_USER | (read ? 0 : ALLOC_ZERO));
    if (!*out)
        return -ENOMEM;
    if (read)
        error = o->ops->read_page(o, index, *out);
    if (error) {
        page_put(*out);
        return error;
    }
    return vmobj_add_page(o, index, out);
}

int vmobj_lookup_page(struct vmobj *o, u64 index, bool create,
                      struct page **out)
{
    *out = find_page(o, index);
    if (*out)
        return 0;
    return create ? make_page(o, index, out) : -ENOENT;
}

/* --- dropping pages --- */

static void unmap_everywhere_locked(struct vmobj *o, u64 first, u64 end,
                                    bool copies)
{
    struct area *a;

    assert(spin_held(&o->lock));
    list_for_each(a, &o->areas, obj_node)
        pte_unmap_object_locked(a, first, end, copies);
}

/* Take the pages out; they are chained for drop_chain(). */
static struct page *take_pages_locked(struct vmobj *o, u64 first, u64 end)
{
    struct page *chain = NULL, *p;
    size_t before = o->pages.count;
    u64 index = first;

    assert(spin_held(&o->lock));
    while ((p = page_map_next(&o->pages, &index)) != NULL && index < end) {
        page_map_remove(&o->pages, index);
        p->obj = NULL;
        p->next = chain;
        chain = p;
        index++;
    }
    charge(o, (s64)o->pages.count - (s64)before);
    return chain;
}

static void drop_chain(struct page *chain)
{
    while (chain) {
        struct page *p = chain;
        chain = p->next;
        page_put(p);
    }
}

void vmobj_drop_pages(struct vmobj *o, u64 first, u64 end)
{
    spin_lock(&o->lock);
    unmap_everywhere_locked(o, first, end, false);
    struct page *chain = take_pages_locked(o, first, end);
    spin_unlock(&o->lock);
    drop_chain(chain);
}

/* Bytes behind the end of a file's last page are zero when the file grows
 * over them, whatever a mapping has written there. */
static void zero_tail_locked(struct vmobj *o, u64 size)
{
    struct page *p = page_map_find(&o->pages, size >> PAGE_SHIFT);
    u64 used = size & PAGE_MASK;

    assert(spin_held(&o->lock));
    if (p && used)
        memset((u8 *)page_to_virt(p) + used, 0, PAGE_SIZE - used);
}

void vmobj_set_size(struct vmobj *o, u64 size)
{
    struct page *chain = NULL;

    spin_lock(&o->lock);
    u64 old = o->size;
    WRITE_ONCE(o->size, size);
    zero_tail_locked(o, MIN(old, size));
    if (size < old) {
        unmap_everywhere_locked(o, vmobj_pages_of(size), ~0ul, true);
        chain = take_pages_locked(o, vmobj_pages_of(size), ~0ul);
    }
    spin_unlock(&o->lock);
    drop_chain(chain);
}

/*
 * slab.c - caches of objects.
 *
 * A slab's struct page says which cache it belongs to, how many of its objects
 * are out and which unused one comes first.  All pages of a slab are marked, so
 * that kfree() finds the cache from any object.
 */
#include "mm/slab.h"

#include "kernel/lib/assert.h"
#include "kernel/lib/string.h"
#include "mm/debug.h"
#include "mm/page.h"
#include "mm/slab_private.h"

#define ALIGNMENT       16
#define MAX_SLAB_ORDER  3

static struct spinlock registry_lock = SPINLOCK_INIT(RANK_SLAB);
static struct {
    /* guarded by registry_lock; entries are constant once there */
    struct cache *caches[CACHES_MAX];
    unsigned count;
} registry;

/* --- geometry --- */

/* The smallest slab that wastes at most an eighth of itself. */
static unsigned choose_order(size_t stride)
{
    unsigned order = 0;

    while (order < MAX_SLAB_ORDER &&
           (PAGE_SIZE << order < stride ||
            (PAGE_SIZE << order) % stride > (PAGE_SIZE << order) / 8))
        order++;
    return order;
}

/* First use: work out the geometry and enter the list of caches. */
static noinline void cache_setup(struct cache *c)
{
    spin_lock(&registry_lock);
    if (!c->stride) {
        u32 stride = ALIGN_UP(c->size, ALIGNMENT);

        assert(c->size && stride <= PAGE_SIZE << MAX_SLAB_ORDER);
        assert(registry.count < CACHES_MAX);
        c->order = choose_order(stride);
        c->per_slab = (PAGE_SIZE << c->order) / stride;
        c->limit = stride <= 256 ? 64 : stride <= 1024 ? 32 : 8;
        c->id = registry.count;
        list_init(&c->partial);
        list_init(&c->full);
        registry.caches[registry.count++] = c;
        __atomic_store_n(&c->stride, stride, __ATOMIC_RELEASE);
    }
    spin_unlock(&registry_lock);
}

struct cache *cache_at(unsigned i)
{
    return i < READ_ONCE(registry.count) ? registry.caches[i] : NULL;
}

struct cache *cache_of_page(const struct page *page)
{
    assert(page->kind == PAGE_SLAB && page->cache_id < registry.count);
    return registry.caches[page->cache_id];
}

/* --- slabs --- */

static struct page *slab_create(struct cache *c)
{
    char *block = pages_alloc(c->order, 0);
    if (!block)
        return NULL;

    struct page *slab = virt_to_page(block);
    for (u32 i = 0; i < 1u << c->order; i++) {
        slab[i].kind = PAGE_SLAB;
        slab[i].cache_id = c->id;
    }
    slab->slab_used = 0;
    slab->slab_free = NULL;
    for (u32 i = c->per_slab; i-- > 0; ) {
        void **object = (void **)(block + i * c->stride);
        *object = slab->slab_free;
        slab->slab_free = object;
        if (slab_debugging())
            slab_poison(c, object);
    }
    return slab;
}

static void slab_destroy(struct cache *c, struct page *slab)
{
    for (u32 i = 0; i < 1u << c->order; i++)
        slab[i].kind = PAGE_RESERVED;
    slab->kind = PAGE_USED;
    slab->refs = 1;
    pages_free(page_to_virt(slab), c->order);
}

/* Move objects from slabs to the magazine, up to half of its limit. */
static void take_from_slabs_locked(struct cache *c, struct magazine *m)
{
    struct page *slab;

    assert(spin_held(&c->lock));
    while (m->count < c->limit / 2u &&
           (slab = list_first(&c->partial, struct page, node)) != NULL) {
        void **object = slab->slab_free;

        slab->slab_free = *object;
        *object = m->first;
        m->first = object;
        m->count++;
        c->out++;
        if (++slab->slab_used == c->per_slab) {
            list_remove(&slab->node);
            list_add(&c->full, &slab->node);
        }
    }
}

/* Put one object back; the slab if it is empty now and not needed, or NULL. */
static struct page *return_to_slab_locked(struct cache *c, void **object)
{
    struct page *slab = slab_of(c, object);

    assert(spin_held(&c->lock));
    assert(slab->kind == PAGE_SLAB && slab->cache_id == c->id);
    assert(((u64)object & ((PAGE_SIZE << c->order) - 1)) % c->stride == 0);
    assert(slab->slab_used);
    *object = slab->slab_free;
    slab->slab_free = object;
    c->out--;
    if (slab->slab_used-- == c->per_slab) {
        list_remove(&slab->node);
        list_add(&c->partial, &slab->node);
    }
    if (slab->slab_used)
        return NULL;
    list_remove(&slab->node);
    c->slabs--;
    return slab;
}

/* --- magazines --- */

/* Fill the empty magazine; false: out of memory.  Interrupts are disabled. */
static noinline bool magazine_refill(struct cache *c, struct magazine *m)
{
    if (!c->stride)
        cache_setup(c);
    spin_lock(&c->lock);
    take_from_slabs_locked(c, m);
    spin_unlock(&c->lock);
    if (m->count)
        return true;

    struct page *slab = slab_create(c);
    if (!slab)
        return false;
    spin_lock(&c->lock);
    list_add(&c->partial, &slab->node);
    c->slabs++;
    take_from_slabs_locked(c, m);
    spin_unlock(&c->lock);
    return true;
}

/* Give objects back until `keep` are left.  Interrupts are disabled. */
static noinline void magazine_drain(struct cache *c, struct magazine *m,
                                    u32 keep)
{
    struct page *empty = NULL, *slab;

    spin_lock(&c->lock);
    while (m->count > keep) {
        void **object = m->first;

        m->first = *object;
        m->count--;
        slab = return_to_slab_locked(c, object);
        if (slab) {
            slab->next = empty;     /* in place of slab_free: it is going */
            empty = slab;
        }
    }
    spin_unlock(&c->lock);
    while (empty) {
        slab = empty;
        empty = slab->next;
        slab_destroy(c, slab);
    }
}

void *cache_alloc(struct cache *c)
{
    void **object = NULL;

    if (alloc_fails())
        return NULL;
    u64 irqs = irq_disable();
    struct magazine *m = &c->magazines[this_hart()->arch.id];
    if (likely(m->count != 0) || magazine_refill(c, m)) {
        object = m->first;
        m->first = *object;
        m->count--;
    }
    irq_restore(irqs);
    if (slab_debugging() && object) {
        slab_check_fresh(c, object);
    }
    return object;
}

void *cache_zalloc(struct cache *c)
{
    void *object = cache_alloc(c);

    if (object)
        memset(object, 0, c->size);
    return object;
}

void cache_free(struct cache *c, void *object)
{
    void **link = object;
    u64 irqs = irq_disable();
    struct magazine *m = &c->magazines[this_hart()->arch.id];

    if (slab_debugging())
        slab_check_free(c, object, m);
    assert(object != m->first && object != NULL);
    *link = m->first;
    m->first = object;
    if (unlikely(++m->count > c->limit))
        magazine_drain(c, m, c->limit / 2);
    irq_restore(irqs);
}

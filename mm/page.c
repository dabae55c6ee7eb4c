/*
 * page.c - the page allocator: per-hart caches of single pages in front of the
 * buddy system.
 */
#include "mm/page.h"

#include "kernel/lib/assert.h"
#include "kernel/lib/string.h"
#include "mm/buddy.h"
#include "mm/debug.h"

/* A cache is filled by one block of this order, and emptied by half. */
#define BATCH_ORDER     5
#define CACHE_LIMIT     (2u << BATCH_ORDER)
#define ZEROED_LIMIT    32

u64 page_array_origin;

/* A hart's own, interrupts disabled. */
struct page_cache {
    struct page *first;
    struct page *zeroed;        /* pages known to hold zeroes */
    unsigned count, zeroed_count;
} __attribute__((aligned(64)));     /* a cache line, and cheap to index */
static struct page_cache page_caches[MAX_HARTS];

void page_init(struct page *array, pfn_t first, pfn_t end)
{
    page_array_origin = (u64)array - first * sizeof(struct page);
    memset(&buddy, 0, sizeof(buddy));
    memset(page_caches, 0, sizeof(page_caches));
    spin_init(&buddy.lock, RANK_PAGE);
    buddy.first = first;
    buddy.end = end;
    for (unsigned i = 0; i < PAGE_ORDERS; i++)
        list_init(&buddy.free[i]);
}

void page_set_reserve(size_t pages)
{
    buddy.reserve = pages;
}

/* --- single pages, through the running hart's cache --- */

/*
 * The order of the block to fill a cache with.  When memory is short, one page
 * at a time: what lies in a cache is out of the other harts' reach.
 */
static int refill_order(unsigned flags)
{
    size_t spare = buddy.free_pages;

    if (flags & ALLOC_USER) {
        if (spare <= buddy.reserve)
            return -1;
        spare -= buddy.reserve;
    }
    return spare > 64ul << BATCH_ORDER ? BATCH_ORDER : 0;
}

static void cache_push(struct page_cache *c, struct page *p)
{
    p->kind = PAGE_CACHED;
    p->next = c->first;
    c->first = p;
    c->count++;
}

static struct page *cache_pop(struct page_cache *c)
{
    struct page *p = c->first;

    c->first = p->next;
    c->count--;
    return p;
}

static struct page *cache_pop_zeroed(struct page_cache *c)
{
    struct page *p = c->zeroed;

    c->zeroed = p->next;
    c->zeroed_count--;
    return p;
}

/* Fill the empty cache; interrupts are disabled. */
static noinline bool cache_refill(struct page_cache *c, unsigned flags)
{
    struct page *p = NULL;

    spin_lock(&buddy.lock);
    int order = refill_order(flags);
    while (order >= 0 && !(p = buddy_take_locked(order)))
        order--;
    spin_unlock(&buddy.lock);
    if (!p)
        return false;
    for (struct page *end = p + (1ul << order); p < end; p++) {
        p->order = 0;
        p->kind = PAGE_CACHED;
        p->next = c->first;
        c->first = p;
    }
    c->count = 1u << order;
    return true;
}

/* Give pages back until `keep` are left; interrupts are disabled. */
static noinline void cache_drain(struct page_cache *c, unsigned keep)
{
    spin_lock(&buddy.lock);
    while (c->count > keep)
        buddy_put_locked(cache_pop(c), 0);
    while (!keep && c->zeroed_count)
        buddy_put_locked(cache_pop_zeroed(c), 0);
    spin_unlock(&buddy.lock);
}

/* A page when the one list is empty that was looked at; interrupts are
 * disabled. */
static noinline struct page *cache_take_slow(struct page_cache *c,
                                             unsigned flags)
{
    if (c->count || cache_refill(c, flags))
        return cache_pop(c);
    return c->zeroed_count ? cache_pop_zeroed(c) : NULL;
}

static always_inline void take_into_use(struct page *p)
{
    p->refs = 1;
    p->kind = PAGE_USED;
    p->obj = NULL;
}

static noinline struct page *page_alloc_slow(unsigned flags)
{
    if (alloc_fails())
        return NULL;
    u64 irqs = irq_disable();
    struct page_cache *c = &page_caches[this_hart()->arch.id];
    bool zeroed = flags & ALLOC_ZERO && c->zeroed_count;
    struct page *p = zeroed ? cache_pop_zeroed(c) : cache_take_slow(c, flags);
    if (p)
        take_into_use(p);
    irq_restore(irqs);
    if (p && flags & ALLOC_ZERO && !zeroed)
        page_zero(page_to_virt(p));
    return p;
}

/* The usual case: the cache has one, and its contents do not matter. */
struct page *page_alloc(unsigned flags)
{
    if (unlikely(mm_debug & MM_DEBUG_FAIL) || flags & ALLOC_ZERO)
        return page_alloc_slow(flags);
    u64 irqs = irq_disable();
    struct page_cache *c = &page_caches[this_hart()->arch.id];
    struct page *p = NULL;
    if (likely(c->count != 0)) {
        p = cache_pop(c);
        take_into_use(p);
    }
    irq_restore(irqs);
    return likely(p) ? p : page_alloc_slow(flags);
}

void page_free(struct page *p)
{
    assert(p->kind == PAGE_USED && p->order == 0 && p->refs == 0);
    u64 irqs = irq_disable();
    struct page_cache *c = &page_caches[this_hart()->arch.id];

    cache_push(c, p);
    if (unlikely(c->count >= CACHE_LIMIT))
        cache_drain(c, CACHE_LIMIT / 2);
    else if (unlikely(buddy.free_pages <= buddy.reserve))
        cache_drain(c, 0);
    irq_restore(irqs);
}

void page_free_zeroed(struct page *p)
{
    assert(p->kind == PAGE_USED && p->order == 0 && p->refs == 0);
    u64 irqs = irq_disable();
    struct page_cache *c = &page_caches[this_hart()->arch.id];

    if (c->zeroed_count < ZEROED_LIMIT && buddy.free_pages > buddy.reserve) {
        p->kind = PAGE_CACHED;
        p->next = c->zeroed;
        c->zeroed = p;
        c->zeroed_count++;
    } else {
        page_free(p);
    }
    irq_restore(irqs);
}

void page_drain_local(void)
{
    u64 irqs = irq_disable();

    cache_drain(&page_caches[this_hart()->arch.id], 0);
    irq_restore(irqs);
}

/* --- blocks of any order --- */

static struct page *block_take(unsigned order, unsigned flags)
{
    struct page *p = NULL;
    size_t needed = 1ul << order;

    spin_lock(&buddy.lock);
    if (!(flags & ALLOC_USER) || buddy.free_pages >= buddy.reserve + needed)
        p = buddy_take_locked(order);
    spin_unlock(&buddy.lock);
    return p;
}

static struct page *block_alloc(unsigned order, unsigned flags)
{
    if (order >= PAGE_ORDERS || alloc_fails())
        return NULL;
    struct page *p = block_take(order, flags);
    if (!p) {
        /* The missing half of a pair may lie in our own cache. */
        page_drain_local();
        p = block_take(order, flags);
        if (!p)
            return NULL;
    }
    p->refs = 1;
    p->kind = PAGE_USED;
    p->order = order;
    if (flags & ALLOC_ZERO)
        memset(page_to_virt(p), 0, PAGE_SIZE << order);
    return p;
}

void *pages_alloc(unsigned order, unsigned flags)
{
    struct page *p = order ? block_alloc(order, flags) : page_alloc(flags);

    return p ? page_to_virt(p) : NULL;
}

void pages_free(void *block, unsigned order)
{
    struct page *p = virt_to_page(block);

    assert(!((u64)block & PAGE_MASK));
    assert(p->kind == PAGE_USED && p->order == order && p->refs == 1);
    p->refs = 0;
    if (!order) {
        page_free(p);
        return;
    }
    spin_lock(&buddy.lock);
    buddy_put_locked(p, order);
    spin_unlock(&buddy.lock);
}

void pages_split(void *block, unsigned order)
{
    struct page *p = virt_to_page(block), *end = p + (1ul << order);

    assert(p->kind == PAGE_USED && p->order == order && p->refs == 1);
    for (; p < end; p++) {
        p->order = 0;
        take_into_use(p);
    }
}

/* --- counts and checks --- */

size_t pages_total(void)
{
    return buddy.total;
}

size_t pages_free_count(void)
{
    size_t n = READ_ONCE(buddy.free_pages);

    for (unsigned i = 0; i < MAX_HARTS; i++)
        n += READ_ONCE(page_caches[i].count) +
             READ_ONCE(page_caches[i].zeroed_count);
    return n;
}

void pages_free_blocks(size_t blocks[PAGE_ORDERS])
{
    const struct page *p;

    for (unsigned i = 0; i < PAGE_ORDERS; i++) {
        blocks[i] = 0;
        spin_lock(&buddy.lock);
        list_for_each(p, &buddy.free[i], node)
            blocks[i]++;
        spin_unlock(&buddy.lock);
    }
}

static void check_chain(const struct page *p, unsigned count)
{
    unsigned n = 0;

    for (; p && n <= count; p = p->next) {
        assert(p->kind == PAGE_CACHED && p->order == 0);
        n++;
    }
    assert(n == count);
}

static void check_cache(const struct page_cache *c)
{
    check_chain(c->first, c->count);
    check_chain(c->zeroed, c->zeroed_count);
    for (const struct page *p = c->zeroed; p; p = p->next) {
        const u64 *words = page_to_virt(p);
        for (unsigned i = 0; i < PAGE_SIZE / sizeof(u64); i++)
            assert(!words[i]);
    }
}

void page_check(void)
{
    spin_lock(&buddy.lock);
    buddy_check_locked();
    for (unsigned i = 0; i < MAX_HARTS; i++)
        check_cache(&page_caches[i]);
    spin_unlock(&buddy.lock);
}

/* buddy.c - the binary buddy system. */
#include "mm/buddy.h"

#include "kernel/lib/assert.h"
#include "kernel/lib/bitmap.h"
#include "kernel/lib/string.h"

struct buddy buddy;

static void list_block(struct page *p, unsigned order)
{
    p->kind = PAGE_FREE;
    p->order = order;
    list_add(&buddy.free[order], &p->node);
    buddy.nonempty |= 1ul << order;
}

static void unlist_block(struct page *p)
{
    list_remove(&p->node);
    if (list_empty(&buddy.free[p->order]))
        buddy.nonempty &= ~(1ul << p->order);
    p->kind = PAGE_RESERVED;
}

/* The free block that makes a pair with [pfn, pfn + 2^order), or NULL. */
static struct page *free_partner(pfn_t pfn, unsigned order)
{
    pfn_t other = pfn ^ 1ul << order;

    if (other < buddy.first || other >= buddy.end)
        return NULL;
    struct page *p = pfn_to_page(other);
    return p->kind == PAGE_FREE && p->order == order ? p : NULL;
}

void buddy_put_locked(struct page *p, unsigned order)
{
    pfn_t pfn = page_to_pfn(p);
    struct page *partner;

    assert(spin_held(&buddy.lock));
    buddy.free_pages += 1ul << order;
    p->kind = PAGE_RESERVED;
    while (order < PAGE_ORDERS - 1 &&
           (partner = free_partner(pfn, order)) != NULL) {
        unlist_block(partner);
        pfn &= ~(1ul << order);
        order++;
    }
    list_block(pfn_to_page(pfn), order);
}

struct page *buddy_take_locked(unsigned order)
{
    assert(spin_held(&buddy.lock));
    u64 fitting = buddy.nonempty >> order << order;
    if (!fitting)
        return NULL;

    unsigned have = bit_lowest(fitting);
    struct page *p = list_first(&buddy.free[have], struct page, node);

    unlist_block(p);
    while (have > order) {
        have--;
        list_block(p + (1ul << have), have);
    }
    buddy.free_pages -= 1ul << order;
    return p;
}

/* The pages of the largest block that pfn lies in. */
static void clear_block_of(pfn_t pfn)
{
    pfn_t first = ALIGN_DOWN(pfn, 1ul << (PAGE_ORDERS - 1));

    if (first >= buddy.first && first < buddy.end)
        memset(pfn_to_page(first), 0, sizeof(struct page) << (PAGE_ORDERS - 1));
}

void page_clear_edges(pfn_t first, pfn_t end)
{
    clear_block_of(first);
    clear_block_of(end);
}

void page_add_range(pfn_t first, pfn_t end)
{
    assert(first >= buddy.first && end <= buddy.end);
    if (first >= end)
        return;
    buddy.total += end - first;
    spin_lock(&buddy.lock);
    while (first < end) {
        unsigned order = 0;
        while (order < PAGE_ORDERS - 1 && !(first & 1ul << order) &&
               first + (2ul << order) <= end)
            order++;
        buddy_put_locked(pfn_to_page(first), order);
        first += 1ul << order;
    }
    spin_unlock(&buddy.lock);
}

static size_t check_list(unsigned order)
{
    struct page *p;
    size_t pages = 0;

    list_for_each(p, &buddy.free[order], node) {
        pfn_t pfn = page_to_pfn(p);

        assert(p->kind == PAGE_FREE && p->order == order);
        assert(p->node.next->prev == &p->node);
        assert(!(pfn & ((1ul << order) - 1)));
        assert(pfn >= buddy.first && pfn + (1ul << order) <= buddy.end);
        assert(order == PAGE_ORDERS - 1 || !free_partner(pfn, order));
        pages += 1ul << order;
    }
    assert(!pages == !(buddy.nonempty >> order & 1));
    return pages;
}

void buddy_check_locked(void)
{
    size_t pages = 0;

    assert(spin_held(&buddy.lock));
    for (unsigned i = 0; i < PAGE_ORDERS; i++)
        pages += check_list(i);
    assert(pages == buddy.free_pages && pages <= buddy.total);
}

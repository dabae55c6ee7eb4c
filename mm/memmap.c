/*
 * memmap.c - which RAM there is to use.
 *
 * Before the page allocator lives, the kernel's page tables need pages.  They
 * are taken one by one from the low end of the first piece of usable RAM; what
 * is left of the pieces goes to the allocator.
 */
#include "mm/memmap.h"

#include "kernel/lib/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/params.h"
#include "mm/debug.h"
#include "mm/page.h"

/* Each range that is cut out can split one piece in two. */
#define MAX_PIECES  (MAX_BANKS + MAX_RESERVED + 1)
#define BLOCK_PAGES (1ul << (PAGE_ORDERS - 1))

/* Whole pages of RAM that nothing occupies; empty once given away. */
static struct phys_range pieces[MAX_PIECES];
static unsigned piece_count;

static struct phys_range bank_pages(unsigned i)
{
    const struct phys_range *b = &machine.banks[i];

    return (struct phys_range){ page_up(b->start),
                                MIN(page_down(b->end), (u64)DIRECT_SIZE) };
}

static bool overlap(struct phys_range a, struct phys_range b)
{
    return a.start < b.end && b.start < a.end;
}

static void add_bank(struct phys_range bank)
{
    if (bank.start >= bank.end)
        return;
    for (unsigned i = 0; i < piece_count; i++)
        if (overlap(pieces[i], bank)) {
            log_warning("memory: bank %#lx-%#lx overlaps another one, ignored",
                        (unsigned long)bank.start, (unsigned long)bank.end);
            return;
        }
    pieces[piece_count++] = bank;
}

static void cut_out(struct phys_range hole)
{
    hole.start = page_down(hole.start);
    hole.end = page_up(hole.end);
    for (unsigned i = piece_count; i-- > 0; ) {
        struct phys_range *p = &pieces[i];
        struct phys_range behind = { hole.end, p->end };

        if (!overlap(*p, hole))
            continue;
        p->end = MAX(p->start, hole.start);
        if (behind.start >= behind.end)
            continue;
        if (p->start == p->end) {
            *p = behind;
        } else {
            assert(piece_count < MAX_PIECES);
            pieces[piece_count++] = behind;
        }
    }
}

int mm_init_early(void)
{
    for (unsigned i = 0; i < machine.bank_count; i++)
        add_bank(bank_pages(i));
    cut_out(arch_image());
    for (unsigned i = 0; i < machine.reserved_count; i++)
        cut_out(machine.reserved[i]);
    for (unsigned i = 0; i < piece_count; i++)
        if (pieces[i].start < pieces[i].end)
            return 0;
    return -ENOMEM;
}

paddr_t memmap_early_page(void)
{
    for (unsigned i = 0; i < piece_count; i++) {
        paddr_t page = pieces[i].start;
        if (page == pieces[i].end)
            continue;
        pieces[i].start += PAGE_SIZE;
        memset(phys_to_virt(page), 0, PAGE_SIZE);
        return page;
    }
    return 0;
}

/* --- the page array --- */

static vaddr_t array_address(pfn_t pfn)
{
    return PAGE_ARRAY_BASE + pfn * sizeof(struct page);
}

/*
 * Back the part of the array that stands for a bank, rounded out to whole
 * blocks, as the allocator looks at the neighbours of any block.  Parts of two
 * banks may meet in one page of the array.
 */
static int map_array(struct phys_range bank)
{
    pfn_t first = ALIGN_DOWN(bank.start >> PAGE_SHIFT, BLOCK_PAGES);
    pfn_t end = ALIGN_UP(bank.end >> PAGE_SHIFT, BLOCK_PAGES);
    vaddr_t va = page_down(array_address(first));
    vaddr_t stop = page_up(array_address(end));

    for (; va < stop; va += PAGE_SIZE) {
        pte_t *pte = pgtable_find(arch_kernel_root(), va);
        int error = pte && *pte ? 0 : arch_map_kernel(va, 1);
        if (error)
            return error;
    }
    return 0;
}

static int make_array(void)
{
    paddr_t first = ~0ul, end = 0;

    for (unsigned i = 0; i < machine.bank_count; i++) {
        struct phys_range bank = bank_pages(i);
        if (bank.start >= bank.end)
            continue;
        int error = map_array(bank);
        if (error)
            return error;
        first = MIN(first, bank.start);
        end = MAX(end, bank.end);
    }
    first >>= PAGE_SHIFT;
    page_init((struct page *)array_address(first), first, end >> PAGE_SHIFT);
    return 0;
}

/* What may be kept from user programs: enough for the kernel to end some of
 * them in good order. */
static size_t choose_reserve(void)
{
    size_t share = pages_total() / 128;

    return share < 32 ? 32 : MIN(share, 1024ul);
}

int mm_init(void)
{
    char value[16];
    int error = make_array();

    if (error)
        return error;
    for (unsigned i = 0; i < piece_count; i++) {
        page_add_range(pieces[i].start >> PAGE_SHIFT,
                       pieces[i].end >> PAGE_SHIFT);
        pieces[i].start = pieces[i].end;
    }
    page_set_reserve(choose_reserve());
    if (bootarg("debug", value, sizeof(value)) && !strcmp(value, "slab"))
        mm_debug |= MM_DEBUG_SLAB;
    log_info("memory: %lu KiB of %lu KiB free", pages_free_count() * 4,
             (unsigned long)memmap_bank_bytes() / 1024);
    return 0;
}

u64 memmap_bank_bytes(void)
{
    u64 sum = 0;

    for (unsigned i = 0; i < machine.bank_count; i++)
        sum += machine.banks[i].end - machine.banks[i].start;
    return sum;
}

u64 memmap_reserved_bytes(void)
{
    return memmap_bank_bytes() - pages_total() * PAGE_SIZE;
}

void memmap_release(paddr_t start, paddr_t end)
{
    page_add_range(page_up(start) >> PAGE_SHIFT, page_down(end) >> PAGE_SHIFT);
}

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

/* Each range that is cut out can split one piece in two: reserved ranges, the
 * image, banks that are left out. */
#define MAX_PIECES  (2 * MAX_BANKS + MAX_RESERVED + 1)
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

static bool bank_left_out[MAX_BANKS];

/* All banks in use, rounded out to whole blocks, in pages. */
static struct phys_range array_span(void)
{
    struct phys_range span = { ~0ul, 0 };

    for (unsigned i = 0; i < machine.bank_count; i++) {
        struct phys_range bank = bank_pages(i);
        if (bank.start >= bank.end || bank_left_out[i])
            continue;
        span.start = MIN(span.start, bank.start >> PAGE_SHIFT);
        span.end = MAX(span.end, bank.end >> PAGE_SHIFT);
    }
    span.start = ALIGN_DOWN(span.start, BLOCK_PAGES);
    span.end = ALIGN_UP(span.end, BLOCK_PAGES);
    return span;
}

/* So many bytes from the low end of a piece; NULL if there are none. */
static void *take_bytes(u64 size)
{
    for (unsigned i = 0; i < piece_count; i++)
        if (pieces[i].end - pieces[i].start >= size) {
            void *p = phys_to_virt(pieces[i].start);
            pieces[i].start += page_up(size);
            return p;
        }
    return NULL;
}

/* A bank far behind the others makes an array that does not fit. */
static bool leave_out_last_bank(void)
{
    unsigned last = MAX_BANKS;

    for (unsigned i = 0; i < machine.bank_count; i++)
        if (!bank_left_out[i] && (last == MAX_BANKS ||
            machine.banks[i].start > machine.banks[last].start))
            last = i;
    if (last == MAX_BANKS)
        return false;
    log_warning("memory: bank %#lx is too far from the others, left out",
                (unsigned long)machine.banks[last].start);
    bank_left_out[last] = true;
    cut_out(bank_pages(last));
    return true;
}

/*
 * The array stands in for one stretch of memory with all banks in it.  It is
 * not cleared: that would take longer than the rest of the boot with much RAM.
 */
static int make_array(void)
{
    for (;;) {
        struct phys_range span = array_span();
        u64 size = span.end > span.start
                       ? (span.end - span.start) * sizeof(struct page) : 0;
        void *array = size ? take_bytes(size) : NULL;
        if (array) {
            page_init(array, span.start, span.end);
            return 0;
        }
        if (!leave_out_last_bank())
            return -ENOMEM;
    }
}

static void clear_edges(const struct phys_range *ranges, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        page_clear_edges(ranges[i].start >> PAGE_SHIFT,
                         ranges[i].end >> PAGE_SHIFT);
}

/* Reserved ranges may be given back later (the initrd), so theirs count too. */
static void give_pieces(void)
{
    clear_edges(pieces, piece_count);
    clear_edges(machine.reserved, machine.reserved_count);
    for (unsigned i = 0; i < piece_count; i++) {
        page_add_range(pieces[i].start >> PAGE_SHIFT,
                       pieces[i].end >> PAGE_SHIFT);
        pieces[i].start = pieces[i].end;
    }
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
    give_pieces();
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

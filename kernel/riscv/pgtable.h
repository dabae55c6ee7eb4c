/*
 * pgtable.h - Sv39 page tables as data: entries, walks.  Pure C over the
 * direct map, so the host tests run it too; what touches the MMU (satp,
 * fences) is in mmu.c.
 *
 * Who may change an entry: the holder of the address space's page-table lock
 * (mm/vm.h); entries of the kernel half only mmu.c.
 */
#pragma once

#include "kernel/lib/types.h"

typedef u64 pte_t;

#define PTE_VALID       (1ul << 0)
#define PTE_READ        (1ul << 1)
#define PTE_WRITE       (1ul << 2)
#define PTE_EXEC        (1ul << 3)
#define PTE_USER        (1ul << 4)
#define PTE_GLOBAL      (1ul << 5)
#define PTE_ACCESSED    (1ul << 6)
#define PTE_DIRTY       (1ul << 7)
/* The two bits that the hardware leaves to software. */
#define PTE_SOFT1       (1ul << 8)
#define PTE_SOFT2       (1ul << 9)
#define PTE_PPN_SHIFT   10

#define PGTABLE_ENTRIES 512
#define PGTABLE_LEVELS  3
#define LARGE_SHIFT     21          /* a level 1 leaf: 2 MiB */
#define LARGE_SIZE      (1ul << LARGE_SHIFT)
#define HUGE_SHIFT      30          /* a level 2 leaf: 1 GiB */
#define HUGE_SIZE       (1ul << HUGE_SHIFT)

static inline pte_t pte_make(pfn_t pfn, u64 flags)
{
    return pfn << PTE_PPN_SHIFT | flags;
}

/* The bits above the number (Svpbmt, Svnapot) are never set. */
static inline pfn_t pte_pfn(pte_t pte)
{
    return pte >> PTE_PPN_SHIFT;
}

/* The table that an entry of a higher level points to: such an entry has no flag
 * but VALID, so the number need not be cut out. */
static inline paddr_t pte_table(pte_t pte)
{
    return (pte << 2) - (PTE_VALID << 2);
}

static inline bool pte_is_leaf(pte_t pte)
{
    return pte & (PTE_READ | PTE_WRITE | PTE_EXEC);
}

static inline unsigned pgtable_index(vaddr_t va, unsigned level)
{
    return va >> (PAGE_SHIFT + 9 * level) & (PGTABLE_ENTRIES - 1);
}

/*
 * The level 0 entry for va, or NULL if no level 0 table covers it.  The
 * entries up to the next 2 MiB boundary follow it in memory.
 */
pte_t *pgtable_find(paddr_t root, vaddr_t va);

/* The same, but makes the tables on the way; NULL means out of memory. */
pte_t *pgtable_find_alloc(paddr_t root, vaddr_t va);

/*
 * The first address at or after va, below end, that a level 0 table covers;
 * `end` if there is none.  Lets walks skip empty gigabytes.
 */
vaddr_t pgtable_next(paddr_t root, vaddr_t va, vaddr_t end);

/*
 * Map one leaf at `level` (0: 4 KiB, 1: 2 MiB, 2: 1 GiB).  -EEXIST if an entry
 * is there, -ENOMEM.
 */
int pgtable_map(paddr_t root, vaddr_t va, pte_t leaf, unsigned level);

/*
 * Free the level 0 tables of the user half that lie wholly inside [start, end).
 * Their entries must be invalid and no hart may walk them any more.
 */
void pgtable_free_tables(paddr_t root, vaddr_t start, vaddr_t end);

/* The same for level 1 tables, when the level 0 tables below them are gone. */
void pgtable_free_middle(paddr_t root, vaddr_t start, vaddr_t end);

/* Doors upward: a zeroed page for a table (physical), 0 if out of memory. */
paddr_t pgtable_page_alloc(void);
/* Take or drop a reference on a table; the last one frees it.  The page is all
 * zero when it is freed. */
void pgtable_page_get(paddr_t page);
void pgtable_page_put(paddr_t page);

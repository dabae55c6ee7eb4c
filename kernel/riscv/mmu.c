/*
 * mmu.c - the kernel's page table, loading of address spaces, fences.
 *
 * Each hart hands out address-space numbers (ASIDs) of its own, in
 * generations: when they run out it flushes its TLB and begins anew.  A space
 * remembers its number on every hart.  To make a hart that is not running the
 * space forget its entries, it is enough to take its number there away.
 */
#include "kernel/riscv/private.h"

#include "kernel/lib/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

#define LEAF_FLAGS (PTE_VALID | PTE_GLOBAL | PTE_ACCESSED | PTE_DIRTY)

/* The kernel's root table; its physical address is known to entry.S. */
pte_t kernel_table[PGTABLE_ENTRIES] __attribute__((aligned(4096)));

extern char image_start[], text_end[], rodata_end[], image_end[];

static inline void flush_all(void)
{
    asm volatile("sfence.vma" : : : "memory");
}

static inline void fence_i(void)
{
    asm volatile(".4byte 0x0000100f" : : : "memory");
}

paddr_t arch_kernel_root(void)
{
    return virt_to_phys(kernel_table);
}

struct phys_range arch_image(void)
{
    return (struct phys_range){ virt_to_phys(image_start),
                                virt_to_phys(image_end) };
}

/* What the page at pa may be used for: exactly one of write and execute. */
static u64 image_protection(paddr_t pa)
{
    const char *va = phys_to_virt(pa);

    if (va >= image_start && va < text_end)
        return PTE_READ | PTE_EXEC;
    if (va >= text_end && va < rodata_end)
        return PTE_READ;
    return PTE_READ | PTE_WRITE;
}

/* Does [start, end) touch the part of the image that is not plain data? */
static bool touches_image(paddr_t start, paddr_t end)
{
    return start < virt_to_phys(rodata_end) && end > virt_to_phys(image_start);
}

static const struct phys_range *hole_in(const struct phys_range *holes,
                                        unsigned count, paddr_t start,
                                        paddr_t end)
{
    for (unsigned i = 0; i < count; i++)
        if (holes[i].start < end && holes[i].end > start)
            return &holes[i];
    return NULL;
}

/* The largest leaf that fits at pa, below end, with one protection. */
static unsigned leaf_level(paddr_t pa, paddr_t end,
                           const struct phys_range *holes, unsigned count)
{
    for (unsigned level = 2; level > 0; level--) {
        u64 size = 1ul << (PAGE_SHIFT + 9 * level);
        if (!(pa & (size - 1)) && end - pa >= size &&
            !touches_image(pa, pa + size) &&
            !hole_in(holes, count, pa, pa + size))
            return level;
    }
    return 0;
}

static int map_bank(paddr_t pa, paddr_t end, const struct phys_range *holes,
                    unsigned count)
{
    while (pa < end) {
        unsigned level = leaf_level(pa, end, holes, count);
        u64 size = 1ul << (PAGE_SHIFT + 9 * level);
        pte_t leaf = pte_make(pa >> PAGE_SHIFT,
                              LEAF_FLAGS | image_protection(pa));

        if (!hole_in(holes, count, pa, pa + size)) {
            int error = pgtable_map(arch_kernel_root(),
                                    (vaddr_t)phys_to_virt(pa), leaf, level);
            if (error)
                return error;
        }
        pa += size;
    }
    return 0;
}

/* Make the level 1 tables of a part of the kernel half, so that its root
 * entries never change: address spaces hold copies of them. */
static int reserve_tables(vaddr_t start, vaddr_t end)
{
    for (vaddr_t va = start; va < end; va += HUGE_SIZE) {
        pte_t *entry = &kernel_table[pgtable_index(va, 2)];
        if (*entry & PTE_VALID)
            continue;
        paddr_t page = pgtable_page_alloc();
        if (!page)
            return -ENOMEM;
        *entry = pte_make(page >> PAGE_SHIFT, PTE_VALID);
    }
    return 0;
}

static u64 asid_limit;          /* how many numbers the harts have */

/* Which of the ASID bits are implemented can only be found by trying. */
static void probe_asids(void)
{
    u64 root = arch_kernel_root() >> PAGE_SHIFT;

    csr_write(satp, SATP_SV39 | SATP_ASID_MASK << SATP_ASID_SHIFT | root);
    asid_limit = (csr_read(satp) >> SATP_ASID_SHIFT & SATP_ASID_MASK) + 1;
    csr_write(satp, SATP_SV39 | root);
    flush_all();
}

/* Where the kernel's half of the root has entries; they never change. */
static u16 kernel_entry[PGTABLE_ENTRIES / 2];
static unsigned kernel_entries;

static void list_kernel_entries(void)
{
    for (unsigned i = 0; i < PGTABLE_ENTRIES; i++)
        if (kernel_table[i])
            kernel_entry[kernel_entries++] = i;
}

/* set once at boot */
static const struct phys_range *ram;
static unsigned ram_banks;

int arch_mmu_init(const struct phys_range *banks, unsigned bank_count,
                  const struct phys_range *holes, unsigned hole_count)
{
    int error = 0;

    ram = banks;
    ram_banks = bank_count;
    for (unsigned i = 0; i < bank_count && !error; i++)
        error = map_bank(banks[i].start, banks[i].end, holes, hole_count);
    if (!error)
        error = reserve_tables(DIRECT_BASE, DIRECT_BASE + HUGE_SIZE);
    if (!error)
        error = reserve_tables(PAGE_ARRAY_BASE, PAGE_ARRAY_BASE + HUGE_SIZE);
    if (!error)
        error = reserve_tables(KSTACK_BASE, KSTACK_END);
    if (!error) {
        list_kernel_entries();
        probe_asids();
    }
    return error;
}

/* Can there be registers? A device tree may say what it likes. */
static bool may_be_device(paddr_t pa, size_t size)
{
    if (pa % sizeof(u32) || size > DIRECT_SIZE || pa > DIRECT_SIZE - size)
        return false;
    for (unsigned i = 0; i < ram_banks; i++)
        if (pa < ram[i].end && ram[i].start < pa + size)
            return false;
    return true;
}

void *arch_map_device(paddr_t pa, size_t size)
{
    u64 flags = LEAF_FLAGS | PTE_READ | PTE_WRITE;

    if (!may_be_device(pa, size))
        return NULL;
    for (paddr_t p = page_down(pa); p < pa + size; p += PAGE_SIZE) {
        int error = pgtable_map(arch_kernel_root(), (vaddr_t)phys_to_virt(p),
                                pte_make(p >> PAGE_SHIFT, flags), 0);
        if (error && error != -EEXIST)
            return NULL;
    }
    flush_all();
    return phys_to_virt(pa);
}

static void unmap_kernel(vaddr_t va, size_t pages)
{
    for (; pages; pages--, va += PAGE_SIZE) {
        pte_t *pte = pgtable_find(arch_kernel_root(), va);
        paddr_t page = pte_pfn(*pte) << PAGE_SHIFT;

        *pte = 0;
        memset(phys_to_virt(page), 0, PAGE_SIZE);
        pgtable_page_put(page);
    }
}

int arch_map_kernel(vaddr_t va, size_t pages)
{
    u64 flags = LEAF_FLAGS | PTE_READ | PTE_WRITE;

    for (size_t i = 0; i < pages; i++) {
        paddr_t page = pgtable_page_alloc();
        int error = page ? pgtable_map(arch_kernel_root(), va + i * PAGE_SIZE,
                                       pte_make(page >> PAGE_SHIFT, flags), 0)
                         : -ENOMEM;
        if (error) {
            if (page)
                pgtable_page_put(page);
            unmap_kernel(va, i);
            return error;
        }
    }
    /* Invalid entries may have been cached, here and on other harts. */
    flush_all();
    return 0;
}

/* --- address spaces --- */

int arch_space_init(struct arch_space *s)
{
    *s = (struct arch_space){ .root = pgtable_page_alloc() };
    if (!s->root)
        return -ENOMEM;
    s->satp = SATP_SV39 | s->root >> PAGE_SHIFT;
    pte_t *table = phys_to_virt(s->root);
    for (unsigned i = 0; i < kernel_entries; i++)
        table[kernel_entry[i]] = kernel_table[kernel_entry[i]];
    return 0;
}

void arch_space_destroy(struct arch_space *s)
{
    pgtable_page_put(s->root);
    s->root = 0;
}

void mmu_assign_asid(void *space)
{
    struct arch_hart *h = arch_this_hart;
    struct arch_space *s = space;

    if (h->asid_next >= asid_limit) {
        h->asid_generation++;
        h->asid_next = 1;
        /* Off the old space first, or its number, which another gets now,
         * could gather entries again. */
        csr_write(satp, SATP_SV39 | arch_kernel_root() >> PAGE_SHIFT);
        flush_all();
    }
    fence_i();                      /* arch_icache_flush() may have asked */
    u64 asid = h->asid_generation << 16 | (h->asid_next++ & SATP_ASID_MASK);
    __atomic_store_n(&s->asid[h->id], asid, __ATOMIC_RELAXED);
}

void mmu_return_root(void *table)
{
    arch_this_hart->root_borrowed = false;
    pgtable_page_put(virt_to_phys(table));
}

void mmu_borrow_root(unused_arg void *unused)
{
    struct arch_hart *h = arch_this_hart;

    if (h->space_root && !h->root_borrowed) {
        h->root_borrowed = true;
        pgtable_page_get(h->space_root);
    }
}

void arch_space_activate(struct arch_space *s)
{
    u64 irqs = irq_disable();

    arch_this_hart->thread->space = s;
    mmu_switch_space(arch_this_hart, s);
    irq_restore(irqs);
}

/* --- fences --- */

/* One fence, however many pages: emulators flush everything for each. */
static void flush_local(u64 asid, vaddr_t start, vaddr_t end)
{
    arch_this_hart->tlb_flushes++;
    if (end - start > PAGE_SIZE)
        asm volatile("sfence.vma x0, %0" : : "r"(asid) : "memory");
    else
        asm volatile("sfence.vma %0, %1" : : "r"(start), "r"(asid) : "memory");
}

/* Harts 0 .. harts_running - 1 have been told about; see arch_hart_init(). */
static unsigned harts_running = 1;

void mmu_hart_init(const struct arch_hart *h)
{
    unsigned seen = __atomic_load_n(&harts_running, __ATOMIC_RELAXED);

    while (seen <= h->id &&
           !__atomic_compare_exchange_n(&harts_running, &seen, h->id + 1, false,
                                        __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
        ;
}

static void flush_remote(const struct arch_hart *h, vaddr_t start, vaddr_t end)
{
    arch_this_hart->tlb_shootdowns++;
    sbi_call(SBI_EXT_RFENCE, 1, 1, h->hartid, start, end - start, 0);
}

/*
 * A hart that runs the space is fenced; from one that does not, its number is
 * taken away, so that it loads the space with a fresh one.  A hart that loads
 * it at this moment either is seen to run it, or sees the number gone.
 */
static void flush_hart(struct arch_hart *h, struct arch_space *s, vaddr_t start,
                       vaddr_t end)
{
    u64 asid = __atomic_load_n(&s->asid[h->id], __ATOMIC_SEQ_CST);
    bool running =
        __atomic_load_n(&h->space_root, __ATOMIC_SEQ_CST) == s->root;

    /* A hart may run it without a number: an earlier fence took that away. */
    if (!asid && !running)
        return;
    if (h == arch_this_hart && running) {
        flush_local(csr_read(satp) >> SATP_ASID_SHIFT & SATP_ASID_MASK, start,
                    end);
        return;
    }
    __atomic_store_n(&s->asid[h->id], 0, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&h->space_root, __ATOMIC_SEQ_CST) == s->root)
        flush_remote(h, start, end);
}

void arch_tlb_flush(struct arch_space *s, vaddr_t start, vaddr_t end)
{
    u64 irqs = irq_disable();

    __atomic_thread_fence(__ATOMIC_SEQ_CST);    /* the entries come first */
    for (unsigned i = 0; i < harts_running; i++)
        flush_hart(arch_hart_of(i), s, start, end);
    irq_restore(irqs);
}

void arch_tlb_flush_local(vaddr_t va)
{
    asm volatile("sfence.vma %0" : : "r"(va) : "memory");
}

/* Like flush_hart(): to give a hart a fresh number for the space, it is fenced
 * for instructions as well. */
static void icache_flush_hart(struct arch_hart *h, struct arch_space *s)
{
    __atomic_store_n(&s->asid[h->id], 0, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&h->space_root, __ATOMIC_SEQ_CST) == s->root)
        sbi_call(SBI_EXT_RFENCE, 0, 1, h->hartid, 0, 0, 0);
}

void arch_icache_flush(struct arch_space *s)
{
    u64 irqs = irq_disable();

    __atomic_thread_fence(__ATOMIC_SEQ_CST);    /* the code comes first */
    for (unsigned i = 0; i < harts_running; i++)
        if (arch_hart_of(i) != arch_this_hart)
            icache_flush_hart(arch_hart_of(i), s);
    fence_i();
    irq_restore(irqs);
}

void arch_icache_flush_all(void)
{
    fence_i();
    sbi_call(SBI_EXT_RFENCE, 0, 0, ~0ul, 0, 0, 0);
}

/* --- the W^X check --- */

static void check_leaf(pte_t pte)
{
    u64 both = PTE_WRITE | PTE_EXEC;

    if ((pte & both) == both)
        panic("page table entry %#lx is writable and executable", pte);
    if (pte & PTE_USER)
        panic("user entry %#lx in the kernel half", pte);
}

#define KERNEL_FIRST (PGTABLE_ENTRIES / 2)

static size_t check_table(const pte_t *table, unsigned first, unsigned level)
{
    size_t leaves = 0;

    for (unsigned i = first; i < PGTABLE_ENTRIES; i++) {
        if (!(table[i] & PTE_VALID))
            continue;
        if (!pte_is_leaf(table[i])) {
            leaves += check_table(pfn_to_virt(pte_pfn(table[i])), 0, level - 1);
        } else {
            check_leaf(table[i]);
            leaves++;
        }
    }
    return leaves;
}

size_t arch_check_wx(paddr_t root)
{
    return check_table(phys_to_virt(root), KERNEL_FIRST, 2);
}

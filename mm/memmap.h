/*
 * memmap.h - from the banks that the device tree names to a working page
 * allocator, in two steps around the making of the kernel's page table:
 *
 *     dt_read(tree);              machine.banks, machine.reserved
 *     mm_init_early();            pages for tables can be had
 *     arch_mmu_init(...);         all RAM is mapped
 *     mm_init();                  everything else
 */
#pragma once

#include "kernel/lib/types.h"

/*
 * Find the usable pieces of RAM: banks inside the direct map, minus the
 * reserved ranges and the kernel's image.  -ENOMEM if nothing is left.
 */
int mm_init_early(void);

/* A zeroed page, never given back; 0 if there is none.  Before mm_init(). */
paddr_t memmap_early_page(void);

/*
 * Find a place for the page array and hand all that is left to the page
 * allocator; read the boot argument debug=.  -ENOMEM if the array does not fit.
 */
int mm_init(void);

/* Bytes of RAM in the banks, and bytes kept from the allocator (firmware,
 * image, initrd, page array); for the boot log and /proc/meminfo. */
u64 memmap_bank_bytes(void);
u64 memmap_reserved_bytes(void);

/* Give RAM that was reserved at boot (the initrd) to the allocator; whole
 * pages inside [start, end) only. */
void memmap_release(paddr_t start, paddr_t end);

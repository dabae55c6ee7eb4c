/* mmu.c - address spaces with no MMU behind them: flushes are only counted. */
#include "arch.h"

#include "kernel/lib/errno.h"

struct host_flushes host_flushes;
void (*host_on_flush)(struct arch_space *s, vaddr_t start, vaddr_t end);

int arch_space_init(struct arch_space *s)
{
    *s = (struct arch_space){ .root = pgtable_page_alloc() };
    return s->root != 0 ? 0 : -ENOMEM;
}

void arch_space_destroy(struct arch_space *s)
{
    pgtable_page_put(s->root);
    s->root = 0;
}

void arch_space_activate(struct arch_space *s)
{
    arch_this_hart->thread->space = s;
}

void arch_tlb_flush(struct arch_space *s, vaddr_t start, vaddr_t end)
{
    if (host_on_flush != NULL)
        host_on_flush(s, start, end);
    host_flushes.calls++;
    host_flushes.start = start;
    host_flushes.end = end;
}

void arch_tlb_flush_local(vaddr_t va unused_arg)
{
    host_flushes.local++;
}

void arch_icache_flush_all(void)
{
    host_flushes.icache++;
}

void arch_icache_flush(struct arch_space *s unused_arg)
{
    host_flushes.icache++;
}

int arch_map_kernel(vaddr_t va unused_arg, size_t pages unused_arg)
{
    return 0;
}

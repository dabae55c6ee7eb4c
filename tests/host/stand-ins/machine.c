/* machine.c - the one hart, its running thread, and "physical" memory. */
#include "arch.h"

#include "kernel/hart.h"
#include "kernel/lib/assert.h"
#include "kernel/thread.h"

static u8 ram[HOST_RAM_SIZE] __attribute__((aligned(1 << 22)));
static struct thread main_thread = { .name = "host", .refs = 1,
                                     .state = THREAD_RUNNING };

u8 *const host_ram = ram;
bool host_irqs_on = true;
u64 host_ticks;
struct hart harts[MAX_HARTS] = {
    { .arch = { .thread = &main_thread.arch }, .online = true },
};
unsigned hart_count = 1;
struct arch_hart *arch_this_hart = &harts[0].arch;

void *phys_to_virt(paddr_t pa)
{
    if (pa - HOST_RAM_BASE >= HOST_RAM_SIZE)
        panic("%#lx is no physical address", (unsigned long)pa);
    return ram + (pa - HOST_RAM_BASE);
}

paddr_t virt_to_phys(const void *va)
{
    if ((u64)va - (u64)ram >= HOST_RAM_SIZE)
        panic("%p is not in the direct map", va);
    return HOST_RAM_BASE + ((const u8 *)va - ram);
}

u64 hart_online_mask(void)
{
    return 1;
}

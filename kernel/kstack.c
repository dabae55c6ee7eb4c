/*
 * kstack.c - kernel stacks live in slots of twice their size, in a part of the
 * kernel half that is otherwise unmapped: the lower half of a slot is the guard.
 *
 * A stack stays mapped when it is freed, so that most forks map nothing and no
 * TLB ever needs a flush for it.  Free stacks are linked through their top word.
 */
#include "kernel/kstack.h"

#include "arch.h"
#include "kernel/spinlock.h"

static struct spinlock pool_lock = SPINLOCK_INIT(RANK_KSTACK);
/* guarded by pool_lock */
static vaddr_t free_stacks;             /* top of the first; 0: none */
static unsigned free_count;

/* arch_map_kernel() changes shared tables: one at a time. */
static struct spinlock map_lock = SPINLOCK_INIT(RANK_KSTACK_MAP);
/* guarded by map_lock */
static vaddr_t next_slot = KSTACK_BASE;

static vaddr_t *link_of(vaddr_t top)
{
    return (vaddr_t *)top - 1;
}

static vaddr_t take_free(void)
{
    spin_lock(&pool_lock);
    vaddr_t top = free_stacks;
    if (top) {
        free_stacks = *link_of(top);
        free_count--;
    }
    spin_unlock(&pool_lock);
    return top;
}

vaddr_t kstack_alloc(void)
{
    vaddr_t top = take_free();

    if (top)
        return top;
    spin_lock(&map_lock);
    vaddr_t slot = next_slot;
    if (slot < KSTACK_END &&
        !arch_map_kernel(slot + KSTACK_SIZE, KSTACK_SIZE / PAGE_SIZE)) {
        next_slot += KSTACK_SLOT;
        top = next_slot;
    }
    spin_unlock(&map_lock);
    return top;
}

void kstack_free(vaddr_t top)
{
    spin_lock(&pool_lock);
    *link_of(top) = free_stacks;
    free_stacks = top;
    free_count++;
    spin_unlock(&pool_lock);
}

size_t kstack_free_pages(void)
{
    return (size_t)READ_ONCE(free_count) * (KSTACK_SIZE / PAGE_SIZE);
}

/* selftest_panic.c - bugs on purpose: each of these ends in a panic. */
#include "kernel/panic.h"
#include "kernel/selftest.h"

static noinline u64 recurse(u64 n)
{
    volatile u64 block[32];

    if (n == ~0ul)
        return 0;
    block[n % 32] = n;
    return recurse(n + 1) + block[n % 32];
}

static bool overflow_the_stack(void)
{
    return recurse(0);
}

static bool load_from_nowhere(void)
{
    u64 *volatile nowhere = (u64 *)16;

    return *nowhere;
}

static bool write_to_text(void)
{
    *(volatile u32 *)(u64)&selftest_run = 0;
    return true;
}

static noinline bool break_here(void)
{
    __builtin_trap();
}

/* A page that a program may read is still not the kernel's to read. */
static bool load_from_a_user_page(void)
{
    static struct arch_space space;
    vaddr_t va = 0x10000;
    u64 flags = PTE_VALID | PTE_READ | PTE_USER | PTE_ACCESSED;
    paddr_t page = pgtable_page_alloc();

    EXPECT(page && !arch_space_init(&space));
    EXPECT(!pgtable_map(space.root, va, pte_make(page >> PAGE_SHIFT, flags), 0));
    arch_space_activate(&space);
    return !*(volatile u64 *)va;
}

static bool lock_in_the_wrong_order(void)
{
    struct spinlock inner = SPINLOCK_INIT(RANK_LOG - 1);
    struct spinlock outer = SPINLOCK_INIT(RANK_WAITQ);

    spin_lock(&inner);
    spin_lock(&outer);
    return true;
}

static bool sleep_with_a_lock(void)
{
    struct spinlock lock = SPINLOCK_INIT(RANK_WAITQ);

    spin_lock(&lock);
    thread_delay(1);
    return true;
}

static void end(unused_arg void *arg)
{
}

static bool start_twice(void)
{
    struct thread *t = selftest_spawn(end, NULL);

    thread_start(t);
    return true;
}

static bool start_after_exit(void)
{
    struct thread *t = selftest_spawn(end, NULL);

    thread_get(t);
    thread_join(t);
    thread_start(t);
    return true;
}

static bool abandon_after_start(void)
{
    thread_abandon(selftest_spawn(end, NULL));
    return true;
}

static bool detach_twice(void)
{
    struct thread *t = selftest_spawn(end, NULL);

    thread_detach(t);
    thread_detach(t);
    return true;
}

static bool join_after_detach(void)
{
    struct thread *t = selftest_spawn(end, NULL);

    thread_get(t);
    thread_detach(t);
    thread_join(t);
    return true;
}

/* The context of a thread that runs is not in memory. */
static bool switch_to_a_running_context(void)
{
    struct thread *t = selftest_prepare(end, NULL);

    irq_disable();
    arch_switch(&t->arch, &current_thread()->arch);
    return true;
}

const struct selftest selftests_panic[] = {
    { "S15-stack-overflow", overflow_the_stack, true },
    { "S26-load-from-a-user-page", load_from_a_user_page, true },
    { "S29-breakpoint", break_here, true },
    { "R13-start-twice", start_twice, true },
    { "R13-start-after-exit", start_after_exit, true },
    { "R13-abandon-after-start", abandon_after_start, true },
    { "R16-switch-to-a-running-context", switch_to_a_running_context, true },
    { "R19-detach-twice", detach_twice, true },
    { "R19-join-after-detach", join_after_detach, true },
    { "load-from-nowhere", load_from_nowhere, true },
    { "write-to-text", write_to_text, true },
    { "A-36-F-10-lock-order", lock_in_the_wrong_order, true },
    { "sleep-with-a-lock", sleep_with_a_lock, true },
    { NULL, NULL, false },
};

/* selftest_trap.c - registers, interrupts, page tables. */
#include "kernel/selftest.h"
#include "kernel/time.h"

/* --- registers over switches --- */

#define SWITCHES 100000ul

static void yield(unused_arg void *arg)
{
    sched_yield();
}

static void check_while_yielding(void *arg)
{
    *(u64 *)arg = arch_check_preserved(SWITCHES / 2, yield, NULL);
}

/* Equals that yield to each other; both are ready before the first runs. */
static bool test_switch_preserves(void)
{
    u64 wrong[2] = { 1, 1 };
    struct thread *t[2];
    u64 before = harts[0].switches;

    selftest_pin(0);
    sched_set_policy(current_thread(), POLICY_FIFO, 20);
    for (int i = 0; i < 2; i++)
        t[i] = selftest_prepare_on(0, 10, check_while_yielding, &wrong[i]);
    for (int i = 0; i < 2; i++)
        thread_start(t[i]);
    for (int i = 0; i < 2; i++)
        thread_join(t[i]);
    sched_set_policy(current_thread(), POLICY_FAIR, 0);
    selftest_unpin();
    EXPECT(!wrong[0] && !wrong[1]);
    EXPECT(harts[0].switches >= before + SWITCHES * 9 / 10);
    return true;
}

/* --- registers over interrupts in the kernel --- */

static bool ticking;

static void tick_again(struct timer *t)
{
    if (READ_ONCE(ticking))
        timer_start(t, time_now() + 20 * NSEC_PER_USEC);
}

static bool test_interrupts_preserve(void)
{
    struct timer timer;
    u64 wrong = 0;

    selftest_pin(0);
    timer_init(&timer, tick_again);
    WRITE_ONCE(ticking, true);
    u64 before = harts[0].interrupts[HART_IRQ_TIMER];
    timer_start(&timer, time_now());
    while (harts[0].interrupts[HART_IRQ_TIMER] < before + 500)
        wrong += arch_check_interrupted(10000);
    WRITE_ONCE(ticking, false);
    timer_cancel(&timer);
    selftest_unpin();
    EXPECT(!wrong);
    return true;
}

/* --- interrupts off and on --- */

static bool test_nested_disable(void)
{
    struct spinlock outer, inner;

    spin_init(&outer, RANK_WAITQ);
    spin_init(&inner, RANK_MUTEX);
    EXPECT(irq_enabled());
    EXPECT(irq_disable());              /* they were on */
    EXPECT(!irq_disable());             /* and now they are off */
    spin_lock(&outer);
    spin_unlock(&outer);
    EXPECT(!irq_enabled());             /* as before the lock */
    irq_enable();
    spin_lock(&outer);
    spin_lock(&inner);
    spin_unlock(&inner);
    EXPECT(!irq_enabled());             /* one is still held */
    spin_unlock(&outer);
    EXPECT(irq_enabled());
    return true;
}

/* A thread that sleeps with interrupts enabled gets them back so, whatever
 * the one before it did. */
static bool test_switch_keeps_interrupts(void)
{
    for (int i = 0; i < 10; i++) {
        thread_delay(NSEC_PER_MSEC / 10);
        EXPECT(irq_enabled());
        EXPECT(!this_hart()->held);
    }
    return true;
}

static bool test_no_page_is_writable_and_executable(void)
{
    return arch_check_wx(arch_kernel_root()) > 0;
}

const struct selftest selftests_trap[] = {
    { "S16-switch-preserves-registers-100000-times", test_switch_preserves,
      false },
    { "S29-registers-survive-nested-traps", test_interrupts_preserve, false },
    { "R22-interrupts-off-nest-and-are-restored", test_nested_disable, false },
    { "R22-switch-keeps-interrupts-on", test_switch_keeps_interrupts, false },
    { "no-page-is-writable-and-executable",
      test_no_page_is_writable_and_executable, false },
    { NULL, NULL, false },
};

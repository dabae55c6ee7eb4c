/* selftest_sched.c - who gets the hart when; states; many harts. */
#include "kernel/lib/errno.h"
#include "kernel/selftest.h"
#include "kernel/time.h"

static void do_nothing(unused_arg void *arg)
{
}

/* --- shares --- */

static void burn_and_tell(void *arg)
{
    selftest_burn(200 * NSEC_PER_MSEC);
    *(nsec_t *)arg = sched_cpu_time(current_thread(), NULL);
}

static void burn_together(nsec_t used[2])
{
    struct thread *t[2];

    for (int i = 0; i < 2; i++) {
        t[i] = selftest_prepare_on(0, 0, burn_and_tell, &used[i]);
        sched_set_nice(t[i], i ? 5 : 0);        /* 1024 : 335 */
        thread_start(t[i]);
    }
    for (int i = 0; i < 2; i++)
        thread_join(t[i]);
}

/* A busy host stops the emulated hart for longer than slices last, and whoever
 * runs just then is charged for it: so not every round comes out right. */
static bool test_nice_shares_the_hart(void)
{
    int fair = 0;

    for (int i = 0; i < 15 && fair < 3; i++) {
        nsec_t used[2];
        burn_together(used);
        fair += used[0] > 2 * used[1] && used[0] < 5 * used[1];
    }
    return fair == 3;
}

/* --- a real-time thread that becomes fair shares the hart again --- */

static u64 laps;

static void run_laps(void *stop)
{
    while (!READ_ONCE(*(bool *)stop))
        WRITE_ONCE(laps, laps + 1);
}

static void become_fair_again(void *others_ran)
{
    sched_set_policy(current_thread(), POLICY_FIFO, 10);
    selftest_burn(10 * NSEC_PER_MSEC);  /* the fair slice is over by now */
    sched_yield();
    sched_set_policy(current_thread(), POLICY_FAIR, 0);
    u64 before = READ_ONCE(laps);
    nsec_t stop = time_now() + NSEC_PER_SEC;
    while (READ_ONCE(laps) == before && time_now() < stop)
        ;
    *(bool *)others_ran = READ_ONCE(laps) != before;
}

static bool test_fair_again(void)
{
    bool stop = false, others_ran = false;
    struct thread *other = selftest_prepare_on(0, 0, run_laps, &stop);
    struct thread *t =
        selftest_prepare_on(0, 0, become_fair_again, &others_ran);

    thread_start(other);
    thread_start(t);
    thread_join(t);
    stop = true;
    thread_join(other);
    return others_ran;
}

/* --- a thread made ready on a busy hart by another hart gets its turn --- */

static bool guest_ran;

static void note_run(unused_arg void *arg)
{
    WRITE_ONCE(guest_ran, true);
}

static void hog(void *arg)
{
    nsec_t stop = time_now() + NSEC_PER_SEC;

    while (!READ_ONCE(guest_ran) && time_now() < stop)
        ;
    *(bool *)arg = READ_ONCE(guest_ran);
}

static bool test_remote_ready(void)
{
    unsigned last = hart_count - 1;
    bool in_time = false;
    struct thread *host = selftest_prepare_on(last, 0, hog, &in_time);
    struct thread *guest = selftest_prepare_on(last, 0, note_run, NULL);

    sched_set_policy(guest, POLICY_BATCH, 0);   /* which does not preempt */
    guest_ran = false;
    selftest_pin(0);
    thread_start(host);
    thread_delay(20 * NSEC_PER_MSEC);
    thread_start(guest);
    thread_join(host);
    thread_join(guest);
    selftest_unpin();
    return in_time;
}

/* --- a preempted FIFO thread stays first of its priority (sched(7)) --- */

static bool second_ran;

static void run_first(void *in_order)
{
    selftest_burn(30 * NSEC_PER_MSEC);
    *(bool *)in_order = !READ_ONCE(second_ran);
}

static void run_second(unused_arg void *arg)
{
    WRITE_ONCE(second_ran, true);
}

static void interrupt_them(unused_arg void *arg)
{
    thread_delay(10 * NSEC_PER_MSEC);
}

static bool test_fifo_preempted(void)
{
    bool in_order = false;
    struct thread *t[3] = {
        selftest_prepare_on(0, 20, interrupt_them, NULL),
        selftest_prepare_on(0, 10, run_first, &in_order),
        selftest_prepare_on(0, 10, run_second, NULL),
    };

    second_ran = false;
    selftest_pin(0);
    sched_set_policy(current_thread(), POLICY_FIFO, 50);
    for (int i = 0; i < 3; i++)
        thread_start(t[i]);
    for (int i = 0; i < 3; i++)
        thread_join(t[i]);
    sched_set_policy(current_thread(), POLICY_FAIR, 0);
    selftest_unpin();
    return in_order;
}

/* --- preemption waits for the last lock --- */

/* Wake an urgent thread under two locks: it runs when the second is released,
 * not before, and not later either. */
static bool test_no_switch_under_a_lock(void)
{
    struct spinlock outer, inner;

    spin_init(&outer, RANK_WAITQ);
    spin_init(&inner, RANK_MUTEX);
    selftest_pin(0);
    for (int i = 0; i < 100; i++) {
        struct thread *t = selftest_prepare_on(0, 10, note_run, NULL);
        guest_ran = false;
        spin_lock(&outer);
        spin_lock(&inner);
        thread_start(t);
        selftest_burn(50 * NSEC_PER_USEC);
        EXPECT(!READ_ONCE(guest_ran));
        spin_unlock(&inner);
        selftest_burn(50 * NSEC_PER_USEC);
        EXPECT(!READ_ONCE(guest_ran));
        spin_unlock(&outer);
        EXPECT(READ_ONCE(guest_ran));
        thread_join(t);
    }
    selftest_unpin();
    return true;
}

/* --- states --- */

static void live(void *arg)
{
    bool *was_running = arg;

    *was_running = current_thread()->state == THREAD_RUNNING;
    thread_park();
    *was_running &= current_thread()->state == THREAD_RUNNING;
    sched_yield();
    *was_running &= current_thread()->state == THREAD_RUNNING;
}

/* Each edge once, seen from outside by an equal on the same hart: so the thread
 * does nothing while it is looked at. */
static bool see_states(struct thread *t, const bool *was_running)
{
    EXPECT(t->state == THREAD_NEW);
    thread_start(t);
    EXPECT(t->state == THREAD_READY);
    while (t->state == THREAD_READY)
        sched_yield();
    EXPECT(*was_running);               /* READY -> RUNNING -> SLEEPING */
    EXPECT(t->state == THREAD_SLEEPING);
    thread_unpark(t);
    EXPECT(t->state == THREAD_READY);
    sched_yield();
    EXPECT(t->state == THREAD_READY);   /* by its own yield */
    while (t->state == THREAD_READY)
        sched_yield();
    EXPECT(*was_running);
    EXPECT(t->state == THREAD_EXITED);
    EXPECT(!thread_wake(t));            /* nothing wakes it any more */
    EXPECT(t->state == THREAD_EXITED);
    EXPECT(thread_join(t) == 0);
    return true;
}

static bool test_states(void)
{
    bool was_running = false;

    selftest_pin(0);
    sched_set_policy(current_thread(), POLICY_FIFO, 10);
    bool ok = see_states(selftest_prepare_on(0, 10, live, &was_running),
                         &was_running);
    sched_set_policy(current_thread(), POLICY_FAIR, 0);
    selftest_unpin();
    return ok;
}

/* --- harts --- */

static void note_hart(void *arg)
{
    selftest_pin(hart_count - 1);
    *(u64 *)arg = arch_this_hart->id;
}

static bool test_affinity_moves_the_thread(void)
{
    u64 id = ~0ul;

    thread_join(selftest_spawn(note_hart, &id));
    EXPECT(id == hart_count - 1);
    EXPECT(sched_set_affinity(current_thread(), 1ul << 60) == -EINVAL);
    return true;
}

#define POOL 16

static u64 harts_seen;

static void work_somewhere(unused_arg void *arg)
{
    nsec_t stop = time_now() + NSEC_PER_SEC;

    /* All harts take part, or the time is up. */
    while (READ_ONCE(harts_seen) != hart_online_mask() && time_now() < stop)
        __atomic_or_fetch(&harts_seen, 1ul << arch_this_hart->id,
                          __ATOMIC_RELAXED);
}

/* All are made ready on this hart: the others must come and take some. */
static bool test_idle_harts_steal(void)
{
    struct thread *t[POOL];

    harts_seen = 0;
    selftest_pin(0);
    for (int i = 0; i < POOL; i++) {
        t[i] = selftest_prepare(work_somewhere, NULL);
        sched_set_affinity(t[i], ~0ul);
        thread_start(t[i]);
    }
    for (int i = 0; i < POOL; i++)
        thread_join(t[i]);
    selftest_unpin();
    EXPECT(harts_seen == hart_online_mask());
    return true;
}

static bool test_exit_on_another_hart(void)
{
    selftest_pin(0);
    for (unsigned i = 0; i < hart_count; i++) {
        struct thread *t = selftest_prepare_on(i, 0, do_nothing, NULL);
        thread_get(t);
        thread_start(t);
        EXPECT(thread_join(t) == 0);
        EXPECT(t->hart == &harts[i]);
        thread_put(t);
    }
    selftest_unpin();
    return true;
}

const struct selftest selftests_sched[] = {
    { "R10-R24-nice-shares-the-hart", test_nice_shares_the_hart, false },
    { "real-time-thread-becomes-fair-again", test_fair_again, false },
    { "ready-on-a-busy-hart", test_remote_ready, false },
    { "preempted-fifo-thread-stays-first", test_fifo_preempted, false },
    { "S13-no-switch-under-a-lock", test_no_switch_under_a_lock, false },
    { "R13-T12-every-legal-change-of-state", test_states, false },
    { "affinity-moves-the-thread", test_affinity_moves_the_thread, false },
    { "S34-R18-idle-harts-steal-from-one-pool", test_idle_harts_steal, false },
    { "R18-exit-on-another-hart-than-the-waiter", test_exit_on_another_hart,
      false },
    { NULL, NULL, false },
};

/* selftest_sched.c - who gets the hart when. */
#include "kernel/log.h"
#include "kernel/sched.h"
#include "kernel/selftest.h"
#include "kernel/time.h"

static void burn(nsec_t ns)
{
    nsec_t stop = time_now() + ns;

    while (time_now() < stop)
        ;
}

/* A thread on one hart, not started yet. */
static struct thread *prepare(void (*fn)(void *), void *arg, unsigned hart,
                              int rt_priority)
{
    struct thread *t = thread_create("selftest", fn, arg);

    if (!t)
        panic("selftest: no memory for a thread");
    sched_set_affinity(t, 1ul << hart);
    sched_set_policy(t, rt_priority ? POLICY_FIFO : POLICY_FAIR, rt_priority);
    return t;
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
    burn(10 * NSEC_PER_MSEC);           /* the fair slice is over by now */
    sched_yield();
    sched_set_policy(current_thread(), POLICY_FAIR, 0);
    u64 before = READ_ONCE(laps);
    nsec_t stop = time_now() + NSEC_PER_SEC;
    while (READ_ONCE(laps) == before && time_now() < stop)
        ;
    *(bool *)others_ran = READ_ONCE(laps) != before;
}

bool selftest_fair_again(void)
{
    bool stop = false, others_ran = false;
    struct thread *other = prepare(run_laps, &stop, 0, 0);
    struct thread *t = prepare(become_fair_again, &others_ran, 0, 0);

    thread_start(other);
    thread_start(t);
    thread_join(t);
    stop = true;
    thread_join(other);
    return others_ran;
}

/* --- a thread made ready on a busy hart by another hart gets its turn --- */

static bool guest_ran;

static void note_run(void *arg)
{
    (void)arg;
    WRITE_ONCE(guest_ran, true);
}

static void hog(void *arg)
{
    nsec_t stop = time_now() + NSEC_PER_SEC;

    while (!READ_ONCE(guest_ran) && time_now() < stop)
        ;
    *(bool *)arg = READ_ONCE(guest_ran);
}

bool selftest_remote_ready(void)
{
    unsigned last = hart_count - 1;
    bool in_time = false;
    struct thread *host = prepare(hog, &in_time, last, 0);
    struct thread *guest = prepare(note_run, NULL, last, 0);

    sched_set_policy(guest, POLICY_BATCH, 0);   /* which does not preempt */
    guest_ran = false;
    sched_set_affinity(current_thread(), 1);
    thread_start(host);
    thread_delay(20 * NSEC_PER_MSEC);
    thread_start(guest);
    thread_join(host);
    thread_join(guest);
    sched_set_affinity(current_thread(), ~0ul);
    return in_time;
}

/* --- a preempted FIFO thread stays first of its priority (sched(7)) --- */

static bool second_ran;

static void run_first(void *in_order)
{
    burn(30 * NSEC_PER_MSEC);
    *(bool *)in_order = !READ_ONCE(second_ran);
}

static void run_second(void *arg)
{
    (void)arg;
    WRITE_ONCE(second_ran, true);
}

static void interrupt_them(void *arg)
{
    (void)arg;
    thread_delay(10 * NSEC_PER_MSEC);
}

bool selftest_fifo_preempted(void)
{
    bool in_order = false;
    struct thread *t[3] = {
        prepare(interrupt_them, NULL, 0, 20),
        prepare(run_first, &in_order, 0, 10),
        prepare(run_second, NULL, 0, 10),
    };

    second_ran = false;
    sched_set_affinity(current_thread(), 1);
    sched_set_policy(current_thread(), POLICY_FIFO, 50);
    for (int i = 0; i < 3; i++)
        thread_start(t[i]);
    for (int i = 0; i < 3; i++)
        thread_join(t[i]);
    sched_set_policy(current_thread(), POLICY_FAIR, 0);
    sched_set_affinity(current_thread(), ~0ul);
    return in_order;
}

/* --- a cancelled timer is over, even one that starts itself again --- */

static struct spinlock tick_lock = SPINLOCK_INIT(RANK_WAITQ);
static bool ticking;                    /* guarded by tick_lock */
static u64 ticks;

static void tick_again(struct timer *t)
{
    WRITE_ONCE(ticks, ticks + 1);
    spin_lock(&tick_lock);
    if (ticking)
        timer_start(t, time_now() + 20 * NSEC_PER_USEC);
    spin_unlock(&tick_lock);
}

static void set_ticking(bool on)
{
    spin_lock(&tick_lock);
    ticking = on;
    spin_unlock(&tick_lock);
}

bool selftest_timer_cancel(void)
{
    unsigned last = hart_count - 1;
    struct timer timer;
    bool ok = true;

    timer_init(&timer, tick_again);
    for (int i = 0; i < 300 && ok; i++) {
        sched_set_affinity(current_thread(), 1);
        set_ticking(true);
        timer_start(&timer, time_now() + 100 * NSEC_PER_USEC);
        sched_set_affinity(current_thread(), 1ul << last);
        burn((i % 20) * 10 * NSEC_PER_USEC);
        set_ticking(false);
        timer_cancel(&timer);
        u64 seen = READ_ONCE(ticks);
        burn(50 * NSEC_PER_USEC);
        ok = !timer.queue && !timer.running && READ_ONCE(ticks) == seen;
    }
    timer_cancel(&timer);
    sched_set_affinity(current_thread(), ~0ul);
    return ok;
}

/* --- many harts wake one thread at once --- */

static void wake_on(void *arg)
{
    struct thread *sleeper = arg;

    while (!READ_ONCE(sleeper->exited)) {
        thread_wake(sleeper);
        if (thread_has_flags(current_thread(), TF_RESCHED))
            sched_yield();      /* nothing else takes a kernel thread there */
    }
}

static void sleep_often(void *arg)
{
    nsec_t stop = time_now() + NSEC_PER_SEC;

    (void)arg;
    while (time_now() < stop) {
        thread_prepare_sleep(WAIT_UNINTERRUPTIBLE);
        thread_sleep(NEVER);
    }
}

bool selftest_woken_by_many(void)
{
    struct thread *wakers[MAX_HARTS];
    struct thread *sleeper = thread_create("sleeper", sleep_often, NULL);

    if (!sleeper)
        return false;
    thread_start(sleeper);
    for (unsigned i = 0; i < hart_count; i++) {
        wakers[i] = prepare(wake_on, sleeper, i, 0);
        thread_start(wakers[i]);
    }
    for (unsigned i = 0; i < hart_count; i++)
        thread_join(wakers[i]);
    thread_join(sleeper);
    return true;
}

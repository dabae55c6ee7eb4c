/*
 * selftest_turns.c - in which order threads get one hart, and how it is handed
 * from one to the next.  What is right depends on the scheduler that was booted
 * with (sched=), and on switch=idle.
 */
#include "kernel/selftest.h"

#include "kernel/lib/string.h"
#include "kernel/params.h"
#include "kernel/runq.h"
#include "kernel/scheduler.h"

/* --- who had the hart, in order --- */

#define TRACE_MAX 4096

static struct {
    unsigned length;
    u8 turns[TRACE_MAX];
} trace;                        /* written by threads of one hart only */

static void note_turn(u64 me)
{
    if (trace.length < TRACE_MAX)
        trace.turns[trace.length++] = me;
}

/* ABCABC, from the first entry to the count-th? */
static bool in_strict_turns(unsigned threads, unsigned count)
{
    if (trace.length < count)
        return false;
    for (unsigned i = 0; i < count; i++)
        if (trace.turns[i] != i % threads)
            return false;
    return true;
}

/* Run threads on hart 0 that begin together: fn(0), fn(1), ... */
static void run_together(unsigned threads, int rt_priority, void (*fn)(void *),
                         const u32 *weights)
{
    struct thread *t[4];

    selftest_pin(0);
    sched_set_policy(current_thread(), POLICY_FIFO, 50);
    trace.length = 0;
    for (u64 i = 0; i < threads; i++) {
        t[i] = selftest_prepare_on(0, rt_priority, fn, (void *)i);
        if (weights)
            t[i]->weight = weights[i];
        thread_start(t[i]);
    }
    for (unsigned i = 0; i < threads; i++)
        thread_join(t[i]);
    sched_set_policy(current_thread(), POLICY_FAIR, 0);
    selftest_unpin();
}

/* --- equals that yield --- */

#define YIELDS 1000u

static void yield_often(void *me)
{
    for (unsigned i = 0; i < YIELDS; i++) {
        note_turn((u64)me);
        sched_yield();
    }
}

static bool test_yielders_take_turns(void)
{
    run_together(3, 10, yield_often, NULL);
    EXPECT(in_strict_turns(3, 3 * YIELDS));
    return true;
}

static bool switches_via_idle(void)
{
    char value[8];

    return bootarg("switch", value, sizeof(value)) && !strcmp(value, "idle");
}

/* The same order of threads either way; the difference is what lies between. */
static bool test_way_of_switching(void)
{
    const struct thread *idle = harts[0].idle;
    u64 from_idle = idle->switches_forced, switches = harts[0].switches;

    nsec_t start = time_now();
    run_together(2, 10, yield_often, NULL);
    nsec_t length = time_now() - start;
    EXPECT(in_strict_turns(2, 2 * YIELDS));
    from_idle = idle->switches_forced - from_idle;
    switches = harts[0].switches - switches;
    log_info("# %lu switches, %lu of them from the idle thread; a turn took "
             "%lu ns", switches, from_idle, length / (2 * YIELDS));
    if (switches_via_idle())
        EXPECT(from_idle >= 2 * YIELDS && switches >= 4 * YIELDS);
    else
        EXPECT(from_idle < YIELDS / 10 && switches < 3 * YIELDS);
    return true;
}

/* --- nobody wants the hart --- */

static bool test_idle_between_two(void)
{
    const struct thread *idle = harts[0].idle;

    selftest_pin(0);
    u64 waits = harts[0].waits, from_idle = idle->switches_forced;
    u64 idle_ticks = idle->cpu_ticks;
    thread_delay(5 * NSEC_PER_MSEC);
    EXPECT(harts[0].waits > waits);
    EXPECT(idle->switches_forced > from_idle);
    EXPECT(idle->cpu_ticks > idle_ticks);
    selftest_unpin();
    return true;
}

/* --- hogs --- */

#define TURNS 12
#define LONGEST (100 * NSEC_PER_MSEC)

static u64 hog_ticks[3];
static bool hogs_done;

/* Until there were enough turns, or it has had enough itself. */
static void hog_by_turns(void *me)
{
    struct thread *t = current_thread();

    while (trace.length < TURNS && sched_cpu_time(t, NULL) < LONGEST)
        if (!trace.length || trace.turns[trace.length - 1] != (u64)me)
            note_turn((u64)me);
}

/* Until all of them together have had half a second. */
static void hog_by_time(void *me)
{
    u64 enough = ticks_of_time(500 * NSEC_PER_MSEC);

    while (!READ_ONCE(hogs_done)) {
        sched_cpu_time(current_thread(), NULL);
        WRITE_ONCE(hog_ticks[(u64)me], current_thread()->cpu_ticks);
        if (hog_ticks[0] + hog_ticks[1] + hog_ticks[2] >= enough)
            WRITE_ONCE(hogs_done, true);
    }
}

static bool one_after_the_other(void)
{
    run_together(3, 0, hog_by_turns, NULL);
    return trace.length == 3 && in_strict_turns(3, 3);
}

static bool in_turns(void)
{
    run_together(3, 0, hog_by_turns, NULL);
    return in_strict_turns(3, TURNS);
}

/* Weights 1, 2, 4: each share within 5 %. */
static bool by_weight(void)
{
    static const u32 weights[] = { 256, 512, 1024 };
    u64 sum = 0;

    memset(hog_ticks, 0, sizeof(hog_ticks));
    hogs_done = false;
    run_together(3, 0, hog_by_time, weights);
    for (int i = 0; i < 3; i++)
        sum += hog_ticks[i];
    log_info("# shares: %lu %lu %lu per mille", hog_ticks[0] * 1000 / sum,
             hog_ticks[1] * 1000 / sum, hog_ticks[2] * 1000 / sum);
    for (int i = 0; i < 3; i++) {
        u64 share = (sum << i) / 7;
        if (hog_ticks[i] < share * 95 / 100 || hog_ticks[i] > share * 105 / 100)
            return false;
    }
    return true;
}

static const struct {
    const struct scheduler *scheduler;
    bool (*as_it_should)(void);
} expectations[] = {
    { &fair_scheduler, by_weight },
    { &fifo_scheduler, one_after_the_other },
    { &rr_scheduler, in_turns },
    { &stride_scheduler, by_weight },
};

/* A busy host stops the hart for longer than slices last, and whoever runs just
 * then is charged for it: so this is only for an emulator that counts. */
static bool test_three_hogs(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(expectations); i++)
        if (expectations[i].scheduler == scheduler)
            return expectations[i].as_it_should();
    return false;
}

/* --- what is left of a slice --- */

static bool kept;

static void sleep_in_a_slice(unused_arg void *arg)
{
    struct thread *t = current_thread();

    for (int i = 0; i < 50 && !kept; i++) {
        selftest_burn(NSEC_PER_MSEC / 2);
        u64 end = t->slice_end;
        thread_delay(NSEC_PER_MSEC);
        kept = t->slice_end == end && t->cpu_ticks < end;
    }
}

static bool test_sleeper_keeps_its_slice(void)
{
    kept = false;
    thread_join(selftest_spawn(sleep_in_a_slice, NULL));
    return kept;
}

const struct selftest selftests_turns[] = {
    { "T09-three-yielders-take-strict-turns", test_yielders_take_turns, false },
    { "T11-way-of-switching", test_way_of_switching, false },
    { "T10-S35-idle-waits-between-two-threads", test_idle_between_two, false },
    { "S33-R10-three-hogs", test_three_hogs, true },
    { "R09-sleeper-keeps-the-rest-of-its-slice", test_sleeper_keeps_its_slice,
      false },
    { NULL, NULL, false },
};

/*
 * test_sigqueue.c - pending signals against a model: coalescing, order, limits.
 * sources: kernel/lib/bitmap.c
 */
#include "harness.h"

#include "alloc_host.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

#include "lwp/sigqueue.c"

/* The rest of the kernel is not here. */
void thread_set_flags(struct thread *t, u32 flags)
{
    t->arch.flags |= flags;
}

bool job_holds_locked(const struct lwp_thread *t)
{
    return !lwp_thread_traced(t);
}

static bool has_request;

bool ptrace_has_request_locked(const struct lwp_thread *t)
{
    return lwp_thread_traced(t) && has_request;
}

#define LIMIT 40

static struct lwp lwp;
static struct lwp_thread threads[3];

static void begin(void)
{
    struct lwp_signal *s = &lwp.signal;

    lwp = (struct lwp){ 0 };
    lwp.rlimits[RLIMIT_SIGPENDING].cur = LIMIT;
    spin_init(&s->lock, RANK_SIGNAL);
    list_init(&s->threads);
    pending_init(&s->shared);
    for (unsigned i = 0; i < ARRAY_SIZE(threads); i++) {
        threads[i] = (struct lwp_thread){ .lwp = &lwp };
        pending_init(&threads[i].signal.pending);
        list_add_tail(&s->threads, &threads[i].signal.node);
    }
    spin_lock(&s->lock);
}

static void end(void)
{
    signal_discard_locked(&lwp, ~0ul);
    assert_int_equal(lwp.signal.queued, 0);
    pending_free_spare(&lwp.signal);
    spin_unlock(&lwp.signal.lock);
}

static int add(int signo, int code, u64 value)
{
    struct siginfo info = { .signo = signo, .code = code };

    info.sender.value = value;
    return pending_add(&lwp, &lwp.signal.shared, &info);
}

static struct siginfo take(int signo)
{
    struct siginfo info;

    pending_take(&lwp, &lwp.signal.shared, signo, &info);
    assert_int_equal(info.signo, signo);
    return info;
}

static void expire(int id, int overrun)
{
    struct siginfo info = {
        .signo = SIGRTMIN, .code = SI_TIMER, .from_timer = true
    };

    info.timer.id = id;
    info.timer.overrun = overrun;
    assert_int_equal(pending_add(&lwp, &lwp.signal.shared, &info), 0);
}

/* Row G-07: 10 is sent first, 2 is taken first; equal ones keep their order. */
static void test_G_24_G_07_order(void **state)
{
    begin();
    assert_int_equal(add(10, SI_USER, 1), 0);
    assert_int_equal(add(2, SI_USER, 2), 0);
    assert_int_equal(signal_first(lwp.signal.shared.set), 2);
    for (u64 i = 0; i < 3; i++)
        assert_int_equal(add(40, SI_QUEUE, i), 0);
    for (u64 i = 0; i < 3; i++)
        assert_int_equal(take(40).sender.value, i);
    assert_int_equal(lwp.signal.shared.set, signal_bit(10) | signal_bit(2));
    end();
}

static void test_faults_come_first(void **state)
{
    assert_int_equal(signal_first(signal_bit(SIGHUP) | signal_bit(SIGSEGV)),
                     SIGSEGV);
    assert_int_equal(signal_first(signal_bit(SIGNAL_MAX)), SIGNAL_MAX);
}

static void test_G_24_ordinary_ones_coalesce(void **state)
{
    begin();
    for (u64 i = 0; i < 5; i++)
        assert_int_equal(add(SIGUSR1, SI_USER, i), 0);
    assert_int_equal(lwp.signal.queued, 1);
    assert_int_equal(take(SIGUSR1).sender.value, 0);
    assert_int_equal(lwp.signal.shared.set, 0);
    end();
}

/* RLIMIT_SIGPENDING: sigqueue(3) is told, kill(2) loses only the details. */
static void test_limit(void **state)
{
    begin();
    for (u64 i = 0; i < LIMIT; i++)
        assert_int_equal(add(SIGRTMIN, SI_QUEUE, i), 0);
    assert_int_equal(add(SIGRTMIN, SI_QUEUE, 99), -EAGAIN);
    assert_int_equal(add(SIGRTMIN, SI_TIMER, 99), -EAGAIN);     /* a forgery */
    assert_int_equal(add(SIGRTMIN + 1, SI_USER, 99), 0);
    assert_int_equal(take(SIGRTMIN + 1).sender.value, 0);
    assert_int_equal(add(SIGTERM, SI_USER, 7), 0);
    assert_int_equal(take(SIGTERM).sender.value, 7);
    expire(1, 0);               /* a timer's is never lost: one a timer */
    assert_int_equal(lwp.signal.queued, LIMIT + 1);
    end();
}

static void test_no_memory(void **state)
{
    begin();
    alloc_fail_nth(1);
    assert_int_equal(add(SIGRTMIN, SI_QUEUE, 1), -EAGAIN);
    alloc_fail_nth(1);
    assert_int_equal(add(SIGINT, SI_USER, 1), 0);
    alloc_fail_nth(0);
    assert_int_equal(take(SIGINT).code, SI_USER);
    end();
}

static void test_timer_overruns(void **state)
{
    begin();
    expire(1, 0);
    expire(2, 3);
    expire(1, 0);
    expire(1, 4);
    assert_int_equal(lwp.signal.queued, 2);
    assert_int_equal(take(SIGRTMIN).timer.overrun, 6);
    assert_int_equal(take(SIGRTMIN).timer.overrun, 3);
    end();
}

static void test_discard_in_all_queues(void **state)
{
    struct siginfo info = { .signo = SIGTSTP };

    begin();
    add(SIGTSTP, SI_USER, 1);
    add(SIGINT, SI_USER, 2);
    pending_add(&lwp, &threads[2].signal.pending, &info);
    signal_discard_locked(&lwp, signals_stop);
    assert_int_equal(threads[2].signal.pending.set, 0);
    assert_int_equal(lwp.signal.shared.set, signal_bit(SIGINT));
    end();
}

/* A shared signal that its taker blocks goes to the next who does not. */
static void test_retarget(void **state)
{
    begin();
    threads[1].signal.blocked = signal_bit(SIGINT);
    add(SIGINT, SI_USER, 1);
    signal_retarget_locked(&threads[0], signal_bit(SIGINT));
    assert_int_equal(threads[0].thread.arch.flags, 0);
    assert_int_equal(threads[1].thread.arch.flags, 0);
    assert_int_equal(threads[2].thread.arch.flags, TF_SIGNAL);
    end();
}

/* --- against a model ----------------------------------------------------- */

static u64 model[SIGNAL_MAX + 1][LIMIT];
static unsigned model_count[SIGNAL_MAX + 1], model_total;

static void model_add(int signo, u64 value)
{
    bool room = model_total < LIMIT;

    if (room) {
        model[signo][model_count[signo]++] = value;
        model_total++;
    }
    assert_int_equal(add(signo, SI_QUEUE, value), room ? 0 : -EAGAIN);
}

static void model_take(int signo)
{
    bool pending = lwp.signal.shared.set & signal_bit(signo);

    assert_int_equal(pending, model_count[signo] != 0);
    if (!pending)
        return;
    assert_int_equal(take(signo).sender.value, model[signo][0]);
    memmove(model[signo], model[signo] + 1, sizeof(model[signo]) - 8);
    model_count[signo]--;
    model_total--;
}

static void test_G_24_random(void **state)
{
    begin();
    memset(model_count, 0, sizeof(model_count));
    model_total = 0;
    for (u64 i = 0; i < 20000; i++) {
        int signo = SIGRTMIN + xorshift_below(&host_random, 8);

        if (xorshift_below(&host_random, 2))
            model_add(signo, i);
        else
            model_take(signo);
        assert_int_equal(lwp.signal.queued, model_total);
    }
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_G_24_G_07_order),
        cmocka_unit_test(test_faults_come_first),
        cmocka_unit_test(test_G_24_ordinary_ones_coalesce),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_timer_overruns),
        cmocka_unit_test(test_discard_in_all_queues),
        cmocka_unit_test(test_retarget),
        cmocka_unit_test(test_G_24_random),
    };
    return host_run(tests);
}

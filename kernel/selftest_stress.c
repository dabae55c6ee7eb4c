/*
 * selftest_stress.c - threads that do at random all that threads can do to each
 * other, for a while; the run queues are checked all along.
 */
#include "kernel/selftest.h"

#include "kernel/lib/xorshift.h"
#include "kernel/runq.h"

#define PLAYERS     24
#define DURATION    (2 * NSEC_PER_SEC)
#define PATIENCE    (10 * NSEC_PER_SEC)     /* for all of them to end */

static struct {
    /* set at birth, then constant */
    nsec_t end;
    struct thread *players[PLAYERS];

    struct spinlock lock;           /* RANK_WAITQ */
    struct waitq queue;             /* guarded by lock */

    /* atomic */
    u64 playing;                    /* who have not ended */
    u64 steps;
    u64 children;
} game;

static void end_at_once(void *arg)
{
    (void)arg;
    __atomic_sub_fetch(&game.children, 1, __ATOMIC_RELAXED);
}

/* --- what players do ----------------------------------------------------- */

static struct thread *anyone(u64 *seed)
{
    return game.players[xorshift_below(seed, PLAYERS)];
}

static nsec_t soon(u64 *seed)
{
    return time_now() + xorshift_below(seed, 500) * NSEC_PER_USEC;
}

static void wait_in_queue(u64 *seed)
{
    nsec_t deadline = soon(seed);

    spin_lock(&game.lock);
    waitq_sleep(&game.queue, &game.lock, xorshift_below(seed, 3), deadline);
    spin_unlock(&game.lock);
    thread_clear_flags(current_thread(), TF_SIGNAL | TF_KILL);
}

static void wake_queue(u64 *seed)
{
    spin_lock(&game.lock);
    if (xorshift_below(seed, 4))
        waitq_wake_one(&game.queue, 0);
    else
        waitq_wake_all(&game.queue, 0);
    spin_unlock(&game.lock);
}

/* Many at once for one sleeper: its wake-ups meet each other. */
static void wake_someone(u64 *seed)
{
    thread_wake(game.players[0]);
    thread_wake(anyone(seed));
}

static void signal_someone(u64 *seed)
{
    thread_set_flags(anyone(seed),
                     xorshift_below(seed, 2) ? TF_SIGNAL : TF_KILL);
}

static void sleep_alone(u64 *seed)
{
    thread_prepare_sleep(WAIT_UNINTERRUPTIBLE);
    thread_sleep(soon(seed));
}

static void move_someone(u64 *seed)
{
    u64 mask = xorshift_next(seed);

    sched_set_affinity(anyone(seed), mask ? mask : 1);
}

static void change_policy(u64 *seed)
{
    static const u8 policies[] = { POLICY_FAIR, POLICY_FIFO, POLICY_RR,
                                   POLICY_BATCH, POLICY_IDLE };
    int policy = policies[xorshift_below(seed, ARRAY_SIZE(policies))];
    bool rt = policy == POLICY_FIFO || policy == POLICY_RR;

    sched_set_policy(anyone(seed), policy,
                     rt ? 1 + xorshift_below(seed, RT_PRIORITY_MAX) : 0);
    sched_set_nice(anyone(seed), (int)xorshift_below(seed, 40) - 20);
}

static void lend_priority(u64 *seed)
{
    sched_set_boost(anyone(seed), xorshift_below(seed, 3) ? 0 : 50);
}

static void spawn_child(u64 *seed)
{
    struct thread *t = thread_create("child", end_at_once, NULL);

    if (!t)
        return;
    __atomic_add_fetch(&game.children, 1, __ATOMIC_RELAXED);
    thread_start(t);
    sched_set_affinity(t, xorshift_next(seed));
    if (xorshift_below(seed, 2))
        thread_join(t);
    else
        thread_detach(t);
}

static void yield(u64 *seed)
{
    (void)seed;
    sched_yield();
}

static void check_queue(u64 *seed)
{
    struct runq *rq = harts[xorshift_below(seed, hart_count)].runq;

    if (!rq)
        return;
    spin_lock(&rq->lock);
    runq_check(rq);
    spin_unlock(&rq->lock);
}

static void (*const moves[])(u64 *seed) = {
    wait_in_queue, wait_in_queue, sleep_alone, sleep_alone, wake_queue,
    wake_queue, wake_someone, wake_someone, wake_someone, signal_someone,
    move_someone, change_policy, lend_priority, spawn_child, yield,
    check_queue,
};

static void play(void *arg)
{
    u64 seed = 0x9e3779b97f4a7c15ul * ((u64)arg + 1);

    while (time_now() < game.end) {
        moves[xorshift_below(&seed, ARRAY_SIZE(moves))](&seed);
        __atomic_add_fetch(&game.steps, 1, __ATOMIC_RELAXED);
    }
    __atomic_sub_fetch(&game.playing, 1, __ATOMIC_RELAXED);
}

/* --- the test ------------------------------------------------------------ */

static bool all_end(void)
{
    nsec_t deadline = game.end + PATIENCE;

    while (READ_ONCE(game.playing) || READ_ONCE(game.children)) {
        if (time_now() > deadline) {
            log_error("# %lu players and %lu children hang", game.playing,
                      game.children);
            return false;
        }
        thread_delay(NSEC_PER_MSEC);
    }
    return true;
}

/* Players may do things to each other until all have ended: so they are all
 * made before the first starts, and let go of after the last has ended. */
static bool test_stress(void)
{
    spin_init(&game.lock, RANK_WAITQ);
    waitq_init(&game.queue);
    game.end = time_now() + DURATION;
    game.playing = PLAYERS;
    for (u64 i = 0; i < PLAYERS; i++) {
        game.players[i] = thread_create("player", play, (void *)i);
        if (!game.players[i])
            return false;
    }
    for (u64 i = 0; i < PLAYERS; i++)
        thread_start(game.players[i]);
    if (!all_end())
        return false;
    for (u64 i = 0; i < PLAYERS; i++)
        thread_join(game.players[i]);
    log_info("# %lu steps", game.steps);
    return true;
}

const struct selftest selftests_stress[] = {
    { "stress", test_stress, false },
    { NULL, NULL, false },
};

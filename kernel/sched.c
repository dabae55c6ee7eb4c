/*
 * sched.c - run queues.
 *
 * The lock of a hart's queue is held across a switch and released by whoever
 * runs next, so under it a thread either runs or has its registers saved.
 *
 * The fair class keeps ready threads in a ring of buckets, each about 1 ms of
 * virtual time wide.  A thread goes to the end of the bucket of its virtual
 * time; the next to run is the first of the earliest bucket.  One that has
 * slept starts at the queue's present virtual time: it comes soon, but has not
 * saved up credit.
 *
 * A thread made ready goes to the waker's own hart: most wakers sleep at once
 * (pipes, futexes), and then no other hart is disturbed.  If the waker goes on
 * running while other harts idle, the slice timer, which comes early then,
 * tells one of them to steal.
 */
#include "kernel/sched.h"

#include "kernel/lib/bitmap.h"
#include "kernel/lib/errno.h"
#include "kernel/time.h"
#include "mm/alloc.h"

#define BUCKETS         256
#define BUCKET_SHIFT    20              /* ns, about 1 ms */
#define RT_LEVELS       (RT_PRIORITY_MAX + 1)
#define SLICE           (4 * NSEC_PER_MSEC)
#define RR_SLICE        (100 * NSEC_PER_MSEC)
#define WAKE_ADVANTAGE  NSEC_PER_MSEC   /* to preempt a fair thread */
#define STEAL_DELAY     (100 * NSEC_PER_USEC)
#define WEIGHT_NICE_0   1024

struct runq {
    struct spinlock lock;               /* RANK_RUNQ */

    /* set at birth, then constant */
    struct hart *hart;

    /* guarded by lock */
    unsigned ready;                     /* threads queued */
    u64 rt_map[BITMAP_WORDS(RT_LEVELS)];
    struct list rt[RT_LEVELS];          /* [0] is the most urgent */
    u64 fair_map[BITMAP_WORDS(BUCKETS)];
    struct list fair[BUCKETS];
    u64 vtime;                          /* of the last fair thread picked */
    struct thread *dead;                /* exited, to be released */
    struct thread *moving;              /* may not run here any more */
    bool timer_armed;
    struct timer timer;                 /* end of slice, call for thieves */
};

static u64 online_harts;                /* atomic */
static u64 idle_harts;                  /* atomic */

/* Weights of nice -20 .. 19: each step is about 1.25 (sched(7)). */
static const u32 nice_weights[40] = {
    88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916,
    9548, 7620, 6100, 4904, 3906, 3121, 2501, 1991, 1586, 1277,
    1024, 820, 655, 526, 423, 335, 272, 215, 172, 137,
    110, 87, 70, 56, 45, 36, 29, 23, 18, 15,
};

static inline struct runq *this_runq(void)
{
    return this_hart()->runq;
}

static inline unsigned urgency(const struct thread *t)
{
    return MAX(t->rt_priority, t->boost);
}

/* --- the queue --------------------------------------------------------------- */

/* The bucket of a virtual time; far ahead is the last one. */
static unsigned bucket_of(const struct runq *rq, u64 vtime)
{
    u64 base = rq->vtime >> BUCKET_SHIFT;
    u64 slot = vtime >> BUCKET_SHIFT;

    if (slot < base)
        slot = base;
    if (slot > base + BUCKETS - 1)
        slot = base + BUCKETS - 1;
    return slot % BUCKETS;
}

static void enqueue(struct runq *rq, struct thread *t)
{
    unsigned level = urgency(t);

    t->state = THREAD_READY;
    t->hart = rq->hart;
    rq->ready++;
    if (level) {
        t->bucket = BUCKETS + RT_PRIORITY_MAX - level;
        bitmap_set(rq->rt_map, t->bucket - BUCKETS);
        list_add_tail(&rq->rt[t->bucket - BUCKETS], &t->run_node);
    } else {
        t->bucket = bucket_of(rq, t->vtime);
        bitmap_set(rq->fair_map, t->bucket);
        list_add_tail(&rq->fair[t->bucket], &t->run_node);
    }
}

static void dequeue(struct runq *rq, struct thread *t)
{
    struct list *next = t->run_node.next;
    bool last = next == t->run_node.prev;       /* only the head is left */

    list_remove(&t->run_node);
    rq->ready--;
    if (!last)
        return;
    if (t->bucket >= BUCKETS)
        bitmap_clear(rq->rt_map, t->bucket - BUCKETS);
    else
        bitmap_clear(rq->fair_map, t->bucket);
}

/* The first non-empty fair bucket from the queue's virtual time on. */
static unsigned first_bucket(const struct runq *rq)
{
    unsigned start = (rq->vtime >> BUCKET_SHIFT) % BUCKETS;
    unsigned word = start / BITS_PER_WORD;
    u64 bits = rq->fair_map[word] & (~0ul << start % BITS_PER_WORD);

    while (!bits) {
        word = (word + 1) % BITMAP_WORDS(BUCKETS);
        bits = rq->fair_map[word];
    }
    return word * BITS_PER_WORD + bit_lowest(bits);
}

/* The thread that should run next; the queue is not empty. */
static struct thread *first_ready(const struct runq *rq)
{
    for (unsigned w = 0; w < BITMAP_WORDS(RT_LEVELS); w++) {
        if (rq->rt_map[w]) {
            unsigned i = w * BITS_PER_WORD + bit_lowest(rq->rt_map[w]);
            return list_entry(rq->rt[i].next, struct thread, run_node);
        }
    }
    unsigned b = first_bucket(rq);
    return list_entry(rq->fair[b].next, struct thread, run_node);
}

static struct thread *pick(struct runq *rq)
{
    if (!rq->ready)
        return rq->hart->idle;
    struct thread *t = first_ready(rq);
    dequeue(rq, t);
    if (t->bucket < BUCKETS && t->vtime > rq->vtime)
        rq->vtime = t->vtime;
    return t;
}

/* --- time ---------------------------------------------------------------------- */

/* Charge the running thread for the time since it was last charged. */
static void charge(struct thread *t, nsec_t now)
{
    nsec_t ran = now - t->ran_since;
    struct arch_hart *h = arch_this_hart;

    t->ran_since = now;
    t->cpu_time += ran;
    t->user_ticks += h->user_ticks;
    h->user_ticks = 0;
    if (t->weight == WEIGHT_NICE_0)
        t->vtime += ran;
    else
        t->vtime += ran * WEIGHT_NICE_0 / t->weight;
}

static nsec_t slice_of(const struct thread *t)
{
    if (!urgency(t))
        return SLICE;
    return t->policy == POLICY_RR ? RR_SLICE : NEVER / 2;
}

static void arm_timer(struct runq *rq, nsec_t when)
{
    if (!rq->timer_armed) {
        rq->timer_armed = true;
        timer_start(&rq->timer, when);
    }
}

/* Others wait for this hart: see to it that they get a turn. */
static void expect_switch(struct runq *rq, nsec_t now)
{
    bool thieves = __atomic_load_n(&idle_harts, __ATOMIC_RELAXED);

    arm_timer(rq, now + (thieves ? STEAL_DELAY : SLICE));
}

static void kick_thief(void)
{
    u64 idle = __atomic_load_n(&idle_harts, __ATOMIC_RELAXED);

    if (idle)
        arch_ipi(arch_hart_of(bit_lowest(idle)));
}

static void slice_timeout(struct timer *timer)
{
    struct runq *rq = container_of(timer, struct runq, timer);
    struct thread *t = current_thread();
    nsec_t now = time_now();

    spin_lock(&rq->lock);
    rq->timer_armed = false;
    if (rq->ready) {
        charge(t, now);
        kick_thief();
        if (t == rq->hart->idle || t->cpu_time >= t->slice_end) {
            thread_set_resched(t);
            arm_timer(rq, now + SLICE);
        } else {
            arm_timer(rq, now + MIN(SLICE, t->slice_end - t->cpu_time));
        }
    }
    spin_unlock(&rq->lock);
}

/* --- switching ------------------------------------------------------------------- */

/* On the new thread's stack: let go of the queue and of the thread before. */
static void finish_switch(void)
{
    struct runq *rq = this_runq();
    struct thread *dead = rq->dead;
    struct thread *moving = rq->moving;

    rq->dead = NULL;
    rq->moving = NULL;
    spin_unlock(&rq->lock);
    if (moving)
        sched_add(moving);
    if (dead)
        thread_put(dead);
}

void trap_thread_begin(void)
{
    this_hart()->irq_was = true;
    finish_switch();
}

/*
 * Run the next thread.  The run-queue lock is held; the running thread has been
 * queued, or is SLEEPING or EXITED.  Returns when it is picked again, possibly
 * on another hart, with the lock released.
 */
static void switch_to_next(struct runq *rq, struct thread *prev, nsec_t now)
{
    struct hart *h = rq->hart;
    struct thread *next = pick(rq);
    bool irqs = h->irq_was;

    thread_clear_flags(prev, TF_RESCHED);
    next->state = THREAD_RUNNING;
    next->ran_since = now;
    if (next->cpu_time >= next->slice_end)
        next->slice_end = next->cpu_time + slice_of(next);
    if (rq->ready)
        expect_switch(rq, now);
    if (next != prev) {
        h->switches++;
        arch_switch(&prev->arch, &next->arch);
        this_hart()->irq_was = irqs;
    }
    finish_switch();
}

void sched_switch(void)
{
    struct runq *rq = this_runq();
    struct thread *t = current_thread();
    nsec_t now = time_now();

    charge(t, now);
    t->switches_wanted++;
    if (t->state == THREAD_EXITED)
        rq->dead = t;
    switch_to_next(rq, t, now);
}

/* Queue the running thread again, here or, if it may not be here, elsewhere. */
static void requeue(struct runq *rq, struct thread *t)
{
    if (t == rq->hart->idle) {
        t->state = THREAD_READY;
    } else if (t->affinity >> rq->hart->arch.id & 1) {
        enqueue(rq, t);
    } else {
        t->state = THREAD_READY;
        rq->moving = t;
    }
}

void sched_yield(void)
{
    struct thread *t = current_thread();

    might_sleep();
    sched_lock(t);
    struct runq *rq = this_runq();
    nsec_t now = time_now();
    charge(t, now);
    if (rq->ready && !urgency(t) && t != rq->hart->idle) {
        struct thread *first = first_ready(rq);
        if (!urgency(first))
            t->vtime = MAX(t->vtime, first->vtime);
    }
    t->switches_wanted++;
    requeue(rq, t);
    switch_to_next(rq, t, now);
}

void sched_preempt(void)
{
    struct thread *t = current_thread();

    sched_lock(t);
    struct runq *rq = this_runq();
    nsec_t now = time_now();
    charge(t, now);
    t->switches_forced++;
    requeue(rq, t);
    switch_to_next(rq, t, now);
}

void trap_exit_kernel(void)
{
    struct hart *h = this_hart();
    struct thread *t = current_thread();

    if (t && thread_has_flags(t, TF_RESCHED) && !h->held && !h->preempt_off &&
        t != h->idle)
        sched_preempt();
}

/* --- waking ------------------------------------------------------------------------ */

/* May a thread that has become ready push `running` off its hart at once? */
static bool preempts(const struct thread *t, const struct thread *running)
{
    if (running == running->hart->idle)
        return true;
    if (urgency(t) || urgency(running))
        return urgency(t) > urgency(running);
    return t->policy == POLICY_FAIR &&
           running->vtime + (time_now() - running->ran_since) >
               t->vtime + WAKE_ADVANTAGE;
}

/* Ask the thread that runs on rq's hart to give way; rq's lock is held. */
static void resched_locked(struct runq *rq)
{
    struct hart *h = rq->hart;
    struct thread *running =
        (struct thread *)READ_ONCE(h->arch.thread);

    thread_set_resched(running);
    if (h != this_hart())
        arch_ipi(&h->arch);
}

/* Put a ready thread on rq and see whether it should run at once. */
static void add_locked(struct runq *rq, struct thread *t)
{
    struct thread *running =
        (struct thread *)READ_ONCE(rq->hart->arch.thread);

    t->vtime = MAX(t->vtime, rq->vtime);
    enqueue(rq, t);
    if (preempts(t, running))
        resched_locked(rq);
    else if (rq->hart == this_hart())
        expect_switch(rq, time_now());
}

/* The hart for a thread that becomes ready: this one, an idle one for urgent
 * work, else any that the thread may use. */
static struct hart *choose_hart(const struct thread *t)
{
    u64 allowed = t->affinity & __atomic_load_n(&online_harts, __ATOMIC_RELAXED);
    u64 idle = allowed & __atomic_load_n(&idle_harts, __ATOMIC_RELAXED);
    struct hart *here = this_hart();

    if (idle && (urgency(t) || !(allowed >> here->arch.id & 1)))
        return &harts[bit_lowest(idle)];
    if (allowed >> here->arch.id & 1)
        return here;
    return allowed ? &harts[bit_lowest(allowed)] : here;
}

void sched_add(struct thread *t)
{
    struct runq *rq = choose_hart(t)->runq;

    spin_lock(&rq->lock);
    add_locked(rq, t);
    spin_unlock(&rq->lock);
}

void sched_lock(struct thread *t)
{
    for (;;) {
        struct runq *rq = READ_ONCE(t->hart)->runq;
        spin_lock(&rq->lock);
        if (likely(rq == t->hart->runq))
            return;
        spin_unlock(&rq->lock);
    }
}

void sched_unlock(struct thread *t)
{
    spin_unlock(&t->hart->runq->lock);
}

void sched_wake_unlock(struct thread *t)
{
    if (choose_hart(t) == t->hart) {
        add_locked(t->hart->runq, t);
        sched_unlock(t);
        return;
    }
    t->state = THREAD_READY;            /* on its way: nobody else wakes it */
    sched_unlock(t);
    sched_add(t);
}

/* --- idle harts -------------------------------------------------------------------- */

static struct thread *stealable(struct list *head, u64 hart_bit)
{
    struct thread *t;

    list_for_each(t, head, run_node)
        if (t->affinity & hart_bit)
            return t;
    return NULL;
}

/* The first thread on rq that may run on the hart of the mask. */
static struct thread *find_stealable(struct runq *rq, u64 hart_bit)
{
    struct thread *t = NULL;

    for (size_t i = 0; i < RT_LEVELS && !t; i++) {
        i = bitmap_find_set(rq->rt_map, RT_LEVELS, i);
        if (i < RT_LEVELS)
            t = stealable(&rq->rt[i], hart_bit);
    }
    for (size_t i = 0; i < BUCKETS && !t; i++) {
        i = bitmap_find_set(rq->fair_map, BUCKETS, i);
        if (i < BUCKETS)
            t = stealable(&rq->fair[i], hart_bit);
    }
    return t;
}

static bool steal_from(struct runq *victim, struct runq *rq)
{
    if (!READ_ONCE(victim->ready))
        return false;
    spin_lock_two(&victim->lock, &rq->lock);
    struct thread *t = find_stealable(victim, 1ul << rq->hart->arch.id);
    if (t) {
        dequeue(victim, t);
        t->vtime = rq->vtime;
        enqueue(rq, t);
    }
    spin_unlock_two(&victim->lock, &rq->lock);
    return t;
}

static bool steal(struct runq *rq)
{
    unsigned self = rq->hart->arch.id;

    for (unsigned i = 1; i < hart_count; i++) {
        struct hart *h = &harts[(self + i) % hart_count];
        if (h->online && steal_from(h->runq, rq))
            return true;
    }
    return false;
}

/* Wait for an interrupt, unless there is work.  Interrupts are disabled, so
 * that one which brings work cannot come between the look and the wait. */
static void idle_once(struct runq *rq)
{
    u64 bit = 1ul << rq->hart->arch.id;

    if (READ_ONCE(rq->ready) || steal(rq))
        return;
    __atomic_or_fetch(&idle_harts, bit, __ATOMIC_SEQ_CST);
    if (!READ_ONCE(rq->ready))
        arch_idle();
    __atomic_and_fetch(&idle_harts, ~bit, __ATOMIC_SEQ_CST);
}

void sched_idle(void)
{
    struct runq *rq = this_runq();

    for (;;) {
        irq_disable();
        idle_once(rq);
        irq_enable();
        if (READ_ONCE(rq->ready))
            sched_preempt();
    }
}

/* --- parameters -------------------------------------------------------------------- */

static void update_weight(struct thread *t)
{
    t->weight = t->policy == POLICY_IDLE ? 3 : nice_weights[t->nice + 20];
}

/* Take a ready thread off its queue, so that its parameters may change. */
static bool unqueue_locked(struct thread *t)
{
    if (t->state != THREAD_READY || list_empty(&t->run_node))
        return false;
    dequeue(t->hart->runq, t);
    return true;
}

/* Parameters have changed: put it back, or let a running one compete anew. */
static void requeue_locked(struct thread *t, bool queued)
{
    if (queued)
        add_locked(t->hart->runq, t);
    else if (t->state == THREAD_RUNNING && t->hart->runq->ready)
        resched_locked(t->hart->runq);
}

static bool is_fair(int policy)
{
    return policy == POLICY_FAIR || policy == POLICY_BATCH ||
           policy == POLICY_IDLE;
}

int sched_set_policy(struct thread *t, int policy, int rt_priority)
{
    bool rt = policy == POLICY_FIFO || policy == POLICY_RR;

    if (!rt && !is_fair(policy))
        return -EINVAL;
    if (rt ? rt_priority < 1 || rt_priority > RT_PRIORITY_MAX : rt_priority)
        return -EINVAL;
    sched_lock(t);
    bool queued = unqueue_locked(t);
    t->policy = policy;
    t->rt_priority = rt_priority;
    update_weight(t);
    requeue_locked(t, queued);
    sched_unlock(t);
    return 0;
}

void sched_set_nice(struct thread *t, int nice)
{
    sched_lock(t);
    t->nice = nice < -20 ? -20 : nice > 19 ? 19 : nice;
    update_weight(t);
    sched_unlock(t);
}

void sched_set_boost(struct thread *t, int rt_priority)
{
    sched_lock(t);
    bool queued = unqueue_locked(t);
    t->boost = rt_priority;
    requeue_locked(t, queued);
    sched_unlock(t);
}

int sched_set_affinity(struct thread *t, u64 mask)
{
    mask &= hart_online_mask();
    if (!mask)
        return -EINVAL;
    sched_lock(t);
    t->affinity = mask;
    bool here = mask >> t->hart->arch.id & 1;
    bool move = !here && unqueue_locked(t);
    if (!here && t->state == THREAD_RUNNING)
        resched_locked(t->hart->runq);
    sched_unlock(t);
    if (move)
        sched_add(t);
    else if (!here && t == current_thread())
        sched_preempt();
    return 0;
}

nsec_t sched_cpu_time(struct thread *t, nsec_t *user)
{
    sched_lock(t);
    if (t == current_thread())
        charge(t, time_now());
    nsec_t total = t->cpu_time;
    u64 user_ticks = t->user_ticks;
    if (t->state == THREAD_RUNNING && t != current_thread())
        total += time_now() - t->ran_since;
    sched_unlock(t);
    if (user)
        *user = MIN(time_of_ticks(user_ticks), total);
    return total;
}

nsec_t sched_rr_interval(const struct thread *t)
{
    if (t->policy == POLICY_FIFO)
        return 0;
    return t->policy == POLICY_RR ? RR_SLICE : SLICE;
}

unsigned sched_ready_count(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < hart_count; i++) {
        const struct hart *h = &harts[i];
        if (!h->online)
            continue;
        n += READ_ONCE(h->runq->ready);
        n += READ_ONCE(h->arch.thread) != &h->idle->arch;
    }
    return n;
}

u64 hart_online_mask(void)
{
    return __atomic_load_n(&online_harts, __ATOMIC_RELAXED);
}

int sched_init_hart(struct hart *h)
{
    struct runq *rq = kzalloc(sizeof(*rq));

    if (!rq)
        return -ENOMEM;
    spin_init(&rq->lock, RANK_RUNQ);
    rq->hart = h;
    for (unsigned i = 0; i < RT_LEVELS; i++)
        list_init(&rq->rt[i]);
    for (unsigned i = 0; i < BUCKETS; i++)
        list_init(&rq->fair[i]);
    timer_init(&rq->timer, slice_timeout);
    h->runq = rq;
    return 0;
}

void sched_online(struct hart *h)
{
    h->arch.thread = &h->idle->arch;
    h->idle->ran_since = time_now();
    h->online = true;
    __atomic_or_fetch(&online_harts, 1ul << h->arch.id, __ATOMIC_SEQ_CST);
}

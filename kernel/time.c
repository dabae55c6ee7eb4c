/*
 * time.c - clocks, and a tree of timers on each hart ordered by deadline.
 */
#include "kernel/time.h"

#include "kernel/lib/errno.h"
#include "kernel/loadavg.h"
#include "mm/alloc.h"

#define TICKS_MAX ((unsigned __int128)1 << 63)  /* that is never, too */

struct timer_queue {
    struct spinlock lock;           /* RANK_TIMER */
    struct avl_tree timers;         /* guarded by lock */
    nsec_t armed;                   /* what the hart's timer is set to; lock */
    struct hart *hart;              /* set at birth, then constant */
};

struct time_scale time_scale;
static u64 frequency;               /* Hz; set once at boot */
static u64 ticks_per_ns;            /* set once at boot: a fraction of ... */
static unsigned ticks_shift;        /* ... so many bits */

static u64 realtime_offset;         /* atomic */

u64 time_frequency(void)
{
    return frequency;
}

u64 ticks_of_time(nsec_t length)
{
    unsigned __int128 ticks =
        (unsigned __int128)length * ticks_per_ns >> ticks_shift;

    return MIN(ticks, TICKS_MAX);
}

u64 time_to_ticks(nsec_t t)
{
    return ticks_of_time(t) + time_scale.boot_ticks;
}

nsec_t time_realtime_offset(void)
{
    return __atomic_load_n(&realtime_offset, __ATOMIC_RELAXED);
}

nsec_t time_realtime(void)
{
    return time_now() + time_realtime_offset();
}

void time_set_realtime(nsec_t since_epoch)
{
    __atomic_store_n(&realtime_offset, since_epoch - time_now(),
                     __ATOMIC_RELAXED);
}

nsec_t timespec_ns(const struct timespec *ts)
{
    if ((u64)ts->tv_sec >= (NEVER - 1) / NSEC_PER_SEC)
        return NEVER - 1;
    return ts->tv_sec * NSEC_PER_SEC + ts->tv_nsec;
}

/* --- timers --- */

/* Set the hart's timer to the earliest deadline, but none before `least`;
 * q->lock held, q is this hart's. */
static void program(struct timer_queue *q, nsec_t least)
{
    struct avl_node *first = avl_first(&q->timers);
    nsec_t when = first ? MAX(first->key, least) : NEVER;

    if (when == q->armed)
        return;
    q->armed = when;
    arch_timer_set(when == NEVER ? ~0ul : time_to_ticks(when) + 1);
}

void timer_init(struct timer *t, void (*fn)(struct timer *t))
{
    *t = (struct timer){ .fn = fn };
}

/* Disarm if armed; says whether it was.  If not, and it is being called, that
 * can be seen in `running` from here on. */
static bool disarm(struct timer *t)
{
    struct timer_queue *q;

    while ((q = __atomic_load_n(&t->queue, __ATOMIC_ACQUIRE))) {
        spin_lock(&q->lock);
        if (t->queue == q) {
            avl_remove(&q->timers, &t->node);
            t->queue = NULL;
            spin_unlock(&q->lock);
            return true;
        }
        spin_unlock(&q->lock);
    }
    return false;
}

void timer_start(struct timer *t, nsec_t deadline)
{
    disarm(t);
    u64 irqs = irq_disable();
    struct timer_queue *q = this_hart()->timers;

    spin_lock(&q->lock);
    t->node.key = MIN(deadline, NEVER - 1000000);
    while (!avl_insert(&q->timers, &t->node))
        t->node.key++;              /* keys are unique: a nanosecond later */
    t->queue = q;
    program(q, 0);
    spin_unlock(&q->lock);
    irq_restore(irqs);
}

bool timer_cancel(struct timer *t)
{
    bool was_armed = disarm(t);

    while (__atomic_load_n(&t->running, __ATOMIC_ACQUIRE))
        arch_relax();
    return was_armed;
}

/* The next timer that had expired by `now`, disarmed and marked running; NULL
 * if there is none. */
static struct timer *take_expired(struct timer_queue *q, nsec_t now)
{
    struct timer *t = NULL;

    spin_lock(&q->lock);
    struct avl_node *first = avl_first(&q->timers);
    if (first && first->key <= now) {
        t = avl_entry(first, struct timer, node);
        avl_remove(&q->timers, first);
        /* In this order, for timer_cancel(). */
        __atomic_add_fetch(&t->running, 1, __ATOMIC_RELAXED);
        __atomic_store_n(&t->queue, NULL, __ATOMIC_RELEASE);
    }
    spin_unlock(&q->lock);
    return t;
}

/* For the next interrupt, after work that began at `start`: programs can make
 * timers expire quicker than they are served, so the hart gets as much time for
 * other things as they took. */
static void program_after(struct timer_queue *q, nsec_t start)
{
    nsec_t now = time_now();

    spin_lock(&q->lock);
    q->armed = 0;                   /* the interrupt has used it up */
    program(q, now + (now - start));
    spin_unlock(&q->lock);
}

void trap_timer(void)
{
    struct timer_queue *q = this_hart()->timers;
    nsec_t start = time_now();
    struct timer *t;

    this_hart()->interrupts[HART_IRQ_TIMER]++;
    while ((t = take_expired(q, start))) {
        t->fn(t);
        __atomic_sub_fetch(&t->running, 1, __ATOMIC_RELEASE);
    }
    program_after(q, start);
    load_sample();
}

void time_init(u64 hz)
{
    unsigned __int128 ratio;

    frequency = hz;
    time_scale.ns_per_tick = ((unsigned __int128)NSEC_PER_SEC << 32) / hz;
    time_scale.boot_ticks = arch_ticks();
    /* The inverse of that, not of hz: timers would come a little early. */
    ratio = ((unsigned __int128)1 << 96) / time_scale.ns_per_tick;
    for (ticks_shift = 64; ratio >> 64; ticks_shift--)
        ratio >>= 1;
    ticks_per_ns = ratio;
}

int time_init_hart(struct hart *h)
{
    struct timer_queue *q = kzalloc(sizeof(*q));

    if (!q)
        return -ENOMEM;
    spin_init(&q->lock, RANK_TIMER);
    q->armed = NEVER;
    q->hart = h;
    h->timers = q;
    return 0;
}

/* thread.c - life of threads: creation, join, park, sleep and wake. */
#include "kernel/thread.h"

#include "kernel/kstack.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/runq.h"
#include "kernel/time.h"
#include "mm/alloc.h"

static struct spinlock table_lock = SPINLOCK_INIT(RANK_THREADS);
static struct list all_threads = LIST_INIT(all_threads);    /* by table_lock */
static u64 made;                                            /* by table_lock */

static struct cache thread_cache = CACHE("thread", struct thread);

static void free_plain(struct thread *t)
{
    cache_free(&thread_cache, t);
}

/* What every new thread runs first: the switch has released its lock. */
static void run_entry(void *arg)
{
    struct thread *t = arg;

    t->entry(t->arg);
    thread_exit(0);
}

static void inherit_scheduling(struct thread *t)
{
    const struct thread *from = current_thread();

    t->policy = from->policy;
    t->rt_priority = from->rt_priority;
    t->nice = from->nice;
    t->weight = from->weight;
    t->vtime = from->vtime;
    if (unlikely(from->reset_on_fork))
        sched_reset_inherited(t);
    t->special = runq_is_special(t);
    t->affinity = from == this_hart()->idle ? ~0ul : from->affinity;
}

static void init_common(struct thread *t, const char *name)
{
    t->refs = 1;
    t->state = THREAD_NEW;
    t->hart = this_hart();
    spin_init(&t->lock, RANK_WAITQ);
    waitq_init(&t->joiners);
    waitq_init(&t->parked);
    list_init(&t->run_node);
    thread_set_name(t, name);
}

int thread_init(struct thread *t, const char *name, void (*entry)(void *),
                void *arg, void (*destroy)(struct thread *t))
{
    t->arch.kstack = kstack_alloc();
    if (!t->arch.kstack)
        return -ENOMEM;
    init_common(t, name);
    t->entry = entry;
    t->arg = arg;
    t->destroy = destroy;
    inherit_scheduling(t);
    arch_thread_init(&t->arch, run_entry, t);
    spin_lock(&table_lock);
    list_add_tail(&all_threads, &t->all_node);
    made++;
    spin_unlock(&table_lock);
    return 0;
}

struct thread *thread_create(const char *name, void (*entry)(void *),
                             void *arg)
{
    struct thread *t = cache_zalloc(&thread_cache);

    if (t && thread_init(t, name, entry, arg, free_plain)) {
        cache_free(&thread_cache, t);
        return NULL;
    }
    return t;
}

int thread_init_idle(struct hart *h)
{
    struct thread *t = cache_zalloc(&thread_cache);

    if (!t)
        return -ENOMEM;
    init_common(t, "idle");
    t->state = THREAD_RUNNING;
    t->hart = h;
    t->arch.kstack = h->arch.kstack;
    t->weight = 1024;
    t->affinity = 1ul << h->arch.id;
    h->idle = t;
    list_init(&t->all_node);
    return 0;
}

static void release(struct thread *t)
{
    spin_lock(&table_lock);
    list_remove(&t->all_node);
    spin_unlock(&table_lock);
    kstack_free(t->arch.kstack);
    t->destroy(t);
}

void thread_abandon(struct thread *t)
{
    assert(t->state == THREAD_NEW);
    thread_put(t);
}

void thread_start(struct thread *t)
{
    assert(t->state == THREAD_NEW);
    thread_get(t);              /* the thread's own, until it has exited */
    sched_add(t);
}

void thread_get(struct thread *t)
{
    __atomic_add_fetch(&t->refs, 1, __ATOMIC_RELAXED);
}

void thread_put(struct thread *t)
{
    if (__atomic_sub_fetch(&t->refs, 1, __ATOMIC_ACQ_REL) == 0)
        release(t);
}

void thread_set_name(struct thread *t, const char *name)
{
    str_copy(t->name, name, sizeof(t->name));
}

void thread_exit(long code)
{
    struct thread *t = current_thread();

    might_sleep();
    spin_lock(&t->lock);
    t->exit_code = code;
    t->exited = true;
    waitq_wake_all(&t->joiners, 0);
    spin_unlock(&t->lock);
    sched_lock(t);
    t->state = THREAD_EXITED;
    sched_switch();
    panic("an exited thread ran");
}

long thread_join(struct thread *t)
{
    spin_lock(&t->lock);
    assert(!t->detached);
    while (!t->exited)
        waitq_sleep(&t->joiners, &t->lock, WAIT_UNINTERRUPTIBLE, NEVER);
    long code = t->exit_code;
    spin_unlock(&t->lock);
    thread_put(t);
    return code;
}

void thread_detach(struct thread *t)
{
    spin_lock(&t->lock);
    assert(!t->detached);
    t->detached = true;
    spin_unlock(&t->lock);
    thread_put(t);
}

void thread_park(void)
{
    struct thread *t = current_thread();

    spin_lock(&t->lock);
    while (!t->park_token)
        waitq_sleep(&t->parked, &t->lock, WAIT_UNINTERRUPTIBLE, NEVER);
    t->park_token = false;
    spin_unlock(&t->lock);
}

void thread_unpark(struct thread *t)
{
    spin_lock(&t->lock);
    t->park_token = true;
    waitq_wake_all(&t->parked, 0);
    spin_unlock(&t->lock);
}

void thread_delay(nsec_t ns)
{
    nsec_t deadline = time_now() + ns;

    thread_prepare_sleep(WAIT_UNINTERRUPTIBLE);
    while (thread_sleep(deadline) != -ETIMEDOUT)
        thread_prepare_sleep(WAIT_UNINTERRUPTIBLE);
}

void thread_prepare_sleep(enum wait_how how)
{
    struct thread *t = current_thread();

    t->sleep = how;
    __atomic_store_n(&t->wake_pending, false, __ATOMIC_SEQ_CST);
}

/* Which flags end a sleep of this kind. */
static u32 interrupting_flags(enum wait_how how)
{
    switch (how) {
    case WAIT_INTERRUPTIBLE:
        return TF_SIGNAL | TF_KILL;
    case WAIT_KILLABLE:
        return TF_KILL;
    default:
        return 0;
    }
}

/* Give up the hart unless a wake-up or an interruption has come already. */
static int sleep_once(struct thread *t)
{
    u32 interrupts = interrupting_flags(t->sleep);

    might_sleep();
    sched_lock(t);
    if (t->wake_pending) {
        sched_unlock(t);
        return 0;
    }
    if (thread_has_flags(t, interrupts)) {
        sched_unlock(t);
        return -ERESTARTSYS;
    }
    t->state = THREAD_SLEEPING;
    sched_switch();
    if (!t->wake_pending && thread_has_flags(t, interrupts))
        return -ERESTARTSYS;
    return 0;
}

struct sleep_timer {
    struct timer timer;
    struct thread *thread;
    bool fired;
};

static void sleep_timeout(struct timer *timer)
{
    struct sleep_timer *s = container_of(timer, struct sleep_timer, timer);

    s->fired = true;
    thread_wake(s->thread);
}

int thread_sleep(nsec_t deadline)
{
    struct thread *t = current_thread();
    struct sleep_timer s = { .thread = t };

    if (deadline == NEVER)
        return sleep_once(t);
    timer_init(&s.timer, sleep_timeout);
    timer_start(&s.timer, deadline);
    int error = sleep_once(t);
    timer_cancel(&s.timer);
    return !error && s.fired ? -ETIMEDOUT : error;
}

bool thread_wake(struct thread *t)
{
    sched_lock(t);
    t->wake_pending = true;
    if (t->state != THREAD_SLEEPING) {
        sched_unlock(t);
        return false;
    }
    sched_wake_unlock(t);
    return true;
}

void thread_set_flags(struct thread *t, u32 flags)
{
    u32 old = __atomic_fetch_or(&t->arch.flags, flags, __ATOMIC_SEQ_CST);

    /* The running thread will see them before it sleeps or leaves. */
    if ((old & flags) == flags || t == current_thread())
        return;
    sched_lock(t);
    if (t->state == THREAD_SLEEPING && (flags & interrupting_flags(t->sleep))) {
        sched_wake_unlock(t);
        return;
    }
    if (t->state == THREAD_RUNNING && t->hart != this_hart())
        arch_ipi(&t->hart->arch);
    sched_unlock(t);
}

u64 thread_made_count(void)
{
    return READ_ONCE(made);
}

void thread_for_each(void (*fn)(struct thread *t, void *arg), void *arg)
{
    struct thread *t;

    spin_lock(&table_lock);
    list_for_each(t, &all_threads, all_node)
        fn(t, arg);
    spin_unlock(&table_lock);
}

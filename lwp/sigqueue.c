/*
 * sigqueue.c - pending signals.
 */
#include "lwp/sigqueue.h"

#include "kernel/lib/bitmap.h"
#include "kernel/lib/errno.h"
#include "lwp/lwp.h"
#include "lwp/ptrace.h"
#include "mm/alloc.h"

struct queued_signal {
    struct list node;
    struct siginfo info;
};

static struct cache queued_cache = CACHE("queued_signal", struct queued_signal);

/* One entry stays with the process: signals come one by one. */
static struct queued_signal *alloc_queued(struct lwp_signal *s)
{
    struct queued_signal *q = s->spare;

    if (!q)
        return cache_alloc(&queued_cache);
    s->spare = NULL;
    return q;
}

static void free_queued(struct lwp_signal *s, struct queued_signal *q)
{
    list_remove(&q->node);
    s->queued--;
    if (s->spare)
        cache_free(&queued_cache, q);
    else
        s->spare = q;
}

void pending_free_spare(struct lwp_signal *s)
{
    if (s->spare)
        cache_free(&queued_cache, s->spare);
    s->spare = NULL;
}

void pending_init(struct pending *p)
{
    p->set = 0;
    list_init(&p->queue);
}

/* Details of an ordinary signal are kept beyond the limit, as there are at most
 * 31 of them a queue; and timers' signals, as there is one a timer. */
static bool may_queue(struct lwp *lwp, const struct siginfo *info)
{
    return (info->signo < SIGRTMIN && info->code >= 0) ||
           info->from_timer ||
           lwp->signal.queued < lwp_limit(lwp, RLIMIT_SIGPENDING);
}

/* A timer expires while its last signal is still queued: count it there. */
static bool count_overrun(struct pending *p, const struct siginfo *info)
{
    struct queued_signal *q;

    list_for_each(q, &p->queue, node) {
        if (q->info.from_timer && q->info.timer.id == info->timer.id) {
            q->info.timer.overrun += info->timer.overrun + 1;
            return true;
        }
    }
    return false;
}

int pending_add(struct lwp *lwp, struct pending *p, const struct siginfo *info)
{
    struct queued_signal *q = NULL;

    assert(spin_held(&lwp->signal.lock));
    if (info->from_timer && count_overrun(p, info))
        return 0;
    if (info->signo < SIGRTMIN && (p->set & signal_bit(info->signo)))
        return 0;
    if (may_queue(lwp, info))
        q = alloc_queued(&lwp->signal);
    if (q) {
        q->info = *info;
        list_add_tail(&p->queue, &q->node);
        lwp->signal.queued++;
    } else if (info->signo >= SIGRTMIN && info->code < 0) {
        return -EAGAIN;
    }
    p->set |= signal_bit(info->signo);
    return 0;
}

void pending_take(struct lwp *lwp, struct pending *p, int signo,
                  struct siginfo *info)
{
    struct queued_signal *q, *found = NULL;
    bool more = false;

    assert(spin_held(&lwp->signal.lock));
    list_for_each(q, &p->queue, node) {
        if (q->info.signo != signo)
            continue;
        more = found != NULL;
        if (more)
            break;
        found = q;
        if (signo < SIGRTMIN)
            break;
    }
    if (!more)
        p->set &= ~signal_bit(signo);
    if (found) {
        *info = found->info;
        free_queued(&lwp->signal, found);
    } else {
        *info = (struct siginfo){ .signo = signo, .code = SI_USER };
    }
}

bool pending_peek(const struct pending *p, u64 index, struct siginfo *info)
{
    const struct queued_signal *q;

    list_for_each(q, &p->queue, node) {
        if (index-- == 0) {
            *info = q->info;
            return true;
        }
    }
    return false;
}

void pending_discard(struct lwp *lwp, struct pending *p, sigset_t set)
{
    struct queued_signal *q, *next;

    assert(spin_held(&lwp->signal.lock));
    if (!(p->set & set))
        return;
    p->set &= ~set;
    list_for_each_safe(q, next, &p->queue, node) {
        if (signal_bit(q->info.signo) & set)
            free_queued(&lwp->signal, q);
    }
}

int signal_first(sigset_t set)
{
    sigset_t faults = set & SIGNALS_FAULT;

    return bit_lowest(faults ? faults : set) + 1;
}

void signal_discard_locked(struct lwp *lwp, sigset_t set)
{
    struct lwp_thread *t;

    pending_discard(lwp, &lwp->signal.shared, set);
    signal_for_each_thread(t, lwp)
        pending_discard(lwp, &t->signal.pending, set);
}

void signal_recalculate_locked(struct lwp_thread *t)
{
    struct lwp_signal *s = &t->lwp->signal;
    sigset_t set = (t->signal.pending.set | s->shared.set) &
                   ~signal_mask_now(&t->signal);

    assert(spin_held(&s->lock));
    if (set || s->report_continue ||
        (s->job != JOB_RUNNING && job_holds_locked(t)))
        signal_notify(t);
    else if (unlikely(thread_clear_flags(&t->thread, TF_SIGNAL) & TF_TRACE) &&
             ptrace_has_request_locked(t))
        signal_notify(t);
}

void signal_retarget_slow_locked(struct lwp_thread *t, sigset_t set)
{
    struct lwp_thread *other;
    sigset_t wanted;

    signal_for_each_thread(other, t->lwp) {
        wanted = set & ~signal_mask_now(&other->signal);
        if (other != t && wanted) {
            signal_notify(other);
            set &= ~wanted;
        }
    }
}

/*
 * sighand.c - the signal state of processes and threads as they come and go,
 * and their handlers.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "lwp/lwp.h"
#include "lwp/sigqueue.h"
#include "lwp/wait.h"
#include "mm/alloc.h"

static struct cache sighand_cache = CACHE("sighand", struct sighand);

static struct sighand *sighand_create(const struct sighand *from)
{
    struct sighand *hand = cache_alloc(&sighand_cache);

    if (!hand)
        return NULL;
    if (from)
        *hand = *from;
    else
        memset(hand, 0, sizeof(*hand));
    hand->refs = 1;
    spin_init(&hand->lock, RANK_SIGNAL_SECOND);
    return hand;
}

static void sighand_get(struct sighand *hand)
{
    __atomic_add_fetch(&hand->refs, 1, __ATOMIC_RELAXED);
}

static void sighand_put(struct sighand *hand)
{
    if (__atomic_sub_fetch(&hand->refs, 1, __ATOMIC_ACQ_REL) == 0)
        cache_free(&sighand_cache, hand);
}

/* Handlers that are not shared need no lock beside the process's, which is
 * held.  Says whether it took one. */
static bool hand_lock(struct lwp *lwp)
{
    struct sighand *hand = lwp->signal.hand;
    bool shared = READ_ONCE(hand->refs) > 1;

    if (unlikely(shared))
        spin_lock(&hand->lock);
    return shared;
}

static void hand_unlock(struct lwp *lwp, bool locked)
{
    if (unlikely(locked))
        spin_unlock(&lwp->signal.hand->lock);
}

static void signal_init_with(struct lwp *lwp, struct sighand *hand)
{
    struct lwp_signal *s = &lwp->signal;

    *s = (struct lwp_signal){ .hand = hand, .job = JOB_RUNNING };
    spin_init(&s->lock, RANK_SIGNAL);
    list_init(&s->threads);
    pending_init(&s->shared);
    waitq_init(&s->stopped);
}

int lwp_signal_init(struct lwp *lwp)
{
    struct sighand *hand = sighand_create(NULL);

    if (!hand)
        return -ENOMEM;
    signal_init_with(lwp, hand);
    return 0;
}

int lwp_signal_fork(struct lwp *lwp, struct lwp *parent, bool share)
{
    struct sighand *hand;
    bool locked;

    spin_lock(&parent->signal.lock);
    hand = parent->signal.hand;
    if (share) {
        sighand_get(hand);
    } else {
        locked = hand_lock(parent);
        hand = sighand_create(hand);
        hand_unlock(parent, locked);
    }
    spin_unlock(&parent->signal.lock);
    if (!hand)
        return -ENOMEM;
    signal_init_with(lwp, hand);
    return 0;
}

static void clear_handlers(struct sighand *hand)
{
    for (unsigned i = 0; i < SIGNAL_MAX; i++) {
        u64 handler = hand->actions[i].handler;

        hand->actions[i] = (struct sigaction){
            .handler = handler == SIG_IGN ? SIG_IGN : SIG_DFL,
        };
    }
    hand->restorer_layout = false;
}

void lwp_signal_clear_handlers(struct lwp *lwp)
{
    clear_handlers(lwp->signal.hand);
}

int lwp_signal_exec(struct lwp *lwp)
{
    struct lwp_signal *s = &lwp->signal;
    struct sighand *old = s->hand, *hand = old;
    bool shared;

    spin_lock(&s->lock);
    shared = hand_lock(lwp);
    if (shared)
        hand = sighand_create(old);
    hand_unlock(lwp, shared);
    if (hand) {
        clear_handlers(hand);
        s->hand = hand;
    }
    spin_unlock(&s->lock);
    if (!hand)
        return -ENOMEM;
    if (hand != old)
        sighand_put(old);
    current_lwp_thread()->signal.altstack = (struct sigstack){
        .flags = SS_DISABLE
    };
    return 0;
}

void lwp_signal_destroy(struct lwp *lwp)
{
    struct lwp_signal *s = &lwp->signal;
    struct sighand *hand;

    spin_lock(&s->lock);
    assert(list_empty(&s->threads));
    pending_discard(lwp, &s->shared, ~0ul);
    pending_free_spare(s);
    /* A child that ends at the same time looks at them: wants_zombie(). */
    hand = s->hand;
    s->hand = NULL;
    spin_unlock(&s->lock);
    sighand_put(hand);
}

void lwp_thread_signal_add(struct lwp_thread *t, sigset_t blocked)
{
    struct lwp_signal *s = &t->lwp->signal;

    t->signal = (struct lwp_thread_signal){
        .blocked = blocked & ~SIGNALS_SURE,
        .altstack.flags = SS_DISABLE,
    };
    pending_init(&t->signal.pending);
    spin_lock(&s->lock);
    list_add_tail(&s->threads, &t->signal.node);
    job_thread_added_locked(t);
    signal_recalculate_locked(t);
    spin_unlock(&s->lock);
}

void lwp_thread_signal_remove(struct lwp_thread *t)
{
    struct lwp_signal *s = &t->lwp->signal;
    int stopped_by;

    spin_lock(&s->lock);
    list_remove(&t->signal.node);
    pending_discard(t->lwp, &t->signal.pending, ~0ul);
    signal_retarget_locked(t, ~0ul);
    stopped_by = job_settle_locked(t);
    spin_unlock(&s->lock);
    if (stopped_by)
        lwp_report_stop(t->lwp, stopped_by);
}

void sighand_take_locked(struct lwp *lwp, int signo, struct sigaction *out)
{
    struct sigaction *action = &lwp->signal.hand->actions[signo - 1];
    bool locked = hand_lock(lwp);

    *out = *action;
    if (unlikely(out->flags & SA_RESETHAND) && out->handler > SIG_IGN)
        action->handler = SIG_DFL;
    hand_unlock(lwp, locked);
}

void sighand_reset_locked(struct lwp *lwp, int signo)
{
    bool locked = hand_lock(lwp);

    lwp->signal.hand->actions[signo - 1].handler = SIG_DFL;
    hand_unlock(lwp, locked);
}

void signal_read_action(struct lwp *lwp, int signo, struct sigaction *out)
{
    struct lwp_signal *s = &lwp->signal;

    *out = (struct sigaction){ .handler = SIG_DFL };
    spin_lock(&s->lock);
    if (s->hand) {
        bool locked = hand_lock(lwp);

        *out = s->hand->actions[signo - 1];
        hand_unlock(lwp, locked);
    }
    spin_unlock(&s->lock);
}

static bool ignores(u64 handler, int signo)
{
    return handler == SIG_IGN ||
           (handler == SIG_DFL &&
            (signal_bit(signo) & (signals_ignored | signal_bit(SIGCONT))));
}

/*
 * An ignored signal is not to be found pending, even if it is blocked (POSIX
 * 2.4.3).
 */
void signal_set_action(int signo, const struct sigaction *action,
                       struct sigaction *old)
{
    struct lwp *lwp = current_lwp();
    struct lwp_signal *s = &lwp->signal;
    struct sigaction *place;
    bool locked;

    spin_lock(&s->lock);
    locked = hand_lock(lwp);
    place = &s->hand->actions[signo - 1];
    *old = *place;
    *place = *action;
    s->hand->restorer_layout = action->flags & SA_RESTORER;
    hand_unlock(lwp, locked);
    if (ignores(action->handler, signo))
        signal_discard_locked(lwp, signal_bit(signo));
    spin_unlock(&s->lock);
}

void signal_read_sets(struct lwp_thread *t, struct signal_sets *out)
{
    struct lwp_signal *s = &t->lwp->signal;

    *out = (struct signal_sets){ .blocked = t->signal.blocked };
    spin_lock(&s->lock);
    out->pending = t->signal.pending.set;
    out->shared = s->shared.set;
    out->queued = s->queued;
    for (int signo = 1; s->hand && signo <= SIGNAL_MAX; signo++) {
        u64 handler = READ_ONCE(s->hand->actions[signo - 1].handler);

        if (handler == SIG_IGN)
            out->ignored |= signal_bit(signo);
        else if (handler != SIG_DFL)
            out->caught |= signal_bit(signo);
    }
    spin_unlock(&s->lock);
}

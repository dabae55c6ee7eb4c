/*
 * posix_timer.c - timers that send a signal with a value: timer_create(2).
 *
 * A timer has at most one signal queued; what expires meanwhile is counted in
 * it (overrun), and the count is given out when the signal is taken.
 */
#include "lwp/posix_timer.h"

#include "kernel/lib/errno.h"
#include "lwp/deadline.h"
#include "lwp/lwp.h"
#include "lwp/pid.h"
#include "lwp/proc.h"
#include "lwp/sigevent.h"
#include "lwp/syscall.h"
#include "mm/alloc.h"

#define DELAYTIMER_MAX  INT_MAX

struct posix_timer {
    /* set at birth, then constant */
    struct clock_timer clock;
    int id;
    int notify, signo;
    u64 value;
    struct lwp_thread *thread;      /* SIGEV_THREAD_ID: referenced; or NULL */

    /* guarded by the process's timers.lock */
    struct list node;
    /* atomic */
    int overrun;                    /* of the signal taken last */
};

static struct cache timer_cache = CACHE("posix_timer", struct posix_timer);

static void posix_timer_expired(struct clock_timer *clock, u64 count)
{
    struct posix_timer *t = container_of(clock, struct posix_timer, clock);
    struct siginfo info = { .signo = t->signo, .code = SI_TIMER,
                            .from_timer = true };

    if (t->notify == SIGEV_NONE)
        return;
    info.timer.id = t->id;
    info.timer.overrun = MIN(count - 1, (u64)DELAYTIMER_MAX);
    info.timer.value = t->value;
    if (t->thread)
        signal_send_thread(t->thread, &info);
    else
        signal_send(clock->lwp, &info);
}

static struct posix_timer *find_locked(struct lwp *lwp, int id)
{
    struct posix_timer *t;

    list_for_each(t, &lwp->timers.timers, node) {
        if (t->id == id)
            return t;
    }
    return NULL;
}

void posix_timer_signal_taken(struct lwp *lwp, struct siginfo *info)
{
    struct posix_timer *t;

    info->from_timer = 0;
    mutex_lock(&lwp->timers.lock);
    t = find_locked(lwp, info->timer.id);
    if (t)
        t->overrun = info->timer.overrun;
    mutex_unlock(&lwp->timers.lock);
}

/* --- creating and deleting ------------------------------------------------ */

/* What a timer by this clock counts, and of which thread (clock_own_cpu). */
static int measure_of(int clock, struct thread **thread)
{
    int error;

    *thread = NULL;
    switch (clock_kind(clock)) {
    case CLOCK_KIND_REAL:
        return MEASURE_REAL;
    case CLOCK_KIND_BOOT:
        return MEASURE_BOOT;
    case CLOCK_KIND_CPU:
        error = clock_own_cpu(clock, thread);
        if (error)
            return error;
        return *thread ? MEASURE_THREAD : MEASURE_CPU;
    default:
        return -EOPNOTSUPP;
    }
}

static int read_event(uptr_t from, struct sigevent *event)
{
    *event = (struct sigevent){ .signo = SIGALRM, .notify = SIGEV_SIGNAL };
    if (!from)
        return 0;
    if (copy_from_user(event, from, sizeof(*event)))
        return -EFAULT;
    switch (event->notify) {
    case SIGEV_NONE:
        return 0;
    case SIGEV_SIGNAL:
    case SIGEV_THREAD:
    case SIGEV_SIGNAL | SIGEV_THREAD_ID:
        return signal_valid(event->signo) ? 0 : -EINVAL;
    default:
        return -EINVAL;
    }
}

static int find_target(const struct sigevent *event, struct lwp_thread **out)
{
    *out = NULL;
    if (!(event->notify & SIGEV_THREAD_ID))
        return 0;
    *out = lwp_thread_lookup(event->tid);
    if (*out && (*out)->lwp != current_lwp()) {
        thread_put(&(*out)->thread);
        *out = NULL;
    }
    return *out ? 0 : -EINVAL;
}

static void free_timer(struct posix_timer *t)
{
    clock_timer_stop(&t->clock);
    if (t->clock.thread)
        thread_put(t->clock.thread);
    if (t->thread)
        thread_put(&t->thread->thread);
    cache_free(&timer_cache, t);
}

/* A number that no other timer of the process has. */
static int publish(struct lwp_timers *timers, struct posix_timer *t,
                   bool has_value)
{
    if (timers->count >= lwp_limit(current_lwp(), RLIMIT_SIGPENDING))
        return -EAGAIN;
    do {
        t->id = timers->next_id;
        timers->next_id = (timers->next_id + 1) & INT_MAX;
    } while (find_locked(current_lwp(), t->id));
    if (!has_value)
        t->value = t->id;
    list_add_tail(&timers->timers, &t->node);
    timers->count++;
    return 0;
}

static void unpublish(struct lwp_timers *timers, struct posix_timer *t)
{
    list_remove(&t->node);
    timers->count--;
}

long sys_timer_create(int clock, uptr_t event_from, uptr_t id_to)
{
    struct lwp_timers *timers = &current_lwp()->timers;
    struct thread *counted;
    int measure = measure_of(clock, &counted), error;
    struct sigevent event;
    struct posix_timer *t;

    if (measure < 0)
        return measure;
    error = read_event(event_from, &event);
    if (error)
        goto put_counted;
    error = -EAGAIN;
    t = cache_zalloc(&timer_cache);
    if (!t)
        goto put_counted;
    clock_timer_init(&t->clock, measure, current_lwp(), posix_timer_expired);
    t->clock.thread = counted;
    t->notify = event.notify;
    t->signo = event.signo;
    t->value = event.value;
    error = find_target(&event, &t->thread);
    if (error)
        goto free_timer;
    mutex_lock(&timers->lock);
    error = publish(timers, t, event_from);
    if (!error) {
        error = copy_to_user(id_to, &t->id, sizeof(t->id));
        if (error)
            unpublish(timers, t);
    }
    mutex_unlock(&timers->lock);
    if (!error)
        return 0;
free_timer:
    free_timer(t);
    return error;
put_counted:
    if (counted)
        thread_put(counted);
    return error;
}

long sys_timer_delete(int id)
{
    struct lwp_timers *timers = &current_lwp()->timers;
    struct posix_timer *t;

    mutex_lock(&timers->lock);
    t = find_locked(current_lwp(), id);
    if (t)
        unpublish(timers, t);
    mutex_unlock(&timers->lock);
    if (!t)
        return -EINVAL;
    free_timer(t);
    return 0;
}

void posix_timers_delete(struct lwp *lwp)
{
    struct posix_timer *t;

    for (;;) {
        mutex_lock(&lwp->timers.lock);
        t = list_first(&lwp->timers.timers, struct posix_timer, node);
        if (t)
            unpublish(&lwp->timers, t);
        mutex_unlock(&lwp->timers.lock);
        if (!t)
            return;
        free_timer(t);
    }
}

int proc_show_timers(struct proc_text *text, void *handle)
{
    static const char *const how[] = { "signal", "none", "thread" };
    static const u8 clocks[] = {
        [MEASURE_BOOT] = 1, [MEASURE_REAL] = 0, [MEASURE_CPU] = 2,
        [MEASURE_THREAD] = 3,
    };
    struct lwp *lwp = ((struct proc_handle *)handle)->lwp;
    struct posix_timer *t;

    mutex_lock(&lwp->timers.lock);
    list_for_each(t, &lwp->timers.timers, node)
        proc_print(text, "ID: %d\nsignal: %d/%016lx\nnotify: %s/%s.%d\n"
                   "ClockID: %d\n", t->id, t->signo, t->value,
                   how[t->notify & 3], t->thread ? "tid" : "pid",
                   t->thread ? t->thread->tid : lwp->pid,
                   clocks[t->clock.measure]);
    mutex_unlock(&lwp->timers.lock);
    return 0;
}

/* --- setting -------------------------------------------------------------- */

long sys_timer_settime(int id, int flags, uptr_t from, uptr_t to)
{
    struct lwp_timers *timers = &current_lwp()->timers;
    struct clock_setting new, old;
    struct posix_timer *t;
    int error = clock_setting_from_user(&new, from);

    if (error)
        return error;
    mutex_lock(&timers->lock);
    t = find_locked(current_lwp(), id);
    if (t) {
        clock_timer_set(&t->clock, &new, flags & TIMER_ABSTIME, &old);
        t->overrun = 0;
    }
    mutex_unlock(&timers->lock);
    if (!t)
        return -EINVAL;
    return to ? clock_setting_to_user(to, &old) : 0;
}

long sys_timer_gettime(int id, uptr_t to)
{
    struct lwp_timers *timers = &current_lwp()->timers;
    struct clock_setting setting;
    struct posix_timer *t;

    mutex_lock(&timers->lock);
    t = find_locked(current_lwp(), id);
    if (t)
        clock_timer_get(&t->clock, &setting);
    mutex_unlock(&timers->lock);
    return t ? clock_setting_to_user(to, &setting) : -EINVAL;
}

long sys_timer_getoverrun(int id)
{
    struct lwp_timers *timers = &current_lwp()->timers;
    struct posix_timer *t;
    int overrun = 0;

    mutex_lock(&timers->lock);
    t = find_locked(current_lwp(), id);
    if (t)
        overrun = t->overrun;
    mutex_unlock(&timers->lock);
    return t ? overrun : -EINVAL;
}

/*
 * thread_end.c - the end of threads.
 *
 * A thread is deleted by pthread_cancel(), which acts where it may wait, and by
 * knocking: a signal whose handler ends it if it finds the thread in the
 * program's own code.  In the C library it might hold a lock, so then it is let
 * go on, and knocked at again.
 */
#include "user/lib/lwp/result.h"
#include "user/lib/rt/clock.h"
#include "user/lib/rt/lock.h"
#include "user/lib/rt/threads.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <time.h>
#include <ucontext.h>

#define KNOCK           SIGRTMAX
#define ABOVE_ALL       (-10)           /* a priority */
#define PATIENCE_MS     2000            /* then the deleter gives up */

void __rt_thread_end(void *arg)
{
    struct rt_thread *thread = arg;
    int old;

    if (thread != __rt_self)            /* a child of fork() has left it behind */
        return;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    if (thread->cleanup)
        thread->cleanup(thread);
    old = __rt_lock();
    __rt_self = RT_NULL;
    if (own(thread)->dying && !own(thread)->alone) {
        thread->stat = RT_THREAD_CLOSE; /* who deletes it does the rest */
    } else {
        pthread_detach(pthread_self());
        __rt_thread_remove(thread);
    }
    __rt_unlock(old);
}

/* --- knocking ------------------------------------------------------------ */

extern const char __executable_start[];

static void on_knock(int signo, siginfo_t *info, void *context);

/* A program's objects are linked in front of this library, and the C library
 * behind it. */
static int is_in_program(uintptr_t pc)
{
    return pc >= (uintptr_t)__executable_start && pc < (uintptr_t)on_knock;
}

static void on_knock(int signo, siginfo_t *info, void *context)
{
    const ucontext_t *interrupted = context;
    int old;

    (void)signo;
    (void)info;
    if (!__rt_self || !own(__rt_self)->dying ||
        !is_in_program(interrupted->uc_mcontext.__gregs[REG_PC]))
        return;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    if (old == PTHREAD_CANCEL_ENABLE)
        pthread_exit(PTHREAD_CANCELED);
}

static void expect_knocks(void)
{
    struct sigaction action = {
        .sa_sigaction = on_knock,
        .sa_flags = SA_SIGINFO | SA_RESTART,
    };

    sigaction(KNOCK, &action, NULL);
}

void __rt_thread_expect_knocks(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, expect_knocks);
}

static struct timespec time_after(long ns)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_nsec += ns;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

/* 20 to 160 us: a thread that is busy in the C library is in the program for a
 * short moment at a time, and no beat may always miss it. */
static long pause_ns(unsigned n)
{
    return 20000l << n % 4;
}

/* Nothing may keep it from ending, but for the knocks. */
static void make_way(pthread_t thread)
{
    __rt_thread_prioritize(pthread_self(), ABOVE_ALL - 1);
    __rt_thread_prioritize(thread, ABOVE_ALL);
}

/* Until the thread has ended and is joined. */
static bool knock(pthread_t thread)
{
    rt_uint64_t end = __rt_ticks() + PATIENCE_MS;
    struct timespec until;

    pthread_cancel(thread);
    for (unsigned n = 0; __rt_ticks() < end; n++) {
        pthread_kill(thread, KNOCK);
        until = time_after(pause_ns(n));
        if (!pthread_timedjoin_np(thread, NULL, &until))
            return true;
    }
    return false;
}

static bool knock_out(struct rt_thread *thread)
{
    pthread_t pthread = own(thread)->pthread;
    struct sched_param param;
    int policy;
    bool ended;

    pthread_getschedparam(pthread_self(), &policy, &param);
    make_way(pthread);
    ended = knock(pthread);
    if (!ended)
        __rt_thread_prioritize(pthread, own(thread)->priority);
    pthread_setschedparam(pthread_self(), policy, &param);
    return ended;
}

/* --- deleting ------------------------------------------------------------ */

/* After the last knock: it has ended after all, or has to see to itself. */
static int leave_alone(struct rt_thread *thread)
{
    int old = __rt_lock();
    bool ended = thread->stat == RT_THREAD_CLOSE;

    own(thread)->alone = !ended;
    __rt_unlock(old);
    if (!ended)
        return -EBUSY;
    pthread_join(own(thread)->pthread, NULL);
    return 0;
}

static int end_other(struct rt_thread *thread)
{
    int old, error = 0;

    if (!knock_out(thread))
        error = leave_alone(thread);
    if (error)
        return error;
    old = __rt_lock();
    __rt_thread_remove(thread);
    __rt_unlock(old);
    return 0;
}

/* `maker` is who may be ended, or -1 for both of the library's. */
static int end_thread(struct rt_thread *thread, int maker)
{
    int cancelstate, old, error = 0;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelstate);
    old = __rt_lock();
    if (!__rt_thread_lives(thread))
        error = -EIO;
    else if (thread != __rt_self && (own(thread)->maker == MADE_ELSEWHERE ||
                                     (maker >= 0 &&
                                      own(thread)->maker != (unsigned)maker)))
        error = -EPERM;
    else if (thread != __rt_self)
        own(thread)->dying = true;
    __rt_unlock(old);
    if (!error && thread == __rt_self)
        pthread_exit(NULL);
    if (!error)
        error = end_other(thread);
    pthread_setcancelstate(cancelstate, NULL);
    return error;
}

rt_err_t rt_thread_delete(rt_thread_t thread)
{
    return __lwp_result(end_thread(thread, MADE_BY_CREATE));
}

rt_err_t rt_thread_detach(rt_thread_t thread)
{
    return __lwp_result(end_thread(thread, MADE_BY_INIT));
}

rt_err_t __rt_thread_close(rt_thread_t thread)
{
    return __lwp_result(end_thread(thread, -1));
}

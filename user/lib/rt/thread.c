/* thread.c - making and starting threads: rtthread/thread.h. */
#include "user/lib/lwp/result.h"
#include "user/lib/rt/lock.h"
#include "user/lib/rt/threads.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <sys/prctl.h>

#define STACK_MIN   16384               /* bytes */

_Static_assert(sizeof(struct thread_own) <= sizeof(((rt_thread_t)0)->own),
               "the library's own has room");

static void *run(void *arg)
{
    struct rt_thread *thread = arg;

    __rt_self = thread;
    prctl(PR_SET_NAME, thread->name);
    pthread_cleanup_push(__rt_thread_end, thread);
    __rt_gate_pass(thread);
    thread->entry(thread->parameter);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    pthread_cleanup_pop(1);
    return NULL;
}

/* The thread of the C library, which goes as far as its gate. */
static int begin_locked(struct rt_thread *thread)
{
    size_t size = thread->stack_size;
    pthread_attr_t attr;
    int error;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, size < STACK_MIN ? STACK_MIN : size);
    error = pthread_create(&own(thread)->pthread, &attr, run, thread);
    pthread_attr_destroy(&attr);
    return error ? -ENOMEM : 0;
}

/* What rt_thread_create() and rt_thread_init() were given. */
struct orders {
    const char *name;
    void (*entry)(void *parameter);
    void *parameter;
    void *stack;
    rt_uint32_t stack_size;
    rt_uint8_t priority;
    rt_uint32_t tick;
};

static void fill(struct rt_thread *thread, const struct orders *o,
                 enum thread_maker maker)
{
    *thread = (struct rt_thread){
        .stat = RT_THREAD_INIT,
        .current_priority = o->priority,
        .init_priority = o->priority,
        .entry = o->entry,
        .parameter = o->parameter,
        .stack_addr = o->stack,
        .stack_size = o->stack_size,
        .init_tick = o->tick,
    };
    own(thread)->maker = maker;
    own(thread)->priority = o->priority;
    __rt_thread_add(thread, o->name);
}

/* In the caller's memory, or in a block. */
static int make_locked(struct rt_thread **thread, const struct orders *o,
                       enum thread_maker maker)
{
    int error;

    if (maker == MADE_BY_CREATE)
        *thread = __rt_block_get();
    else if (__rt_thread_lives(*thread))
        return -EBUSY;
    if (!*thread)
        return -ENOMEM;
    fill(*thread, o, maker);
    error = begin_locked(*thread);
    if (error)
        __rt_thread_remove(*thread);
    return error;
}

/* Locked throughout: nobody finds half a thread. */
static int make(struct rt_thread **thread, const struct orders *o,
                enum thread_maker maker)
{
    int old, error;

    if (!o->entry || o->priority >= RT_THREAD_PRIORITY_MAX)
        return -EINVAL;
    __rt_threads_init();
    __rt_thread_expect_knocks();
    old = __rt_lock();
    error = make_locked(thread, o, maker);
    __rt_unlock(old);
    return error;
}

rt_thread_t rt_thread_create(const char *name, void (*entry)(void *parameter),
                             void *parameter, rt_uint32_t stack_size,
                             rt_uint8_t priority, rt_uint32_t tick)
{
    struct orders o = { name, entry, parameter, RT_NULL,
                        stack_size, priority, tick };
    struct rt_thread *thread;
    int error = make(&thread, &o, MADE_BY_CREATE);

    if (!error)
        return thread;
    __lwp_result(error);
    return RT_NULL;
}

rt_err_t rt_thread_init(struct rt_thread *thread, const char *name,
                        void (*entry)(void *parameter), void *parameter,
                        void *stack_start, rt_uint32_t stack_size,
                        rt_uint8_t priority, rt_uint32_t tick)
{
    struct orders o = { name, entry, parameter, stack_start,
                        stack_size, priority, tick };

    if (!thread)
        return __lwp_result(-EIO);
    return __lwp_result(make(&thread, &o, MADE_BY_INIT));
}

void __rt_thread_prioritize(pthread_t thread, int priority)
{
    struct sched_param param = {
        .sched_priority = RT_THREAD_PRIORITY_MAX - priority,
    };

    /* Children are no part of this program's order. */
    pthread_setschedparam(thread, SCHED_RR | SCHED_RESET_ON_FORK, &param);
}

/* main() has a place among the priorities as soon as there are others. */
static void place_caller(void)
{
    struct rt_thread *self = rt_thread_self();
    struct sched_param param;
    int policy;

    if (self && own(self)->maker == MADE_ELSEWHERE &&
        !pthread_getschedparam(pthread_self(), &policy, &param) &&
        policy == SCHED_OTHER)
        __rt_thread_prioritize(pthread_self(), own(self)->priority);
}

rt_err_t rt_thread_startup(rt_thread_t thread)
{
    int old, error = 0;

    place_caller();
    old = __rt_lock();
    if (!__rt_thread_lives(thread))
        error = -EIO;
    else if (thread->stat != RT_THREAD_INIT)
        error = -EPERM;
    else
        thread->stat = RT_THREAD_READY;
    if (!error) {
        __rt_thread_prioritize(own(thread)->pthread,
                               own(thread)->priority);
        __rt_gate_open(thread);
    }
    __rt_unlock(old);
    return __lwp_result(error);
}

static int change_priority(struct rt_thread *thread, const rt_uint8_t *priority)
{
    if (!priority || *priority >= RT_THREAD_PRIORITY_MAX)
        return -EINVAL;
    own(thread)->priority = *priority;
    __rt_inherit();
    if (thread->stat != RT_THREAD_INIT)
        __rt_thread_prioritize(own(thread)->pthread, *priority);
    return 0;
}

static int bind(struct rt_thread *thread, rt_ubase_t hart)
{
    cpu_set_t set;

    if (hart >= CPU_SETSIZE)
        return -EINVAL;
    CPU_ZERO(&set);
    CPU_SET(hart, &set);
    return -pthread_setaffinity_np(own(thread)->pthread, sizeof(set), &set);
}

static int control_locked(struct rt_thread *thread, int cmd, void *arg)
{
    if (!__rt_thread_lives(thread))
        return -EIO;
    switch (cmd) {
    case RT_THREAD_CTRL_CHANGE_PRIORITY:
        return change_priority(thread, arg);
    case RT_THREAD_CTRL_BIND_CPU:
        return bind(thread, (rt_ubase_t)arg);
    default:
        return -EINVAL;
    }
}

rt_err_t rt_thread_control(rt_thread_t thread, int cmd, void *arg)
{
    int old, error;

    if (cmd == RT_THREAD_CTRL_STARTUP)
        return rt_thread_startup(thread);
    if (cmd == RT_THREAD_CTRL_CLOSE)
        return __rt_thread_close(thread);
    old = __rt_lock();
    error = control_locked(thread, cmd, arg);
    __rt_unlock(old);
    return __lwp_result(error);
}

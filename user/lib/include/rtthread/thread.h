/*
 * thread.h - threads (lwp.md rows K-01 and B-27).
 *
 * Each is a POSIX thread.  Priorities are real ones, SCHED_RR: whatever is ready
 * and most urgent runs, equals take turns.  The thread that starts the first one
 * takes RT_MAIN_THREAD_PRIORITY if it has no priority yet.  Processes that may
 * not have real-time priorities (RLIMIT_RTPRIO) run all threads as equals.
 *
 * A thread is deleted at once while it waits in a function of this library or
 * at a cancellation point of POSIX, or computes in the program's own code.
 * Inside other functions of a library it first comes back from them, so that no
 * lock of theirs stays taken.
 */
#pragma once

#include <rtdef.h>
#include <rtservice.h>

#define RT_MAIN_THREAD_PRIORITY (RT_THREAD_PRIORITY_MAX / 3)

/* What rt_thread.stat says. */
#define RT_THREAD_INIT      0           /* not started */
#define RT_THREAD_READY     1           /* started: runs, may run, or waits */
#define RT_THREAD_SUSPEND   2           /* by rt_thread_suspend() */
#define RT_THREAD_CLOSE     4           /* ended */

/* Commands of rt_thread_control(). */
#define RT_THREAD_CTRL_STARTUP          0   /* rt_thread_startup() */
#define RT_THREAD_CTRL_CLOSE            1   /* rt_thread_delete() or detach() */
#define RT_THREAD_CTRL_CHANGE_PRIORITY  2   /* arg: rt_uint8_t * */
#define RT_THREAD_CTRL_BIND_CPU         4   /* arg: a hart's number, cast */

/*
 * A thread.  Programs read what stands above the line, and may set `cleanup`
 * and `user_data`.
 */
struct rt_thread {
    char name[RT_NAME_MAX];
    rt_uint8_t type;                    /* RT_Object_Class_Thread, or it is none */
    rt_uint8_t stat;
    rt_uint8_t current_priority;        /* its own, or inherited of a waiter */
    rt_uint8_t init_priority;
    void (*entry)(void *parameter);
    void *parameter;
    void *stack_addr;                   /* as rt_thread_init() was told */
    rt_uint32_t stack_size;             /* bytes */
    rt_uint32_t init_tick;              /* kept, not used */
    void (*cleanup)(struct rt_thread *thread);  /* called by it as it ends */
    rt_ubase_t user_data;
    /* --- the library's own --- */
    rt_list_t list;
    rt_ubase_t own[6];
};
typedef struct rt_thread *rt_thread_t;

/*
 * Make a thread; it does not run before rt_thread_startup().  `stack_size` is in
 * bytes, and made 16 KiB if it is less.  Threads of one priority take turns by
 * the kernel's time slice; `tick` is kept, not used.  When `entry` returns the
 * thread ends and its handle is invalid.  Does not block.
 *
 * The thread, or RT_NULL: `entry` is, the priority is no priority, or out of
 * memory.
 */
rt_thread_t rt_thread_create(const char *name, void (*entry)(void *parameter),
                             void *parameter, rt_uint32_t stack_size,
                             rt_uint8_t priority, rt_uint32_t tick);

/*
 * The same with `thread` in memory of the caller's, which has to stay as long as
 * it lives.  Its stack is as large as the caller's, 16 KiB at least, but lies
 * elsewhere, with a guard below it: programs for small machines give less than
 * 64-bit registers and a signal's frame need.  `stack_start` is kept, not used.
 *
 * RT_EOK; -RT_EINVAL: as RT_NULL above; -RT_EBUSY: `thread` is a living one;
 * -RT_ENOMEM; -RT_EIO: `thread` is RT_NULL.
 */
rt_err_t rt_thread_init(struct rt_thread *thread, const char *name,
                        void (*entry)(void *parameter), void *parameter,
                        void *stack_start, rt_uint32_t stack_size,
                        rt_uint8_t priority, rt_uint32_t tick);

/*
 * Let it run; a more urgent thread than the caller runs before this returns.  Does
 * not block.
 *
 * RT_EOK; -RT_ERROR: it was started before; -RT_EIO.
 */
rt_err_t rt_thread_startup(rt_thread_t thread);

/*
 * The calling thread: RT_NULL only if out of memory.  Does not block.  Threads
 * that the library did not make, main() among them, get a handle on their first
 * call.  It differs between all threads of all processes, but for those of
 * rt_thread_init().
 */
rt_thread_t rt_thread_self(void);

/*
 * End a thread of rt_thread_create() and free what it had; of the caller itself
 * this does not return.  Blocks until it is gone, two seconds at most: see the head
 * of this file.  Mutexes that it holds go to the next that waits.
 *
 * RT_EOK; -RT_EBUSY: it is stuck in a function of another library, and ends when
 * it leaves that; -RT_ERROR: another thread than the caller, and made by
 * rt_thread_init(), or not by this library, as main() is not; -RT_EIO.
 */
rt_err_t rt_thread_delete(rt_thread_t thread);

/* The same for a thread of rt_thread_init(), whose memory is free then. */
rt_err_t rt_thread_detach(rt_thread_t thread);

/* A thread called `name`, not ended yet, or RT_NULL. Does not block. */
rt_thread_t rt_thread_find(const char *name);

/* Let threads of the same priority run. Neither fails nor blocks. */
rt_err_t rt_thread_yield(void);

/* Sleep for so many ticks, whatever signals come. 0 yields. Does not fail. */
rt_err_t rt_thread_delay(rt_tick_t tick);

/* Sleep until `tick` ticks after *last, which is set to that time; if that has
 * passed, to now. -RT_EINVAL: `last` is RT_NULL. */
rt_err_t rt_thread_delay_until(rt_tick_t *last, rt_tick_t tick);

/* Sleep for so many milliseconds; below 0 is -RT_EINVAL. */
rt_err_t rt_thread_mdelay(rt_int32_t ms);

/* The same as rt_thread_delay(): sleep for so many ticks, and do not fail. */
rt_err_t rt_thread_sleep(rt_tick_t tick);

/*
 * Do one of RT_THREAD_CTRL_... to it.  Blocks where the function does that does
 * the same.
 *
 * RT_EOK; -RT_EINVAL: no such command, priority or hart; -RT_EIO; and what the
 * function gives that does the same.
 */
rt_err_t rt_thread_control(rt_thread_t thread, int cmd, void *arg);

/*
 * Stop the calling thread at its next rt_schedule(), until rt_thread_resume().
 * Does not block before that.
 *
 * RT_EOK; -RT_ERROR: another thread than the caller, which may be where it must
 * not stop; -RT_EIO.
 */
rt_err_t rt_thread_suspend(rt_thread_t thread);

/*
 * Let a suspended thread go on.  Does not block.
 *
 * RT_EOK; -RT_ERROR: it is not suspended; -RT_EIO.
 */
rt_err_t rt_thread_resume(rt_thread_t thread);

/* Block if the caller is suspended; else yield. */
void rt_schedule(void);

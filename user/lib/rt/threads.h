/*
 * threads.h - what the files of threads share: blocks.c has their memory,
 * threads.c the list of them, thread.c makes them, thread_end.c ends them,
 * thread_self.c tells who calls, thread_wait.c has them sleep, inherit.c says
 * which priority they inherit.
 */
#pragma once

#include <pthread.h>
#include <rtthread/thread.h>
#include <stdbool.h>

enum thread_maker {
    MADE_BY_CREATE,
    MADE_BY_INIT,
    MADE_ELSEWHERE,             /* main(), pthread_create() */
};

/* What struct rt_thread keeps in `own`. */
struct thread_own {
    pthread_t pthread;
    enum thread_maker maker;
    int gate;                   /* a futex: 0 is closed */
    /* guarded by the library's lock */
    rt_uint8_t priority;        /* without what is inherited */
    bool dying;                 /* somebody is deleting it, and waits */
    bool alone;                 /* that one waits no longer */
    const void *wants;          /* the mutex it waits for, not looked into */
    struct rt_thread *awaits;   /* who had that last, may be gone */
};

static inline struct thread_own *own(struct rt_thread *thread)
{
    return (struct thread_own *)thread->own;
}

/* The calling thread, if it has a handle. */
extern _Thread_local struct rt_thread *__rt_self;

/* --- with the library's lock held ---------------------------------------- */

/* A thread's block, all zeros; NULL: out of memory. */
struct rt_thread *__rt_block_get(void);
void __rt_block_put(struct rt_thread *thread);

/* `thread` can be read: it is a block, whatever is in it. */
bool __rt_block_is(const struct rt_thread *thread);

/* Name it, and put it on the list of those that live. */
void __rt_thread_add(struct rt_thread *thread, const char *name);

/* Take it off, and give its block back. */
void __rt_thread_remove(struct rt_thread *thread);

/* The next after `thread` on that list, or the first after NULL; NULL: none. */
struct rt_thread *__rt_thread_next(struct rt_thread *thread);

/* Give all threads the current_priority that their waiters make it. */
void __rt_inherit(void);

/* It is on the list, and nobody is deleting it. */
bool __rt_thread_lives(const struct rt_thread *thread);

/* --- without ------------------------------------------------------------- */

/* Give it the scheduler's priority for an RT-Thread priority, if we may. */
void __rt_thread_prioritize(pthread_t thread, int priority);

/* Block at its gate. Cancellable. */
void __rt_gate_pass(struct rt_thread *thread);
void __rt_gate_open(struct rt_thread *thread);

/* How a thread of the library's ends; a cleanup handler. */
void __rt_thread_end(void *thread);

/* The caller is about to wait for `mutex`, which `owner` (may be NULL, or gone)
 * took last; and it has waited, and has it now or not. */
void __rt_wait_begin(const void *mutex, struct rt_thread *owner);
void __rt_wait_end(const void *mutex, bool taken);

/* Before the first thread has a handle: fork() concerns them. */
void __rt_threads_init(void);

/* Let deleted threads be told so. */
void __rt_thread_expect_knocks(void);

/* rt_thread_delete() or rt_thread_detach(), whichever is right. */
rt_err_t __rt_thread_close(rt_thread_t thread);

/* Forget all threads, in a child of fork(). */
void __rt_threads_forget(void);
void __rt_blocks_forget(void);

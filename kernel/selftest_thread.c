/* selftest_thread.c - the life of kernel threads: seeds 002 and 004. */
#include "kernel/kstack.h"
#include "kernel/lib/string.h"
#include "kernel/panic.h"
#include "kernel/selftest.h"
#include "kernel/time.h"
#include "mm/alloc.h"

#define MANY 1000

static u64 counter;

/* --- park and unpark --- */

static void park_and_count(unused_arg void *arg)
{
    thread_park();
    __atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED);
    thread_exit(7);
}

static bool test_spawn_park_join(void)
{
    struct thread **t = kmalloc(MANY * sizeof(*t));

    EXPECT(t);
    counter = 0;
    for (int i = 0; i < MANY; i++)
        t[i] = selftest_spawn(park_and_count, NULL);
    for (int i = 0; i < MANY; i++)
        thread_unpark(t[i]);            /* some have not parked yet */
    for (int i = 0; i < MANY; i++)
        EXPECT(thread_join(t[i]) == 7);
    kfree(t);
    EXPECT(counter == MANY);
    return true;
}

static void unpark_first(void *arg)
{
    thread_unpark(arg);
    thread_unpark(arg);                 /* two are one */
}

static bool test_unpark_is_remembered(void)
{
    thread_join(selftest_spawn(unpark_first, current_thread()));
    thread_park();                      /* does not sleep: the token is there */
    EXPECT(!current_thread()->park_token);
    return true;
}

/* --- join and detach --- */

static bool test_join_after_exit(void)
{
    counter = 0;
    struct thread *t = selftest_spawn(park_and_count, NULL);

    thread_unpark(t);
    while (!READ_ONCE(t->exited))
        thread_delay(NSEC_PER_MSEC / 10);
    EXPECT(thread_join(t) == 7);
    return true;
}

static bool test_exit_after_join(void)
{
    struct thread *t = selftest_spawn(park_and_count, NULL);

    thread_get(t);                      /* to look at it afterwards */
    EXPECT(!READ_ONCE(t->exited));
    thread_unpark(t);
    EXPECT(thread_join(t) == 7);
    EXPECT(t->exited);
    thread_put(t);
    return true;
}

#define JOINERS 32

static void join_and_note(void *arg)
{
    struct thread *t = arg;

    if (thread_join(t) == 7)
        __atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED);
}

static bool test_many_joiners(void)
{
    struct thread *t = selftest_spawn(park_and_count, NULL);
    struct thread *joiners[JOINERS];

    counter = 0;
    for (int i = 0; i < JOINERS; i++) {
        thread_get(t);                  /* each join drops one */
        joiners[i] = selftest_spawn(join_and_note, t);
    }
    thread_delay(2 * NSEC_PER_MSEC);    /* most of them wait by now */
    thread_unpark(t);
    for (int i = 0; i < JOINERS; i++)
        thread_join(joiners[i]);
    EXPECT(counter == JOINERS + 1);
    EXPECT(thread_join(t) == 7);
    return true;
}

/* A thread in memory of its own, to see when that is given back. */
struct watched {
    struct thread thread;
    bool *freed;
};

static void free_watched(struct thread *t)
{
    struct watched *w = container_of(t, struct watched, thread);
    bool *freed = w->freed;

    kfree(w);
    WRITE_ONCE(*freed, true);
}

static struct thread *prepare_watched(void (*fn)(void *), bool *freed)
{
    struct watched *w = kzalloc(sizeof(*w));

    *freed = false;
    if (!w || thread_init(&w->thread, "watched", fn, NULL, free_watched))
        panic("selftest: no memory for a thread");
    w->freed = freed;
    return &w->thread;
}

static bool becomes_true(const bool *flag)
{
    nsec_t deadline = time_now() + 10 * NSEC_PER_SEC;

    while (!READ_ONCE(*flag) && time_now() < deadline)
        thread_delay(NSEC_PER_MSEC / 10);
    return READ_ONCE(*flag);
}

static bool test_detach_frees_at_exit(void)
{
    bool freed;
    struct thread *t = prepare_watched(park_and_count, &freed);

    thread_start(t);
    thread_detach(t);
    thread_delay(NSEC_PER_MSEC);
    EXPECT(!READ_ONCE(freed));          /* it has not ended */
    thread_unpark(t);
    EXPECT(becomes_true(&freed));
    return true;
}

static bool test_references_are_counted(void)
{
    bool freed;
    struct thread *t = prepare_watched(park_and_count, &freed);

    EXPECT(t->refs == 1);
    thread_start(t);
    EXPECT(READ_ONCE(t->refs) == 2);    /* mine and its own */
    thread_get(t);
    thread_unpark(t);
    EXPECT(thread_join(t) == 7);
    for (int i = 0; i < 10000 && READ_ONCE(t->refs) > 1; i++)
        thread_delay(NSEC_PER_MSEC / 10);
    EXPECT(READ_ONCE(t->refs) == 1 && !READ_ONCE(freed));
    thread_put(t);
    EXPECT(freed);
    return true;
}

static bool test_abandon(void)
{
    bool freed;

    thread_abandon(prepare_watched(park_and_count, &freed));
    EXPECT(freed);
    return true;
}

/* --- nothing is lost --- */

static void end_at_once(unused_arg void *arg)
{
}

static size_t free_pages(void)
{
    return pages_free_count() + kstack_free_pages();
}

/* Slabs of threads may stay behind for the next ones, but never more. */
static bool test_memory_stays_flat(void)
{
    size_t before = 0;

    for (int i = 0; i < 10000; i++) {
        if (i == 100)
            before = free_pages();
        thread_join(selftest_spawn(end_at_once, NULL));
    }
    thread_delay(5 * NSEC_PER_MSEC);    /* the last ones are buried */
    EXPECT(free_pages() + 8 >= before);
    return true;
}

/* --- what a new thread looks like --- */

static bool stack_is_aligned;

static void look_at_the_stack(void *arg)
{
    u64 here = (u64)__builtin_frame_address(0);

    stack_is_aligned = arg == &stack_is_aligned && here % 16 == 0 &&
                       current_thread()->arch.kstack - here < 512;
}

/* The first word of the frame that the first switch pops is where it goes. */
static bool test_first_switch(void)
{
    struct thread *t = selftest_prepare(look_at_the_stack, &stack_is_aligned);
    char name[64];

    stack_is_aligned = false;
    EXPECT(t->arch.sp % 16 == 0 && t->arch.sp < t->arch.kstack);
    ksym_format(*(u64 *)t->arch.sp, name, sizeof(name));
    EXPECT(!strncmp(name, "thread_trampoline", strlen("thread_trampoline")));
    thread_start(t);
    thread_join(t);
    EXPECT(stack_is_aligned);
    return true;
}

static bool no_user_map;

static void look_at_the_space(unused_arg void *arg)
{
    no_user_map = !current_thread()->arch.space && !current_thread()->fs_task;
}

static bool test_no_user_map(void)
{
    thread_join(selftest_spawn(look_at_the_space, NULL));
    EXPECT(no_user_map);
    return true;
}

static void look_for_init(struct thread *t, void *arg)
{
    *(int *)arg += !strcmp(t->name, "init");
}

static bool test_one_idle_thread_each(void)
{
    int inits = 0;

    for (unsigned i = 0; i < hart_count; i++) {
        EXPECT(harts[i].idle && !strcmp(harts[i].idle->name, "idle"));
        EXPECT(harts[i].idle->hart == &harts[i]);
        for (unsigned k = 0; k < i; k++)
            EXPECT(harts[i].idle != harts[k].idle);
    }
    thread_for_each(look_for_init, &inits);
    EXPECT(inits == 1);
    return true;
}

const struct selftest selftests_thread[] = {
    { "R20-R12-spawn-park-unpark-join-1000", test_spawn_park_join, false },
    { "R20-unpark-is-remembered-once", test_unpark_is_remembered, false },
    { "R19-join-after-exit", test_join_after_exit, false },
    { "R19-exit-after-join", test_exit_after_join, false },
    { "R19-detach-frees-at-exit", test_detach_frees_at_exit, false },
    { "S14-32-joiners-get-the-code", test_many_joiners, false },
    { "T08-references-go-back-to-where-they-were", test_references_are_counted,
      false },
    { "thread-that-never-starts-is-freed", test_abandon, false },
    { "R02-S35-T07-R17-10000-threads-leave-memory-flat", test_memory_stays_flat,
      false },
    { "R15-first-switch-lands-in-the-trampoline", test_first_switch, false },
    { "S27-kernel-thread-has-no-user-map", test_no_user_map, false },
    { "S11-one-idle-thread-a-hart", test_one_idle_thread_each, false },
    { NULL, NULL, false },
};

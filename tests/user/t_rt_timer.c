/*
 * t_rt_timer.c - RT-Thread's timers (lwp.md row K-08).
 *
 * run: cpus=1,4
 */
#include "tests/user/lib/child.h"
#include "tests/user/lib/rt.h"

#define MS 1000000ll

static volatile int calls;
static int64_t when[20];

static void note(void *arg)
{
    (void)arg;
    if (calls < 20)
        when[calls] = tap_now();
    calls++;
}

static rt_timer_t make(void (*function)(void *), void *arg, rt_tick_t time,
                       int flag)
{
    rt_timer_t timer = rt_timer_create("t", function, arg, time, flag);

    CHECK(timer);
    return timer;
}

TEST("K-08 one shot: once, not early, and again after another start")
{
    rt_timer_t timer = make(note, NULL, 30, RT_TIMER_FLAG_ONE_SHOT);
    int64_t begin = tap_now();

    rt_thread_mdelay(50);
    CHECK_EQ(calls, 0);                 /* nobody has started it */
    for (int i = 1; i <= 2; i++) {
        begin = tap_now();
        CHECK_EQ(rt_timer_start(timer), RT_EOK);
        RT_UNTIL(calls == i);
        CHECK(when[i - 1] - begin >= 30 * MS);
        rt_thread_mdelay(50);
        CHECK_EQ(calls, i);
        RT_FAILS(rt_timer_stop(timer), RT_ERROR);
    }
    CHECK_EQ(rt_timer_delete(timer), RT_EOK);
}

TEST("K-08 periodic: on and on, each time its ticks later, until it is stopped")
{
    rt_timer_t timer = make(note, NULL, 10, RT_TIMER_FLAG_PERIODIC |
                                            RT_TIMER_FLAG_SOFT_TIMER);
    int64_t begin = tap_now();
    int count;

    CHECK_EQ(rt_timer_start(timer), RT_EOK);
    RT_UNTIL(calls >= 6);
    CHECK_EQ(rt_timer_stop(timer), RT_EOK);
    for (int i = 0; i < 6; i++)
        CHECK(when[i] - begin >= (i + 1) * 10 * MS);
    rt_thread_mdelay(5);
    count = calls;
    rt_thread_mdelay(50);
    CHECK_EQ(calls, count);
    CHECK_EQ(rt_timer_delete(timer), RT_EOK);
}

static char order[8];

static void add_letter(void *letter)
{
    order[strlen(order)] = (char)(long)letter;
    calls++;
}

TEST("K-08 several run in the order they are due; a restart counts anew")
{
    rt_timer_t c = make(add_letter, (void *)'c', 90, 0);
    rt_timer_t a = make(add_letter, (void *)'a', 30, 0);
    rt_timer_t b = make(add_letter, (void *)'b', 60, 0);
    rt_timer_t never = make(add_letter, (void *)'x', 40, 0);
    rt_timer_t late = make(add_letter, (void *)'d', 20, 0);

    CHECK_EQ(rt_timer_start(c), RT_EOK);
    CHECK_EQ(rt_timer_start(a), RT_EOK);
    CHECK_EQ(rt_timer_start(never), RT_EOK);
    CHECK_EQ(rt_timer_start(b), RT_EOK);
    CHECK_EQ(rt_timer_start(late), RT_EOK);
    CHECK_EQ(rt_timer_control(late, RT_TIMER_CTRL_SET_TIME,
                              &(rt_tick_t){ 150 }), RT_EOK);
    CHECK_EQ(rt_timer_start(late), RT_EOK);
    CHECK_EQ(rt_timer_delete(never), RT_EOK);
    RT_UNTIL(calls == 4);
    CHECK(!strcmp(order, "abcd"));
}

static rt_timer_t own, other;

static void stop_self(void *arg)
{
    (void)arg;
    if (++calls == 3)
        CHECK_EQ(rt_timer_stop(own), RT_EOK);
}

static void delete_self(void *arg)
{
    (void)arg;
    calls++;
    CHECK_EQ(rt_timer_delete(own), RT_EOK);
}

static void start_again(void *arg)
{
    (void)arg;
    if (++calls < 5)
        CHECK_EQ(rt_timer_start(own), RT_EOK);
    else
        CHECK_EQ(rt_timer_start(other), RT_EOK);
}

TEST("K-08 a function stops, deletes and starts timers, its own too")
{
    own = make(stop_self, NULL, 2, RT_TIMER_FLAG_PERIODIC);
    CHECK_EQ(rt_timer_start(own), RT_EOK);
    RT_UNTIL(calls == 3);
    rt_thread_mdelay(20);
    CHECK_EQ(calls, 3);
    CHECK_EQ(rt_timer_delete(own), RT_EOK);
    calls = 0;
    own = make(delete_self, NULL, 2, RT_TIMER_FLAG_PERIODIC);
    CHECK_EQ(rt_timer_start(own), RT_EOK);
    RT_UNTIL(calls == 1);
    rt_thread_mdelay(20);
    CHECK_EQ(calls, 1);
    RT_FAILS(rt_timer_stop(own), RT_EIO);
    calls = 0;
    own = make(start_again, NULL, 1, RT_TIMER_FLAG_ONE_SHOT);
    other = make(note, NULL, 1, RT_TIMER_FLAG_ONE_SHOT);
    CHECK_EQ(rt_timer_start(own), RT_EOK);
    RT_UNTIL(calls == 6);
}

TEST("K-08 control: time, kind, state, when it is due")
{
    rt_timer_t timer = make(note, NULL, 5000, RT_TIMER_FLAG_ONE_SHOT);
    rt_uint32_t value = 0;
    rt_tick_t now;

    CHECK_EQ(rt_timer_control(timer, RT_TIMER_CTRL_GET_TIME, &value), RT_EOK);
    CHECK_EQ(value, 5000);
    CHECK_EQ(rt_timer_control(timer, RT_TIMER_CTRL_GET_STATE, &value), RT_EOK);
    CHECK_EQ(value, RT_TIMER_FLAG_DEACTIVATED);
    now = rt_tick_get();
    CHECK_EQ(rt_timer_start(timer), RT_EOK);
    CHECK_EQ(rt_timer_control(timer, RT_TIMER_CTRL_GET_STATE, &value), RT_EOK);
    CHECK_EQ(value, RT_TIMER_FLAG_ACTIVATED);
    CHECK_EQ(rt_timer_control(timer, RT_TIMER_CTRL_GET_REMAIN_TIME, &value),
             RT_EOK);
    CHECK(value - now >= 5000 && value - now < 7000);
    CHECK_EQ(rt_timer_stop(timer), RT_EOK);
    value = 3;
    CHECK_EQ(rt_timer_control(timer, RT_TIMER_CTRL_SET_TIME, &value), RT_EOK);
    CHECK_EQ(rt_timer_control(timer, RT_TIMER_CTRL_SET_PERIODIC, NULL),
             RT_EOK);
    CHECK_EQ(rt_timer_start(timer), RT_EOK);
    RT_UNTIL(calls >= 3);
    CHECK_EQ(rt_timer_control(timer, RT_TIMER_CTRL_SET_ONESHOT, NULL), RT_EOK);
    rt_thread_mdelay(20);
    value = calls;
    rt_thread_mdelay(20);
    CHECK_EQ(calls, value);
}

TEST("K-08 what is no timer, no time, no command: refused")
{
    static struct rt_timer fixed;
    rt_timer_t timer = make(note, NULL, 1000, 0);

    RT_NULL_FOR(rt_timer_create("t", NULL, NULL, 10, 0), RT_EINVAL);
    RT_NULL_FOR(rt_timer_create("t", note, NULL, 0, 0), RT_EINVAL);
    RT_NULL_FOR(rt_timer_create("t", note, NULL, RT_TICK_MAX / 2, 0),
                RT_EINVAL);
    RT_FAILS(rt_timer_start(NULL), RT_EIO);
    RT_FAILS(rt_timer_start(&fixed), RT_EIO);
    RT_FAILS(rt_timer_control(timer, 77, NULL), RT_EINVAL);
    RT_FAILS(rt_timer_control(timer, RT_TIMER_CTRL_GET_TIME, NULL), RT_EINVAL);
    RT_FAILS(rt_timer_control(timer, RT_TIMER_CTRL_SET_TIME, &(rt_tick_t){ 0 }),
             RT_EINVAL);
    RT_FAILS(rt_timer_detach(timer), RT_EIO);
    rt_timer_init(&fixed, "f", note, NULL, 1000, 0);
    CHECK_EQ(rt_timer_start(&fixed), RT_EOK);
    rt_set_errno(RT_EOK);
    rt_timer_init(&fixed, "f", note, NULL, 1000, 0);
    CHECK_EQ(rt_get_errno(), -RT_EBUSY);
    RT_FAILS(rt_timer_delete(&fixed), RT_EIO);
    CHECK_EQ(rt_timer_detach(&fixed), RT_EOK);
    CHECK_EQ(rt_timer_delete(timer), RT_EOK);
    RT_FAILS(rt_timer_delete(timer), RT_EIO);
}

static void in_child(void)
{
    int before = calls;
    rt_uint32_t state;

    rt_thread_mdelay(50);
    CHECK_EQ(calls, before);
    CHECK_EQ(rt_timer_control(own, RT_TIMER_CTRL_GET_STATE, &state), RT_EOK);
    CHECK_EQ(state, RT_TIMER_FLAG_DEACTIVATED);
    CHECK_EQ(rt_timer_start(own), RT_EOK);
    RT_UNTIL(calls == before + 1);
}

TEST("K-08 a child of fork has no timer running, and can start them")
{
    own = make(note, NULL, 20, RT_TIMER_FLAG_ONE_SHOT);
    CHECK_EQ(rt_timer_start(own), RT_EOK);
    CHECK_EQ(tap_in_child(in_child), 0);
    RT_UNTIL(calls == 1);
}

TEST("K-08 500 timers at once: each is called once")
{
    for (int i = 0; i < 500; i++)
        CHECK_EQ(rt_timer_start(make(note, NULL, 1 + i * 7 % 50, 0)), RT_EOK);
    RT_UNTIL(calls == 500);
    rt_thread_mdelay(20);
    CHECK_EQ(calls, 500);
}

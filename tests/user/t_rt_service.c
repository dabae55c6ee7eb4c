/*
 * t_rt_service.c - RT-Thread's clock, errors, critical sections, strings, lists
 * and exports (lwp.md rows K-09, K-11, K-14).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/rt.h"

#include <lwp.h>
#include <pthread.h>
#include <rthw.h>
#include <signal.h>
#include <sys/mman.h>

static volatile int done;

/* --- K-09 ------------------------------------------------------------------ */

TEST("K-09 a tick is a millisecond of the system's clock")
{
    rt_tick_t tick = rt_tick_get(), ms = rt_tick_get_millisecond();

    CHECK_EQ(RT_TICK_PER_SECOND, 1000);
    CHECK((rt_tick_t)(tap_now() / 1000000) - tick < 1000);
    CHECK(ms - tick < 1000);
    sleep_ms(30);
    CHECK(rt_tick_get() - tick >= 30);
    CHECK(rt_tick_get_millisecond() - ms >= 30);
}

TEST("K-09 milliseconds as ticks; below 0 is for ever")
{
    CHECK_EQ(rt_tick_from_millisecond(0), 0);
    CHECK_EQ(rt_tick_from_millisecond(1), 1);
    CHECK_EQ(rt_tick_from_millisecond(0x7fffffff), 0x7fffffff);
    CHECK_EQ(rt_tick_from_millisecond(-1), (rt_tick_t)RT_WAITING_FOREVER);
    CHECK_EQ(rt_tick_from_millisecond(-9), (rt_tick_t)RT_WAITING_FOREVER);
}

/* --- K-11 ------------------------------------------------------------------ */

static void set_other(void *arg)
{
    (void)arg;
    CHECK_EQ(rt_get_errno(), RT_EOK);
    rt_set_errno(-RT_EFULL);
    done = 1;
}

TEST("K-11 each thread has its error; a call that works leaves it")
{
    rt_set_errno(-RT_EINTR);
    rt_go(set_other, NULL, 5);
    RT_UNTIL(done);
    CHECK_EQ(rt_get_errno(), -RT_EINTR);
    CHECK_EQ(*_rt_errno(), -RT_EINTR);
    *_rt_errno() = 5;
    CHECK_EQ(rt_get_errno(), 5);
    CHECK(!strcmp(rt_strerror(-RT_EIO), "EIO"));
    CHECK(!strcmp(rt_strerror(RT_ENOMEM), "ENOMEM"));
    CHECK(!strcmp(rt_strerror(RT_EOK), "OK"));
    CHECK(!strcmp(rt_strerror(-1000), "EUNKNOW"));
}

static volatile int inside, count;

static void enter_often(void *arg)
{
    for (int i = 0; i < 200; i++) {
        CHECK_EQ(rt_enter_critical(), 1);
        CHECK_EQ(inside++, 0);
        CHECK_EQ(rt_enter_critical(), 2);
        CHECK_EQ(rt_critical_level(), 2);
        count++;
        if (i % 20 == 0)
            rt_thread_yield();
        rt_exit_critical();
        CHECK_EQ(--inside, 0);
        rt_exit_critical();
        CHECK_EQ(rt_critical_level(), 0);
    }
    __atomic_add_fetch(&done, 1, __ATOMIC_SEQ_CST);
    (void)arg;
}

TEST("K-11 one thread at a time is in the critical section, which nests")
{
    for (int i = 0; i < 4; i++)
        rt_go(enter_often, NULL, 20);
    RT_UNTIL(done == 4);
    CHECK_EQ(count, 800);
    rt_set_errno(RT_EOK);
    rt_exit_critical();
    CHECK_EQ(rt_get_errno(), -RT_ERROR);
}

static void die_inside(void)
{
    CHECK_EQ(rt_enter_critical(), 1);
    CHECK_EQ(rt_enter_critical(), 2);
    raise(SIGKILL);
}

static void stay_inside(void *arg)
{
    (void)arg;
    CHECK_EQ(rt_enter_critical(), 1);
    done = 1;
    rt_thread_mdelay(100000);
}

TEST("K-11 who dies inside, or is deleted there, has left")
{
    rt_thread_t thread;

    CHECK(WIFSIGNALED(tap_in_child(die_inside)));
    CHECK_EQ(rt_enter_critical(), 1);
    rt_exit_critical();
    thread = rt_go(stay_inside, NULL, 20);
    RT_UNTIL(done);
    CHECK_EQ(rt_thread_delete(thread), RT_EOK);
    CHECK_EQ(rt_enter_critical(), 1);
    rt_exit_critical();
}

static void in_child(void)
{
    CHECK_EQ(rt_critical_level(), 0);
    rt_set_errno(RT_EOK);
    rt_exit_critical();
    CHECK_EQ(rt_get_errno(), -RT_ERROR);
}

TEST("K-11 a child of fork is outside, where its parent is inside")
{
    CHECK_EQ(rt_enter_critical(), 1);
    CHECK_EQ(tap_in_child(in_child), 0);
    CHECK_EQ(rt_critical_level(), 1);
    rt_exit_critical();
}

static void disable_often(void *arg)
{
    (void)arg;
    for (int i = 0; i < 500; i++) {
        rt_base_t level = rt_hw_interrupt_disable(), deeper;

        CHECK_EQ(inside++, 0);
        deeper = rt_hw_interrupt_disable();
        CHECK(deeper > level);
        count++;
        if (i % 50 == 0)
            rt_thread_yield();
        rt_hw_interrupt_enable(deeper);
        CHECK_EQ(--inside, 0);
        rt_hw_interrupt_enable(level);
    }
    __atomic_add_fetch(&done, 1, __ATOMIC_SEQ_CST);
}

static void disable_in_child(void)
{
    rt_base_t level = rt_hw_interrupt_disable();

    rt_hw_interrupt_enable(level);
}

TEST("K-11 K-14 between interrupt_disable and enable is one thread at a time")
{
    rt_base_t level;

    for (int i = 0; i < 3; i++)
        rt_go(disable_often, NULL, 20);
    for (int i = 0; i < 5; i++)
        CHECK_EQ(tap_in_child(disable_in_child), 0);
    RT_UNTIL(done == 3);
    CHECK_EQ(count, 1500);
    level = rt_hw_interrupt_disable();
    CHECK_EQ(tap_in_child(disable_in_child), 0);
    rt_hw_interrupt_enable(level);
}

TEST("K-11 cacheflush: new code runs; what is no cache is EINVAL")
{
    uint32_t *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(code != MAP_FAILED);
    for (int i = 1; i < 50; i++) {
        code[0] = 0x00000513 | i << 20;         /* li a0, i */
        code[1] = 0x00008067;                   /* ret */
        CHECK_EQ(cacheflush(code, 8, i & 1 ? ICACHE : BCACHE), 0);
        CHECK_EQ(((int (*)(void))code)(), i);
    }
    CHECK_EQ(cacheflush(code, 8, DCACHE), 0);
    CHECK_FAILS(cacheflush(code, 8, 0), EINVAL);
    CHECK_FAILS(cacheflush(code, 8, 4), EINVAL);
    CHECK_FAILS(cacheflush(code, -1, ICACHE), EINVAL);
}

/* --- K-14 ------------------------------------------------------------------ */

struct item {
    int number;
    rt_list_t node;
    rt_slist_t next;
};

TEST("K-14 lists: insert, remove, walk, while some are removed")
{
    struct item items[5], *item, *after;
    rt_list_t list = RT_LIST_OBJECT_INIT(list);
    int sum = 0;

    CHECK(rt_list_isempty(&list) && rt_list_len(&list) == 0);
    for (int i = 0; i < 5; i++) {
        items[i].number = i;
        if (i % 2)
            rt_list_insert_after(&list, &items[i].node);
        else
            rt_list_insert_before(&list, &items[i].node);
    }
    CHECK_EQ(rt_list_len(&list), 5);    /* 3 1 0 2 4 */
    CHECK_EQ(rt_list_first_entry(&list, struct item, node)->number, 3);
    CHECK_EQ(rt_list_entry(list.prev, struct item, node)->number, 4);
    rt_list_for_each_entry_safe(item, after, &list, node)
        if (item->number % 2)
            rt_list_remove(&item->node);
    rt_list_for_each_entry(item, &list, node)
        sum = 10 * sum + item->number;
    CHECK_EQ(sum, 24);                  /* 0 2 4 */
    rt_list_remove(&items[0].node);
    rt_list_remove(&items[0].node);
    CHECK_EQ(rt_list_len(&list), 2);
}

TEST("K-14 lists in one direction")
{
    struct item items[4], *item;
    rt_slist_t list = RT_SLIST_OBJECT_INIT(list);
    int sum = 0;

    CHECK(rt_slist_isempty(&list));
    for (int i = 0; i < 4; i++) {
        items[i].number = i;
        if (i < 2)
            rt_slist_append(&list, &items[i].next);
        else
            rt_slist_insert(&list, &items[i].next);
    }
    rt_slist_for_each_entry(item, &list, next)
        sum = 10 * sum + item->number;
    CHECK_EQ(sum, 3201);
    CHECK(rt_slist_remove(&list, &items[2].next) == &list);
    rt_slist_remove(&list, &items[2].next);
    CHECK_EQ(rt_slist_len(&list), 3);
    CHECK(rt_slist_tail(&list) == &items[1].next);
    CHECK_EQ(rt_slist_first_entry(&list, struct item, next)->number, 3);
}

TEST("K-14 alignment and the structure around a member")
{
    struct item item;

    CHECK_EQ(RT_ALIGN(13, 4), 16);
    CHECK_EQ(RT_ALIGN(16, 4), 16);
    CHECK_EQ(RT_ALIGN_DOWN(13, 4), 12);
    CHECK(rt_container_of(&item.node, struct item, node) == &item);
}

TEST("K-14 strings and memory")
{
    char buf[16] = "";

    CHECK_EQ(rt_snprintf(buf, 8, "%d-%s", 12345, "long"), 10);
    CHECK(!rt_strcmp(buf, "12345-l"));
    CHECK_EQ(rt_sprintf(buf, "%04x", 0xab), 4);
    CHECK_EQ(rt_strlen(buf), 4);
    CHECK_EQ(rt_strnlen(buf, 2), 2);
    CHECK(rt_memset(buf, 'x', 16) == buf && buf[15] == 'x');
    CHECK(!rt_strcmp(rt_strncpy(buf, "abc", 8), "abc") && buf[7] == 0);
    CHECK(rt_memmove(buf + 1, buf, 4) == buf + 1);
    CHECK(!rt_strcmp(buf, "aabc"));
    CHECK(rt_memcpy(buf, "zz", 2) == buf && rt_memcmp(buf, "zzb", 3) == 0);
    CHECK(rt_strcmp("a", "b") < 0 && rt_strncmp("ab", "ac", 1) == 0);
    CHECK(rt_strcasecmp("HeLLo", "hEllO") == 0);
    CHECK(!rt_strcmp(rt_strstr("one two", "tw"), "two"));
    CHECK(!rt_strstr("one", "x"));
    CHECK(!rt_strcmp(rt_strcpy(buf, "new"), "new"));
}

/* What body() prints. */
static char *printed(void (*body)(void))
{
    static char text[200];
    int fds[2], n;

    CHECK(pipe(fds) == 0);
    if (child_fork() == 0) {
        dup2(fds[1], 1);
        body();
        _exit(0);                       /* nothing is left in a buffer */
    }
    close(fds[1]);
    wait(NULL);
    n = read(fds[0], text, sizeof(text) - 1);
    close(fds[0]);
    text[n < 0 ? 0 : n] = '\0';
    return text;
}

static void print_some(void)
{
    printf("first, ");
    CHECK_EQ(rt_kprintf("%s %d%%\n", "second", 3), 10);
    rt_kputs("third %d\n");
}

static void assert_wrong(void)
{
    RT_ASSERT(1 + 1 == 2);
    RT_ASSERT(1 + 1 == 3);
}

static void hook(const char *condition, const char *function, rt_size_t line)
{
    rt_kprintf("%s in %s%s\n", condition, function, line > 100 ? "" : "?");
}

static void assert_hooked(void)
{
    rt_assert_set_hook(hook);
    RT_ASSERT(0);
    rt_kputs("on\n");
}

TEST("K-14 rt_kprintf prints at once, behind what stdio has kept")
{
    CHECK(!strcmp(printed(print_some), "first, second 3%\nthird %d\n"));
}

TEST("K-14 an assertion that fails says so and aborts, or calls the hook")
{
    int status = tap_in_child(assert_wrong);

    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    CHECK(strstr(printed(assert_wrong), "(1 + 1 == 3) assertion failed"));
    CHECK(!strcmp(printed(assert_hooked), "0 in assert_hooked\non\n"));
}

static char inits[8];

static int init_app(void)
{
    inits[strlen(inits)] = 'a';
    return 0;
}
INIT_APP_EXPORT(init_app);

static int init_board(void)
{
    inits[strlen(inits)] = 'b';
    return 0;
}
INIT_BOARD_EXPORT(init_board);

static int init_device(void)
{
    inits[strlen(inits)] = 'd';
    return 0;
}
INIT_DEVICE_EXPORT(init_device);

TEST("K-14 INIT_x_EXPORT: called before main, in RT-Thread's order")
{
    CHECK(!strcmp(inits, "bda"));
}

static int add_args(int argc, char **argv)
{
    return argc * 100 + atoi(argv[argc - 1]);
}
MSH_CMD_EXPORT(add_args, add up arguments);

static void no_args(void)
{
    done = 9;
}
MSH_CMD_EXPORT_ALIAS(no_args, plain, a command without arguments);
FINSH_FUNCTION_EXPORT(no_args, the same);

TEST("K-14 MSH_CMD_EXPORT: commands are found by name")
{
    CHECK_EQ(rt_msh_exec(2, (char *[]){ "add_args", "7" }), 207);
    rt_msh_exec(1, (char *[]){ "plain" });
    CHECK_EQ(done, 9);
    CHECK_EQ(rt_msh_exec(1, (char *[]){ "unknown" }), -RT_ERROR);
    CHECK_EQ(rt_msh_exec(0, NULL), -RT_ERROR);
}

/*
 * t_rtobj.c - who holds the objects of the RT-Thread API: the trees of ids and
 * of addresses, fork, exec, exit, and ids that are none (lwp.md rows A-30,
 * A-33, K-16).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/failnth.h"
#include "tests/user/lib/rtobj.h"
#include "tests/user/lib/slurp.h"
#include "tests/user/lib/thread.h"

#include <limits.h>
#include <signal.h>
#include <sys/mman.h>

#define TYPES 5
#define HELD_MAX 4096

/* One of each type, by the number of the type. */
static int create(int type, void *at)
{
    switch (type) {
    case RT_SEM:
        return sem_create(1, FIFO, at);
    case RT_MUTEX:
        return mutex_create(at);
    case RT_EVENT:
        return event_create(PRIO, at);
    case RT_MAILBOX:
        return mb_create(4, FIFO, at);
    default:
        return mq_create(32, 4, PRIO, at);
    }
}

static void create_all(int ids[TYPES])
{
    for (int i = 0; i < TYPES; i++) {
        ids[i] = create(RT_SEM + i, NULL);
        CHECK(ids[i] > 0);
    }
}

static unsigned holders(int id)
{
    struct rtobj o;

    return rtobj_find(id, &o) ? o.holders : 0;
}

static void await_holders(int id, unsigned n)
{
    while (holders(id) != n)
        sleep_ms(1);
}

/* --- whatever happens, nothing is left --- */

static struct gate ready;

static void *wait_for_sem(void *id)
{
    sem_take((long)id, FOREVER);
    return NULL;
}

/* Objects of all types, with messages in them, an owner and a waiter. */
static void hold_1000(void)
{
    static const char message[32];
    int id = 0;

    for (int i = 0; i < 1000; i++) {
        int type = RT_SEM + i % TYPES;

        id = create(type, i % 2 ? NULL : (void *)(0x100000l + 8 * i));
        CHECK(id > 0);
        if (type == RT_MAILBOX)
            CHECK_EQ(mb_send(id, i, 0), 0);
        else if (type == RT_QUEUE)
            CHECK_EQ(mq_put(id, message, 1 + i % 32, 0), 0);
        else if (type == RT_MUTEX)
            CHECK_EQ(mutex_take(id, 0), 0);
    }
    id = sem_create(0, FIFO, NULL);
    start(wait_for_sem, (void *)(long)id);
    rtobj_await(id, 1);
    gate_open(&ready);
    pause();
}

TEST("A-30 1,000 objects of all types die with their process, killed or not")
{
    int before = rtobj_count();
    long handles;

    CHECK_EQ(rt_delete(RT_SEM, sem_create(0, FIFO, NULL)), 0);
    handles = slurp_objects("rt_handle");
    gate_init(&ready);
    for (int round = 0; round < 4; round++) {
        pid_t pid = child_start(hold_1000);

        gate_pass(&ready);
        CHECK_EQ(rtobj_count(), before + 1001);
        CHECK_EQ(slurp_objects("rt_handle"), handles + 1001);
        CHECK_EQ(kill(pid, round % 2 ? SIGTERM : SIGKILL), 0);
        child_wait(pid);
        CHECK_EQ(rtobj_count(), before);
        CHECK_EQ(slurp_objects("rt_handle"), handles);
    }
}

static void end_at_once(void)
{
}

static int kept[TYPES];

static void delete_all(void)
{
    for (int i = 0; i < TYPES; i++)
        CHECK_EQ(rt_delete(RT_SEM + i, kept[i]), 0);
}

TEST("A-30 a child's exit, death or deletion takes nothing from its parent")
{
    create_all(kept);
    for (int i = 0; i < 3; i++) {
        pid_t pid;

        if (i == 0)
            CHECK_EXITS(child_start(end_at_once), 0);
        else if (i == 1)
            CHECK_EXITS(child_start(delete_all), 0);
        pid = child_sleeper();
        await_holders(kept[0], 2);
        child_kill(pid);
        for (int k = 0; k < TYPES; k++)
            CHECK_EQ(holders(kept[k]), 1);
        CHECK_EQ(sem_take(kept[0], 0), 0);
        CHECK_EQ(sem_release(kept[0]), 0);
        CHECK_EQ(mutex_take(kept[1], 0), 0);
        CHECK_EQ(mutex_release(kept[1]), 0);
        CHECK_EQ(mb_send(kept[3], 1, 0), 0);
        CHECK_EQ(mq_put(kept[4], "x", 2, 0), 0);
    }
    delete_all();
    for (int k = 0; k < TYPES; k++)
        CHECK_EQ(holders(kept[k]), 0);
}

static void *create_here(void *arg)
{
    (void)arg;
    create_all(kept);
    return NULL;
}

TEST("A-30 threads share the tree, and one's end takes nothing off it")
{
    join(start(create_here, NULL));
    CHECK_EQ(sem_take(kept[0], 0), 0);
    CHECK_EQ(mutex_take(kept[1], 0), 0);
    delete_all();
}

TEST("A-30 a process holds up to 4,096 objects, and then ENOMEM")
{
    int n = 0, id, last = 0;

    while ((id = sem_create(0, FIFO, NULL)) > 0) {
        last = id;
        n++;
    }
    CHECK_EQ(errno, ENOMEM);
    CHECK_EQ(n, HELD_MAX);
    CHECK_EQ(rt_delete(RT_SEM, last), 0);
    CHECK(event_create(FIFO, NULL) > 0);
    CHECK_FAILS(event_create(FIFO, NULL), ENOMEM);
    CHECK_EXITS(child_start(end_at_once), 0);
}

/* --- addresses --- */

static char place[1000];

TEST("A-33 one control block an address: another is EBUSY while it lives")
{
    for (int i = 0; i < TYPES; i++) {
        int id = create(RT_SEM + i, &place[1]);

        CHECK(id > 0);
        for (int k = 0; k < TYPES; k++)
            CHECK_FAILS(create(RT_SEM + k, &place[1]), EBUSY);
        CHECK_EQ(rt_delete(RT_SEM + i, id), 0);
    }
    CHECK_FAILS(sem_create(0, FIFO, (void *)-8l), EFAULT);
    CHECK_FAILS(sem_create(0, FIFO, (void *)(1ul << 38)), EFAULT);
    CHECK(sem_create(0, FIFO, (void *)((1ul << 38) - 1)) > 0);
}

TEST("A-33 1,000 addresses, in any order, each its own")
{
    int ids[1000], before = rtobj_count();

    for (int i = 0; i < 1000; i++) {
        int at = i * 7 % 1000;

        ids[at] = create(RT_SEM + at % TYPES, &place[at]);
        CHECK(ids[at] > 0);
    }
    for (int i = 0; i < 1000; i++)
        CHECK_FAILS(sem_create(0, FIFO, &place[i]), EBUSY);
    for (int i = 0; i < 1000; i++) {
        int at = i * 13 % 1000;

        CHECK_EQ(rt_delete(RT_SEM + at % TYPES, ids[at]), 0);
        ids[at] = sem_create(0, FIFO, &place[at]);
        CHECK(ids[at] > 0);
        CHECK_EQ(rt_delete(RT_SEM, ids[at]), 0);
    }
    CHECK_EQ(rtobj_count(), before);
}

static void use_same_address(void)
{
    /* Ours is there after fork, and so is its control block. */
    CHECK_FAILS(sem_create(0, FIFO, place), EBUSY);
    CHECK_EQ(rt_delete(RT_SEM, kept[0]), 0);
    kept[0] = sem_create(0, FIFO, place);
    CHECK(kept[0] > 0);
    CHECK_FAILS(sem_take(kept[0], 0), ETIMEDOUT);
}

TEST("A-33 each process has its own addresses, a child its parent's at first")
{
    kept[0] = sem_create(1, FIFO, place);
    CHECK_EXITS(child_start(use_same_address), 0);
    CHECK_EQ(sem_take(kept[0], 0), 0);
    CHECK_FAILS(sem_create(0, FIFO, place), EBUSY);
}

/* --- life --- */

static void wait_then_release(void)
{
    gate_pass(&ready);
    CHECK_EQ(sem_take(kept[0], 0), 0);
    CHECK_EQ(rt_delete(RT_SEM, kept[0]), 0);
    CHECK_FAILS(sem_take(kept[0], 0), EINVAL);
}

TEST("K-16 an object lives as long as one process holds it")
{
    pid_t pid;

    gate_init(&ready);
    kept[0] = sem_create(1, FIFO, NULL);
    pid = child_start(wait_then_release);
    CHECK_EQ(rt_delete(RT_SEM, kept[0]), 0);
    CHECK_FAILS(sem_take(kept[0], 0), EINVAL);
    CHECK_FAILS(rt_delete(RT_SEM, kept[0]), EINVAL);
    CHECK_EQ(holders(kept[0]), 1);
    gate_open(&ready);
    CHECK_EXITS(pid, 0);
    CHECK_EQ(holders(kept[0]), 0);
}

static void take_forever(void)
{
    CHECK_EQ(sem_take(kept[0], FOREVER), 0);
}

TEST("K-16 deletion ends the waits of the process's own threads only")
{
    pid_t waiter;

    gate_init(&ready);
    kept[0] = sem_create(0, FIFO, NULL);
    waiter = child_start(take_forever);
    rtobj_await(kept[0], 1);
    CHECK_EXITS(child_start(end_at_once), 0);
    CHECK_EQ(sem_release(kept[0]), 0);
    CHECK_EQ(rt_delete(RT_SEM, kept[0]), 0);
    CHECK_EXITS(waiter, 0);
}

ROLE(successor)
{
    for (int i = 0; i < TYPES; i++) {
        if (rt_delete(RT_SEM + i, atoi(argv[1 + i])) == 0 || errno != EINVAL)
            return 1;
    }
    /* Nor is the address taken. */
    return sem_create(0, FIFO, place) > 0 ? 0 : 2;
}

static void become_successor(void)
{
    char numbers[TYPES][12];
    char *argv[TYPES + 2] = { (char *)tap_self };

    for (int i = 0; i < TYPES; i++) {
        sprintf(numbers[i], "%d", kept[i]);
        argv[1 + i] = numbers[i];
    }
    setenv("ROLE", "successor", 1);
    execv(tap_self, argv);
    _exit(3);
}

TEST("K-16 exec drops them, and leaves the parent its own")
{
    create_all(kept);
    CHECK_EXITS(child_start(become_successor), 0);
    for (int i = 0; i < TYPES; i++)
        CHECK_EQ(holders(kept[i]), 1);
}

TEST("K-16 a failed exec drops nothing")
{
    char *argv[] = { "nothing", NULL };

    create_all(kept);
    CHECK_FAILS(execv("/no/such/file", argv), ENOENT);
    CHECK_FAILS(execv("/etc/passwd", argv), EACCES);
    delete_all();
}

TEST("K-16 a vfork child's deletion is its own, too")
{
    pid_t pid;

    create_all(kept);
    pid = vfork();
    if (pid == 0) {
        for (int i = 0; i < TYPES; i++)
            syscall(1040, RT_SEM + i, kept[i]);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    delete_all();
}

/* --- ids that are none --- */

static uint32_t some_set;
static unsigned long some_value;
static char some_text[64];

/* Every call that takes an id; the type that it wants. */
static long call_with(int call, int id)
{
    switch (call) {
    case 0: return rt_delete(RT_SEM, id);
    case 1: return rt_reset(RT_SEM, id, 0);
    case 2: return sem_take(id, FOREVER);
    case 3: return sem_release(id);
    case 4: return rt_delete(RT_MUTEX, id);
    case 5: return mutex_take(id, FOREVER);
    case 6: return mutex_release(id);
    case 7: return rt_delete(RT_EVENT, id);
    case 8: return rt_reset(RT_EVENT, id, 0);
    case 9: return event_send(id, 1);
    case 10: return event_recv(id, 1, 2, FOREVER, &some_set);
    case 11: return rt_delete(RT_MAILBOX, id);
    case 12: return rt_reset(RT_MAILBOX, id, 0);
    case 13: return mb_send(id, 1, FOREVER);
    case 14: return mb_urgent(id, 1);
    case 15: return mb_recv(id, &some_value, FOREVER);
    case 16: return rt_delete(RT_QUEUE, id);
    case 17: return rt_reset(RT_QUEUE, id, 0);
    case 18: return mq_put(id, some_text, 1, FOREVER);
    case 19: return mq_urgent(id, some_text, 1);
    default: return mq_get(id, some_text, 64, FOREVER);
    }
}
#define CALLS 21
static const int wanted_type[CALLS] = {
    2, 2, 2, 2, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6
};

TEST("K-16 numbers that are no ids fail with EINVAL in every call")
{
    const int numbers[] = { 0, -1, 1, 12345678, INT_MAX, INT_MIN, 0x40000001 };

    for (int call = 0; call < CALLS; call++)
        for (size_t i = 0; i < sizeof(numbers) / sizeof(int); i++)
            CHECK_FAILS(call_with(call, numbers[i]), EINVAL);
    for (int type = -2; type < 20; type++)
        CHECK_FAILS(rt_delete(type, 99999), EINVAL);
}

TEST("K-16 ids of other types fail with EINVAL in every call")
{
    create_all(kept);
    for (int call = 0; call < CALLS; call++)
        for (int i = 0; i < TYPES; i++)
            if (RT_SEM + i != wanted_type[call])
                CHECK_FAILS(call_with(call, kept[i]), EINVAL);
    CHECK_FAILS(rt_delete(0, kept[0]), EINVAL);
    CHECK_FAILS(rt_delete(RT_SEM | 0x80, kept[0]), EINVAL);
    delete_all();
}

TEST("K-16 ids of what was deleted fail with EINVAL in every call")
{
    create_all(kept);
    delete_all();
    for (int call = 0; call < CALLS; call++)
        for (int i = 0; i < TYPES; i++)
            CHECK_FAILS(call_with(call, kept[i]), EINVAL);
}

TEST("K-16 ids of other processes' objects fail with EINVAL in every call")
{
    int *theirs = child_shared(sizeof(kept));
    pid_t pid;

    gate_init(&ready);
    pid = child_fork();
    if (pid == 0) {
        create_all(theirs);
        gate_open(&ready);
        pause();
    }
    gate_pass(&ready);
    for (int call = 0; call < CALLS; call++)
        for (int i = 0; i < TYPES; i++)
            CHECK_FAILS(call_with(call, theirs[i]), EINVAL);
    for (int i = 0; i < TYPES; i++)
        CHECK_EQ(holders(theirs[i]), 1);
    child_kill(pid);
}

/* --- names, /proc --- */

TEST("K-16 /proc/rtobjects shows type, name, state, waiters and holders")
{
    struct rtobj o;

    create_all(kept);
    CHECK_EQ(sem_release(kept[0]), 0);
    CHECK_EQ(mutex_take(kept[1], 0), 0);
    CHECK_EQ(mutex_take(kept[1], 0), 0);
    CHECK_EQ(event_send(kept[2], 0xa5), 0);
    CHECK_EQ(mb_send(kept[3], 1, 0), 0);
    CHECK(rtobj_find(kept[0], &o) && !strcmp(o.type, "sem"));
    CHECK(!strcmp(o.name, "sem") && !strcmp(o.state, "2") && o.holders == 1);
    CHECK(rtobj_find(kept[1], &o) && !strcmp(o.type, "mutex"));
    sprintf(some_text, "%d*2", gettid());
    CHECK(!strcmp(o.state, some_text));
    CHECK(rtobj_find(kept[2], &o) && !strcmp(o.type, "event"));
    CHECK(!strcmp(o.state, "0x000000a5"));
    CHECK(rtobj_find(kept[3], &o) && !strcmp(o.type, "mailbox"));
    CHECK(!strcmp(o.state, "1/4"));
    CHECK(rtobj_find(kept[4], &o) && !strcmp(o.type, "queue"));
    CHECK(!strcmp(o.state, "0/4") && o.waiters == 0);
    CHECK_EQ(mutex_release(kept[1]), 0);
    CHECK_EQ(mutex_release(kept[1]), 0);
    CHECK(rtobj_find(kept[1], &o) && !strcmp(o.state, "free"));
}

static void check_name(const char *given, const char *shown)
{
    struct rtobj o;
    int id = syscall(1041, given, 0, FIFO, NULL);

    CHECK(id > 0 && rtobj_find(id, &o));
    if (strcmp(o.name, shown))
        tap_fail(__FILE__, __LINE__, "%s is %s", given, o.name);
}

TEST("K-16 names are cut at 15 bytes, and stay one word of the table")
{
    char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    check_name("fifteen letters", "fifteen?letters");
    check_name("sixteen letters!", "sixteen?letters");
    check_name("a\nb\tc\177\200", "a?b?c??");
    check_name("", "-");
    /* Read no further than it is used. */
    CHECK_EQ(munmap(page + 4096, 4096), 0);
    memset(page + 4096 - 16, 'x', 16);
    check_name(page + 4096 - 16, "xxxxxxxxxxxxxxx");
    CHECK_FAILS(syscall(1041, page + 4096 - 5, 0, FIFO, NULL), EFAULT);
    CHECK_FAILS(syscall(1041, NULL, 0, FIFO, NULL), EFAULT);
    CHECK_FAILS(syscall(1041, -8l, 0, FIFO, NULL), EFAULT);
}

/* --- want of memory --- */

static int trial_type;

static long create_trial(void)
{
    return create(trial_type, place);
}

static void delete_trial(long id)
{
    CHECK_EQ(rt_delete(trial_type, id), 0);
}

TEST("A-30 creation fails with nothing lost at any failing allocation")
{
    for (trial_type = RT_SEM; trial_type <= RT_QUEUE; trial_type++)
        fail_walk(&(struct trial){ create_trial, delete_trial });
}

static long send_trial(void)
{
    return mq_put(kept[4], some_text, 32, 0);
}

static void receive_trial(long result)
{
    CHECK_EQ(result, 0);
    CHECK_EQ(mq_get(kept[4], some_text, 32, 0), 32);
}

TEST("K-07 sending fails with nothing lost at any failing allocation")
{
    create_all(kept);
    fail_walk(&(struct trial){ send_trial, receive_trial });
}

static long fork_trial(void)
{
    long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

    if (pid == 0)
        _exit(0);
    return pid;
}

static void wait_trial(long pid)
{
    child_wait(pid);
}

TEST("A-30 fork fails with nothing lost at any failing allocation")
{
    for (int i = 0; i < 20; i++)
        CHECK(create(RT_SEM + i % TYPES, &place[i]) > 0);
    fail_walk(&(struct trial){ fork_trial, wait_trial });
}

/*
 * t_sched.c - who runs: priorities, policies, affinity, nice, yield
 * (rows A-05, I-12, T09, R09, S34).  What it costs with thousands of sleepers
 * is in t_crowd.c.
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

#define MS 1000000ll

static int harts(void)
{
    cpu_set_t set;

    CHECK(sched_getaffinity(0, sizeof(set), &set) == 0);
    return CPU_COUNT(&set);
}

/* This process and its children to come, on hart n only. */
static void bind_to(int n)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(n, &set);
    CHECK(sched_setaffinity(0, sizeof(set), &set) == 0);
}

/* --- parameters --- */

TEST("B-31 policies: which there are, their priorities, what is refused")
{
    struct sched_param p = { 0 };

    CHECK_EQ(sched_get_priority_min(SCHED_FIFO), 1);
    CHECK_EQ(sched_get_priority_max(SCHED_RR), 99);
    CHECK_EQ(sched_get_priority_max(SCHED_OTHER), 0);
    CHECK_FAILS(sched_get_priority_max(99), EINVAL);
    CHECK_EQ(syscall(SYS_sched_getscheduler, 0), SCHED_OTHER);
    p.sched_priority = 50;
    CHECK(syscall(SYS_sched_setscheduler, 0, SCHED_RR, &p) == 0);
    CHECK_EQ(syscall(SYS_sched_getscheduler, 0), SCHED_RR);
    p.sched_priority = 0;
    CHECK(syscall(SYS_sched_getparam, 0, &p) == 0);
    CHECK_EQ(p.sched_priority, 50);
    CHECK_FAILS(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &p), EINVAL);
    p.sched_priority = 100;
    CHECK_FAILS(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &p), EINVAL);
    CHECK_FAILS(syscall(SYS_sched_setscheduler, 99999, SCHED_FIFO, &p), ESRCH);
}

static void be_humble(void)
{
    struct sched_param p = { .sched_priority = 10 };

    CHECK(setuid(1000) == 0);
    CHECK_FAILS(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &p), EPERM);
    CHECK(nice(5) == 5);
    CHECK_FAILS(setpriority(PRIO_PROCESS, 0, 0), EACCES);
}

TEST("B-31 policies and nice: a user may only step back")
{
    CHECK_EQ(tap_in_child(be_humble), 0);
    CHECK(setpriority(PRIO_PROCESS, 0, -5) == 0);
    CHECK_EQ(getpriority(PRIO_PROCESS, 0), -5);
    CHECK(setpriority(PRIO_PROCESS, 0, 99) == 0);
    CHECK_EQ(getpriority(PRIO_PROCESS, 0), 19);
    CHECK_FAILS(getpriority(PRIO_PROCESS, 99999), ESRCH);
    CHECK_FAILS(getpriority(99, 0), EINVAL);
}

/* --- affinity --- */

static void stay_on(void)
{
    int hart = harts() == 1 ? sched_getcpu() : -1;

    for (int i = 0; i < 1000; i++) {
        CHECK_EQ(sched_getcpu(), hart);
        sched_yield();
    }
}

/* struct sched_attr of sched_setattr(2). */
struct attr {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
    uint64_t more[2];
};

#define ATTR_SIZE   offsetof(struct attr, more)
#define RESET_FLAG  1               /* SCHED_FLAG_RESET_ON_FORK */
#define KEEP_FLAG   8               /* SCHED_FLAG_KEEP_POLICY */

static long set_attr(struct attr a)
{
    return syscall(SYS_sched_setattr, 0, &a, 0);
}

static struct attr get_attr(void)
{
    struct attr a;

    CHECK_EQ(syscall(SYS_sched_getattr, 0, &a, ATTR_SIZE, 0), 0);
    return a;
}

static long policy_now(void)
{
    return syscall(SYS_sched_getscheduler, 0);
}

static void check_ordinary(void)
{
    CHECK_EQ(policy_now(), SCHED_OTHER);
    CHECK_EQ(getpriority(PRIO_PROCESS, 0), 0);
}

TEST("B-31 SCHED_RESET_ON_FORK: children start as ordinary threads")
{
    struct sched_param param = { .sched_priority = 7 };
    int policy = SCHED_FIFO | SCHED_RESET_ON_FORK;

    CHECK_EQ(syscall(SYS_sched_setscheduler, 0, policy, &param), 0);
    CHECK_EQ(policy_now(), policy);
    CHECK_EQ(get_attr().flags, RESET_FLAG);
    CHECK_EQ(tap_in_child(check_ordinary), 0);
    param.sched_priority = 8;
    CHECK_EQ(syscall(SYS_sched_setparam, 0, &param), 0);
    CHECK_EQ(policy_now(), policy);
    CHECK_EQ(set_attr((struct attr){ .size = ATTR_SIZE, .nice = -5,
                                     .flags = RESET_FLAG }), 0);
    CHECK_EQ(getpriority(PRIO_PROCESS, 0), -5);
    CHECK_EQ(tap_in_child(check_ordinary), 0);
    CHECK_EQ(setuid(1000), 0);
    param.sched_priority = 0;
    CHECK_FAILS(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &param), EPERM);
}

TEST("B-31 sched_setattr: sizes, flags, a nice value out of range")
{
    struct attr a = { .size = ATTR_SIZE - 1 };

    CHECK_FAILS(syscall(SYS_sched_setattr, 0, &a, 0), E2BIG);
    CHECK_EQ(a.size, ATTR_SIZE);
    a.size = sizeof(a);
    CHECK_EQ(set_attr(a), 0);
    a.more[1] = 1;
    CHECK_FAILS(set_attr(a), E2BIG);
    a = (struct attr){ .size = ATTR_SIZE, .policy = SCHED_RR, .priority = 3 };
    CHECK_EQ(set_attr(a), 0);
    a = (struct attr){ .flags = KEEP_FLAG, .priority = 4 };
    CHECK_EQ(set_attr(a), 0);
    CHECK_EQ(policy_now(), SCHED_RR);
    CHECK_EQ(get_attr().priority, 4);
    CHECK_FAILS(set_attr((struct attr){ .flags = 1 << 20 }), EINVAL);
    CHECK_EQ(set_attr((struct attr){ .nice = -100 }), 0);
    CHECK_EQ(getpriority(PRIO_PROCESS, 0), -20);
}

TEST("A-05 I-12 P4 a process stays on its hart, and so do its children")
{
    cpu_set_t set;
    int all = harts();

    for (int n = 0; n < all; n++) {
        bind_to(n);
        CHECK_EQ(sched_getcpu(), n);
        CHECK_EQ(tap_in_child(stay_on), 0);
    }
    CPU_ZERO(&set);
    CHECK_FAILS(sched_setaffinity(0, sizeof(set), &set), EINVAL);
    CPU_SET(100, &set);
    CHECK_FAILS(sched_setaffinity(0, sizeof(set), &set), EINVAL);
    CHECK_FAILS(sched_setaffinity(99999, sizeof(set), &set), ESRCH);
    CHECK_FAILS(syscall(SYS_sched_getaffinity, 0, 1, &set), EINVAL);
}

/* --- sharing --- */

static int64_t cpu_time(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static volatile int64_t *used;

/* Uses all it gets until the time is up; tells how much that was. */
static pid_t start_hog(int slot, int niceness, int64_t end)
{
    pid_t pid = child_fork();

    if (pid == 0) {
        CHECK(setpriority(PRIO_PROCESS, 0, niceness) == 0);
        while (tap_now() < end)
            ;
        used[slot] = cpu_time();
        _exit(0);
    }
    return pid;
}

/*
 * The host may stop one of its threads, which is one of our harts, for as long
 * as it likes; the guest's clock goes on.  So one fair measurement is enough.
 */
#define TRIES 5

static bool once(bool (*fair)(void))
{
    for (int i = 0; i < TRIES; i++)
        if (fair())
            return true;
    return false;
}

static bool thirds_are_equal(void)
{
    int64_t end = tap_now() + 600 * MS, sum = 0;
    bool equal = true;
    pid_t pids[3];

    for (int i = 0; i < 3; i++)
        pids[i] = start_hog(i, 0, end);
    for (int i = 0; i < 3; i++) {
        CHECK_EXITS(pids[i], 0);
        sum += used[i];
    }
    for (int i = 0; i < 3; i++)
        equal = equal && used[i] * 3 >= sum * 75 / 100 &&
                used[i] * 3 <= sum * 125 / 100;
    return equal;
}

TEST("R09 three that compute on one hart get a third each")
{
    used = child_shared(4096);
    bind_to(0);
    CHECK(once(thirds_are_equal));
}

static bool nice_gets_a_third(void)
{
    int64_t end = tap_now() + 600 * MS;
    pid_t pids[2];

    pids[0] = start_hog(0, 0, end);
    pids[1] = start_hog(1, 5, end);
    CHECK_EXITS(pids[0], 0);
    CHECK_EXITS(pids[1], 0);
    return used[0] >= used[1] * 2 && used[0] <= used[1] * 6;
}

TEST("B-31 nice: five steps are about three times less")
{
    used = child_shared(4096);
    bind_to(0);
    CHECK(once(nice_gets_a_third));
}

/* Each has a hart nearly to itself: more than half of the time. */
static bool hogs_spread(void)
{
    int64_t end = tap_now() + 400 * MS, least = INT64_MAX;
    int n = harts();
    pid_t pids[8];

    for (int i = 0; i < n; i++)
        pids[i] = start_hog(i, 0, end);
    for (int i = 0; i < n; i++) {
        CHECK_EXITS(pids[i], 0);
        least = used[i] < least ? used[i] : least;
    }
    return least >= 200 * MS;
}

TEST("S34 hogs spread over all harts")
{
    if (harts() == 1)
        tap_skip("one hart");
    used = child_shared(4096);
    CHECK(once(hogs_spread));
}

/* --- real time --- */

static void become_fifo(int priority)
{
    struct sched_param p = { .sched_priority = priority };

    CHECK(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &p) == 0);
}

static volatile int *order;

static pid_t start_runner(struct gate *gate, int priority)
{
    pid_t pid = child_fork();

    if (pid == 0) {
        become_fifo(priority);
        gate_pass(gate);
        order[1 + order[0]++] = priority;
        _exit(0);
    }
    return pid;
}

TEST("B-31 real time: of those that are ready the highest priority runs first")
{
    static const int priorities[] = { 20, 40, 10, 30 };
    struct gate gate[4];
    pid_t pids[4];

    order = child_shared(4096);
    bind_to(0);
    become_fifo(90);
    for (int i = 0; i < 4; i++) {
        gate_init(&gate[i]);
        pids[i] = start_runner(&gate[i], priorities[i]);
    }
    sleep_ms(50);               /* all of them wait now */
    for (int i = 0; i < 4; i++)
        gate_open(&gate[i]);    /* none runs before we sleep */
    CHECK_EQ(order[0], 0);
    for (int i = 0; i < 4; i++)
        CHECK_EXITS(pids[i], 0);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(order[1 + i], 40 - 10 * i);
}

static void wait_then_note(struct gate *g)
{
    become_fifo(10);
    gate_pass(g);
    order[0] = 1;
}

TEST("B-31 real time: wakes before those that only compute, at once")
{
    struct gate gate;
    pid_t hog, pid;

    order = child_shared(4096);
    bind_to(0);
    gate_init(&gate);
    pid = child_fork();
    if (pid == 0) {
        wait_then_note(&gate);
        _exit(0);
    }
    hog = child_fork();
    if (hog == 0)
        for (;;)
            ;
    sleep_ms(30);
    gate_open(&gate);           /* the write itself is preempted */
    CHECK_EQ(order[0], 1);
    CHECK_EXITS(pid, 0);
    CHECK(kill(hog, SIGKILL) == 0);
    CHECK_KILLED(hog, SIGKILL);
}

TEST("T09 sched_yield: three equals take turns")
{
    struct sched_param p = { .sched_priority = 10 };
    struct gate gate;
    pid_t pids[3];

    order = child_shared(4096);
    bind_to(0);
    gate_init(&gate);
    become_fifo(20);
    for (int i = 0; i < 3; i++) {
        pids[i] = child_fork();
        if (pids[i] == 0) {
            CHECK(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &p) == 0);
            gate_pass(&gate);
            for (int n = 0; n < 100; n++) {
                order[1 + order[0]++] = i;
                sched_yield();
            }
            _exit(0);
        }
    }
    sleep_ms(50);
    for (int i = 0; i < 3; i++)
        gate_open(&gate);
    for (int i = 0; i < 3; i++)
        CHECK_EXITS(pids[i], 0);
    CHECK_EQ(order[0], 300);
    for (int n = 4; n <= 300; n++)
        CHECK_EQ(order[n], order[n - 3]);
}

static bool sleeper_is_in_time(void)
{
    int64_t late, worst = 0;

    for (int i = 0; i < 50; i++) {
        int64_t start = tap_now();

        sleep_ms(2);
        late = tap_now() - start - 2 * MS;
        worst = late > worst ? late : worst;
    }
    return worst <= 50 * MS;
}

TEST("S13 a computing process does not keep a sleeper from waking in time")
{
    pid_t hog;

    bind_to(0);
    hog = child_fork();
    if (hog == 0)
        for (;;)
            ;
    CHECK(once(sleeper_is_in_time));
    CHECK(kill(hog, SIGKILL) == 0);
    CHECK_KILLED(hog, SIGKILL);
}

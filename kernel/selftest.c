/* selftest.c - which self-tests to run, and what they have in common. */
#include "kernel/selftest.h"

#include "kernel/lib/string.h"
#include "kernel/panic.h"
#include "kernel/params.h"
#include "kernel/time.h"

static const struct selftest *const groups[] = {
    selftests_thread, selftests_wait, selftests_sched, selftests_turns,
    selftests_trap, selftests_stress, selftests_panic,
};

bool selftest_failed(const char *function, int line)
{
    klog(LOG_ERR, "# %s:%d", function, line);
    return false;
}

struct thread *selftest_prepare(void (*fn)(void *), void *arg)
{
    struct thread *t = thread_create("selftest", fn, arg);

    if (!t)
        panic("selftest: no memory for a thread");
    return t;
}

struct thread *selftest_prepare_on(unsigned hart, int rt_priority,
                                   void (*fn)(void *), void *arg)
{
    struct thread *t = selftest_prepare(fn, arg);

    sched_set_affinity(t, 1ul << hart);
    sched_set_policy(t, rt_priority ? POLICY_FIFO : POLICY_FAIR, rt_priority);
    return t;
}

struct thread *selftest_spawn(void (*fn)(void *), void *arg)
{
    struct thread *t = selftest_prepare(fn, arg);

    thread_start(t);
    return t;
}

u64 selftest_rounds(u64 usual)
{
    u64 rounds;

    return bootarg_u64("rounds", &rounds) && rounds ? rounds : usual;
}

void selftest_burn(nsec_t ns)
{
    nsec_t stop = time_now() + ns;

    while (time_now() < stop)
        ;
}

void selftest_pin(unsigned hart)
{
    sched_set_affinity(current_thread(), 1ul << hart);
}

void selftest_unpin(void)
{
    sched_set_affinity(current_thread(), ~0ul);
}

static bool chosen(const struct selftest *s, const char *which)
{
    if (!strcmp(which, "all"))
        return !s->by_name;
    for (const char *end; *which; which = *end ? end + 1 : end) {
        end = strchr(which, ',');
        size_t length = end ? (size_t)(end - which) : strlen(which);
        if (!strncmp(which, s->name, length) &&
            (!s->by_name || !s->name[length]))
            return true;
        end = which + length;
    }
    return false;
}

static unsigned number, failed;

static void run_group(const struct selftest *s, const char *which)
{
    for (; s->name; s++) {
        if (!chosen(s, which))
            continue;
        bool ok = s->run();
        failed += !ok;
        klog(LOG_NOTICE, "%sok %u - %s", ok ? "" : "not ", ++number, s->name);
    }
}

void selftest_run(void)
{
    char which[64];

    if (!bootarg("selftest", which, sizeof(which)))
        return;
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
        run_group(groups[i], which);
    klog(LOG_NOTICE, "1..%u", number);
    machine_exit(failed || !number ? 1 : 0);
}

/*
 * selftest.h - tests of the core from the inside, for what no user program can
 * see.  Boot with selftest=all, or with beginnings of names, parted by commas;
 * some are only run by their whole name.
 */
#pragma once

#include "kernel/lib/assert.h"
#include "kernel/lib/types.h"
#include "kernel/log.h"
#include "kernel/sched.h"

struct selftest {
    /* Begins with the rows that it proves (tests/rows), parted by dashes. */
    const char *name;
    bool (*run)(void);
    bool by_name;               /* it panics, or wants a machine of its own */
};

/* Ended by one without a name.  Each in the file of its name. */
extern const struct selftest selftests_thread[], selftests_wait[],
    selftests_sched[], selftests_turns[], selftests_trap[], selftests_stress[],
    selftests_panic[];

/*
 * Run what the boot argument names and end the machine with the result as its
 * exit status; return at once if there is no such argument.  The results go to
 * the log as TAP.
 */
void selftest_run(void);

/* With the boot word kernel_ping, start the manual's ping as a thread of the
 * kernel, which waits for a program's pong (lwp/selftest_ping.c). */
void selftest_start_ping(void);

/* The same with kernel_echo: a server that answers programs (selftest_echo.c). */
void selftest_start_echo(void);

/* Fail the test, and say where, unless cond holds. */
#define EXPECT(cond) \
    do { \
        if (!(cond)) \
            return selftest_failed(__func__, __LINE__); \
    } while (0)

bool selftest_failed(const char *function, int line);   /* false */

/* A thread that waits for thread_start(); it inherits the test's parameters. */
struct thread *selftest_prepare(void (*fn)(void *), void *arg);

/* The same on one hart only; real-time (FIFO) if rt_priority is not 0. */
struct thread *selftest_prepare_on(unsigned hart, int rt_priority,
                                   void (*fn)(void *), void *arg);

/* One that runs already. */
struct thread *selftest_spawn(void (*fn)(void *), void *arg);

/* How often to try: as the boot argument rounds= says. */
u64 selftest_rounds(u64 usual);

/* Keep the hart busy. */
void selftest_burn(nsec_t ns);

/* Move the running test to a hart, and set it free again. */
void selftest_pin(unsigned hart);
void selftest_unpin(void);

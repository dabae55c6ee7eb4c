/*
 * t_switch.c - what a change from one thread to another costs the machine, by
 * the counters of /proc/harts (rows A-38, E-16, S18, S25, S26, T10, T11, R07).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/probe.h"
#include "tests/user/lib/pty.h"
#include "tests/user/lib/slurp.h"

#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>

#define ROUNDS 2000             /* two changes each */
#define NOISE 300               /* of other processes, meanwhile */

static void bind_to_first_hart(void)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(0, &set);
    CHECK_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
}

static struct gate ping, pong;

static void *answer(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        gate_pass(&ping);
        gate_open(&pong);
    }
    return arg;
}

static void ask(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        gate_open(&ping);
        gate_pass(&pong);
    }
}

/* How often a counter went up while two threads of one process, or of two,
 * took turns on one hart. */
static long count_turns(const char *counter, bool one_process)
{
    pthread_t t;
    pid_t pid = 0;
    long before;

    gate_init(&ping);
    gate_init(&pong);
    bind_to_first_hart();
    before = slurp_counter(counter);
    if (one_process) {
        CHECK_EQ(pthread_create(&t, NULL, answer, NULL), 0);
    } else {
        pid = child_fork();
        if (pid == 0) {
            answer(NULL);
            _exit(0);
        }
    }
    ask();
    long turns = slurp_counter(counter) - before;
    if (one_process)
        CHECK_EQ(pthread_join(t, NULL), 0);
    else
        CHECK_EXITS(pid, 0);
    return turns;
}

TEST("S18 R07 satp is not written between threads of one process")
{
    CHECK(count_turns("satp_writes", true) < NOISE);
}

TEST("S18 R07 satp is written between processes, once a change")
{
    long writes = count_turns("satp_writes", false);

    CHECK(writes >= 2 * ROUNDS - 10 && writes < 2 * ROUNDS + NOISE);
}

TEST("A-38 E-16 R07 a change between processes flushes no TLB")
{
    CHECK(count_turns("tlb_flushes", false) < NOISE);
}

TEST("T11 the next thread comes at once, not by way of the idle one")
{
    CHECK(count_turns("switches", true) < 2 * ROUNDS + NOISE);
    CHECK(count_turns("switches", false) >= 2 * ROUNDS - 10);
}

TEST("S26 100,000 system calls write satp never")
{
    long before;

    bind_to_first_hart();
    before = slurp_counter("satp_writes");
    for (int i = 0; i < 100000; i++)
        syscall(SYS_getppid);
    CHECK(slurp_counter("satp_writes") - before < NOISE);
}

TEST("S26 what the kernel has in the same page table is closed to programs")
{
    static const uintptr_t kernel[] = {
        0xffffffc000000000, 0xffffffd000000000, 0xffffffe000000000,
        0xffffffff80000000, 0xffffffff80200000, 0xfffffffffffff000,
    };

    for (size_t i = 0; i < sizeof(kernel) / sizeof(*kernel); i++)
        for (enum access access = READ; access <= EXEC; access++)
            CHECK_EQ(probe(kernel[i], access).signo, SIGSEGV);
}

/* --- many address spaces --- */

static volatile long value;

TEST("S25 64 processes keep 64 values at one address over 10,000 turns each")
{
    pid_t pids[64];

    bind_to_first_hart();
    for (int i = 0; i < 64; i++) {
        pids[i] = child_fork();
        if (pids[i] == 0) {
            value = i;
            for (int n = 0; n < 10000; n++) {
                sched_yield();
                if (value != i + (long)n * 64)
                    _exit(1);
                value += 64;
            }
            _exit(0);
        }
    }
    for (int i = 0; i < 64; i++)
        CHECK_EXITS(pids[i], 0);
    CHECK_EQ(value, 0);
}

/* --- nothing to do --- */

/* Idle time of all harts, in hundredths of a second. */
static long idle_time(void)
{
    long idle;

    CHECK_EQ(sscanf(slurp("/proc/stat"), "cpu %*d %*d %*d %ld", &idle), 1);
    return idle;
}

/* While this sleeps for half a second, the harts wait, and change threads only
 * now and then. */
static bool harts_rest(void)
{
    long idle = idle_time(), switches = slurp_counter("switches");

    sleep_ms(500);
    idle = idle_time() - idle;
    switches = slurp_counter("switches") - switches;
    return idle >= 40 && switches < 200;
}

TEST("T10 a hart with nothing to do waits for interrupts")
{
    bool rest = false;

    for (int i = 0; i < 5 && !rest; i++)
        rest = harts_rest();
    CHECK(rest);
}

static void read_a_key(void)
{
    char key;

    CHECK_EQ(read(0, &key, 1), 1);
    CHECK_EQ(key, 'k');
    CHECK(child_cpu_time() < 50000000);
}

TEST("T17 who reads an empty terminal sleeps, uses no time, and gets the key")
{
    struct pty p = pty_open();
    pid_t pid;

    pty_raw(p.slave, 1, 0);
    pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(dup2(p.slave, 0), 0);
        read_a_key();
        _exit(0);
    }
    sleep_ms(300);
    CHECK_EQ(slurp_stat(pid, 3), 'S');
    CHECK_EQ(write(p.master, "k", 1), 1);
    CHECK_EXITS(pid, 0);
    pty_close(&p);
}

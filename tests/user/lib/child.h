/*
 * child.h - children, and how they keep in step with their parents.
 */
#pragma once

#include "tests/user/lib/tap.h"

/* fork() that works, or the test fails. */
pid_t child_fork(void);

/* A child that runs body(), then exits with 0. */
pid_t child_start(void (*body)(void));

/* A child that sleeps until it is killed, and its end, waited for. */
pid_t child_sleeper(void);
void child_kill(pid_t pid);

/* Wait for it to end: its wait status. */
int child_wait(pid_t pid);

#define CHECK_EXITS(pid, code) \
    do { \
        int s_ = child_wait(pid); \
        if (!WIFEXITED(s_) || WEXITSTATUS(s_) != (code)) \
            tap_fail(__FILE__, __LINE__, "wait status %#x, not exit %d", \
                     s_, code); \
    } while (0)

#define CHECK_KILLED(pid, signo) \
    do { \
        int s_ = child_wait(pid); \
        if (!WIFSIGNALED(s_) || WTERMSIG(s_) != (signo)) \
            tap_fail(__FILE__, __LINE__, "wait status %#x, not signal %d", \
                     s_, signo); \
    } while (0)

/* Memory that children forked later share, zeroed. */
void *child_shared(size_t size);

/* A gate: each pass waits until it has been opened once more. */
struct gate {
    int fd[2];
};
void gate_init(struct gate *g);
void gate_open(struct gate *g);
void gate_pass(struct gate *g);

/* user + system time this process has used, nanoseconds */
int64_t child_cpu_time(void);

/* Sleep for so many milliseconds, whatever signals come. */
void sleep_ms(long ms);

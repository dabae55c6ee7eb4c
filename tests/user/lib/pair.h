/*
 * pair.h - the seed's pong and ping (tests/user/seed), started from a test and
 * judged by what they have printed.
 */
#pragma once

#include "tests/user/lib/child.h"

#define PAIR_ROUNDS 100

/* A program of /tests/seed, its standard output into a fresh file. */
pid_t pair_start(const char *name, const char *file);

/* Wait until somebody serves the channel. */
void pair_wait_channel(void);

/*
 * The same programs behind a dam: a pipe with room for so many bytes, which
 * stops them in the midst of their work.  They print by 1,024 bytes at a time.
 */
struct dam {
    pid_t pid;
    int fd;                     /* to read what got through */
    size_t before;              /* bytes of ours */
};
#define DAM_SIZE 4096
void dam_start(struct dam *d, const char *name, size_t room);

/* Wait until it is held up. */
void dam_wait(const struct dam *d);

/* Let it go on, save what it prints, and wait for it: its wait status. */
int dam_open(struct dam *d, const char *file);

/* Wait until a pong waits for a message, a ping for its answer. */
void pair_wait_serving(pid_t pong);
void pair_wait_asking(pid_t ping);

/* What a ping has printed, if it got through its rounds.  A call that fails
 * leaves the last answer where it was, so it is printed again. */
struct ping {
    int reply[PAIR_ROUNDS];     /* to the message "count = i" */
    int answered;               /* so many new ones, then stale ones */
};
void ping_read(const char *file, struct ping *p);

/* What a pong has printed: it took "count = taken[i]" and answered i. */
struct pong {
    int taken[PAIR_ROUNDS];
    int count;
};
void pong_read(const char *file, struct pong *p);

/* The whole output of one when nothing disturbs the two. */
void ping_expect_all(const char *file);
void pong_expect_all(const char *file);

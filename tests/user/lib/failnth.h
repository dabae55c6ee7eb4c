/*
 * failnth.h - let each allocation of a system call fail in turn, and see that
 * nothing is lost (/proc/self/fail-nth).
 */
#pragma once

#include "tests/user/lib/tap.h"

#define FAIL_TRIES 500                  /* no call allocates more often */

/* Open the switch; skips the test if there is none. */
void fail_open(void);
extern int fail_switch;

/* The n-th allocation of this thread from now on fails; 0: none. */
void fail_nth(int n);

/* The errors that want of memory may turn into. */
bool fail_is_want(int error);

/* A call, -1 and errno if it fails; after a success `undo` takes back its
 * result. */
struct trial {
    long (*call)(void);
    void (*undo)(long result);
};

/*
 * Make the call with its 1st, 2nd, ... allocation failing, until that makes no
 * difference.  At least one must show as an error, all as wants, and memory
 * and objects must be as before after each.
 */
void fail_walk(const struct trial *t);

/* The same of try(n), which switches by itself and gives the error or 0. */
void fail_walk_all(int (*try)(int n), int least_errors);

/* Undoes nothing. */
void fail_no_undo(long result);

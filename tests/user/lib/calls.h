/*
 * calls.h - every system call, as the kernel's own list has it, and arguments
 * with which it could work.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define CALL_ARGS 6
#define SLOT_SIZE 512           /* memory behind a pointer argument */

struct call {
    int number;
    const char *name;
    int count;                  /* of arguments */
    const char *args[2 * CALL_ARGS];    /* type, name, type, name ... */
};

extern struct call calls[];
extern const int call_count;

/* NULL if there is no such call. */
const struct call *call_find(int number);

/* Whether argument i is a user address. */
bool call_takes_pointer(const struct call *call, int i);

/*
 * Files, descriptors and timers for the calls to work on: in the current
 * directory, which is to be an empty one, and of System V's.  calls_settle()
 * repairs what a call has done to them; calls_leave() removes System V's.
 */
void calls_prepare(void);
void calls_settle(void);
void calls_leave(void);

/* Plausible arguments; slots has CALL_ARGS times SLOT_SIZE bytes, which are
 * filled with what the pointers among them should point to. */
void call_fill(const struct call *call, long *args, unsigned char *slots);

/* The system call itself: its result or -errno.  The child of a clone does
 * nothing but exit. */
long call_raw(long number, const long *args);

/*
 * hostile.h - values that no system call likes, and the memory around them.
 */
#pragma once

#include "tests/user/lib/calls.h"
#include "tests/user/lib/child.h"

#define USER_END        0x0000004000000000      /* kernel/riscv/layout.h */
#define HOSTILE_PAGE    4096

/* Filled with a pattern, but for the slots. */
struct arena {
    unsigned char before[HOSTILE_PAGE];
    unsigned char slots[CALL_ARGS * SLOT_SIZE];
    unsigned char after[2 * HOSTILE_PAGE - CALL_ARGS * SLOT_SIZE];
    unsigned char edge[HOSTILE_PAGE];           /* then a hole */
    unsigned char hole[HOSTILE_PAGE];
    unsigned char constant[HOSTILE_PAGE];       /* read-only */
    unsigned char barred[HOSTILE_PAGE];         /* no access */
};

extern struct arena *arena;
extern int null_fd;

struct hostile {
    const char *what;
    unsigned long value;
    bool faults;                /* as a pointer: nothing can be there */
};

extern struct hostile hostile_values[];
extern const int hostile_count;

/* The arena, and a folder of its own for the calls, which hostile_leave()
 * removes with all that they have left there; SIGCHLD is blocked. */
void hostile_enter(void);
void hostile_leave(void);

/* The arena alone, and SIGCHLD blocked. */
void hostile_enter_memory(void);

/*
 * What the kernel has done wrong to our memory, when it was given that value
 * as a pointer or a number; NULL.  With a hostile size it may write behind the
 * buffers, but not before them.
 */
const char *hostile_inspect(unsigned long value, bool pointer);

/* The same, but addresses of the kernel in the buffers may be our own. */
const char *hostile_inspect_writes(unsigned long value, bool pointer);

/* From now on signals interrupt what blocks. */
void hostile_tick(long usec);

/* A child's wait status; SIGKILL is for one that stays away for long. */
int hostile_wait(pid_t pid, long ms);

bool hostile_listed(const char *const *names, const char *name);

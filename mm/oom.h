/*
 * oom.h - what happens when a user page is needed and there is none: a process
 * is ended.  Which one is not known here: the upper layer registers a door.
 */
#pragma once

#include "kernel/lib/types.h"

struct oom_victim {
    pid_t pid;
    char name[16];
    u64 resident;               /* pages it maps */
    bool self;                  /* it is the running thread's process */
    bool dying;                 /* it was killed before, and has not ended yet */
};

/*
 * Choose a process, kill it (SIGKILL) and describe it; a victim that is still
 * on its way out is chosen again, marked `dying`.  false: there is none that
 * may be killed.  Holds no lock; may not allocate.
 */
typedef bool (*oom_killer)(struct oom_victim *victim);

void oom_set_killer(oom_killer killer);

/*
 * Memory has run out: have a process killed, and say so in the log.  0: worth
 * another try, after a pause for the victim to end.  -ENOMEM: the running
 * process is the victim, or nobody is.  Sleeps.
 */
int oom_relieve(void);

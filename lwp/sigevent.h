/*
 * sigevent.h - how a program wants to be told of something: sigevent(7).
 */
#pragma once

#include "lwp/siginfo.h"

enum { SIGEV_SIGNAL, SIGEV_NONE, SIGEV_THREAD, SIGEV_THREAD_ID = 4 };

/* struct sigevent, as far as the kernel looks; 64 bytes in all. */
struct sigevent {
    u64 value;
    s32 signo, notify, tid;
    s32 unused[11];
};
_Static_assert(sizeof(struct sigevent) == 64, "struct sigevent of Linux");

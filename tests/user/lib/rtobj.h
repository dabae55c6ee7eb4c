/*
 * rtobj.h - the kernel half of the RT-Thread API, call by call (the numbers
 * are those of lwp/syscalls.def).
 */
#pragma once

#include "tests/user/lib/tap.h"

#include <sys/syscall.h>

enum { RT_SEM = 2, RT_MUTEX, RT_EVENT, RT_MAILBOX, RT_QUEUE };

#define FIFO    0
#define PRIO    1
#define FOREVER (-1)

static inline int rt_delete(int type, int id)
{
    return syscall(1040, type, id);
}

static inline int sem_create(unsigned value, int flag, void *at)
{
    return syscall(1041, "sem", value, flag, at);
}

static inline int sem_take(int id, int time)
{
    return syscall(1042, id, time);
}

static inline int sem_release(int id)
{
    return syscall(1043, id);
}

/* The line of an object in /proc/rtobjects. */
struct rtobj {
    int id;
    char type[16], name[16], state[24];
    unsigned waiters, holders;
};

/* false: it is not there. */
bool rtobj_find(int id, struct rtobj *out);

/* How many there are. */
int rtobj_count(void);

/* Wait until so many threads wait for it. */
void rtobj_await(int id, unsigned waiters);

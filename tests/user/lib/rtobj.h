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

static inline int rt_reset(int type, int id, long value)
{
    return syscall(1058, type, id, value);
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

static inline int mutex_create(void *at)
{
    return syscall(1044, "mutex", PRIO, at);
}

static inline int mutex_take(int id, int time)
{
    return syscall(1045, id, time);
}

static inline int mutex_release(int id)
{
    return syscall(1046, id);
}

static inline int event_create(int flag, void *at)
{
    return syscall(1047, "event", flag, at);
}

static inline int event_send(int id, unsigned set)
{
    return syscall(1048, id, set);
}

static inline int event_recv(int id, unsigned set, int option, int time,
                             uint32_t *recved)
{
    return syscall(1049, id, set, option, time, recved);
}

static inline int mb_create(size_t size, int flag, void *at)
{
    return syscall(1050, "mb", size, flag, at);
}

static inline int mb_send(int id, unsigned long value, int time)
{
    return syscall(1051, id, value, time);
}

static inline int mb_urgent(int id, unsigned long value)
{
    return syscall(1052, id, value);
}

static inline int mb_recv(int id, unsigned long *value, int time)
{
    return syscall(1053, id, value, time);
}

static inline int mq_create(size_t size, size_t count, int flag, void *at)
{
    return syscall(1054, "mq", size, count, flag, at);
}

static inline int mq_put(int id, const void *buf, size_t size, int time)
{
    return syscall(1055, id, buf, size, time);
}

static inline int mq_urgent(int id, const void *buf, size_t size)
{
    return syscall(1056, id, buf, size);
}

static inline int mq_get(int id, void *buf, size_t size, int time)
{
    return syscall(1057, id, buf, size, time);
}

static inline int enter_critical(void)
{
    return syscall(1059);
}

static inline int exit_critical(void)
{
    return syscall(1060);
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

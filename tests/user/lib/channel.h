/*
 * channel.h - the channel calls, bare: -1 and errno as the kernel says it.
 */
#pragma once

#include "tests/user/lib/tap.h"

#include <fcntl.h>
#include <sys/syscall.h>

enum { RAW, BUFFER, FD };

struct message {
    uint64_t sender;
    int type;
    union {
        struct { void *buf; size_t length; } b;
        struct { void *file; int fd; } fd;
        uint64_t d;
    } u;
};
_Static_assert(sizeof(struct message) == 32, "as the kernel has it");

#define CHANNEL_OPEN 1024               /* and the others follow */

static inline int channel_open(const char *name, int flags)
{
    return syscall(CHANNEL_OPEN, name, flags);
}

static inline int channel_close(int fd)
{
    return syscall(CHANNEL_OPEN + 1, fd);
}

static inline int channel_send(int fd, struct message *m)
{
    return syscall(CHANNEL_OPEN + 2, fd, m);
}

static inline int channel_call(int fd, struct message *m, struct message *reply)
{
    return syscall(CHANNEL_OPEN + 3, fd, m, reply);
}

static inline int channel_call_for(int fd, struct message *m,
                                   struct message *reply, int ms)
{
    return syscall(CHANNEL_OPEN + 4, fd, m, reply, ms);
}

static inline int channel_reply(int fd, struct message *m)
{
    return syscall(CHANNEL_OPEN + 5, fd, m);
}

static inline int channel_recv(int fd, struct message *m)
{
    return syscall(CHANNEL_OPEN + 6, fd, m);
}

static inline int channel_recv_for(int fd, struct message *m, int ms)
{
    return syscall(CHANNEL_OPEN + 7, fd, m, ms);
}

static inline int channel_notify(int fd, struct message *m)
{
    return syscall(CHANNEL_OPEN + 8, fd, m);
}

static inline int channel_peek(int fd, struct message *m)
{
    return syscall(CHANNEL_OPEN + 9, fd, m);
}

static inline struct message message_of(uint64_t d)
{
    return (struct message){ .type = RAW, .u.d = d };
}

/* Until a channel of that name is "idle", "wait" or "active". */
void channel_wait_state(const char *name, const char *state);

/* A child that asks with d, and exits with the low bits of the answer, or with
 * the error number and 128. */
pid_t channel_start_client(int fd, uint64_t d);

/* Take one request and answer it. */
void channel_serve_one(int fd, uint64_t answer);

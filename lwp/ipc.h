/*
 * ipc.h - channels: messages between programs, and between these and threads
 * of the kernel (seed 001; lwp.md C-01 to C-24).
 *
 * A channel has a name that the whole system knows.  Clients send to it,
 * whoever receives from it answers: one request at a time, in the order in
 * which they came.
 *
 *     client: send_recv ------> queue ------> recv :server
 *                   ^                              |
 *                   '------------ reply <----------'
 *
 * Who may speak of a channel has a descriptor of it, a file like any other.
 * Files opened with O_CREAT are its server side.  When the last one of them is
 * closed the channel is over, whoever else has files of it: all who wait in it
 * are woken with -EIO, later calls fail so, and its name is free.
 *
 * It is IDLE; or WAIT, while somebody sleeps in recv; or ACTIVE, from when a
 * message with a sleeping sender was taken until the receiver has finished with
 * it: by a reply, by its next recv or peek (unless an answer is owed), by
 * closing the channel, or by its own end.  Sleeping senders: `send`, which
 * returns when the receiver has finished, and `send_recv`, which returns with
 * the answer, or -EIO if the receiver finished without.  `notify` does not wait.
 */
#pragma once

#include "kernel/lib/types.h"

struct lwp_thread;
struct proc_text;

/* Names are shorter than this; a longer one is refused, never cut. */
#define CHANNEL_NAME_MAX    32

/* Notifications that may be queued in all channels together; -ENOMEM then.
 * Messages whose senders sleep take no room. */
#define CHANNEL_NOTES_MAX   1024

enum {
    RT_CHANNEL_RAW = 0,         /* u.d is anything */
    RT_CHANNEL_BUFFER = 1,      /* u.b: an address and a length for the other
                                 * side; the kernel copies nothing */
    RT_CHANNEL_FD = 2,          /* u.fd: an open file goes over */
};

/*
 * As programs have it.  Of type FD, between channels and their callers in the
 * kernel, u.fd.file is the struct file itself, referenced, or NULL.
 */
struct rt_channel_msg {
    void *sender;               /* the sending thread's tid; 0: the kernel */
    int type;
    union {
        struct {
            void *buf;
            size_t length;
        } b;
        struct {
            void *file;
            int fd;
        } fd;
        void *d;
    } u;
};

/* --- for threads of the kernel (row C-18) --------------------------------- */

/*
 * The same calls with handles (0 and up) that all threads of the kernel share,
 * on messages in its own memory.  flags: O_CREAT, O_EXCL; time in ms, < 0: for
 * ever, 0: not at all.  All but send and notify may sleep; none is
 * interruptible, as kernel threads get no signals.
 *
 * open: the handle; -ENOENT (without O_CREAT), -EEXIST (with O_EXCL), -EINVAL
 *     (no name), -ENAMETOOLONG, -EMFILE, -ENOMEM
 * all others: 0; -EIO if it is no open handle, or the channel is over
 * send, notify: leave the message and go on (RT-Thread's kernel does not wait
 *     in send either); -ENOMEM (see above), -EINVAL: with the file of a channel
 *     or socket, which might lie in its own queue then
 * send_recv: also waits for the answer; -ETIMEDOUT
 * recv: -ETIMEDOUT; -EPROTO if another receives, or a request is unanswered
 * peek: recv without waiting
 * reply: -EPROTO if there is no request, or its sender has given up
 *
 * Of a message of type FD the callee takes over the reference to u.fd.file,
 * whatever it returns; that of a received one is the caller's.
 */
int rt_raw_channel_open(const char *name, int flags);
int rt_raw_channel_close(int handle);
int rt_raw_channel_send(int handle, const struct rt_channel_msg *msg);
int rt_raw_channel_notify(int handle, const struct rt_channel_msg *msg);
int rt_raw_channel_send_recv(int handle, const struct rt_channel_msg *msg,
                             struct rt_channel_msg *answer);
int rt_raw_channel_send_recv_timeout(int handle,
                                     const struct rt_channel_msg *msg,
                                     struct rt_channel_msg *answer, int time);
int rt_raw_channel_recv(int handle, struct rt_channel_msg *msg);
int rt_raw_channel_recv_timeout(int handle, struct rt_channel_msg *msg,
                                int time);
int rt_raw_channel_peek(int handle, struct rt_channel_msg *msg);
int rt_raw_channel_reply(int handle, const struct rt_channel_msg *msg);

/* --- for the rest of lwp/ ------------------------------------------------- */

/* A thread that has ever received (t->receives) ends: it has finished with
 * what it took.  May sleep. */
void channels_leave(struct lwp_thread *t);

/* /proc/channels: NAME STATE OPENERS SERVERS QUEUED, a line each. */
int proc_show_channels(struct proc_text *t, void *unused);

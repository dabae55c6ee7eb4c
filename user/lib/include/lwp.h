/*
 * lwp.h - channels, shared memory and processes, as RT-Thread Smart's programs
 * know them (lwp.md sections C and D, rows B-04 and K-12). Link with -llwp.
 *
 * Results of type rt_err_t are RT_EOK or a negative code; a function that fails
 * sets errno too.  A wait ends with -RT_EINTR when a signal's handler has run,
 * whatever SA_RESTART says.  Times are milliseconds: below 0 for ever, 0 not at
 * all.
 */
#pragma once

#include <fcntl.h>
#include <lwp_shm.h>
#include <rtdef.h>
#include <sys/cachectl.h>
#include <sys/types.h>
#include <sys/wait.h>

/* --- channels ------------------------------------------------------------ */

enum {
    RT_CHANNEL_RAW,             /* u.d arrives as it is */
    RT_CHANNEL_BUFFER,          /* u.b too: nothing is copied */
    RT_CHANNEL_FD,              /* u.fd.fd arrives as the receiver's own */
};

/* A message: 32 bytes, of which the kernel looks at `type`, and at `u.fd` in one
 * that carries a descriptor. */
struct rt_channel_msg {
    void *sender;               /* set by the kernel: the sender's thread id */
    int type;
    union {
        struct {
            void *buf;
            size_t length;
        } b;
        struct {
            void *file;         /* unused */
            int fd;             /* -1 arrives for one that was not open */
        } fd;
        void *d;
    } u;
};
typedef struct rt_channel_msg *rt_channel_msg_t;

/*
 * Open the channel called `name`.  With O_CREAT it is made if need be, and the
 * caller is a server: when the last server has closed it or ended, all others
 * get -RT_EIO.  O_EXCL refuses one that is there, O_CLOEXEC closes it at exec.
 * The result is a descriptor for poll, dup, fork and the like.  Does not block.
 *
 * A descriptor, or -1 with errno: ENOENT, EEXIST, EMFILE, ENAMETOOLONG, EFAULT.
 */
int rt_channel_open(const char *name, int flags);

/*
 * Close the descriptor.  Does not block.
 *
 * RT_EOK; -RT_EIO: not a channel.
 */
rt_err_t rt_channel_close(int fd);

/*
 * Send a message and block until its receiver has finished with it, which shows
 * by its next recv, peek, reply or close of the channel, or its end.  A
 * program that both sends and receives on one channel needs two threads.
 *
 * RT_EOK; -RT_EIO: not a channel, or no server left; -RT_EINTR; -RT_ENOMEM;
 * -EFAULT.
 */
rt_err_t rt_channel_send(int fd, rt_channel_msg_t data);

/*
 * Send a message and block until the reply is in *data_ret.
 *
 * Errors as of rt_channel_send(); *data_ret is left alone then.
 */
rt_err_t rt_channel_send_recv(int fd, rt_channel_msg_t data,
                              rt_channel_msg_t data_ret);

/*
 * The same for at most `time` milliseconds: -RT_ETIMEOUT then, and the request
 * is withdrawn.
 */
rt_err_t rt_channel_send_recv_timeout(int fd, rt_channel_msg_t data,
                                      rt_channel_msg_t data_ret,
                                      rt_int32_t time);

/*
 * Answer the request that was received last, by whichever thread.  Does not
 * block.
 *
 * RT_EOK; -RT_ERROR: no request waits for it; -RT_EIO; -EFAULT.
 */
rt_err_t rt_channel_reply(int fd, rt_channel_msg_t data);

/*
 * Block until there is a message, and take it.  A request has to be answered
 * before the next one is taken.
 *
 * RT_EOK; -RT_ERROR: a request is unanswered, or another thread waits here;
 * -RT_EIO; -RT_EINTR; -EFAULT.
 */
rt_err_t rt_channel_recv(int fd, rt_channel_msg_t data);

/* The same for at most `time` milliseconds: -RT_ETIMEOUT then. */
rt_err_t rt_channel_recv_timeout(int fd, rt_channel_msg_t data,
                                 rt_int32_t time);

/*
 * Leave a message and go on at once; nobody answers it.
 *
 * RT_EOK; -RT_EIO; -RT_ENOMEM: too many messages are on their way; -EFAULT.
 */
rt_err_t rt_channel_notify(int fd, rt_channel_msg_t data);

/*
 * Take a message if there is one: rt_channel_recv_timeout() with time 0, so
 * -RT_ETIMEOUT if there is none.  Does not block.
 */
rt_err_t rt_channel_peek(int fd, rt_channel_msg_t data);

/* --- processes and threads ----------------------------------------------- */

/*
 * Start a program beside the caller, which goes on: the child of waitpid().
 * `argv` has `argc` words and need not end with NULL; without any, the program's
 * name is its only word.  It gets `envp`, or the caller's environment if that is
 * NULL, and OS=RT-Thread.  Blocks until the program is loaded.
 *
 * The child's pid, or -1 with errno: as of execve(2) and fork(2).
 */
int exec(char *filename, int argc, char **argv, char **envp);

/*
 * Send a signal to the process `pid`, as kill(2).  Does not block.
 *
 * 0, or -1 with errno: ESRCH, EPERM, EINVAL.
 */
int lwp_kill(pid_t pid, int sig);

/*
 * Send a signal to the thread `tid`, as tkill(2).  Does not block.
 *
 * 0, or -1 with errno: ESRCH, EPERM, EINVAL.
 */
int lwp_tkill(int tid, int sig);

/* The process id of the caller. Neither fails nor blocks. */
pid_t lwp_getpid(void);

/* The thread id of the caller: what a message's `sender` says of it. Neither fails
 * nor blocks. */
int lwp_gettid(void);

/*
 * After `size` bytes of code were written to `addr`: make every hart fetch them
 * anew.  RISC-V keeps data caches coherent, so DCACHE alone does nothing.  Does
 * not block.
 *
 * 0, or -1 with errno EINVAL: a negative size, or a `cache` that is not ICACHE,
 * DCACHE or BCACHE.
 */
int cacheflush(void *addr, int size, int cache);

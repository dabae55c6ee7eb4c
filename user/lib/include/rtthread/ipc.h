/*
 * ipc.h - semaphores, mutexes, events, mailboxes and message queues (lwp.md rows
 * K-03 to K-07).
 *
 * A handle holds its class and the number by which the kernel knows the object
 * among those of the process: -RT_EIO if the class is another one, -RT_EINVAL if
 * the process has no object of that number.  fork() shares objects with the child,
 * which ends them for itself; exec and exit let go of them.
 *
 * Of all five:
 * - rt_xxx_create() gives the new object, or RT_NULL: a value that it cannot
 *   have, or out of memory.  `flag` is RT_IPC_FLAG_FIFO or RT_IPC_FLAG_PRIO.
 * - rt_xxx_init() makes one in the caller's memory: RT_EOK, -RT_EINVAL, -RT_EBUSY
 *   if there is one already, -RT_ENOMEM.
 * - rt_xxx_delete() ends those of create, rt_xxx_detach() those of init: whoever
 *   waits gets -RT_ERROR.  RT_EOK; -RT_EIO, also for one of the other making.
 * - `timeout` is in ticks: RT_WAITING_FOREVER or below 0 for ever, 0 not at all.
 *   Functions without a timeout do not block.
 * - waiting ends with -RT_ETIMEOUT, with -RT_EINTR after a signal's handler, or
 *   with -RT_ERROR when the object is deleted or reset.
 */
#pragma once

#include <rtdef.h>

/* What all handles are. */
struct rt_user_ipc {
    int type;                   /* enum rt_object_class_type */
    int id;                     /* the kernel's */
    void *data;                 /* of a mutex: the last that took it */
};

/* One of each kind; where it lies is what names it, so it can't be copied. */
struct rt_semaphore {
    struct rt_user_ipc ipc;
};
struct rt_mutex {
    struct rt_user_ipc ipc;
};
struct rt_event {
    struct rt_user_ipc ipc;
};
struct rt_mailbox {
    struct rt_user_ipc ipc;
};
struct rt_messagequeue {
    struct rt_user_ipc ipc;
};
typedef struct rt_semaphore *rt_sem_t;
typedef struct rt_mutex *rt_mutex_t;
typedef struct rt_event *rt_event_t;
typedef struct rt_mailbox *rt_mailbox_t;
typedef struct rt_messagequeue *rt_mq_t;

/* --- semaphores ---------------------------------------------------------- */

#define RT_SEM_VALUE_MAX    RT_UINT16_MAX

/* Make a semaphore of this value, RT_SEM_VALUE_MAX at most. */
rt_sem_t rt_sem_create(const char *name, rt_uint32_t value, rt_uint8_t flag);

/* Make one in the caller's memory. */
rt_err_t rt_sem_init(rt_sem_t sem, const char *name, rt_uint32_t value,
                     rt_uint8_t flag);

/* End and free a semaphore of rt_sem_create(). */
rt_err_t rt_sem_delete(rt_sem_t sem);

/* End a semaphore of rt_sem_init(). */
rt_err_t rt_sem_detach(rt_sem_t sem);

/* Wait until the value is above 0, and take one off it. */
rt_err_t rt_sem_take(rt_sem_t sem, rt_int32_t timeout);

/* Take one off if there is one, else -RT_ETIMEOUT. */
rt_err_t rt_sem_trytake(rt_sem_t sem);

/* Add one, or wake one that waits. -RT_EFULL: at its greatest value. */
rt_err_t rt_sem_release(rt_sem_t sem);

/*
 * RT_IPC_CMD_RESET: all that wait get -RT_ERROR, and the value is `arg`.
 * -RT_EINVAL for other commands and for impossible values.
 */
rt_err_t rt_sem_control(rt_sem_t sem, int cmd, void *arg);

/* --- mutexes ------------------------------------------------------------- */

/*
 * Make a mutex.  Whoever holds it may take it again; it inherits the priority of
 * who waits.  A thread that ends gives its mutexes on.  `flag` is not used: the
 * most urgent is first.
 */
rt_mutex_t rt_mutex_create(const char *name, rt_uint8_t flag);

/* Make one in the caller's memory. */
rt_err_t rt_mutex_init(rt_mutex_t mutex, const char *name, rt_uint8_t flag);

/* End and free a mutex of rt_mutex_create(). */
rt_err_t rt_mutex_delete(rt_mutex_t mutex);

/* End a mutex of rt_mutex_init(). */
rt_err_t rt_mutex_detach(rt_mutex_t mutex);

/* Wait until it is free or the caller's, and hold it once more. */
rt_err_t rt_mutex_take(rt_mutex_t mutex, rt_int32_t timeout);

/* Take it if that can be done at once, else -RT_ETIMEOUT. */
rt_err_t rt_mutex_trytake(rt_mutex_t mutex);

/* Give it back once. -RT_ERROR: the caller does not hold it. */
rt_err_t rt_mutex_release(rt_mutex_t mutex);

/* There is no command: -RT_EINVAL. */
rt_err_t rt_mutex_control(rt_mutex_t mutex, int cmd, void *arg);

/* --- events: 32 bits ----------------------------------------------------- */

#define RT_EVENT_FLAG_AND   1           /* all of the bits */
#define RT_EVENT_FLAG_OR    2           /* any of them */
#define RT_EVENT_FLAG_CLEAR 4           /* clear those that were waited for */

/* Make an event, all bits 0. */
rt_event_t rt_event_create(const char *name, rt_uint8_t flag);

/* Make one in the caller's memory. */
rt_err_t rt_event_init(rt_event_t event, const char *name, rt_uint8_t flag);

/* End and free an event of rt_event_create(). */
rt_err_t rt_event_delete(rt_event_t event);

/* End an event of rt_event_init(). */
rt_err_t rt_event_detach(rt_event_t event);

/* Set the bits of `set`, and wake those that have what they wait for.
 * -RT_EINVAL: no bit. */
rt_err_t rt_event_send(rt_event_t event, rt_uint32_t set);

/*
 * Wait for all or for any of the bits of `set`.  *recved, unless RT_NULL, is
 * those of them that were there.  -RT_EINVAL: no bit, or neither AND nor OR.
 */
rt_err_t rt_event_recv(rt_event_t event, rt_uint32_t set, rt_uint8_t option,
                       rt_int32_t timeout, rt_uint32_t *recved);

/* RT_IPC_CMD_RESET: all that wait get -RT_ERROR, and all bits are 0.
 * -RT_EINVAL for other commands. */
rt_err_t rt_event_control(rt_event_t event, int cmd, void *arg);

/* --- mailboxes: words ---------------------------------------------------- */

/* Make a mailbox for `size` words. */
rt_mailbox_t rt_mb_create(const char *name, rt_size_t size, rt_uint8_t flag);

/* Make one; the words lie in the kernel, so `msgpool` is not used. */
rt_err_t rt_mb_init(rt_mailbox_t mb, const char *name, void *msgpool,
                    rt_size_t size, rt_uint8_t flag);

/* End and free a mailbox of rt_mb_create(). */
rt_err_t rt_mb_delete(rt_mailbox_t mb);

/* End a mailbox of rt_mb_init(). */
rt_err_t rt_mb_detach(rt_mailbox_t mb);

/* Put a word behind the others. -RT_EFULL: there is no room. */
rt_err_t rt_mb_send(rt_mailbox_t mb, rt_ubase_t value);

/* Wait until there is room, and put a word behind the others. */
rt_err_t rt_mb_send_wait(rt_mailbox_t mb, rt_ubase_t value,
                         rt_int32_t timeout);

/* Put a word in front of the others. -RT_EFULL: there is no room. */
rt_err_t rt_mb_urgent(rt_mailbox_t mb, rt_ubase_t value);

/* Wait until there is a word, and take it. */
rt_err_t rt_mb_recv(rt_mailbox_t mb, rt_ubase_t *value, rt_int32_t timeout);

/* RT_IPC_CMD_RESET: all that wait get -RT_ERROR, and it is empty.
 * -RT_EINVAL for other commands. */
rt_err_t rt_mb_control(rt_mailbox_t mb, int cmd, void *arg);

/* --- message queues ------------------------------------------------------ */

/* Make a queue for `max_msgs` messages of `msg_size` bytes at most. */
rt_mq_t rt_mq_create(const char *name, rt_size_t msg_size, rt_size_t max_msgs,
                     rt_uint8_t flag);

/*
 * Make one of as many messages as go into `pool_size` bytes, each with a pointer
 * beside it.  They lie in the kernel, so `msgpool` is not used.
 */
rt_err_t rt_mq_init(rt_mq_t mq, const char *name, void *msgpool,
                    rt_size_t msg_size, rt_size_t pool_size, rt_uint8_t flag);

/* End and free a queue of rt_mq_create(). */
rt_err_t rt_mq_delete(rt_mq_t mq);

/* End a queue of rt_mq_init(). */
rt_err_t rt_mq_detach(rt_mq_t mq);

/*
 * Put a message of `size` bytes behind the others.  -RT_EFULL: there is no room;
 * -RT_ERROR: larger than the queue's messages; -RT_EINVAL: no bytes.
 */
rt_err_t rt_mq_send(rt_mq_t mq, const void *buffer, rt_size_t size);

/* Wait until there is room, and put a message behind the others. */
rt_err_t rt_mq_send_wait(rt_mq_t mq, const void *buffer, rt_size_t size,
                         rt_int32_t timeout);

/* Put a message in front of the others, as rt_mq_send(). */
rt_err_t rt_mq_urgent(rt_mq_t mq, const void *buffer, rt_size_t size);

/*
 * Wait until there is a message, and take it; what does not go into `size` bytes
 * is lost.  Bytes received, or below 0.
 */
rt_ssize_t rt_mq_recv(rt_mq_t mq, void *buffer, rt_size_t size,
                      rt_int32_t timeout);

/* RT_IPC_CMD_RESET: all that wait get -RT_ERROR, and it is empty.
 * -RT_EINVAL for other commands. */
rt_err_t rt_mq_control(rt_mq_t mq, int cmd, void *arg);

/*
 * object.h - the objects of the RT-Thread API, which processes hold as counted
 * handles: semaphores, mutexes, events, mailboxes, message queues (seed 000:
 * object_root, address_search_head; lwp.md rows, K-16).
 *
 * A program names an object by its id, a positive number.  That is no key to
 * anything by itself: it is looked up in the caller's own tree, so that forged
 * and stale ids find nothing.  fork(2) lets the child hold what its parent
 * holds; execve(2), the end of the process and rt_object_delete(2) let go of
 * it.  An object nobody holds is freed.
 *
 * Locks: the trees are guarded by lwp->lock, which is the seed's object_mutex:
 * a search takes some dozen instructions and never sleeps, so a spinlock does,
 * and this one is there already.  Every object has a lock of its own for its
 * state.  Order: lwp->lock, the table of ids, the object.
 */
#pragma once

#include "kernel/wait.h"
#include "lwp/lwp.h"

struct object;
struct object_handle;

/* RT-Thread's class numbers. */
enum object_type {
    OBJECT_SEM = 2,
    OBJECT_MUTEX = 3,
    OBJECT_EVENT = 4,
    OBJECT_MAILBOX = 5,
    OBJECT_QUEUE = 6,
};

#define RT_IPC_FLAG_FIFO    0
#define RT_IPC_FLAG_PRIO    1

#define OBJECT_NAME_SIZE    16          /* with its NUL; longer ones are cut */
#define OBJECT_VALUE_MAX    65535       /* of whatever counts: RT-Thread's */

/* What one process may hold: objects, and bytes of messages in them. */
#define OBJECTS_MAX         4096
#define OBJECT_BYTES_MAX    (4u << 20)

/* What the types differ in.  The object's lock is held but where noted. */
struct object_kind {
    enum object_type type;
    const char *name;                   /* in /proc/rtobjects */
    size_t size;                        /* of the struct that begins with it */
    /* Its state in one word of text. */
    void (*describe)(const struct object *o, char *buf, size_t size);
    /* As when it was new, with this value; -EINVAL.  What is to be freed goes
     * on `left`.  NULL: cannot be done.  Waiters are the caller's business. */
    int (*reset)(struct object *o, u64 value, struct list *left);
    /* A process lets go of it: h->gone is set.  Not locked; may be NULL. */
    void (*let_go)(struct object *o, struct object_handle *h);
    /* Free what hangs on it, or what reset() left.  Not locked; may be NULL. */
    void (*destroy)(struct object *o);
    void (*free_left)(struct list *left);
};

struct object {
    /* set at birth, then constant */
    const struct object_kind *kind;
    char name[OBJECT_NAME_SIZE];
    bool by_priority;                   /* how waiters queue: RT_IPC_FLAG_* */
    unsigned bytes;                     /* counted for OBJECT_BYTES_MAX */

    /* guarded by the table's lock */
    struct avl_node by_id;              /* key: the id */

    struct spinlock lock;               /* RANK_IPC */
    /* guarded by lock */
    struct list waiters;                /* struct object_waiter, in order */
    unsigned waiter_count;
    unsigned handles;
};

/* A process holds an object. */
struct object_handle {
    /* set at birth, then constant */
    struct object *object;

    /* guarded by lwp->lock */
    struct avl_node by_id;              /* in lwp->object_root */
    struct avl_node by_address;         /* in lwp->address_search_head, by the
                                         * address of the program's control
                                         * block, unless that is 0 */

    /* guarded by object->lock */
    unsigned users;                     /* calls that sleep, and use it after */
    bool gone;                          /* no longer in the trees */
};

/* --- the process's trees (the names are the seed's) ----------------------- */

/*
 * Let lwp hold o, whose control block in the program's memory is at `at`, if
 * not 0.  -ENOMEM out of memory, or more than a process may hold; -EBUSY if
 * there is a control block at that address already.  O(log n).
 */
int lwp_user_object_add(struct lwp *lwp, struct object *o, u64 at);

/*
 * Let go of the object.  Threads of this process that wait for it get -EIDRM,
 * a mutex that they own passes on; it lives as long as other processes hold
 * it.  -EINVAL if it does not hold one of this type and id.  O(log n).
 */
int lwp_user_object_delete(struct lwp *lwp, int type, int id);

/* Let go of all: O(n log n). */
void lwp_user_object_clear(struct lwp *lwp);

/* The child, which nobody knows yet, holds what its parent does.  -ENOMEM:
 * some are held, to be cleared. */
int lwp_user_object_dup(struct lwp *child, struct lwp *parent);

/* --- making and using objects --------------------------------------------- */

/* Zeroed, with the header in order; NULL: out of memory. */
void *object_create(const struct object_kind *kind);

/*
 * Give a finished object its name and its id, and let the running process hold
 * it: the id.  On an error it is destroyed: -EINVAL (flag), -EFAULT (name, or
 * `at` is no user address), and those of lwp_user_object_add().  May sleep.
 */
int object_publish(struct object *o, ustr_t name, int flag, uptr_t at);

/* The running process's handle, with the object locked; NULL if it holds no
 * such object (a call then fails with -EINVAL). */
struct object_handle *object_lock(int type, int id);

/* Unlocks; frees what nobody holds or uses any more. */
void object_unlock(struct object_handle *h);

/* --- waiting -------------------------------------------------------------- */

struct message;

struct object_waiter {
    struct object_handle *handle;       /* the caller's, like the last three */
    struct thread *thread;
    unsigned urgency;                   /* when it began to wait */
    /* guarded by the object's lock */
    struct list node;
    int result;
    /* what it wants, and what it was given */
    u32 set;                            /* events */
    int option;
    struct message *message;            /* of a queue */
};

/*
 * Queue, release the lock, sleep, take it again.  `time` in ticks (ms), < 0:
 * for ever.  What object_end_wait_locked() was told; -ETIMEDOUT, at once if
 * `time` is 0; -EINTR when a signal came; -EIDRM if the process has let go of
 * the object meanwhile.
 */
int object_wait_locked(struct object_waiter *w, int time);

/* The longest waiting, or most urgent; NULL: nobody waits. */
struct object_waiter *object_first_waiter_locked(struct object *o);

/* Wake a waiter with this result. */
void object_end_wait_locked(struct object_waiter *w, int result);

/* All of them, or those that came by one handle. */
void object_end_waits_locked(struct object *o, struct object_handle *only,
                             int result);

/* A time in ticks as a deadline; NEVER for negative ones. */
nsec_t object_deadline(int time);

/*
 * What a sleep was ended by, as a result.  -EINTR if it was a signal; but where
 * no handler runs (a stop, a tracer) and no time was set, the call is made again,
 * as it has done nothing yet.
 */
int object_wait_error(int error, nsec_t deadline);

/* --- for /proc ------------------------------------------------------------ */

struct object_view {
    int id;
    const char *type;
    char name[OBJECT_NAME_SIZE], state[24];
    unsigned waiters, holders;
};

/* The object with the least id >= from; false: there is none. */
bool object_view_next(int from, struct object_view *out);

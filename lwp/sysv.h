/*
 * sysv.h - what System V's semaphore sets, message queues and shared segments
 * have in common: ids, keys, owners, permissions (sysvipc(7)).
 *
 * Each kind has a table of objects; a kind's struct starts with a struct
 * sysv_object.  An id is sequence * 32768 + index.  The sequence grows each
 * time the indexes have gone round, so the id of a removed object is refused
 * (-EINVAL) long after its index is used again; Linux numbers so too.
 *
 * Life: made by sysv_get(), in the table with one reference -> removed, by
 * IPC_RMID or as the kind decides; who was asleep on it finds `removed`
 * (-EIDRM) -> the last reference destroys it.
 *
 * Locks: the table's, then one object's.  A locked object can't be removed, so
 * whoever does not sleep needs no reference.
 */
#pragma once

#include "kernel/fs/procfs.h"
#include "kernel/lib/avl.h"
#include "kernel/spinlock.h"

#define IPC_PRIVATE     0
#define IPC_CREAT       01000
#define IPC_EXCL        02000
#define IPC_NOWAIT      04000

/* Commands of all *ctl calls. */
#define IPC_RMID        0
#define IPC_SET         1
#define IPC_STAT        2
#define IPC_INFO        3

#define SYSV_INDEXES    32768       /* most objects of a kind */

/* What sysv_check_access_locked() may be asked for: bits of all three classes,
 * as the mode of a *get call has them. */
#define SYSV_READ       0444
#define SYSV_WRITE      0222

struct sysv_object;

struct sysv_table {
    /* set at birth, then constant */
    /*
     * A new object, zeroed but for what only its kind knows.  May sleep.
     * -ENOMEM, -EINVAL (the size), -ENOSPC (the kind's own limits).
     */
    int (*create)(size_t size, int flags, struct sysv_object **out);
    /* May an existing one be had by this size? -EINVAL.  NULL: by any.  Called
     * with both locks held. */
    int (*check_size)(struct sysv_object *o, size_t size);
    /* Free it: it is in no table and nobody refers to it.  May not sleep. */
    void (*destroy)(struct sysv_object *o);
    /* It is being removed: end all waits for it.  Both locks are held. */
    void (*end)(struct sysv_object *o);
    /* Fill in what stands behind the permissions in what IPC_STAT gives; all
     * zero before.  The object is locked. */
    void (*describe)(struct sysv_object *o, void *status);
    /* IPC_SET, beside the permissions; -EPERM and nothing is changed.  NULL:
     * there is nothing else to set.  Both locks are held. */
    int (*adjust)(struct sysv_object *o, const void *status);
    u16 status_size;                /* at most SYSV_STATUS_MAX */
    u8 stat_command;                /* its *_STAT; *_STAT_ANY is two more */

    u64 limit;                      /* most objects; atomic (/proc/sys) */

    struct spinlock lock;           /* RANK_SYSV */
    /* guarded by lock */
    struct avl_tree by_index;
    struct avl_tree by_key;         /* all that have one */
    u32 used;                       /* objects in the table */
    u32 next;                       /* index to try first */
    u16 sequence;
};
#define SYSV_STATUS_MAX 120

/* Of functions kind_create() and kind_destroy(), with other fields behind. */
#define SYSV_TABLE(kind, most, ...) { \
        .create = kind##_create, .destroy = kind##_destroy, .limit = (most), \
        .lock = SPINLOCK_INIT(RANK_SYSV), ##__VA_ARGS__ \
    }

struct sysv_object {
    /* set at birth, then constant */
    struct sysv_table *table;
    int id;
    uid_t cuid;                     /* creator */
    gid_t cgid;

    u32 refs;                       /* atomic; the table has one */

    /* guarded by the table's lock */
    struct avl_node index_node;
    struct avl_node key_node;

    struct spinlock lock;           /* RANK_SYSV_SECOND; the kind's part too */
    /* guarded by lock */
    uid_t uid;                      /* owner */
    gid_t gid;
    mode_t mode;                    /* and whatever bits the kind adds */
    int key;                        /* IPC_PRIVATE: none; written under both */
    bool removed;                   /* not in the table any more */
    s64 change_time;                /* seconds since 1970 */
};

/* struct ipc64_perm of asm-generic/ipcbuf.h: the beginning of what IPC_STAT
 * gives for every kind. */
struct sysv_perm {
    int key;
    uid_t uid;
    gid_t gid;
    uid_t cuid;
    gid_t cgid;
    mode_t mode;
    u16 sequence;
    u16 pad[3];                     /* named, so that they are zeroed */
    u64 unused[2];
};
_Static_assert(sizeof(struct sysv_perm) == 48, "as user programs have it");

/*
 * semget(2), msgget(2), shmget(2): the id of the object with this key, or of a
 * new one.  -ENOENT, -EEXIST, -EACCES, -ENOSPC, and what create() and
 * check_size() say.  May sleep.
 */
long sysv_get(struct sysv_table *table, int key, size_t size, int flags);

/* Look up and lock an object.  -EINVAL: there is none with this id. */
int must_check sysv_lock(struct sysv_table *table, int id,
                         struct sysv_object **out);
/* The same, and the table stays locked. */
int must_check sysv_lock_with_table(struct sysv_table *table, int id,
                                    struct sysv_object **out);
/* The table alone; an object of it may be locked next. */
void sysv_lock_table(struct sysv_table *table);
void sysv_unlock_table(struct sysv_table *table);
/* Lock one that the caller has held on to; -EIDRM: it has been removed. */
int must_check sysv_lock_again(struct sysv_object *o);
void sysv_unlock(struct sysv_object *o);
void sysv_assert_locked(const struct sysv_object *o);

/* A reference, for whoever unlocks the object and comes back.  After that,
 * `removed` may have become true. */
static inline void sysv_hold(struct sysv_object *o)
{
    __atomic_add_fetch(&o->refs, 1, __ATOMIC_RELAXED);
}
/* Holds no lock of this file's. */
void sysv_put(struct sysv_object *o);

/* SYSV_READ, SYSV_WRITE, or any mode bits as Linux's ipcperms() takes them:
 * -EACCES. */
int must_check sysv_check_access_locked(const struct sysv_object *o,
                                        mode_t want);

/*
 * For what only its owner may do: look up an object and lock the table with it.
 * -EINVAL; -EPERM if the caller is neither owner nor creator nor root.
 */
int must_check sysv_lock_owned(struct sysv_table *table, int id,
                               struct sysv_object **out);
/* The same for an object at hand; it may have been removed. */
void sysv_lock_both(struct sysv_object *o);
void sysv_unlock_both(struct sysv_object *o);

/*
 * IPC_STAT, *_STAT, *_STAT_ANY, IPC_SET and IPC_RMID, with what the table says
 * of its kind.  Any other command is -EINVAL.  May sleep.
 */
long sysv_control(struct sysv_table *table, int id, int cmd, uptr_t arg);

/* Take it out of the table; both locks are held.  The table's reference is the
 * caller's from now on. */
void sysv_remove_locked(struct sysv_object *o);
/* Let no *get call find it any more (shm's IPC_RMID); both locks are held. */
void sysv_forget_key_locked(struct sysv_object *o);

/*
 * A call that waits for something of an object, on its thread's stack.  Whoever
 * makes that come true does the call's work and says what it comes to.
 */
struct sysv_wait {
    /* guarded by the object's lock */
    struct list node;
    struct waitq sleeper;           /* its thread */
    int result;
};

/*
 * Wait at the end of a list of the object's, which is unlocked at the end.  The
 * result that sysv_wake_locked() gave; if a signal or the deadline comes first,
 * -ERESTARTSYS or -ETIMEDOUT.  Sleeps.
 */
int sysv_wait_and_unlock(struct sysv_object *o, struct sysv_wait *w,
                         struct list *waits, nsec_t deadline);
void sysv_wake_locked(struct sysv_wait *w, int result);
/* The object goes: -EIDRM for all of them. */
void sysv_end_waits_locked(struct list *waits);

/* Seconds since 1970. */
s64 sysv_time(void);

/*
 * Memory that semaphore sets and messages take, in bytes: all users together
 * may have an eighth of the machine's, beside the limits of each kind.  False,
 * and nothing counted, if that would be too much.
 */
bool must_check sysv_charge(size_t bytes);
void sysv_uncharge(size_t bytes);

/* The greatest index in use and the number of objects, for IPC_INFO; the index
 * is 0 when there are none. */
int sysv_count(struct sysv_table *table, u32 *used);

/*
 * A file of /proc/sysvipc: titles, then a line for each object.  line() is
 * called with the object locked; key, id and mode are printed before it.
 */
int sysv_show(struct proc_text *t, struct sysv_table *table,
              const char *titles,
              void (*line)(struct proc_text *t, struct sysv_object *o));
/* Owner and creator, as they stand in the middle of each line. */
void sysv_show_owners(struct proc_text *t, const struct sysv_object *o);

/*
 * A file of /proc/sys/kernel: numbers that root may change, up to `most` each;
 * the `data` of its row is an array of them that ends with a NULL.  Linux's
 * names and order (proc(5)).
 */
struct sysv_setting {
    u64 *value;                     /* atomic */
    u64 most;
};
#define SYSV_SETTING(file, settings) \
    { .name = "sys/kernel/" file, .mode = S_IFREG | 0644, \
      .show = sysv_show_setting, .store = sysv_store_setting, \
      .data = (settings) }
int sysv_show_setting(struct proc_text *t, void *settings);
int sysv_store_setting(const char *text, size_t n, void *settings);

/* Register the files of /proc that belong to a kind. */
void sysv_sem_init(void);
void sysv_msg_init(void);
void sysv_shm_init(void);

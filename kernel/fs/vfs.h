/*
 * vfs.h - what a file system is made of: superblocks, inodes and the tree of
 * directory entries.
 *
 * Every name that is known is a dentry, found by one probe of a hash table
 * keyed by (parent, name); there are no negative ones.  tmpfs and devfs keep
 * their whole tree in these dentries: each existing name is pinned by one
 * reference, and what the table does not have does not exist.  Other file
 * systems are asked (inode_ops.lookup).
 *
 * Locks.  inode->lock, a mutex, guards a directory's names, and of a regular
 * file the writes and the size; parent before child, and of unrelated
 * directories only a rename holds two, one rename at a time.  It is taken
 * before an address space's lock (user copies happen under it), so no fault
 * handler may take it.  inode->attr
 * guards the attributes.  Moving a dentry needs both directories' locks and
 * the tree lock (mount.h).
 */
#pragma once

#include "kernel/fs/cred.h"
#include "kernel/fs/path.h"
#include "kernel/fs/stat.h"
#include "kernel/lib/avl.h"
#include "kernel/lib/list.h"
#include "kernel/mutex.h"
#include "mm/vmobj.h"

struct super;
struct file;
struct file_ops;
struct iter;
struct pipe;
struct file_locks;

/* Attributes that setattr changes; those named in `which`. */
#define ATTR_MODE   0x01
#define ATTR_UID    0x02
#define ATTR_GID    0x04
#define ATTR_ATIME  0x08
#define ATTR_MTIME  0x10
#define ATTR_SIZE   0x20

struct attr {
    unsigned which;
    mode_t mode;                /* permission bits */
    uid_t uid;
    gid_t gid;
    s64 atime, mtime;           /* ns since 1970 */
    u64 size;
};

struct inode {
    /* set at birth, then constant */
    ino_t ino;
    struct super *super;
    const struct inode_ops *ops;
    const struct file_ops *fops;    /* of files opened on it; devices, FIFOs
                                     * and sockets find theirs by type */
    dev_t rdev;
    void *private;                  /* the file system's */

    /* atomic */
    u32 refs;
    u32 nlink;                      /* changed under the directory's lock */
    s32 writers;                    /* files open for writing; < 0: images
                                     * being executed (-ETXTBSY) */

    struct spinlock attr;           /* RANK_INODE */
    /* guarded by attr; single words may be read without */
    mode_t mode;                    /* type (constant) and permissions */
    uid_t uid;
    gid_t gid;
    s64 atime, mtime, ctime, btime; /* ns since 1970 */

    struct mutex lock;
    /* guarded by lock */
    struct avl_tree children;       /* tmpfs directories: dentry.sibling */
    u64 next_cookie;                /* for the next name made here */
    bool dead;                      /* a removed directory: no new names */
    bool linkable;                  /* may get its first name: O_TMPFILE */
    union {
        struct pipe *pipe;          /* an open FIFO */
        struct unix_socket *socket; /* whose name it is; guarded by a lock in
                                     * kernel/net/unix_name.c */
    };
    unsigned seals;                 /* memfd: F_SEAL_* */

    struct file_locks *locks;       /* see lock.h; NULL: never had any */
    struct vmobj data;              /* of regular files; the size is its size */
};

struct make {                       /* what inode_ops.make shall make */
    mode_t mode;                    /* type and permissions, umask applied */
    dev_t rdev;                     /* of a device node */
    const char *target;             /* of a symbolic link */
    const void *extra;              /* open_how.extra */
};

/*
 * What a file system does with its inodes.  Unless said otherwise the names'
 * directory is locked, permissions are checked, and a missing function means
 * -EPERM.  All may sleep.
 */
struct inode_ops {
    /* The inode called `name` in dir with a reference.  -ENOENT.  NULL: what
     * is not cached does not exist. */
    int (*lookup)(struct inode *dir, const struct name *name,
                  struct inode **out);
    /* Make an inode for the fresh dentry d and set d->inode. */
    int (*make)(struct inode *dir, struct dentry *d, const struct make *what);
    /* The same for a file that gets no name (O_TMPFILE): nlink is 0. */
    int (*make_unnamed)(struct inode *dir, struct dentry *d, mode_t mode);
    /* One more name for an inode that is no directory. */
    int (*link)(struct inode *dir, struct dentry *d, struct inode *inode);
    /* Remove a name; of directories only empty ones: -ENOTEMPTY. */
    int (*unlink)(struct inode *dir, struct dentry *d);
    /* Move `from` to where `to` is in to_dir: a fresh dentry, or an existing
     * one that is replaced, or (flags: RENAME_EXCHANGE) changes places. */
    int (*rename)(struct inode *from_dir, struct dentry *from,
                  struct inode *to_dir, struct dentry *to, unsigned flags);
    /* The target of a symbolic link, no NUL; its length, cut to size. */
    ssize_t (*readlink)(struct inode *inode, char *buf, size_t size);
    /* A link that leads to a place rather than a name (/proc/self/fd/0). */
    int (*jump)(struct inode *inode, struct path *out);
    /* Called before attributes change (lock held for ATTR_SIZE), so that the
     * file system can refuse; NULL: any change but the size's. */
    int (*setattr)(struct inode *inode, const struct attr *a);
    /* Amend what the general part of stat(2) has filled in. */
    void (*getattr)(struct inode *inode, struct stat *st);
    /* Additional check after the mode bits; NULL: none. */
    int (*permission)(struct inode *inode, unsigned mask);
};

#define SUPER_NO_CACHE      1   /* names are looked up anew each time (/proc) */
#define SUPER_PINNED        2   /* the tree is in the dentries (tmpfs, devfs) */

#define SUPER_ANON      4   /* of inodes without names: pipes ... */

struct super_ops {
    /* The last reference is gone: free what hangs on it, and the inode. */
    void (*destroy_inode)(struct inode *inode);
    void (*statfs)(struct super *s, struct statfs *out);
    /* umount: nothing of it is in use any more; free everything. */
    void (*destroy)(struct super *s);
    /* Options for /proc/mounts, beginning with ','; may be NULL. */
    void (*show_options)(struct super *s, char *buf, size_t size);
};

struct super {
    /* set at birth, then constant */
    const struct super_ops *ops;
    const struct fs_type *type;
    struct dentry *root;
    dev_t dev;                      /* st_dev */
    unsigned flags;                 /* SUPER_* */
    u64 max_size;                   /* of a file, bytes */
    void *private;

    /* atomic */
    u32 mounts;                     /* the last one to go destroys it */
    u64 next_ino;
};

/* A kind of file system that mount(2) knows by name. */
struct fs_type {
    const char *name;
    bool needs_device;              /* /proc/filesystems: no "nodev" */
    /* Make (or find, with mounts + 1) a superblock; -errno. */
    int (*mount)(const struct fs_type *type, const char *source,
                 const char *options, struct super **out);
    struct fs_type *next;           /* fs_register's */
};

void fs_register(struct fs_type *type);
struct fs_type *fs_find_type(const char *name);
struct fs_type *fs_first_type(void);

/* --- superblocks ---------------------------------------------------------- */

/* Zeroed but for a new device number and the arguments.  NULL: no memory. */
struct super *super_create(const struct fs_type *type,
                           const struct super_ops *ops, unsigned flags);

/* Frees the struct; called at the end of super_ops.destroy. */
void super_free(struct super *s);

/* --- inodes --------------------------------------------------------------- */

/* In place: one reference, nlink 1, owner and times of now; the number is the
 * superblock's next one. */
void inode_init(struct inode *inode, struct super *s, mode_t mode);

/* A plain struct inode, and back (for super_ops.destroy_inode). */
struct inode *inode_create(struct super *s, mode_t mode);
void inode_free(struct inode *inode);

static inline void inode_get(struct inode *inode)
{
    __atomic_add_fetch(&inode->refs, 1, __ATOMIC_RELAXED);
}

/* May sleep (it may be the last one). */
void inode_put(struct inode *inode);

static inline u64 inode_size(const struct inode *inode)
{
    return READ_ONCE(inode->data.size);
}

/* A new inode in a set-group-id directory gets the directory's group, and a
 * directory the bit too. */
void inode_inherit_group(struct inode *inode, const struct inode *dir);

/* Set these times to now: ATTR_ATIME, ATTR_MTIME (with it ctime), TIME_C. */
#define TIME_C 0x100
void inode_touch(struct inode *inode, unsigned which);

/* An inode of no directory: pipes, eventfds, sockets, memfds. */
struct inode *inode_create_anon(mode_t mode);

/* inode_permission() for another's credentials; never sleeps unless the file
 * system has a say (ops->permission). */
int inode_permission_checked(struct inode *inode, unsigned mask,
                             const struct cred *cred);

static inline int inode_permission_as(struct inode *inode, unsigned mask,
                                      const struct cred *cred)
{
    /* Root needs no permission to read and write. */
    if (cred->fsuid == 0 && !(mask & MAY_EXEC) && !inode->ops->permission)
        return 0;
    return inode_permission_checked(inode, mask, cred);
}

/* --- directory entries ---------------------------------------------------- */

#define DENTRY_INLINE 40

struct dentry {
    /* changed under the bucket's lock, and the tree lock if it is findable;
     * read without by walk_skip() */
    struct dentry *hash_next, **hash_link;
    bool hashed;
    struct dentry *parent;          /* referenced; itself for a root */
    struct name name;               /* the text ends with a NUL */
    /* set before it can be found, then constant; referenced */
    struct inode *inode;
    /* atomic */
    u32 refs;
    u32 mounted;                    /* mounts that cover it */
    /* changed under the tree lock */
    struct mount *cover;            /* the mount that does, if it is one */
    /* guarded by the parent inode's lock */
    struct avl_node sibling;        /* key: its place in readdir */
    char inline_name[DENTRY_INLINE];
};

/* A new one that nobody can find yet; refers to parent (NULL: it is a root).
 * NULL: out of memory. */
struct dentry *dentry_create(struct dentry *parent, const struct name *name);

/* The root of a superblock; takes over the inode's reference. */
struct dentry *dentry_create_root(struct inode *inode);

static inline void dentry_get(struct dentry *d)
{
    __atomic_add_fetch(&d->refs, 1, __ATOMIC_RELAXED);
}

void dentry_destroy(struct dentry *d);      /* its references are gone */

static inline void dentry_put(struct dentry *d)     /* may sleep */
{
    if (unlikely(__atomic_sub_fetch(&d->refs, 1, __ATOMIC_ACQ_REL) == 0))
        dentry_destroy(d);
}

/* What the table has under (parent, name), with a reference, or NULL. */
struct dentry *dentry_lookup_cached(struct dentry *parent,
                                    const struct name *name);

/*
 * The same, or from the file system.  parent's inode is locked by the caller
 * (`locked`) or not.  -ENOENT, -ENOMEM and what the file system says.
 */
int dentry_lookup(struct dentry *parent, const struct name *name, bool locked,
                  struct dentry **out);

/* The same for whoever is inside a walk_enter(): without a reference, good
 * until walk_leave().  May miss one that is being moved. */
struct dentry *dentry_find_unlocked(const struct dentry *parent,
                                    const struct name *name);

/* One more reference, unless there is none any more: then what counts them
 * is going away. */
static inline bool get_live(u32 *count)
{
    u32 refs = READ_ONCE(*count);

    while (refs && !__atomic_compare_exchange_n(count, &refs, refs + 1, true,
                                                __ATOMIC_ACQUIRE,
                                                __ATOMIC_RELAXED))
        ;
    return refs;
}

/* Make it findable / unfindable; the parent's inode is locked. */
void dentry_hash(struct dentry *d);
void dentry_unhash(struct dentry *d);

/* rename: give `d` the place and name of `to`, and `to` those of d; without
 * `exchange` `to` cannot be found any more.  A look-up of the new name finds
 * one or the other at any time.  Both directories are locked. */
void dentry_move(struct dentry *d, struct dentry *to, bool exchange);

/* Is `d` below `ancestor`, or the same?  Neither can be moved meanwhile. */
bool dentry_is_below(struct dentry *d, struct dentry *ancestor);

static inline u32 name_hash_step(u32 hash, char c)
{
    return (hash ^ (u8)c) * 0x01000193u;
}

static inline struct name name_of(const char *text, size_t length)
{
    struct name n = { text, (u32)length, 0 };

    for (size_t i = 0; i < length; i++)
        n.hash = name_hash_step(n.hash, text[i]);
    return n;
}

void dentry_init_table(void);

/* For tests: every dentry in the table is hashed where it belongs. */
size_t dentry_check(void);

/* --- operations on names -------------------------------------------------- */

/* mknod(2), mkdir(2), symlink(2): -EEXIST ...; *out (may be NULL) is the new
 * entry with a reference.  All of these check permissions and may sleep. */
int vfs_make(const struct path *base, const char *name, const struct make *what,
             struct path *out);
int vfs_link(const struct path *target, const struct path *base,
             const char *name);
int vfs_unlink(const struct path *base, const char *name);
int vfs_rmdir(const struct path *base, const char *name);
int vfs_rename(const struct path *from_base, const char *from,
               const struct path *to_base, const char *to, unsigned flags);
ssize_t vfs_readlink(const struct path *p, char *buf, size_t size);

/* --- attributes ----------------------------------------------------------- */

void vfs_stat(struct inode *inode, struct stat *out);
int vfs_statfs(struct super *s, struct statfs *out);

/* -EROFS if the mount is read-only. */
int mount_writable(const struct mount *m);

/* chmod(2), chown(2) (-1: unchanged), utimensat(2), truncate(2), with their
 * permission checks. */
int vfs_chmod(const struct path *p, struct inode *inode, mode_t mode);
int vfs_chown(const struct path *p, struct inode *inode, uid_t uid, gid_t gid);

/* NULL times: now.  nsec may be UTIME_NOW or UTIME_OMIT. */
#define UTIME_NOW   0x3fffffff
#define UTIME_OMIT  0x3ffffffe
struct timespec;
int vfs_utimens(const struct path *p, struct inode *inode,
                const struct timespec *times);
int vfs_truncate(struct inode *inode, u64 size);

/* Writing takes the set-id bits away, unless root writes. */
void inode_strip_setid(struct inode *inode);

/* Bring up the tables, the root tmpfs and the /dev file system.  Boot only. */
void vfs_init(void);

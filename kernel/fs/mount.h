/*
 * mount.h - which file system is seen where: mount(2).
 *
 * The tree lock (RANK_MOUNT) guards the mount tree and, together with the
 * bucket's locks, parents and names of dentries; whoever goes upward holds it.
 */
#pragma once

#include "kernel/fs/vfs.h"

#define MS_RDONLY       1
#define MS_NOSUID       2
#define MS_NODEV        4
#define MS_NOEXEC       8
#define MS_REMOUNT      32
#define MS_BIND         4096
#define MS_MOVE         8192
#define MS_REC          16384
#define MS_SILENT       32768
#define MS_PRIVATE      (1 << 18)
#define MS_NOATIME      1024
#define MS_NODIRATIME   2048
#define MS_RELATIME     (1 << 21)
#define MS_STRICTATIME  (1 << 24)

#define MNT_FORCE       1
#define MNT_DETACH      2
#define MNT_EXPIRE      4
#define UMOUNT_NOFOLLOW 8

struct mount {
    /* set at birth, then constant */
    struct super *super;
    struct dentry *root;            /* referenced */
    u64 id;
    char source[64];

    u32 refs;                       /* atomic; the tree holds one */
    unsigned flags;                 /* MS_*; changed by remount, atomic */

    /* guarded by the tree lock */
    struct mount *parent;           /* referenced; itself for the root */
    struct dentry *point;           /* of the parent, referenced */
    struct list children, sibling;
    struct list all_node;
};

extern struct spinlock tree_lock;

static inline void mount_get(struct mount *m)
{
    __atomic_add_fetch(&m->refs, 1, __ATOMIC_RELAXED);
}

void mount_destroy(struct mount *m);

static inline void mount_put(struct mount *m)       /* may sleep */
{
    if (unlikely(__atomic_sub_fetch(&m->refs, 1, __ATOMIC_ACQ_REL) == 0))
        mount_destroy(m);
}

void mount_anon_init(void);         /* boot only */

/* The first root: becomes everybody's. */
int mount_root(struct super *s);
extern struct path initial_root;

/* A mount that is in no tree, for calls that name files without a path: *out is
 * its root.  Takes over one count of s->mounts.  -ENOMEM. */
int mount_detached(struct super *s, struct path *out);

/*
 * Replace *p by what is mounted on it, as long as something is; and by what
 * the root of its mount covers.  References move along.
 */
void mount_cross_down(struct path *p);
bool mount_cross_up(struct path *p);

/*
 * A place for an inode that has none (a pipe, a memfd), so that it can be
 * opened again through /proc/self/fd.  -ENOMEM.
 */
int mount_anon_path(struct inode *inode, struct path *out);

/* mount(2), umount2(2): `at` is where.  The caller is checked to be root. */
int vfs_mount(const char *source, const struct path *at, const char *type,
              unsigned long flags, const char *options);
int vfs_umount(const struct path *at, unsigned flags);

/* For /proc/mounts: fn(m, arg) for each, in order of mounting; no lock held. */
int mount_for_each(int (*fn)(struct mount *m, void *arg), void *arg);

/* "rw,nosuid" and so on, for /proc/mounts. */
void mount_format_flags(const struct mount *m, char *buf, size_t size);

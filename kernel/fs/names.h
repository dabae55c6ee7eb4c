/* names.h - steps that several operations on names share.  Private to
 * kernel/fs. */
#pragma once

#include "kernel/fs/vfs.h"

/* May the running thread make a name in dir, or remove d from it?  -EROFS,
 * -EACCES, -ENOENT (removed directory), -EPERM (sticky), -EBUSY (mounted).
 * dir is locked. */
int may_make(const struct mount *m, struct inode *dir);
int may_remove(const struct mount *m, struct inode *dir, struct dentry *d);

/* Make an absent name; parent's inode is locked; *out is referenced. */
int make_locked(const struct path *parent, const struct name *name,
                const struct make *what, struct dentry **out);

/* A name comes to be, or ceases: table and pin. */
void dentry_publish(struct dentry *d);
void dentry_withdraw(struct dentry *d);

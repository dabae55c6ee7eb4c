/* perm.c - who may do what to an inode (path_resolution(7), "Permissions"). */
#include "kernel/fs/vfs.h"

#include "kernel/fs/task.h"
#include "kernel/lib/errno.h"

int inode_permission_checked(struct inode *inode, unsigned mask,
                             const struct cred *cred)
{
    mode_t mode = inode->mode;

    if (cred->fsuid == 0) {
        /* Root needs no permission, but a file must be executable for some. */
        if ((mask & MAY_EXEC) && !S_ISDIR(mode) && !(mode & 0111))
            return -EACCES;
    } else {
        mode_t bits = mode;

        if (cred->fsuid == inode->uid)
            bits >>= 6;
        else if (cred_in_group(cred, inode->gid))
            bits >>= 3;
        if (mask & ~bits & 7)
            return -EACCES;
    }
    if (unlikely(inode->ops->permission))
        return inode->ops->permission(inode, mask);
    return 0;
}

int inode_permission(struct inode *inode, unsigned mask)
{
    return inode_permission_as(inode, mask, current_cred());
}

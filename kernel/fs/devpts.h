/*
 * devpts.h - the file system on /dev/pts: a node for each pseudo-terminal whose
 * master is open (pts(4)).  There is one, however often it is mounted; names in
 * it come and go only with terminals.
 */
#pragma once

#include "kernel/fs/file.h"

/*
 * Make the node of slave `index`: the running process owns it, group 5 (tty)
 * may write.  *node is the inode, borrowed until devpts_remove().  May sleep;
 * -ENOMEM.
 */
int devpts_add(unsigned index, const struct file_ops *ops,
               struct inode **node);

void devpts_remove(unsigned index);

/* The group of terminals, in the numbering of all distributions. */
#define GROUP_TTY 5

/* Registers the type; boot only.  `ptmx`: of the node by which masters are
 * opened, which is here as well as in /dev. */
void devpts_init(const struct file_ops *ptmx);

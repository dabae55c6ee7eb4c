/* initramfs.h - fill the root file system from cpio archives in memory. */
#pragma once

#include "kernel/lib/types.h"

/*
 * Unpack the archives at `data` into the root file system; everything is
 * copied.  0; otherwise -errno and *why says in words what is wrong (and
 * *offset where): the tree is then incomplete.
 */
int initramfs_unpack(const void *data, size_t size, const char **why,
                     size_t *offset);

/*
 * devfs.h - the file system on /dev, and device numbers.
 *
 * A device is a number with file operations.  A node of that number on any file
 * system leads to it; devfs_add() also makes one in /dev.
 */
#pragma once

#include "kernel/fs/file.h"

/*
 * Register a character device and make /dev/<name>, a plain name.  `mode` is
 * permissions; data goes to f->private of files opened.  -EEXIST, -ENOMEM.
 */
int devfs_add(const char *name, mode_t mode, dev_t rdev,
              const struct file_ops *ops, void *data);

/* The same for block devices. */
int devfs_add_block(const char *name, mode_t mode, dev_t rdev,
                    const struct file_ops *ops, void *data);

/* The operations behind a device number; NULL: none. */
const struct file_ops *device_find(mode_t type, dev_t rdev, void **data);

/* Is there a device with that major number? */
bool device_has_major(mode_t type, unsigned major);

/* Linux' numbers (Documentation/admin-guide/devices.txt). */
#define DEV_NULL        dev_make(1, 3)
#define DEV_ZERO        dev_make(1, 5)
#define DEV_FULL        dev_make(1, 7)
#define DEV_RANDOM      dev_make(1, 8)
#define DEV_URANDOM     dev_make(1, 9)
#define DEV_KMSG        dev_make(1, 11)
#define DEV_TTY         dev_make(5, 0)
#define DEV_CONSOLE     dev_make(5, 1)
#define DEV_PTMX        dev_make(5, 2)
#define DEV_TTYS0       dev_make(4, 64)
#define DEV_PTS_MAJOR   136

void devfs_init(void);          /* the file system, and the memory devices */

/*
 * cpio.h - walk an initramfs: one or more cpio archives of the "new ASCII"
 * format (newc, magic 070701, or 070702 with a checksum) in memory, as Linux'
 * buffer format describes them: zero bytes may stand between archives, all
 * parts are padded to 4 bytes.  Pure; it never reads outside the range.
 */
#pragma once

#include "kernel/lib/types.h"

#define CPIO_NAME_MAX 4096      /* bytes of a name, with its NUL */

struct cpio_reader {
    const u8 *base;         /* set by cpio_open, then constant */
    size_t size;
    size_t offset;          /* where the next entry begins */
    size_t archive;         /* where the current archive began */
    bool inside;            /* between an archive's first entry and its end */
    const char *error;      /* why cpio_next failed, in words */
};

struct cpio_entry {
    const char *name;       /* in the archive, NUL-terminated, not empty */
    const u8 *data;         /* in the archive; for a symlink, its target */
    u32 size;               /* bytes of data */
    u32 ino;
    u32 mode;               /* type and permission bits as in struct stat */
    u32 uid, gid;
    u32 nlink;
    u32 mtime;              /* seconds since 1970 */
    u32 dev_major, dev_minor;       /* of the file system it was on */
    u32 rdev_major, rdev_minor;     /* of the device it is */
};

/* Begin to walk size bytes at base (any alignment), which must stay put. */
void cpio_open(struct cpio_reader *reader, const void *base, size_t size);

/*
 * The next entry of any of the archives; trailers are not shown.  1 with
 * *entry filled in, 0 at a proper end, -EINVAL with reader->error and
 * reader->offset saying what is wrong where; a further call says it again.
 *
 * Of files with several links (nlink > 1) each name is an entry of its own,
 * and by custom only one of them, mostly the last, carries the data.
 */
int cpio_next(struct cpio_reader *reader, struct cpio_entry *entry);

/*
 * If entry, the latest from cpio_next, is a further link to a file that the
 * same archive had before: true, and *first is that file's first entry.
 * Walks the archive again; meant for the few entries with nlink > 1.
 */
bool cpio_find_link(const struct cpio_reader *reader,
                    const struct cpio_entry *entry, struct cpio_entry *first);

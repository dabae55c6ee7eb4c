/*
 * stat.h - file types and modes, and the structures of stat(2), statx(2),
 * statfs(2) and getdents64(2) as Linux for riscv64 lays them out.
 */
#pragma once

#include "kernel/lib/types.h"

#define S_IFMT      0170000
#define S_IFSOCK    0140000
#define S_IFLNK     0120000
#define S_IFREG     0100000
#define S_IFBLK     0060000
#define S_IFDIR     0040000
#define S_IFCHR     0020000
#define S_IFIFO     0010000
#define S_ISUID     0004000
#define S_ISGID     0002000
#define S_ISVTX     0001000
#define S_PERM      0007777         /* all that chmod(2) sets */

#define S_ISREG(m)  (((m) & S_IFMT) == S_IFREG)
#define S_ISDIR(m)  (((m) & S_IFMT) == S_IFDIR)
#define S_ISLNK(m)  (((m) & S_IFMT) == S_IFLNK)
#define S_ISCHR(m)  (((m) & S_IFMT) == S_IFCHR)
#define S_ISBLK(m)  (((m) & S_IFMT) == S_IFBLK)
#define S_ISFIFO(m) (((m) & S_IFMT) == S_IFIFO)
#define S_ISSOCK(m) (((m) & S_IFMT) == S_IFSOCK)

/* The type of a directory entry: DT_DIR and so on. */
#define DT_OF(mode) (((mode) & S_IFMT) >> 12)

/* Device numbers as user programs see them. */
#define dev_make(major, minor) \
    ((dev_t)((((u64)(major) & 0xfff) << 8) | ((u64)(minor) & 0xff) | \
             (((u64)(minor) & 0xfff00) << 12)))
#define dev_major(dev)  ((unsigned)((dev) >> 8) & 0xfff)
#define dev_minor(dev)  ((unsigned)(((dev) & 0xff) | (((dev) >> 12) & 0xfff00)))

struct stat_time {
    s64 sec;
    s64 nsec;
};

struct stat {
    u64 dev;
    u64 ino;
    u32 mode;
    u32 nlink;
    u32 uid, gid;
    u64 rdev;
    u64 pad1;
    s64 size;
    s32 blksize;
    s32 pad2;
    s64 blocks;                     /* of 512 bytes */
    struct stat_time atime, mtime, ctime;
    u32 unused[2];
};
_Static_assert(sizeof(struct stat) == 128, "struct stat of riscv64");

#define STATX_BASIC_STATS   0x7ff
#define STATX_BTIME         0x800
#define STATX_MNT_ID        0x1000

struct statx_time {
    s64 sec;
    u32 nsec;
    s32 pad;
};

struct statx {
    u32 mask, blksize;
    u64 attributes;
    u32 nlink, uid, gid;
    u16 mode, pad1;
    u64 ino, size, blocks, attributes_mask;
    struct statx_time atime, btime, ctime, mtime;
    u32 rdev_major, rdev_minor, dev_major, dev_minor;
    u64 mnt_id;
    u64 spare[13];
};
_Static_assert(sizeof(struct statx) == 256, "struct statx");

struct statfs {
    u64 type, bsize, blocks, bfree, bavail, files, ffree;
    u32 fsid[2];
    u64 namelen, frsize, flags;
    u64 spare[4];
};
_Static_assert(sizeof(struct statfs) == 120, "struct statfs of riscv64");

/* The head of an entry of getdents64(2); the name with its NUL follows. */
struct dirent_head {
    u64 ino;
    s64 next;                       /* position behind this entry */
    u16 length;                     /* of the whole, a multiple of 8 */
    u8 type;                        /* DT_OF(mode) */
} __attribute__((packed));

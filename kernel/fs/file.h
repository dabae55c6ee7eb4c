/*
 * file.h - open files: what a descriptor stands for.
 */
#pragma once

#include "kernel/fs/fcntl.h"
#include "kernel/fs/path.h"
#include "kernel/fs/vfs.h"
#include "kernel/mutex.h"
#include "mm/iter.h"

struct poll_table;
struct vm_map;

/* Modes of an open file. */
#define FILE_READ       0x01
#define FILE_WRITE      0x02
#define FILE_SEEK       0x04    /* has a position that lseek may move */
#define FILE_PATH       0x08    /* O_PATH: only names a place */
#define FILE_EXEC       0x10    /* holds off writers while it is open */
#define FILE_WRITER     0x20    /* counted in inode->writers */

struct file {
    /* set at birth, then constant */
    const struct file_ops *ops;
    struct path path;           /* both NULL for a file without a name */
    struct inode *inode;        /* referenced */
    void *private;              /* the driver's */
    u32 mode;                   /* FILE_* */

    /* atomic */
    u32 refs;
    u32 flags;                  /* O_*; F_SETFL changes some */

    struct mutex position_lock;
    /* guarded by position_lock */
    off_t position;

    struct spinlock lock;       /* RANK_FILE */
    /* guarded by lock */
    pid_t owner;                /* of SIGIO: F_SETOWN */
    int owner_signal;
    struct list watches;        /* epoll items; guarded by epoll's mutex */
};

/* Receives the entries of a directory.  false: full, stop before this one. */
struct dir_sink {
    bool (*emit)(struct dir_sink *sink, const struct name *name, ino_t ino,
                 unsigned type, off_t next);
};

/*
 * What can be done with an open file.  A missing function is an error that the
 * caller knows (read: -EINVAL, ioctl: -ENOTTY ...).  All may sleep.  Results
 * as those of the system calls.
 */
struct file_ops {
    const char *name;           /* of files without one: "pipe", "eventfd" */

    /* A file was opened on an inode with these operations. */
    int (*open)(struct inode *inode, struct file *f);
    /* The running process closes a descriptor of it. */
    void (*close)(struct file *f);
    /* The last reference is gone. */
    void (*release)(struct file *f);

    /* Move bytes between the file at *pos and the iterator; advances *pos.
     * Streams ignore it.  O_APPEND and O_NONBLOCK are in f->flags. */
    ssize_t (*read)(struct file *f, struct iter *to, off_t *pos);
    ssize_t (*write)(struct file *f, struct iter *from, off_t *pos);

    /* The new position for lseek; NULL with FILE_SEEK: by the inode's size. */
    off_t (*seek)(struct file *f, off_t offset, int whence);

    /* Give entries from f->position on to sink; updates it.  The directory is
     * locked.  0 or -errno. */
    int (*readdir)(struct file *f, struct dir_sink *sink);

    /* POLLIN ... that hold now; registers with `pt` if not NULL.  NULL: always
     * ready (kernel/fs/poll.h). */
    unsigned (*poll)(struct file *f, struct poll_table *pt);

    /* -ENOTTY for commands it does not know. */
    long (*ioctl)(struct file *f, unsigned cmd, u64 arg);

    /* Set m->obj to the object to map, with a reference (the caller drops it),
     * or leave it NULL for private memory.  NULL: -ENODEV. */
    int (*mmap)(struct file *f, struct vm_map *m);

    int (*fsync)(struct file *f);
    int (*fallocate)(struct file *f, int mode, u64 offset, u64 length);
};

/* --- references ----------------------------------------------------------- */

static inline void file_get(struct file *f)
{
    __atomic_add_fetch(&f->refs, 1, __ATOMIC_RELAXED);
}

void file_release(struct file *f);  /* its references are gone */

static inline void file_put(struct file *f)     /* may sleep: the last one */
{
    if (__atomic_sub_fetch(&f->refs, 1, __ATOMIC_ACQ_REL) == 0)
        file_release(f);
}

/* --- opening -------------------------------------------------------------- */

/* How to open, as openat(2) has it. */
struct open_how {
    unsigned flags;                 /* O_* */
    mode_t mode;                    /* for O_CREAT; the umask is applied */
    const void *extra;              /* for O_CREAT: what a file system's own
                                     * call tells inode_ops.make (mq_open) */
};

/*
 * open(2) without the descriptor: *out has one reference.  May sleep, also for
 * long (FIFOs).
 */
int file_open(const struct path *base, const char *name,
              const struct open_how *how, struct file **out);

/* Open what `p` names (no creation); for /proc/self/fd and the like. */
int file_open_path(const struct path *p, unsigned flags, struct file **out);

/* For exec: a regular file that may be executed, with writers held off until
 * it is closed.  -EACCES, -ETXTBSY ... */
int file_open_exec(const struct path *base, const char *name, unsigned walk,
                   struct file **out);

/* A file without a name on `inode` (takes its own reference); `flags` O_*.
 * NULL: out of memory. */
struct file *file_create_anon(struct inode *inode, const struct file_ops *ops,
                              void *private, unsigned flags);

/* Change those of f->flags that are in the mask. */
void file_set_flags(struct file *f, u32 mask, u32 flags);

/* --- using ---------------------------------------------------------------- */

/*
 * read(2) and write(2) at the file's own position; pread(2) and pwrite(2) at
 * *pos.  They check the mode and clip the length to TRANSFER_MAX.
 */
ssize_t file_read_positioned(struct file *f, struct iter *to);
ssize_t file_write_positioned(struct file *f, struct iter *from);

/* The most that one call moves, as on Linux. */
#define TRANSFER_MAX 0x7ffff000ul

static inline ssize_t file_read(struct file *f, struct iter *to)
{
    /* Streams and devices need no position. */
    if (likely((f->mode & (FILE_READ | FILE_SEEK)) == FILE_READ &&
               f->ops->read && to->left <= TRANSFER_MAX))
        return f->ops->read(f, to, &f->position);
    return file_read_positioned(f, to);
}

static inline ssize_t file_write(struct file *f, struct iter *from)
{
    if (likely((f->mode & (FILE_WRITE | FILE_SEEK)) == FILE_WRITE &&
               f->ops->write && from->left <= TRANSFER_MAX))
        return f->ops->write(f, from, &f->position);
    return file_write_positioned(f, from);
}

ssize_t file_pread(struct file *f, struct iter *to, off_t pos);
ssize_t file_pwrite(struct file *f, struct iter *from, off_t pos);

/* n bytes at offset into kernel memory; fewer only at the end of file. */
ssize_t file_read_kernel(struct file *f, void *buf, size_t n, u64 offset);

off_t file_seek(struct file *f, off_t offset, int whence);
int file_readdir(struct file *f, struct dir_sink *sink);
long file_ioctl(struct file *f, unsigned cmd, u64 arg);
int file_truncate(struct file *f, u64 size);
int file_allocate(struct file *f, int mode, u64 offset, u64 length);
int file_sync(struct file *f);

/*
 * For mmap(2): checks the modes against m->flags, sets m->file and m->obj (the
 * caller drops that reference when mapped).  -EACCES, -ENODEV.
 */
int file_mmap(struct file *f, struct vm_map *m);

/* What a descriptor's name in /proc/self/fd says; *start inside buf. */
int file_format_name(struct file *f, char *buf, size_t size, char **start);

/* Files open in the whole system, for /proc/sys/fs/file-nr and leak tests. */
u64 file_count(void);

/* Operations shared by file systems whose data is in inode->data (data.c). */
ssize_t data_file_read(struct file *f, struct iter *to, off_t *pos);
ssize_t data_file_write(struct file *f, struct iter *from, off_t *pos);
int data_file_mmap(struct file *f, struct vm_map *m);
off_t data_file_seek(struct file *f, off_t offset, int whence);
int data_file_allocate(struct file *f, int mode, u64 offset, u64 length);

#define FALLOC_FL_KEEP_SIZE     1
#define FALLOC_FL_PUNCH_HOLE    2

/* memfd seals; fcntl(2). */
#define F_SEAL_SEAL         1
#define F_SEAL_SHRINK       2
#define F_SEAL_GROW         4
#define F_SEAL_WRITE        8
#define F_SEAL_FUTURE_WRITE 16
#define SEALS_ALL           31
#define SEALS_ALLOWED       (1u << 31)      /* inode->seals: it is a memfd */
int file_add_seals(struct file *f, unsigned seals);
int file_get_seals(struct file *f);

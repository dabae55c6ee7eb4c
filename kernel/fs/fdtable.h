/*
 * fdtable.h - a process's descriptors (seed: dfs_fdtable; lwp.md row A-25).
 *
 * The table of a single thread is read without lock or reference count: nobody
 * else can close its files.  A shared one (CLONE_FILES) is locked and the file
 * counted for the time of the call.  fd_get() decides; fd_put() knows.
 */
#pragma once

#include "kernel/fs/file.h"
#include "kernel/fs/task.h"

#define FD_INLINE           64

struct fdtable {
    u32 refs;                   /* atomic: tasks that use it */
    struct spinlock lock;       /* RANK_FDTABLE */
    /* guarded by lock; read without by the only user */
    unsigned capacity;          /* a multiple of 64 */
    unsigned first_free;        /* no descriptor below it is free */
    struct file **files;        /* NULL: free, or reserved */
    u64 *used;                  /* bit per descriptor: open or reserved */
    u64 *cloexec;
    struct file *inline_files[FD_INLINE];
    u64 inline_used, inline_cloexec;
};

struct fdtable *fdtable_create(void);           /* empty; NULL: no memory */

/* fork: the same open files; descriptors being opened are left out. -ENOMEM. */
int fdtable_copy(struct fdtable *from, struct fdtable **out);

static inline void fdtable_get(struct fdtable *t)
{
    __atomic_add_fetch(&t->refs, 1, __ATOMIC_RELAXED);
}

void fdtable_put(struct fdtable *t);            /* closes all; may sleep */

/* exec: close what has FD_CLOEXEC.  The table is not shared. */
void fdtable_close_on_exec(struct fdtable *t);

/* A file that a system call uses. */
struct fdref {
    struct file *file;          /* NULL: bad descriptor */
    bool counted;               /* false with no file */
};

struct fdref fd_get_shared(struct fdtable *t, unsigned fd);

/* The running user thread's file `fd`, for the time of a system call; also
 * O_PATH ones. */
static inline struct fdref fd_get_any(unsigned fd)
{
    struct fdtable *t = current_thread()->fs_task->fdt;

    if (unlikely(READ_ONCE(t->refs) != 1))
        return fd_get_shared(t, fd);
    if (unlikely(fd >= t->capacity))
        return (struct fdref){ NULL, false };
    return (struct fdref){ t->files[(int)fd], false };
}

/* The quick way for the commonest calls: the file, if the table is private and
 * has it; NULL: do it the long way. */
static inline struct file *fd_find_private(unsigned fd)
{
    struct fdtable *t = current_thread()->fs_task->fdt;

    if (unlikely(READ_ONCE(t->refs) != 1 || fd >= t->capacity))
        return NULL;
    return t->files[(int)fd];
}

static inline void fd_put(struct fdref r)
{
    if (unlikely(r.counted))
        file_put(r.file);
}

/* The same without O_PATH ones: most calls refuse those with -EBADF. */
static inline struct fdref fd_get(unsigned fd)
{
    struct fdref r = fd_get_any(fd);

    if (likely(r.file) && unlikely(r.file->mode & FILE_PATH)) {
        fd_put(r);
        r = (struct fdref){ NULL, false };
    }
    return r;
}

/* The file with a reference of its own, or NULL; for keeping. */
struct file *fd_lookup(struct fdtable *t, unsigned fd);

/*
 * Opening takes two steps, so that nothing is opened that has no place:
 * reserve the lowest free descriptor >= from (-EMFILE, -EINVAL if from is not
 * below the limit, -ENOMEM), then install the file (the table takes over its
 * reference) or give the descriptor back.
 */
int fd_reserve(unsigned from, bool cloexec);
void fd_install_locking(struct fdtable *t, unsigned fd, struct file *f);
static inline void fd_install(unsigned fd, struct file *f)
{
    struct fdtable *t = current_task()->fdt;

    if (likely(READ_ONCE(t->refs) == 1))
        __atomic_store_n(&t->files[fd], f, __ATOMIC_RELEASE);
    else
        fd_install_locking(t, fd, f);
}
void fd_unreserve(unsigned fd);

/* Both steps: the descriptor, or -errno and the reference is dropped. */
int fd_add(struct file *f, bool cloexec);

/* The same with two files, whose descriptors go to a program's int[2].  0, or
 * -errno and both references are dropped. */
int fd_add_pair(struct file *files[2], bool cloexec, uptr_t user_fds);

/* close(2), dup3(2), close_range(2).  May sleep. */
int fd_close(unsigned fd);
int fd_dup_to(unsigned from, unsigned to, bool cloexec);
int fd_close_range(unsigned first, unsigned last);

/* Does fd stand for f, and not for another file by now, or none? */
bool fd_is(unsigned fd, const struct file *f);

int fdtable_cloexec(struct fdtable *t, unsigned fd);    /* 0, 1, -EBADF */
int fd_cloexec(unsigned fd);
int fd_set_cloexec(unsigned fd, bool on);
int fd_set_cloexec_range(unsigned first, unsigned last);

/* The lowest open descriptor >= from of a table, or -1; for /proc. */
int fdtable_next(struct fdtable *t, unsigned from);

/* Assert: bitmaps and pointers agree.  The number of open files. */
unsigned fdtable_check(struct fdtable *t);

/*
 * procfs.h - /proc: a frame of directories and files that are made up when
 * read.  What a process looks like comes from the layer above.
 */
#pragma once

#include "kernel/fs/file.h"

/*
 * A text being made: print into it; grows as needed.  After an allocation
 * failure further output is dropped and reading gives -ENOMEM.
 *
 * A long text is made in parts: when proc_text_full(), set `next` to anything
 * but 0 and return; the function is called again for what follows, with that
 * in `from`, which is 0 for the beginning.
 */
struct proc_text {
    char *text;
    size_t length, room;
    u64 from, next;
    bool failed;
};
void proc_print(struct proc_text *t, const char *format, ...) printf_like(2, 3);
void proc_write(struct proc_text *t, const void *bytes, size_t n);

/* Make one column, in place, of a name that a program chose: "-" if it is empty
 * (there is room for two bytes), '?' for what is no visible character. */
void proc_clean_column(char *name);

#define PROC_PART 8192
static inline bool proc_text_full(const struct proc_text *t)
{
    return t->length >= PROC_PART;
}

/* Makes the text of a file; -errno fails the open or read. */
typedef int (*proc_show_fn)(struct proc_text *t, void *data);
/* Takes what was written to it (kernel copy with NUL); -errno. */
typedef int (*proc_store_fn)(const char *text, size_t n, void *data);
/* Moves bytes at *pos, which it advances: files that are no text. */
typedef ssize_t (*proc_move_fn)(void *process, struct iter *it, off_t *pos);

/*
 * A file.  Of a process: a name in /proc/<pid>, and `data` above is the handle.
 * Of the system: a path in /proc, and `data` is the field of that name.  Without
 * `store` or `write`, writing is -EINVAL.
 */
struct proc_file {
    const char *name;
    mode_t mode;                        /* type and permissions */
    u8 how;                             /* PROC_* below */
    union {
        proc_show_fn show;
        proc_move_fn read;              /* PROC_RAW */
        /* S_IFLNK, leads to a place: with references; -ENOENT. */
        int (*jump)(void *process, struct path *out);
    };
    union {
        proc_store_fn store;
        proc_move_fn write;             /* PROC_RAW */
    };
    const void *data;
};
#define PROC_GUARDED    1       /* only for those who may inspect the process */
#define PROC_RAW        2

/* Rows of files that anybody may read: with a function of their own, or the
 * string or number that they show. */
#define PROC_SHOW(path, function) \
    { .name = path, .mode = S_IFREG | 0444, .show = function }
#define PROC_VALUE(path, kind, value) \
    { .name = path, .mode = S_IFREG | 0444, .show = proc_show_##kind, \
      .data = (const void *)(value) }

/* Add files of the system; missing directories are made.  Ends with a NULL
 * name; the rows stay in use.  Boot only. */
void procfs_add(const struct proc_file *files);

/* `show` for files whose text is a string or a number, their `data`. */
int proc_show_string(struct proc_text *t, void *string);
int proc_show_number(struct proc_text *t, void *number);

/* What several files show: proc_pid_mounts(5), proc_pid_mountinfo(5). */
int proc_show_mounts(struct proc_text *t, void *unused);
int proc_show_mountinfo(struct proc_text *t, void *unused);

/*
 * Processes.  A handle is what the upper layer calls a process or thread: it
 * stays valid from get to put, also after the process is gone.
 */
struct procfs_process_ops {
    /* The process `pid`, or the one of thread `pid`, with a reference; NULL:
     * there is none.  With thread_of not NULL, a thread of that process. */
    void *(*get)(pid_t pid, void *thread_of);
    void (*put)(void *process);
    /* Has it not been reaped (a thread: not exited) yet? */
    bool (*exists)(void *process);
    /* The lowest pid >= from, -1: none.  As above for threads. */
    pid_t (*next)(pid_t from, void *threads_of);
    pid_t (*self)(void);                /* the running process and thread */
    pid_t (*self_thread)(void);
    /* Owner of its directory, and of what is in there. */
    void (*owner)(void *process, bool inside, uid_t *uid, gid_t *gid);
    /* May the running thread look into it (ptrace(2), "access mode checking")?
     * -EACCES. */
    int (*may_inspect)(void *process);
    /* Its descriptors, with a reference; NULL if it has exited. */
    struct fdtable *(*files)(void *process);
    /* Names in /proc/<pid>, beside fd/ and task/; ends with a NULL name. */
    const struct proc_file *entries;
};
void procfs_set_process_ops(const struct procfs_process_ops *ops);

/* Registers the file system type "proc" and the files of the system. */
void procfs_init(void);

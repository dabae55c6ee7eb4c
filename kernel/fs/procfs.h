/*
 * procfs.h - /proc: a frame of directories and files that are made up when
 * read.  What a process looks like comes from the layer above.
 */
#pragma once

#include "kernel/fs/file.h"

/*
 * A text being made: print into it; grows as needed.  After an allocation
 * failure further output is dropped and reading gives -ENOMEM.
 */
struct proc_text {
    char *text;
    size_t length, room;
    bool failed;
};
void proc_print(struct proc_text *t, const char *format, ...) printf_like(2, 3);
void proc_write(struct proc_text *t, const void *bytes, size_t n);

/* Makes the text of a file; -errno fails the open or read. */
typedef int (*proc_show_fn)(struct proc_text *t, void *data);
/* Takes what was written to it (kernel copy with NUL); -errno. */
typedef int (*proc_store_fn)(const char *text, size_t n, void *data);

/* A file of the whole system: "meminfo", "sys/kernel/hostname".  Missing
 * directories are made.  store may be NULL.  -ENOMEM, -EEXIST.  Boot only. */
int procfs_add(const char *name, mode_t mode, proc_show_fn show,
               proc_store_fn store);

/* What several files show: proc_mounts(5). */
int proc_show_mounts(struct proc_text *t, void *unused);

/*
 * Processes.  A handle is what the upper layer calls a process or thread: it
 * stays valid from get to put, also after the process is gone.
 */
struct proc_file {                      /* one name in /proc/<pid> */
    const char *name;
    mode_t mode;                        /* type and permissions */
    /* Regular files; `process` is a handle. */
    int (*show)(struct proc_text *t, void *process);
    int (*store)(const char *text, size_t n, void *process);
    /* Symbolic links that lead to a place (exe, cwd, root): with references;
     * -ENOENT. */
    int (*jump)(void *process, struct path *out);
};

struct procfs_process_ops {
    /* The process `pid` with a reference, NULL: there is none.  With tid_of
     * not NULL, a thread of that process. */
    void *(*get)(pid_t pid, void *thread_of);
    void (*put)(void *process);
    /* The lowest pid >= from, -1: none.  As above for threads. */
    pid_t (*next)(pid_t from, void *threads_of);
    pid_t (*self)(void);                /* the running process and thread */
    pid_t (*self_thread)(void);
    /* Owner of its files. */
    void (*owner)(void *process, uid_t *uid, gid_t *gid);
    /* May the running thread look into it (fd/, environ, exe)? -EACCES. */
    int (*may_inspect)(void *process);
    /* Its descriptors, with a reference; NULL if it has exited. */
    struct fdtable *(*files)(void *process);
    /* Names in /proc/<pid>, beside fd/ and task/; ends with a NULL name. */
    const struct proc_file *entries;
};
void procfs_set_process_ops(const struct procfs_process_ops *ops);

/* Registers the file system type "proc" and the files of the system. */
void procfs_init(void);

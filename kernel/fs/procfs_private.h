/* procfs_private.h - between the parts of /proc. */
#pragma once

#include "kernel/fs/procfs.h"

enum proc_kind {
    PROC_DIR,                   /* of registered entries; the root is one */
    PROC_FILE,                  /* a file of the system */
    PROC_SELF,                  /* links to the running process and thread */
    PROC_THREAD_SELF,
    PROC_PROCESS,               /* /proc/<pid>, /proc/<pid>/task/<tid> */
    PROC_TASKS,                 /* /proc/<pid>/task */
    PROC_DESCRIPTORS,           /* /proc/<pid>/fd */
    PROC_DESCRIPTOR,            /* a link in there */
    PROC_FDINFOS,               /* /proc/<pid>/fdinfo */
    PROC_FDINFO,                /* a file in there */
    PROC_PROCESS_FILE,          /* what the upper layer lists */
};

/* A registered name; never removed. */
struct proc_entry {
    const char *name;           /* `length` bytes, no NUL */
    u8 length;
    u8 kind;                    /* PROC_DIR to PROC_THREAD_SELF */
    u16 ino;
    mode_t mode;                /* type and permissions */
    const struct proc_file *file;       /* PROC_FILE */
    struct proc_entry *first, *next;    /* children; brothers */
};

/* A handle of the upper layer's, shared by the inodes that are about it. */
struct proc_process {
    u32 refs;                   /* atomic */
    void *handle;               /* set at birth, then constant */
};

/* inode->private: what an inode of /proc is about. */
struct proc_inode {
    u8 kind;
    bool thread;                /* PROC_PROCESS: in a task/ directory */
    unsigned number;            /* pid, or descriptor */
    const struct proc_entry *entry;     /* PROC_DIR */
    const struct proc_file *file;       /* PROC_FILE, PROC_PROCESS_FILE */
    struct proc_process *process;       /* referenced; NULL: none */
};

extern const struct procfs_process_ops *process_ops;    /* NULL: none yet */
extern struct proc_entry proc_root;
extern const struct proc_file proc_system_files[];      /* procfs_system.c */
extern const struct file_ops proc_text_ops;

static inline struct proc_inode *proc_inode_of(const struct inode *inode)
{
    return inode->private;
}

/* An inode with its own copy of *what; the process is counted once more for
 * it.  NULL: out of memory. */
struct inode *proc_make_inode(struct super *s, const struct proc_inode *what,
                              mode_t mode);

/* Takes over the handle, on failure (NULL: out of memory) too. */
struct proc_process *proc_process_create(void *handle);
void proc_process_put(struct proc_process *p);

/* Look a name up in, or list, the directories of a process. */
int proc_lookup_process(struct inode *dir, const struct name *name,
                        struct inode **out);
int proc_list_process(struct file *f, struct dir_sink *sink);

/* /proc/<pid> itself. */
int proc_lookup_pid(struct super *s, const struct name *name, void *threads_of,
                    struct inode **out);
int proc_list_pids(struct file *f, struct dir_sink *sink, void *threads_of);

/* "." and ".." at places 0 and 1.  false: full. */
bool proc_emit_dots(struct file *f, struct dir_sink *sink);
bool proc_emit(struct file *f, struct dir_sink *sink, const char *name,
               unsigned type);

/* The links that lead to a place; what a descriptor's link says, which may be
 * no place ("pipe:[7]"). */
int proc_jump(struct inode *inode, struct path *out);
ssize_t proc_read_link(struct inode *inode, char *buf, size_t size);

/* procfs_harts.c */
int proc_show_uptime(struct proc_text *t, void *unused);
int proc_show_system_stat(struct proc_text *t, void *unused);
int proc_show_cpuinfo(struct proc_text *t, void *unused);
int proc_show_interrupts(struct proc_text *t, void *unused);
int proc_show_harts(struct proc_text *t, void *unused);

/* The text of a file in fdinfo/; -ENOENT. */
int proc_show_fdinfo(struct proc_text *t, const struct proc_inode *p);

/* Decimal digits, nothing else; -1: no number. */
long proc_parse_number(const struct name *name);

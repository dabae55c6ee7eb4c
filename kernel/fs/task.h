/*
 * task.h - what kernel/fs keeps for each thread.  The layer above embeds a
 * struct fs_task in its own thread structure and points thread->fs_task at it;
 * kernel threads have none and act as root in the initial root directory.
 */
#pragma once

#include "kernel/fs/cred.h"
#include "kernel/fs/path.h"
#include "kernel/thread.h"

struct fdtable;

/* Root, working directory and umask: one for all threads that were made with
 * CLONE_FS. */
struct fs_context {
    u32 refs;                   /* atomic */
    struct spinlock lock;       /* RANK_FILE */
    /* guarded by lock; the only user of a context may read it without */
    struct path root, cwd;
    mode_t umask;
};

struct fs_task {
    struct spinlock lock;       /* RANK_FILE */
    /* changed by the thread itself, under lock; others read under lock */
    struct fdtable *fdt;        /* NULL once it has exited, as fs */
    struct fs_context *fs;
    struct cred *cred;
    /* set at birth: where the process keeps its limits (RLIMIT_FSIZE in bytes,
     * RLIMIT_NOFILE); NULL: none, and the default. */
    const u64 *file_size_limit;
    const u64 *open_files_limit;
};

/* The root directory, no open files, uid 0.  -ENOMEM. */
int fs_task_init(struct fs_task *t);

#define FS_SHARE_FILES      1   /* CLONE_FILES */
#define FS_SHARE_CONTEXT    2   /* CLONE_FS */

/*
 * fork(2), clone(2): a task like the running one's, which copies or shares its
 * parts.  The limits' pointers are left NULL.  -ENOMEM leaves nothing behind.
 */
int fs_task_fork(struct fs_task *child, unsigned share);

/* unshare(2) and exec: make a part the running task's own.  -ENOMEM. */
int fs_task_unshare(struct fs_task *t, unsigned parts);

/* At exit: close files, drop the context; the credentials stay, so that the
 * zombie still has an owner.  May sleep. */
void fs_task_release(struct fs_task *t);

/* When the thread is freed (or was never started): drop all that is left. */
void fs_task_destroy(struct fs_task *t);

/* Another task's table, with a reference, or NULL if it has exited. */
struct fdtable *fs_task_files(struct fs_task *t);

/* Its working directory or root, with references; false if it has exited. */
bool fs_task_cwd(struct fs_task *t, struct path *out);
bool fs_task_root(struct fs_task *t, struct path *out);
/* Its umask; 0 if it has exited. */
mode_t fs_task_umask(struct fs_task *t);

/* The running thread's; never NULL. */
extern struct fs_task kernel_fs_task;
static always_inline struct fs_task *current_task(void)
{
    struct fs_task *t = current_thread()->fs_task;
    return likely(t) ? t : &kernel_fs_task;
}

static inline const struct cred *current_cred(void)
{
    return current_task()->cred;
}

/* The root and working directory of a context, with references. */
void fs_get_root(struct fs_context *fs, struct path *out);
void fs_get_cwd(struct fs_context *fs, struct path *out);
/* Replace them; takes over the caller's references. */
void fs_set_root(struct fs_context *fs, struct path *p);
void fs_set_cwd(struct fs_context *fs, struct path *p);

#define FD_LIMIT_DEFAULT    1024
#define FD_LIMIT_HARD       65536       /* no table grows beyond */

/* RLIMIT_NOFILE of the running process. */
static inline unsigned task_fd_limit(void)
{
    const u64 *limit = current_task()->open_files_limit;
    u64 n = limit ? READ_ONCE(*limit) : FD_LIMIT_DEFAULT;

    return n > FD_LIMIT_HARD ? FD_LIMIT_HARD : n;
}

/*
 * What this layer asks of the one above: registered once at boot.
 */
struct fs_doors {
    /* Send a signal to the running thread: SIGPIPE, SIGXFSZ. */
    void (*signal_self)(int sig);
    /* Send one to a process (pid > 0) or group (pid < 0): SIGIO, tty. */
    void (*signal_pid)(pid_t pid, int sig);
    /* The running process, for lock owners. */
    pid_t (*current_pid)(void);
};
void fs_set_doors(const struct fs_doors *doors);
extern const struct fs_doors *fs_doors;     /* never NULL */

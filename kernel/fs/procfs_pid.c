/* procfs_pid.c - /proc/<pid>: directories of processes, their descriptors. */
#include "kernel/fs/procfs_private.h"

#include "kernel/fs/fdtable.h"
#include "kernel/fs/mount.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "mm/alloc.h"

/* --- handles -------------------------------------------------------------- */

struct proc_process *proc_process_create(void *handle)
{
    struct proc_process *p = kmalloc(sizeof(*p));

    if (p)
        *p = (struct proc_process){ 1, handle };
    else
        process_ops->put(handle);
    return p;
}

void proc_process_put(struct proc_process *p)
{
    if (__atomic_sub_fetch(&p->refs, 1, __ATOMIC_ACQ_REL))
        return;
    process_ops->put(p->handle);
    kfree(p);
}

/* --- pids as names -------------------------------------------------------- */

int proc_lookup_pid(struct super *s, const struct name *name, void *threads_of,
                    struct inode **out)
{
    long pid = proc_parse_number(name);
    struct proc_inode what = { .kind = PROC_PROCESS, .number = pid };
    void *handle;

    if (pid <= 0 || !process_ops)
        return -ENOENT;
    handle = process_ops->get(pid, threads_of);
    if (!handle)
        return -ENOENT;
    what.process = proc_process_create(handle);
    if (!what.process)
        return -ENOMEM;
    what.thread = threads_of != NULL;
    *out = proc_make_inode(s, &what, S_IFDIR | 0555);
    proc_process_put(what.process);
    return *out ? 0 : -ENOMEM;
}

/* A pid's place is base + pid, so that a listing can go on behind it. */
int proc_list_pids(struct file *f, struct dir_sink *sink, void *threads_of)
{
    off_t base = threads_of ? 2 : 1024;
    pid_t pid;

    if (!process_ops)
        return 0;
    while (f->position - base < INT_MAX &&
           (pid = process_ops->next(f->position - base, threads_of)) > 0) {
        char text[16];

        f->position = base + pid;
        kscnprintf(text, sizeof text, "%d", pid);
        if (!proc_emit(f, sink, text, DT_OF(S_IFDIR)))
            return 0;
    }
    return 0;
}

/* --- descriptors ---------------------------------------------------------- */

/* The file behind a descriptor with a reference, or NULL. */
static struct file *hold_file(const struct proc_process *process, unsigned fd)
{
    struct fdtable *files = process_ops->files(process->handle);
    struct file *f = files ? fd_lookup(files, fd) : NULL;

    if (files)
        fdtable_put(files);
    return f;
}

/* In fd/ and fdinfo/. */
static int lookup_descriptor(struct inode *dir, const struct name *name,
                             struct inode **out)
{
    struct proc_inode *p = proc_inode_of(dir);
    long fd = proc_parse_number(name);
    struct proc_inode what = {
        .kind = p->kind + 1, .number = fd, .process = p->process,
    };
    struct file *f = fd >= 0 ? hold_file(p->process, fd) : NULL;
    mode_t mode = S_IFREG | 0444;

    if (!f)
        return -ENOENT;
    if (what.kind == PROC_DESCRIPTOR)
        mode = S_IFLNK | (f->mode & FILE_READ ? 0500 : 0) |
               (f->mode & FILE_WRITE ? 0300 : 0);
    file_put(f);
    *out = proc_make_inode(dir->super, &what, mode);
    return *out ? 0 : -ENOMEM;
}

int proc_show_fdinfo(struct proc_text *t, const struct proc_inode *p)
{
    struct fdtable *files = process_ops->files(p->process->handle);
    struct file *f = files ? fd_lookup(files, p->number) : NULL;

    if (f)
        proc_print(t, "pos:\t%ld\nflags:\t0%o\nmnt_id:\t%lu\nino:\t%lu\n",
                   READ_ONCE(f->position),
                   f->flags | (fdtable_cloexec(files, p->number) > 0
                               ? O_CLOEXEC : 0),
                   f->path.mnt ? f->path.mnt->id : 0, f->inode->ino);
    if (f)
        file_put(f);
    if (files)
        fdtable_put(files);
    return f ? 0 : -ENOENT;
}

static int list_descriptors(struct file *f, struct dir_sink *sink,
                            void *process)
{
    struct fdtable *files = process_ops->files(process);
    bool links = proc_inode_of(f->inode)->kind == PROC_DESCRIPTORS;
    int fd;

    if (!files)
        return 0;
    while (f->position < INT_MAX &&
           (fd = fdtable_next(files, f->position - 2)) >= 0) {
        char text[16];

        f->position = 2 + fd;
        kscnprintf(text, sizeof text, "%d", fd);
        if (!proc_emit(f, sink, text, DT_OF(links ? S_IFLNK : S_IFREG)))
            break;
    }
    fdtable_put(files);
    return 0;
}

static int jump_to_descriptor(struct proc_inode *p, struct path *out)
{
    struct file *f = hold_file(p->process, p->number);
    int error = 0;

    if (!f)
        return -ENOENT;
    if (f->path.dentry) {
        *out = f->path;
        path_get(out);
    } else {
        error = mount_anon_path(f->inode, out);
    }
    file_put(f);
    return error;
}

static int find_target(struct proc_inode *p, struct path *out)
{
    if (p->kind == PROC_DESCRIPTOR)
        return jump_to_descriptor(p, out);
    return p->file->jump ? p->file->jump(p->process->handle, out) : -EINVAL;
}

int proc_jump(struct inode *inode, struct path *out)
{
    struct proc_inode *p = proc_inode_of(inode);
    int error = process_ops->may_inspect(p->process->handle);

    if (!error)
        error = find_target(p, out);
    if (error)
        return error;
    /* It may be a set-id program's by now. */
    error = process_ops->may_inspect(p->process->handle);
    if (error)
        path_put(out);
    return error;
}

ssize_t proc_read_link(struct inode *inode, char *buf, size_t size)
{
    struct proc_inode *p = proc_inode_of(inode);
    struct file *f = hold_file(p->process, p->number);
    char *start;
    int error;

    if (!f)
        return -ENOENT;
    error = file_format_name(f, buf, size, &start);
    file_put(f);
    if (error < 0)
        return error;
    size = strlen(start);
    memmove(buf, start, size);
    return size;
}

/* --- the directory of a process ------------------------------------------- */

static const struct {
    const char *name;
    u8 kind;
    mode_t mode;
} directories[] = {
    { "fd", PROC_DESCRIPTORS, S_IFDIR | 0500 },
    { "fdinfo", PROC_FDINFOS, S_IFDIR | 0555 },
    { "task", PROC_TASKS, S_IFDIR | 0555 },
};

/* What this layer knows itself. */
static const struct proc_file own_files[] = {
    { .name = "mounts", .mode = S_IFREG | 0444, .show = proc_show_mounts },
    { .name = "mountinfo", .mode = S_IFREG | 0444,
      .show = proc_show_mountinfo },
    { 0 }
};

/* Threads have no task/ of their own. */
static size_t directory_count(const struct proc_inode *p)
{
    return ARRAY_SIZE(directories) - p->thread;
}

static bool is_name(const struct name *name, const char *text)
{
    return name->length == strlen(text) &&
           !memcmp(name->text, text, name->length);
}

static const struct proc_file *find_file(const struct proc_file *file,
                                         const struct name *name)
{
    while (file->name && !is_name(name, file->name))
        file++;
    return file->name ? file : NULL;
}

static int lookup_in_process(struct inode *dir, const struct name *name,
                             struct inode **out)
{
    struct proc_inode *p = proc_inode_of(dir);
    struct proc_inode what = { .number = p->number, .process = p->process };
    mode_t mode = 0;

    if (!process_ops->exists(p->process->handle))
        return -ENOENT;
    for (size_t i = 0; i < directory_count(p); i++) {
        if (is_name(name, directories[i].name)) {
            what.kind = directories[i].kind;
            mode = directories[i].mode;
        }
    }
    if (!mode) {
        what.kind = PROC_PROCESS_FILE;
        what.file = find_file(process_ops->entries, name);
        if (!what.file)
            what.file = find_file(own_files, name);
        if (!what.file)
            return -ENOENT;
        mode = what.file->mode;
    }
    *out = proc_make_inode(dir->super, &what, mode);
    return *out ? 0 : -ENOMEM;
}

/* Files whose places begin at `place`; false: full. */
static bool list_files(struct file *f, struct dir_sink *sink,
                       const struct proc_file *file, size_t *place)
{
    for (; file->name; file++, ++*place)
        if ((size_t)f->position == *place &&
            !proc_emit(f, sink, file->name, DT_OF(file->mode)))
            return false;
    return true;
}

static int list_process(struct file *f, struct dir_sink *sink)
{
    struct proc_inode *p = proc_inode_of(f->inode);
    size_t place = 2;

    for (size_t i = 0; i < directory_count(p); i++, place++)
        if ((size_t)f->position == place &&
            !proc_emit(f, sink, directories[i].name, DT_OF(S_IFDIR)))
            return 0;
    if (list_files(f, sink, process_ops->entries, &place))
        list_files(f, sink, own_files, &place);
    return 0;
}

int proc_lookup_process(struct inode *dir, const struct name *name,
                        struct inode **out)
{
    struct proc_inode *p = proc_inode_of(dir);

    switch (p->kind) {
    case PROC_PROCESS:
        return lookup_in_process(dir, name, out);
    case PROC_TASKS:
        return proc_lookup_pid(dir->super, name, p->process->handle, out);
    case PROC_DESCRIPTORS:
    case PROC_FDINFOS:
        return lookup_descriptor(dir, name, out);
    default:
        return -ENOTDIR;
    }
}

int proc_list_process(struct file *f, struct dir_sink *sink)
{
    struct proc_inode *p = proc_inode_of(f->inode);

    if (!process_ops->exists(p->process->handle))
        return -ENOENT;
    switch (p->kind) {
    case PROC_PROCESS:
        return list_process(f, sink);
    case PROC_TASKS:
        return proc_list_pids(f, sink, p->process->handle);
    case PROC_DESCRIPTORS:
    case PROC_FDINFOS:
        return list_descriptors(f, sink, p->process->handle);
    default:
        return -ENOTDIR;
    }
}

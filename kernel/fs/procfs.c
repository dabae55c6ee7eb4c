/* procfs.c - the frame: inodes, registered names, the file system. */
#include "kernel/fs/procfs_private.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "mm/alloc.h"

#define PROC_MAGIC      0x9fa0
#define FIRST_PID_PLACE 1024        /* places below are for registered names */

static const struct inode_ops proc_inode_ops, proc_link_ops, proc_jump_ops,
                              proc_descriptor_ops, proc_descriptors_ops;
static const struct file_ops proc_dir_ops;

const struct procfs_process_ops *process_ops;

static struct proc_entry thread_self = {
    .name = "thread-self", .length = 11, .kind = PROC_THREAD_SELF,
    .mode = S_IFLNK | 0777, .ino = 3,
};
static struct proc_entry self = {
    .name = "self", .length = 4, .kind = PROC_SELF, .mode = S_IFLNK | 0777,
    .ino = 2, .next = &thread_self,
};
struct proc_entry proc_root = {
    .name = "", .kind = PROC_DIR, .mode = S_IFDIR | 0555, .ino = 1,
    .first = &self,
};

void procfs_set_process_ops(const struct procfs_process_ops *ops)
{
    process_ops = ops;
}

/* --- inodes --------------------------------------------------------------- */

/* Numbers that stay the same as long as the thing does. */
static ino_t number_inode(const struct proc_inode *what)
{
    size_t index = 0;

    if (what->entry)
        return what->entry->ino;
    if (!what->process)
        return what->number;
    for (const char *c = what->file ? what->file->name : ""; *c; c++)
        index = index * 31 + (u8)*c;
    return ((u64)what->number << 16) + 0x10000 +
           (what->kind << 12 | (index & 0xfff));
}

static void set_operations(struct inode *inode, u8 kind)
{
    inode->ops = &proc_inode_ops;
    if (S_ISDIR(inode->mode)) {
        inode->fops = &proc_dir_ops;
        inode->nlink = 2;
        if (kind == PROC_DESCRIPTORS || kind == PROC_FDINFOS)
            inode->ops = &proc_descriptors_ops;
    } else if (kind == PROC_SELF || kind == PROC_THREAD_SELF) {
        inode->ops = &proc_link_ops;
    } else if (S_ISLNK(inode->mode)) {
        inode->ops = kind == PROC_DESCRIPTOR ? &proc_descriptor_ops
                                             : &proc_jump_ops;
    } else {
        inode->fops = &proc_text_ops;
    }
}

struct inode *proc_make_inode(struct super *s, const struct proc_inode *what,
                              mode_t mode)
{
    struct inode *inode = inode_create(s, mode);
    struct proc_inode *copy = kmalloc(sizeof(*copy));

    if (!inode || !copy) {
        kfree(copy);
        if (inode)
            inode_free(inode);
        return NULL;
    }
    *copy = *what;
    inode->private = copy;
    inode->ino = number_inode(what);
    inode->uid = 0;
    inode->gid = 0;
    if (copy->process) {
        __atomic_add_fetch(&copy->process->refs, 1, __ATOMIC_RELAXED);
        process_ops->owner(copy->process->handle, copy->kind != PROC_PROCESS,
                           &inode->uid, &inode->gid);
    }
    set_operations(inode, copy->kind);
    return inode;
}

static void destroy_inode(struct inode *inode)
{
    struct proc_inode *p = inode->private;

    if (p->process)
        proc_process_put(p->process);
    kfree(p);
    inode_free(inode);
}

long proc_parse_number(const struct name *name)
{
    long n = 0;

    if (name->length > 9 || (name->length > 1 && name->text[0] == '0'))
        return -1;
    for (u32 i = 0; i < name->length; i++) {
        if (name->text[i] < '0' || name->text[i] > '9')
            return -1;
        n = n * 10 + (name->text[i] - '0');
    }
    return n;
}

/* --- looking up ----------------------------------------------------------- */

static struct proc_entry *find_entry(const struct proc_entry *dir,
                                     const char *text, size_t length)
{
    struct proc_entry *e = dir->first;

    while (e && (e->length != length || memcmp(e->name, text, length)))
        e = e->next;
    return e;
}

static int lookup_registered(struct inode *dir, const struct name *name,
                             struct inode **out)
{
    struct proc_inode *p = proc_inode_of(dir);
    struct proc_entry *e = find_entry(p->entry, name->text, name->length);
    struct proc_inode what = { 0 };

    if (!e && p->entry == &proc_root)
        return proc_lookup_pid(dir->super, name, NULL, out);
    if (!e)
        return -ENOENT;
    what.kind = e->kind;
    what.number = e->ino;
    what.file = e->file;
    if (e->kind == PROC_DIR)
        what.entry = e;
    *out = proc_make_inode(dir->super, &what, e->mode);
    return *out ? 0 : -ENOMEM;
}

static int lookup(struct inode *dir, const struct name *name,
                  struct inode **out)
{
    if (proc_inode_of(dir)->kind == PROC_DIR)
        return lookup_registered(dir, name, out);
    return proc_lookup_process(dir, name, out);
}

/* /proc/self */
static ssize_t read_self(struct inode *inode, char *buf, size_t size)
{
    char text[32];
    pid_t pid = process_ops ? process_ops->self() : 0;
    size_t n;

    if (!pid)
        return -ENOENT;
    if (proc_inode_of(inode)->kind == PROC_SELF)
        n = kscnprintf(text, sizeof text, "%d", pid);
    else
        n = kscnprintf(text, sizeof text, "%d/task/%d", pid,
                       process_ops->self_thread());
    n = MIN(n, size);
    memcpy(buf, text, n);
    return n;
}

/* What a process has open is its own business. */
static int may_list_descriptors(struct inode *dir, unsigned mask)
{
    (void)mask;
    return process_ops->may_inspect(proc_inode_of(dir)->process->handle);
}

static const struct inode_ops proc_inode_ops = { .lookup = lookup };
static const struct inode_ops proc_descriptors_ops = {
    .lookup = lookup, .permission = may_list_descriptors,
};
static const struct inode_ops proc_link_ops = { .readlink = read_self };
static const struct inode_ops proc_jump_ops = { .jump = proc_jump };
static const struct inode_ops proc_descriptor_ops = {
    .readlink = proc_read_link, .jump = proc_jump,
};

/* --- listing -------------------------------------------------------------- */

static bool emit(struct file *f, struct dir_sink *sink, const struct name *name,
                 unsigned type)
{
    /* The numbers of what is made up anew each time mean little here. */
    if (!sink->emit(sink, name, f->inode->ino + f->position, type,
                    f->position + 1))
        return false;
    f->position++;
    return true;
}

bool proc_emit(struct file *f, struct dir_sink *sink, const char *name,
               unsigned type)
{
    struct name n = { name, strlen(name), 0 };

    return emit(f, sink, &n, type);
}

bool proc_emit_dots(struct file *f, struct dir_sink *sink)
{
    if (f->position == 0 && !proc_emit(f, sink, ".", DT_OF(S_IFDIR)))
        return false;
    return f->position != 1 || proc_emit(f, sink, "..", DT_OF(S_IFDIR));
}

static int readdir(struct file *f, struct dir_sink *sink)
{
    const struct proc_entry *dir = proc_inode_of(f->inode)->entry, *e;
    off_t place = 2;

    if (f->position < 0)
        return -EINVAL;
    if (!proc_emit_dots(f, sink))
        return 0;
    if (proc_inode_of(f->inode)->kind != PROC_DIR)
        return proc_list_process(f, sink);
    for (e = dir->first; e; e = e->next, place++) {
        struct name name = { e->name, e->length, 0 };

        if (f->position == place && !emit(f, sink, &name, DT_OF(e->mode)))
            return 0;
    }
    if (dir != &proc_root)
        return 0;
    if (f->position < FIRST_PID_PLACE)
        f->position = FIRST_PID_PLACE;
    return proc_list_pids(f, sink, NULL);
}

static const struct file_ops proc_dir_ops = { .readdir = readdir };

/* --- registering ---------------------------------------------------------- */

static struct proc_entry *add_entry(struct proc_entry *dir, const char *name,
                                    size_t length, mode_t mode)
{
    static u16 next_ino = 16;
    struct proc_entry *e = kzalloc(sizeof(*e)), **link = &dir->first;

    if (!e)
        return NULL;
    *e = (struct proc_entry){
        .name = name, .length = length, .mode = mode, .ino = next_ino++,
        .kind = S_ISDIR(mode) ? PROC_DIR : PROC_FILE,
    };
    while (*link)
        link = &(*link)->next;
    __atomic_store_n(link, e, __ATOMIC_RELEASE);
    return e;
}

static bool add_file(const struct proc_file *file)
{
    struct proc_entry *dir = &proc_root, *e;
    const char *name = file->name, *slash;

    while ((slash = strchr(name, '/')) != NULL) {
        e = find_entry(dir, name, slash - name);
        if (!e)
            e = add_entry(dir, name, slash - name, S_IFDIR | 0555);
        if (!e)
            return false;
        dir = e;
        name = slash + 1;
    }
    assert(!find_entry(dir, name, strlen(name)));
    e = add_entry(dir, name, strlen(name), file->mode);
    if (e)
        e->file = file;
    return e;
}

void procfs_add(const struct proc_file *files)
{
    for (; files->name; files++)
        if (!add_file(files))
            log_warning("/proc/%s: no memory", files->name);
}

/* --- the file system ------------------------------------------------------ */

static struct super *proc_super;

static void proc_statfs(struct super *s, struct statfs *out)
{
    (void)s;
    out->type = PROC_MAGIC;
}

static const struct super_ops super_ops = {
    .destroy_inode = destroy_inode,
    .statfs = proc_statfs,
};

/* There is one, however often it is mounted. */
static int mount_proc(const struct fs_type *type, const char *source,
                      const char *options, struct super **out)
{
    (void)type;
    (void)source;
    (void)options;
    __atomic_add_fetch(&proc_super->mounts, 1, __ATOMIC_RELAXED);
    *out = proc_super;
    return 0;
}

static struct fs_type proc_type = { .name = "proc", .mount = mount_proc };

void procfs_init(void)
{
    struct proc_inode what = { .kind = PROC_DIR, .entry = &proc_root };
    struct inode *root = NULL;

    proc_super = super_create(&proc_type, &super_ops, SUPER_NO_CACHE);
    if (proc_super)
        root = proc_make_inode(proc_super, &what, proc_root.mode);
    if (root)
        proc_super->root = dentry_create_root(root);
    if (!root || !proc_super->root)
        panic("no memory for /proc");
    proc_super->mounts = 1;             /* never destroyed */
    fs_register(&proc_type);
    procfs_add(proc_system_files);
}

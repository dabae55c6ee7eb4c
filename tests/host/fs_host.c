#include "fs_host.h"

#include <string.h>

#include "harness.h"
#include "kernel/fs/poll.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"

static struct cred acting = { .refs = 1 };

void host_fs_begin(void)
{
    static const struct tmpfs_limits limits = { .mode = 0755 };

    current_thread()->fs_task = &kernel_fs_task;
    dentry_init_table();
    tmpfs_init();
    assert_int_equal(
        mount_root(tmpfs_create(fs_find_type("tmpfs"), &limits)), 0);
}

void host_act_as(uid_t uid, gid_t gid)
{
    acting = (struct cred){ .refs = 1, .uid = uid, .euid = uid, .suid = uid,
                            .fsuid = uid, .gid = gid, .egid = gid,
                            .sgid = gid, .fsgid = gid };
    kernel_fs_task.cred = &acting;
}

static void make(const char *name, const struct make *what)
{
    assert_int_equal(vfs_make(NULL, name, what, NULL), 0);
}

void host_make_dir(const char *name, mode_t mode)
{
    make(name, &(struct make){ .mode = S_IFDIR | mode });
}

void host_make_file(const char *name, mode_t mode)
{
    make(name, &(struct make){ .mode = S_IFREG | mode });
}

void host_make_link(const char *name, const char *target)
{
    make(name, &(struct make){ .mode = S_IFLNK | 0777, .target = target });
}

void host_mount_tmpfs(const char *at, const char *options)
{
    struct path p;

    assert_int_equal(path_walk(NULL, at, 0, &p), 0);
    assert_int_equal(vfs_mount("test", &p, "tmpfs", 0, options), 0);
    path_put(&p);
}

void host_unmount(const char *at)
{
    struct path p;

    assert_int_equal(path_walk(NULL, at, 0, &p), 0);
    assert_int_equal(vfs_umount(&p, 0), 0);
    path_put(&p);
}

long host_find(const char *name, unsigned walk)
{
    struct path p;
    long ino;
    int error = path_walk(NULL, name, walk, &p);

    if (error)
        return error;
    ino = p.dentry->inode->ino;
    path_put(&p);
    return ino;
}

/* Takes the names of a directory, but for "." and "..". */
struct names {
    struct dir_sink sink;
    char text[64][NAME_MAX + 1];
    unsigned count;
};

static bool take_name(struct dir_sink *sink, const struct name *name,
                      ino_t ino, unsigned type, off_t next)
{
    struct names *n = container_of(sink, struct names, sink);

    if (next <= 2)
        return true;
    if (n->count == ARRAY_SIZE(n->text))
        return false;
    memcpy(n->text[n->count], name->text, name->length);
    n->text[n->count++][name->length] = '\0';
    return true;
}

static void remove_names(const char *directory)
{
    struct open_how how = { .flags = O_RDONLY | O_DIRECTORY };
    static struct names names[8];
    static unsigned depth;
    struct names *n = &names[depth++];
    struct file *f;

    do {
        assert_int_equal(file_open(NULL, directory, &how, &f), 0);
        n->sink.emit = take_name;
        n->count = 0;
        assert_int_equal(file_readdir(f, &n->sink), 0);
        file_put(f);
        for (unsigned i = 0; i < n->count; i++) {
            char path[PATH_MAX];

            ksnprintf(path, sizeof path, "%s/%s", directory, n->text[i]);
            host_remove_tree(path);
        }
    } while (n->count);
    depth--;
}

void host_remove_tree(const char *name)
{
    struct path p;
    bool directory;

    assert_int_equal(path_walk(NULL, name, WALK_NOFOLLOW, &p), 0);
    directory = S_ISDIR(p.dentry->inode->mode);
    path_put(&p);
    if (directory)
        remove_names(name);
    assert_int_equal(directory ? vfs_rmdir(NULL, name) : vfs_unlink(NULL, name),
                     0);
}

/* --- what the tests of names need no more of ------------------------------ */

const struct file_ops *device_find(mode_t type, dev_t rdev, void **data)
{
    return NULL;
}

void epoll_forget(struct file *f)
{
    fail_msg("nobody watches files here");
}

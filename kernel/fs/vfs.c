/* vfs.c - bringing it all up. */
#include "kernel/fs/vfs.h"

#include "kernel/fs/devfs.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/procfs.h"
#include "kernel/fs/pty.h"
#include "kernel/fs/tmpfs.h"
#include "kernel/fs/tty.h"
#include "kernel/panic.h"
#include "mm/vm.h"

/* A file system of this type in a new directory. */
static void mount_on(const char *place, const char *type)
{
    struct make directory = { .mode = S_IFDIR | 0755 };
    struct path at;
    int error = vfs_make(NULL, place, &directory, &at);

    if (!error)
        error = vfs_mount(type, &at, type, MS_NOSUID, "");
    if (error)
        panic("%s cannot be mounted: error %d", place, error);
    path_put(&at);
}

static void get_file(struct file *f)
{
    file_get(f);
}

void vfs_init(void)
{
    static const struct file_doors doors = {
        .get = get_file, .put = file_put, .sync = file_sync,
    };
    static const struct tmpfs_limits root_limits = { .mode = 0755 };
    struct super *root;

    vm_set_file_doors(&doors);          /* areas hold the files they map */
    dentry_init_table();
    mount_anon_init();
    tmpfs_init();
    root = tmpfs_create(fs_find_type("tmpfs"), &root_limits);
    if (!root || mount_root(root))
        panic("no memory for the root file system");
    devfs_init();
    mount_on("/dev", "devfs");
    tty_init();
    pty_init();
    mount_on("/dev/pts", "devpts");
    procfs_init();
}

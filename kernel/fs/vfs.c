/* vfs.c - bringing it all up. */
#include "kernel/fs/vfs.h"

#include "kernel/fs/devfs.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/procfs.h"
#include "kernel/fs/tmpfs.h"
#include "kernel/fs/tty.h"
#include "kernel/panic.h"
#include "mm/vm.h"

static void mount_devices(void)
{
    struct make directory = { .mode = S_IFDIR | 0755 };
    struct path dev;
    int error = vfs_make(NULL, "/dev", &directory, &dev);

    if (!error)
        error = vfs_mount("devfs", &dev, "devfs", MS_NOSUID, "");
    if (error)
        panic("/dev cannot be mounted: error %d", error);
    path_put(&dev);
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
    mount_devices();
    tty_init();
    procfs_init();
}

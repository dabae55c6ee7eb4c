/* fdpair.c - two descriptors at once: pipe2(2), socketpair(2). */
#include "kernel/fs/fdtable.h"
#include "mm/uaccess.h"

static int install(struct file *files[2], bool cloexec, int fds[2])
{
    fds[0] = fd_reserve(0, cloexec);
    if (fds[0] < 0)
        return fds[0];
    fds[1] = fd_reserve(0, cloexec);
    if (fds[1] < 0) {
        fd_unreserve(fds[0]);
        return fds[1];
    }
    fd_install(fds[0], files[0]);
    fd_install(fds[1], files[1]);
    return 0;
}

int fd_add_pair(struct file *files[2], bool cloexec, uptr_t user_fds)
{
    int fds[2];
    int error = install(files, cloexec, fds);

    if (error) {
        file_put(files[0]);
        file_put(files[1]);
        return error;
    }
    error = copy_to_user(user_fds, fds, sizeof(fds));
    if (error) {
        fd_close(fds[0]);
        fd_close(fds[1]);
    }
    return error;
}

/*
 * t_files.c - names: open(2), link, unlink, rename, symbolic links, folders
 * (rows ).  Permissions are in t_perm.c, bytes in t_filedata.c.
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/place.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* --- open --- */

TEST("open: O_CREAT makes, O_EXCL refuses, O_TRUNC empties")
{
    place_enter();
    CHECK_FAILS(open("f", O_RDONLY), ENOENT);
    place_file("f", "larch");
    CHECK_FAILS(open("f", O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST);
    CHECK_EQ(place_size("f"), 5);
    CHECK_EQ(close(open("f", O_RDONLY | O_CREAT, 0600)), 0);
    CHECK_EQ(place_size("f"), 5);
    CHECK_EQ(close(open("f", O_WRONLY | O_TRUNC)), 0);
    CHECK_EQ(place_size("f"), 0);
    CHECK(symlink("nowhere", "dangling") == 0);
    CHECK_FAILS(open("dangling", O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST);
    CHECK_EQ(close(open("dangling", O_CREAT | O_WRONLY, 0600)), 0);
    CHECK_EQ(place_size("nowhere"), 0);
    place_leave();
}

TEST("open: O_APPEND writes at the end, wherever the offset is")
{
    char buf[16];
    int fd, again;

    place_enter();
    place_file("f", "one");
    fd = open("f", O_RDWR | O_APPEND);
    again = open("f", O_WRONLY | O_APPEND);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(write(fd, "two", 3), 3);
    CHECK_EQ(write(again, "three", 5), 5);
    CHECK_EQ(write(fd, "four", 4), 4);
    CHECK_EQ(pread(fd, buf, sizeof(buf), 0), 15);
    CHECK(!memcmp(buf, "onetwothreefour", 15));
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 15);
    place_leave();
}

TEST("open: what is a folder, and what is none")
{
    place_enter();
    CHECK(mkdir("d", 0755) == 0);
    place_file("f", "");
    CHECK_FAILS(open("d", O_WRONLY), EISDIR);
    CHECK_FAILS(open("d", O_RDWR), EISDIR);
    CHECK_FAILS(open("d", O_RDONLY | O_CREAT, 0600), EISDIR);
    CHECK_FAILS(open("f", O_RDONLY | O_DIRECTORY), ENOTDIR);
    CHECK_FAILS(open("f/x", O_RDONLY), ENOTDIR);
    CHECK_FAILS(open("f/", O_RDONLY), ENOTDIR);
    CHECK_FAILS(open("new/", O_RDWR | O_CREAT, 0600), EISDIR);
    CHECK_FAILS(open("d/none/f", O_RDWR | O_CREAT, 0600), ENOENT);
    CHECK_FAILS(open("", O_RDONLY), ENOENT);
    CHECK(open("d", O_RDONLY | O_DIRECTORY) >= 0);
    CHECK_FAILS(read(open("d", O_RDONLY), &(char){ 0 }, 1), EISDIR);
    place_leave();
}

TEST("open: O_NOFOLLOW and O_PATH")
{
    struct stat st;
    int fd;

    place_enter();
    place_file("f", "larch");
    CHECK(symlink("f", "l") == 0);
    CHECK_FAILS(open("l", O_RDONLY | O_NOFOLLOW), ELOOP);
    fd = open("l", O_PATH | O_NOFOLLOW);
    CHECK(fd >= 0 && fstat(fd, &st) == 0 && S_ISLNK(st.st_mode));
    fd = open("f", O_PATH);
    CHECK_FAILS(read(fd, &st, 1), EBADF);
    CHECK_FAILS(write(fd, &st, 1), EBADF);
    CHECK(fstat(fd, &st) == 0 && st.st_size == 5);
    place_leave();
}

TEST("open: O_TMPFILE has no name until it is given one")
{
    char path[40];
    struct stat st;
    int fd;

    place_enter();
    fd = open(".", O_TMPFILE | O_RDWR, 0600);
    if (fd < 0 && errno == EOPNOTSUPP) {
        place_leave();
        tap_skip("no O_TMPFILE");
    }
    CHECK(fd >= 0 && fstat(fd, &st) == 0);
    CHECK_EQ(st.st_nlink, 0);
    CHECK_EQ(write(fd, "larch", 5), 5);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    CHECK(linkat(AT_FDCWD, path, AT_FDCWD, "f", AT_SYMLINK_FOLLOW) == 0);
    CHECK_EQ(place_size("f"), 5);
    CHECK_FAILS(open(".", O_TMPFILE | O_RDONLY, 0600), EINVAL);
    place_leave();
}

/* --- names --- */

TEST("names: at most 255 bytes each, a path at most 4095")
{
    char name[300], path[PATH_MAX + 2];

    place_enter();
    memset(name, 'n', sizeof(name));
    name[256] = '\0';
    CHECK_FAILS(open(name, O_CREAT | O_RDWR, 0600), ENAMETOOLONG);
    CHECK_FAILS(mkdir(name, 0700), ENAMETOOLONG);
    CHECK_FAILS(symlink("x", name), ENAMETOOLONG);
    name[255] = '\0';
    place_file(name, "");
    for (size_t i = 0; i < PATH_MAX; i += 2)
        memcpy(path + i, "./", 2);
    path[PATH_MAX] = '\0';
    CHECK_FAILS(access(path, F_OK), ENAMETOOLONG);
    path[PATH_MAX - 1] = '\0';
    CHECK(access(path, F_OK) == 0);
    place_leave();
}

TEST("names: dots, doubled and trailing slashes")
{
    struct stat root, up;

    place_enter();
    CHECK(stat("/", &root) == 0 && stat("/../../..", &up) == 0);
    CHECK(root.st_ino == up.st_ino && root.st_dev == up.st_dev);
    CHECK(mkdir("d/", 0755) == 0);
    place_file("d//f", "");
    CHECK(access(".///d/.././d/f", F_OK) == 0);
    CHECK_FAILS(access("d/f/", F_OK), ENOTDIR);
    CHECK_FAILS(access("d/f/..", F_OK), ENOTDIR);
    CHECK_FAILS(mkdir(".", 0755), EEXIST);
    CHECK_FAILS(rmdir("d/."), EINVAL);
    CHECK_FAILS(rmdir("d/.."), ENOTEMPTY);
    CHECK_FAILS(unlink("d/f/"), ENOTDIR);
    place_leave();
}

TEST("names: 40 symbolic links are followed, a loop is ELOOP")
{
    char from[8], to[8];

    place_enter();
    CHECK(symlink("b", "a") == 0 && symlink("a", "b") == 0);
    CHECK_FAILS(access("a", F_OK), ELOOP);
    CHECK_FAILS(open("a", O_RDONLY | O_CREAT, 0600), ELOOP);
    place_file("l0", "end");
    for (int i = 1; i <= 41; i++) {
        snprintf(from, sizeof(from), "l%d", i);
        snprintf(to, sizeof(to), "l%d", i - 1);
        CHECK(symlink(to, from) == 0);
    }
    CHECK_EQ(place_size("l40"), 3);
    CHECK_FAILS(access("l41", F_OK), ELOOP);
    place_leave();
}

TEST("names: readlink cuts off, and wants a link")
{
    char buf[16];

    place_enter();
    place_file("f", "");
    CHECK(symlink("target", "l") == 0);
    CHECK_EQ(readlink("l", buf, sizeof(buf)), 6);
    CHECK_EQ(readlink("l", buf, 3), 3);
    CHECK(!memcmp(buf, "tar", 3));
    CHECK_FAILS(readlink("f", buf, sizeof(buf)), EINVAL);
    CHECK_FAILS(readlink("none", buf, sizeof(buf)), ENOENT);
    CHECK_FAILS(syscall(SYS_readlinkat, AT_FDCWD, "l", buf, 0), EINVAL);
    CHECK_FAILS(symlink("", "e"), ENOENT);
    CHECK_FAILS(symlink("x", "l"), EEXIST);
    place_leave();
}

/* --- link and unlink --- */

TEST("link: one file, two names")
{
    struct stat a, b;

    place_enter();
    place_file("a", "larch");
    CHECK(link("a", "b") == 0);
    CHECK(stat("a", &a) == 0 && stat("b", &b) == 0);
    CHECK_EQ(a.st_ino, b.st_ino);
    CHECK_EQ(b.st_nlink, 2);
    CHECK_FAILS(link("a", "b"), EEXIST);
    CHECK_FAILS(link("none", "c"), ENOENT);
    CHECK(mkdir("d", 0755) == 0);
    CHECK_FAILS(link("d", "e"), EPERM);
    CHECK_FAILS(link("a", "/proc/x"), EXDEV);
    CHECK(unlink("a") == 0);
    CHECK(stat("b", &b) == 0);
    CHECK_EQ(b.st_nlink, 1);
    place_leave();
}

TEST("unlink: the file lives on while it is open")
{
    struct stat st;
    char buf[8];
    int fd;

    place_enter();
    place_file("f", "larch");
    fd = open("f", O_RDWR);
    CHECK(unlink("f") == 0);
    CHECK_FAILS(access("f", F_OK), ENOENT);
    CHECK(fstat(fd, &st) == 0);
    CHECK_EQ(st.st_nlink, 0);
    CHECK_EQ(pread(fd, buf, sizeof(buf), 0), 5);
    CHECK_EQ(pwrite(fd, "more", 4, 4096), 4);
    CHECK_FAILS(unlink("f"), ENOENT);
    place_leave();
}

TEST("unlink and rmdir: each its own kind")
{
    place_enter();
    place_file("f", "");
    CHECK(mkdir("d", 0755) == 0);
    CHECK_FAILS(unlink("d"), EISDIR);
    CHECK_FAILS(rmdir("f"), ENOTDIR);
    place_file("d/x", "");
    CHECK_FAILS(rmdir("d"), ENOTEMPTY);
    CHECK(unlink("d/x") == 0 && rmdir("d") == 0);
    CHECK_FAILS(rmdir("d"), ENOENT);
    CHECK_FAILS(rmdir("/"), EBUSY);
    CHECK_FAILS(unlinkat(AT_FDCWD, "f", 1), EINVAL);
    place_leave();
}

/* --- rename --- */

TEST("rename: what takes the place of what")
{
    place_enter();
    place_file("a", "aa");
    place_file("b", "b");
    CHECK(rename("a", "b") == 0);
    CHECK_EQ(place_size("b"), 2);
    CHECK(mkdir("d", 0755) == 0 && mkdir("d/sub", 0755) == 0);
    CHECK(mkdir("e", 0755) == 0);
    CHECK_FAILS(rename("b", "e"), EISDIR);
    CHECK_FAILS(rename("e", "b"), ENOTDIR);
    CHECK_FAILS(rename("e", "d"), ENOTEMPTY);
    CHECK_FAILS(rename("d", "d/sub/x"), EINVAL);
    CHECK_FAILS(rename("none", "x"), ENOENT);
    CHECK_FAILS(rename("b", "/proc/x"), EXDEV);
    CHECK(rename("d", "e") == 0);
    CHECK(access("e/sub", F_OK) == 0);
    CHECK(link("b", "c") == 0 && rename("b", "c") == 0);
    CHECK(access("b", F_OK) == 0);      /* two names of one file: nothing */
    place_leave();
}

static int rename_with(const char *from, const char *to, unsigned flags)
{
    return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

TEST("rename: NOREPLACE and EXCHANGE")
{
    place_enter();
    place_file("a", "1");
    place_file("b", "22");
    CHECK_FAILS(rename_with("a", "b", RENAME_NOREPLACE), EEXIST);
    CHECK(rename_with("a", "b", RENAME_EXCHANGE) == 0);
    CHECK_EQ(place_size("a"), 2);
    CHECK_EQ(place_size("b"), 1);
    CHECK_FAILS(rename_with("a", "x", RENAME_EXCHANGE), ENOENT);
    CHECK(rename_with("a", "x", RENAME_NOREPLACE) == 0);
    CHECK(mkdir("d", 0755) == 0);
    CHECK(rename_with("d", "x", RENAME_EXCHANGE) == 0);
    CHECK_EQ(place_size("d"), 2);
    CHECK_FAILS(rename_with("d", "y",
                            RENAME_EXCHANGE | RENAME_NOREPLACE), EINVAL);
    place_leave();
}

/* --- reading folders --- */

#define MANY 1200

TEST("getdents64: 1,200 entries, removed while they are read")
{
    int found = 0;
    struct dirent *e;
    char name[16];
    DIR *dir;

    place_enter();
    CHECK(mkdir("many", 0755) == 0 && chdir("many") == 0);
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "%d", i);
        place_file(name, "");
    }
    dir = opendir(".");
    while ((e = readdir(dir)) != NULL)
        if (e->d_name[0] != '.') {
            CHECK_EQ(e->d_type, DT_REG);
            CHECK(unlink(e->d_name) == 0);
            found++;
        }
    CHECK_EQ(found, MANY);
    rewinddir(dir);
    for (found = 0; readdir(dir); found++)
        ;
    CHECK_EQ(found, 2);
    closedir(dir);
    CHECK(chdir("..") == 0 && rmdir("many") == 0);
    place_leave();
}

TEST("getdents64: a buffer too small, a file, a removed folder")
{
    char buf[512];
    int fd;

    place_enter();
    CHECK(mkdir("d", 0755) == 0);
    place_file("d/a_name_of_some_length", "");
    fd = open("d", O_RDONLY);
    CHECK_FAILS(syscall(SYS_getdents64, fd, buf, 8), EINVAL);
    CHECK(syscall(SYS_getdents64, fd, buf, sizeof(buf)) > 0);
    CHECK_EQ(syscall(SYS_getdents64, fd, buf, sizeof(buf)), 0);
    CHECK(unlink("d/a_name_of_some_length") == 0 && rmdir("d") == 0);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_FAILS(syscall(SYS_getdents64, fd, buf, sizeof(buf)), ENOENT);
    CHECK_FAILS(syscall(SYS_getdents64, 1, buf, sizeof(buf)), ENOTDIR);
    place_leave();
}

/* --- where one is --- */

static void move_away(void)
{
    CHECK(chdir("/") == 0);
}

TEST("A-34 a child's chdir does not move its parent")
{
    char before[PATH_MAX], after[PATH_MAX];

    place_enter();
    CHECK(getcwd(before, sizeof(before)));
    CHECK_EQ(tap_in_child(move_away), 0);
    CHECK(getcwd(after, sizeof(after)));
    CHECK(!strcmp(before, after));
    place_leave();
}

TEST("getcwd: too small a buffer; a folder that is gone")
{
    char buf[PATH_MAX];

    place_enter();
    CHECK_FAILS(syscall(SYS_getcwd, buf, 2), ERANGE);
    CHECK(mkdir("d", 0755) == 0 && chdir("d") == 0);
    CHECK(syscall(SYS_getcwd, buf, sizeof(buf)) == (long)strlen(buf) + 1);
    CHECK(rmdir("../d") == 0);
    CHECK_FAILS(syscall(SYS_getcwd, buf, sizeof(buf)), ENOENT);
    CHECK_FAILS(open("f", O_CREAT | O_RDWR, 0600), ENOENT);
    CHECK_FAILS(mkdir("x", 0700), ENOENT);
    CHECK(chdir("..") == 0);
    place_leave();
}

static void live_in_jail(void)
{
    char buf[PATH_MAX];
    struct stat root, up;

    CHECK(chroot("jail") == 0 && chdir("/") == 0);
    CHECK(access("/inside", F_OK) == 0);
    CHECK_FAILS(access("/tmp", F_OK), ENOENT);
    CHECK(stat("/", &root) == 0 && stat("/..", &up) == 0);
    CHECK_EQ(root.st_ino, up.st_ino);
    CHECK(access("/out/inside", F_OK) == 0);    /* /out -> / */
    CHECK(getcwd(buf, sizeof(buf)) && !strcmp(buf, "/"));
}

TEST("chroot: the new root is the top of everything")
{
    place_enter();
    CHECK(mkdir("jail", 0755) == 0);
    place_file("jail/inside", "");
    CHECK(symlink("/", "jail/out") == 0);
    CHECK_EQ(tap_in_child(live_in_jail), 0);
    CHECK_FAILS(chroot("jail/inside"), ENOTDIR);
    place_leave();
}

TEST("mount: a tmpfs hides a folder, is busy, and goes")
{
    int fd;

    place_enter();
    CHECK(mkdir("m", 0755) == 0);
    place_file("m/hidden", "");
    CHECK(mount("none", "m", "tmpfs", 0, "size=64k") == 0);
    CHECK_FAILS(access("m/hidden", F_OK), ENOENT);
    place_file("m/f", "larch");
    CHECK_FAILS(rename("m/f", "f"), EXDEV);
    CHECK_FAILS(rmdir("m"), EBUSY);
    fd = open("m/f", O_RDONLY);
    CHECK_FAILS(umount2("m", 0), EBUSY);
    CHECK(close(fd) == 0 && umount2("m", 0) == 0);
    CHECK(access("m/hidden", F_OK) == 0);
    CHECK_FAILS(umount2("m", 0), EINVAL);
    CHECK_FAILS(mount("none", "m", "nofs", 0, ""), ENODEV);
    CHECK_FAILS(mount("none", "m/hidden", "tmpfs", 0, ""), ENOTDIR);
    place_leave();
}

TEST("mount: read-only means EROFS")
{
    place_enter();
    CHECK(mkdir("m", 0755) == 0);
    CHECK(mount("none", "m", "tmpfs", 0, "") == 0);
    place_file("m/f", "");
    CHECK(mount("none", "m", "tmpfs", MS_REMOUNT | MS_RDONLY, "") == 0);
    CHECK_FAILS(open("m/g", O_CREAT | O_RDWR, 0600), EROFS);
    CHECK_FAILS(open("m/f", O_WRONLY), EROFS);
    CHECK_FAILS(unlink("m/f"), EROFS);
    CHECK_FAILS(chmod("m/f", 0600), EROFS);
    CHECK_FAILS(mkdir("m/d", 0755), EROFS);
    CHECK(umount2("m", 0) == 0);
    place_leave();
}

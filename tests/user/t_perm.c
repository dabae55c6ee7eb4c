/*
 * t_perm.c - who may do what to files: modes, owners, umask, the sticky bit
 * (row A-29).  The judge is a child that is not root.
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/place.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>

#define SOMEBODY 1000
#define OTHER 1001
#define GROUP 500

static void become(uid_t uid, gid_t gid)
{
    CHECK(setgroups(0, NULL) == 0 && setgid(gid) == 0 && setuid(uid) == 0);
}

static void file_of(const char *name, uid_t uid, gid_t gid, mode_t mode)
{
    place_file(name, "");
    CHECK(chown(name, uid, gid) == 0 && chmod(name, mode) == 0);
}

/* --- modes --- */

/* The owner's bits count for the owner, even if others may more. */
static void use_files(void)
{
    become(SOMEBODY, GROUP);
    CHECK(open("mine", O_RDWR) >= 0);
    CHECK_FAILS(open("mine_not", O_RDONLY), EACCES);
    CHECK(open("group", O_RDONLY) >= 0);
    CHECK_FAILS(open("group", O_WRONLY), EACCES);
    CHECK_FAILS(open("others_only", O_RDONLY), EACCES);
    CHECK(open("any", O_RDONLY) >= 0);
    CHECK_FAILS(open("roots", O_RDONLY), EACCES);
    CHECK_FAILS(open("roots", O_WRONLY | O_TRUNC), EACCES);
    CHECK_FAILS(truncate("roots", 0), EACCES);
    CHECK_FAILS(execl("any", "any", NULL), EACCES);
}

TEST("modes: owner, group and others")
{
    place_enter();
    file_of("mine", SOMEBODY, 0, 0600);
    file_of("mine_not", SOMEBODY, 0, 0077);
    file_of("group", 0, GROUP, 0640);
    file_of("others_only", 0, GROUP, 0604);
    file_of("any", 0, 0, 0604);
    file_of("roots", 0, 0, 0600);
    CHECK_EQ(tap_in_child(use_files), 0);
    CHECK(open("mine_not", O_RDWR) >= 0);       /* root may all, ... */
    CHECK_FAILS(execl("roots", "roots", NULL), EACCES); /* but this */
    place_leave();
}

static void use_folders(void)
{
    become(SOMEBODY, GROUP);
    CHECK_FAILS(access("closed/f", F_OK), EACCES);
    CHECK_FAILS(chdir("closed"), EACCES);
    CHECK(access("search/f", F_OK) == 0);
    CHECK_FAILS(open("search", O_RDONLY), EACCES);
    CHECK(open("list", O_RDONLY) >= 0);
    CHECK_FAILS(access("list/f", F_OK), EACCES);
    CHECK_FAILS(open("read/new", O_CREAT | O_RDWR, 0600), EACCES);
    CHECK_FAILS(unlink("read/f"), EACCES);
    CHECK_FAILS(mkdir("read/d", 0700), EACCES);
    CHECK_FAILS(rename("read/f", "x"), EACCES);
    CHECK_FAILS(symlink("x", "read/l"), EACCES);
    CHECK_FAILS(link("search/f", "read/l"), EACCES);
    CHECK(unlink("write/f") == 0);
}

static void folder(const char *name, mode_t mode)
{
    char file[64];

    CHECK(mkdir(name, 0755) == 0);
    snprintf(file, sizeof(file), "%s/f", name);
    place_file(file, "");
    CHECK(chmod(name, mode) == 0);
}

TEST("modes: searching, listing and changing folders")
{
    place_enter();
    folder("closed", 0700);
    folder("search", 0711);
    folder("list", 0744);
    folder("read", 0755);
    folder("write", 0777);
    CHECK_EQ(tap_in_child(use_folders), 0);
    place_leave();
}

static void ask(void)
{
    become(SOMEBODY, GROUP);
    CHECK(access("f", R_OK) == 0);
    CHECK_FAILS(access("f", W_OK), EACCES);
    CHECK_FAILS(access("f", X_OK), EACCES);
    CHECK_FAILS(access("f", 8), EINVAL);
}

static void ask_with_effective_root(void)
{
    CHECK(setresuid(SOMEBODY, 0, 0) == 0);
    CHECK_FAILS(access("f", W_OK), EACCES);     /* the real user's */
    CHECK(faccessat(AT_FDCWD, "f", W_OK, AT_EACCESS) == 0);
}

TEST("access asks for the real user, AT_EACCESS for the effective one")
{
    place_enter();
    file_of("f", 0, 0, 0604);
    CHECK_EQ(tap_in_child(ask), 0);
    CHECK_EQ(tap_in_child(ask_with_effective_root), 0);
    CHECK_FAILS(access("f", X_OK), EACCES);
    place_leave();
}

/* --- the sticky bit --- */

static void use_sticky(void)
{
    become(SOMEBODY, GROUP);
    CHECK_FAILS(unlink("s/others"), EPERM);
    CHECK_FAILS(rename("s/others", "s/x"), EPERM);
    CHECK_FAILS(rename("s/mine", "s/others"), EPERM);
    CHECK_FAILS(rmdir("s/dir"), EPERM);
    CHECK(unlink("s/mine") == 0);
}

TEST("sticky: only the owner removes and renames")
{
    place_enter();
    CHECK(mkdir("s", 0755) == 0 && chmod("s", 01777) == 0);
    CHECK(mkdir("s/dir", 0777) == 0);
    file_of("s/mine", SOMEBODY, 0, 0666);
    file_of("s/others", OTHER, 0, 0666);
    CHECK_EQ(tap_in_child(use_sticky), 0);
    CHECK(access("s/others", F_OK) == 0);
    place_leave();
}

/* --- umask --- */

static mode_t mode_of(const char *name)
{
    struct stat st;

    CHECK(lstat(name, &st) == 0);
    return st.st_mode & 07777;
}

TEST("A-29 umask: the old one comes back, and files go without it")
{
    place_enter();
    umask(022);
    CHECK_EQ(umask(027), 022);
    CHECK_EQ(umask(07777 | 027), 027);
    CHECK_EQ(umask(027), 0777);
    CHECK_EQ(close(open("f", O_CREAT | O_RDWR, 0666)), 0);
    CHECK_EQ(mode_of("f"), 0640);
    CHECK(mkdir("d", 0777) == 0 && mkfifo("p", 0666) == 0);
    CHECK_EQ(mode_of("d"), 0750);
    CHECK_EQ(mode_of("p"), 0640);
    CHECK(symlink("x", "l") == 0);
    CHECK_EQ(mode_of("l"), 0777);
    place_leave();
}

/* --- chmod and chown --- */

static void change_others(void)
{
    become(SOMEBODY, GROUP);
    CHECK_FAILS(chmod("roots", 0777), EPERM);
    CHECK_FAILS(chown("roots", SOMEBODY, -1), EPERM);
    CHECK_FAILS(chown("mine", OTHER, -1), EPERM);
    CHECK_FAILS(chown("mine", -1, 77), EPERM);
    CHECK(chown("mine", -1, GROUP) == 0);
    CHECK(chmod("mine", 0711) == 0);
}

TEST("chmod and chown: one's own files only, and groups one is in")
{
    struct stat st;

    place_enter();
    file_of("roots", 0, 0, 0644);
    file_of("mine", SOMEBODY, 0, 0644);
    CHECK_EQ(tap_in_child(change_others), 0);
    CHECK(stat("mine", &st) == 0);
    CHECK_EQ(st.st_gid, GROUP);
    CHECK_EQ(mode_of("mine"), 0711);
    place_leave();
}

static void write_own(void)
{
    become(SOMEBODY, GROUP);
    CHECK_EQ(write(open("suid", O_WRONLY), "x", 1), 1);
}

TEST("chown and writing take the set-user-id bit away")
{
    place_enter();
    file_of("suid", SOMEBODY, GROUP, 06777);
    CHECK_EQ(tap_in_child(write_own), 0);
    CHECK_EQ(mode_of("suid"), 0777);
    CHECK(chmod("suid", 06755) == 0 && chown("suid", OTHER, 7) == 0);
    CHECK_EQ(mode_of("suid"), 0755);
    place_leave();
}

TEST("a set-group-id folder gives its group away")
{
    struct stat st;

    place_enter();
    CHECK(mkdir("d", 0755) == 0 && chown("d", 0, GROUP) == 0);
    CHECK(chmod("d", 02755) == 0);
    place_file("d/f", "");
    CHECK(mkdir("d/e", 0755) == 0);
    CHECK(stat("d/f", &st) == 0);
    CHECK_EQ(st.st_gid, GROUP);
    CHECK(stat("d/e", &st) == 0);
    CHECK_EQ(st.st_gid, GROUP);
    CHECK(st.st_mode & S_ISGID);
    place_leave();
}

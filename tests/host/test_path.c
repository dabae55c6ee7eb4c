/*
 * test_path.c - walks along names: links, "..", mounts, permissions; the walk
 * without locks against the one with.
 *
 * sources: tests/host/fs_host.c tests/host/fake_data.c kernel/fs/walk.c
 * sources: kernel/fs/fastwalk.c kernel/fs/dentry.c kernel/fs/mount.c
 * sources: kernel/fs/inode.c kernel/fs/format.c kernel/fs/names.c
 * sources: kernel/fs/rename.c kernel/fs/perm.c kernel/fs/cred.c
 * sources: kernel/fs/task.c kernel/fs/fdtable.c kernel/fs/open.c
 * sources: kernel/fs/rw.c kernel/fs/attr.c kernel/fs/data.c kernel/fs/lock.c
 * sources: kernel/fs/tmpfs.c kernel/fs/tmpfs_super.c kernel/fs/fifo.c
 * sources: kernel/fs/pipe.c mm/iter.c kernel/lib/avl.c kernel/lib/bitmap.c
 * sources: kernel/lib/printf.c kernel/lib/string.c kernel/lib/errno.c
 */
#include "harness.h"

#include <stdio.h>
#include <string.h>

#include "alloc_host.h"
#include "fs_host.h"
#include "kernel/fs/walk.h"
#include "kernel/lib/errno.h"

/* --- a tree to walk in ---------------------------------------------------- */

static int make_tree(void **state)
{
    host_act_as(0, 0);
    host_make_dir("/t", 0755);
    host_make_dir("/t/a", 0755);
    host_make_dir("/t/a/b", 0755);
    host_make_file("/t/a/b/file", 0644);
    host_make_file("/t/a/other", 0600);
    host_make_link("/t/to_b", "a/b");
    host_make_link("/t/a/b/up", "../..");
    host_make_link("/t/absolute", "/t/a/other");
    host_make_link("/t/dangling", "nowhere/at/all");
    host_make_link("/t/loop", "loop");
    return 0;
}

static int remove_tree(void **state)
{
    host_act_as(0, 0);
    host_remove_tree("/t");
    dentry_check();
    return 0;
}

#define same_place(a, b) \
    assert_int_equal(host_find((a), 0), host_find((b), 0))

static void test_plain_names(void **state)
{
    assert_true(host_find("/t/a/b/file", 0) > 0);
    same_place("/t/a/b/file", "t/a/b/file");
    same_place("/t/a/b/file", "//t///a//b/file");
    same_place("/t/a/b/file", "/t/./a/b/./file");
    same_place("/t/a", "/t/a/b/..");
    same_place("/t/a", "/t/a/b/../../a/");
    same_place("/", "/..");
    same_place("/", "/../../t/../.");
}

static void test_names_that_lead_nowhere(void **state)
{
    char name[NAME_MAX + 8];

    assert_int_equal(host_find("/t/none", 0), -ENOENT);
    assert_int_equal(host_find("/t/none/x", 0), -ENOENT);
    assert_int_equal(host_find("", 0), -ENOENT);
    assert_int_equal(host_find("/t/a/other/x", 0), -ENOTDIR);
    assert_int_equal(host_find("/t/a/other/", 0), -ENOTDIR);
    assert_int_equal(host_find("/t/a/other/.", 0), -ENOTDIR);
    assert_int_equal(host_find("/t/a/other/..", 0), -ENOTDIR);
    assert_int_equal(host_find("/t/a/other", WALK_DIRECTORY), -ENOTDIR);
    memset(name, 'n', sizeof name);
    name[NAME_MAX] = '\0';
    assert_int_equal(host_find(name, 0), -ENOENT);
    name[NAME_MAX] = 'n';
    name[NAME_MAX + 1] = '\0';
    assert_int_equal(host_find(name, 0), -ENAMETOOLONG);
}

static void test_symbolic_links(void **state)
{
    same_place("/t/to_b/file", "/t/a/b/file");
    same_place("/t/to_b/", "/t/a/b");
    same_place("/t/a/b/up", "/t");
    same_place("/t/to_b/up/to_b/up/absolute", "/t/a/other");
    same_place("/t/to_b/..", "/t/a");
    assert_int_equal(host_find("/t/dangling", 0), -ENOENT);
    assert_true(host_find("/t/dangling", WALK_NOFOLLOW) > 0);
    assert_true(host_find("/t/to_b", WALK_NOFOLLOW) !=
                host_find("/t/a/b", 0));
    /* A slash behind it asks for what it leads to. */
    assert_int_equal(host_find("/t/to_b/", WALK_NOFOLLOW),
                     host_find("/t/a/b", 0));
    assert_int_equal(host_find("/t/absolute/", 0), -ENOTDIR);
}

static void test_number_of_links_is_limited(void **state)
{
    char name[32], target[32];

    assert_int_equal(host_find("/t/loop", 0), -ELOOP);
    host_make_file("/t/chain0", 0644);
    for (int i = 1; i <= LINKS_MAX + 1; i++) {
        snprintf(name, sizeof name, "/t/chain%d", i);
        snprintf(target, sizeof target, "chain%d", i - 1);
        host_make_link(name, target);
    }
    snprintf(name, sizeof name, "/t/chain%d", LINKS_MAX);
    same_place(name, "/t/chain0");
    snprintf(name, sizeof name, "/t/chain%d", LINKS_MAX + 1);
    assert_int_equal(host_find(name, 0), -ELOOP);
}

static void test_mounts_are_crossed_both_ways(void **state)
{
    long covered = host_find("/t/a", 0), inside;

    host_mount_tmpfs("/t/a", "mode=755");
    inside = host_find("/t/a", 0);
    assert_int_not_equal(covered, inside);
    assert_int_equal(host_find("/t/a/b", 0), -ENOENT);
    assert_int_equal(host_find("/t/to_b", 0), -ENOENT);
    host_make_dir("/t/a/new", 0755);
    same_place("/t/a/new/..", "/t/a");
    same_place("/t/a/new/../..", "/t");
    same_place("/t/a/..", "/t");
    /* One upon the other. */
    host_mount_tmpfs("/t/a", "mode=755");
    assert_int_equal(host_find("/t/a/new", 0), -ENOENT);
    same_place("/t/a/../a/..", "/t");
    host_unmount("/t/a");
    assert_true(host_find("/t/a/new", 0) > 0);
    host_unmount("/t/a");
    assert_int_equal(host_find("/t/a", 0), covered);
}

static void test_a_mount_covers_one_view_only(void **state)
{
    struct path p;
    long plain = host_find("/t/a/b", 0);

    host_make_dir("/t/bound", 0755);
    assert_int_equal(path_walk(NULL, "/t/bound", 0, &p), 0);
    assert_int_equal(vfs_mount("/t/a", &p, "", MS_BIND, ""), 0);
    path_put(&p);
    same_place("/t/bound/b", "/t/a/b");
    same_place("/t/bound/..", "/t");
    host_mount_tmpfs("/t/a/b", "");
    assert_int_not_equal(host_find("/t/a/b", 0), plain);
    assert_int_equal(host_find("/t/bound/b", 0), plain);
    host_mount_tmpfs("/t/bound/b", "");
    assert_int_not_equal(host_find("/t/bound/b", 0), plain);
    host_unmount("/t/a/b");
    assert_int_equal(host_find("/t/a/b", 0), plain);
    assert_int_not_equal(host_find("/t/bound/b", 0), plain);
    host_unmount("/t/bound/b");
    host_unmount("/t/bound");
}

static void test_busy_mounts_stay(void **state)
{
    struct path root, below;

    host_mount_tmpfs("/t/a", "");
    host_make_dir("/t/a/in", 0755);
    assert_int_equal(path_walk(NULL, "/t/a", 0, &root), 0);
    assert_int_equal(path_walk(NULL, "/t/a/in", 0, &below), 0);
    assert_int_equal(vfs_umount(&root, 0), -EBUSY);
    assert_int_equal(vfs_umount(&below, 0), -EINVAL);
    path_put(&below);
    assert_int_equal(vfs_rmdir(NULL, "/t/a"), -EBUSY);
    assert_int_equal(vfs_umount(&root, 0), 0);
    path_put(&root);
    assert_true(host_find("/t/a/b", 0) > 0);
}

static void test_formatting_goes_back(void **state)
{
    static const char *const names[] = {
        "/", "/t", "/t/a/b/file", "/t/a/mnt", "/t/a/mnt/deep",
    };
    char buf[PATH_MAX], *start;
    struct path p;

    host_make_dir("/t/a/mnt", 0755);
    host_mount_tmpfs("/t/a/mnt", "");
    host_make_dir("/t/a/mnt/deep", 0755);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        assert_int_equal(path_walk(NULL, names[i], 0, &p), 0);
        assert_int_equal(path_format(&p, NULL, buf, sizeof buf, &start), 0);
        assert_string_equal(start, names[i]);
        assert_int_equal(path_format(&p, NULL, buf, strlen(names[i]), &start),
                         -ERANGE);
        path_put(&p);
    }
    host_unmount("/t/a/mnt");
}

static void test_removed_names_say_so(void **state)
{
    char buf[PATH_MAX], *start;
    struct path p;

    host_make_dir("/t/gone", 0755);
    assert_int_equal(path_walk(NULL, "/t/gone", 0, &p), 0);
    assert_int_equal(vfs_rmdir(NULL, "/t/gone"), 0);
    assert_int_equal(path_format(&p, NULL, buf, sizeof buf, &start), 1);
    assert_string_equal(start, "/t/gone (deleted)");
    /* Nothing can be made in it any more. */
    assert_int_equal(vfs_make(&p, "x", &(struct make){ .mode = S_IFREG }, NULL),
                     -ENOENT);
    path_put(&p);
}

static void test_root_is_not_left(void **state)
{
    struct fs_context *fs = kernel_fs_task.fs;
    struct path a, root;

    assert_int_equal(path_walk(NULL, "/t/a", 0, &a), 0);
    root = fs->root;
    path_get(&root);
    fs_set_root(fs, &a);
    assert_int_equal(host_find("/b/../../../..", 0), host_find("/", 0));
    assert_int_equal(host_find("/t", 0), -ENOENT);
    assert_true(host_find("/b/file", 0) > 0);
    /* Links begin at the root, too. */
    host_make_link("/b/abs", "/other");
    assert_int_equal(host_find("/b/abs", 0), host_find("/other", 0));
    fs_set_root(fs, &root);
}

static void test_permissions(void **state)
{
    host_make_dir("/t/private", 0700);
    host_make_file("/t/private/f", 0644);
    host_make_dir("/t/blind", 0711);
    host_make_file("/t/blind/f", 0640);
    host_act_as(1000, 1000);
    assert_int_equal(host_find("/t/private", 0) > 0, true);
    assert_int_equal(host_find("/t/private/f", 0), -EACCES);
    assert_int_equal(host_find("/t/private/none", 0), -EACCES);
    assert_int_equal(host_find("/t/private/..", 0), -EACCES);
    assert_true(host_find("/t/blind/f", 0) > 0);
    assert_int_equal(vfs_make(NULL, "/t/blind/x",
                              &(struct make){ .mode = S_IFREG }, NULL),
                     -EACCES);
    assert_int_equal(vfs_unlink(NULL, "/t/blind/f"), -EACCES);
    host_act_as(0, 0);
}

static int open_as(uid_t uid, gid_t gid, unsigned flags)
{
    struct open_how how = { .flags = flags };
    struct file *f;
    int error;

    host_act_as(uid, gid);
    error = file_open(NULL, "/t/modes", &how, &f);
    if (!error)
        file_put(f);
    host_act_as(0, 0);
    return error;
}

static void test_owner_group_others(void **state)
{
    struct path p;

    host_make_file("/t/modes", 0640);
    assert_int_equal(path_walk(NULL, "/t/modes", 0, &p), 0);
    assert_int_equal(vfs_chown(&p, p.dentry->inode, 10, 20), 0);
    assert_int_equal(open_as(10, 10, O_RDWR), 0);
    assert_int_equal(open_as(11, 20, O_RDONLY), 0);
    assert_int_equal(open_as(11, 20, O_RDWR), -EACCES);
    assert_int_equal(open_as(11, 21, O_RDONLY), -EACCES);
    assert_int_equal(open_as(0, 0, O_RDWR), 0);
    /* The owner's bits count for the owner, though others may more. */
    assert_int_equal(vfs_chmod(&p, p.dentry->inode, 0077), 0);
    assert_int_equal(open_as(10, 20, O_RDONLY), -EACCES);
    assert_int_equal(open_as(11, 20, O_RDWR), 0);
    path_put(&p);
}

static void test_sticky_directory(void **state)
{
    host_make_dir("/t/tmp", 01777);
    host_act_as(1000, 1000);
    host_make_file("/t/tmp/mine", 0666);
    host_act_as(1001, 1001);
    assert_int_equal(vfs_unlink(NULL, "/t/tmp/mine"), -EPERM);
    assert_int_equal(vfs_rename(NULL, "/t/tmp/mine", NULL, "/t/tmp/his", 0),
                     -EPERM);
    host_act_as(1000, 1000);
    assert_int_equal(vfs_unlink(NULL, "/t/tmp/mine"), 0);
    host_act_as(0, 0);
}

/* --- both kinds of walk --------------------------------------------------- */

static long find_slowly(const char *name, bool follow)
{
    struct walk w;
    long result;

    walk_begin(&w, NULL, name);
    result = walk_rest(&w, follow);
    if (!result)
        result = w.at.dentry->inode->ino;
    walk_end(&w);
    return result;
}

static void random_name(char *name)
{
    static const char *const parts[] = {
        "t", "a", "b", "file", "other", "to_b", "up", "absolute", "dangling",
        "loop", "mnt", "deep", ".", "..", "none", "", "locked",
    };
    unsigned n = 1 + xorshift_below(&host_random, 7);

    strcpy(name, xorshift_below(&host_random, 2) ? "/t" : "");
    while (n--) {
        strcat(name, "/");
        strcat(name, parts[xorshift_below(&host_random, ARRAY_SIZE(parts))]);
    }
}

static void test_both_walks_agree(void **state)
{
    char name[256];

    host_make_dir("/t/a/mnt", 0755);
    host_mount_tmpfs("/t/a/mnt", "");
    host_make_dir("/t/a/mnt/deep", 0755);
    host_make_dir("/t/a/locked", 0700);
    host_make_file("/t/a/locked/file", 0600);
    for (int i = 0; i < 20000; i++) {
        bool follow = i & 1;

        host_act_as(i & 2 ? 1000 : 0, 0);
        random_name(name);
        if (host_find(name, follow ? 0 : WALK_NOFOLLOW) !=
            find_slowly(name, follow))
            fail_msg("%s", name);
    }
    host_act_as(0, 0);
    host_unmount("/t/a/mnt");
}

/* --- no memory ------------------------------------------------------------ */

static void test_every_allocation_may_fail(void **state)
{
    struct open_how how = { .flags = O_CREAT | O_RDWR, .mode = 0644 };
    size_t before = host_allocated;
    struct file *f;
    int error;

    for (unsigned n = 1; ; n++) {
        alloc_fail_nth(n);
        error = file_open(NULL, "/t/to_b/up/to_b/a_rather_long_name_that_does_"
                          "not_fit_into_a_dentry", &how, &f);
        alloc_fail_nth(0);
        if (!error)
            break;
        assert_true(error == -ENOMEM || error == -ENFILE);
        dentry_check();
        if (host_find("/t/a/b/a_rather_long_name_that_does_"
                      "not_fit_into_a_dentry", 0) > 0)
            assert_int_equal(vfs_unlink(NULL, "/t/a/b/a_rather_long_name_that_"
                                        "does_not_fit_into_a_dentry"), 0);
        assert_int_equal(host_allocated, before);
        assert_true(n < 100);
    }
    file_put(f);
    assert_int_equal(vfs_unlink(NULL, "/t/to_b/a_rather_long_name_that_does_"
                                "not_fit_into_a_dentry"), 0);
    assert_int_equal(host_allocated, before);
}

int main(void)
{
#define in_tree(test) \
    cmocka_unit_test_setup_teardown(test, make_tree, remove_tree)
    const struct CMUnitTest tests[] = {
        in_tree(test_plain_names),
        in_tree(test_names_that_lead_nowhere),
        in_tree(test_symbolic_links),
        in_tree(test_number_of_links_is_limited),
        in_tree(test_mounts_are_crossed_both_ways),
        in_tree(test_a_mount_covers_one_view_only),
        in_tree(test_busy_mounts_stay),
        in_tree(test_formatting_goes_back),
        in_tree(test_removed_names_say_so),
        in_tree(test_root_is_not_left),
        in_tree(test_permissions),
        in_tree(test_owner_group_others),
        in_tree(test_sticky_directory),
        in_tree(test_both_walks_agree),
        in_tree(test_every_allocation_may_fail),
    };

    host_fs_begin();
    return host_run(tests);
}

/*
 * test_names.c - making, linking, renaming and removing in tmpfs: each rule,
 * and a long random life against a model.
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
#include "kernel/lib/errno.h"

static int begin(void **state)
{
    host_act_as(0, 0);
    host_make_dir("/t", 0755);
    return 0;
}

static int end(void **state)
{
    host_remove_tree("/t");
    dentry_check();
    return 0;
}

static u32 links(const char *name)
{
    struct path p;
    u32 n;

    assert_int_equal(path_walk(NULL, name, WALK_NOFOLLOW, &p), 0);
    n = p.dentry->inode->nlink;
    path_put(&p);
    return n;
}

static int rename_to(const char *from, const char *to, unsigned flags)
{
    return vfs_rename(NULL, from, NULL, to, flags);
}

/* --- rules ---------------------------------------------------------------- */

static void test_making(void **state)
{
    struct make file = { .mode = S_IFREG | 0644 };

    assert_int_equal(vfs_make(NULL, "/t/f", &file, NULL), 0);
    assert_int_equal(vfs_make(NULL, "/t/f", &file, NULL), -EEXIST);
    assert_int_equal(vfs_make(NULL, "/t/g/", &file, NULL), -ENOENT);
    assert_int_equal(vfs_make(NULL, "/t/none/x", &file, NULL), -ENOENT);
    assert_int_equal(vfs_make(NULL, "/t/f/x", &file, NULL), -ENOTDIR);
    assert_int_equal(vfs_make(NULL, "/t/.", &file, NULL), -EEXIST);
    assert_int_equal(vfs_make(NULL, "/", &file, NULL), -EEXIST);
}

static void test_link_counts(void **state)
{
    struct path p;

    host_make_dir("/t/d", 0755);
    assert_int_equal(links("/t"), 3);
    assert_int_equal(links("/t/d"), 2);
    host_make_file("/t/f", 0644);
    assert_int_equal(path_walk(NULL, "/t/f", 0, &p), 0);
    assert_int_equal(vfs_link(&p, NULL, "/t/d/g"), 0);
    assert_int_equal(vfs_link(&p, NULL, "/t/d/g"), -EEXIST);
    assert_int_equal(links("/t/f"), 2);
    assert_int_equal(host_find("/t/f", 0), host_find("/t/d/g", 0));
    assert_int_equal(vfs_unlink(NULL, "/t/f"), 0);
    assert_int_equal(links("/t/d/g"), 1);
    assert_int_equal(vfs_unlink(NULL, "/t/d/g"), 0);
    assert_int_equal(vfs_link(&p, NULL, "/t/again"), -ENOENT);
    path_put(&p);
    assert_int_equal(path_walk(NULL, "/t/d", 0, &p), 0);
    assert_int_equal(vfs_link(&p, NULL, "/t/e"), -EPERM);
    path_put(&p);
    assert_int_equal(vfs_rmdir(NULL, "/t/d"), 0);
    assert_int_equal(links("/t"), 2);
}

static void test_removing(void **state)
{
    host_make_dir("/t/d", 0755);
    host_make_file("/t/d/f", 0644);
    host_make_link("/t/l", "d");
    assert_int_equal(vfs_rmdir(NULL, "/t/d"), -ENOTEMPTY);
    assert_int_equal(vfs_unlink(NULL, "/t/d"), -EISDIR);
    assert_int_equal(vfs_rmdir(NULL, "/t/d/f"), -ENOTDIR);
    assert_int_equal(vfs_unlink(NULL, "/t/d/f/"), -ENOTDIR);
    assert_int_equal(vfs_rmdir(NULL, "/t/d/."), -EINVAL);
    assert_int_equal(vfs_rmdir(NULL, "/t/d/.."), -ENOTEMPTY);
    assert_int_equal(vfs_rmdir(NULL, "/"), -EBUSY);
    assert_int_equal(vfs_rmdir(NULL, "/t/l"), -ENOTDIR);
    assert_int_equal(vfs_unlink(NULL, "/t/l"), 0);
    assert_int_equal(vfs_unlink(NULL, "/t/l"), -ENOENT);
    assert_true(host_find("/t/d/f", 0) > 0);
}

static void test_renaming_files(void **state)
{
    long f, g;

    host_make_dir("/t/d", 0755);
    host_make_file("/t/f", 0644);
    host_make_file("/t/g", 0644);
    f = host_find("/t/f", 0);
    g = host_find("/t/g", 0);
    assert_int_equal(rename_to("/t/f", "/t/g", RENAME_NOREPLACE), -EEXIST);
    assert_int_equal(rename_to("/t/f", "/t/d", 0), -EISDIR);
    assert_int_equal(rename_to("/t/f", "/t/h/", 0), -ENOTDIR);
    assert_int_equal(rename_to("/t/none", "/t/g", 0), -ENOENT);
    assert_int_equal(rename_to("/t/f", "/t/.", 0), -EBUSY);
    assert_int_equal(rename_to("/t/f", "/t/g", RENAME_EXCHANGE), 0);
    assert_int_equal(host_find("/t/f", 0), g);
    assert_int_equal(host_find("/t/g", 0), f);
    assert_int_equal(rename_to("/t/f", "/t/g", 0), 0);
    assert_int_equal(host_find("/t/f", 0), -ENOENT);
    assert_int_equal(host_find("/t/g", 0), g);
    assert_int_equal(rename_to("/t/g", "/t/d/a_name_that_is_too_long_to_be_"
                               "kept_inside_a_dentry", 0), 0);
    assert_int_equal(rename_to("/t/g", "/t/x", RENAME_EXCHANGE), -ENOENT);
}

static void test_renaming_directories(void **state)
{
    host_make_dir("/t/a", 0755);
    host_make_dir("/t/a/sub", 0755);
    host_make_dir("/t/b", 0755);
    host_make_file("/t/f", 0644);
    assert_int_equal(rename_to("/t/a", "/t/a/sub/x", 0), -EINVAL);
    assert_int_equal(rename_to("/t/a", "/t/a/sub", 0), -EINVAL);
    assert_int_equal(rename_to("/t/a/sub", "/t/a", 0), -ENOTEMPTY);
    assert_int_equal(rename_to("/t/a", "/t/f", 0), -ENOTDIR);
    assert_int_equal(rename_to("/t/b", "/t/a", 0), -ENOTEMPTY);
    assert_int_equal(rename_to("/t/a/sub", "/t/b", 0), 0);
    assert_int_equal(links("/t/a"), 2);
    assert_int_equal(links("/t"), 4);
    assert_int_equal(rename_to("/t/b", "/t/a/inside", 0), 0);
    assert_int_equal(links("/t/a"), 3);
    assert_int_equal(links("/t"), 3);
    assert_int_equal(host_find("/t/a/inside/../..", 0), host_find("/t", 0));
    assert_int_equal(rename_to("/t/a/inside", "/t/f", RENAME_EXCHANGE), 0);
    assert_int_equal(links("/t/a"), 2);
    assert_int_equal(links("/t"), 4);
    assert_int_equal(host_find("/t/f/..", 0), host_find("/t", 0));
}

static void test_two_names_of_one_file(void **state)
{
    struct path p;

    host_make_file("/t/f", 0644);
    assert_int_equal(path_walk(NULL, "/t/f", 0, &p), 0);
    assert_int_equal(vfs_link(&p, NULL, "/t/g"), 0);
    path_put(&p);
    assert_int_equal(rename_to("/t/f", "/t/g", 0), 0);
    assert_int_equal(links("/t/f"), 2);
}

static void test_another_file_system(void **state)
{
    struct path p;

    host_make_dir("/t/m", 0755);
    host_mount_tmpfs("/t/m", "");
    host_make_file("/t/f", 0644);
    assert_int_equal(rename_to("/t/f", "/t/m/f", 0), -EXDEV);
    assert_int_equal(path_walk(NULL, "/t/f", 0, &p), 0);
    assert_int_equal(vfs_link(&p, NULL, "/t/m/f"), -EXDEV);
    path_put(&p);
    assert_int_equal(rename_to("/t/m", "/t/n", 0), -EBUSY);
    host_unmount("/t/m");
}

/* --- options -------------------------------------------------------------- */

static void test_mount_options(void **state)
{
    static const char *const bad[] = {
        "size=", "size=x", "mode=9", "nonsense", "uid=-1", "size=1k,mode=",
    };
    struct path p;

    host_make_dir("/t/m", 0755);
    assert_int_equal(path_walk(NULL, "/t/m", 0, &p), 0);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(vfs_mount("x", &p, "tmpfs", 0, bad[i]), -EINVAL);
    assert_int_equal(vfs_mount("x", &p, "none", 0, ""), -ENODEV);
    path_put(&p);
    host_mount_tmpfs("/t/m", "size=64k,nr_inodes=3,mode=0750,uid=5,gid=6");
    assert_int_equal(path_walk(NULL, "/t/m", 0, &p), 0);
    assert_int_equal(p.dentry->inode->mode, S_IFDIR | 0750);
    assert_int_equal(p.dentry->inode->uid, 5);
    assert_int_equal(p.dentry->inode->gid, 6);
    path_put(&p);
    host_make_file("/t/m/1", 0644);
    host_make_file("/t/m/2", 0644);
    assert_int_equal(vfs_make(NULL, "/t/m/3", &(struct make){ .mode = S_IFREG },
                              NULL), -ENOSPC);
    assert_int_equal(vfs_unlink(NULL, "/t/m/1"), 0);
    host_make_file("/t/m/3", 0644);
    /* What is left goes with the file system. */
    host_unmount("/t/m");
}

static void test_read_only_mount(void **state)
{
    struct path p;

    host_make_dir("/t/m", 0755);
    host_mount_tmpfs("/t/m", "");
    host_make_file("/t/m/f", 0644);
    assert_int_equal(path_walk(NULL, "/t/m", 0, &p), 0);
    assert_int_equal(vfs_mount("", &p, "", MS_REMOUNT | MS_RDONLY, ""), 0);
    assert_int_equal(vfs_unlink(NULL, "/t/m/f"), -EROFS);
    assert_int_equal(vfs_make(NULL, "/t/m/g", &(struct make){ .mode = S_IFREG },
                              NULL), -EROFS);
    assert_int_equal(vfs_chmod(&p, p.dentry->inode, 0), -EROFS);
    assert_int_equal(vfs_mount("", &p, "", MS_REMOUNT, ""), 0);
    assert_int_equal(vfs_unlink(NULL, "/t/m/f"), 0);
    path_put(&p);
    host_unmount("/t/m");
}

/* --- readdir -------------------------------------------------------------- */

struct lister {
    struct dir_sink sink;
    unsigned room;
    char seen[256];
};

static bool list_name(struct dir_sink *sink, const struct name *name,
                      ino_t ino, unsigned type, off_t next)
{
    struct lister *l = container_of(sink, struct lister, sink);

    if (!l->room)
        return false;
    l->room--;
    strncat(l->seen, name->text, name->length);
    strcat(l->seen, " ");
    return true;
}

static void test_listing_goes_on_where_it_was(void **state)
{
    struct open_how how = { .flags = O_RDONLY | O_DIRECTORY };
    struct lister l = { .sink = { list_name } };
    struct file *f;

    for (char c = 'a'; c <= 'e'; c++)
        host_make_file((char[]){ '/', 't', '/', c, '\0' }, 0644);
    assert_int_equal(file_open(NULL, "/t", &how, &f), 0);
    for (int i = 0; i < 4; i++) {
        l.room = 1;
        assert_int_equal(file_readdir(f, &l.sink), 0);
    }
    /* Removed before and behind; new ones come at the end. */
    assert_int_equal(vfs_unlink(NULL, "/t/a"), 0);
    assert_int_equal(vfs_unlink(NULL, "/t/c"), 0);
    host_make_file("/t/f", 0644);
    l.room = 100;
    assert_int_equal(file_readdir(f, &l.sink), 0);
    assert_string_equal(l.seen, ". .. a b d e f ");
    assert_int_equal(file_seek(f, 0, SEEK_SET), 0);
    l.seen[0] = '\0';
    assert_int_equal(file_readdir(f, &l.sink), 0);
    assert_string_equal(l.seen, ". .. b d e f ");
    file_put(f);
}

/* --- a random life, against a model --------------------------------------- */

/* The model: for each of some names (two levels), what is there. */
struct model {
    long ino;                       /* 0: nothing */
    bool directory;
};
static struct model top[4], below[4][4];

static void name_of_place(char *name, int i, int j)
{
    if (j < 0)
        sprintf(name, "/t/%d", i);
    else
        sprintf(name, "/t/%d/%d", i, j);
}

static struct model *place(int i, int j)
{
    return j < 0 ? &top[i] : &below[i][j];
}

static bool is_empty(int i)
{
    for (int j = 0; j < 4; j++)
        if (below[i][j].ino)
            return false;
    return true;
}

static void check_model(void)
{
    char name[32];

    for (int i = 0; i < 4; i++) {
        for (int j = -1; j < 4; j++) {
            long expected = place(i, j)->ino;

            if (j >= 0 && !top[i].directory)
                continue;
            name_of_place(name, i, j);
            assert_int_equal(host_find(name, 0),
                             expected ? expected : -ENOENT);
        }
    }
    dentry_check();
}

static void random_place(int *i, int *j)
{
    *i = xorshift_below(&host_random, 4);
    *j = (int)xorshift_below(&host_random, 5) - 1;
}

static bool parent_there(int i, int j)
{
    return j < 0 || (top[i].ino && top[i].directory);
}

static void do_make(int i, int j)
{
    bool directory = j < 0 && xorshift_below(&host_random, 2);
    struct make what = { .mode = (directory ? S_IFDIR : S_IFREG) | 0755 };
    char name[32];
    int error;

    name_of_place(name, i, j);
    error = vfs_make(NULL, name, &what, NULL);
    if (place(i, j)->ino) {
        assert_int_equal(error, -EEXIST);
        return;
    }
    assert_int_equal(error, 0);
    *place(i, j) = (struct model){ host_find(name, 0), directory };
}

static void do_remove(int i, int j)
{
    struct model *m = place(i, j);
    char name[32];
    int error;

    name_of_place(name, i, j);
    error = m->directory ? vfs_rmdir(NULL, name) : vfs_unlink(NULL, name);
    if (!m->ino)
        assert_int_equal(error, -ENOENT);
    else if (m->directory && !is_empty(i))
        assert_int_equal(error, -ENOTEMPTY);
    else
        assert_int_equal(error, 0);
    if (!error)
        *m = (struct model){ 0 };
}

static void swap_children(int i, int k)
{
    struct model children[4];

    memcpy(children, below[i], sizeof children);
    memcpy(below[i], below[k], sizeof children);
    memcpy(below[k], children, sizeof children);
}

/* Directories stay at the top, so that the model stays of two levels. */
static void do_rename(int i, int j, int k, int l)
{
    struct model *from = place(i, j), *to = place(k, l), moved = *from;
    unsigned flags = xorshift_below(&host_random, 3) ? 0 : RENAME_EXCHANGE;
    char a[32], b[32];
    int error;

    if ((from->directory && l >= 0) ||
        ((flags & RENAME_EXCHANGE) && to->directory && j >= 0))
        return;
    name_of_place(a, i, j);
    name_of_place(b, k, l);
    error = rename_to(a, b, flags);
    if (!from->ino || ((flags & RENAME_EXCHANGE) && !to->ino)) {
        assert_int_equal(error, -ENOENT);
    } else if (from == to) {
        assert_int_equal(error, 0);
    } else if (flags & RENAME_EXCHANGE) {
        if (error)          /* a directory with what is inside it */
            return;
        if (j < 0 && l < 0)
            swap_children(i, k);
        *from = *to;
        *to = moved;
    } else if (error) {
        assert_true(to->ino);
        assert_true(from->directory != to->directory || !is_empty(k));
    } else {
        assert_true(!to->ino || from->directory == to->directory);
        if (from->directory)
            swap_children(i, k);
        *to = moved;
        *from = (struct model){ 0 };
    }
}

static void test_random_life(void **state)
{
    memset(top, 0, sizeof top);
    memset(below, 0, sizeof below);
    for (int step = 0; step < 20000; step++) {
        int i, j, k, l;

        random_place(&i, &j);
        random_place(&k, &l);
        if (!parent_there(i, j) || !parent_there(k, l))
            continue;
        switch (xorshift_below(&host_random, 4)) {
        case 0:
        case 1:
            do_make(i, j);
            break;
        case 2:
            do_remove(i, j);
            break;
        default:
            do_rename(i, j, k, l);
            break;
        }
        check_model();
    }
}

static void test_rename_with_no_memory(void **state)
{
    size_t before;

    host_make_file("/t/f", 0644);
    host_make_dir("/t/d", 0755);
    before = host_allocated;
    for (unsigned n = 1; ; n++) {
        int error;

        alloc_fail_nth(n);
        error = rename_to("/t/f", "/t/d/long_long_long_long_long_long_name_"
                          "that_needs_memory", 0);
        alloc_fail_nth(0);
        if (!error)
            break;
        assert_int_equal(error, -ENOMEM);
        assert_int_equal(host_allocated, before);
        assert_true(host_find("/t/f", 0) > 0);
        dentry_check();
    }
}

int main(void)
{
#define in_tree(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        in_tree(test_making),
        in_tree(test_link_counts),
        in_tree(test_removing),
        in_tree(test_renaming_files),
        in_tree(test_renaming_directories),
        in_tree(test_two_names_of_one_file),
        in_tree(test_another_file_system),
        in_tree(test_mount_options),
        in_tree(test_read_only_mount),
        in_tree(test_listing_goes_on_where_it_was),
        in_tree(test_random_life),
        in_tree(test_rename_with_no_memory),
    };

    host_fs_begin();
    return host_run(tests);
}

/*
 * test_initramfs.c - archives become files: every kind, links, replacements,
 * missing directories; and broken archives become errors with a reason.
 *
 * sources: tests/host/fs_host.c tests/host/fake_data.c kernel/fs/walk.c
 * sources: kernel/fs/fastwalk.c kernel/fs/dentry.c kernel/fs/mount.c
 * sources: kernel/fs/inode.c kernel/fs/format.c kernel/fs/names.c
 * sources: kernel/fs/rename.c kernel/fs/perm.c kernel/fs/cred.c
 * sources: kernel/fs/task.c kernel/fs/fdtable.c kernel/fs/open.c
 * sources: kernel/fs/rw.c kernel/fs/attr.c kernel/fs/data.c kernel/fs/lock.c
 * sources: kernel/fs/tmpfs.c kernel/fs/tmpfs_super.c kernel/fs/fifo.c
 * sources: kernel/fs/pipe.c kernel/fs/initramfs.c kernel/lib/cpio.c mm/iter.c
 * sources: kernel/lib/avl.c kernel/lib/bitmap.c kernel/lib/printf.c
 * sources: kernel/lib/string.c kernel/lib/errno.c
 */
#include "harness.h"

#include <stdio.h>
#include <string.h>

#include "alloc_host.h"
#include "fs_host.h"
#include "kernel/fs/initramfs.h"
#include "kernel/lib/errno.h"

/* --- a small writer of archives ------------------------------------------- */

static u8 archive[65536];
static size_t length;

struct entry {
    const char *name;
    u32 mode, ino, nlink, rdev_major, rdev_minor;
    const char *data;
};

static void pad(void)
{
    while (length % 4)
        archive[length++] = 0;
}

#define add(...) add_entry((struct entry){ ENTRY(__VA_ARGS__) })
#define ENTRY(path, type, ...) .name = (path), .mode = (type), ##__VA_ARGS__

static void add_entry(struct entry e)
{
    const char *data = e.data ? e.data : "";
    size_t size = strlen(data);

    length += sprintf((char *)archive + length,
                      "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x"
                      "%08zx%08x", e.ino, e.mode, 3, 4, e.nlink ? e.nlink : 1,
                      1000, size, 0, 0, e.rdev_major, e.rdev_minor,
                      strlen(e.name) + 1, 0);
    strcpy((char *)archive + length, e.name);
    length += strlen(e.name) + 1;
    pad();
    memcpy(archive + length, data, size);
    length += size;
    pad();
}

static void finish(void)
{
    add("TRAILER!!!", 0);
}

static int unpack(void)
{
    const char *why = NULL;
    size_t offset = ~0ul;
    int error = initramfs_unpack(archive, length, &why, &offset);

    if (error) {
        assert_non_null(why);
        assert_true(offset <= length);
    }
    return error;
}

static int begin(void **state)
{
    host_act_as(0, 0);
    host_make_dir("/r", 0755);
    length = 0;
    memset(archive, 0, sizeof archive);
    return 0;
}

static int end(void **state)
{
    host_remove_tree("/r");
    return 0;
}

static const char *content(const char *name)
{
    static char buf[256];
    struct open_how how = { .flags = O_RDONLY };
    struct file *f;
    ssize_t n;

    assert_int_equal(file_open(NULL, name, &how, &f), 0);
    n = file_read_kernel(f, buf, sizeof buf - 1, 0);
    file_put(f);
    assert_true(n >= 0);
    buf[n] = '\0';
    return buf;
}

static struct stat stat_of(const char *name)
{
    struct path p;
    struct stat st;

    assert_int_equal(path_walk(NULL, name, WALK_NOFOLLOW, &p), 0);
    vfs_stat(p.dentry->inode, &st);
    path_put(&p);
    return st;
}

static void test_every_kind(void **state)
{
    struct stat st;

    add("./r/dir", S_IFDIR | 0750);
    add("r/dir/file", S_IFREG | 04755, .data = "hello");
    add("/r/link", S_IFLNK | 0777, .data = "dir/file");
    add("r/null", S_IFCHR | 0666, .rdev_major = 1,
        .rdev_minor = 3);
    add("r/fifo", S_IFIFO | 0600);
    finish();
    assert_int_equal(unpack(), 0);
    assert_string_equal(content("/r/link"), "hello");
    st = stat_of("/r/dir/file");
    assert_int_equal(st.mode, S_IFREG | 04755);
    assert_int_equal(st.uid, 3);
    assert_int_equal(st.gid, 4);
    assert_int_equal(st.mtime.sec, 1000);
    assert_int_equal(stat_of("/r/dir").mode, S_IFDIR | 0750);
    assert_int_equal(stat_of("/r/null").rdev, dev_make(1, 3));
    assert_int_equal(stat_of("/r/fifo").mode, S_IFIFO | 0600);
}

static void test_missing_directories_are_made(void **state)
{
    add("r/a/b/c", S_IFREG | 0644, .data = "deep");
    finish();
    assert_int_equal(unpack(), 0);
    assert_string_equal(content("/r/a/b/c"), "deep");
    assert_int_equal(stat_of("/r/a").mode, S_IFDIR | 0755);
}

static void test_hard_links(void **state)
{
    add("r/one", S_IFREG | 0644, .ino = 7, .nlink = 2);
    add("r/two", S_IFREG | 0644, .ino = 7, .nlink = 2,
        .data = "both");
    finish();
    assert_int_equal(unpack(), 0);
    assert_string_equal(content("/r/one"), "both");
    assert_int_equal(stat_of("/r/one").ino, stat_of("/r/two").ino);
    assert_int_equal(stat_of("/r/one").nlink, 2);
}

static void test_later_archives_win(void **state)
{
    add("r/f", S_IFREG | 0644, .data = "first and longer");
    add("r/d", S_IFDIR | 0755);
    finish();
    length = ALIGN_UP(length, 512ul);
    add("r/f", S_IFREG | 0600, .data = "second");
    add("r/d", S_IFDIR | 0700);
    finish();
    assert_int_equal(unpack(), 0);
    assert_string_equal(content("/r/f"), "second");
    assert_int_equal(stat_of("/r/f").mode, S_IFREG | 0600);
    assert_int_equal(stat_of("/r/d").mode, S_IFDIR | 0700);
}

static void test_contradictions_are_errors(void **state)
{
    add("r/x", S_IFREG | 0644);
    add("r/x/y", S_IFREG | 0644);
    finish();
    assert_int_equal(unpack(), -ENOTDIR);
    length = 0;
    add("r/odd", 0070000 | 0644);
    finish();
    assert_int_equal(unpack(), -EINVAL);
    length = 0;
    add("r/empty", S_IFLNK | 0777);
    finish();
    assert_int_equal(unpack(), -EINVAL);
    length = 0;
    add("r/one", S_IFREG | 0644, .ino = 9, .nlink = 2);
    add("r/one", S_IFIFO | 0644);
    add("r/two", S_IFREG | 0644, .ino = 9, .nlink = 2, .data = "waits");
    finish();
    assert_int_equal(unpack(), -EINVAL);
}

static void test_truncated_at_every_byte(void **state)
{
    size_t whole;

    add("r/a", S_IFREG | 0644, .data = "some bytes");
    add("r/l", S_IFLNK | 0777, .data = "a");
    finish();
    whole = length;
    for (length = 0; length < whole; length++) {
        int error = unpack();

        if (length == 0)
            assert_int_equal(error, 0);
        dentry_check();
    }
    assert_int_equal(unpack(), 0);
}

/* Whatever an archive holds: an error or files, nothing else. */
static void test_random_damage(void **state)
{
    static u8 good[sizeof archive];
    size_t whole;

    add("r/d", S_IFDIR | 0755);
    add("r/d/f", S_IFREG | 0644, .data = "bytes");
    add("r/d/g", S_IFREG | 0644, .ino = 5, .nlink = 2);
    add("r/h", S_IFREG | 0644, .ino = 5, .nlink = 2,
        .data = "x");
    add("r/l", S_IFLNK | 0777, .data = "d/f");
    finish();
    whole = length;
    memcpy(good, archive, whole);
    for (int i = 0; i < 3000; i++) {
        memcpy(archive, good, whole);
        for (u64 k = xorshift_below(&host_random, 4); k-- > 0; )
            archive[xorshift_below(&host_random, whole)] =
                "0123456789abcdef/.r\0"[xorshift_below(&host_random, 20)];
        unpack();
        dentry_check();
        host_act_as(0, 0);
    }
}

static void test_every_allocation_may_fail(void **state)
{
    int error;

    add("r/a_long_name_for_a_directory_in_the_archive/f",
        S_IFREG | 0644, .data = "bytes");
    add("r/l", S_IFLNK | 0777, .data = "target");
    finish();
    for (unsigned n = 1; ; n++) {
        const char *why;
        size_t offset;

        alloc_fail_nth(n);
        error = initramfs_unpack(archive, length, &why, &offset);
        alloc_fail_nth(0);
        if (!error)
            break;
        assert_int_equal(error, -ENOMEM);
        assert_string_equal(why, "no room for its files");
    }
}

int main(void)
{
#define in_root(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        in_root(test_every_kind),
        in_root(test_missing_directories_are_made),
        in_root(test_hard_links),
        in_root(test_later_archives_win),
        in_root(test_contradictions_are_errors),
        in_root(test_truncated_at_every_byte),
        in_root(test_random_damage),
        in_root(test_every_allocation_may_fail),
    };

    host_fs_begin();
    return host_run(tests);
}

/*
 * test_fdtable.c - descriptor tables: the lowest free one, dup, close-on-exec,
 * fork, growth; a random life against a model.
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

#include <string.h>

#include "alloc_host.h"
#include "fs_host.h"
#include "kernel/fs/fdtable.h"
#include "kernel/lib/errno.h"

static u64 limit;
static size_t allocated;

static int begin(void **state)
{
    host_act_as(0, 0);
    allocated = host_allocated;
    limit = 256;
    kernel_fs_task.open_files_limit = &limit;
    kernel_fs_task.fdt = fdtable_create();
    return 0;
}

static int end(void **state)
{
    fdtable_check(kernel_fs_task.fdt);
    fdtable_put(kernel_fs_task.fdt);
    kernel_fs_task.fdt = NULL;
    assert_int_equal(file_count(), 0);
    assert_int_equal(host_allocated, allocated);
    return 0;
}

static struct file *new_file(void)
{
    struct open_how how = { .flags = O_RDONLY };
    struct file *f;

    assert_int_equal(file_open(NULL, "/file", &how, &f), 0);
    return f;
}

static struct file *file_at(unsigned fd)
{
    struct fdref r = fd_get(fd);

    assert_false(r.counted);
    return r.file;
}

static void test_lowest_is_taken(void **state)
{
    for (int i = 0; i < 5; i++)
        assert_int_equal(fd_add(new_file(), false), i);
    assert_int_equal(fd_close(3), 0);
    assert_int_equal(fd_close(1), 0);
    assert_int_equal(fd_close(1), -EBADF);
    assert_int_equal(fd_add(new_file(), false), 1);
    assert_int_equal(fd_add(new_file(), false), 3);
    assert_int_equal(fd_add(new_file(), false), 5);
    assert_null(file_at(6));
    assert_null(file_at(~0u));
}

static void test_reserved_is_not_open(void **state)
{
    int fd = fd_reserve(0, true);

    assert_int_equal(fd, 0);
    assert_null(file_at(0));
    assert_int_equal(fd_close(0), -EBADF);
    assert_int_equal(fd_cloexec(0), -EBADF);
    assert_int_equal(fd_add(new_file(), false), 1);
    assert_int_equal(fd_dup_to(1, 0, false), -EBUSY);
    fd_unreserve(fd);
    assert_int_equal(fd_dup_to(1, 0, false), 0);
    assert_ptr_equal(file_at(0), file_at(1));
}

static void test_limit(void **state)
{
    limit = 3;
    for (int i = 0; i < 3; i++)
        assert_int_equal(fd_add(new_file(), false), i);
    assert_int_equal(fd_add(new_file(), false), -EMFILE);
    assert_int_equal(fd_reserve(3, false), -EINVAL);
    assert_int_equal(fd_dup_to(0, 3, false), -EBADF);
    assert_int_equal(fd_close(1), 0);
    assert_int_equal(fd_reserve(2, false), -EMFILE);
    limit = 0;
    assert_int_equal(fd_reserve(0, false), -EMFILE);
}

static void test_growth_keeps_everything(void **state)
{
    struct file *first;

    limit = 100000;
    assert_int_equal(fd_add(new_file(), true), 0);
    first = file_at(0);
    assert_int_equal(fd_dup_to(0, 5000, false), 5000);
    assert_ptr_equal(file_at(0), first);
    assert_ptr_equal(file_at(5000), first);
    assert_int_equal(fd_cloexec(0), 1);
    assert_int_equal(fd_cloexec(5000), 0);
    assert_int_equal(fd_reserve(5000, false), 5001);
    fd_unreserve(5001);
    assert_int_equal(fd_dup_to(0, FD_LIMIT_HARD, false), -EBADF);
}

static void test_close_on_exec(void **state)
{
    for (int i = 0; i < 70; i++)
        assert_int_equal(fd_add(new_file(), i % 3 == 0), i);
    assert_int_equal(fd_set_cloexec(0, false), 0);
    assert_int_equal(fd_set_cloexec(1, true), 0);
    fdtable_close_on_exec(kernel_fs_task.fdt);
    for (int i = 0; i < 70; i++) {
        bool gone = i == 1 || (i % 3 == 0 && i != 0);

        assert_int_equal(file_at(i) == NULL, gone);
    }
    assert_int_equal(fdtable_check(kernel_fs_task.fdt), 46);
}

static void test_close_range(void **state)
{
    for (int i = 0; i < 70; i++)
        assert_int_equal(fd_add(new_file(), false), i);
    fd_set_cloexec_range(60, ~0u);
    assert_int_equal(fd_cloexec(59), 0);
    assert_int_equal(fd_cloexec(69), 1);
    assert_int_equal(fd_close_range(3, 66), 0);
    assert_int_equal(fdtable_check(kernel_fs_task.fdt), 6);
    assert_int_equal(fd_close_range(0, ~0u), 0);
    assert_int_equal(fdtable_check(kernel_fs_task.fdt), 0);
}

static void test_copy_shares_files(void **state)
{
    struct fdtable *copy;
    int reserved;

    assert_int_equal(fd_add(new_file(), true), 0);
    reserved = fd_reserve(0, true);
    assert_int_equal(fd_dup_to(0, 200, false), 200);
    assert_int_equal(fdtable_copy(kernel_fs_task.fdt, &copy), 0);
    assert_int_equal(fdtable_check(copy), 2);
    assert_ptr_equal(copy->files[0], file_at(0));
    assert_int_equal(file_at(0)->refs, 4);
    fd_unreserve(reserved);
    fdtable_put(copy);
    assert_int_equal(file_at(0)->refs, 2);
}

static void test_shared_table_counts(void **state)
{
    struct fdtable *t = kernel_fs_task.fdt;
    struct fdref r;

    assert_int_equal(fd_add(new_file(), false), 0);
    fdtable_get(t);
    r = fd_get(0);
    assert_true(r.counted);
    assert_int_equal(r.file->refs, 2);
    /* Closed by another thread while this one uses it. */
    assert_int_equal(fd_close(0), 0);
    assert_int_equal(r.file->refs, 1);
    fd_put(r);
    assert_int_equal(fd_add(new_file(), false), 0);
    fdtable_put(t);
}

static void test_random_life(void **state)
{
    struct file *model[256] = { 0 };

    for (int step = 0; step < 20000; step++) {
        unsigned a = xorshift_below(&host_random, 256);
        unsigned b = xorshift_below(&host_random, 256), lowest = 0;

        while (lowest < 256 && model[lowest])
            lowest++;
        switch (xorshift_below(&host_random, 4)) {
        case 0:
            if (lowest == 256) {
                assert_int_equal(fd_add(new_file(), false), -EMFILE);
                break;
            }
            assert_int_equal(fd_add(new_file(), false), lowest);
            model[lowest] = file_at(lowest);
            break;
        case 1:
            assert_int_equal(fd_close(a), model[a] ? 0 : -EBADF);
            model[a] = NULL;
            break;
        case 2:
            if (a == b)
                break;
            assert_int_equal(fd_dup_to(a, b, false),
                             model[a] ? (int)b : -EBADF);
            if (model[a])
                model[b] = model[a];
            break;
        default:
            assert_ptr_equal(file_at(a), model[a]);
            break;
        }
        if (step % 64 == 0)
            fdtable_check(kernel_fs_task.fdt);
    }
}

static void test_fork_with_no_memory(void **state)
{
    struct fdtable *copy;
    size_t before;

    assert_int_equal(fd_add(new_file(), false), 0);
    assert_int_equal(fd_dup_to(0, 100, false), 100);
    before = host_allocated;
    for (unsigned n = 1; ; n++) {
        int error;

        alloc_fail_nth(n);
        error = fdtable_copy(kernel_fs_task.fdt, &copy);
        alloc_fail_nth(0);
        if (!error)
            break;
        assert_int_equal(error, -ENOMEM);
        assert_int_equal(host_allocated, before);
        assert_int_equal(file_at(0)->refs, 2);
    }
    fdtable_put(copy);
}

int main(void)
{
#define with_table(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        with_table(test_lowest_is_taken),
        with_table(test_reserved_is_not_open),
        with_table(test_limit),
        with_table(test_growth_keeps_everything),
        with_table(test_close_on_exec),
        with_table(test_close_range),
        with_table(test_copy_shares_files),
        with_table(test_shared_table_counts),
        with_table(test_random_life),
        with_table(test_fork_with_no_memory),
    };

    host_fs_begin();
    host_act_as(0, 0);
    host_make_file("/file", 0644);
    return host_run(tests);
}

/*
 * test_tmpfs.c - data of files in tmpfs, on mm's own pages: reading, writing,
 * holes, sizes, limits, seals; a random life against an array.
 *
 * sources: tests/host/fs_host.c kernel/fs/walk.c kernel/fs/fastwalk.c
 * sources: kernel/fs/dentry.c kernel/fs/mount.c kernel/fs/inode.c
 * sources: kernel/fs/format.c kernel/fs/names.c kernel/fs/rename.c
 * sources: kernel/fs/perm.c kernel/fs/cred.c kernel/fs/task.c
 * sources: kernel/fs/fdtable.c kernel/fs/open.c kernel/fs/rw.c
 * sources: kernel/fs/attr.c kernel/fs/data.c kernel/fs/lock.c
 * sources: kernel/fs/tmpfs.c kernel/fs/tmpfs_super.c kernel/fs/fifo.c
 * sources: kernel/fs/pipe.c mm/page.c mm/buddy.c mm/pagecopy.c mm/debug.c
 * sources: mm/slab.c mm/slab_debug.c mm/kmalloc.c mm/pagemap.c mm/vmobj.c
 * sources: mm/vmobj_io.c mm/iter.c
 * sources: kernel/lib/avl.c kernel/lib/bitmap.c kernel/lib/printf.c
 * sources: kernel/lib/string.c kernel/lib/errno.c
 */
#include "harness.h"

#include <string.h>

#include "mm_host.h"

#include "fs_host.h"
#include "kernel/lib/errno.h"

#define FILE_PAGES 64

static struct file *f;
static u64 limit;
static int signals;

/* Nothing is mapped here. */
void pte_unmap_object_locked(struct area *a, u64 first, u64 end);
void pte_unmap_object_locked(struct area *a, u64 first, u64 end)
{
    fail_msg("no areas");
}

static void count_signal(int sig)
{
    signals += sig == 25;
}

static const struct fs_doors doors = { .signal_self = count_signal };

static size_t used_pages(void)
{
    struct path p;
    struct statfs st;

    assert_int_equal(path_walk(NULL, "/m", 0, &p), 0);
    vfs_statfs(p.dentry->inode->super, &st);
    path_put(&p);
    return st.blocks - st.bfree;
}

static int begin(void **state)
{
    struct open_how how = { .flags = O_CREAT | O_RDWR, .mode = 0644 };

    host_act_as(0, 0);
    fs_set_doors(&doors);
    signals = 0;
    kernel_fs_task.file_size_limit = NULL;
    host_make_dir("/m", 0755);
    host_mount_tmpfs("/m", "size=256k");
    assert_int_equal(file_open(NULL, "/m/f", &how, &f), 0);
    return 0;
}

static int end(void **state)
{
    if (f)
        file_put(f);
    f = NULL;
    assert_int_equal(vfs_unlink(NULL, "/m/f"), 0);
    assert_int_equal(used_pages(), 0);
    host_unmount("/m");
    assert_int_equal(vfs_rmdir(NULL, "/m"), 0);
    return 0;
}

static ssize_t put_at(off_t pos, const void *bytes, size_t n)
{
    struct iter it;

    iter_kernel(&it, (void *)bytes, n);
    return file_pwrite(f, &it, pos);
}

static ssize_t get_at(off_t pos, void *bytes, size_t n)
{
    struct iter it;

    iter_kernel(&it, bytes, n);
    return file_pread(f, &it, pos);
}

static void test_positions(void **state)
{
    struct iter it;
    char buf[16];

    iter_kernel(&it, "hello", 5);
    assert_int_equal(file_write(f, &it), 5);
    assert_int_equal(put_at(1, "u", 1), 1);
    assert_int_equal(file_seek(f, 0, SEEK_CUR), 5);
    assert_int_equal(file_seek(f, -4, SEEK_END), 1);
    iter_kernel(&it, buf, sizeof buf);
    assert_int_equal(file_read(f, &it), 4);
    assert_memory_equal(buf, "ullo", 4);
    assert_int_equal(file_seek(f, -1, SEEK_SET), -EINVAL);
    assert_int_equal(file_seek(f, LONG_MAX, SEEK_END), -EOVERFLOW);
    assert_int_equal(file_seek(f, 0, 17), -EINVAL);
    assert_int_equal(get_at(-1, buf, 1), -EINVAL);
    assert_int_equal(get_at(1000, buf, 1), 0);
    f->flags |= O_APPEND;
    assert_int_equal(put_at(0, "!", 1), 1);
    f->flags &= ~O_APPEND;
    assert_int_equal(inode_size(f->inode), 6);
}

static void test_holes(void **state)
{
    u8 buf[PAGE_SIZE];

    assert_int_equal(put_at(3 * PAGE_SIZE, "x", 1), 1);
    assert_int_equal(used_pages(), 1);
    assert_int_equal(get_at(PAGE_SIZE, buf, sizeof buf), sizeof buf);
    for (size_t i = 0; i < sizeof buf; i++)
        assert_int_equal(buf[i], 0);
    assert_int_equal(used_pages(), 1);
    assert_int_equal(file_seek(f, 0, SEEK_DATA), 3 * PAGE_SIZE);
    assert_int_equal(file_seek(f, 0, SEEK_HOLE), 0);
    assert_int_equal(file_seek(f, 3 * PAGE_SIZE, SEEK_HOLE),
                     3 * PAGE_SIZE + 1);
    assert_int_equal(file_seek(f, 4 * PAGE_SIZE, SEEK_DATA), -ENXIO);
    assert_int_equal(put_at(0, "y", 1), 1);
    assert_int_equal(file_allocate(f, FALLOC_FL_PUNCH_HOLE |
                                   FALLOC_FL_KEEP_SIZE, 1, 3 * PAGE_SIZE), 0);
    assert_int_equal(get_at(0, buf, 2), 2);
    assert_int_equal(buf[0], 'y');
    assert_int_equal(get_at(3 * PAGE_SIZE, buf, 2), 1);
    assert_int_equal(buf[0], 0);
}

static void test_truncation(void **state)
{
    char buf[4];

    assert_int_equal(put_at(0, "abcdef", 6), 6);
    assert_int_equal(file_truncate(f, 3), 0);
    assert_int_equal(file_truncate(f, 6), 0);
    assert_int_equal(get_at(2, buf, 4), 4);
    assert_memory_equal(buf, "c\0\0\0", 4);
    assert_int_equal(file_truncate(f, 10 * PAGE_SIZE), 0);
    assert_int_equal(used_pages(), 1);
    assert_int_equal(file_truncate(f, 0), 0);
    assert_int_equal(used_pages(), 0);
    assert_int_equal(file_truncate(f, 1ul << 63), -EFBIG);
}

static void test_no_space(void **state)
{
    static u8 buf[FILE_PAGES * PAGE_SIZE];

    assert_int_equal(put_at(PAGE_SIZE, buf, sizeof buf),
                     sizeof buf);
    assert_int_equal(used_pages(), FILE_PAGES);
    assert_int_equal(put_at(0, "x", 1), -ENOSPC);
    assert_int_equal(put_at(PAGE_SIZE, "x", 1), 1);
    assert_int_equal(file_allocate(f, 0, 0, PAGE_SIZE), -ENOSPC);
    assert_int_equal(file_truncate(f, 2 * PAGE_SIZE), 0);
    assert_int_equal(put_at(0, "x", 1), 1);
    assert_int_equal(used_pages(), 2);
}

static void test_limit_of_the_process(void **state)
{
    limit = 100;
    kernel_fs_task.file_size_limit = &limit;
    assert_int_equal(put_at(90, "0123456789abc", 13), 10);
    assert_int_equal(put_at(100, "x", 1), -EFBIG);
    assert_int_equal(signals, 1);
    assert_int_equal(file_truncate(f, 101), -EFBIG);
    assert_int_equal(signals, 2);
    assert_int_equal(file_truncate(f, 100), 0);
    assert_int_equal(put_at(50, "", 0), 0);
}

static void test_deleted_but_open(void **state)
{
    struct open_how how = { .flags = O_CREAT | O_RDWR, .mode = 0644 };
    char buf[4];

    assert_int_equal(put_at(0, "keep", 4), 4);
    assert_int_equal(vfs_unlink(NULL, "/m/f"), 0);
    assert_int_equal(used_pages(), 1);
    assert_int_equal(get_at(0, buf, 4), 4);
    assert_memory_equal(buf, "keep", 4);
    file_put(f);
    assert_int_equal(used_pages(), 0);
    assert_int_equal(file_open(NULL, "/m/f", &how, &f), 0);
}

static void test_set_id_bits_go(void **state)
{
    assert_int_equal(vfs_chmod(&f->path, f->inode, 06755), 0);
    assert_int_equal(vfs_chown(&f->path, f->inode, 7, 7), 0);
    assert_int_equal(f->inode->mode & S_PERM, 0755);
    assert_int_equal(vfs_chmod(&f->path, f->inode, 06755), 0);
    host_act_as(7, 7);
    assert_int_equal(put_at(0, "x", 1), 1);
    assert_int_equal(f->inode->mode & S_PERM, 0755);
    /* Not a member of the group: no set-group-id. */
    host_act_as(7, 8);
    assert_int_equal(vfs_chmod(&f->path, f->inode, 02755), 0);
    assert_int_equal(f->inode->mode & S_PERM, 0755);
    assert_int_equal(vfs_chown(&f->path, f->inode, 8, -1), -EPERM);
    assert_int_equal(vfs_chown(&f->path, f->inode, -1, 8), 0);
    host_act_as(8, 8);
    assert_int_equal(vfs_chmod(&f->path, f->inode, 0777), -EPERM);
    host_act_as(0, 0);
}

static void test_seals(void **state)
{
    struct file *old = f;

    f = memfd_create(SEALS_ALLOWED);
    assert_int_equal(put_at(0, "data", 4), 4);
    assert_int_equal(file_add_seals(f, F_SEAL_GROW), 0);
    assert_int_equal(put_at(0, "DATA", 4), 4);
    assert_int_equal(put_at(1, "DATA", 4), -EPERM);
    assert_int_equal(file_truncate(f, 5), -EPERM);
    assert_int_equal(file_truncate(f, 3), 0);
    assert_int_equal(file_add_seals(f, F_SEAL_SHRINK | F_SEAL_WRITE), 0);
    assert_int_equal(file_truncate(f, 2), -EPERM);
    assert_int_equal(put_at(0, "x", 1), -EPERM);
    assert_int_equal(file_add_seals(f, F_SEAL_SEAL), 0);
    assert_int_equal(file_add_seals(f, F_SEAL_GROW), -EPERM);
    assert_int_equal(file_get_seals(f), F_SEAL_SEAL | F_SEAL_GROW |
                     F_SEAL_SHRINK | F_SEAL_WRITE);
    file_put(f);
    f = old;
    assert_int_equal(file_get_seals(f), -EINVAL);
}

#define MODEL_SIZE (10 * PAGE_SIZE)

static void test_random_life(void **state)
{
    static u8 model[MODEL_SIZE], buf[MODEL_SIZE];
    size_t size = 0;

    memset(model, 0, sizeof model);
    for (int step = 0; step < 4000; step++) {
        size_t at = xorshift_below(&host_random, MODEL_SIZE);
        size_t n = 1 + xorshift_below(&host_random, MODEL_SIZE - at);

        switch (xorshift_below(&host_random, 4)) {
        case 0:
            host_random_fill(buf, n);
            assert_int_equal(put_at(at, buf, n), n);
            memcpy(model + at, buf, n);
            size = MAX(size, at + n);
            break;
        case 1:
            assert_int_equal(file_truncate(f, at), 0);
            memset(model + at, 0, MODEL_SIZE - at);
            size = at;
            break;
        case 2:
            assert_int_equal(file_allocate(f, FALLOC_FL_PUNCH_HOLE |
                                           FALLOC_FL_KEEP_SIZE, at, n), 0);
            memset(model + at, 0, n);
            break;
        default:
            break;
        }
        assert_int_equal(inode_size(f->inode), size);
        assert_int_equal(get_at(0, buf, sizeof buf), size);
        assert_memory_equal(buf, model, size);
        assert_true(used_pages() <= (size + PAGE_SIZE - 1) / PAGE_SIZE);
    }
}

int main(void)
{
#define with_file(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        with_file(test_positions),
        with_file(test_holes),
        with_file(test_truncation),
        with_file(test_no_space),
        with_file(test_limit_of_the_process),
        with_file(test_deleted_but_open),
        with_file(test_set_id_bits_go),
        with_file(test_seals),
        with_file(test_random_life),
    };

    host_memory_begin(2048);
    host_fs_begin();
    return host_run(tests);
}

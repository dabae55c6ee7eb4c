/*
 * test_filelock.c - record locks against a model of bytes; who excludes whom;
 * deadlocks; letting go.
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
#include "kernel/fs/lock.h"
#include "kernel/lib/errno.h"
#include "wait_host.h"

#define OWNERS 3

static struct file *f, *g;
static struct fdtable tables[OWNERS];   /* only their addresses matter */

static int begin(void **state)
{
    struct open_how how = { .flags = O_RDWR };

    host_act_as(0, 0);
    host_sleep = NULL;
    host_make_file("/f", 0644);
    assert_int_equal(file_open(NULL, "/f", &how, &f), 0);
    assert_int_equal(file_open(NULL, "/f", &how, &g), 0);
    return 0;
}

static int end(void **state)
{
    for (int i = 0; i < OWNERS; i++)
        if (f->inode->locks)
            locks_release_owner(f->inode, &tables[i]);
    file_put(f);
    file_put(g);
    assert_int_equal(vfs_unlink(NULL, "/f"), 0);
    return 0;
}

static int lock(int owner, int type, s64 start, s64 length)
{
    struct flock l = { .type = type, .start = start, .length = length };

    return lock_control(f, &tables[owner], F_SETLK, &l);
}

static struct flock query(int owner, int type, s64 start, s64 length)
{
    struct flock l = { .type = type, .start = start, .length = length };

    assert_int_equal(lock_control(f, &tables[owner], F_GETLK, &l), 0);
    return l;
}

static void test_who_excludes_whom(void **state)
{
    struct flock l;

    assert_int_equal(lock(0, F_RDLCK, 0, 10), 0);
    assert_int_equal(lock(1, F_RDLCK, 5, 10), 0);
    assert_int_equal(lock(1, F_WRLCK, 9, 1), -EAGAIN);
    assert_int_equal(lock(1, F_WRLCK, 10, 1), 0);
    assert_int_equal(lock(0, F_WRLCK, 0, 5), 0);
    l = query(1, F_RDLCK, 0, 0);
    assert_int_equal(l.type, F_WRLCK);
    assert_int_equal(l.start, 0);
    assert_int_equal(l.length, 5);
    l = query(0, F_WRLCK, 0, 5);
    assert_int_equal(l.type, F_UNLCK);
    assert_int_equal(lock(0, F_UNLCK, 0, 0), 0);
    assert_int_equal(lock(1, F_WRLCK, 0, 0), 0);
    l = query(0, F_RDLCK, 1000, 1);
    assert_int_equal(l.start, 0);
    assert_int_equal(l.length, 0);
}

static void test_ranges(void **state)
{
    struct flock l = { .type = F_RDLCK, .whence = SEEK_CUR };

    assert_int_equal(lock(0, F_RDLCK, -1, 1), -EINVAL);
    assert_int_equal(lock(0, F_RDLCK, LONG_MAX, 1), 0);
    assert_int_equal(lock(0, F_RDLCK, LONG_MAX, 2), -EOVERFLOW);
    assert_int_equal(lock(0, F_RDLCK, 10, -11), -EINVAL);
    assert_int_equal(lock(0, F_RDLCK, 10, -10), 0);
    assert_int_equal(lock(1, F_WRLCK, 10, 1), 0);
    assert_int_equal(lock(1, F_WRLCK, 9, 1), -EAGAIN);
    assert_int_equal(lock(0, 7, 0, 1), -EINVAL);
    l.start = -1;
    assert_int_equal(lock_control(f, &tables[0], F_SETLK, &l), -EINVAL);
    l.whence = 9;
    assert_int_equal(lock_control(f, &tables[0], F_SETLK, &l), -EINVAL);
}

static void test_kinds(void **state)
{
    struct flock l = { .type = F_WRLCK };

    /* Open-file locks and record locks exclude each other, flock neither. */
    assert_int_equal(lock_control(g, NULL, F_OFD_SETLK, &l), 0);
    assert_int_equal(lock(0, F_RDLCK, 0, 1), -EAGAIN);
    assert_int_equal(query(0, F_RDLCK, 0, 1).pid, -1);
    assert_int_equal(lock_whole(f, LOCK_EX), 0);
    assert_int_equal(lock_whole(g, LOCK_SH | LOCK_NB), -EAGAIN);
    assert_int_equal(lock_whole(f, LOCK_SH | LOCK_NB), 0);
    assert_int_equal(lock_whole(g, LOCK_SH | LOCK_NB), 0);
    assert_int_equal(lock_whole(g, LOCK_EX | LOCK_NB), -EAGAIN);
    assert_int_equal(lock_whole(f, LOCK_UN), 0);
    assert_int_equal(lock_whole(g, LOCK_EX | LOCK_NB), 0);
    assert_int_equal(lock_whole(g, 77), -EINVAL);
    l.pid = 5;
    assert_int_equal(lock_control(g, NULL, F_OFD_SETLK, &l), -EINVAL);
}

static void test_closing_lets_go(void **state)
{
    struct open_how how = { .flags = O_RDWR };
    struct file *h;

    assert_int_equal(file_open(NULL, "/f", &how, &h), 0);
    assert_int_equal(lock_whole(h, LOCK_EX), 0);
    assert_int_equal(lock_whole(f, LOCK_SH | LOCK_NB), -EAGAIN);
    file_put(h);
    assert_int_equal(lock_whole(f, LOCK_SH | LOCK_NB), 0);
    assert_int_equal(lock(0, F_WRLCK, 0, 0), 0);
    locks_release_owner(f->inode, &tables[0]);
    assert_int_equal(lock(1, F_WRLCK, 0, 0), 0);
}

static int turn_around(struct waitq *q, nsec_t deadline)
{
    struct flock l = { .type = F_WRLCK, .length = 1 };

    /* Owner 1 sleeps for what 0 has; 0 now wants what 1 has. */
    assert_int_equal(lock_control(f, &tables[0], F_SETLKW, &l), -EDEADLK);
    locks_release_owner(f->inode, &tables[0]);
    return 0;
}

static void test_deadlock_is_seen(void **state)
{
    struct flock l = { .type = F_WRLCK, .start = 1, .length = 1 };

    assert_int_equal(lock(0, F_WRLCK, 1, 1), 0);
    assert_int_equal(lock(1, F_WRLCK, 0, 1), 0);
    host_sleep = turn_around;
    assert_int_equal(lock_control(f, &tables[1], F_SETLKW, &l), 0);
}

/* --- a model: who holds each byte, and how -------------------------------- */

#define BYTES 24

static s16 model[OWNERS][BYTES];        /* 0: not, else 1 + type */

static bool model_conflict(int owner, int type, int start, int length)
{
    for (int i = 0; i < OWNERS; i++)
        for (int b = start; i != owner && b < start + length; b++)
            if (model[i][b] == 1 + F_WRLCK ||
                (model[i][b] && type == F_WRLCK))
                return true;
    return false;
}

static void check_model(void)
{
    for (int b = 0; b < BYTES; b++) {
        for (int i = 0; i < OWNERS; i++) {
            assert_int_equal(query(i, F_WRLCK, b, 1).type == F_UNLCK,
                             !model_conflict(i, F_WRLCK, b, 1));
            assert_int_equal(query(i, F_RDLCK, b, 1).type == F_UNLCK,
                             !model_conflict(i, F_RDLCK, b, 1));
        }
    }
}

static void test_random_locks(void **state)
{
    memset(model, 0, sizeof model);
    for (int step = 0; step < 3000; step++) {
        int owner = xorshift_below(&host_random, OWNERS);
        int type = xorshift_below(&host_random, 3);
        int start = xorshift_below(&host_random, BYTES);
        int length = 1 + xorshift_below(&host_random, BYTES - start);
        bool refused = type != F_UNLCK &&
                       model_conflict(owner, type, start, length);

        assert_int_equal(lock(owner, type, start, length),
                         refused ? -EAGAIN : 0);
        for (int b = start; !refused && b < start + length; b++)
            model[owner][b] = type == F_UNLCK ? 0 : 1 + type;
        check_model();
    }
}

static void test_every_allocation_may_fail(void **state)
{
    assert_int_equal(lock(0, F_WRLCK, 0, 100), 0);
    for (unsigned n = 1; ; n++) {
        size_t before = host_allocated;
        int error;

        alloc_fail_nth(n);
        error = lock(0, F_UNLCK, 40, 10);
        alloc_fail_nth(0);
        if (!error)
            break;
        assert_int_equal(error, -ENOMEM);
        assert_int_equal(host_allocated, before);
        assert_int_equal(lock(1, F_RDLCK, 45, 1), -EAGAIN);
    }
    assert_int_equal(lock(1, F_RDLCK, 45, 1), 0);
}

int main(void)
{
#define with_file(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        with_file(test_who_excludes_whom),
        with_file(test_ranges),
        with_file(test_kinds),
        with_file(test_closing_lets_go),
        with_file(test_deadlock_is_seen),
        with_file(test_random_locks),
        with_file(test_every_allocation_may_fail),
    };

    host_fs_begin();
    return host_run(tests);
}

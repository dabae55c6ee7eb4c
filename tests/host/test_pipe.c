/*
 * test_pipe.c - pipes: order of bytes, room, atomic writes, ends that close,
 * sizes; sleeping, with the other side played by the test.
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

#include <stdlib.h>
#include <string.h>

#include "alloc_host.h"
#include "fs_host.h"
#include "kernel/fs/pipe.h"
#include "kernel/fs/poll.h"
#include "kernel/lib/errno.h"
#include "uaccess_host.h"
#include "wait_host.h"

static struct file *ends[2];
static size_t allocated;
static int signals;

static void count_signal(int sig)
{
    signals += sig == 13;
}

static const struct fs_doors doors = { .signal_self = count_signal };

static int begin(void **state)
{
    host_act_as(0, 0);
    fs_set_doors(&doors);
    signals = 0;
    host_sleep = NULL;
    allocated = host_allocated;
    assert_int_equal(pipe_create(0, ends), 0);
    return 0;
}

static void close_end(int i)
{
    if (ends[i])
        file_put(ends[i]);
    ends[i] = NULL;
}

static int end(void **state)
{
    close_end(0);
    close_end(1);
    assert_int_equal(host_allocated, allocated);
    return 0;
}

static ssize_t put(const void *bytes, size_t n)
{
    struct iter it;

    iter_kernel(&it, (void *)bytes, n);
    return file_write(ends[1], &it);
}

static ssize_t get(void *bytes, size_t n)
{
    struct iter it;

    iter_kernel(&it, bytes, n);
    return file_read(ends[0], &it);
}

static void set_nonblock(bool on)
{
    for (int i = 0; i < 2; i++)
        if (ends[i])
            ends[i]->flags = (ends[i]->flags & ~O_NONBLOCK) |
                             (on ? O_NONBLOCK : 0);
}

/* --- no sleeping ---------------------------------------------------------- */

static void test_bytes_come_in_order(void **state)
{
    char buf[16];

    assert_int_equal(put("hello", 5), 5);
    assert_int_equal(put("world", 5), 5);
    assert_int_equal(get(buf, 7), 7);
    assert_memory_equal(buf, "hellowo", 7);
    assert_int_equal(get(buf, 16), 3);
    assert_memory_equal(buf, "rld", 3);
    assert_int_equal(get(buf, 0), 0);
    assert_int_equal(put("", 0), 0);
}

static void test_an_empty_pipe_holds_all_of_its_size(void **state)
{
    static u8 buf[PIPE_SIZE + 1];

    set_nonblock(true);
    /* Wherever in a page it has stopped before. */
    for (size_t shift = 0; shift < 3; shift++) {
        assert_int_equal(put(buf, sizeof buf), PIPE_SIZE);
        assert_int_equal(put(buf, 1), -EAGAIN);
        assert_int_equal(get(buf, sizeof buf), PIPE_SIZE);
        assert_int_equal(get(buf, 1), -EAGAIN);
        assert_int_equal(put(buf, 1000), 1000);
        assert_int_equal(get(buf, 1000), 1000);
    }
}

static void test_small_writes_are_whole(void **state)
{
    static u8 buf[PIPE_SIZE];

    set_nonblock(true);
    assert_int_equal(put(buf, PIPE_SIZE - 100), PIPE_SIZE - 100);
    assert_int_equal(put(buf, 101), -EAGAIN);
    assert_int_equal(put(buf, PIPE_BUF), -EAGAIN);
    assert_int_equal(put(buf, PIPE_BUF + 1), 100);
}

static void test_closed_ends(void **state)
{
    char buf[8];

    assert_int_equal(put("rest", 4), 4);
    close_end(1);
    assert_int_equal(get(buf, 8), 4);
    assert_int_equal(get(buf, 8), 0);
    end(NULL);
    begin(NULL);
    close_end(0);
    assert_int_equal(put("x", 1), -EPIPE);
    assert_int_equal(signals, 1);
}

static unsigned events(int i)
{
    return file_poll(ends[i], NULL);
}

static void test_poll(void **state)
{
    static u8 buf[PIPE_SIZE];

    set_nonblock(true);
    assert_int_equal(events(0), 0);
    assert_int_equal(events(1), POLL_WRITABLE);
    put(buf, 1);
    assert_int_equal(events(0), POLL_READABLE);
    put(buf, PIPE_SIZE);
    assert_int_equal(events(1), 0);
    get(buf, PIPE_SIZE);
    assert_int_equal(events(1), POLL_WRITABLE);
    close_end(1);
    assert_int_equal(events(0), POLLHUP);
}

static void test_faults(void **state)
{
    static u8 buf[8192] __attribute__((aligned(4096)));
    struct iter it;

    host_user_hole(buf + 4096, 4096);
    iter_user(&it, uptr((u64)buf + 4090), 100);
    assert_int_equal(file_write(ends[1], &it), -EFAULT);
    assert_int_equal(events(0), 0);
    assert_int_equal(put("abcdefgh", 8), 8);
    iter_user(&it, uptr((u64)buf + 4096), 8);
    assert_int_equal(file_read(ends[0], &it), -EFAULT);
    iter_user(&it, uptr((u64)buf + 4092), 8);
    assert_int_equal(file_read(ends[0], &it), 4);
    host_user_hole(NULL, 0);
    /* What could not be delivered is still there. */
    assert_int_equal(get(buf, 8), 4);
    assert_memory_equal(buf, "efgh", 4);
}

static void test_sizes(void **state)
{
    static u8 buf[PIPE_SIZE];

    set_nonblock(true);
    assert_int_equal(pipe_get_size(ends[0]), PIPE_SIZE);
    assert_int_equal(pipe_set_size(ends[0], 5000), 8192);
    for (size_t i = 0; i < sizeof buf; i++)
        buf[i] = i * 7;
    assert_int_equal(put(buf, sizeof buf), 8192);
    assert_int_equal(pipe_set_size(ends[1], 4096), -EBUSY);
    assert_int_equal(pipe_set_size(ends[1], 20000), 32768);
    assert_int_equal(put(buf + 8192, 1000), 1000);
    memset(buf, 0, sizeof buf);
    assert_int_equal(get(buf, sizeof buf), 9192);
    for (size_t i = 0; i < 9192; i++)
        assert_int_equal(buf[i], (u8)(i * 7));
    assert_int_equal(pipe_set_size(ends[1], 0), 4096);
    assert_int_equal(pipe_set_size(ends[1], 1ul << 31), -EINVAL);
    host_act_as(5, 5);
    assert_int_equal(pipe_set_size(ends[1], PIPE_SIZE_MAX + 1), -EPERM);
    host_act_as(0, 0);
}

static void test_random_life(void **state)
{
    static u8 buf[PIPE_SIZE];
    u64 written = 0, read = 0;

    set_nonblock(true);
    for (int i = 0; i < 5000; i++) {
        size_t n = 1 + xorshift_below(&host_random,
                                      i & 8 ? sizeof buf : 3000);
        ssize_t moved;

        if (xorshift_below(&host_random, 2)) {
            for (size_t k = 0; k < n; k++)
                buf[k] = (written + k) * 31 >> 3;
            moved = put(buf, n);
            written += moved > 0 ? moved : 0;
        } else {
            moved = get(buf, n);
            for (ssize_t k = 0; k < moved; k++)
                assert_int_equal(buf[k], (u8)((read + k) * 31 >> 3));
            read += moved > 0 ? moved : 0;
        }
        assert_true(moved > 0 || moved == -EAGAIN);
        assert_true(written - read <= PIPE_SIZE);
    }
}

/* --- sleeping ------------------------------------------------------------- */

static unsigned sleeps;

static int someone_writes(struct waitq *q, nsec_t deadline)
{
    return sleeps++ ? (int)-ERESTARTSYS : (put("late", 4), 0);
}

static int someone_reads(struct waitq *q, nsec_t deadline)
{
    static u8 buf[PIPE_SIZE];

    sleeps++;
    assert_true(get(buf, 10000) > 0);
    return 0;
}

static int writer_goes(struct waitq *q, nsec_t deadline)
{
    close_end(1);
    return 0;
}

static int reader_goes(struct waitq *q, nsec_t deadline)
{
    close_end(0);
    return 0;
}

static int signal_comes(struct waitq *q, nsec_t deadline)
{
    return -ERESTARTSYS;
}

static void test_readers_sleep(void **state)
{
    char buf[8];

    sleeps = 0;
    host_sleep = someone_writes;
    assert_int_equal(get(buf, 8), 4);
    assert_int_equal(sleeps, 1);
    assert_int_equal(get(buf, 8), -ERESTARTSYS);
    host_sleep = writer_goes;
    assert_int_equal(get(buf, 8), 0);
}

static void test_writers_sleep(void **state)
{
    static u8 buf[4 * PIPE_SIZE];

    sleeps = 0;
    host_sleep = someone_reads;
    assert_int_equal(put(buf, sizeof buf), sizeof buf);
    assert_true(sleeps >= 3 * PIPE_SIZE / 10000);
    /* Interrupted in the middle: what went before counts. */
    host_sleep = signal_comes;
    set_nonblock(true);
    while (get(buf, sizeof buf) > 0)
        ;
    set_nonblock(false);
    assert_int_equal(put(buf, sizeof buf), PIPE_SIZE);
    assert_int_equal(put(buf, 1), -ERESTARTSYS);
    host_sleep = reader_goes;
    assert_int_equal(put(buf, 1), -EPIPE);
}

/* --- FIFOs ---------------------------------------------------------------- */

static struct file *opened;

static int open_fifo(unsigned flags, struct file **out)
{
    struct open_how how = { .flags = flags };

    return file_open(NULL, "/fifo", &how, out);
}

static int other_opens(struct waitq *q, nsec_t deadline)
{
    host_sleep = NULL;
    assert_int_equal(open_fifo(O_WRONLY, &opened), 0);
    return 0;
}

static void test_fifo_opening(void **state)
{
    struct file *f;

    assert_int_equal(open_fifo(O_WRONLY | O_NONBLOCK, &f), -ENXIO);
    host_sleep = signal_comes;
    assert_int_equal(open_fifo(O_RDONLY, &f), -ERESTARTSYS);
    assert_int_equal(open_fifo(O_WRONLY, &f), -ERESTARTSYS);
    host_sleep = NULL;
    assert_int_equal(open_fifo(O_RDONLY | O_NONBLOCK, &f), 0);
    assert_int_equal(file_poll(f, NULL), 0);
    file_put(f);
    assert_int_equal(open_fifo(O_RDWR, &f), 0);
    file_put(f);
    host_sleep = other_opens;
    assert_int_equal(open_fifo(O_RDONLY, &f), 0);
    file_put(opened);
    assert_int_equal(file_poll(f, NULL), POLLHUP);
    file_put(f);
}

static void test_every_allocation_may_fail(void **state)
{
    struct file *pair[2];
    size_t before = host_allocated;

    for (unsigned n = 1; ; n++) {
        int error;

        alloc_fail_nth(n);
        error = pipe_create(0, pair);
        alloc_fail_nth(0);
        if (!error)
            break;
        assert_int_equal(error, -ENOMEM);
        assert_int_equal(host_allocated, before);
    }
    file_put(pair[0]);
    file_put(pair[1]);
    alloc_fail_nth(1);
    assert_int_equal(put("x", 1), -ENOMEM);
    alloc_fail_nth(0);
    assert_int_equal(put("x", 1), 1);
}

int main(void)
{
#define with_pipe(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        with_pipe(test_bytes_come_in_order),
        with_pipe(test_an_empty_pipe_holds_all_of_its_size),
        with_pipe(test_small_writes_are_whole),
        with_pipe(test_closed_ends),
        with_pipe(test_poll),
        with_pipe(test_faults),
        with_pipe(test_sizes),
        with_pipe(test_random_life),
        with_pipe(test_readers_sleep),
        with_pipe(test_writers_sleep),
        with_pipe(test_fifo_opening),
        with_pipe(test_every_allocation_may_fail),
    };
    struct make fifo = { .mode = S_IFIFO | 0666 };

    host_fs_begin();
    host_act_as(0, 0);
    assert(vfs_make(NULL, "/fifo", &fifo, NULL) == 0);
    return host_run(tests);
}

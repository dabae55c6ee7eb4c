/*
 * t_filedata.c - the bytes of files: offsets, holes, vectors, limits, space.
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/place.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/stat.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static int open_file(const char *name)
{
    int fd = open(name, O_RDWR | O_CREAT, 0644);

    CHECK(fd >= 0);
    return fd;
}

TEST("truncate: shorter, longer with zeros, and what is no size")
{
    char buf[16];
    int fd;

    place_enter();
    place_file("f", "0123456789");
    CHECK(truncate("f", 4) == 0);
    CHECK(truncate("f", 8) == 0);
    fd = open("f", O_RDWR);
    CHECK_EQ(read(fd, buf, sizeof(buf)), 8);
    CHECK(!memcmp(buf, "0123\0\0\0\0", 8));
    CHECK(ftruncate(fd, 5000) == 0);
    CHECK_EQ(pread(fd, buf, 1, 4999), 1);
    CHECK_EQ(buf[0], 0);
    CHECK_FAILS(ftruncate(fd, -1), EINVAL);
    CHECK_FAILS(truncate("f", -1), EINVAL);
    CHECK_FAILS(truncate(".", 0), EISDIR);
    CHECK_FAILS(truncate("none", 0), ENOENT);
    CHECK_FAILS(ftruncate(open("f", O_RDONLY), 0), EINVAL);
    place_leave();
}

TEST("truncate: the rest of the last page is zero when the file grows again")
{
    char buf[4096];
    int fd;

    place_enter();
    fd = open_file("f");
    memset(buf, 'x', sizeof(buf));
    CHECK_EQ(write(fd, buf, sizeof(buf)), sizeof(buf));
    CHECK(ftruncate(fd, 10) == 0 && ftruncate(fd, 4096) == 0);
    CHECK_EQ(pread(fd, buf, sizeof(buf), 0), sizeof(buf));
    for (size_t i = 0; i < sizeof(buf); i++)
        CHECK_EQ(buf[i], i < 10 ? 'x' : 0);
    place_leave();
}

TEST("holes: read as zeros, take no space, are found by SEEK_DATA")
{
    struct stat st;
    char buf[8];
    int fd;

    place_enter();
    fd = open_file("f");
    CHECK_EQ(pwrite(fd, "end", 3, 1 << 20), 3);
    CHECK(fstat(fd, &st) == 0);
    CHECK_EQ(st.st_size, (1 << 20) + 3);
    CHECK(st.st_blocks <= 16);
    CHECK_EQ(pread(fd, buf, sizeof(buf), 12345), 8);
    CHECK(!memcmp(buf, "\0\0\0\0\0\0\0\0", 8));
    CHECK_EQ(lseek(fd, 0, SEEK_DATA), 1 << 20);
    CHECK_EQ(lseek(fd, 0, SEEK_HOLE), 0);
    CHECK_EQ(lseek(fd, 1 << 20, SEEK_HOLE), (1 << 20) + 3);
    CHECK_FAILS(lseek(fd, (1 << 20) + 3, SEEK_DATA), ENXIO);
    place_leave();
}

TEST("holes: of a terabyte are crossed at once")
{
    int64_t start = tap_now();
    int fd;

    place_enter();
    fd = open_file("f");
    CHECK_EQ(pwrite(fd, "x", 1, 5000), 1);
    CHECK_EQ(pwrite(fd, "x", 1, 8192), 1);
    CHECK(ftruncate(fd, 1l << 40) == 0);
    CHECK_EQ(lseek(fd, 1, SEEK_DATA), 4096);
    CHECK_EQ(lseek(fd, 4100, SEEK_DATA), 4100);
    CHECK_EQ(lseek(fd, 4100, SEEK_HOLE), 12288);
    CHECK_EQ(lseek(fd, 20000, SEEK_HOLE), 20000);
    CHECK_FAILS(lseek(fd, 12288, SEEK_DATA), ENXIO);
    CHECK_EQ(pwrite(fd, "x", 1, (1l << 40) - 1), 1);
    CHECK_EQ(lseek(fd, 12288, SEEK_DATA), (1l << 40) - 4096);
    CHECK_EQ(lseek(fd, (1l << 40) - 1, SEEK_HOLE), 1l << 40);
    CHECK(tap_now() - start < 1000000000);
    place_leave();
}

TEST("lseek: from here, from the end, before the start, of a pipe")
{
    int fd, p[2];

    place_enter();
    place_file("f", "0123456789");
    fd = open("f", O_RDONLY);
    CHECK_EQ(lseek(fd, 4, SEEK_SET), 4);
    CHECK_EQ(lseek(fd, -1, SEEK_CUR), 3);
    CHECK_EQ(lseek(fd, -2, SEEK_END), 8);
    CHECK_EQ(lseek(fd, 100, SEEK_END), 110);
    CHECK_EQ(read(fd, &(char){ 0 }, 1), 0);
    CHECK_FAILS(lseek(fd, -1, SEEK_SET), EINVAL);
    CHECK_FAILS(lseek(fd, 0, 99), EINVAL);
    CHECK_FAILS(lseek(99, 0, SEEK_SET), EBADF);
    CHECK(pipe(p) == 0);
    CHECK_FAILS(lseek(p[0], 0, SEEK_SET), ESPIPE);
    CHECK_FAILS(pread(p[0], &fd, 1, 0), ESPIPE);
    place_leave();
}

TEST("pread and pwrite leave the offset alone")
{
    char buf[4];
    int fd;

    place_enter();
    place_file("f", "0123456789");
    fd = open("f", O_RDWR);
    CHECK_EQ(pread(fd, buf, 4, 6), 4);
    CHECK(!memcmp(buf, "6789", 4));
    CHECK_EQ(pwrite(fd, "ab", 2, 0), 2);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
    CHECK_FAILS(pread(fd, buf, 4, -1), EINVAL);
    CHECK_EQ(pread(fd, buf, 4, 10), 0);
    place_leave();
}

TEST("readv and writev: in order, empty pieces, at most IOV_MAX")
{
    static struct iovec many[IOV_MAX + 1];
    char a[4] = "", b[8] = "";
    struct iovec in[3] = { { a, 3 }, { NULL, 0 }, { b, 7 } };
    struct iovec bad[2] = { { a, 3 }, { a, -1 } };
    struct iovec out[3] = { { "lar", 3 }, { "ch", 2 }, { "!", 1 } };
    int fd;

    place_enter();
    fd = open_file("f");
    CHECK_EQ(writev(fd, out, 3), 6);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(readv(fd, in, 3), 6);
    CHECK(!memcmp(a, "lar", 3) && !memcmp(b, "ch!", 3));
    CHECK_FAILS(writev(fd, bad, 2), EINVAL);
    CHECK_FAILS(writev(fd, out, -1), EINVAL);
    for (int i = 0; i <= IOV_MAX; i++)
        many[i] = (struct iovec){ "x", 1 };
    CHECK_EQ(pwritev(fd, many, IOV_MAX, 0), IOV_MAX);
    CHECK_FAILS(writev(fd, many, IOV_MAX + 1), EINVAL);
    CHECK_EQ(place_size("f"), IOV_MAX);
    CHECK_EQ(writev(fd, out, 0), 0);
    place_leave();
}

TEST("read and write: the wrong way is EBADF, a bad buffer EFAULT")
{
    char c = 'x';
    int r, w;

    place_enter();
    place_file("f", "larch");
    r = open("f", O_RDONLY);
    w = open("f", O_WRONLY);
    CHECK_FAILS(write(r, &c, 1), EBADF);
    CHECK_FAILS(read(w, &c, 1), EBADF);
    CHECK_FAILS(read(r, (void *)8, 5), EFAULT);
    CHECK_EQ(lseek(r, 0, SEEK_CUR), 0);
    CHECK_FAILS(write(w, (void *)8, 5), EFAULT);
    CHECK_EQ(read(r, (void *)8, 0), 0);
    CHECK_EQ(place_size("f"), 5);
    place_leave();
}

TEST("sendfile and copy_file_range copy, and keep offsets apart")
{
    char buf[16];
    off_t from = 2;
    loff_t pos = 4;
    int in, out;

    place_enter();
    place_file("f", "0123456789");
    in = open("f", O_RDONLY);
    out = open_file("g");
    CHECK_EQ(sendfile(out, in, &from, 3), 3);
    CHECK_EQ(from, 5);
    CHECK_EQ(lseek(in, 0, SEEK_CUR), 0);
    CHECK_EQ(sendfile(out, in, NULL, 100), 10);
    CHECK_EQ(copy_file_range(in, &pos, out, NULL, 2, 0), 2);
    CHECK_EQ(pread(out, buf, sizeof(buf), 0), 15);
    CHECK(!memcmp(buf, "234012345678945", 15));
    place_leave();
}

static void write_past_limit(void)
{
    struct rlimit limit = { 1000, 1000 };
    char buf[600] = "";
    int fd = open_file("limited");

    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    signal(SIGXFSZ, SIG_IGN);
    CHECK_EQ(write(fd, buf, 600), 600);
    CHECK_EQ(write(fd, buf, 600), 400);
    CHECK_FAILS(write(fd, buf, 1), EFBIG);
    CHECK_FAILS(ftruncate(fd, 1001), EFBIG);
    signal(SIGXFSZ, SIG_DFL);
    write(fd, buf, 1);
}

TEST("RLIMIT_FSIZE: a part, then EFBIG, and SIGXFSZ")
{
    int status;

    place_enter();
    status = tap_in_child(write_past_limit);
    CHECK(WIFSIGNALED(status));
    CHECK_EQ(WTERMSIG(status), SIGXFSZ);
    CHECK_EQ(place_size("limited"), 1000);
    place_leave();
}

TEST("a full tmpfs: a part, then ENOSPC, and space again")
{
    static char buf[65536];
    struct stat st;
    ssize_t n, sum = 0;
    int fd;

    place_enter();
    CHECK(mkdir("m", 0755) == 0);
    CHECK(mount("none", "m", "tmpfs", 0, "size=200k") == 0);
    fd = open_file("m/f");
    while ((n = write(fd, buf, sizeof(buf))) > 0)
        sum += n;
    CHECK_EQ(n, -1);
    CHECK_EQ(errno, ENOSPC);
    CHECK(fstat(fd, &st) == 0);
    CHECK_EQ(st.st_size, sum);
    CHECK(sum >= 150 << 10 && sum <= 200 << 10);
    CHECK(ftruncate(fd, 0) == 0);
    CHECK_EQ(pwrite(fd, buf, sizeof(buf), 0), sizeof(buf));
    CHECK(close(fd) == 0 && umount2("m", 0) == 0);
    place_leave();
}

/* --- attributes --- */

TEST("stat: type, size, links, times and blocks")
{
    struct stat st, later;
    int fd;

    place_enter();
    place_file("f", "larch");
    CHECK(stat("f", &st) == 0);
    CHECK(S_ISREG(st.st_mode));
    CHECK_EQ(st.st_mode & 0777, 0644);
    CHECK_EQ(st.st_size, 5);
    CHECK_EQ(st.st_nlink, 1);
    CHECK_EQ(st.st_blksize, 4096);
    sleep_ms(20);
    fd = open("f", O_WRONLY);
    CHECK_EQ(write(fd, "L", 1), 1);
    CHECK(stat("f", &later) == 0);
    CHECK(later.st_mtim.tv_nsec != st.st_mtim.tv_nsec);
    CHECK(later.st_ctim.tv_nsec != st.st_ctim.tv_nsec);
    CHECK(mkdir("d", 0755) == 0 && mkdir("d/e", 0755) == 0);
    CHECK(stat("d", &st) == 0);
    CHECK_EQ(st.st_nlink, 3);
    CHECK(stat("/dev/null", &st) == 0 && S_ISCHR(st.st_mode));
    CHECK_EQ(st.st_rdev, (dev_t)(1 << 8 | 3));
    CHECK_FAILS(stat("none", &st), ENOENT);
    place_leave();
}

TEST("utimensat: given times, now, and left out")
{
    struct timespec t[2] = { { 1000, 5 }, { 2000, 6 } };
    struct stat st;

    place_enter();
    place_file("f", "");
    CHECK(utimensat(AT_FDCWD, "f", t, 0) == 0);
    CHECK(stat("f", &st) == 0);
    CHECK(st.st_atim.tv_sec == 1000 && st.st_atim.tv_nsec == 5);
    CHECK(st.st_mtim.tv_sec == 2000 && st.st_mtim.tv_nsec == 6);
    t[0].tv_nsec = UTIME_OMIT;
    t[1].tv_nsec = UTIME_NOW;
    CHECK(utimensat(AT_FDCWD, "f", t, 0) == 0);
    CHECK(stat("f", &st) == 0);
    CHECK_EQ(st.st_atim.tv_sec, 1000);
    CHECK(st.st_mtim.tv_sec != 2000);
    t[0].tv_nsec = 1000000000;
    CHECK_FAILS(utimensat(AT_FDCWD, "f", t, 0), EINVAL);
    place_leave();
}

TEST("statx says what stat says")
{
    struct statx x;
    struct stat st;

    place_enter();
    place_file("f", "larch");
    CHECK(stat("f", &st) == 0);
    CHECK(syscall(SYS_statx, AT_FDCWD, "f", 0, STATX_BASIC_STATS, &x) == 0);
    CHECK_EQ(x.stx_mask & STATX_BASIC_STATS, STATX_BASIC_STATS);
    CHECK_EQ(x.stx_mode, st.st_mode);
    CHECK_EQ(x.stx_size, st.st_size);
    CHECK_EQ(x.stx_ino, st.st_ino);
    CHECK_EQ(x.stx_nlink, st.st_nlink);
    CHECK_EQ(x.stx_mtime.tv_nsec, st.st_mtim.tv_nsec);
    place_leave();
}

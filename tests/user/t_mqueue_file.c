/*
 * t_mqueue_file.c - message queues as files: names, permissions, descriptors,
 * /dev/mqueue, limits (lwp.md row D-13; mq_overview(7), mq_open(3)).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/mq.h"

#include <dirent.h>
#include <limits.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#define FILE_NAME "/dev/mqueue" MQ_NAME
#define USER 1000

static void become(uid_t uid)
{
    CHECK_EQ(setgid(uid), 0);
    CHECK_EQ(setuid(uid), 0);
}

static mqd_t create(const char *name, mode_t mode)
{
    return mq_open(name, O_CREAT | O_RDWR, mode, NULL);
}

/* --- names ------------------------------------------------------------------ */

TEST("D-13 mq: O_CREAT makes, O_EXCL refuses what is there, else ENOENT")
{
    mqd_t a, b;

    CHECK_FAILS(mq_open(MQ_NAME, O_RDWR), ENOENT);
    CHECK_FAILS(mq_open(MQ_NAME, O_RDWR | O_EXCL), ENOENT);
    a = mq_make(2, 0, true);
    CHECK_FAILS(mq_open(MQ_NAME, O_RDWR | O_CREAT | O_EXCL, 0600, NULL),
                EEXIST);
    b = create(MQ_NAME, 0600);      /* its attributes stay */
    CHECK(b >= 0);
    MQ_SEND(a, "same", 2);
    MQ_RECEIVE(b, "same", 2);
    CHECK_EQ(mq_unlink(MQ_NAME), 0);
    CHECK_FAILS(mq_unlink(MQ_NAME), ENOENT);
}

TEST("D-13 mq: names that are none")
{
    char longest[NAME_MAX + 3] = "/";
    mqd_t q;

    CHECK_FAILS(create("/a/b", 0600), EACCES);
    CHECK_FAILS(create("/.", 0600), EACCES);
    CHECK_FAILS(create("/..", 0600), EACCES);
    CHECK_FAILS(create("//a", 0600), EACCES);
    CHECK_FAILS(create("/", 0600), ENOENT);
    CHECK_FAILS(mq_unlink("/a/b"), EACCES);
    CHECK_FAILS(mq_unlink("/.."), EACCES);
    CHECK_FAILS(mq_unlink("/"), ENOENT);
    memset(longest + 1, 'x', NAME_MAX + 1);
    CHECK_FAILS(create(longest, 0600), ENAMETOOLONG);
    CHECK_FAILS(mq_unlink(longest), ENAMETOOLONG);
    longest[NAME_MAX + 1] = '\0';
    q = create(longest, 0600);
    CHECK(q >= 0);
    CHECK_EQ(mq_unlink(longest), 0);
    q = create("/...", 0600);
    CHECK(q >= 0);
    CHECK_EQ(mq_unlink("/..."), 0);
}

TEST("D-13 mq: without its name a queue lives until the last close")
{
    mqd_t old = mq_make(2, 0, true), copy = dup(old), new;

    MQ_SEND(old, "old", 0);
    CHECK_EQ(mq_unlink(MQ_NAME), 0);
    CHECK_FAILS(mq_open(MQ_NAME, O_RDWR), ENOENT);
    new = mq_make(2, O_NONBLOCK, false);
    CHECK_EQ(mq_close(old), 0);
    MQ_RECEIVE(copy, "old", 0);
    MQ_SEND(copy, "still", 0);
    CHECK_FAILS(mq_receive(new, (char[MQ_SIZE]){ 0 }, MQ_SIZE, NULL), EAGAIN);
}

static mqd_t inherited;

static void use_inherited(void)
{
    struct mq_attr attr = { .mq_flags = O_NONBLOCK };

    MQ_RECEIVE(inherited, "down", 1);
    MQ_SEND(inherited, "up", 2);
    CHECK_EQ(mq_setattr(inherited, &attr, NULL), 0);
}

TEST("D-13 mq: fork shares the open queue, exec closes it")
{
    struct mq_attr attr;

    inherited = mq_make(2, 0, false);
    CHECK(fcntl(inherited, F_GETFD) & FD_CLOEXEC);
    MQ_SEND(inherited, "down", 1);
    CHECK_EXITS(child_start(use_inherited), 0);
    MQ_RECEIVE(inherited, "up", 2);
    CHECK_EQ(mq_getattr(inherited, &attr), 0);
    CHECK_EQ(attr.mq_flags, O_NONBLOCK);
}

/* --- permissions ------------------------------------------------------------ */

static void use_as_another(void)
{
    become(USER);
    CHECK(mq_open(MQ_NAME, O_RDONLY) >= 0);
    CHECK_FAILS(mq_open(MQ_NAME, O_WRONLY), EACCES);
    CHECK_FAILS(mq_open(MQ_NAME, O_RDWR), EACCES);
    CHECK_FAILS(mq_open(MQ_NAME, O_RDWR | O_CREAT, 0666, NULL), EACCES);
    /* The directory is sticky.  (mq_unlink(3): EPERM is EACCES.) */
    CHECK_FAILS(mq_unlink(MQ_NAME), EACCES);
    CHECK_FAILS(syscall(SYS_mq_unlink, MQ_NAME + 1), EPERM);
}

TEST("D-13 mq: mode, less umask, and owner decide who opens for what")
{
    struct stat st;
    mqd_t q;

    umask(022);
    q = create(MQ_NAME, 0666);
    CHECK(q >= 0);
    CHECK_EQ(fstat(q, &st), 0);
    CHECK_EQ(st.st_mode, S_IFREG | 0644);
    CHECK_EXITS(child_start(use_as_another), 0);
    CHECK_EQ(mq_unlink(MQ_NAME), 0);
}

TEST("D-13 mq: who makes a queue may use it, whatever the mode says")
{
    struct stat st;
    mqd_t q;

    become(USER);
    q = create(MQ_NAME, 0);
    CHECK(q >= 0);
    CHECK_EQ(fstat(q, &st), 0);
    CHECK_EQ(st.st_mode & 07777, 0);
    CHECK_EQ(st.st_uid, USER);
    CHECK_EQ(st.st_gid, USER);
    CHECK_EQ(mq_send(q, "x", 1, 0), 0);
    CHECK_FAILS(mq_open(MQ_NAME, O_RDONLY), EACCES);
    CHECK_EQ(fchmod(q, 0400), 0);
    CHECK(mq_open(MQ_NAME, O_RDONLY) >= 0);
    CHECK_EQ(mq_unlink(MQ_NAME), 0);
}

/* --- /dev/mqueue ------------------------------------------------------------ */

static bool is_listed(const char *name)
{
    DIR *dir = opendir("/dev/mqueue");
    struct dirent *entry;
    bool found = false;

    CHECK(dir);
    while ((entry = readdir(dir)))
        found |= strcmp(entry->d_name, name) == 0;
    closedir(dir);
    return found;
}

TEST("D-13 /dev/mqueue lists queues and shows how full they are")
{
    mqd_t q = mq_make(4, 0, true);
    char line[200] = "";
    struct statfs fs;
    struct stat st;
    int fd;

    MQ_SEND(q, "12345", 0);
    MQ_SEND(q, "678", 0);
    CHECK(is_listed(MQ_NAME + 1));
    CHECK_EQ(stat(FILE_NAME, &st), 0);
    CHECK_EQ(st.st_size, 80);
    CHECK_EQ(st.st_mode, S_IFREG | 0600);
    CHECK_EQ(statfs("/dev/mqueue", &fs), 0);
    CHECK_EQ(fs.f_type, 0x19800202);
    fd = open(FILE_NAME, O_RDONLY);
    CHECK(fd >= 0);
    CHECK(read(fd, line, sizeof(line)) > 0);
    CHECK(strcmp(line, "QSIZE:8          NOTIFY:0     SIGNO:0     "
                       "NOTIFY_PID:0     \n") == 0);
    CHECK_EQ(read(fd, line, sizeof(line)), 0);
    CHECK_EQ(pread(fd, line, 4, 4), 4);
    CHECK(memcmp(line, "E:8 ", 4) == 0);
    CHECK_EQ(unlink(FILE_NAME), 0);
    CHECK(!is_listed(MQ_NAME + 1));
    MQ_RECEIVE(q, "12345", 0);
}

TEST("D-13 /dev/mqueue: open(2) makes and opens queues, too")
{
    int fd = open(FILE_NAME, O_CREAT | O_RDWR, 0600);
    struct mq_attr attr;
    mqd_t q;

    CHECK(fd >= 0);
    q = mq_open(MQ_NAME, O_RDWR);
    CHECK_EQ(mq_getattr(fd, &attr), 0);
    CHECK_EQ(attr.mq_maxmsg, 10);
    CHECK_EQ(mq_send(fd, "through", 7, 0), 0);
    CHECK_EQ(mq_getattr(q, &attr), 0);
    CHECK_EQ(attr.mq_curmsgs, 1);
    CHECK_FAILS(write(fd, "x", 1), EINVAL);
    CHECK_EQ(mq_unlink(MQ_NAME), 0);
}

TEST("D-13 /dev/mqueue: nothing but queues, and no other names for them")
{
    mqd_t q = mq_make(2, 0, true);

    CHECK_FAILS(mkdir("/dev/mqueue/d", 0755), EPERM);
    CHECK_FAILS(symlink("x", "/dev/mqueue/s"), EPERM);
    CHECK_FAILS(mkfifo("/dev/mqueue/f", 0600), EPERM);
    CHECK_FAILS(link(FILE_NAME, "/dev/mqueue/l"), EPERM);
    CHECK_FAILS(rename(FILE_NAME, "/dev/mqueue/r"), EPERM);
    CHECK_EQ(mq_unlink(MQ_NAME), 0);
    CHECK_EQ(mq_close(q), 0);
}

TEST("D-13 /dev/mqueue: mounted elsewhere it is the same; queues outlive it")
{
    mqd_t q = mq_make(2, 0, true);

    CHECK_EQ(mkdir("/tmp/mq", 0755), 0);
    CHECK_EQ(mount("none", "/tmp/mq", "mqueue", 0, NULL), 0);
    CHECK_EQ(access("/tmp/mq" MQ_NAME, F_OK), 0);
    CHECK_EQ(umount("/tmp/mq"), 0);
    CHECK_EQ(rmdir("/tmp/mq"), 0);
    MQ_SEND(q, "here", 0);
    MQ_RECEIVE(q, "here", 0);
    CHECK_EQ(mq_unlink(MQ_NAME), 0);
}

/* --- limits ----------------------------------------------------------------- */

#define LIMIT(name) "/proc/sys/fs/mqueue/" name

static int set_limit(const char *path, const char *value)
{
    int fd = open(path, O_WRONLY), error = 0;

    CHECK(fd >= 0);
    if (write(fd, value, strlen(value)) < 0)
        error = errno;
    close(fd);
    return error;
}

static long limit(const char *path)
{
    long value = -1;
    FILE *f = fopen(path, "r");

    CHECK(f && fscanf(f, "%ld", &value) == 1);
    fclose(f);
    return value;
}

static int open_with(long depth, long size)
{
    struct mq_attr attr = { .mq_maxmsg = depth, .mq_msgsize = size };
    int fd = mq_open(MQ_NAME, O_CREAT | O_RDWR | O_EXCL, 0600, &attr);

    if (fd >= 0)
        mq_unlink(MQ_NAME);
    return fd;
}

TEST("D-13 mq: msg_max and msgsize_max bind all but the superuser")
{
    mqd_t q = open_with(11, 8193);

    CHECK(q >= 0);
    CHECK_EQ(mq_close(q), 0);
    become(USER);
    CHECK_FAILS(open_with(11, 8192), EINVAL);
    CHECK_FAILS(open_with(10, 8193), EINVAL);
    CHECK(open_with(10, 8192) >= 0);
    CHECK_EQ(open(LIMIT("msg_max"), O_WRONLY), -1);
}

TEST("D-13 mq: limits have bounds, defaults are cut to the limits")
{
    struct mq_attr attr;
    mqd_t q;

    CHECK_EQ(set_limit(LIMIT("msg_max"), "0"), EINVAL);
    CHECK_EQ(set_limit(LIMIT("msg_max"), "65537"), EINVAL);
    CHECK_EQ(set_limit(LIMIT("msg_max"), "x"), EINVAL);
    CHECK_EQ(set_limit(LIMIT("msgsize_max"), "127"), EINVAL);
    CHECK_EQ(set_limit(LIMIT("msgsize_max"), "16777217"), EINVAL);
    CHECK_EQ(limit(LIMIT("msg_max")), 10);
    CHECK_EQ(limit(LIMIT("msgsize_max")), 8192);
    CHECK_EQ(set_limit(LIMIT("msg_max"), "5\n"), 0);
    CHECK_EQ(set_limit(LIMIT("msgsize_default"), "256\n"), 0);
    q = create(MQ_NAME, 0600);
    CHECK_EQ(set_limit(LIMIT("msg_max"), "10\n"), 0);
    CHECK_EQ(set_limit(LIMIT("msgsize_default"), "8192\n"), 0);
    CHECK(q >= 0);
    CHECK_EQ(mq_unlink(MQ_NAME), 0);
    CHECK_EQ(mq_getattr(q, &attr), 0);
    CHECK_EQ(attr.mq_maxmsg, 5);
    CHECK_EQ(attr.mq_msgsize, 256);
}

static void open_beyond_three(void)
{
    mqd_t q;

    become(USER);
    q = open_with(1, 8);
    CHECK(q >= 0);
    CHECK(open_with(1, 8) >= 0);
    CHECK_FAILS(open_with(1, 8), ENOSPC);
    CHECK_EQ(mq_close(q), 0);
    CHECK(open_with(1, 8) >= 0);
}

TEST("D-13 mq: queues_max binds all but the superuser: ENOSPC")
{
    mqd_t q = open_with(1, 8);
    int status;

    CHECK(q >= 0);
    CHECK_EQ(set_limit(LIMIT("queues_max"), "3"), 0);
    status = tap_in_child(open_beyond_three);
    CHECK_EQ(set_limit(LIMIT("queues_max"), "256"), 0);
    CHECK_EQ(status, 0);
}

/* getrlimit(2): two structures of 48 bytes and the text for each message. */
#define COST(depth, size) ((depth) * (96l + (size)))

TEST("D-13 mq: RLIMIT_MSGQUEUE counts what a user's queues may hold: EMFILE")
{
    struct rlimit rl = { COST(10, 100), COST(10, 100) };
    mqd_t q;

    become(USER);
    CHECK_EQ(setrlimit(RLIMIT_MSGQUEUE, &rl), 0);
    CHECK_FAILS(open_with(10, 101), EMFILE);
    q = open_with(10, 100);
    CHECK(q >= 0);
    CHECK_FAILS(open_with(1, 1), EMFILE);
    CHECK_EQ(mq_close(q), 0);
    q = open_with(5, 100);
    CHECK(q >= 0);
    CHECK(open_with(5, 100) >= 0);
    CHECK_FAILS(open_with(1, 1), EMFILE);
}

TEST("D-13 mq: the next user's account is its own, and is empty again")
{
    struct rlimit rl = { COST(10, 100), COST(10, 100) };

    CHECK_EQ(setrlimit(RLIMIT_MSGQUEUE, &rl), 0);
    become(USER);
    CHECK(open_with(10, 100) >= 0);
    CHECK_FAILS(open_with(1, 1), EMFILE);
}

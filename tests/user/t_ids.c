/*
 * t_ids.c - the numbers a process has: pid, tid, parent, user and group ids
 * (rows B-32, S11).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define NOBODY 65534

static void *tell_tid(void *arg)
{
    long *seen = arg;

    seen[0] = syscall(SYS_gettid);
    seen[1] = getpid();
    seen[2] = getppid();
    return NULL;
}

TEST("B-32 threads share pid and parent, and have tids of their own")
{
    long seen[4][3];
    pthread_t t[4];

    CHECK_EQ(syscall(SYS_gettid), getpid());
    for (int i = 0; i < 4; i++)
        CHECK_EQ(pthread_create(&t[i], NULL, tell_tid, seen[i]), 0);
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(pthread_join(t[i], NULL), 0);
        CHECK_EQ(seen[i][1], getpid());
        CHECK_EQ(seen[i][2], getppid());
        CHECK(seen[i][0] != getpid());
        for (int j = 0; j < i; j++)
            CHECK(seen[i][0] != seen[j][0]);
    }
}

TEST("S21 set_tid_address gives the tid")
{
    static int word;

    CHECK_EQ(syscall(SYS_set_tid_address, &word), getpid());
}

static void need_root(void)
{
    if (getuid() != 0 || geteuid() != 0)
        tap_skip("needs root");
}

static void check_uids(uid_t real, uid_t effective, uid_t saved)
{
    uid_t r, e, s;

    CHECK_EQ(getresuid(&r, &e, &s), 0);
    CHECK_EQ(r, real);
    CHECK_EQ(e, effective);
    CHECK_EQ(s, saved);
    CHECK_EQ(getuid(), real);
    CHECK_EQ(geteuid(), effective);
}

static void check_gids(gid_t real, gid_t effective, gid_t saved)
{
    gid_t r, e, s;

    CHECK_EQ(getresgid(&r, &e, &s), 0);
    CHECK_EQ(r, real);
    CHECK_EQ(e, effective);
    CHECK_EQ(s, saved);
    CHECK_EQ(getgid(), real);
    CHECK_EQ(getegid(), effective);
}

TEST("setuid by root is for good")
{
    need_root();
    CHECK_EQ(setgid(100), 0);
    check_gids(100, 100, 100);
    CHECK_EQ(setuid(NOBODY), 0);
    check_uids(NOBODY, NOBODY, NOBODY);
    CHECK_FAILS(setuid(0), EPERM);
    CHECK_FAILS(setgid(0), EPERM);
    CHECK_FAILS(seteuid(0), EPERM);
    CHECK_FAILS(setresuid(0, -1, -1), EPERM);
    CHECK_FAILS(setgroups(0, NULL), EPERM);
    check_uids(NOBODY, NOBODY, NOBODY);
    check_gids(100, 100, 100);
}

TEST("an effective id can be put down and taken up again")
{
    need_root();
    CHECK_EQ(seteuid(1000), 0);
    check_uids(0, 1000, 0);
    CHECK_FAILS(setuid(77), EPERM);
    CHECK_EQ(seteuid(0), 0);
    check_uids(0, 0, 0);
    CHECK_EQ(setegid(1000), 0);
    check_gids(0, 1000, 0);
    CHECK_EQ(setegid(0), 0);
}

TEST("setresuid sets what is not -1; each may become any of the three")
{
    need_root();
    CHECK_EQ(setresuid(10, 20, 30), 0);
    check_uids(10, 20, 30);
    CHECK_EQ(setresuid(-1, 30, -1), 0);
    check_uids(10, 30, 30);
    CHECK_EQ(setresuid(30, 10, -1), 0);
    check_uids(30, 10, 30);
    CHECK_FAILS(setresuid(20, -1, -1), EPERM);
    CHECK_FAILS(setresuid(-1, -1, 0), EPERM);
    check_uids(30, 10, 30);
}

TEST("setresgid sets what is not -1; each may become any of the three")
{
    need_root();
    CHECK_EQ(setresgid(10, 20, 30), 0);
    check_gids(10, 20, 30);
    CHECK_EQ(setuid(NOBODY), 0);
    CHECK_EQ(setresgid(20, 30, -1), 0);
    check_gids(20, 30, 30);
    CHECK_FAILS(setresgid(10, -1, -1), EPERM);
}

TEST("setreuid: the saved id follows the effective one")
{
    need_root();
    CHECK_EQ(setreuid(5, 6), 0);
    check_uids(5, 6, 6);
    CHECK_EQ(setreuid(6, 5), 0);
    check_uids(6, 5, 5);
    CHECK_FAILS(setreuid(-1, 0), EPERM);
    check_uids(6, 5, 5);
}

TEST("a user's id does not give the rights of root over files")
{
    int fd;

    need_root();
    fd = open("/tmp/t_ids", O_CREAT | O_RDWR | O_TRUNC, 0600);
    CHECK(fd >= 0);
    close(fd);
    CHECK_EQ(seteuid(1000), 0);
    CHECK_FAILS(open("/tmp/t_ids", O_RDONLY), EACCES);
    CHECK_EQ(seteuid(0), 0);
    CHECK_EQ(unlink("/tmp/t_ids"), 0);
}

TEST("supplementary groups are set, read, and inherited")
{
    gid_t set[3] = { 7, 5, 9 }, got[4] = { 0 };
    pid_t pid;

    need_root();
    CHECK_EQ(setgroups(3, set), 0);
    CHECK_EQ(getgroups(0, got), 3);
    CHECK_FAILS(getgroups(2, got), EINVAL);
    pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(getgroups(4, got), 3);
        CHECK_EQ(got[0] + got[1] + got[2], 21);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK_EQ(setgroups(0, NULL), 0);
    CHECK_EQ(getgroups(0, NULL), 0);
}

TEST("setfsuid gives the old one, whatever it does")
{
    need_root();
    CHECK_EQ(setfsuid(1000), 0);
    CHECK_EQ(setfsuid(-1), 1000);
    CHECK_EQ(setfsuid(0), 1000);
    CHECK_EQ(setfsgid(100), 0);
    CHECK_EQ(setfsgid(-1), 100);
}

TEST("bad addresses for ids are EFAULT, ids of -1 EINVAL")
{
    uid_t u;

    CHECK_FAILS(syscall(SYS_getresuid, &u, &u, 8), EFAULT);
    CHECK_FAILS(syscall(SYS_getresgid, 8, &u, &u), EFAULT);
    CHECK_FAILS(syscall(SYS_setuid, -1), EINVAL);
    CHECK_FAILS(syscall(SYS_setgid, -1), EINVAL);
    need_root();
    CHECK_FAILS(syscall(SYS_setgroups, 2, 8), EFAULT);
    CHECK_FAILS(syscall(SYS_setgroups, 65537, 8), EINVAL);
    CHECK_FAILS(syscall(SYS_setgroups, -1, 8), EINVAL);
}

#define REBOOT_MAGIC1 0xfee1dead
#define REBOOT_MAGIC2 672274793
#define REBOOT_POWER_OFF 0x4321fedc

TEST("B-33 reboot is for root, and wants its magic numbers")
{
    long magic1 = REBOOT_MAGIC1, off = REBOOT_POWER_OFF;

    need_root();
    CHECK_FAILS(syscall(SYS_reboot, 0, REBOOT_MAGIC2, off, 0), EINVAL);
    CHECK_FAILS(syscall(SYS_reboot, magic1, 0, off, 0), EINVAL);
    CHECK_FAILS(syscall(SYS_reboot, magic1, REBOOT_MAGIC2, 1, 0), EINVAL);
    CHECK_EQ(syscall(SYS_reboot, magic1, REBOOT_MAGIC2, 0, 0), 0);  /* CAD */
    CHECK_EQ(setuid(NOBODY), 0);
    CHECK_FAILS(syscall(SYS_reboot, magic1, REBOOT_MAGIC2, off, 0), EPERM);
    CHECK_FAILS(syscall(SYS_reboot, 0, 0, 0, 0), EPERM);
}

TEST("A-26 S11 the name of a thread can be set, is cut at 15, and is inherited")
{
    char name[16];
    pid_t pid;

    CHECK_EQ(prctl(PR_SET_NAME, "a-name-of-more-than-15"), 0);
    pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(prctl(PR_GET_NAME, name), 0);
        CHECK(!strcmp(name, "a-name-of-more-"));
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK_FAILS(prctl(PR_SET_NAME, 8), EFAULT);
    CHECK_FAILS(prctl(PR_GET_NAME, 8), EFAULT);
}

TEST("B-26 a thread's timer slack is kept, inherited, and reset by 0")
{
    CHECK_EQ(prctl(PR_GET_TIMERSLACK), 50000);
    CHECK_EQ(prctl(PR_SET_TIMERSLACK, 7000000ul), 0);
    CHECK_EQ(prctl(PR_GET_TIMERSLACK), 7000000);
    pid_t pid = fork();
    if (pid == 0) {
        CHECK_EQ(prctl(PR_GET_TIMERSLACK), 7000000);
        CHECK_EQ(prctl(PR_SET_TIMERSLACK, 1ul), 0);
        CHECK_EQ(prctl(PR_GET_TIMERSLACK), 1);
        CHECK_EQ(prctl(PR_SET_TIMERSLACK, 0ul), 0);
        CHECK_EQ(prctl(PR_GET_TIMERSLACK), 7000000);
        _exit(0);
    }
    int status;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    CHECK_EQ(prctl(PR_SET_TIMERSLACK, 0ul), 0);
    CHECK_EQ(prctl(PR_GET_TIMERSLACK), 50000);
}

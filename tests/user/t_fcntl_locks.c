/*
 * t_fcntl_locks.c - locks on files: of processes, of open files (OFD), flock.
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/place.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>

static int lock(int fd, int cmd, int type, off_t from, off_t size)
{
    struct flock l = { .l_type = type, .l_start = from, .l_len = size };

    return fcntl(fd, cmd, &l);
}

/* Who holds what a lock of this type would meet? */
static struct flock test_lock(int fd, int type, off_t from, off_t size)
{
    struct flock l = { .l_type = type, .l_start = from, .l_len = size };

    CHECK(fcntl(fd, F_GETLK, &l) == 0);
    return l;
}

static int open_locked(void)
{
    int fd = open("locked", O_RDWR | O_CREAT, 0666);

    CHECK(fd >= 0);
    return fd;
}

static int fd;
static pid_t owner;

/* --- of processes --- */

static void meet_write_lock(void)
{
    struct flock l = test_lock(fd, F_RDLCK, 15, 1);

    CHECK_EQ(l.l_type, F_WRLCK);
    CHECK_EQ(l.l_pid, owner);
    CHECK_EQ(l.l_start, 10);
    CHECK_EQ(l.l_len, 10);
    CHECK_EQ(test_lock(fd, F_WRLCK, 20, 10).l_type, F_UNLCK);
    CHECK_FAILS(lock(fd, F_SETLK, F_RDLCK, 0, 11), EAGAIN);
    CHECK(lock(fd, F_SETLK, F_WRLCK, 0, 10) == 0);
    CHECK(lock(fd, F_SETLK, F_WRLCK, 20, 0) == 0);
}

TEST("F_SETLK: a write lock keeps others out of its range")
{
    place_enter();
    fd = open_locked();
    owner = getpid();
    CHECK(lock(fd, F_SETLK, F_WRLCK, 10, 10) == 0);
    CHECK(lock(fd, F_SETLK, F_RDLCK, 12, 2) == 0);      /* one's own */
    CHECK(lock(fd, F_SETLK, F_WRLCK, 12, 2) == 0);
    CHECK_EQ(tap_in_child(meet_write_lock), 0);
    place_leave();
}

static void meet_read_lock(void)
{
    CHECK(lock(fd, F_SETLK, F_RDLCK, 0, 0) == 0);
    CHECK_FAILS(lock(fd, F_SETLK, F_WRLCK, 0, 1), EAGAIN);
    CHECK_EQ(test_lock(fd, F_WRLCK, 50, 1).l_pid, owner);
    CHECK_EQ(test_lock(fd, F_RDLCK, 50, 1).l_type, F_UNLCK);
}

TEST("F_SETLK: read locks are shared; fork inherits none")
{
    place_enter();
    fd = open_locked();
    owner = getpid();
    CHECK(lock(fd, F_SETLK, F_RDLCK, 0, 0) == 0);
    CHECK_EQ(tap_in_child(meet_read_lock), 0);
    CHECK_EQ(test_lock(fd, F_WRLCK, 0, 0).l_type, F_UNLCK);
    place_leave();
}

static void find_middle_free(void)
{
    CHECK_EQ(test_lock(fd, F_WRLCK, 40, 20).l_type, F_UNLCK);
    CHECK_EQ(test_lock(fd, F_WRLCK, 0, 41).l_len, 40);
    CHECK_EQ(test_lock(fd, F_WRLCK, 59, 2).l_start, 60);
}

TEST("F_SETLK: unlocking the middle leaves two pieces")
{
    place_enter();
    fd = open_locked();
    CHECK(lock(fd, F_SETLK, F_WRLCK, 0, 100) == 0);
    CHECK(lock(fd, F_SETLK, F_UNLCK, 40, 20) == 0);
    CHECK_EQ(tap_in_child(find_middle_free), 0);
    place_leave();
}

static void find_all_free(void)
{
    CHECK_EQ(test_lock(fd, F_WRLCK, 0, 0).l_type, F_UNLCK);
}

TEST("F_SETLK: closing any descriptor of the file drops the locks")
{
    int again;

    place_enter();
    fd = open_locked();
    again = open_locked();
    CHECK(lock(fd, F_SETLK, F_WRLCK, 0, 0) == 0);
    CHECK(close(again) == 0);
    CHECK_EQ(tap_in_child(find_all_free), 0);
    place_leave();
}

TEST("F_SETLK: what is no lock")
{
    int r, w;

    place_enter();
    fd = open_locked();
    r = open("locked", O_RDONLY);
    w = open("locked", O_WRONLY);
    CHECK_FAILS(lock(r, F_SETLK, F_WRLCK, 0, 1), EBADF);
    CHECK_FAILS(lock(w, F_SETLK, F_RDLCK, 0, 1), EBADF);
    CHECK_FAILS(lock(fd, F_SETLK, 77, 0, 1), EINVAL);
    CHECK_FAILS(lock(fd, F_SETLK, F_WRLCK, -1, 1), EINVAL);
    CHECK_FAILS(lock(fd, F_SETLK, F_WRLCK, 5, -6), EINVAL);
    CHECK(lock(fd, F_SETLK, F_WRLCK, 5, -5) == 0);
    CHECK_FAILS(fcntl(fd, F_SETLK, NULL), EFAULT);
    place_leave();
}

static struct gate ready, told;
static int64_t *times;

static void wait_for_lock(void)
{
    CHECK(lock(fd, F_SETLKW, F_WRLCK, 0, 1) == 0);
    times[1] = tap_now();
}

TEST("F_SETLKW: sleeps until the lock is dropped")
{
    pid_t pid;

    place_enter();
    fd = open_locked();
    times = child_shared(4096);
    CHECK(lock(fd, F_SETLK, F_WRLCK, 0, 0) == 0);
    pid = child_start(wait_for_lock);
    sleep_ms(50);
    CHECK_EQ(times[1], 0);
    times[0] = tap_now();
    CHECK(lock(fd, F_SETLK, F_UNLCK, 0, 0) == 0);
    CHECK_EXITS(pid, 0);
    CHECK(times[1] >= times[0]);
    place_leave();
}

static void do_nothing(int signo)
{
    (void)signo;
}

static void be_interrupted(void)
{
    struct sigaction act = { .sa_handler = do_nothing };

    sigaction(SIGALRM, &act, NULL);
    ualarm(20000, 0);
    CHECK_FAILS(lock(fd, F_SETLKW, F_WRLCK, 0, 1), EINTR);
}

TEST("F_SETLKW: a signal interrupts, and the queue is whole")
{
    place_enter();
    fd = open_locked();
    CHECK(lock(fd, F_SETLK, F_WRLCK, 0, 0) == 0);
    CHECK_EQ(tap_in_child(be_interrupted), 0);
    CHECK(lock(fd, F_SETLK, F_UNLCK, 0, 0) == 0);
    CHECK_EQ(tap_in_child(find_all_free), 0);
    place_leave();
}

static void hold_second(void)
{
    CHECK(lock(fd, F_SETLK, F_WRLCK, 1, 1) == 0);
    gate_open(&ready);
    CHECK(lock(fd, F_SETLKW, F_WRLCK, 0, 1) == 0);
}

TEST("F_SETLKW: two that wait for each other are EDEADLK")
{
    pid_t pid;

    place_enter();
    fd = open_locked();
    gate_init(&ready);
    CHECK(lock(fd, F_SETLK, F_WRLCK, 0, 1) == 0);
    pid = child_start(hold_second);
    gate_pass(&ready);
    sleep_ms(50);
    CHECK_FAILS(lock(fd, F_SETLKW, F_WRLCK, 1, 1), EDEADLK);
    CHECK(lock(fd, F_SETLK, F_UNLCK, 0, 1) == 0);
    CHECK_EXITS(pid, 0);
    place_leave();
}

static void *wait_in_thread(void *result)
{
    *(int *)result = lock(fd, F_SETLKW, F_WRLCK, 0, 1) ? errno : 0;
    return NULL;
}

static void hold_until_told(void)
{
    CHECK(lock(fd, F_SETLK, F_WRLCK, 0, 1) == 0);
    gate_open(&ready);
    gate_pass(&told);
}

TEST("F_SETLKW: the descriptor is closed meanwhile: no lock is left")
{
    pthread_t thread;
    int result;
    pid_t pid;

    place_enter();
    fd = open_locked();
    gate_init(&ready);
    gate_init(&told);
    pid = child_start(hold_until_told);
    gate_pass(&ready);
    CHECK(pthread_create(&thread, NULL, wait_in_thread, &result) == 0);
    sleep_ms(50);
    CHECK(close(fd) == 0);
    gate_open(&told);
    CHECK_EXITS(pid, 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK_EQ(result, EBADF);
    fd = open_locked();
    CHECK_EQ(tap_in_child(find_all_free), 0);
    place_leave();
}

/* --- of open files --- */

static void wait_crosswise(int mine, int other)
{
    int own = open_locked();

    CHECK(lock(own, F_OFD_SETLK, F_WRLCK, mine, 1) == 0);
    gate_open(&ready);
    gate_pass(&told);
    lock(own, F_OFD_SETLKW, F_WRLCK, other, 1);
}

static void wait_one(void)
{
    wait_crosswise(0, 1);
}

static void wait_other(void)
{
    wait_crosswise(1, 0);
}

static void want_first(void)
{
    CHECK(lock(fd, F_SETLKW, F_WRLCK, 0, 1) == 0);
}

TEST("F_SETLKW: open files that wait for each other are no harm to others")
{
    pid_t pid[2], third;

    place_enter();
    gate_init(&ready);
    gate_init(&told);
    pid[0] = child_start(wait_one);
    pid[1] = child_start(wait_other);
    gate_pass(&ready);
    gate_pass(&ready);
    gate_open(&told);
    gate_open(&told);
    sleep_ms(50);
    fd = open_locked();
    third = child_start(want_first);
    sleep_ms(200);
    CHECK(kill(pid[0], SIGKILL) == 0);
    CHECK_KILLED(pid[0], SIGKILL);
    CHECK_EXITS(pid[1], 0);
    CHECK_EXITS(third, 0);
    place_leave();
}


TEST("OFD locks belong to the open file, not to the process")
{
    int again;

    place_enter();
    fd = open_locked();
    again = open_locked();
    CHECK(lock(fd, F_OFD_SETLK, F_WRLCK, 0, 10) == 0);
    CHECK_FAILS(lock(again, F_OFD_SETLK, F_WRLCK, 5, 1), EAGAIN);
    CHECK_FAILS(lock(again, F_SETLK, F_WRLCK, 5, 1), EAGAIN);
    CHECK_EQ(test_lock(again, F_WRLCK, 5, 1).l_pid, -1);
    CHECK(lock(dup(fd), F_OFD_SETLK, F_WRLCK, 5, 1) == 0);
    CHECK(close(again) == 0);
    again = open_locked();
    CHECK_FAILS(lock(again, F_OFD_SETLK, F_WRLCK, 5, 1), EAGAIN);
    place_leave();
}

TEST("OFD locks end with the last descriptor")
{
    int again, copy;

    place_enter();
    fd = open_locked();
    again = open_locked();
    copy = dup(fd);
    CHECK(lock(fd, F_OFD_SETLK, F_WRLCK, 0, 0) == 0);
    CHECK(close(fd) == 0);
    CHECK_FAILS(lock(again, F_OFD_SETLK, F_RDLCK, 0, 0), EAGAIN);
    CHECK(close(copy) == 0);
    CHECK(lock(again, F_OFD_SETLK, F_RDLCK, 0, 0) == 0);
    place_leave();
}

/* --- flock --- */

static void share_flock(void)
{
    CHECK(flock(fd, LOCK_EX | LOCK_NB) == 0);   /* the same open file */
    CHECK_FAILS(flock(open_locked(), LOCK_SH | LOCK_NB), EAGAIN);
}

TEST("flock: of the open file; shared, exclusive, changed, dropped")
{
    int again;

    place_enter();
    fd = open_locked();
    again = open_locked();
    CHECK(flock(fd, LOCK_SH) == 0 && flock(again, LOCK_SH) == 0);
    CHECK_FAILS(flock(fd, LOCK_EX | LOCK_NB), EAGAIN);
    CHECK(flock(again, LOCK_UN) == 0);
    CHECK(flock(fd, LOCK_EX | LOCK_NB) == 0);
    CHECK_FAILS(flock(again, LOCK_SH | LOCK_NB), EAGAIN);
    CHECK_EQ(tap_in_child(share_flock), 0);
    CHECK(close(fd) == 0);
    CHECK(flock(again, LOCK_EX | LOCK_NB) == 0);
    CHECK_FAILS(flock(again, 0), EINVAL);
    CHECK_FAILS(flock(99, LOCK_SH), EBADF);
    place_leave();
}

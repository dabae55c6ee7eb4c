/*
 * t_posix_shm.c - shm_open(3) and semaphores between processes, named
 * (sem_open(3)) or in shared memory: what musl makes of /dev/shm and futexes
 * (lwp.md row D-13).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#define NAME "/larch-posix"
#define PAGE 4096
#define USER 1000

static void become_user(void)
{
    CHECK_EQ(setgid(USER), 0);
    CHECK_EQ(setuid(USER), 0);
}

/* --- shm_open --------------------------------------------------------------- */

static void *map(int fd, size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    CHECK(p != MAP_FAILED);
    return p;
}

static int make_memory(size_t size)
{
    int fd = shm_open(NAME, O_CREAT | O_EXCL | O_RDWR, 0600);

    CHECK(fd >= 0);
    CHECK_EQ(ftruncate(fd, size), 0);
    return fd;
}

static void write_by_name(void)
{
    int fd = shm_open(NAME, O_RDWR, 0);
    char *p = map(fd, 2 * PAGE);

    CHECK(p[0] == 'p' && p[1] == 0 && p[2 * PAGE - 1] == 0);
    p[2 * PAGE - 1] = 'c';
}

TEST("D-13 shm_open: processes that never met share memory by its name")
{
    int fd = make_memory(2 * PAGE);
    char *p = map(fd, 2 * PAGE);
    struct stat st;

    CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    CHECK_EQ(fstat(fd, &st), 0);
    CHECK_EQ(st.st_mode, S_IFREG | 0600);
    CHECK_EQ(st.st_size, 2 * PAGE);
    p[0] = 'p';
    CHECK_EQ(close(fd), 0);
    CHECK_EXITS(child_start(write_by_name), 0);
    CHECK_EQ(p[2 * PAGE - 1], 'c');
    CHECK_EQ(shm_unlink(NAME), 0);
}

TEST("D-13 shm_open: without its name memory stays until it is unmapped")
{
    int fd = make_memory(PAGE), other;
    char *old = map(fd, PAGE), *new;

    strcpy(old, "old");
    CHECK_EQ(close(fd), 0);
    CHECK_EQ(shm_unlink(NAME), 0);
    CHECK_FAILS(shm_unlink(NAME), ENOENT);
    CHECK_FAILS(shm_open(NAME, O_RDWR, 0), ENOENT);
    other = make_memory(PAGE);
    new = map(other, PAGE);
    CHECK(new[0] == 0 && strcmp(old, "old") == 0);
    CHECK_EQ(shm_unlink(NAME), 0);
}

TEST("D-13 shm_open: errors, O_TRUNC, and modes that hold")
{
    char longest[NAME_MAX + 3];
    int fd = make_memory(PAGE);
    struct stat st;

    CHECK_FAILS(shm_open(NAME, O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST);
    CHECK_FAILS(shm_open("/a/b", O_CREAT | O_RDWR, 0600), EINVAL);
    memset(longest, 'x', sizeof(longest));
    longest[0] = '/';
    longest[sizeof(longest) - 1] = '\0';
    CHECK_FAILS(shm_open(longest, O_CREAT | O_RDWR, 0600), ENAMETOOLONG);
    fd = shm_open(NAME, O_RDONLY, 0);
    CHECK(fd >= 0);
    CHECK(mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
    CHECK_EQ(errno, EACCES);
    CHECK_FAILS(ftruncate(fd, 1), EINVAL);
    fd = shm_open(NAME, O_RDWR | O_TRUNC, 0);
    CHECK_EQ(fstat(fd, &st), 0);
    CHECK_EQ(st.st_size, 0);
    CHECK_EQ(shm_unlink(NAME), 0);
}

static void open_as_another(void)
{
    become_user();
    CHECK_FAILS(shm_open(NAME, O_RDONLY, 0), EACCES);
    CHECK(shm_unlink(NAME) == -1);      /* the directory is sticky */
    CHECK(errno == EACCES || errno == EPERM);
}

TEST("D-13 shm_open: another user's memory cannot be opened, nor its name taken")
{
    make_memory(PAGE);
    CHECK_EXITS(child_start(open_as_another), 0);
    CHECK_EQ(shm_unlink(NAME), 0);
}

/* --- semaphores in shared memory -------------------------------------------- */

#define WORKERS 4
#define ROUNDS  300

static struct common {
    sem_t mutex, items, room;
    int inside, most, sum;
} *common;

static void work(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(sem_wait(&common->mutex), 0);
        common->inside++;
        if (common->inside > common->most)
            common->most = common->inside;
        common->sum++;
        if (i % 50 == 0)
            sched_yield();
        common->inside--;
        CHECK_EQ(sem_post(&common->mutex), 0);
    }
}

TEST("D-13 sem_init: one process at a time is inside")
{
    pid_t pids[WORKERS];

    common = child_shared(sizeof(*common));
    CHECK_EQ(sem_init(&common->mutex, 1, 1), 0);
    for (int i = 0; i < WORKERS; i++)
        pids[i] = child_start(work);
    for (int i = 0; i < WORKERS; i++)
        CHECK_EXITS(pids[i], 0);
    CHECK_EQ(common->most, 1);
    CHECK_EQ(common->sum, WORKERS * ROUNDS);
    CHECK_EQ(sem_destroy(&common->mutex), 0);
}

static void produce(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(sem_wait(&common->room), 0);
        __atomic_add_fetch(&common->inside, 1, __ATOMIC_SEQ_CST);
        CHECK_EQ(sem_post(&common->items), 0);
    }
}

TEST("D-13 sem_init: a bounded buffer's counts, with several producers")
{
    pid_t pids[WORKERS];
    int value;

    common = child_shared(sizeof(*common));
    CHECK_EQ(sem_init(&common->items, 1, 0), 0);
    CHECK_EQ(sem_init(&common->room, 1, 3), 0);
    for (int i = 0; i < WORKERS; i++)
        pids[i] = child_start(produce);
    for (int i = 0; i < WORKERS * ROUNDS; i++) {
        CHECK_EQ(sem_wait(&common->items), 0);
        CHECK(__atomic_fetch_sub(&common->inside, 1, __ATOMIC_SEQ_CST) <= 3);
        CHECK_EQ(sem_post(&common->room), 0);
    }
    for (int i = 0; i < WORKERS; i++)
        CHECK_EXITS(pids[i], 0);
    CHECK_EQ(sem_getvalue(&common->items, &value), 0);
    CHECK_EQ(value, 0);
    CHECK_EQ(sem_getvalue(&common->room, &value), 0);
    CHECK_EQ(value, 3);
}

static void wait_for_mutex(void)
{
    sem_wait(&common->mutex);
}

TEST("D-13 sem_init: whoever is killed while it waits takes nothing")
{
    common = child_shared(sizeof(*common));
    CHECK_EQ(sem_init(&common->mutex, 1, 0), 0);
    for (int i = 0; i < 5; i++) {
        pid_t killed = child_start(wait_for_mutex);
        pid_t other = child_start(wait_for_mutex);

        sleep_ms(20);
        child_kill(killed);
        CHECK_EQ(sem_post(&common->mutex), 0);
        CHECK_EXITS(other, 0);
    }
    CHECK_FAILS(sem_trywait(&common->mutex), EAGAIN);
}

TEST("D-13 sem_init, sem_post: values beyond SEM_VALUE_MAX are refused")
{
    sem_t sem;
    int value;

    CHECK_FAILS(sem_init(&sem, 1, SEM_VALUE_MAX + 1u), EINVAL);
    CHECK_EQ(sem_init(&sem, 1, SEM_VALUE_MAX), 0);
    CHECK_FAILS(sem_post(&sem), EOVERFLOW);
    CHECK_EQ(sem_getvalue(&sem, &value), 0);
    CHECK_EQ(value, SEM_VALUE_MAX);
}

/* --- named semaphores ------------------------------------------------------- */

static void post_by_name(void)
{
    sem_t *sem = sem_open(NAME, 0);

    CHECK(sem != SEM_FAILED);
    sleep_ms(20);
    CHECK_EQ(sem_post(sem), 0);
}

TEST("D-13 sem_open: processes that never met, one address a process")
{
    sem_t *sem = sem_open(NAME, O_CREAT | O_EXCL, 0600, 0);
    pid_t pid;

    CHECK(sem != SEM_FAILED);
    CHECK(sem_open(NAME, 0) == sem);
    CHECK(sem_open(NAME, O_CREAT, 0600, 9) == sem);
    CHECK_FAILS(sem_trywait(sem), EAGAIN);
    pid = child_start(post_by_name);
    CHECK_EQ(sem_wait(sem), 0);
    CHECK_EXITS(pid, 0);
    CHECK_EQ(sem_close(sem), 0);
    CHECK_EQ(sem_unlink(NAME), 0);
}

#define OPEN_FAILS(call, error) \
    do { \
        CHECK((call) == SEM_FAILED); \
        CHECK_EQ(errno, error); \
    } while (0)

static void open_sem_as_another(void)
{
    become_user();
    OPEN_FAILS(sem_open(NAME, 0), EACCES);
}

TEST("D-13 sem_open: errors; an unlinked one works on")
{
    sem_t *sem;

    OPEN_FAILS(sem_open(NAME, 0), ENOENT);
    OPEN_FAILS(sem_open(NAME, O_CREAT, 0600, SEM_VALUE_MAX + 1u), EINVAL);
    sem = sem_open(NAME, O_CREAT, 0600, 2);
    CHECK(sem != SEM_FAILED);
    OPEN_FAILS(sem_open(NAME, O_CREAT | O_EXCL, 0600, 1), EEXIST);
    CHECK_EXITS(child_start(open_sem_as_another), 0);
    CHECK_EQ(sem_unlink(NAME), 0);
    CHECK_FAILS(sem_unlink(NAME), ENOENT);
    OPEN_FAILS(sem_open(NAME, 0), ENOENT);
    CHECK_EQ(sem_wait(sem), 0);
    CHECK_EQ(sem_trywait(sem), 0);
    CHECK_FAILS(sem_trywait(sem), EAGAIN);
    CHECK_EQ(sem_close(sem), 0);
}

/*
 * t_shm_life.c - lwp_shm: what happens to segments when processes fork, exec,
 * exit and are killed; the kernel's own access; lists; want of memory (lwp.md
 * rows D-06 to D-11).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/failnth.h"
#include "tests/user/lib/probe.h"
#include "tests/user/lib/shm.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/uio.h>

#define KEY 0x11fe

static int attached(int id)
{
    struct shm_line line;

    CHECK(shm_find(id, &line));
    return line.attached;
}

static void end(char *p, int id)
{
    CHECK_EQ(shm_dt(p), 0);
    CHECK_EQ(attached(id), 0);
    CHECK_EQ(shm_rm(id), 0);
}

TEST("D-07 a segment outlives who made it")
{
    pid_t pid = child_fork();

    if (pid == 0) {
        char *p = shm_at(shm_get(KEY, 5000, 1), NULL);

        CHECK(p != NULL);
        strcpy(p, "still here");
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    int id = shm_get(KEY, 0, 0);
    struct shm_line line;
    CHECK(shm_find(id, &line));
    CHECK_EQ(line.creator, pid);
    CHECK_EQ(line.attached, 0);
    char *p = shm_at(id, NULL);
    CHECK(p && !strcmp(p, "still here"));
    end(p, id);
}

static int segment;
static volatile char *volatile nowhere = (char *)8;

/* Ends with the segment attached, each in its own way. */
static void exits(void)
{
    CHECK(shm_at(segment, NULL) != NULL);
    _exit(0);
}

static void crashes(void)
{
    CHECK(shm_at(segment, NULL) != NULL);
    signal(SIGSEGV, SIG_DFL);
    *nowhere = 1;
}

static void is_killed(void)
{
    CHECK(shm_at(segment, NULL) != NULL);
    kill(getpid(), SIGKILL);
    pause();
}

static void execs(void)
{
    CHECK(shm_at(segment, NULL) != NULL);
    execl("/bin/true", "true", NULL);
    _exit(9);
}

static void unmaps(void)
{
    char *p = shm_at(segment, NULL);

    CHECK(p && munmap(p, 2 * PAGE) == 0);
    CHECK_EQ(attached(segment), 1);     /* the parent */
    _exit(0);
}

TEST("D-07 exit, a crash, SIGKILL, exec and munmap detach")
{
    void (*const ways[])(void) = { exits, crashes, is_killed, execs, unmaps };
    char *p = shm_new(2 * PAGE, &segment);

    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        pid_t pid = child_start(ways[i]);

        child_wait(pid);
        CHECK_EQ(attached(segment), 1);
    }
    end(p, segment);
}

TEST("D-07 exec in the process itself detaches what it had")
{
    char *p = shm_new(PAGE, &segment);
    pid_t pid = child_fork();

    if (pid == 0)
        execl("/bin/sleep", "sleep", "100", NULL);
    while (attached(segment) != 1)
        sleep_ms(1);
    child_kill(pid);
    end(p, segment);
}

TEST("D-07 killed in the middle of attaching and detaching, nothing is left")
{
    char *p = shm_new(4 * PAGE, &segment);

    for (int round = 0; round < 60; round++) {
        pid_t pid = child_fork();

        for (;pid == 0;) {
            char *q = shm_at(segment, NULL);

            q[PAGE] = 1;
            shm_dt(q);
        }
        usleep(tap_below(1500));
        child_kill(pid);
        CHECK_EQ(attached(segment), 1);
    }
    end(p, segment);
}

TEST("D-08 a child of fork shares the segment, and is attached")
{
    int id;
    char *p = shm_new(PAGE, &id);
    struct gate go, done;

    gate_init(&go);
    gate_init(&done);
    *p = 'p';
    pid_t pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(*p, 'p');
        *p = 'c';                       /* not a copy */
        gate_open(&done);
        gate_pass(&go);
        CHECK_EQ(p[1], 'q');
        CHECK_EQ(shm_dt(p), 0);
        _exit(0);
    }
    gate_pass(&done);
    CHECK_EQ(*p, 'c');
    CHECK_EQ(attached(id), 2);
    p[1] = 'q';
    gate_open(&go);
    CHECK_EXITS(pid, 0);
    end(p, id);
}

TEST("D-08 what is attached only in a child is not removed")
{
    int id;
    char *p = shm_new(PAGE, &id);
    struct gate go;

    gate_init(&go);
    pid_t pid = child_fork();
    if (pid == 0) {
        gate_pass(&go);
        _exit(*p);
    }
    *p = 42;
    CHECK_EQ(shm_dt(p), 0);
    CHECK_EQ(shm_rm(id), 0);
    CHECK_EQ(attached(id), 1);
    gate_open(&go);
    CHECK_EXITS(pid, 42);
    CHECK_EQ(attached(id), 0);
    CHECK_EQ(shm_rm(id), 0);
    CHECK_FAILS(shm_rm(id), EINVAL);
}

/* --- the kernel's own access --- */

TEST("D-10 read(2) and write(2) on a segment")
{
    int id, fd[2];
    char *p = shm_new(3 * PAGE, &id), *q = shm_at(id, NULL);

    CHECK(pipe(fd) == 0 && q);
    memset(p, 'w', 2 * PAGE);
    CHECK_EQ(write(fd[1], p, 2 * PAGE), 2 * PAGE);
    CHECK_EQ(read(fd[0], q + PAGE, 2 * PAGE), 2 * PAGE);
    CHECK(p[PAGE] == 'w' && p[3 * PAGE - 1] == 'w');
    int zero = open("/dev/zero", O_RDONLY);
    CHECK_EQ(read(zero, p, 3 * PAGE), 3 * PAGE);
    CHECK(!q[PAGE] && !q[3 * PAGE - 1]);
    /* Behind the end there is nothing. */
    CHECK_EQ(read(zero, p + 2 * PAGE, PAGE), PAGE);
    CHECK_EQ(shm_dt(q), 0);
    CHECK_FAILS(read(zero, q, 1), EFAULT);
    CHECK_FAILS(write(fd[1], q, 1), EFAULT);
    end(p, id);
}

TEST("D-10 another process's memory calls reach a segment, touched or not")
{
    int id;
    char *p = shm_new(2 * PAGE, &id), buf[4] = "abc";
    struct iovec mine = { buf, 4 }, theirs = { p + PAGE, 4 };

    pid_t pid = child_sleeper();
    CHECK_EQ(process_vm_writev(pid, &mine, 1, &theirs, 1, 0), 4);
    CHECK(!strcmp(p + PAGE, "abc"));
    child_kill(pid);
    end(p, id);
}

static long futex(void *word, int op, int value)
{
    return syscall(SYS_futex, word, op, value, NULL, NULL, 0);
}

TEST("D-10 a futex in a segment, at two addresses in two processes")
{
    int id, *p = (int *)shm_new(PAGE, &id);
    pid_t pid = child_fork();

    if (pid == 0) {
        CHECK_EQ(shm_dt(p), 0);
        int *q = (int *)shm_at(id, (char *)p + 64 * PAGE);
        CHECK(q && q != p);
        while (!__atomic_load_n(q, __ATOMIC_SEQ_CST))
            futex(q, FUTEX_WAIT, 0);
        __atomic_store_n(q + 1, 1, __ATOMIC_SEQ_CST);
        futex(q + 1, FUTEX_WAKE, 1);
        _exit(0);
    }
    sleep_ms(20);
    __atomic_store_n(p, 1, __ATOMIC_SEQ_CST);
    futex(p, FUTEX_WAKE, 1);
    while (!__atomic_load_n(p + 1, __ATOMIC_SEQ_CST))
        futex(p + 1, FUTEX_WAIT, 0);
    CHECK_EXITS(pid, 0);
    end((char *)p, id);
}

TEST("D-10 a mutex of two processes in a segment")
{
    struct shared {
        pthread_mutex_t mutex;
        long sum;
    } *s;
    pthread_mutexattr_t shared;
    int id;

    s = (struct shared *)shm_new(sizeof(*s), &id);
    pthread_mutexattr_init(&shared);
    pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    CHECK_EQ(pthread_mutex_init(&s->mutex, &shared), 0);
    pid_t pid = child_fork();
    for (int i = 0; i < 5000; i++) {
        CHECK_EQ(pthread_mutex_lock(&s->mutex), 0);
        s->sum++;
        CHECK_EQ(pthread_mutex_unlock(&s->mutex), 0);
    }
    if (pid == 0)
        _exit(0);
    CHECK_EXITS(pid, 0);
    CHECK_EQ(s->sum, 10000);
    end((char *)s, id);
}

TEST("D-10 protection, locking and advice work, holes are refused")
{
    int id;
    char *p = shm_new(4 * PAGE, &id);

    p[2 * PAGE] = 'k';
    CHECK_EQ(mprotect(p + PAGE, PAGE, PROT_READ), 0);
    CHECK_FAULTS(p + PAGE, WRITE, SIGSEGV, SEGV_ACCERR);
    CHECK_EQ(mprotect(p + PAGE, PAGE, PROT_READ | PROT_WRITE), 0);
    CHECK_EQ(attached(id), 1);          /* one area again */
    CHECK_EQ(mlock(p, 4 * PAGE), 0);
    CHECK_EQ(probe_resident(p, 4), 4);
    CHECK_EQ(munlock(p, 4 * PAGE), 0);
    CHECK_EQ(madvise(p, 4 * PAGE, MADV_DONTNEED), 0);
    CHECK_EQ(p[2 * PAGE], 'k');
    CHECK_FAILS(madvise(p, PAGE, MADV_REMOVE), EOPNOTSUPP);
    CHECK_EQ(msync(p, 4 * PAGE, MS_SYNC), 0);
    end(p, id);
}

/* --- lists --- */

TEST("D-11 /proc/lwp_shm has key, address, size, id, attached and creator")
{
    int id = shm_get(0xabcdef0123456789, 9000, 1);
    char *p = shm_at(id, NULL), *q = shm_at(id, NULL);
    struct shm_line line;

    CHECK(p && q && shm_find(id, &line));
    CHECK_EQ(line.key, 0xabcdef0123456789);
    CHECK_EQ(line.size, 16384);
    CHECK_EQ(line.attached, 2);
    CHECK_EQ(line.creator, getpid());
    CHECK(line.paddr >= 0x80000000 && line.paddr % 16384 == 0);
    CHECK_EQ(shm_dt(q), 0);
    end(p, id);
    CHECK(!shm_find(id, &line));
}

TEST("D-11 that address is where the pages are")
{
    int id, fd = open("/proc/self/pagemap", O_RDONLY);
    char *p = shm_new(4 * PAGE, &id);
    struct shm_line line;
    uint64_t entry;

    CHECK(fd >= 0 && shm_find(id, &line));
    for (int i = 0; i < 4; i++) {
        p[i * PAGE] = 1;
        CHECK_EQ(pread(fd, &entry, 8, (uintptr_t)(p + i * PAGE) / PAGE * 8), 8);
        CHECK_EQ((entry & ((1ul << 55) - 1)) * PAGE, line.paddr + i * PAGE);
    }
    close(fd);
    end(p, id);
}

TEST("D-11 /proc/PID/maps names the segment; smaps counts it as shared")
{
    int id;
    char *p = shm_new(2 * PAGE, &id), *q = shm_at(id, NULL), name[32];

    snprintf(name, sizeof(name), " lwp_shm:%d", id);
    p[0] = q[PAGE] = 1;
    const char *map = probe_map_line(p);
    CHECK(strstr(map, " rw-s 00000000 00:00 0 "));
    CHECK(strlen(map) > 73);
    CHECK(!strncmp(map + 72, name, strcspn(map + 72, "\n")));
    CHECK(tap_read_number("/proc/self/status", "RssShmem:") >= 8);
    CHECK(tap_read_number("/proc/self/smaps_rollup", "Shared_Dirty:") >= 8);
    CHECK_EQ(shm_dt(q), 0);
    end(p, id);
}

/* --- want of memory --- */

static long call_get(void)
{
    return shm_get(KEY, 3 * PAGE, 1);
}

static void undo_get(long id)
{
    CHECK_EQ(shm_rm(id), 0);
}

TEST("D-02 fail-nth: lwp_shmget")
{
    struct trial t = { call_get, undo_get };

    fail_walk(&t);
    CHECK_FAILS(shm_get(KEY, 1, 0), ENOENT);
}

static long call_at(void)
{
    char *p = shm_at(segment, NULL);

    return p ? (long)p : -1;
}

static void undo_at(long p)
{
    CHECK_EQ(shm_dt((void *)p), 0);
    CHECK_EQ(attached(segment), 1);
}

TEST("D-04 fail-nth: lwp_shmat")
{
    struct trial t = { call_at, undo_at };
    char *p = shm_new(PAGE, &segment);

    fail_walk(&t);
    end(p, segment);
}

TEST("D-02 a segment larger than any block of memory")
{
    size_t size = 16 << 20;
    int id;
    char *p = shm_new(size, &id);

    for (size_t i = 0; i < size; i += 64 * PAGE) {
        CHECK_EQ(p[i], 0);
        p[i] = i >> 18;
    }
    char *q = shm_at(id, NULL);
    for (size_t i = 0; i < size; i += 64 * PAGE)
        CHECK_EQ(q[i], (char)(i >> 18));
    CHECK_EQ(shm_dt(q), 0);
    end(p, id);
}

TEST("D-06 two processes that make, attach and remove by the same key")
{
    pid_t pid = child_fork();

    tap_series(pid == 0);
    for (int i = 0; i < 2000; i++) {
        int id = shm_get(KEY, 1 + tap_below(3 * PAGE), 1);
        char *p = shm_at(id, NULL);

        CHECK(id >= 0);
        /* The other may have removed it in between. */
        if (!p)
            continue;
        p[0]++;
        CHECK_EQ(shm_dt(p), 0);
        if (tap_below(2))
            shm_rm(id);
    }
    if (pid == 0)
        _exit(0);
    CHECK_EXITS(pid, 0);
    int id = shm_get(KEY, 1, 0);
    if (id >= 0)
        CHECK_EQ(shm_rm(id), 0);
}

/*
 * t_sysv_shm.c - System V shared memory: shmget(2), shmat(2), shmdt(2) (lwp.md
 * row D-13; sysvipc(7)).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/failnth.h"
#include "tests/user/lib/probe.h"
#include "tests/user/lib/shm.h"

#include <fcntl.h>
#include <time.h>

#define KEY 0x5e6
/* --- shmget --- */

TEST("D-13 shmget: a key's segment is made once, then found")
{
    CHECK_FAILS(shmget(KEY, 100, 0600), ENOENT);
    int id = shmget(KEY, 100, IPC_CREAT | IPC_EXCL | 0640);
    CHECK(id >= 0);
    CHECK_EQ(shmget(KEY, 100, IPC_CREAT | 0600), id);
    CHECK_EQ(shmget(KEY, 0, 0), id);
    CHECK_EQ(shmget(KEY, 50, 0600), id);
    CHECK_FAILS(shmget(KEY, 100, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
    CHECK_FAILS(shmget(KEY, 101, 0600), EINVAL);
    CHECK_FAILS(shmget(KEY, -1, IPC_CREAT | 0600), EINVAL);
    struct shmid_ds ds = seg_stat(id);
    CHECK_EQ(ds.shm_perm.__key, KEY);
    CHECK_EQ(ds.shm_perm.mode, 0640);
    CHECK(ds.shm_perm.uid == 0 && ds.shm_perm.cuid == 0);
    CHECK(ds.shm_perm.gid == 0 && ds.shm_perm.cgid == 0);
    CHECK_EQ(ds.shm_segsz, 100);
    CHECK_EQ(ds.shm_nattch, 0);
    CHECK_EQ(ds.shm_cpid, getpid());
    CHECK_EQ(ds.shm_lpid, 0);
    CHECK(ds.shm_atime == 0 && ds.shm_dtime == 0);
    CHECK(labs(ds.shm_ctime - time(NULL)) <= 1);
    seg_remove(id);
    CHECK_FAILS(shmget(KEY, 100, 0600), ENOENT);
}

TEST("D-13 shmget: IPC_PRIVATE is a new one each time, found by no key")
{
    int a = seg_new(1), b = seg_new(1);

    CHECK(a != b);
    CHECK_EQ(seg_stat(a).shm_perm.__key, IPC_PRIVATE);
    seg_remove(a);
    seg_remove(b);
}

static void write_number(const char *path, unsigned long value)
{
    char text[32];
    int fd = open(path, O_WRONLY), n = snprintf(text, sizeof(text), "%lu\n",
                                                value);

    CHECK(fd >= 0);
    CHECK_EQ(write(fd, text, n), n);
    close(fd);
}

static unsigned long read_number(const char *path)
{
    FILE *f = fopen(path, "r");
    unsigned long value;

    CHECK(f && fscanf(f, "%lu", &value) == 1);
    fclose(f);
    return value;
}

TEST("D-13 shmget: sizes from 1 byte to shmmax")
{
    const char *path = "/proc/sys/kernel/shmmax";
    unsigned long most = read_number(path);

    CHECK_EQ(most, -1ul - (1 << 24));
    CHECK_FAILS(shmget(IPC_PRIVATE, 0, 0600), EINVAL);
    CHECK_FAILS(shmget(IPC_PRIVATE, most + 1, 0600), EINVAL);
    CHECK_FAILS(shmget(IPC_PRIVATE, -1, 0600), EINVAL);
    CHECK_FAILS(shmget(IPC_PRIVATE, 1ul << 62, 0600), ENOMEM);
    CHECK_FAILS(shmget(IPC_PRIVATE, 1ul << 62, SHM_HUGETLB | 0600), EINVAL);
    write_number(path, 10000);
    CHECK_FAILS(shmget(IPC_PRIVATE, 10001, 0600), EINVAL);
    int id = shmget(IPC_PRIVATE, 10000, 0600);
    write_number(path, most);
    CHECK(id >= 0);
    CHECK_EQ(seg_stat(id).shm_segsz, 10000);
    char *p = seg_attach(id);
    CHECK_WORKS(p + 3 * PAGE - 1, WRITE);
    unsigned long start, end;
    CHECK_EQ(sscanf(probe_map_line(p), "%lx-%lx", &start, &end), 2);
    CHECK_EQ(end - start, 3 * PAGE);
    CHECK_EQ(shmdt(p), 0);
    seg_remove(id);
}

TEST("D-13 shmget: shmmni segments, shmall pages")
{
    const char *segments = "/proc/sys/kernel/shmmni";
    const char *pages = "/proc/sys/kernel/shmall";
    struct shm_info info;

    CHECK_EQ(read_number(segments), 4096);
    CHECK(shmctl(0, SHM_INFO, (void *)&info) >= 0);
    write_number(segments, info.used_ids + 2);
    int a = seg_new(1), b = seg_new(1);
    CHECK_FAILS(shmget(IPC_PRIVATE, 1, 0600), ENOSPC);
    seg_remove(a);
    a = seg_new(1);
    write_number(segments, 4096);
    unsigned long most = read_number(pages);
    CHECK(shmctl(0, SHM_INFO, (void *)&info) >= 0);
    write_number(pages, info.shm_tot + 3);
    CHECK_FAILS(shmget(IPC_PRIVATE, 3 * PAGE + 1, 0600), ENOSPC);
    int c = shmget(IPC_PRIVATE, 3 * PAGE, 0600);
    CHECK_FAILS(shmget(IPC_PRIVATE, 1, 0600), ENOSPC);
    write_number(pages, most);
    CHECK(c >= 0);
    seg_remove(a);
    seg_remove(b);
    seg_remove(c);
}

/* --- shmat, shmdt --- */

TEST("D-13 shmat: zeroed memory that processes share")
{
    int id = seg_new(2 * PAGE);
    char *p = seg_attach(id), *q = seg_attach(id);

    CHECK(p != q && !((uintptr_t)p & (PAGE - 1)));
    for (size_t i = 0; i < 2 * PAGE; i++)
        CHECK_EQ(p[i], 0);
    pid_t pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(seg_stat(id).shm_nattch, 4);
        p[PAGE] = 'c';
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK_EQ(q[PAGE], 'c');
    CHECK_EQ(seg_stat(id).shm_nattch, 2);
    CHECK_EQ(shmdt(p), 0);
    CHECK_FAULTS(p, READ, SIGSEGV, SEGV_MAPERR);
    CHECK_EQ(shmdt(q), 0);
    p = seg_attach(id);
    CHECK_EQ(p[PAGE], 'c');
    CHECK_EQ(shmdt(p), 0);
    seg_remove(id);
}

TEST("D-13 shmat: times and processes are noted")
{
    int id = seg_new(1);
    struct shmid_ds ds;

    char *p = seg_attach(id);
    ds = seg_stat(id);
    CHECK(labs(ds.shm_atime - time(NULL)) <= 1);
    CHECK_EQ(ds.shm_dtime, 0);
    CHECK_EQ(ds.shm_lpid, getpid());
    pid_t pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(shmdt(p), 0);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    ds = seg_stat(id);
    CHECK(labs(ds.shm_dtime - time(NULL)) <= 1);
    CHECK_EQ(ds.shm_lpid, pid);
    CHECK_EQ(ds.shm_cpid, getpid());
    CHECK_EQ(shmdt(p), 0);
    seg_remove(id);
}

TEST("D-13 shmat: addresses, SHM_RND and SHM_REMAP")
{
    int id = seg_new(2 * PAGE);
    char *mine = probe_pages(8, PROT_READ | PROT_WRITE);

    mine[3 * PAGE] = 'm';
    CHECK_NOT_ATTACHED(id, mine, 0, EINVAL);            /* not free */
    CHECK_NOT_ATTACHED(id, mine + 7 * PAGE, 0, EINVAL);
    CHECK_NOT_ATTACHED(id, mine + 1, SHM_REMAP, EINVAL);
    CHECK_NOT_ATTACHED(id, NULL, SHM_REMAP, EINVAL);
    CHECK_NOT_ATTACHED(id, 5, SHM_REMAP | SHM_RND, EINVAL);
    CHECK_NOT_ATTACHED(id, 5, SHM_RND, EPERM);          /* that is NULL */
    CHECK_NOT_ATTACHED(id, -PAGE, 0, ENOMEM);
    CHECK_NOT_ATTACHED(id, 0xffffffc000000000, SHM_REMAP, ENOMEM);
    CHECK(shmat(id, mine + 2 * PAGE, SHM_REMAP) == mine + 2 * PAGE);
    CHECK_EQ(mine[3 * PAGE], 0);
    CHECK_EQ(shmdt(mine + 2 * PAGE), 0);
    CHECK(shmat(id, mine + 2 * PAGE + 777, SHM_RND) == mine + 2 * PAGE);
    CHECK_NOT_ATTACHED(id, mine + 2 * PAGE, 0, EINVAL);
    CHECK_EQ(shmdt(mine + 2 * PAGE), 0);
    CHECK(shmat(id, mine + 2 * PAGE, 0) == mine + 2 * PAGE);
    CHECK_EQ(shmdt(mine + 2 * PAGE), 0);
    CHECK_WORKS(mine + 4 * PAGE, WRITE);
    seg_remove(id);
}

TEST("D-13 shmat: SHM_RDONLY stays so, SHM_EXEC can be run")
{
    int id = seg_new(PAGE);
    char *p = shmat(id, NULL, SHM_RDONLY), *q = seg_attach(id);

    CHECK(p != BAD);
    memcpy(q, "\x82\x80", 2);                           /* ret */
    CHECK_EQ(p[0], (char)0x82);
    CHECK_FAULTS(p, WRITE, SIGSEGV, SEGV_ACCERR);
    CHECK_FAILS(mprotect(p, PAGE, PROT_READ | PROT_WRITE), EACCES);
    CHECK_FAULTS(q, EXEC, SIGSEGV, SEGV_ACCERR);
    CHECK_EQ(shmdt(p), 0);
    p = shmat(id, NULL, SHM_RDONLY | SHM_EXEC);
    CHECK(p != BAD);
    CHECK_WORKS(p, EXEC);
    CHECK_EQ(shmdt(p), 0);
    CHECK_EQ(shmdt(q), 0);
    seg_remove(id);
}

TEST("D-13 shmat, shmctl: ids that are none")
{
    int id = seg_new(1);
    struct shmid_ds ds;

    seg_remove(id);
    const int ids[] = { -1, id, id + 1, 0x7fffffff, -0x7fffffff - 1 };
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        CHECK_NOT_ATTACHED(ids[i], NULL, 0, EINVAL);
        CHECK_FAILS(shmctl(ids[i], IPC_STAT, &ds), EINVAL);
        CHECK_FAILS(shmctl(ids[i], IPC_SET, &ds), EINVAL);
        CHECK_FAILS(shmctl(ids[i], IPC_RMID, NULL), EINVAL);
        CHECK_FAILS(shmctl(ids[i], SHM_LOCK, NULL), EINVAL);
    }
    CHECK_FAILS(shmctl(-1, SHM_STAT, &ds), EINVAL);
    /* The place may be used again; the id is not soon. */
    int next = seg_new(1);
    CHECK(next != id);
    CHECK(!seg_exists(id));
    seg_remove(next);
}

TEST("D-13 shmdt: any other address is an error")
{
    int id = seg_new(4 * PAGE), local;
    char *mine = probe_pages(1, PROT_READ), *p = seg_attach(id);
    char *shared = mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1,
                        0);

    void *const bad[] = {
        NULL, p + 1, p + PAGE, p + 4 * PAGE, p - PAGE, mine, shared, &local,
        BAD, (void *)0x4000000000, (void *)0xffffffc000000000,
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CHECK_FAILS(shmdt(bad[i]), EINVAL);
    CHECK_WORKS(p + 3 * PAGE, WRITE);
    CHECK_EQ(shmdt(p), 0);
    CHECK_FAILS(shmdt(p), EINVAL);
    seg_remove(id);
}

TEST("D-13 shmdt: pieces of an attachment go together, a remap between stays")
{
    int id = seg_new(8 * PAGE), other = seg_new(PAGE);
    char *p = seg_attach(id);

    CHECK_EQ(munmap(p, PAGE), 0);
    CHECK_EQ(seg_stat(id).shm_nattch, 1);
    CHECK(shmat(other, p + 4 * PAGE, SHM_REMAP) == p + 4 * PAGE);
    CHECK_EQ(seg_stat(id).shm_nattch, 2);        /* Linux counts areas, too */
    CHECK_EQ(shmdt(p), 0);
    CHECK_EQ(seg_stat(id).shm_nattch, 0);
    CHECK_WORKS(p + 4 * PAGE, WRITE);
    CHECK_EQ(shmdt(p + 4 * PAGE), 0);
    seg_remove(id);
    seg_remove(other);
}

/* --- want of memory --- */

static long call_get(void)
{
    return shmget(KEY, 1, IPC_CREAT | IPC_EXCL | 0600);
}

static void undo_get(long id)
{
    seg_remove(id);
}

TEST("D-13 fail-nth: shmget")
{
    struct trial t = { call_get, undo_get };

    fail_walk(&t);
    CHECK_FAILS(shmget(KEY, 1, 0), ENOENT);
}

static int segment;

static long call_at(void)
{
    return (long)shmat(segment, NULL, 0);
}

static void undo_at(long p)
{
    CHECK_EQ(shmdt((void *)p), 0);
}

TEST("D-13 fail-nth: shmat")
{
    struct trial t = { call_at, undo_at };

    segment = seg_new(PAGE);
    fail_walk(&t);
    CHECK_EQ(seg_stat(segment).shm_nattch, 0);
    seg_remove(segment);
}

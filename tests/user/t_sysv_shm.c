/*
 * t_sysv_shm.c - System V shared memory: shmget(2), shmat(2), shmdt(2),
 * shmctl(2) (lwp.md row D-13; sysvipc(7)).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/failnth.h"
#include "tests/user/lib/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/ipc.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <time.h>

#define KEY 0x5e6
#define BAD ((char *)-1)

#ifndef SHM_STAT_ANY
#define SHM_STAT_ANY 15
#endif

static int new_segment(size_t size)
{
    int id = shmget(IPC_PRIVATE, size, 0600);

    CHECK(id >= 0);
    return id;
}

static char *attach(int id)
{
    char *p = shmat(id, NULL, 0);

    CHECK(p != BAD);
    return p;
}

static struct shmid_ds stat_of(int id)
{
    struct shmid_ds ds;

    CHECK_EQ(shmctl(id, IPC_STAT, &ds), 0);
    return ds;
}

static void remove_segment(int id)
{
    CHECK_EQ(shmctl(id, IPC_RMID, NULL), 0);
}

static bool exists(int id)
{
    struct shmid_ds ds;

    if (shmctl(id, IPC_STAT, &ds) == 0)
        return true;
    CHECK_EQ(errno, EINVAL);
    return false;
}

/* Become a user without rights. */
static void be(uid_t id)
{
    CHECK_EQ(setgroups(0, NULL), 0);
    CHECK_EQ(setresgid(id, id, id), 0);
    CHECK_EQ(setresuid(id, id, id), 0);
}

/* Run body(id) as such a user, who exits with 0 if all is well. */
static void as_user(uid_t uid, void (*body)(int), int id)
{
    pid_t pid = child_fork();

    if (pid == 0) {
        be(uid);
        body(id);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
}

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
    struct shmid_ds ds = stat_of(id);
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
    remove_segment(id);
    CHECK_FAILS(shmget(KEY, 100, 0600), ENOENT);
}

TEST("D-13 shmget: IPC_PRIVATE is a new one each time, found by no key")
{
    int a = new_segment(1), b = new_segment(1);

    CHECK(a != b);
    CHECK_EQ(stat_of(a).shm_perm.__key, IPC_PRIVATE);
    remove_segment(a);
    remove_segment(b);
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
    CHECK_EQ(stat_of(id).shm_segsz, 10000);
    char *p = attach(id);
    CHECK_WORKS(p + 3 * PAGE - 1, WRITE);
    unsigned long start, end;
    CHECK_EQ(sscanf(probe_map_line(p), "%lx-%lx", &start, &end), 2);
    CHECK_EQ(end - start, 3 * PAGE);
    CHECK_EQ(shmdt(p), 0);
    remove_segment(id);
}

TEST("D-13 shmget: shmmni segments, shmall pages")
{
    const char *segments = "/proc/sys/kernel/shmmni";
    const char *pages = "/proc/sys/kernel/shmall";
    struct shm_info info;

    CHECK_EQ(read_number(segments), 4096);
    CHECK(shmctl(0, SHM_INFO, (void *)&info) >= 0);
    write_number(segments, info.used_ids + 2);
    int a = new_segment(1), b = new_segment(1);
    CHECK_FAILS(shmget(IPC_PRIVATE, 1, 0600), ENOSPC);
    remove_segment(a);
    a = new_segment(1);
    write_number(segments, 4096);
    unsigned long most = read_number(pages);
    CHECK(shmctl(0, SHM_INFO, (void *)&info) >= 0);
    write_number(pages, info.shm_tot + 3);
    CHECK_FAILS(shmget(IPC_PRIVATE, 3 * PAGE + 1, 0600), ENOSPC);
    int c = shmget(IPC_PRIVATE, 3 * PAGE, 0600);
    CHECK_FAILS(shmget(IPC_PRIVATE, 1, 0600), ENOSPC);
    write_number(pages, most);
    CHECK(c >= 0);
    remove_segment(a);
    remove_segment(b);
    remove_segment(c);
}

/* --- shmat, shmdt --- */

TEST("D-13 shmat: zeroed memory that processes share")
{
    int id = new_segment(2 * PAGE);
    char *p = attach(id), *q = attach(id);

    CHECK(p != q && !((uintptr_t)p & (PAGE - 1)));
    for (size_t i = 0; i < 2 * PAGE; i++)
        CHECK_EQ(p[i], 0);
    pid_t pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(stat_of(id).shm_nattch, 4);
        p[PAGE] = 'c';
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK_EQ(q[PAGE], 'c');
    CHECK_EQ(stat_of(id).shm_nattch, 2);
    CHECK_EQ(shmdt(p), 0);
    CHECK_FAULTS(p, READ, SIGSEGV, SEGV_MAPERR);
    CHECK_EQ(shmdt(q), 0);
    p = attach(id);
    CHECK_EQ(p[PAGE], 'c');
    CHECK_EQ(shmdt(p), 0);
    remove_segment(id);
}

TEST("D-13 shmat: times and processes are noted")
{
    int id = new_segment(1);
    struct shmid_ds ds;

    char *p = attach(id);
    ds = stat_of(id);
    CHECK(labs(ds.shm_atime - time(NULL)) <= 1);
    CHECK_EQ(ds.shm_dtime, 0);
    CHECK_EQ(ds.shm_lpid, getpid());
    pid_t pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(shmdt(p), 0);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    ds = stat_of(id);
    CHECK(labs(ds.shm_dtime - time(NULL)) <= 1);
    CHECK_EQ(ds.shm_lpid, pid);
    CHECK_EQ(ds.shm_cpid, getpid());
    CHECK_EQ(shmdt(p), 0);
    remove_segment(id);
}

#define CHECK_NOT_ATTACHED(id, address, flags, error) \
    do { \
        errno = 0; \
        CHECK(shmat(id, (void *)(address), flags) == BAD); \
        CHECK_EQ(errno, error); \
    } while (0)

TEST("D-13 shmat: addresses, SHM_RND and SHM_REMAP")
{
    int id = new_segment(2 * PAGE);
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
    remove_segment(id);
}

TEST("D-13 shmat: SHM_RDONLY stays so, SHM_EXEC can be run")
{
    int id = new_segment(PAGE);
    char *p = shmat(id, NULL, SHM_RDONLY), *q = attach(id);

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
    remove_segment(id);
}

TEST("D-13 shmat, shmctl: ids that are none")
{
    int id = new_segment(1);
    struct shmid_ds ds;

    remove_segment(id);
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
    int next = new_segment(1);
    CHECK(next != id);
    CHECK(!exists(id));
    remove_segment(next);
}

TEST("D-13 shmdt: any other address is an error")
{
    int id = new_segment(4 * PAGE), local;
    char *mine = probe_pages(1, PROT_READ), *p = attach(id);
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
    remove_segment(id);
}

TEST("D-13 shmdt: pieces of an attachment go together, a remap between stays")
{
    int id = new_segment(8 * PAGE), other = new_segment(PAGE);
    char *p = attach(id);

    CHECK_EQ(munmap(p, PAGE), 0);
    CHECK_EQ(stat_of(id).shm_nattch, 1);
    CHECK(shmat(other, p + 4 * PAGE, SHM_REMAP) == p + 4 * PAGE);
    CHECK_EQ(stat_of(id).shm_nattch, 2);        /* Linux counts areas, too */
    CHECK_EQ(shmdt(p), 0);
    CHECK_EQ(stat_of(id).shm_nattch, 0);
    CHECK_WORKS(p + 4 * PAGE, WRITE);
    CHECK_EQ(shmdt(p + 4 * PAGE), 0);
    remove_segment(id);
    remove_segment(other);
}

/* --- removing --- */

TEST("D-13 IPC_RMID: the segment goes with its last attachment")
{
    int id = shmget(KEY, PAGE, IPC_CREAT | 0600);
    char *p = attach(id);
    struct gate go;

    gate_init(&go);
    pid_t pid = child_fork();
    if (pid == 0) {
        gate_pass(&go);
        _exit(p[1]);
    }
    remove_segment(id);
    CHECK_FAILS(shmget(KEY, PAGE, 0600), ENOENT);
    struct shmid_ds ds = stat_of(id);
    CHECK_EQ(ds.shm_perm.mode, 0600 | 01000);           /* SHM_DEST */
    CHECK_EQ(ds.shm_perm.__key, IPC_PRIVATE);
    CHECK_EQ(ds.shm_nattch, 2);
    remove_segment(id);                                 /* once more */
    char *q = attach(id);                               /* one may, still */
    q[1] = 42;
    int again = shmget(KEY, PAGE, IPC_CREAT | IPC_EXCL | 0600);
    CHECK(again >= 0 && again != id);
    remove_segment(again);
    CHECK_EQ(shmdt(q), 0);
    CHECK_EQ(shmdt(p), 0);
    CHECK(exists(id));
    gate_open(&go);
    CHECK_EXITS(pid, 42);
    CHECK(!exists(id));
    CHECK_NOT_ATTACHED(id, NULL, 0, EINVAL);
}

TEST("D-13 IPC_RMID: gone with exit, exec, a kill, munmap")
{
    for (int way = 0; way < 4; way++) {
        int id = new_segment(3 * PAGE);
        pid_t pid = child_fork();

        if (pid == 0) {
            char *p = attach(id);
            p[PAGE] = 1;
            remove_segment(id);
            if (way == 1)
                execl("/bin/true", "true", NULL);
            if (way == 2)
                kill(getpid(), SIGKILL);
            if (way == 3) {
                CHECK_EQ(munmap(p, 3 * PAGE), 0);
                CHECK(!exists(id));
            }
            _exit(0);
        }
        child_wait(pid);
        CHECK(!exists(id));
    }
}

TEST("D-13 IPC_RMID while others attach and detach all the time")
{
    for (int round = 0; round < 100; round++) {
        int id = new_segment(PAGE);
        pid_t pid[2];

        for (int i = 0; i < 2; i++) {
            pid[i] = child_fork();
            while (pid[i] == 0) {
                char *p = shmat(id, NULL, 0);

                if (p == BAD)
                    _exit(errno == EINVAL ? 0 : 1);
                p[0]++;
                CHECK_EQ(shmdt(p), 0);
            }
        }
        usleep(tap_below(2000));
        remove_segment(id);
        CHECK_EXITS(pid[0], 0);
        CHECK_EXITS(pid[1], 0);
        CHECK(!exists(id));
    }
}

/* --- shmctl --- */

TEST("D-13 IPC_SET: owner and permissions, nothing else")
{
    int id = new_segment(100);
    struct shmid_ds ds = stat_of(id), after;

    ds.shm_perm.uid = 11;
    ds.shm_perm.gid = 12;
    ds.shm_perm.mode = 07765;
    ds.shm_perm.cuid = 13;
    ds.shm_segsz = 7;
    ds.shm_nattch = 9;
    CHECK_EQ(shmctl(id, IPC_SET, &ds), 0);
    after = stat_of(id);
    CHECK(after.shm_perm.uid == 11 && after.shm_perm.gid == 12);
    CHECK_EQ(after.shm_perm.mode, 0765);
    CHECK_EQ(after.shm_perm.cuid, 0);
    CHECK_EQ(after.shm_segsz, 100);
    CHECK_EQ(after.shm_nattch, 0);
    remove_segment(id);
}

TEST("D-13 shmctl: hostile pointers and commands")
{
    int id = new_segment(1);
    struct shmid_ds ds;

    for (int cmd = 0; cmd < 20; cmd++) {
        if (cmd == IPC_RMID || cmd == SHM_LOCK || cmd == SHM_UNLOCK)
            continue;
        /* The place in the table, for those that want it. */
        bool by_index = cmd == SHM_STAT || cmd == SHM_STAT_ANY;
        bool known = by_index || (cmd <= 3 || cmd == SHM_INFO);
        int which = by_index ? id % 32768 : id;

        CHECK_FAILS(shmctl(which, cmd, (void *)8), known ? EFAULT : EINVAL);
        CHECK_FAILS(shmctl(which, cmd, NULL), known ? EFAULT : EINVAL);
    }
    CHECK_FAILS(shmctl(id, 0x100 | IPC_STAT, &ds), EINVAL);
    CHECK_FAILS(shmctl(id, -1, &ds), EINVAL);
    remove_segment(id);
}

TEST("D-13 SHM_STAT walks all of them; IPC_INFO, SHM_INFO")
{
    int a = new_segment(PAGE), b = new_segment(5 * PAGE), found = 0;
    char *p = attach(b);
    struct shmid_ds ds;
    struct shm_info info;
    struct shminfo limits;

    p[0] = p[4 * PAGE] = 1;
    int most = shmctl(0, SHM_INFO, (void *)&info);
    CHECK(most >= 1 && info.used_ids >= 2 && info.used_ids <= most + 1);
    CHECK(info.shm_tot >= 6 && info.shm_rss >= 2 && info.shm_swp == 0);
    CHECK_EQ(shmctl(0, IPC_INFO, (void *)&limits), most);
    CHECK(limits.shmmax == -1ul - (1 << 24) && limits.shmmin == 1);
    CHECK(limits.shmmni == 4096 && limits.shmall == -1ul - (1 << 24));
    for (int i = 0; i <= most; i++) {
        int id = shmctl(i, SHM_STAT, &ds);

        if (id == b)
            CHECK(ds.shm_segsz == 5 * PAGE && ds.shm_nattch == 1);
        found += id == a || id == b;
        CHECK_EQ(shmctl(i, SHM_STAT_ANY, &ds), id);
    }
    CHECK_EQ(found, 2);
    CHECK_EQ(shmdt(p), 0);
    remove_segment(a);
    remove_segment(b);
    CHECK(shmctl(0, SHM_INFO, (void *)&info) >= 0);
    CHECK_EQ(info.shm_rss, 0);
}

TEST("D-13 SHM_LOCK and SHM_UNLOCK")
{
    int id = new_segment(1);

    CHECK_EQ(shmctl(id, SHM_LOCK, NULL), 0);
    CHECK_EQ(stat_of(id).shm_perm.mode, 0600 | 02000);
    CHECK_EQ(shmctl(id, SHM_LOCK, NULL), 0);
    CHECK_EQ(shmctl(id, SHM_UNLOCK, NULL), 0);
    CHECK_EQ(stat_of(id).shm_perm.mode, 0600);
    remove_segment(id);
}

/* --- permissions --- */

static void no_right_at_all(int id)
{
    struct shmid_ds ds = { 0 };

    CHECK_NOT_ATTACHED(id, NULL, 0, EACCES);
    CHECK_NOT_ATTACHED(id, NULL, SHM_RDONLY, EACCES);
    CHECK_FAILS(shmget(KEY, 1, 0400), EACCES);
    CHECK_FAILS(shmget(KEY, 1, 0200), EACCES);
    CHECK_EQ(shmget(KEY, 1, 0), id);            /* asks for nothing */
    CHECK_FAILS(shmctl(id, IPC_STAT, &ds), EACCES);
    CHECK_FAILS(shmctl(id % 32768, SHM_STAT, &ds), EACCES);
    CHECK_EQ(shmctl(id % 32768, SHM_STAT_ANY, &ds), id);
    CHECK_FAILS(shmctl(id, IPC_SET, &ds), EPERM);
    CHECK_FAILS(shmctl(id, IPC_RMID, NULL), EPERM);
    CHECK_FAILS(shmctl(id, SHM_LOCK, NULL), EPERM);
    CHECK_FAILS(shmctl(id, SHM_UNLOCK, NULL), EPERM);
}

TEST("D-13 another user's segment: EACCES, EPERM")
{
    int id = shmget(KEY, 1, IPC_CREAT | 0600);

    as_user(1000, no_right_at_all, id);
    CHECK_EQ(stat_of(id).shm_nattch, 0);
    remove_segment(id);
}

static void may_read(int id)
{
    char *p = shmat(id, NULL, SHM_RDONLY);

    CHECK(p != BAD);
    CHECK_EQ(shmdt(p), 0);
    CHECK_NOT_ATTACHED(id, NULL, 0, EACCES);
    CHECK_NOT_ATTACHED(id, NULL, SHM_RDONLY | SHM_EXEC, EACCES);
    CHECK_EQ(shmget(KEY, 1, 0444), id);
    CHECK_FAILS(shmget(KEY, 1, 0666), EACCES);
    CHECK_EQ(stat_of(id).shm_perm.mode & 0777, 0604);
    CHECK_FAILS(shmctl(id, IPC_RMID, NULL), EPERM);
}

TEST("D-13 another user's segment that all may read")
{
    int id = shmget(KEY, 1, IPC_CREAT | 0604);

    as_user(1000, may_read, id);
    remove_segment(id);
}

static void owns(int id)
{
    struct shmid_ds ds = stat_of(id);
    struct rlimit none = { 0, 0 };
    char *p = attach(id);

    CHECK_EQ(shmdt(p), 0);
    ds.shm_perm.mode = 0400;
    CHECK_EQ(shmctl(id, IPC_SET, &ds), 0);
    CHECK_NOT_ATTACHED(id, NULL, 0, EACCES);    /* the owner, too */
    CHECK_EQ(shmctl(id, SHM_LOCK, NULL), 0);
    CHECK_EQ(shmctl(id, SHM_UNLOCK, NULL), 0);
    CHECK_EQ(setrlimit(RLIMIT_MEMLOCK, &none), 0);
    CHECK_FAILS(shmctl(id, SHM_LOCK, NULL), EPERM);
    remove_segment(id);
}

TEST("D-13 the owner that IPC_SET has made")
{
    int id = new_segment(1);
    struct shmid_ds ds = stat_of(id);

    ds.shm_perm.uid = 1000;
    CHECK_EQ(shmctl(id, IPC_SET, &ds), 0);
    as_user(1000, owns, id);
    CHECK(!exists(id));
}

/* --- lists --- */

TEST("D-13 /proc/sysvipc/shm and /proc/PID/maps")
{
    int id = shmget(KEY, 5000, IPC_CREAT | 0640);
    char *p = attach(id), line[300];
    FILE *f = fopen("/proc/sysvipc/shm", "r");
    unsigned long size, attached, rss, swap, times[3];
    int key, found = 0, got, mode, pids[2], ids[4];

    p[0] = 1;
    CHECK(f && fgets(line, sizeof(line), f));
    CHECK(!strncmp(line, "       key      shmid perms                  size",
                   49));
    while (fgets(line, sizeof(line), f)) {
        CHECK_EQ(sscanf(line, "%d %d %o %lu %d %d %lu %d %d %d %d %lu %lu %lu "
                        "%lu %lu", &key, &got, &mode, &size, &pids[0],
                        &pids[1], &attached, &ids[0], &ids[1], &ids[2],
                        &ids[3], &times[0], &times[1], &times[2], &rss, &swap),
                 16);
        if (got != id)
            continue;
        found++;
        CHECK(key == KEY && mode == 0640 && size == 5000 && attached == 1);
        CHECK(pids[0] == getpid() && pids[1] == getpid());
        CHECK(rss == PAGE && swap == 0 && times[1] == 0);
    }
    fclose(f);
    CHECK_EQ(found, 1);
    CHECK(strstr(probe_map_line(p), " rw-s "));
    CHECK(strstr(probe_map_line(p), " /SYSV000005e6 (deleted)"));
    CHECK_EQ(shmdt(p), 0);
    remove_segment(id);
}

/* --- want of memory --- */

static long call_get(void)
{
    return shmget(KEY, 1, IPC_CREAT | IPC_EXCL | 0600);
}

static void undo_get(long id)
{
    remove_segment(id);
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

    segment = new_segment(PAGE);
    fail_walk(&t);
    CHECK_EQ(stat_of(segment).shm_nattch, 0);
    remove_segment(segment);
}

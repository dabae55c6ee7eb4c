/*
 * t_sysv_shmctl.c - System V shared memory: shmctl(2), removing, permissions,
 * lists (lwp.md row D-13; sysvipc(7)).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/probe.h"
#include "tests/user/lib/shm.h"

#include <grp.h>
#include <signal.h>
#include <sys/resource.h>

#define KEY 0x5e6

/* --- removing --- */

TEST("D-13 IPC_RMID: the segment goes with its last attachment")
{
    int id = shmget(KEY, PAGE, IPC_CREAT | 0600);
    char *p = seg_attach(id);
    struct gate go;

    gate_init(&go);
    pid_t pid = child_fork();
    if (pid == 0) {
        gate_pass(&go);
        _exit(p[1]);
    }
    seg_remove(id);
    CHECK_FAILS(shmget(KEY, PAGE, 0600), ENOENT);
    struct shmid_ds ds = seg_stat(id);
    CHECK_EQ(ds.shm_perm.mode, 0600 | 01000);           /* SHM_DEST */
    CHECK_EQ(ds.shm_perm.__key, IPC_PRIVATE);
    CHECK_EQ(ds.shm_nattch, 2);
    seg_remove(id);                                 /* once more */
    char *q = seg_attach(id);                               /* one may, still */
    q[1] = 42;
    int again = shmget(KEY, PAGE, IPC_CREAT | IPC_EXCL | 0600);
    CHECK(again >= 0 && again != id);
    seg_remove(again);
    CHECK_EQ(shmdt(q), 0);
    CHECK_EQ(shmdt(p), 0);
    CHECK(seg_exists(id));
    gate_open(&go);
    CHECK_EXITS(pid, 42);
    CHECK(!seg_exists(id));
    CHECK_NOT_ATTACHED(id, NULL, 0, EINVAL);
}

TEST("D-13 IPC_RMID: gone with exit, exec, a kill, munmap")
{
    for (int way = 0; way < 4; way++) {
        int id = seg_new(3 * PAGE);
        pid_t pid = child_fork();

        if (pid == 0) {
            char *p = seg_attach(id);
            p[PAGE] = 1;
            seg_remove(id);
            if (way == 1)
                execl("/bin/true", "true", NULL);
            if (way == 2)
                kill(getpid(), SIGKILL);
            if (way == 3) {
                CHECK_EQ(munmap(p, 3 * PAGE), 0);
                CHECK(!seg_exists(id));
            }
            _exit(0);
        }
        child_wait(pid);
        CHECK(!seg_exists(id));
    }
}

TEST("D-13 IPC_RMID while others attach and detach all the time")
{
    for (int round = 0; round < 25; round++) {
        int id = seg_new(PAGE);
        pid_t pid[2];

        for (int i = 0; i < 2; i++) {
            pid[i] = child_fork();
            for (unsigned n = 1; pid[i] == 0; n++) {
                char *p = shmat(id, NULL, 0);

                if (p == BAD)
                    _exit(errno == EINVAL ? 0 : 1);
                p[0]++;
                CHECK_EQ(shmdt(p), 0);
                /* Longer each time, or one is attached for ever. */
                usleep(tap_below(100 * n));
            }
        }
        usleep(tap_below(2000));
        seg_remove(id);
        CHECK_EXITS(pid[0], 0);
        CHECK_EXITS(pid[1], 0);
        CHECK(!seg_exists(id));
    }
}

/* --- shmctl --- */

TEST("D-13 IPC_SET: owner and permissions, nothing else")
{
    int id = seg_new(100);
    struct shmid_ds ds = seg_stat(id), after;

    ds.shm_perm.uid = 11;
    ds.shm_perm.gid = 12;
    ds.shm_perm.mode = 07765;
    ds.shm_perm.cuid = 13;
    ds.shm_segsz = 7;
    ds.shm_nattch = 9;
    CHECK_EQ(shmctl(id, IPC_SET, &ds), 0);
    after = seg_stat(id);
    CHECK(after.shm_perm.uid == 11 && after.shm_perm.gid == 12);
    CHECK_EQ(after.shm_perm.mode, 0765);
    CHECK_EQ(after.shm_perm.cuid, 0);
    CHECK_EQ(after.shm_segsz, 100);
    CHECK_EQ(after.shm_nattch, 0);
    seg_remove(id);
}

TEST("D-13 shmctl: hostile pointers and commands")
{
    int id = seg_new(1);
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
        CHECK_FAILS(shmctl(-1, cmd, NULL), EINVAL);
    }
    CHECK_FAILS(shmctl(id, 0x100 | IPC_STAT, &ds), EINVAL);
    CHECK_FAILS(shmctl(id, -1, &ds), EINVAL);
    seg_remove(id);
}

TEST("D-13 SHM_STAT walks all of them; IPC_INFO, SHM_INFO")
{
    int a = seg_new(PAGE), b = seg_new(5 * PAGE), found = 0;
    char *p = seg_attach(b);
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
    seg_remove(a);
    seg_remove(b);
    CHECK(shmctl(0, SHM_INFO, (void *)&info) >= 0);
    CHECK_EQ(info.shm_rss, 0);
}

TEST("D-13 SHM_LOCK and SHM_UNLOCK")
{
    int id = seg_new(1);

    CHECK_EQ(shmctl(id, SHM_LOCK, NULL), 0);
    CHECK_EQ(seg_stat(id).shm_perm.mode, 0600 | 02000);
    CHECK_EQ(shmctl(id, SHM_LOCK, NULL), 0);
    CHECK_EQ(shmctl(id, SHM_UNLOCK, NULL), 0);
    CHECK_EQ(seg_stat(id).shm_perm.mode, 0600);
    seg_remove(id);
}

/* --- permissions --- */

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
    CHECK_EQ(seg_stat(id).shm_nattch, 0);
    seg_remove(id);
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
    CHECK_EQ(seg_stat(id).shm_perm.mode & 0777, 0604);
    CHECK_FAILS(shmctl(id, IPC_RMID, NULL), EPERM);
}

TEST("D-13 another user's segment that all may read")
{
    int id = shmget(KEY, 1, IPC_CREAT | 0604);

    as_user(1000, may_read, id);
    seg_remove(id);
}

static void owns(int id)
{
    struct shmid_ds ds = seg_stat(id);
    struct rlimit none = { 0, 0 };
    char *p = seg_attach(id);

    CHECK_EQ(shmdt(p), 0);
    ds.shm_perm.mode = 0400;
    CHECK_EQ(shmctl(id, IPC_SET, &ds), 0);
    CHECK_NOT_ATTACHED(id, NULL, 0, EACCES);    /* the owner, too */
    CHECK_EQ(shmctl(id, SHM_LOCK, NULL), 0);
    CHECK_EQ(shmctl(id, SHM_UNLOCK, NULL), 0);
    CHECK_EQ(setrlimit(RLIMIT_MEMLOCK, &none), 0);
    CHECK_FAILS(shmctl(id, SHM_LOCK, NULL), EPERM);
    seg_remove(id);
}

TEST("D-13 the owner that IPC_SET has made")
{
    int id = seg_new(1);
    struct shmid_ds ds = seg_stat(id);

    ds.shm_perm.uid = 1000;
    CHECK_EQ(shmctl(id, IPC_SET, &ds), 0);
    as_user(1000, owns, id);
    CHECK(!seg_exists(id));
}

/* --- lists --- */

TEST("D-13 /proc/sysvipc/shm and /proc/PID/maps")
{
    int id = shmget(KEY, 5000, IPC_CREAT | 0640);
    char *p = seg_attach(id), line[300];
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
    seg_remove(id);
}

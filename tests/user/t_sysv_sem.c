/*
 * t_sysv_sem.c - System V semaphores: semget(2), semctl(2), semop(2).  Waiting
 * is in t_sysv_semwait.c, what a process's end undoes in t_sysv_undo.c.
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/failnth.h"
#include "tests/user/lib/slurp.h"
#include "tests/user/lib/sysv.h"

#include <limits.h>
#include <time.h>

#define KEY 0x4c617263

static int set;             /* of the running test */

/* --- sets and ids -------------------------------------------------------- */

TEST("D-13 sem: a key leads to one set, until that is removed")
{
    int id = semget(KEY, 3, IPC_CREAT | 0600);

    CHECK(id >= 0);
    CHECK_EQ(semget(KEY, 3, 0600), id);
    CHECK_EQ(semget(KEY, 2, IPC_CREAT), id);
    CHECK_EQ(semget(KEY, 0, 0), id);
    CHECK_FAILS(semget(KEY, 4, 0), EINVAL);
    CHECK_FAILS(semget(KEY, 3, IPC_CREAT | IPC_EXCL), EEXIST);
    CHECK_FAILS(semget(KEY + 1, 3, 0600), ENOENT);
    sem_drop(id);
    CHECK_FAILS(semget(KEY, 3, 0600), ENOENT);
}

TEST("D-13 sem: private sets are new ones")
{
    int a = semget(IPC_PRIVATE, 1, 0600), b = semget(IPC_PRIVATE, 1, 0600);

    CHECK(a >= 0 && b >= 0 && a != b);
    CHECK_EQ(sem_value(a, 0), 0);
    CHECK_EQ(semctl(a, 0, GETPID), 0);
    sem_drop(a);
    sem_drop(b);
}

TEST("D-13 sem: the number of semaphores is 1 to SEMMSL")
{
    int id;

    CHECK_FAILS(semget(IPC_PRIVATE, 0, 0600), EINVAL);
    CHECK_FAILS(semget(IPC_PRIVATE, -1, 0600), EINVAL);
    CHECK_FAILS(semget(IPC_PRIVATE, INT_MIN, 0600), EINVAL);
    CHECK_FAILS(semget(IPC_PRIVATE, 32001, 0600), EINVAL);
    id = semget(IPC_PRIVATE, 32000, 0600);
    CHECK(id >= 0);
    CHECK_EQ(sem_do(id, 31999, 7, 0), 0);
    CHECK_EQ(sem_value(id, 31999), 7);
    CHECK_FAILS(sem_do(id, 32000, 1, 0), EFBIG);
    sem_drop(id);
}

TEST("D-13 sem: the id of a removed set is refused, also when its place is used")
{
    int old = sem_make(1, 0), id;

    sem_drop(old);
    for (int i = 0; i < 200; i++) {
        id = sem_make(1, 0);
        CHECK(id != old);
        CHECK_FAILS(sem_value(old, 0), EINVAL);
        sem_drop(id);
    }
    CHECK_FAILS(sem_do(old, 0, 1, 0), EINVAL);
    CHECK_FAILS(semctl(old, 0, IPC_RMID), EINVAL);
    CHECK_FAILS(sem_value(-1, 0), EINVAL);
    CHECK_FAILS(sem_value(INT_MAX, 0), EINVAL);
    CHECK_FAILS(sem_value(INT_MIN, 0), EINVAL);
    CHECK_FAILS(semctl(old, 0, 99), EINVAL);
    CHECK_FAILS(semctl(old, 0, -1), EINVAL);
}

/* --- values -------------------------------------------------------------- */

TEST("D-13 sem: values are set and read, one or all")
{
    unsigned short in[4] = { 0, 1, 500, 32767 }, out[4];
    int id = sem_make(4, 0);

    CHECK_EQ(semctl(id, 0, SETALL, in), 0);
    CHECK_EQ(semctl(id, 0, GETALL, out), 0);
    CHECK(!memcmp(in, out, sizeof(in)));
    CHECK_EQ(sem_store(id, 1, 32767), 0);
    CHECK_EQ(sem_value(id, 1), 32767);
    CHECK_EQ(sem_value(id, 2), 500);
    CHECK_EQ(semctl(id, 3, GETPID), getpid());
    sem_drop(id);
}

TEST("D-13 sem: values out of range and semaphores that are not there")
{
    unsigned short in[2] = { 5, 32768 };
    int id = sem_make(2, 9);

    CHECK_FAILS(sem_store(id, 0, -1), ERANGE);
    CHECK_FAILS(sem_store(id, 0, 32768), ERANGE);
    CHECK_FAILS(sem_store(id, 2, 0), EINVAL);
    CHECK_FAILS(sem_store(id, -1, 0), EINVAL);
    CHECK_FAILS(sem_value(id, 2), EINVAL);
    CHECK_FAILS(sem_value(id, -1), EINVAL);
    CHECK_FAILS(semctl(id, 5, GETPID), EINVAL);
    CHECK_FAILS(semctl(id, 5, GETNCNT), EINVAL);
    CHECK_FAILS(semctl(id, 5, GETZCNT), EINVAL);
    CHECK_FAILS(semctl(id, 0, SETALL, in), ERANGE);
    CHECK_FAILS(semctl(id, 0, SETALL, (void *)8), EFAULT);
    CHECK_FAILS(semctl(id, 0, GETALL, (void *)8), EFAULT);
    CHECK_FAILS(semctl(id, 0, IPC_STAT, (void *)8), EFAULT);
    CHECK_FAILS(semctl(id, 0, IPC_SET, (void *)8), EFAULT);
    CHECK_FAILS(semctl(id, 0, IPC_INFO, (void *)8), EFAULT);
    for (int cmd = 0; cmd <= 20; cmd++)
        CHECK_FAILS(semctl(-1, 0, cmd, in), EINVAL);
    CHECK_EQ(sem_value(id, 0), 9);
    CHECK_EQ(sem_value(id, 1), 9);
    sem_drop(id);
}

/* --- operations ---------------------------------------------------------- */

TEST("D-13 sem: up, down, and wait for zero")
{
    int id = sem_make(1, 0);

    CHECK_EQ(sem_do(id, 0, 0, 0), 0);
    CHECK_EQ(sem_do(id, 0, 5, 0), 0);
    CHECK_EQ(sem_do(id, 0, -3, 0), 0);
    CHECK_EQ(sem_value(id, 0), 2);
    CHECK_FAILS(sem_do(id, 0, 0, IPC_NOWAIT), EAGAIN);
    CHECK_FAILS(sem_do(id, 0, -3, IPC_NOWAIT), EAGAIN);
    CHECK_EQ(sem_value(id, 0), 2);
    CHECK_EQ(sem_do(id, 0, -2, IPC_NOWAIT), 0);
    CHECK_EQ(sem_do(id, 0, 0, IPC_NOWAIT), 0);
    sem_drop(id);
}

TEST("D-13 sem: all operations of a call are done, or none")
{
    int id = sem_make(3, 1);

    CHECK_FAILS(sem_do_all(id, { 0, 4, 0 }, { 1, -1, 0 }, { 2, -2, IPC_NOWAIT }),
                EAGAIN);
    CHECK_FAILS(sem_do_all(id, { 0, 4, SEM_UNDO }, { 1, 32767, 0 }), ERANGE);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(sem_value(id, i), 1);
    CHECK_EQ(sem_do_all(id, { 0, 4, 0 }, { 1, -1, 0 }, { 2, -1, 0 }), 0);
    CHECK_EQ(sem_value(id, 0), 5);
    CHECK_EQ(sem_value(id, 1), 0);
    CHECK_EQ(sem_value(id, 2), 0);
    sem_drop(id);
}

TEST("D-13 sem: operations on one semaphore follow each other")
{
    int id = sem_make(1, 0);

    CHECK_EQ(sem_do_all(id, { 0, 0, 0 }, { 0, 1, 0 }), 0);
    CHECK_FAILS(sem_do_all(id, { 0, 0, IPC_NOWAIT }, { 0, 1, 0 }), EAGAIN);
    CHECK_EQ(sem_do_all(id, { 0, 2, 0 }, { 0, -3, 0 }, { 0, 0, 0 }), 0);
    CHECK_FAILS(sem_do_all(id, { 0, -1, IPC_NOWAIT }, { 0, 1, 0 }), EAGAIN);
    CHECK_EQ(sem_value(id, 0), 0);
    sem_drop(id);
}

TEST("D-13 sem: semop refuses what it should")
{
    struct sembuf many[501] = { 0 };
    int id = sem_make(1, 0);

    CHECK_FAILS(semop(id, many, 0), EINVAL);
    CHECK_FAILS(semop(id, many, 501), E2BIG);
    CHECK_EQ(semop(id, many, 500), 0);
    CHECK_FAILS(semop(id, many, UINT_MAX), E2BIG);
    CHECK_FAILS(semop(id, (void *)8, 1), EFAULT);
    CHECK_FAILS(semop(id, NULL, 1), EFAULT);
    CHECK_FAILS(semop(id, (void *)-6L, 2), EFAULT);
    CHECK_FAILS(semop(-1, many, 1), EINVAL);
    CHECK_FAILS(sem_do(id, 1, 1, 0), EFBIG);
    CHECK_FAILS(sem_do(id, 65535, 1, 0), EFBIG);
    CHECK_EQ(sem_store(id, 0, 32767), 0);
    CHECK_FAILS(sem_do(id, 0, 1, 0), ERANGE);
    CHECK_FAILS(sem_do(id, 0, 32767, IPC_NOWAIT), ERANGE);
    CHECK_EQ(sem_do(id, 0, -32767, 0), 0);
    CHECK_FAILS(sem_do(id, 0, -32768, IPC_NOWAIT), EAGAIN);
    sem_drop(id);
}

/* --- permissions --------------------------------------------------------- */

static void may_nothing(void)
{
    struct semid_ds ds = { 0 };

    CHECK_FAILS(semget(KEY, 1, 0400), EACCES);
    CHECK_FAILS(semget(KEY, 1, 0200), EACCES);
    CHECK_EQ(semget(KEY, 1, 0), set);
    CHECK_FAILS(sem_value(set, 0), EACCES);
    CHECK_FAILS(sem_store(set, 0, 1), EACCES);
    CHECK_FAILS(sem_do(set, 0, 1, 0), EACCES);
    CHECK_FAILS(sem_do(set, 0, 0, 0), EACCES);
    CHECK_FAILS(semctl(set, 0, IPC_STAT, &ds), EACCES);
    CHECK_FAILS(semctl(set, 0, IPC_SET, &ds), EPERM);
    CHECK_FAILS(semctl(set, 0, IPC_RMID), EPERM);
}

static void may_read(void)
{
    unsigned short all[1];

    CHECK_EQ(sem_value(set, 0), 0);
    CHECK_EQ(sem_do(set, 0, 0, 0), 0);
    CHECK_EQ(semctl(set, 0, GETALL, all), 0);
    CHECK_FAILS(sem_do(set, 0, 1, 0), EACCES);
    CHECK_FAILS(sem_store(set, 0, 1), EACCES);
    CHECK_FAILS(semctl(set, 0, SETALL, all), EACCES);
}

static void is_owner(void)
{
    struct semid_ds ds;

    CHECK_EQ(semctl(set, 0, IPC_STAT, &ds), 0);
    CHECK_EQ(ds.sem_perm.uid, 1000);
    CHECK_EQ(ds.sem_perm.cuid, 0);
    ds.sem_perm.mode = 0666;
    CHECK_EQ(semctl(set, 0, IPC_SET, &ds), 0);
    CHECK_EQ(semctl(set, 0, IPC_RMID), 0);
}

TEST("D-13 sem: permissions of owner, group, others; root may all")
{
    struct semid_ds ds;

    set = semget(KEY, 1, IPC_CREAT | 0600);
    CHECK(set >= 0);
    sysv_as_nobody(may_nothing);
    CHECK_EQ(semctl(set, 0, IPC_STAT, &ds), 0);
    ds.sem_perm.mode = 0604;
    CHECK_EQ(semctl(set, 0, IPC_SET, &ds), 0);
    sysv_as_nobody(may_read);
    ds.sem_perm.mode = 0640;
    ds.sem_perm.gid = 1000;
    CHECK_EQ(semctl(set, 0, IPC_SET, &ds), 0);
    sysv_as_nobody(may_read);
    ds.sem_perm.uid = -1;
    CHECK_FAILS(semctl(set, 0, IPC_SET, &ds), EINVAL);
    ds.sem_perm.mode = 0;
    ds.sem_perm.uid = 1000;
    CHECK_EQ(semctl(set, 0, IPC_SET, &ds), 0);
    CHECK_EQ(sem_do(set, 0, 1, 0), 0);
    CHECK_EQ(semctl(set, 0, IPC_STAT, &ds), 0);
    CHECK_EQ(ds.sem_perm.mode, 0);
    ds.sem_perm.mode = 0600;
    CHECK_EQ(semctl(set, 0, IPC_SET, &ds), 0);
    sysv_as_nobody(is_owner);
    CHECK_FAILS(sem_value(set, 0), EINVAL);
}

/* --- what is told of them ------------------------------------------------ */

TEST("D-13 sem: IPC_STAT")
{
    time_t before = time(NULL);
    struct semid_ds ds;
    int id = semget(KEY, 5, IPC_CREAT | 0641);

    CHECK_EQ(semctl(id, 0, IPC_STAT, &ds), 0);
    CHECK_EQ(ds.sem_perm.__key, KEY);
    CHECK_EQ(ds.sem_perm.mode, 0641);
    CHECK_EQ(ds.sem_perm.uid, geteuid());
    CHECK_EQ(ds.sem_perm.cgid, getegid());
    CHECK_EQ(ds.sem_perm.__seq, id / 32768);
    CHECK_EQ(ds.sem_nsems, 5);
    CHECK_EQ(ds.sem_otime, 0);
    CHECK(ds.sem_ctime >= before && ds.sem_ctime <= time(NULL));
    CHECK_EQ(sem_do(id, 0, 1, 0), 0);
    CHECK_EQ(semctl(id, 0, IPC_STAT, &ds), 0);
    CHECK(ds.sem_otime >= before && ds.sem_otime <= time(NULL));
    sem_drop(id);
}

static void stats_of_others(void)
{
    struct semid_ds ds;

    CHECK_FAILS(semctl(set % 32768, 0, SEM_STAT, &ds), EACCES);
    CHECK_EQ(semctl(set % 32768, 0, SEM_STAT_ANY, &ds), set);
    CHECK_EQ(ds.sem_nsems, 3);
}

TEST("D-13 sem: SEM_STAT takes an index, SEM_INFO says how many there are")
{
    struct seminfo before, info;
    struct semid_ds ds;

    CHECK(semctl(0, 0, SEM_INFO, &before) >= 0);
    set = sem_make(3, 0);
    CHECK(semctl(0, 0, SEM_INFO, &info) >= set % 32768);
    CHECK_EQ(info.semusz, before.semusz + 1);
    CHECK_EQ(info.semaem, before.semaem + 3);
    CHECK_EQ(semctl(set % 32768, 0, SEM_STAT, &ds), set);
    CHECK_EQ(ds.sem_nsems, 3);
    sysv_as_nobody(stats_of_others);
    CHECK(semctl(0, 0, IPC_INFO, &info) >= set % 32768);
    CHECK_EQ(info.semmni, 32000);
    CHECK_EQ(info.semmsl, 32000);
    CHECK_EQ(info.semmns, 1024000000);
    CHECK_EQ(info.semopm, 500);
    CHECK_EQ(info.semvmx, 32767);
    sem_drop(set);
    CHECK_FAILS(semctl(set % 32768, 0, SEM_STAT, &ds), EINVAL);
}

static const char titles[] =
    "       key      semid perms      nsems   uid   gid  cuid  cgid      otime"
    "      ctime\n";

TEST("D-13 sem: /proc/sysvipc/sem has a line for each set")
{
    int id = semget(KEY, 7, IPC_CREAT | 0640);
    char line[256], want[256];
    struct semid_ds ds;

    CHECK_EQ(sem_do(id, 0, 1, 0), 0);
    CHECK_EQ(semctl(id, 0, IPC_STAT, &ds), 0);
    snprintf(want, sizeof(want), "%10d %10d  %4o %10u %5u %5u %5u %5u %10lu "
             "%10lu", KEY, id, 0640, 7, 0, 0, 0, 0, ds.sem_otime, ds.sem_ctime);
    CHECK(sysv_line("sem", id, line));
    CHECK(!strcmp(line, want));
    CHECK(!strncmp(slurp("/proc/sysvipc/sem"), titles, sizeof(titles) - 1));
    sem_drop(id);
    CHECK(!sysv_line("sem", id, line));
}

TEST("D-13 sem: a long /proc/sysvipc/sem has every set once")
{
    enum { SETS = 300 };
    int id[SETS];
    char line[256];

    for (int i = 0; i < SETS; i++)
        id[i] = sem_make(1, 0);
    for (int i = 0; i < SETS; i += 37)
        CHECK(sysv_line("sem", id[i], line));
    CHECK(sysv_line("sem", id[SETS - 1], line));
    for (int i = 0; i < SETS; i++)
        sem_drop(id[i]);
}

/* --- limits -------------------------------------------------------------- */

static void set_limits(const char *text)
{
    FILE *f = fopen("/proc/sys/kernel/sem", "w");

    CHECK(f && fputs(text, f) >= 0);
    CHECK_EQ(fclose(f), 0);
}

TEST("D-13 sem: the limits of /proc/sys/kernel/sem hold")
{
    const char *usual = "32000\t1024000000\t500\t32000\n";
    struct sembuf two[2] = { 0 };
    int id;

    CHECK(!strcmp(slurp("/proc/sys/kernel/sem"), usual));
    set_limits("10 20 1 2\n");
    CHECK_FAILS(semget(IPC_PRIVATE, 11, 0600), EINVAL);
    id = sem_make(10, 0);
    CHECK_FAILS(semop(id, two, 2), E2BIG);
    set_limits("100");
    CHECK_FAILS(semget(IPC_PRIVATE, 11, 0600), ENOSPC);
    CHECK(!strcmp(slurp("/proc/sys/kernel/sem"), "100\t20\t1\t2\n"));
    set_limits("100 20 1 1");
    CHECK_FAILS(semget(IPC_PRIVATE, 1, 0600), ENOSPC);
    sem_drop(id);
    id = sem_make(1, 0);
    sem_drop(id);
    set_limits(usual);
}

TEST("D-13 sem: sets can't take all memory")
{
    static int id[4000];
    int n = 0;

    while (n < 4000 && (id[n] = semget(IPC_PRIVATE, 32000, 0600)) >= 0)
        n++;
    CHECK(n > 0 && n < 4000 && errno == ENOMEM);
    for (int i = 0; i < n; i++)
        sem_drop(id[i]);
    id[0] = sem_make(32000, 0);
    sem_drop(id[0]);
}

/* --- no memory ----------------------------------------------------------- */

static long call_semget(void)
{
    return semget(KEY, 10, IPC_CREAT | 0600);
}

static void undo_semget(long id)
{
    sem_drop(id);
}

TEST("D-13 fail-nth: semget")
{
    struct trial t = { call_semget, undo_semget };

    fail_walk(&t);
}

static long call_many_ops(void)
{
    struct sembuf ops[100] = { 0 };

    ops[7] = (struct sembuf){ 1, 3, 0 };
    return semop(set, ops, 100);
}

static void undo_many_ops(long result)
{
    CHECK_EQ(result, 0);
    CHECK_EQ(sem_value(set, 1), 3);
    CHECK_EQ(sem_store(set, 1, 0), 0);
}

static long call_get_all(void)
{
    unsigned short all[5];

    return semctl(set, 0, GETALL, all);
}

TEST("D-13 fail-nth: semop, GETALL")
{
    struct trial ops = { call_many_ops, undo_many_ops };
    struct trial all = { call_get_all, fail_no_undo };

    set = sem_make(5, 0);
    fail_walk(&ops);
    fail_walk(&all);
    sem_drop(set);
}

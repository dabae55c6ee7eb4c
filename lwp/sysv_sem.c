/* sysv_sem.c - sets of System V semaphores: semget(2), semctl(2). */
#include "lwp/sysv_sem.h"

#include "kernel/fs/stat.h"
#include "kernel/lib/errno.h"
#include "lwp/lwp.h"
#include "lwp/syscall.h"
#include "mm/alloc.h"
#include "mm/uaccess.h"

#define GETPID          11
#define GETVAL          12
#define GETALL          13
#define GETNCNT         14
#define GETZCNT         15
#define SETVAL          16
#define SETALL          17
#define SEM_STAT        18
#define SEM_INFO        19

/* Linux's limits, also the order in /proc/sys/kernel/sem. */
static u64 count_limit = 32000;         /* semaphores of a set */
static u64 sems_limit = 1024000000;     /* of all sets together */
u64 sem_ops_limit = 500;
static u64 sem_total;                   /* of all sets; atomic */

/* struct semid64_ds of asm-generic/sembuf.h. */
struct sem_status {
    struct sysv_perm perm;
    s64 op_time, change_time;
    u64 count;
    u64 unused[2];
};
_Static_assert(sizeof(struct sem_status) == 88, "as user programs have it");

/* struct seminfo of semctl(2). */
struct sem_info {
    int map, sets, sems, undos, set_sems, ops, undo_entries, used_sets,
        value_max, used_sems;
};

static struct sem_set *set_of(struct sysv_object *o)
{
    return container_of(o, struct sem_set, object);
}

/* --- sets ---------------------------------------------------------------- */

static size_t set_size(size_t count)
{
    return sizeof(struct sem_set) + count * sizeof(struct sem);
}

static void drop_counts(size_t count)
{
    __atomic_sub_fetch(&sem_total, count, __ATOMIC_RELAXED);
    sysv_uncharge(set_size(count));
}

static int sem_create(size_t count, unused_arg int flags,
                      struct sysv_object **out)
{
    struct sem_set *set = NULL;
    int error = -ENOMEM;

    if (!count)
        return -EINVAL;
    if (!sysv_charge(set_size(count)))
        return error;
    if (__atomic_add_fetch(&sem_total, count, __ATOMIC_RELAXED) >
        READ_ONCE(sems_limit))
        error = -ENOSPC;
    else
        set = kzalloc(set_size(count));
    if (!set) {
        drop_counts(count);
        return error;
    }
    set->count = count;
    list_init(&set->watching);
    list_init(&set->altering);
    list_init(&set->undos);
    *out = &set->object;
    return 0;
}

static void sem_destroy(struct sysv_object *o)
{
    struct sem_set *set = set_of(o);

    drop_counts(set->count);
    kfree(set);
}

static int sem_check_size(struct sysv_object *o, size_t count)
{
    return count > set_of(o)->count ? -EINVAL : 0;
}

static void sem_end(struct sysv_object *o)
{
    struct sem_set *set = set_of(o);

    sysv_end_waits_locked(&set->watching);
    sysv_end_waits_locked(&set->altering);
    sem_undo_free_locked(set);
}

static void sem_describe(struct sysv_object *o, void *status)
{
    struct sem_status *s = status;

    s->op_time = set_of(o)->op_time;
    s->change_time = o->change_time;
    s->count = set_of(o)->count;
}

struct sysv_table sem_table = SYSV_TABLE(sem, 32000,
    .check_size = sem_check_size, .end = sem_end, .describe = sem_describe,
    .status_size = sizeof(struct sem_status), .stat_command = SEM_STAT);

long sys_semget(int key, int count, int flags)
{
    if (count < 0 || (u64)count > READ_ONCE(count_limit))
        return -EINVAL;
    return sysv_get(&sem_table, key, count, flags);
}

/* --- values -------------------------------------------------------------- */

/* How many calls wait for the semaphore to be zero, or to grow. */
static int count_waiters(const struct list *calls, int num, bool for_zero)
{
    const struct sem_call *c;
    int n = 0;

    list_for_each(c, calls, wait.node)
        n += c->blocked->num == num && (c->blocked->op == 0) == for_zero;
    return n;
}

static int read_one_locked(struct sem_set *set, int num, int cmd)
{
    switch (cmd) {
    case GETVAL:
        return set->sems[num].value;
    case GETPID:
        return set->sems[num].pid;
    default:
        return count_waiters(&set->watching, num, cmd == GETZCNT) +
               count_waiters(&set->altering, num, cmd == GETZCNT);
    }
}

static long do_get(int id, int num, int cmd)
{
    struct sysv_object *o;
    int result = sysv_lock(&sem_table, id, &o);

    if (result)
        return result;
    result = sysv_check_access_locked(o, SYSV_READ);
    if (!result && (unsigned)num >= set_of(o)->count)
        result = -EINVAL;
    if (!result)
        result = read_one_locked(set_of(o), num, cmd);
    sysv_unlock(o);
    return result;
}

static void write_one_locked(struct sem_set *set, unsigned num, int value)
{
    set->sems[num].value = value;
    set->sems[num].pid = current_lwp()->pid;
}

/* Values were set: nothing is to be undone to semaphore num, or with -1 to any
 * of them. */
static void finish_writing_locked(struct sem_set *set, int num)
{
    set->object.change_time = sysv_time();
    sem_undo_clear_locked(set, num);
    sem_changed_locked(set);
}

static long do_set_value(int id, int num, int value)
{
    struct sysv_object *o;
    int error;

    if (value < 0 || value > SEM_VALUE_MAX)
        return -ERANGE;
    error = sysv_lock(&sem_table, id, &o);
    if (error)
        return error;
    if ((unsigned)num >= set_of(o)->count)
        error = -EINVAL;
    else
        error = sysv_check_access_locked(o, SYSV_WRITE);
    if (!error) {
        write_one_locked(set_of(o), num, value);
        finish_writing_locked(set_of(o), num);
    }
    sysv_unlock(o);
    return error;
}

static int store_all_locked(struct sem_set *set, const u16 *values)
{
    for (u32 i = 0; i < set->count; i++)
        if (values[i] > SEM_VALUE_MAX)
            return -ERANGE;
    for (u32 i = 0; i < set->count; i++)
        write_one_locked(set, i, values[i]);
    finish_writing_locked(set, -1);
    return 0;
}

/* Between user memory and the set, which may be removed meanwhile. */
static int move_all(struct sem_set *set, bool store, u16 *values, uptr_t user)
{
    size_t size = set->count * sizeof(*values);
    int error;

    if (store && copy_from_user(values, user, size))
        return -EFAULT;
    error = sysv_lock_again(&set->object);
    if (error)
        return error;
    if (store)
        error = store_all_locked(set, values);
    else
        for (u32 i = 0; i < set->count; i++)
            values[i] = set->sems[i].value;
    sysv_unlock(&set->object);
    if (!error && !store && copy_to_user(user, values, size))
        error = -EFAULT;
    return error;
}

static long do_all(int id, bool store, uptr_t user)
{
    struct sysv_object *o;
    int error = sysv_lock(&sem_table, id, &o);
    u16 *values;

    if (error)
        return error;
    error = sysv_check_access_locked(o, store ? SYSV_WRITE : SYSV_READ);
    sysv_hold(o);
    sysv_unlock(o);
    values = kmalloc(set_of(o)->count * sizeof(*values));
    if (!error)
        error = values ? move_all(set_of(o), store, values, user) : -ENOMEM;
    kfree(values);
    sysv_put(o);
    return error;
}

/* --- semctl -------------------------------------------------------------- */

/* What Linux says of limits that it does not have either. */
static long do_info(int cmd, uptr_t to)
{
    struct sem_info info = {
        .map = sems_limit, .sets = sem_table.limit, .sems = sems_limit,
        .undos = sems_limit, .set_sems = count_limit, .ops = sem_ops_limit,
        .undo_entries = sem_ops_limit, .used_sets = 20,
        .value_max = SEM_VALUE_MAX, .used_sems = SEM_VALUE_MAX,
    };
    u32 used;
    int index = sysv_count(&sem_table, &used);

    if (cmd == SEM_INFO) {
        info.used_sets = used;
        info.used_sems = READ_ONCE(sem_total);
    }
    return copy_to_user(to, &info, sizeof(info)) ? -EFAULT : index;
}

/* What arg is depends on cmd: SETVAL's is a number. */
long sys_semctl(int id, int num, int cmd, uptr_t arg)
{
    if (id < 0)
        return -EINVAL;
    switch (cmd) {
    case GETPID:
    case GETVAL:
    case GETNCNT:
    case GETZCNT:
        return do_get(id, num, cmd);
    case SETVAL:
        return do_set_value(id, num, (u64)arg);
    case GETALL:
    case SETALL:
        return do_all(id, cmd == SETALL, arg);
    case IPC_INFO:
    case SEM_INFO:
        return do_info(cmd, arg);
    default:
        return sysv_control(&sem_table, id, cmd, arg);
    }
}

/* --- /proc --------------------------------------------------------------- */

static void print_set(struct proc_text *t, struct sysv_object *o)
{
    proc_print(t, "%10u ", set_of(o)->count);
    sysv_show_owners(t, o);
    proc_print(t, " %10ld %10ld\n", set_of(o)->op_time, o->change_time);
}

static int show_sets(struct proc_text *t, unused_arg void *unused)
{
    return sysv_show(t, &sem_table,
                     "       key      semid perms      nsems   uid   gid  cuid"
                     "  cgid      otime      ctime\n", print_set);
}

static const struct sysv_setting settings[] = {
    { &count_limit, INT_MAX }, { &sems_limit, INT_MAX },
    { &sem_ops_limit, INT_MAX }, { &sem_table.limit, SYSV_INDEXES }, { 0 }
};

static const struct proc_file files[] = {
    PROC_SHOW("sysvipc/sem", show_sets),
    SYSV_SETTING("sem", settings),
    { 0 }
};

void sysv_sem_init(void)
{
    procfs_add(files);
}

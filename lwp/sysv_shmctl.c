/* sysv_shmctl.c - System V shared memory: shmctl(2), /proc/sysvipc/shm and the
 * limits in /proc/sys/kernel. */
#include "kernel/fs/cred.h"
#include "kernel/lib/errno.h"
#include "lwp/lwp.h"
#include "lwp/syscall.h"
#include "lwp/sysv_shm.h"
#include "mm/uaccess.h"

#define SHM_LOCK        11
#define SHM_UNLOCK      12
#define SHM_STAT        13
#define SHM_INFO        14
#define SHM_STAT_ANY    15

/* struct shmid64_ds of asm-generic/shmbuf.h. */
struct shm_status {
    struct sysv_perm perm;
    size_t size;
    s64 attach_time, detach_time, change_time;
    pid_t creator, last_user;
    u64 attached;
    u64 unused[2];
};
_Static_assert(sizeof(struct shm_status) == 112, "as user programs have it");

/* struct shminfo64 of the same file: IPC_INFO. */
struct shm_limits {
    u64 size_most, size_least, segments, segments_of_process, pages;
    u64 unused[4];
};

/* struct shm_info of linux/shm.h: SHM_INFO. */
struct shm_totals {
    int used, pad;                  /* named, so that it is zeroed */
    u64 pages, resident, swapped, swap_attempts, swap_successes;
};

static long do_stat(int id, enum sysv_stat how, uptr_t to)
{
    struct shm_status status;
    struct sysv_object *o;
    int result = sysv_lock_stat(&shm_table, id, how, &o);

    if (result < 0)
        return result;
    struct shm *s = shm_of(o);
    status = (struct shm_status){
        .size = s->size, .attach_time = s->attach_time,
        .detach_time = s->detach_time, .change_time = o->change_time,
        .creator = s->creator, .last_user = s->last_user,
        .attached = vmobj_area_count(&s->memory),
    };
    sysv_perm_read_locked(o, &status.perm);
    sysv_unlock(o);
    return copy_to_user(to, &status, sizeof(status)) ? -EFAULT : result;
}

static long do_set(int id, uptr_t from)
{
    struct shm_status status;

    if (copy_from_user(&status, from, sizeof(status)))
        return -EFAULT;
    return sysv_set(&shm_table, id, &status.perm);
}

/* The segment stays in the table as long as it is attached, without a key. */
static long do_remove(int id)
{
    struct sysv_object *o;
    int error = sysv_lock_owned(&shm_table, id, &o);

    if (error)
        return error;
    bool first = !(o->mode & SHM_DEST);
    o->mode |= SHM_DEST;
    sysv_forget_key_locked(o);
    sysv_unlock_both(o);
    if (first)
        vmobj_put(&shm_of(o)->memory);
    return 0;
}

/* Memory is never swapped out, so this is a bit of the mode and nothing more. */
static long do_lock(int id, bool lock)
{
    bool may_lock = lwp_limit(current_lwp(), RLIMIT_MEMLOCK) ||
                    cred_is_root(current_cred());
    struct sysv_object *o;
    int error = sysv_lock_owned(&shm_table, id, &o);

    if (error)
        return error;
    if (!lock)
        o->mode &= ~SHM_LOCKED;
    else if (may_lock)
        o->mode |= SHM_LOCKED;
    else
        error = -EPERM;
    sysv_unlock_both(o);
    return error;
}

static long do_limits(uptr_t to)
{
    u32 used;
    int index = sysv_count(&shm_table, &used);
    struct shm_limits limits = {
        .size_most = shm_size_limit, .size_least = 1,
        .segments = shm_table.limit, .segments_of_process = shm_table.limit,
        .pages = shm_pages_limit,
    };

    return copy_to_user(to, &limits, sizeof(limits)) ? -EFAULT : index;
}

static long do_totals(uptr_t to)
{
    u32 used;
    int index = sysv_count(&shm_table, &used);
    struct shm_totals totals = {
        .used = used, .pages = READ_ONCE(shm_pages_total),
        .resident = READ_ONCE(shm_pages_resident),
    };

    return copy_to_user(to, &totals, sizeof(totals)) ? -EFAULT : index;
}

long sys_shmctl(int id, int cmd, uptr_t arg)
{
    switch (cmd) {
    case IPC_STAT:
        return do_stat(id, SYSV_STAT_ID, arg);
    case SHM_STAT:
        return do_stat(id, SYSV_STAT_INDEX, arg);
    case SHM_STAT_ANY:
        return do_stat(id, SYSV_STAT_ANY, arg);
    case IPC_INFO:
        return do_limits(arg);
    case SHM_INFO:
        return do_totals(arg);
    case IPC_SET:
        return do_set(id, arg);
    case IPC_RMID:
        return do_remove(id);
    case SHM_LOCK:
    case SHM_UNLOCK:
        return do_lock(id, cmd == SHM_LOCK);
    default:
        return -EINVAL;
    }
}

/* --- /proc ----------------------------------------------------------------- */

static void print_segment(struct proc_text *t, struct sysv_object *o)
{
    struct shm *s = shm_of(o);

    proc_print(t, "%21lu %5d %5d  %5lu ", s->size, s->creator, s->last_user,
               vmobj_area_count(&s->memory));
    sysv_show_owners(t, o);
    proc_print(t, " %10ld %10ld %10ld %21lu %21d\n", s->attach_time,
               s->detach_time, o->change_time,
               vmobj_page_count(&s->memory) << PAGE_SHIFT, 0);
}

static int show_segments(struct proc_text *t, unused_arg void *unused)
{
    return sysv_show(t, &shm_table,
                     "       key      shmid perms                  size  cpid  "
                     "lpid nattch   uid   gid  cuid  cgid      atime      dtime "
                     "     ctime                   rss                  swap\n",
                     print_segment);
}

static const struct sysv_setting size_most[] = { { &shm_size_limit, ~0ul },
                                                 { 0 } };
static const struct sysv_setting pages_most[] = { { &shm_pages_limit, ~0ul },
                                                  { 0 } };
static const struct sysv_setting segments_most[] = { { &shm_table.limit,
                                                       SYSV_INDEXES }, { 0 } };

static const struct proc_file files[] = {
    PROC_SHOW("sysvipc/shm", show_segments),
    SYSV_SETTING("shmmax", size_most),
    SYSV_SETTING("shmall", pages_most),
    SYSV_SETTING("shmmni", segments_most),
    { 0 }
};

void sysv_shm_init(void)
{
    procfs_add(files);
}

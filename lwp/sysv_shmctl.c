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
#define SHM_INFO        14

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

void shm_describe(struct sysv_object *o, void *status)
{
    struct shm *s = shm_of(o);
    struct shm_status *to = status;

    to->size = s->size;
    to->attach_time = s->attach_time;
    to->detach_time = s->detach_time;
    to->change_time = o->change_time;
    to->creator = s->creator;
    to->last_user = s->last_user;
    to->attached = vmobj_area_count(&s->memory);
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
    if (id < 0)
        return -EINVAL;
    switch (cmd) {
    case IPC_INFO:
        return do_limits(arg);
    case SHM_INFO:
        return do_totals(arg);
    case IPC_RMID:
        return do_remove(id);
    case SHM_LOCK:
    case SHM_UNLOCK:
        return do_lock(id, cmd == SHM_LOCK);
    default:
        return sysv_control(&shm_table, id, cmd, arg);
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

/* sysv_shm.c - System V shared memory: shmget(2), shmat(2), shmdt(2). */
#include "lwp/sysv_shm.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "lwp/lwp.h"
#include "lwp/shm_area.h"
#include "lwp/syscall.h"

/* Flags of shmget(2) and shmat(2). */
#define SHM_HUGETLB     04000
#define SHM_RDONLY      010000
#define SHM_RND         020000
#define SHM_REMAP       040000
#define SHM_EXEC        0100000

u64 shm_size_limit = ~0ul - (1ul << 24), shm_pages_limit = ~0ul - (1ul << 24);
u64 shm_pages_total, shm_pages_resident;

static struct cache shm_cache = CACHE("sysv_shm", struct shm);

/* --- segments ------------------------------------------------------------- */

static void shm_destroy(struct sysv_object *o)
{
    struct shm *s = shm_of(o);

    __atomic_sub_fetch(&shm_pages_total, vmobj_pages_of(s->size),
                       __ATOMIC_RELAXED);
    cache_free(&shm_cache, s);
}

/* Removed, and detached by all. */
static void memory_destroy(struct vmobj *memory)
{
    struct sysv_object *o = &container_of(memory, struct shm, memory)->object;

    sysv_lock_both(o);
    sysv_remove_locked(o);
    sysv_unlock_both(o);
    sysv_put(o);
}

static int memory_charge(struct vmobj *memory, s64 pages)
{
    __atomic_add_fetch(&shm_pages_resident, pages, __ATOMIC_RELAXED);
    return vmobj_charge_shared(memory, pages);
}

static const struct vmobj_ops memory_ops = {
    .destroy = memory_destroy, .charge = memory_charge,
};

static int shm_create(size_t size, int flags, struct sysv_object **out)
{
    u64 pages = vmobj_pages_of(size);

    if (!size || size > READ_ONCE(shm_size_limit) || flags & SHM_HUGETLB)
        return -EINVAL;
    struct shm *s = pages <= pages_total() ? cache_zalloc(&shm_cache) : NULL;
    if (!s)
        return -ENOMEM;
    s->size = size;
    s->creator = current_lwp()->pid;
    vmobj_init(&s->memory, &memory_ops, pages << PAGE_SHIFT);
    *out = &s->object;
    if (__atomic_add_fetch(&shm_pages_total, pages, __ATOMIC_RELAXED) <=
        READ_ONCE(shm_pages_limit))
        return 0;
    shm_destroy(*out);
    return -ENOSPC;
}

static int shm_check_size(struct sysv_object *o, size_t size)
{
    return size > shm_of(o)->size ? -EINVAL : 0;
}

struct sysv_table shm_table = SYSV_TABLE(shm, 4096,
    .check_size = shm_check_size, .describe = shm_describe,
    .status_size = sizeof(struct shm_status), .stat_command = SHM_STAT);

long sys_shmget(int key, size_t size, int flags)
{
    return sysv_get(&shm_table, key, size, flags);
}

/* --- attaching ------------------------------------------------------------ */

static void note_use_locked(struct shm *s, s64 *when)
{
    assert(spin_held(&s->object.lock));
    *when = sysv_time();
    s->last_user = current_lwp()->pid;
}

/* What is to be mapped, but for the segment.  -EINVAL. */
static int read_flags(struct vm_map *m, u64 addr, int flags)
{
    if (flags & SHM_RND)
        m->addr = page_down(addr);
    if (m->addr & PAGE_MASK || (flags & SHM_REMAP && !m->addr))
        return -EINVAL;
    m->flags = VM_SHARED | VM_READ;
    if (!(flags & SHM_RDONLY))
        m->flags |= VM_WRITE | VM_MAY_WRITE;
    if (flags & SHM_EXEC)
        m->flags |= VM_EXEC;
    if (addr)
        m->how = VM_MAP_FIXED | (flags & SHM_REMAP ? 0 : VM_MAP_NOREPLACE);
    return 0;
}

/* Make it m's segment, with a reference on the memory.  -EACCES, -EINVAL: it
 * has gone with its last attachment. */
static int choose_locked(struct vm_map *m, struct shm *s)
{
    mode_t want = m->flags & VM_WRITE ? SYSV_READ | SYSV_WRITE : SYSV_READ;
    int error;

    if (m->flags & VM_EXEC)
        want |= 0111;
    error = sysv_check_access_locked(&s->object, want);
    if (error)
        return error;
    if (!vmobj_try_get(&s->memory))
        return -EINVAL;
    if (!s->name[0])
        kscnprintf(s->name, sizeof(s->name), "/SYSV%08x (deleted)",
                   s->object.key);
    m->obj = &s->memory;
    m->size = s->size;
    m->name = s->name;
    return 0;
}

static s64 attach(struct vm_map *m)
{
    struct shm *s = container_of(m->obj, struct shm, memory);
    struct vm_limits limits = lwp_vm_limits();
    s64 addr = vm_map(current_vm(), m, &limits);

    if (addr >= 0) {
        spin_lock(&s->object.lock);
        note_use_locked(s, &s->attach_time);
        spin_unlock(&s->object.lock);
    }
    vmobj_put(m->obj);
    return addr == -EEXIST ? -EINVAL : addr;
}

long sys_shmat(int id, u64 addr, int flags)
{
    struct vm_map m = { .addr = addr };
    struct sysv_object *o;
    int error = read_flags(&m, addr, flags);

    if (!error)
        error = sysv_lock(&shm_table, id, &o);
    if (error)
        return error;
    error = choose_locked(&m, shm_of(o));
    sysv_unlock(o);
    return error ? error : attach(&m);
}

long sys_shmdt(u64 addr)
{
    struct vmobj *memory = shm_detach(addr, &memory_ops);

    if (!memory)
        return -EINVAL;
    struct shm *s = container_of(memory, struct shm, memory);
    spin_lock(&s->object.lock);
    note_use_locked(s, &s->detach_time);
    spin_unlock(&s->object.lock);
    vmobj_put(memory);
    return 0;
}

/* shm.c - lwp_shm: the segments, their keys and ids. */
#include "lwp/shm.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "lwp/lwp.h"
#include "lwp/proc.h"
#include "lwp/shm_area.h"
#include "lwp/shm_segment.h"
#include "lwp/syscall.h"

static struct spinlock table_lock = SPINLOCK_INIT(RANK_IPC);
/* guarded by it */
static struct {
    struct avl_tree keys;
    struct segment *by_id[LWP_SHM_MAX];
    u8 free_ids[LWP_SHM_MAX];       /* the one freed last at the end */
    int free_count;
    int fresh;                      /* from this one on never used */
} table;

/* --- the table ------------------------------------------------------------- */

/* The segment's id, or -ENOENT. */
static int find_key_locked(size_t key)
{
    struct avl_node *node = avl_find(&table.keys, key);

    assert(spin_held(&table_lock));
    return node ? avl_entry(node, struct segment, node)->id : -ENOENT;
}

static struct segment *find_locked(int id)
{
    assert(spin_held(&table_lock));
    return id >= 0 && id < LWP_SHM_MAX ? table.by_id[id] : NULL;
}

static bool full_locked(void)
{
    return !table.free_count && table.fresh == LWP_SHM_MAX;
}

/* "lwp_shm:7": printf would be a tenth of all that a short-lived segment
 * costs. */
static void name_segment(struct segment *s)
{
    char *c = s->name;

    memcpy(c, "lwp_shm:", 8);
    c += 8;
    if (s->id >= 10)
        *c++ = '0' + s->id / 10;
    *c++ = '0' + s->id % 10;
    *c = 0;
}

static void add_locked(struct segment *s, size_t key)
{
    assert(spin_held(&table_lock) && !full_locked());
    s->node.key = key;
    s->id = table.free_count ? table.free_ids[--table.free_count]
                             : table.fresh++;
    name_segment(s);
    avl_insert(&table.keys, &s->node);
    table.by_id[s->id] = s;
}

static void remove_locked(struct segment *s)
{
    assert(spin_held(&table_lock));
    avl_remove(&table.keys, &s->node);
    table.by_id[s->id] = NULL;
    table.free_ids[table.free_count++] = s->id;
}

/* Publish a segment, unless another was quicker.  Its id, or -ENOSPC; the
 * reference is gone in any case. */
static int publish(struct segment *s, size_t key)
{
    spin_lock(&table_lock);
    int id = find_key_locked(key);
    if (id == -ENOENT)
        id = -ENOSPC;
    if (id == -ENOSPC && !full_locked()) {
        add_locked(s, key);
        id = s->id;
        s = NULL;
    }
    spin_unlock(&table_lock);
    if (s)
        vmobj_put(&s->obj);
    return id;
}

int lwp_shmget(size_t key, size_t size, bool create)
{
    struct segment *s;

    spin_lock(&table_lock);
    int id = find_key_locked(key);
    bool full = full_locked();
    spin_unlock(&table_lock);
    if (id >= 0 || !create)
        return id;
    if (!size)
        return -EINVAL;
    if (full)
        return -ENOSPC;
    int error = segment_create(size, &s);
    return error ? error : publish(s, key);
}

int lwp_shmrm(int id)
{
    struct segment *unused = NULL;

    spin_lock(&table_lock);
    struct segment *s = find_locked(id);
    if (s && !s->pins && !vmobj_is_mapped(&s->obj)) {
        remove_locked(s);
        unused = s;
    }
    spin_unlock(&table_lock);
    if (unused)
        vmobj_put(&unused->obj);
    return s ? 0 : -EINVAL;
}

/* --- attached by the kernel ------------------------------------------------ */

/* Keep the segment from being removed; NULL: there is none. */
static struct segment *pin(int id)
{
    spin_lock(&table_lock);
    struct segment *s = find_locked(id);
    if (s)
        s->pins++;
    spin_unlock(&table_lock);
    return s;
}

static void unpin(struct segment *s)
{
    spin_lock(&table_lock);
    s->pins--;
    spin_unlock(&table_lock);
}

/* Its address in the kernel, which somebody will use, or NULL. */
static void *show_block(struct segment *s)
{
    if (!s || !s->block)
        return NULL;
    WRITE_ONCE(s->seen, true);
    return page_to_virt(s->block);
}

void *lwp_shmat(int id, unused_arg void *hint)
{
    struct segment *s = pin(id);

    void *block = show_block(s);

    if (s && !block)
        unpin(s);
    return block;
}

int lwp_shmdt(const void *address)
{
    int error = -EINVAL;

    spin_lock(&table_lock);
    for (int id = 0; error && id < table.fresh; id++) {
        struct segment *s = table.by_id[id];

        if (s && s->pins && s->block && page_to_virt(s->block) == address) {
            s->pins--;
            error = 0;
        }
    }
    spin_unlock(&table_lock);
    return error;
}

void *lwp_shminfo(int id)
{
    spin_lock(&table_lock);
    void *block = show_block(find_locked(id));
    spin_unlock(&table_lock);
    return block;
}

/* --- system calls ---------------------------------------------------------- */

long sys_lwp_shmget(size_t key, size_t size, int create)
{
    return lwp_shmget(key, size, create);
}

/* The address; where the hint says, or not at all: -EEXIST if anything is in
 * the way, -EPERM, -ENOMEM as of mmap(2). */
long sys_lwp_shmat(int id, uptr_t addr)
{
    struct segment *s = pin(id);

    if (!s)
        return -EINVAL;
    struct vm_map m = {
        .addr = (vaddr_t)addr, .size = s->size, .obj = &s->obj,
        .flags = VM_READ | VM_WRITE | VM_SHARED | VM_MAY_WRITE,
        .how = addr ? VM_MAP_FIXED | VM_MAP_NOREPLACE : 0, .name = s->name,
    };
    struct vm_limits limits = lwp_vm_limits();
    s64 result = vm_map(current_vm(), &m, &limits);
    unpin(s);
    return result;
}

long sys_lwp_shmdt(uptr_t addr)
{
    struct vmobj *o = shm_detach((vaddr_t)addr, &segment_ops);

    if (!o)
        return -EINVAL;
    vmobj_put(o);
    return 0;
}

long sys_lwp_shmrm(int id)
{
    return lwp_shmrm(id);
}

/* --- /proc/lwp_shm --------------------------------------------------------- */

int proc_show_lwp_shm(struct proc_text *t, unused_arg void *unused)
{
    proc_print(t, "%18s %12s %9s %3s %6s %5s\n", "KEY", "PADDR", "SIZE", "ID",
               "NATTCH", "CPID");
    spin_lock(&table_lock);
    for (int id = 0; id < table.fresh; id++) {
        struct segment *s = table.by_id[id];

        if (s)
            proc_print(t, "%#18lx %#12lx %9lu %3d %6lu %5d\n", s->node.key,
                       s->block ? page_to_pfn(s->block) << PAGE_SHIFT : 0,
                       s->size, s->id, vmobj_area_count(&s->obj) + s->pins,
                       s->creator);
    }
    spin_unlock(&table_lock);
    return 0;
}

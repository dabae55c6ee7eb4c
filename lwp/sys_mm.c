/*
 * sys_mm.c - memory of programs: mmap(2) and its family.
 */
#include "kernel/fs/fdtable.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "lwp/lwp.h"
#include "lwp/syscall.h"
#include "mm/uaccess.h"

/* --- mmap(2) --- */

#define MAP_SHARED          0x01
#define MAP_PRIVATE         0x02
#define MAP_SHARED_VALIDATE 0x03
#define MAP_TYPE            0x0f
#define MAP_FIXED           0x10
#define MAP_ANONYMOUS       0x20
#define MAP_GROWSDOWN       0x100
#define MAP_DENYWRITE       0x800
#define MAP_EXECUTABLE      0x1000
#define MAP_LOCKED          0x2000
#define MAP_NORESERVE       0x4000
#define MAP_POPULATE        0x8000
#define MAP_NONBLOCK        0x10000
#define MAP_STACK           0x20000
#define MAP_HUGETLB         0x40000
#define MAP_SYNC            0x80000
#define MAP_FIXED_NOREPLACE 0x100000

/* What MAP_SHARED_VALIDATE may be combined with. */
#define MAP_KNOWN (MAP_TYPE | MAP_FIXED | MAP_ANONYMOUS | MAP_GROWSDOWN | \
                   MAP_DENYWRITE | MAP_EXECUTABLE | MAP_LOCKED | \
                   MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK | MAP_STACK | \
                   MAP_FIXED_NOREPLACE)

static u32 area_flags(int prot, int flags)
{
    u32 f = (prot & VM_PROT) | VM_MAY_WRITE;

    if ((flags & MAP_TYPE) != MAP_PRIVATE)
        f |= VM_SHARED;
    if (flags & MAP_LOCKED)
        f |= VM_LOCKED;
    if (flags & MAP_NORESERVE)
        f |= VM_NO_RESERVE;
    return f;
}

static u32 map_how(int flags)
{
    u32 how = 0;

    if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))
        how |= VM_MAP_FIXED;
    if (flags & MAP_FIXED_NOREPLACE)
        how |= VM_MAP_NOREPLACE;
    if ((flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE)
        how |= VM_MAP_POPULATE;
    if (flags & MAP_GROWSDOWN)
        how |= VM_MAP_GROWSDOWN;
    return how;
}

static int check_map_flags(int flags)
{
    switch (flags & MAP_TYPE) {
    case MAP_SHARED:
    case MAP_PRIVATE:
        return 0;
    case MAP_SHARED_VALIDATE:           /* of files only */
        if (flags & MAP_ANONYMOUS)
            return -EINVAL;
        return flags & ~MAP_KNOWN ? -EOPNOTSUPP : 0;
    default:
        return -EINVAL;
    }
}

static s64 map_anonymous(struct vm_map *m, const struct vm_limits *l)
{
    if (m->flags & VM_SHARED) {
        if (m->size > USER_END)
            return -ENOMEM;
        m->offset = 0;
        m->obj = vmobj_create_anon(page_up(m->size));
        if (!m->obj)
            return -ENOMEM;
    }
    s64 addr = vm_map(current_vm(), m, l);
    if (m->obj)
        vmobj_put(m->obj);
    return addr;
}

static s64 map_file(struct vm_map *m, struct file *file,
                    const struct vm_limits *l)
{
    int error = m->size ? file_mmap(file, m) : -EINVAL;

    if (error)
        return error;
    if (m->how & VM_MAP_GROWSDOWN)
        error = -EINVAL;
    s64 addr = error ? error : vm_map(current_vm(), m, l);
    if (m->obj)
        vmobj_put(m->obj);
    return addr;
}

long sys_mmap(u64 addr, size_t size, int prot, int flags, int fd, u64 offset)
{
    struct vm_map m = {
        .addr = addr, .size = size, .offset = offset,
        .flags = area_flags(prot, flags), .how = map_how(flags),
    };
    struct fdref f = { NULL, false };
    int error = check_map_flags(flags);

    if (offset & PAGE_MASK || flags & MAP_HUGETLB)
        return -EINVAL;
    if (!(flags & MAP_ANONYMOUS)) {
        f = fd_get(fd);
        if (!f.file)
            return -EBADF;
    }
    struct vm_limits l = lwp_vm_limits();
    if (!error && flags & MAP_LOCKED && !l.memlock)
        error = -EPERM;
    s64 result = error ? error
               : f.file ? map_file(&m, f.file, &l) : map_anonymous(&m, &l);
    if (f.file)
        fd_put(f);
    return result;
}

/* --- the rest of the family --- */

long sys_brk(u64 addr)
{
    struct vm_limits l = lwp_vm_limits();

    return vm_brk(current_vm(), addr, &l);
}

long sys_munmap(u64 addr, size_t size)
{
    return vm_unmap(current_vm(), addr, size);
}

#define PROT_GROWSDOWN  0x01000000
#define PROT_GROWSUP    0x02000000

/* PROT_GROWSDOWN: from the start of the stack that addr lies in. */
static int extend_to_stack(struct vm *vm, u64 *addr, size_t *size)
{
    int error = -EINVAL;

    mutex_lock(&vm->lock);
    struct area *a = vm_find_area_locked(vm, *addr);
    if (a && a->flags & VM_STACK) {
        *size += *addr - area_start(a);
        *addr = area_start(a);
        error = 0;
    }
    mutex_unlock(&vm->lock);
    return error;
}

long sys_mprotect(u64 addr, size_t size, int prot)
{
    struct vm_limits l = lwp_vm_limits();
    struct vm *vm = current_vm();

    if (prot & PROT_GROWSUP || addr & PAGE_MASK)
        return -EINVAL;
    if (prot & PROT_GROWSDOWN) {
        int error = extend_to_stack(vm, &addr, &size);
        if (error)
            return error;
    }
    return vm_protect(vm, addr, size, prot & ~PROT_GROWSDOWN, &l);
}

long sys_mremap(u64 old, size_t old_size, size_t new_size, int flags, u64 new)
{
    struct vm_limits l = lwp_vm_limits();
    struct vm_remap r = {
        .old = old, .new = new, .old_size = old_size, .new_size = new_size,
        .how = flags,
    };

    return vm_remap(current_vm(), &r, &l);
}

long sys_madvise(u64 addr, size_t size, int advice)
{
    return vm_advise(current_vm(), addr, size, advice);
}

long sys_msync(u64 addr, size_t size, int flags)
{
    return vm_sync(current_vm(), addr, size, flags);
}

/* --- locking --- */

#define MLOCK_ONFAULT 1

long sys_mlock(u64 addr, size_t size)
{
    struct vm_limits l = lwp_vm_limits();

    return vm_lock_range(current_vm(), addr, size, VM_LOCK, &l);
}

long sys_mlock2(u64 addr, size_t size, int flags)
{
    struct vm_limits l = lwp_vm_limits();

    if (flags & ~MLOCK_ONFAULT)
        return -EINVAL;
    return vm_lock_range(current_vm(), addr, size,
                         flags ? VM_LOCK_ON_FAULT : VM_LOCK, &l);
}

long sys_munlock(u64 addr, size_t size)
{
    struct vm_limits l = lwp_vm_limits();

    return vm_lock_range(current_vm(), addr, size, VM_UNLOCK, &l);
}

long sys_mlockall(int flags)
{
    struct vm_limits l = lwp_vm_limits();

    if (!flags || flags == MCL_ONFAULT ||
        flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT))
        return -EINVAL;
    return vm_lock_all(current_vm(), flags, &l);
}

long sys_munlockall(void)
{
    struct vm_limits l = lwp_vm_limits();

    return vm_lock_all(current_vm(), 0, &l);
}

/* --- mincore(2) --- */

#define MINCORE_CHUNK 256           /* pages asked about at a time */

long sys_mincore(u64 addr, size_t size, uptr_t vec)
{
    u8 part[MINCORE_CHUNK];

    if (addr & PAGE_MASK)
        return -EINVAL;
    if (size > USER_END || addr > USER_END - page_up(size))
        return -ENOMEM;
    for (u64 pages = page_up(size) >> PAGE_SHIFT; pages; ) {
        u64 n = MIN(pages, (u64)MINCORE_CHUNK);
        int error = vm_mincore(current_vm(), addr, n * PAGE_SIZE, part);
        if (!error)
            error = copy_to_user(vec, part, n);
        if (error)
            return error;
        addr += n * PAGE_SIZE;
        vec = uptr_add(vec, n);
        pages -= n;
    }
    return 0;
}

/* --- order between harts --- */

/* Commands of membarrier(2); REGISTER is the next bit of what it allows. */
#define MB_QUERY                0
#define MB_GLOBAL               (1 << 0)
#define MB_GLOBAL_EXPEDITED     (1 << 1)
#define MB_REGISTER_GLOBAL      (1 << 2)
#define MB_PRIVATE              (1 << 3)
#define MB_REGISTER_PRIVATE     (1 << 4)
#define MB_PRIVATE_SYNC         (1 << 5)
#define MB_REGISTER_SYNC        (1 << 6)
#define MB_REGISTERS (MB_REGISTER_GLOBAL | MB_REGISTER_PRIVATE | \
                      MB_REGISTER_SYNC)
#define MB_BARRIERS (MB_GLOBAL | MB_GLOBAL_EXPEDITED | MB_PRIVATE | \
                     MB_PRIVATE_SYNC)

/* All harts take a trap for the instruction fence, which orders memory too. */
static void barrier_on_all_harts(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    arch_icache_flush_all();
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

long sys_membarrier(int command, unsigned flags, unused_arg int cpu)
{
    u32 *ready = &current_vm()->membarrier_ready;
    bool one = command > 0 && !(command & (command - 1));

    if (flags)
        return -EINVAL;
    if (command == MB_QUERY)
        return MB_REGISTERS | MB_BARRIERS;
    if (!one || !(command & (MB_REGISTERS | MB_BARRIERS)))
        return -EINVAL;
    if (command & MB_REGISTERS) {
        __atomic_or_fetch(ready, command, __ATOMIC_RELAXED);
        return 0;
    }
    bool private = command & (MB_PRIVATE | MB_PRIVATE_SYNC);
    if (private && !(READ_ONCE(*ready) & command << 1))
        return -EPERM;
    barrier_on_all_harts();
    return 0;
}

#define FLUSH_ICACHE_LOCAL 1

long sys_riscv_flush_icache(unused_arg u64 start, unused_arg u64 end,
                            u64 flags)
{
    if (flags & ~FLUSH_ICACHE_LOCAL)
        return -EINVAL;
    /* The thread may move to another hart at any time: all of them. */
    arch_icache_flush(&current_vm()->space);
    return 0;
}

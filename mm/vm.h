/*
 * vm.h - address spaces: areas over memory objects, faults, and the calls that
 * change them (mmap(2) and its family; lwp.md section E).
 *
 * Locks: `lock` (sleeping) guards the areas and which tables there are; `ptl`
 * guards the entries in them.  A page that an entry maps has a reference from
 * it.  Order: lock, then a memory object's lock, then ptl.  Two address spaces
 * (fork): parent before child, which nobody else knows yet.
 *
 * An entry is 0 (nothing there), valid, or invalid with a frame (PROT_NONE, or
 * about to be unmapped).  Private pages may be written through an entry only
 * while it is their only reference; else a write faults and copies.
 */
#pragma once

#include "arch.h"
#include "kernel/lib/avl.h"
#include "kernel/mutex.h"
#include "mm/vmobj.h"

/* Area protection and kind.  The first three are PROT_* of mmap(2). */
#define VM_READ         0x001
#define VM_WRITE        0x002
#define VM_EXEC         0x004
#define VM_SHARED       0x008       /* MAP_SHARED */
#define VM_STACK        0x010       /* grows down on faults (MAP_GROWSDOWN) */
#define VM_LOCKED       0x020       /* mlock(2) */
#define VM_MAY_WRITE    0x040       /* mprotect may add write (shared files) */
#define VM_HEAP         0x080       /* the brk area */
#define VM_NO_FORK      0x100       /* MADV_DONTFORK */
#define VM_WIPE_FORK    0x200       /* MADV_WIPEONFORK */
#define VM_NO_DUMP      0x400       /* MADV_DONTDUMP */
#define VM_NO_RESERVE   0x800       /* MAP_NORESERVE: may be larger than RAM */
#define VM_ON_FAULT     0x1000      /* locked pages come when touched */
#define VM_PROT         (VM_READ | VM_WRITE | VM_EXEC)

/* Who names an area in /proc/pid/maps, core files and fault messages: the open
 * file, known here only by these doors. */
struct file;
struct file_doors {
    void (*get)(struct file *f);
    void (*put)(struct file *f);    /* may sleep */
    int (*sync)(struct file *f);    /* fsync(2), for msync(2); may be NULL */
};
void vm_set_file_doors(const struct file_doors *doors);

struct area {
    struct avl_node node;           /* key: start */
    vaddr_t end;
    u32 flags;                      /* VM_* */
    struct vm *vm;
    struct vmobj *obj;              /* NULL: private anonymous */
    struct file *file;              /* NULL, or what was mapped */
    u64 offset;                     /* of start in obj, bytes */
    struct list obj_node;           /* on obj->areas, guarded by its lock */
    const char *name;               /* "[stack]", "[vdso]" or NULL; constant */
    bool has_copies;                /* of obj's pages, or once had */
};

#define area_start(a) ((a)->node.key)

struct vm {
    struct arch_space space;
    u32 refs;                       /* atomic: threads and borrowers */

    struct mutex lock;
    /* guarded by lock */
    struct avl_tree areas;
    unsigned area_count;
    struct area *last_area;         /* that vm_find_area_locked() found */
    vaddr_t gap_hint;               /* no gap of more than gap_skipped bytes */
    u64 gap_skipped;                /* lies between gap_hint and mmap_top */
    vaddr_t heap_start, heap_end;   /* brk: exact, not rounded (row A-02) */
    vaddr_t mmap_top;               /* mmap searches downward from here */
    vaddr_t stack_top;
    u64 total_pages;                /* of all areas: RLIMIT_AS */
    u64 data_pages;                 /* private writable: RLIMIT_DATA */
    u64 locked_pages;
    u64 stack_limit;                /* bytes; what the last fault was told */
    u32 default_flags;              /* VM_LOCKED after mlockall(MCL_FUTURE) */
    u32 membarrier_ready;           /* what membarrier(2) was told of; atomic */

    /* set by exec, read for /proc */
    vaddr_t arg_start, arg_end, env_start, env_end, code_start, code_end;
    vaddr_t data_start, data_end;   /* the file's part of the last segment */
    vaddr_t auxv_start, auxv_end;   /* on the stack: core files repeat it */

    struct spinlock ptl;            /* RANK_PAGETABLE */
    /* guarded by ptl; single words may be read bare */
    u64 resident;                   /* pages mapped */
    u64 peak_resident;
    u64 walk_region;                /* the 2 MiB that user memory was last
                                     * reached in, or NO_REGION ... */
    const u64 *walk_table;                /* ... and its table of entries */
};

#define NO_REGION   (~0ul)

/* Programs may map [VM_USER_START, USER_END). */
#define VM_USER_START   0x10000ul   /* Linux's vm.mmap_min_addr */

/* What stays unmapped below a growing stack (Linux: stack_guard_gap). */
#define VM_STACK_GUARD  (256 * PAGE_SIZE)

/* Most areas of one address space (Linux: vm.max_map_count). */
#define VM_AREAS_MAX    65530

/* Limits that the caller's process is under, in bytes (getrlimit(2)). */
struct vm_limits {
    u64 as, data, stack, memlock;
};

struct vm *vm_create(void);                 /* empty; NULL: out of memory */
void vm_get(struct vm *vm);
void vm_put(struct vm *vm);                 /* may sleep */

/*
 * fork: a copy whose private pages are shared until written.  One pass over
 * the page tables and one TLB flush.  -ENOMEM leaves `from` as it was.
 */
int vm_fork(struct vm *from, struct vm **out);

/* Unmap everything; the address space stays usable.  May sleep. */
void vm_clear(struct vm *vm);

struct vm_map {
    vaddr_t addr;                   /* hint, or where with VM_MAP_FIXED */
    size_t size;                    /* bytes, rounded up */
    u32 flags;                      /* VM_* of the area */
    u32 how;                        /* VM_MAP_* */
    struct vmobj *obj;              /* NULL: anonymous */
    struct file *file;
    u64 offset;                     /* page-aligned, bytes */
    const char *name;
};
#define VM_MAP_FIXED        1       /* replace what is there */
#define VM_MAP_NOREPLACE    2       /* with FIXED: -EEXIST instead */
#define VM_MAP_POPULATE     4
#define VM_MAP_GROWSDOWN    8

/*
 * Map; the address.  Takes its own references on obj and file.  mmap(2):
 * -EINVAL (size 0, misaligned), -EPERM (below VM_USER_START), -ENOMEM (no room
 * or beyond user space, limits, areas, more than all RAM), -EAGAIN
 * (RLIMIT_MEMLOCK), -EEXIST.  `l` may be NULL: no limits.  May sleep.
 */
s64 vm_map(struct vm *vm, const struct vm_map *m, const struct vm_limits *l);

/* munmap(2): -EINVAL misaligned or outside; holes are fine; -ENOMEM if a split
 * needs an area and there is none. */
int vm_unmap(struct vm *vm, vaddr_t start, size_t size);

/* mprotect(2): -ENOMEM for holes and beyond RLIMIT_DATA (`l` as in vm_map),
 * -EACCES, -EINVAL. */
int vm_protect(struct vm *vm, vaddr_t start, size_t size, u32 prot,
               const struct vm_limits *l);

/*
 * mremap(2); the new address, or -EINVAL, -EFAULT (the old range is no part of
 * one area), -ENOMEM, -EAGAIN (RLIMIT_MEMLOCK).
 */
#define MREMAP_MAYMOVE      1
#define MREMAP_FIXED        2
#define MREMAP_DONTUNMAP    4
struct vm_remap {
    vaddr_t old, new;               /* new: with MREMAP_FIXED or a hint */
    u64 old_size, new_size;         /* bytes, rounded up */
    unsigned how;                   /* MREMAP_* */
};
s64 vm_remap(struct vm *vm, const struct vm_remap *r,
             const struct vm_limits *l);

/* madvise(2): -EINVAL, -ENOMEM (holes; the rest was done). */
int vm_advise(struct vm *vm, vaddr_t start, u64 size, int advice);

/* msync(2): -EINVAL, -ENOMEM (holes), -EBUSY (locked, MS_INVALIDATE), and the
 * errors of writing the files. */
int vm_sync(struct vm *vm, vaddr_t start, u64 size, unsigned flags);

/*
 * mlock(2) and its relatives: -ENOMEM (holes, limit), -EPERM (no right to lock
 * anything), -EAGAIN (pages could not be had), -EINVAL.
 */
enum vm_lock_how { VM_UNLOCK, VM_LOCK, VM_LOCK_ON_FAULT };
int vm_lock_range(struct vm *vm, vaddr_t start, u64 size,
                  enum vm_lock_how how, const struct vm_limits *l);

/* mlockall(2) with MCL_* flags; 0: munlockall(2). */
#define MCL_CURRENT 1
#define MCL_FUTURE  2
#define MCL_ONFAULT 4
int vm_lock_all(struct vm *vm, unsigned mcl_flags, const struct vm_limits *l);

/* mincore(2): one byte a page to vec (a kernel buffer of that many bytes);
 * -EINVAL, -ENOMEM (holes). */
int vm_mincore(struct vm *vm, vaddr_t start, u64 size, u8 *vec);

/* brk(2), Linux's way: the new break, or the old one if it can't be.  The
 * caller of exec sets heap_start and heap_end. */
vaddr_t vm_brk(struct vm *vm, vaddr_t addr, const struct vm_limits *l);

/*
 * Fault in all pages of [start, end) that are not there, for writing where the
 * areas allow it; skips holes.  The first error: -ENOMEM, or -EFAULT for a page
 * that cannot be had.  May sleep.
 */
int vm_populate(struct vm *vm, vaddr_t start, vaddr_t end);

/*
 * The first page at or behind *at and below `end` that holds anything but the
 * zeroes of memory that nobody touched: its address goes to *at, a copy to
 * `to`; false: there is none.  No page is made, except that files are read.
 * Whatever the protection.  Both addresses are page-aligned.  May sleep.
 */
bool vm_peek_page(struct vm *vm, vaddr_t *at, vaddr_t end, void *to);

/* What kind of access failed. */
enum vm_access { VM_ACCESS_READ = VM_READ, VM_ACCESS_WRITE = VM_WRITE,
                 VM_ACCESS_EXEC = VM_EXEC };

/* Why a fault could not be mended: how the upper layer words its signal. */
struct vm_fault_info {
    int code;                       /* SEGV_MAPERR 1, SEGV_ACCERR 2, BUS_ADRERR
                                     * 2 ... of si_code */
    bool bus;                       /* SIGBUS rather than SIGSEGV */
    bool oom;                       /* no memory: the OOM killer has chosen */
    const char *words;              /* "store to a read-only page" */
};

/*
 * Make `addr` accessible as asked, if the areas allow it: demand zero, file
 * page, copy on write, stack growth (up to stack_limit bytes), or nothing (a
 * spurious fault).  0, or -EFAULT with info filled.  May sleep.
 */
int vm_fault(struct vm *vm, vaddr_t addr, enum vm_access access,
             u64 stack_limit, struct vm_fault_info *info);

/* The address space of the running thread (the thread's arch.space), NULL in
 * kernel threads. */
static inline struct vm *current_vm(void);

/* The area containing addr, or NULL; vm->lock held. */
struct area *vm_find_area_locked(struct vm *vm, vaddr_t addr);

/* Of pages that are there; vm_count_pages() adds those of an area to them.
 * vm->lock is held. */
struct vm_pages {
    u64 resident;
    u64 of_objects;                 /* the others are private memory */
    u64 shared;                     /* mapped more than once */
    u64 share;                      /* sum of the bytes that are its own, if
                                     * all who map a page have an equal part
                                     * of it; << VM_SHARE_SHIFT */
};
#define VM_SHARE_SHIFT 12
void vm_count_pages(struct vm *vm, const struct area *a, struct vm_pages *sum);

/* The pages from va on, below USER_END, as words of proc_pid_pagemap(5): the
 * number of the frame, and these.  May sleep. */
#define VM_PAGE_PRESENT     (1ul << 63)
#define VM_PAGE_OF_OBJECT   (1ul << 61)
void vm_read_pagemap(struct vm *vm, vaddr_t va, u64 *entries, size_t count);

/* Assert: areas sorted and disjoint, counts right, entries agree with areas
 * and page references.  vm->lock held. */
void vm_check(struct vm *vm);

#include "kernel/thread.h"

static inline struct vm *current_vm(void)
{
    struct arch_space *s = current_thread()->arch.space;
    return s ? container_of(s, struct vm, space) : NULL;
}

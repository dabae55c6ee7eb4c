/*
 * test_vm_random.c - a few processes that map, write, fork, unmap, protect,
 * move and truncate at random, against a model that knows every page's byte.
 * sources: mm/page.c mm/buddy.c mm/pagecopy.c mm/debug.c mm/slab.c
 * sources: mm/slab_debug.c mm/kmalloc.c mm/pagemap.c mm/vmobj.c mm/vmobj_io.c
 * sources: mm/area.c mm/pte.c mm/pte_unmap.c mm/vm.c mm/map.c mm/protect.c
 * sources: mm/remap.c mm/advise.c mm/fault.c mm/fault_object.c mm/populate.c
 * sources: mm/oom.c mm/table.c mm/uaccess.c mm/iter.c kernel/riscv/pgtable.c
 * sources: kernel/lib/avl.c kernel/lib/bitmap.c
 */
#include "harness.h"

#include "vm_host.h"

#define WINDOW      48              /* pages that are played with ... */
#define STRIDE      97              /* ... so far apart: several tables */
#define PROCESSES   4
#define OBJECTS     2
#define OBJECT_PAGES 16u

/* The window is in pieces of 8 pages, which lie STRIDE pages apart. */
static vaddr_t address(unsigned page)
{
    return AT(page / 8 * 8 * STRIDE + page % 8);
}

struct model_page {
    bool mapped, shared, copied;
    u8 prot;
    s8 object;                      /* -1: anonymous */
    u8 index;                       /* in the object */
    u8 value;                       /* private memory */
};

struct process {
    struct vm *vm;                  /* NULL: none */
    struct model_page pages[WINDOW];
};

static struct process processes[PROCESSES];
static struct vmobj *objects[OBJECTS];
static u8 contents[OBJECTS][OBJECT_PAGES];
static u64 sizes[OBJECTS];          /* in pages */

static u64 below(u64 n)
{
    return xorshift_below(&host_random, n);
}

/* VM_READ, VM_WRITE: all combinations, but mostly both. */
static u8 random_protection(void)
{
    return MIN(below(8), (u64)RW);
}

/* A range of one piece of the window. */
static unsigned random_range(unsigned *pages)
{
    unsigned first = below(WINDOW);

    *pages = 1 + below(8 - first % 8);
    return first;
}

/* What the model says a load gives; -1: a fault. */
static int expected(const struct model_page *m)
{
    bool own = m->object < 0 || m->copied;

    if (!m->mapped || !(m->prot & RW))
        return -1;
    if (own)
        return m->value;
    return m->index < sizes[m->object] ? contents[m->object][m->index] : -1;
}

static void try_load(struct process *p, unsigned page)
{
    assert_int_equal(load(p->vm, address(page)), expected(&p->pages[page]));
}

static void try_store(struct process *p, unsigned page)
{
    struct model_page *m = &p->pages[page];
    u8 value = 1 + below(255);
    bool own = m->object < 0 || m->copied;
    bool can = m->mapped && m->prot & VM_WRITE &&
               (own || m->index < sizes[m->object]);

    assert_int_equal(store(p->vm, address(page), value), can);
    if (!can)
        return;
    if (m->shared) {
        contents[m->object][m->index] = value;
    } else {
        m->copied = m->object >= 0;
        m->value = value;
    }
}

static void random_map(struct process *p)
{
    unsigned pages, first = random_range(&pages);
    struct model_page m = { .mapped = true, .prot = random_protection(),
                            .object = (s8)below(OBJECTS + 2) - 2 };
    struct vm_map how = { .addr = address(first), .size = pages * PAGE_SIZE,
                          .how = VM_MAP_FIXED };

    if (m.object >= 0) {
        m.shared = below(2);
        m.index = below(OBJECT_PAGES - pages + 1);
        how.obj = objects[m.object];
        how.offset = m.index * PAGE_SIZE;
    } else {
        m.object = -1;
    }
    how.flags = m.prot | VM_MAY_WRITE | (m.shared ? VM_SHARED : 0);
    assert_int_equal(vm_map(p->vm, &how, NULL), how.addr);
    for (unsigned i = 0; i < pages; i++, m.index++)
        p->pages[first + i] = m;
}

static void random_unmap(struct process *p)
{
    unsigned pages, first = random_range(&pages);

    assert_int_equal(vm_unmap(p->vm, address(first), pages * PAGE_SIZE), 0);
    memset(&p->pages[first], 0, pages * sizeof(p->pages[0]));
}

static void random_protect(struct process *p)
{
    unsigned pages, first = random_range(&pages), i;
    u8 prot = random_protection();
    int result = vm_protect(p->vm, address(first), pages * PAGE_SIZE, prot,
                            NULL);

    for (i = 0; i < pages && p->pages[first + i].mapped; i++)
        p->pages[first + i].prot = prot;
    assert_int_equal(result, i < pages ? -ENOMEM : 0);
}

static void random_dontneed(struct process *p)
{
    unsigned pages, first = random_range(&pages);
    bool hole = false;

    for (unsigned i = first; i < first + pages; i++) {
        hole |= !p->pages[i].mapped;
        p->pages[i].copied = false;
        p->pages[i].value = 0;
    }
    assert_int_equal(vm_advise(p->vm, address(first), pages * PAGE_SIZE, 4),
                     hole ? -ENOMEM : 0);
}

/* Move one page to another place. */
static void random_move(struct process *p)
{
    unsigned from = below(WINDOW), to = below(WINDOW);

    if (from == to)
        return;
    s64 at = remap(p->vm, address(from), 1, 1, MREMAP_MAYMOVE | MREMAP_FIXED,
                   address(to));
    if (!p->pages[from].mapped) {
        assert_int_equal(at, -EFAULT);
        return;
    }
    assert_int_equal(at, address(to));
    p->pages[to] = p->pages[from];
    p->pages[from] = (struct model_page){ 0 };
}

/* Truncation takes private copies, too. */
static void lose_copies(struct process *p, s8 object, u64 size)
{
    for (unsigned i = 0; i < WINDOW; i++) {
        struct model_page *m = &p->pages[i];

        if (m->object == object && m->index >= size)
            m->copied = false;
    }
}

static void random_truncate(void)
{
    unsigned o = below(OBJECTS);
    u64 size = below(OBJECT_PAGES + 1);

    vmobj_set_size(objects[o], size * PAGE_SIZE);
    for (u64 i = size; i < OBJECT_PAGES; i++)
        contents[o][i] = 0;
    sizes[o] = size;
    for (unsigned i = 0; i < PROCESSES; i++)
        lose_copies(&processes[i], o, size);
}

static void random_punch(void)
{
    unsigned o = below(OBJECTS), first = below(OBJECT_PAGES);

    vmobj_drop_pages(objects[o], first, first + 3);
    for (unsigned i = first; i < MIN(first + 3, OBJECT_PAGES); i++)
        contents[o][i] = 0;
}

/* Over whichever process there is in the other's place. */
static void random_fork(struct process *p)
{
    struct process *child = &processes[below(PROCESSES)];

    if (child == p)
        return;
    if (child->vm)
        vm_put(child->vm);
    *child = *p;
    assert_int_equal(vm_fork(p->vm, &child->vm), 0);
}

static void random_exit(struct process *p)
{
    unsigned alive = 0;

    for (unsigned i = 0; i < PROCESSES; i++)
        alive += !!processes[i].vm;
    if (alive < 2)
        return;
    vm_put(p->vm);
    p->vm = NULL;
}

/* Loads and stores most of the time, so that there is something to lose. */
static void step(struct process *p)
{
    static void (*const changes[])(struct process *p) = {
        random_map, random_map, random_map, random_unmap, random_protect,
        random_protect, random_protect, random_dontneed, random_move,
        random_fork, random_fork, random_exit,
    };
    unsigned change = below(40);

    if (change < ARRAY_SIZE(changes))
        changes[change](p);
    else if (change == 38)
        random_truncate();
    else if (change == 39)
        random_punch();
    else if (change % 2)
        try_load(p, below(WINDOW));
    else
        try_store(p, below(WINDOW));
}

/* All there is, in tables and in memory. */
static void check_all(void)
{
    for (unsigned i = 0; i < PROCESSES; i++)
        if (processes[i].vm)
            check(processes[i].vm);
    for (unsigned o = 0; o < OBJECTS; o++)
        page_map_check(&objects[o]->pages);
}

static void begin_world(void)
{
    memset(processes, 0, sizeof(processes));
    memset(contents, 0, sizeof(contents));
    for (unsigned o = 0; o < OBJECTS; o++) {
        sizes[o] = OBJECT_PAGES;
        objects[o] = vmobj_create_anon(OBJECT_PAGES * PAGE_SIZE);
    }
    processes[0].vm = vm_create();
}

static void end_world(void)
{
    for (unsigned i = 0; i < PROCESSES; i++)
        if (processes[i].vm)
            vm_put(processes[i].vm);
    for (unsigned o = 0; o < OBJECTS; o++) {
        assert_int_equal(objects[o]->refs, 1);
        vmobj_put(objects[o]);
    }
}

static void test_R25_random_lives(void **state)
{
    begin_world();
    for (int i = 0; i < 60000; i++) {
        struct process *p = &processes[below(PROCESSES)];
        if (!p->vm)
            continue;
        step(p);
        check_all();
        if (i % 512 == 0 && p->vm)
            for (unsigned page = 0; page < WINDOW; page++)
                try_load(p, page);
    }
    end_world();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_R25_random_lives, begin_test,
                                        end_test),
    };

    host_memory_begin(6000);
    return host_run(tests);
}

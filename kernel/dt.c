/*
 * dt.c - the machine from the device tree.  What a tree leaves out stays zero
 * and is done without; only memory and a hart are indispensable.
 */
#include "kernel/params.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/fdt.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"

#define DT_SIZE_MAX (1ul << 20)
#define TIMEBASE_MAX (10 * NSEC_PER_SEC)        /* Hz */

/* The cause of supervisor external interrupts, in "interrupts-extended". */
#define SUPERVISOR_EXTERNAL 9

struct machine machine;

static struct fdt tree;

/* The part that the direct map reaches: what is beyond is not used. */
static struct phys_range reachable(u64 start, u64 size)
{
    start = MIN(start, (u64)DIRECT_SIZE);
    return (struct phys_range){ start,
                                start + MIN(size, DIRECT_SIZE - start) };
}

static void reserve(u64 start, u64 size)
{
    struct phys_range r = reachable(start, size);

    if (r.start == r.end)
        return;
    if (machine.reserved_count == MAX_RESERVED) {
        log_warning("device tree: more than %d reserved ranges", MAX_RESERVED);
        return;
    }
    machine.reserved[machine.reserved_count++] = r;
}

/* Whole pages, and none of them in two banks. */
static void add_bank(u64 start, u64 size)
{
    struct phys_range r = reachable(start, size);

    r.start = page_up(r.start);
    r.end = page_down(r.end);
    if (r.start >= r.end)
        return;
    for (unsigned i = 0; i < machine.bank_count; i++)
        if (r.start < machine.banks[i].end && machine.banks[i].start < r.end) {
            log_warning("device tree: RAM at %#lx-%#lx twice", r.start, r.end);
            return;
        }
    if (machine.bank_count == MAX_BANKS)
        log_warning("device tree: more than %d banks of RAM", MAX_BANKS);
    else
        machine.banks[machine.bank_count++] = r;
}

static bool device_type_is(const struct fdt_node *node, const char *type)
{
    const char *s = fdt_read_string(&tree, node, "device_type");

    return s && !strcmp(s, type);
}

static void read_memory(const struct fdt_node *node)
{
    struct fdt_range r;

    for (u32 i = 0; !fdt_read_reg(&tree, node, i, &r); i++)
        add_bank(r.base, r.size);
}

/* The interrupt controllers inside the harts, as others refer to them. */
static u32 hart_intc[MAX_HARTS];
static bool last_hart_taken;            /* the walk's last "cpu" is one of ours */

/* A hart that can run Larch: one with an MMU. */
static void read_hart(const struct fdt_node *node)
{
    struct fdt_range id;
    const char *isa = fdt_read_string(&tree, node, "riscv,isa");
    const char *mmu = fdt_read_string(&tree, node, "mmu-type");

    last_hart_taken = false;
    if (!mmu || !strcmp(mmu, "riscv,none") || !fdt_is_enabled(&tree, node))
        return;
    if (fdt_read_reg(&tree, node, 0, &id) || machine.hart_count == MAX_HARTS)
        return;
    last_hart_taken = true;
    machine.hartids[machine.hart_count++] = id.base;
    if (isa && !machine.isa[0])
        str_copy(machine.isa, isa, sizeof(machine.isa));
}

/* It comes behind the hart that it is in. */
static void read_hart_intc(const struct fdt_node *node)
{
    u64 phandle;

    if (last_hart_taken && fdt_read_number(&tree, node, "phandle", &phandle))
        hart_intc[machine.hart_count - 1] = phandle;
}

static void read_chosen(const struct fdt_node *node)
{
    struct fdt_prop p;
    u64 start, end;
    const char *args = fdt_read_string(&tree, node, "bootargs");

    if (args)
        str_copy(machine.bootargs, args, sizeof(machine.bootargs));
    if (fdt_find_prop(&tree, node, "rng-seed", &p)) {
        machine.seed_size = MIN(p.length, sizeof(machine.seed));
        memcpy(machine.seed, p.data, machine.seed_size);
    }
    if (fdt_read_number(&tree, node, "linux,initrd-start", &start) &&
        fdt_read_number(&tree, node, "linux,initrd-end", &end) && start < end) {
        machine.initrd = (struct phys_range){ start, end };
        reserve(start, end - start);
    }
}

static u64 uart_parent;                 /* the controller of its interrupt */

static void read_uart(const struct fdt_node *node)
{
    struct fdt_range reg;
    u64 value;

    if (machine.uart || fdt_read_reg(&tree, node, 0, &reg))
        return;
    machine.uart = reg.base;
    machine.uart_width = 1;
    if (fdt_read_number(&tree, node, "reg-shift", &value))
        machine.uart_shift = MIN(value, 3ul);
    if (fdt_read_number(&tree, node, "reg-io-width", &value) && value == 4)
        machine.uart_width = 4;
    if (fdt_read_number(&tree, node, "interrupts", &value))
        machine.uart_irq = value;
    fdt_read_number(&tree, node, "interrupt-parent", &uart_parent);
}

/* There may be one in each socket; it is used to which the UART is wired. */
static struct fdt_node plic_nodes[4];
static unsigned plic_count;

static void note_plic(const struct fdt_node *node)
{
    if (plic_count < ARRAY_SIZE(plic_nodes))
        plic_nodes[plic_count++] = *node;
}

static const struct fdt_node *choose_plic(void)
{
    u64 phandle;

    for (unsigned i = 0; i < plic_count; i++)
        if (fdt_read_number(&tree, &plic_nodes[i], "phandle", &phandle) &&
            phandle == uart_parent)
            return &plic_nodes[i];
    return plic_count ? &plic_nodes[0] : NULL;
}

static void set_context(u32 phandle, u32 context)
{
    for (unsigned i = 0; i < machine.hart_count; i++)
        if (hart_intc[i] == phandle)
            machine.plic_context[i] = context;
}

/*
 * "interrupts-extended" lists, context by context, a hart's interrupt
 * controller and the interrupt raised there: 9 is the supervisor's.
 */
static void read_plic_contexts(const struct fdt_prop *p)
{
    u32 phandle, irq;

    for (u32 i = 0; fdt_prop_cell(p, 2 * i, &phandle) &&
                    fdt_prop_cell(p, 2 * i + 1, &irq); i++)
        if (irq == SUPERVISOR_EXTERNAL)
            set_context(phandle, i);
}

/* When the harts and the UART are known. */
static void read_plic(void)
{
    const struct fdt_node *node = choose_plic();
    struct fdt_range reg;
    struct fdt_prop p;

    if (!node || fdt_read_reg(&tree, node, 0, &reg))
        return;
    machine.plic = reg.base;
    machine.plic_size = reg.size;
    if (fdt_find_prop(&tree, node, "interrupts-extended", &p))
        read_plic_contexts(&p);
}

static void read_base(const struct fdt_node *node, paddr_t *base)
{
    struct fdt_range reg;

    if (!*base && !fdt_read_reg(&tree, node, 0, &reg))
        *base = reg.base;
}

static void read_virtio(const struct fdt_node *node)
{
    struct fdt_range reg;
    u64 irq = 0;

    if (machine.virtio_count == MAX_VIRTIO ||
        fdt_read_reg(&tree, node, 0, &reg))
        return;
    fdt_read_number(&tree, node, "interrupts", &irq);
    machine.virtio[machine.virtio_count].base = reg.base;
    machine.virtio[machine.virtio_count++].irq = irq;
}

static void read_rtc(const struct fdt_node *node)
{
    read_base(node, &machine.rtc);
}

static void read_test_device(const struct fdt_node *node)
{
    read_base(node, &machine.test_device);
}

static const struct {
    const char *compatible;
    void (*read)(const struct fdt_node *node);
} devices[] = {
    { "ns16550a", read_uart },
    { "snps,dw-apb-uart", read_uart },
    { "riscv,plic0", note_plic },
    { "sifive,plic-1.0.0", note_plic },
    { "riscv,cpu-intc", read_hart_intc },
    { "google,goldfish-rtc", read_rtc },
    { "sifive,test0", read_test_device },
    { "virtio,mmio", read_virtio },
};

static void read_device(const struct fdt_node *node)
{
    if (!fdt_is_enabled(&tree, node))
        return;
    for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
        if (fdt_is_compatible(&tree, node, devices[i].compatible)) {
            devices[i].read(node);
            return;
        }
    }
}

/* Children of /reserved-memory: what the firmware keeps for itself. */
static void read_reserved(const struct fdt_node *node)
{
    struct fdt_range r;

    for (u32 i = 0; !fdt_read_reg(&tree, node, i, &r); i++)
        reserve(r.base, r.size);
}

static void read_node(const struct fdt_node *node, bool in_reserved)
{
    u64 value;

    if (node->depth == 0) {
        const char *model = fdt_read_string(&tree, node, "model");
        str_copy(machine.model, model ? model : "unknown",
                 sizeof(machine.model));
    } else if (in_reserved) {
        read_reserved(node);
    } else if (device_type_is(node, "memory")) {
        read_memory(node);
    } else if (device_type_is(node, "cpu")) {
        read_hart(node);
    } else if (!strcmp(node->name, "chosen")) {
        read_chosen(node);
    } else if (!strcmp(node->name, "cpus")) {
        if (fdt_read_number(&tree, node, "timebase-frequency", &value))
            machine.timebase = value;
    } else {
        read_device(node);
    }
}

static void read_reservations(void)
{
    struct fdt_range r;

    for (u32 i = 0; fdt_reservation(&tree, i, &r); i++)
        reserve(r.base, r.size);
}

static const char *missing_part(void)
{
    if (!machine.bank_count)
        return "no memory";
    if (!machine.hart_count)
        return "no hart with an MMU";
    if (!machine.timebase || machine.timebase > TIMEBASE_MAX)
        return "no sensible timebase-frequency";
    return NULL;
}

int dt_read(const void *dtb)
{
    struct fdt_walk walk = FDT_WALK_START;
    int reserved_depth = INT_MAX;

    for (unsigned i = 0; i < MAX_HARTS; i++)
        machine.plic_context[i] = ~0u;
    plic_count = 0;
    uart_parent = 0;
    last_hart_taken = false;
    if (fdt_open(&tree, dtb, DT_SIZE_MAX)) {
        log_error("device tree: not one, or broken");
        return -EINVAL;
    }
    reserve(virt_to_phys(dtb), tree.size);
    read_reservations();
    while (fdt_next_node(&tree, &walk)) {
        if (walk.node.depth <= reserved_depth)
            reserved_depth = INT_MAX;
        read_node(&walk.node, walk.node.depth > reserved_depth);
        if (!strcmp(walk.node.name, "reserved-memory"))
            reserved_depth = walk.node.depth;
    }
    read_plic();
    if (missing_part()) {
        log_error("device tree: %s", missing_part());
        return -EINVAL;
    }
    return 0;
}

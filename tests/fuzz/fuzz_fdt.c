/*
 * fuzz_fdt.c - device trees.
 * sources: kernel/lib/fdt.c kernel/lib/fdt_walk.c
 */
#include "fuzz.h"

#include <string.h>

#include "kernel/lib/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/fdt.h"

static bool in_blob(const struct fdt *fdt, const void *p, size_t size)
{
    const u8 *start = p;

    return start >= fdt->blob && start <= fdt->blob + fdt->size &&
           size <= (size_t)(fdt->blob + fdt->size - start);
}

/* What a driver would ask of a node; every byte given out is inside. */
static void check_node(const struct fdt *fdt, const struct fdt_node *node)
{
    static const char *const names[] = {
        "reg", "compatible", "status", "device_type", "interrupts",
        "riscv,isa", "bootargs", "rng-seed", "linux,initrd-start",
        "timebase-frequency",
    };
    struct fdt_range range;
    struct fdt_prop prop;
    const char *s;
    u64 number;

    assert(in_blob(fdt, node->name, strlen(node->name) + 1));
    assert(node->depth >= 0 && node->depth < FDT_DEPTH_MAX);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (!fdt_find_prop(fdt, node, names[i], &prop))
            continue;
        assert(in_blob(fdt, prop.data, prop.length));
        assert(strcmp(prop.name, names[i]) == 0);
        fdt_prop_number(&prop, &number);
        for (u32 k = 0; (s = fdt_prop_string(&prop, k)) != NULL; k++)
            assert(in_blob(fdt, s, strlen(s) + 1));
    }
    for (u32 i = 0; i < 4; i++)
        if (fdt_read_reg(fdt, node, i, &range) == 0)
            assert(range.base + range.size >= range.base);
    fdt_is_compatible(fdt, node, "ns16550a");
    fdt_is_enabled(fdt, node);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct fdt_walk walk = FDT_WALK_START;
    struct fdt_range range;
    struct fdt_node node;
    struct fdt fdt;
    u32 nodes = 0;

    int error = fdt_open(&fdt, data, size);
    assert(error == 0 || error == -EINVAL);
    if (error < 0)
        return 0;
    assert(fdt.size <= size);
    while (fdt_next_node(&fdt, &walk)) {
        check_node(&fdt, &walk.node);
        assert((nodes++ == 0) == (walk.node.depth == 0));
    }
    assert(nodes > 0 && walk.depth == -1);
    for (u32 i = 0; fdt_reservation(&fdt, i, &range); i++)
        assert(i < size / 16);
    assert(fdt_find_node(&fdt, "/", &node));
    if (fdt_find_node(&fdt, "/chosen", &node))
        check_node(&fdt, &node);
    if (fdt_find_node(&fdt, "serial0:115200", &node))
        check_node(&fdt, &node);
    if (fdt_find_phandle(&fdt, 1, &node))
        check_node(&fdt, &node);
    return 0;
}

/*
 * params.h - the machine as the device tree describes it (kernel/dt.c), and
 * the words of the boot command line.
 */
#pragma once

#include "arch.h"
#include "kernel/lib/types.h"

#define MAX_BANKS       16
#define MAX_RESERVED    32
#define MAX_VIRTIO      16

struct machine {
    struct phys_range banks[MAX_BANKS];         /* whole pages, no overlaps */
    unsigned bank_count;
    struct phys_range reserved[MAX_RESERVED];   /* firmware, tree, initrd */
    unsigned reserved_count;
    u64 hartids[MAX_HARTS];
    unsigned hart_count;
    u64 timebase;                   /* Hz */
    char isa[128];
    paddr_t uart;
    unsigned uart_irq, uart_shift, uart_width;
    u64 uart_clock;
    paddr_t plic;
    u64 plic_size;
    u32 plic_context[MAX_HARTS];    /* S-mode context of hart i, ~0: none */
    paddr_t rtc;
    paddr_t test_device;            /* sifive_test: ends the emulator */
    struct { paddr_t base; unsigned irq; } virtio[MAX_VIRTIO];
    unsigned virtio_count;
    struct phys_range initrd;
    u8 seed[64];                    /* rng-seed */
    unsigned seed_size;
    char bootargs[1024];
    char model[64];
};

extern struct machine machine;

/* Read the tree at `dtb` (direct map).  -EINVAL with a logged reason if it is
 * no device tree or lacks memory or harts. */
int dt_read(const void *dtb);

/*
 * The value of `name=value` on the command line, or "" for a bare `name`;
 * false if it is not there.  Cut to size.
 */
bool bootarg(const char *name, char *value, size_t size);
bool bootarg_u64(const char *name, u64 *value);

/* The i-th word of the command line, NULL past the last.  Cut to size. */
const char *bootarg_word(unsigned i, char *buf, size_t size);

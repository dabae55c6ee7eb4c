/*
 * machine.c - how the machine ends.  The test device of QEMU's virt board ends
 * the emulator with a status; where there is none, the firmware powers off.
 */
#include "kernel/panic.h"
#include "kernel/params.h"

/* sifive_test: what is written decides. */
#define TEST_PASS   0x5555
#define TEST_FAIL   0x3333      /* status << 16 above it */

static volatile u32 *test_device;

void machine_init(void)
{
    if (machine.test_device)
        test_device = arch_map_device(machine.test_device, PAGE_SIZE);
}

void machine_exit(unsigned status)
{
    if (test_device) {
        /* A failing status of 0 would pass: that is the other word. */
        *test_device = status & 0xff ? (status & 0xff) << 16 | TEST_FAIL
                                     : TEST_PASS;
        arch_halt();
    }
    arch_poweroff();
}

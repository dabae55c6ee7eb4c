/*
 * panic.h - the end: panic itself (lib/assert.h), symbols, and how the
 * emulator is told.
 */
#pragma once

#include "arch.h"
#include "kernel/lib/assert.h"

/* "name+0x12" of a kernel code address into buf. */
void ksym_format(u64 pc, char *buf, size_t size);

#define KSYM_NAME_MAX 64        /* longer names are cut */

/* The name of the function at an address; false: there is none. */
bool ksym_name(u64 pc, char *name, size_t size);

/* The i-th symbol, for /proc/kallsyms; false past the last. */
bool ksym_at(size_t i, u64 *address, char *name, size_t size);

/*
 * Called by panic() after the kernel's own backtrace, to print the user
 * program's: lwp/ registers it, as the core knows no process.
 */
void panic_set_user_report(void (*fn)(void));

/* Find the device that machine_exit() needs. */
void machine_init(void);

/* End the machine with an exit status for the emulator's caller. */
noreturn void machine_exit(unsigned status);

/* From the software interrupt: does not return if another hart has panicked. */
void panic_check_stop(void);

/* Print a backtrace of the running code to the log. */
void backtrace_log(const struct trapframe *tf);

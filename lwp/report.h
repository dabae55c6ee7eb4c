/* report.h - what kernel panics and fatal faults tell of the user program. */
#pragma once

#include "arch.h"

/* Register the report with kernel/panic.h. */
void report_init(void);

/*
 * Where the running program's functions were called from, inmost first: the
 * return addresses of at most 8 frames, as " /bin/sh+0x234 0x3f10100" (a place
 * in a file, or else the address); "" without any (row I-11).  It needs programs
 * that keep a frame pointer.  May sleep.
 */
void report_calls(const struct trapframe *tf, char *buf, size_t size);

/*
 * fuzz.h - one target a program.  libFuzzer calls it with inputs it invents,
 * replay.c with files, the unit tests with mutations of their own.
 *
 * A target treats the bytes as its consumer in the kernel would, and asserts
 * what the parser's header promises about everything it accepts.  Always 0.
 */
#pragma once

#include "kernel/lib/types.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

/* errno.h - the error numbers of errno.def, and their texts. */
#pragma once

enum errno_code {
#define E(name, number, text) name = number,
#include "kernel/lib/errno.def"
#undef E
};

/* The name ("ENOENT") of a positive error number; "E?" if it has none. */
const char *errno_name(int error);

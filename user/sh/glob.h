#pragma once

#include <stdbool.h>

#include "user/sh/mem.h"

/* Adds the names of existing files that the pattern matches, sorted.
 * False if there are none. Escapes as in pattern.h. */
bool glob_expand(const char *pattern, struct strings *names);

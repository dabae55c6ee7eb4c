#pragma once

#include <stdbool.h>
#include <sys/stat.h>

/* "drwxr-xr-x": what ls -l and stat show. */
void mode_text(mode_t mode, char text[11]);

/*
 * Applies a mode operand, octal or symbolic (chmod in POSIX: [ugoa][+-=]
 * [rwxXst], comma separated), to `old` and returns the new mode bits.
 * A bad operand ends the program.
 */
mode_t mode_apply(const char *text, mode_t old, bool directory);

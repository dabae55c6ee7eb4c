#pragma once

/* Takes one argument such as -eu, +x or -o (with the name in *next, which is
 * then used up). 0, or -1 after an error was said. */
int options_take(const char *arg, char ***next);

/* $-; in sh.scratch. */
const char *options_letters(void);

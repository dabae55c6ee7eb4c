#pragma once

/* The name in the next directory of a PATH; moves *dirs on. NULL after the
 * last one. In sh.scratch. */
char *path_next(const char **dirs, const char *name);

/* The program that a command's name means: a file that may be executed, by
 * $PATH if the name has no slash. NULL if there is none. In sh.scratch. */
char *path_find(const char *name);

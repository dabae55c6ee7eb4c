/*
 * place.h - a folder of one's own to make files in.
 */
#pragma once

#include <sys/types.h>

/* A fresh tmpfs, as the current folder. */
void place_enter(void);

/* Back to /; all that was made is gone. */
void place_leave(void);

/* A file that holds this text. */
void place_file(const char *name, const char *text);

/* The size of a file, which must be there. */
off_t place_size(const char *name);

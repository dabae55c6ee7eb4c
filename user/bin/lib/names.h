#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Users and groups by /etc/passwd and /etc/group.  musl's getpwnam() would
 * also talk to nscd over a socket, which costs 10 KiB in each program.
 */

enum name_kind { NAME_USER, NAME_GROUP };

/* Writes the name of the id, or the number itself if it has none. */
const char *name_of(enum name_kind kind, unsigned id, char *buf, size_t size);

/* Finds the id of a name, or reads a number; false if it is neither. */
bool id_of(enum name_kind kind, const char *name, unsigned *id);

/* The same, but an unknown name ends the program. */
unsigned id_arg(enum name_kind kind, const char *name);

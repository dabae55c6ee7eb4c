/* system.h - the names of the machine, for /proc. */
#pragma once

#include "kernel/lib/types.h"

#define NAME_SIZE 65            /* with the NUL, as in struct utsname */

/* What programs that were built for Linux may count on (uname(2)). */
#define SYSTEM_NAME     "Linux"
#define SYSTEM_RELEASE  "6.1.0-larch"
#define SYSTEM_VERSION  "Larch"

/* The names that sethostname(2) and setdomainname(2) set. */
enum system_name { SYSTEM_HOSTNAME, SYSTEM_DOMAINNAME };

void system_name_get(enum system_name which, char name[NAME_SIZE]);
/* -EINVAL: n >= NAME_SIZE. */
int system_name_set(enum system_name which, const char *name, size_t n);

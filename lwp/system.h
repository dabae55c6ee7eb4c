/* system.h - the names of the machine, for /proc. */
#pragma once

#define NAME_SIZE 65            /* with the NUL, as in struct utsname */

/* What programs that were built for Linux may count on (uname(2)). */
#define SYSTEM_NAME     "Linux"
#define SYSTEM_RELEASE  "6.1.0-larch"
#define SYSTEM_VERSION  "Larch"

/* sethostname(2)'s name. */
void system_hostname(char name[NAME_SIZE]);

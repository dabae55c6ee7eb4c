/* system.h - the names of the machine, for /proc. */
#pragma once

#define NAME_SIZE 65            /* with the NUL, as in struct utsname */

/* sethostname(2)'s name. */
void system_hostname(char name[NAME_SIZE]);

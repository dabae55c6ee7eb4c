/* Names of signals. */
#include "user/sh/signals.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <strings.h>

/* SIGHUP and so on, from the kernel's own list. */
#define S(name, number, action) [number] = #name,
static const char *const names[SIGNALS] = {
    S(SIGEXIT, 0, NONE)
#include "lwp/signal.def"
};
#undef S

const char *signal_name(int number)
{
    bool known = number >= 0 && number < SIGNALS && names[number];

    return known ? names[number] + 3 : NULL;
}

int signal_number(const char *name)
{
    if (isdigit((unsigned char)*name)) {
        char *end;
        long number = strtol(name, &end, 10);

        return *end || number >= SIGNALS ? -1 : (int)number;
    }
    for (int i = 0; i < SIGNALS; i++)
        if (names[i] && (strcasecmp(names[i], name) == 0
                         || strcasecmp(names[i] + 3, name) == 0))
            return i;
    return -1;
}

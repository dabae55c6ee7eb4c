/* plugin.c - plugin.so: loaded by dlopen(3), brings libown.so along. */
#include "tests/user/dynamic/own.h"

#include <unistd.h>

static __thread int calls;
static char zeroes[100000];             /* pages of .bss */

__attribute__((constructor)) static void construct(void)
{
    own_number += 100;
}

__attribute__((destructor)) static void destroy(void)
{
    own_number += 1000;
}

int plugin_run(int n)
{
    for (unsigned i = 0; i < sizeof(zeroes); i += 1000)
        n += zeroes[i];
    return own_add(n, ++calls);
}

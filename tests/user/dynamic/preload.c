/* preload.c - preload.so: for LD_PRELOAD, in front of libown.so. */
#include "tests/user/dynamic/own.h"

const char *own_name(void)
{
    return "preloaded";
}

/* alloc_host.h - what the stand-in for the allocators tells its tests. */
#pragma once

#include "mm/alloc.h"

/* Blocks of any kind allocated now; equal before and after: nothing leaked. */
extern size_t host_allocated;

/* slab_private.h - what kmalloc.c knows about caches, and tests. */
#pragma once

#include "mm/page.h"
#include "mm/slab.h"

#define CACHES_MAX 128

/* The cache that a PAGE_SLAB page belongs to. */
struct cache *cache_of_page(const struct page *page);

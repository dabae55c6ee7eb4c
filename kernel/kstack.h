/* kstack.h - kernel stacks: mapped once, with a guard below, then recycled. */
#pragma once

#include "kernel/lib/types.h"

/* The top (exclusive) of a free stack; 0: out of memory.  May sleep. */
vaddr_t kstack_alloc(void);

/* Any context that may take RANK_KSTACK. */
void kstack_free(vaddr_t top);

/* Pages in stacks that nobody uses now; free memory, for leak checks. */
size_t kstack_free_pages(void);

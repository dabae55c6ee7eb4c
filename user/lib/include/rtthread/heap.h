/*
 * heap.h - memory (lwp.md row K-02): the C library's heap, so blocks may go
 * from one to the other.  Thread-safe; no function blocks for long.
 */
#pragma once

#include <rtdef.h>

/*
 * `size` bytes, aligned to 16.  RT_NULL if out of memory, or for 0 bytes.
 * Errors of this file are -RT_ENOMEM, or -RT_EINVAL for an impossible alignment.
 */
void *rt_malloc(rt_size_t size);

/* Give a block back. RT_NULL does nothing. */
void rt_free(void *block);

/*
 * Make a block of `size` bytes of it, moving it if need be; RT_NULL makes a new one,
 * `size` 0 frees it and gives RT_NULL.  When out of memory, RT_NULL: the block
 * stays as it was.
 */
void *rt_realloc(void *block, rt_size_t size);

/* `count` times `size` bytes, all 0. RT_NULL as of rt_malloc(). */
void *rt_calloc(rt_size_t count, rt_size_t size);

/*
 * `size` bytes at a multiple of `align`, a power of two; for rt_free_align().
 * RT_NULL also if `align` is none.
 */
void *rt_malloc_align(rt_size_t size, rt_size_t align);

/* Give a block of rt_malloc_align() back. RT_NULL does nothing. */
void rt_free_align(void *block);

/* A copy of a string, for rt_free(). RT_NULL if out of memory, or of RT_NULL. */
char *rt_strdup(const char *s);

/*
 * Bytes: the machine's memory, how many blocks of these functions hold now, and
 * the most they ever held.  Blocks that malloc() made and rt_free() took, or the
 * other way round, make the figures wrong.  Any pointer may be RT_NULL.
 */
void rt_memory_info(rt_size_t *total, rt_size_t *used, rt_size_t *max_used);

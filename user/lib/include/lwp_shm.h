/*
 * lwp_shm.h - shared memory by key (lwp.md rows D-01..D-13). Link with -llwp.
 *
 * Errors leave their reason in errno, and the RT-Thread code of it in
 * rt_get_errno(). No function blocks.
 */
#pragma once

#include <stddef.h>

/*
 * The id of the segment called `key`.  One that is there is found whatever
 * `size` and `create` say.  Else, with `create`, it is made: `size` bytes,
 * rounded up to a power of two of pages, all zero.
 *
 * An id >= 0, or -1: ENOENT there is none, EINVAL size 0, ENOSPC or ENOMEM.
 */
int lwp_shmget(size_t key, size_t size, int create);

/*
 * Map the whole segment for reading and writing; at `shm_vaddr`, a multiple of
 * the page size, or where there is room if that is NULL.  A segment can be
 * attached several times, and is shared over fork.
 *
 * The address, or NULL: EINVAL no such id or an odd address, ENOMEM.
 */
void *lwp_shmat(int id, void *shm_vaddr);

/*
 * Unmap what lwp_shmat() gave.  The segment and what is in it remain.
 *
 * 0, or -1: EINVAL nothing is attached there.
 */
int lwp_shmdt(void *shm_vaddr);

/*
 * Free a segment.  While it is attached anywhere, this succeeds and does
 * nothing.
 *
 * 0, or -1: EINVAL no such id.
 */
int lwp_shmrm(int id);

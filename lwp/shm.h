/*
 * shm.h - lwp_shm: shared memory found by a key and named by a small number, as
 * RT-Thread Smart has it (seed 001; lwp.md rows D-01 to D-12).
 *
 * A segment is zeroed memory of a power of two pages.  Up to 4 MiB it is one
 * block, set aside at once: whoever has attached it will not be told later that
 * there is no memory.  Only if it is larger, or free memory was in pieces, its
 * pages come as they are touched.  It stays until it is removed, whoever made
 * it.  There are neither owners nor permissions: a program that knows the
 * number may attach and remove (shmget(2) is for those who want more).
 *
 * Programs attach by mapping, so who is attached is what maps the segment's
 * object: fork adds, munmap, exec and any kind of exit take away, and nothing
 * needs to be counted.  Kernel threads attach to the direct map.
 *
 * The functions below are for the kernel; the system calls of the same names
 * are for programs, and give -errno as well.
 */
#pragma once

#include "kernel/lib/types.h"

#define LWP_SHM_MAX 64          /* segments; RT-Smart's RT_LWP_SHM_MAX_NR */

/*
 * The id of the segment with this key; if there is none and `create`, of a new
 * one of `size` bytes, rounded up.  -ENOENT (none, and not to be made), -EINVAL
 * (size 0), -ENOSPC (LWP_SHM_MAX segments), -ENOMEM.  May sleep.
 */
int lwp_shmget(size_t key, size_t size, bool create);

/*
 * Remove a segment.  As long as somebody is attached nothing happens, and that
 * is no error either (row D-06).  The id freed last is given out first.
 * -EINVAL: there is none of that id.  May sleep.
 */
int lwp_shmrm(int id);

/*
 * Attach for a kernel thread: the segment's address, NULL if there is none of
 * that id or it is not one block.  `hint` is what programs may wish for; it is
 * not used.
 */
void *lwp_shmat(int id, void *hint);

/* End that.  -EINVAL: the kernel has attached no segment there. */
int lwp_shmdt(const void *address);

/* The address that lwp_shmat() would give, without attaching: good as long as
 * somebody else is. */
void *lwp_shminfo(int id);

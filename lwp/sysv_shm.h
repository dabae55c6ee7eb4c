/*
 * sysv_shm.h - System V shared memory, between sysv_shm.c (segments, attaching)
 * and sysv_shmctl.c (shmctl(2), /proc).
 *
 * A segment is an object of sysv.h and a memory object in one.  The memory
 * object's references decide: one is the segment's own until IPC_RMID, the
 * others are the areas'; with the last one the segment leaves the table.
 */
#pragma once

#include "lwp/sysv.h"
#include "mm/vmobj.h"

/* Bits of the mode beside the permissions. */
#define SHM_DEST        01000       /* goes with its last attachment */
#define SHM_LOCKED      02000

struct shm {
    struct sysv_object object;      /* first */
    struct vmobj memory;

    /* set at birth, then constant */
    size_t size;                    /* bytes, as asked for */
    pid_t creator;

    /* guarded by object.lock */
    pid_t last_user;                /* who attached or detached last; 0 */
    s64 attach_time, detach_time;   /* seconds since 1970, 0: never */
    char name[24];                  /* in /proc/PID/maps, from the first
                                     * attachment on */
};

/* struct shmid64_ds of asm-generic/shmbuf.h. */
struct shm_status {
    struct sysv_perm perm;
    size_t size;
    s64 attach_time, detach_time, change_time;
    pid_t creator, last_user;
    u64 attached;
    u64 unused[2];
};
_Static_assert(sizeof(struct shm_status) == 112, "as user programs have it");
#define SHM_STAT        13

extern struct sysv_table shm_table;

/* The table's describe(). */
void shm_describe(struct sysv_object *o, void *status);

static inline struct shm *shm_of(struct sysv_object *o)
{
    return container_of(o, struct shm, object);
}

/* Limits, as /proc/sys/kernel/shmmax (bytes) and shmall (pages) set them;
 * atomic. */
extern u64 shm_size_limit, shm_pages_limit;

/* Pages of all segments, and how many of them are there; atomic. */
extern u64 shm_pages_total, shm_pages_resident;

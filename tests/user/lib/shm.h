/*
 * shm.h - shared memory: the system calls of lwp_shm, as lwp/syscalls.def has
 * them (-1 and errno where they fail), and System V's.
 */
#pragma once

#include "tests/user/lib/tap.h"

#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/syscall.h>

static inline int shm_get(size_t key, size_t size, int create)
{
    return syscall(1034, key, size, create);
}

/* NULL if it fails. */
static inline char *shm_at(int id, void *hint)
{
    long result = syscall(1035, id, hint);

    return result == -1 ? NULL : (char *)result;
}

static inline int shm_dt(const void *address)
{
    return syscall(1036, address);
}

static inline int shm_rm(int id)
{
    return syscall(1037, id);
}

/* A line of /proc/lwp_shm; false: that segment is not there. */
struct shm_line {
    unsigned long key, paddr, size;
    int id, attached, creator;
};
bool shm_find(int id, struct shm_line *line);

/* A segment of that size, which no other test has, attached. */
char *shm_new(size_t size, int *id);

/* --- System V --- */

/* A private segment, its one attachment, its status, its end; all succeed. */
int seg_new(size_t size);
char *seg_attach(int id);
struct shmid_ds seg_stat(int id);
void seg_remove(int id);

bool seg_exists(int id);

#define BAD ((char *)-1)

#define CHECK_NOT_ATTACHED(id, address, flags, error) \
    do { \
        errno = 0; \
        CHECK(shmat(id, (void *)(address), flags) == BAD); \
        CHECK_EQ(errno, error); \
    } while (0)

/* shm.c - shared memory by key: lwp_shm.h. */
#include "user/lib/lwp/result.h"

#include <lwp_shm.h>
#include <lwp_syscalls.h>

int lwp_shmget(size_t key, size_t size, int create)
{
    return (int)__lwp_posix_result(sys_lwp_shmget(key, size, create));
}

void *lwp_shmat(int id, void *shm_vaddr)
{
    long address = __lwp_posix_result(sys_lwp_shmat(id, shm_vaddr));

    return address == -1 ? NULL : (void *)address;
}

int lwp_shmdt(void *shm_vaddr)
{
    return (int)__lwp_posix_result(sys_lwp_shmdt(shm_vaddr));
}

int lwp_shmrm(int id)
{
    return (int)__lwp_posix_result(sys_lwp_shmrm(id));
}

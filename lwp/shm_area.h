/*
 * shm_area.h - what lwp_shm and System V shared memory have in common: to be
 * attached is to have areas that map a segment's object.
 */
#pragma once

#include "mm/vm.h"

/*
 * The object with these ops that the address space has attached at addr,
 * with a reference; NULL.  munmap(2) may have cut the attachment's beginning
 * off, addr is where it was.  Sleeps.
 */
struct vmobj *shm_lookup(struct vm *vm, vaddr_t addr,
                         const struct vmobj_ops *ops);

/*
 * Unmap in the running process what is left of the attachment at addr.  Its
 * object, with a reference; NULL: none is there.  Sleeps.
 */
struct vmobj *shm_detach(vaddr_t addr, const struct vmobj_ops *ops);

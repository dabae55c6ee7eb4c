/*
 * shm_area.h - what lwp_shm and System V shared memory have in common: to be
 * attached is to have areas that map a segment's object.
 */
#pragma once

#include "mm/vm.h"

/*
 * Unmap in the running process what is left of the attachment at addr: where
 * its beginning is, or was before munmap(2) cut that off.  Its object, with a
 * reference; NULL: none with these ops is there.  Sleeps.
 */
struct vmobj *shm_detach(vaddr_t addr, const struct vmobj_ops *ops);

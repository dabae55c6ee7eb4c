/* uaccess_host.h - holes in the host's idea of user memory. */
#pragma once

#include "mm/uaccess.h"

/* Let [start, start + size) be unmapped for user copies; size 0: no hole. */
void host_user_hole(const void *start, size_t size);

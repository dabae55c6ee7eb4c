/* usage.h - what processes have used, as getrusage(2) and times(2) give it. */
#pragma once

#include "lwp/lwp.h"

/* Store as struct rusage (getrusage(2)); -EFAULT. */
int must_check usage_to_user(uptr_t to, const struct lwp_usage *u);

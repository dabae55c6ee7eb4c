/* oom.h - lwp/'s side of mm/oom.h. */
#pragma once

#include "kernel/lib/types.h"

/* Register the choice of a victim. */
void lwp_oom_init(void);

/* How much would be won by its end, in pages, with what oom_adjust adds or takes
 * away; the greatest is chosen, 0 never.  Any context. */
struct lwp;
u64 lwp_oom_badness(struct lwp *lwp);

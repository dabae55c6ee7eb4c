/* oom.h - lwp/'s side of mm/oom.h. */
#pragma once

/* Register the choice of a victim. */
void lwp_oom_init(void);

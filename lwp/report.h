/* report.h - what a kernel panic tells of the user program. */
#pragma once

/* Register the report with kernel/panic.h. */
void report_init(void);

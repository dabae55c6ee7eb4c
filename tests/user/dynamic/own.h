/* own.h - what the libraries of the test of dynamic programs offer. */
#pragma once

extern int own_number;              /* the program may have its own */
extern int own_constructed;         /* by libown's constructor: 1 */
extern __thread int own_local;      /* 7 in each new thread */

int own_add(int a, int b);
const char *own_name(void);         /* LD_PRELOAD replaces it */

/* In plugin.so, which needs libown.so. */
int plugin_run(int n);              /* own_add(n, calls by this thread) */

/*
 * selftest.h - tests of the core from the inside, for what no user program can
 * see.  Boot with selftest=all, or with the name of one; some of them are meant
 * to panic, and are only run by name.
 */
#pragma once

/*
 * Run what the boot argument names and end the machine with the result as its
 * exit status; return at once if there is no such argument.  The results go to
 * the log as TAP.
 */
void selftest_run(void);

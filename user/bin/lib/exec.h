#pragma once

#include <sys/types.h>

/*
 * Programs that run others: env, nice, nohup, setsid, time, timeout, xargs,
 * find, strace.  Statuses are POSIX's: 127 not found, 126 not executable.
 */

/* Replaces this program, or dies with 126 or 127. */
_Noreturn void exec_or_die(char **argv);

/* Starts a child; dies if it cannot.  exec failures are the child's status. */
pid_t spawn(char **argv);

/* Waits for it; returns its exit status, or 128 + signal. */
int wait_for(pid_t pid);

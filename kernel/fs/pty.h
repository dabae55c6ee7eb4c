/*
 * pty.h - pseudo-terminals (pty(7)).
 *
 * Each open of /dev/ptmx makes a pair.  The slave, /dev/pts/N, is a terminal
 * like any other (tty.h); what its programs write, the master reads, and what
 * is written to the master is typed at the slave.  Closing the master hangs the
 * slave up.
 */
#pragma once

#define PTY_MAX 256                 /* pairs at a time; then -ENOSPC */

void pty_init(void);                /* /dev/ptmx and devpts; boot only */

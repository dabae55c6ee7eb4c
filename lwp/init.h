/* init.h - the first process. */
#pragma once

/*
 * Start the layer of processes and the first of them: the program named by
 * init=PATH on the boot command line, or /init, /sbin/init, /bin/init.  Stops
 * the machine with a message if none of them runs.  Called once, by a kernel
 * thread, when files and devices are there.
 */
void lwp_start_init(void);

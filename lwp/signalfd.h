/*
 * signalfd.h - reading signals from a file: signalfd(2) (rows G-20, A-37).
 */
#pragma once

struct lwp;

/* A signal was queued for the process: wake who polls a signalfd for it.
 * signal.lock may be held. */
void signalfd_wake(struct lwp *lwp);

void signalfd_init(void);

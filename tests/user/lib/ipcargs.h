/*
 * ipcargs.h - arguments at random for the calls that processes talk to each
 * other by: channels, segments, queues, semaphores, RT objects.  What is made by
 * one call is used by others: by its id, descriptor, key or name, while it is
 * there and afterwards.
 */
#pragma once

#include "tests/user/lib/calls.h"

#define IPC_NAMES 4             /* of channels, queues; keys of segments */

/* Names of message queues. */
extern const char *const ipc_queues[IPC_NAMES];

/* Is this call one of them? */
bool ipc_is_call(const struct call *call);

/* Fails the test if one of them is unknown here, or one known is missing. */
void ipc_check_plans(void);

/* Ids that all processes use, for children to share; before the first call. */
void ipc_share_ids(void);

/*
 * Make a call of them with arguments that could be right; with `hostile`, some
 * are replaced by what could not.  Pointers lead into the arena (hostile.h).
 * The result, or -errno.
 */
long ipc_call(const struct call *call, bool hostile);

/* Name the calls that have always failed so far. */
void ipc_show_idle(void);

/* A descriptor, of a channel more often than not: alive, closed or forged. */
int ipc_any_fd(void);
void ipc_keep_fd(int fd);

/* Descriptors above the ones in use here, which messages have brought. */
void ipc_drop_strangers(void);

/*
 * sigstack.h - alternate signal stacks: sigaltstack(2).
 */
#pragma once

#include "lwp/siginfo.h"

/* Is the stack pointer on it? Never, for one with SS_AUTODISARM: it is switched
 * off while a handler runs there. */
bool sigstack_holds(const struct sigstack *stack, u64 sp);

/* What a program is shown: with SS_ONSTACK or SS_DISABLE. */
struct sigstack sigstack_at(const struct sigstack *stack, u64 sp);

/* Replace it.  -EPERM while sp is on the old one, -EINVAL for unknown flags,
 * -ENOMEM if it is too small. */
int sigstack_set(struct sigstack *stack, const struct sigstack *to, u64 sp);

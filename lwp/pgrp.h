/*
 * pgrp.h - moving processes between groups: for setpgid(2).
 */
#pragma once

#include "lwp/session.h"

/* Unpublished, with one reference; NULL: out of memory. */
struct pgrp *pgrp_create(void);

/* Give it its leader's number; session_lock is held in all that follow. */
void pgrp_publish_locked(struct pgrp *g, struct lwp *leader, struct session *s);

/* Join a group (the process is in none); leave the present one. */
void pgrp_join_locked(struct pgrp *g, struct lwp *p);
void pgrp_leave_locked(struct lwp *p);

#pragma once

#include "user/sh/ast.h"

/* What a descriptor was before it was redirected. */
struct saved_fd {
    struct saved_fd *next;
    int fd;
    int copy;                   /* -1: it was not open */
};

/*
 * Carries out redirections in order. 0, or -1 after saying what failed; those
 * done so far stand. If saved is not NULL, the old descriptors are kept on
 * that list, in sh.scratch, for one of the functions below.
 */
int redirs_apply(const struct redir *redirs, struct saved_fd **saved);
void redirs_restore(struct saved_fd *saved);
/* Makes the redirections permanent, for `exec`. */
void redirs_keep(struct saved_fd *saved);

/* Moves a descriptor of the shell's own out of the scripts' way, and closes
 * it on exec. Returns where it is now. */
int fd_hide(int fd);

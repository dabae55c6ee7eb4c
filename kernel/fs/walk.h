/*
 * walk.h - the state of a walk along a name, for those who do something else
 * with the last component than look it up.  Private to kernel/fs.
 */
#pragma once

#include "kernel/fs/vfs.h"
#include "mm/alloc.h"

struct walk {
    struct path at;             /* how far it got */
    bool borrowed;              /* it has no reference on `at`, but the place
                                 * where it began has */
    const char *rest;           /* of the name: what is still to go */
    char *buffer;               /* `rest` points into it, after a link */
    unsigned links;             /* followed so far */
};

/*
 * Walking without locks.  Between walk_enter() and walk_leave() no dentry or
 * mount that was found goes away (its memory waits: walk_wait()), though it may
 * be removed or moved meanwhile.  Moves and mounts make the walk worthless:
 * walk_leave() says so.  Interrupts are disabled; no waiting of any kind.
 */
u32 walk_enter(u64 *irqs);
bool walk_leave(u32 entered, u64 irqs);    /* false: the tree has changed */

/* Wait for all harts that are in a walk now; before freeing what they may have
 * found. */
void walk_wait(void);

/* Around every move and mount, with the tree lock held. */
void tree_change_begin(void);
void tree_change_end(void);

/*
 * Go over as many components as possible without locks: as long as they are
 * cached, searchable, and no links or "..".  With last_too also over the last
 * one, if no slash follows it.  w->at and w->rest say how far it got.
 */
void walk_skip(struct walk *w, bool last_too);

/* Begin at base (NULL: the working directory) or, for absolute names, at the
 * root.  `name` must stay until walk_end(). */
void walk_begin(struct walk *w, const struct path *base, const char *name);
void walk_end(struct walk *w);

/* Take a reference on w->at if there is none. */
static inline void walk_own(struct walk *w)
{
    if (w->borrowed)
        path_get(&w->at);
    w->borrowed = false;
}

/* As walk_end(), but w->at with its references goes to the caller. */
static inline struct path walk_finish(struct walk *w)
{
    walk_own(w);
    if (unlikely(w->buffer))
        kfree(w->buffer);
    return w->at;
}

/*
 * Go on until only the last component is left: w->at is then the directory it
 * stands in, searchable for the running thread, and *last says what it is.
 */
int walk_to_last(struct walk *w, struct last *last);

/*
 * Go over one component.  0: w->at is there.  WALK_AGAIN: it was a symbolic
 * link to be followed, and w->rest says where it leads.
 */
#define WALK_AGAIN 1
int walk_over(struct walk *w, const struct last *component, bool follow);

/* Go to the end, over the last component too. */
int walk_slowly(struct walk *w, bool follow);

static inline int walk_rest(struct walk *w, bool follow)
{
    return *w->rest ? walk_slowly(w, follow) : 0;
}

/* Follow the link d that stands in w->at; WALK_AGAIN, or 0 after a jump. */
int walk_link(struct walk *w, struct dentry *d, bool slash);

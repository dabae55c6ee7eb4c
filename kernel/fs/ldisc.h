/*
 * ldisc.h - a terminal's line discipline as data: bytes from the line become
 * edited input, bytes from programs become what the line gets (termios(3)).
 * Pure; the terminal's lock guards it.
 */
#pragma once

#include "kernel/fs/termios.h"

#define SIGINT  2
#define SIGQUIT 3
#define SIGTSTP 20

#define LDISC_SIZE 4096             /* bytes of input kept; a power of two */

struct ldisc {
    struct termios termios;
    /* Takes what is to be shown; already processed for output. */
    void (*show)(struct ldisc *l, const char *text, size_t n);
    /* A signal's key throws away output that waits; may be NULL. */
    void (*drop_output)(struct ldisc *l);

    /*
     * Input: counters that only grow.  [tail, canon) are finished lines (or all
     * input when not canonical), [canon, head) is the line being edited.  A
     * mark says that a line ends with this byte; a marked NUL is an end of
     * file and not itself read.
     */
    u32 tail, canon, head;
    u8 buf[LDISC_SIZE];
    u64 marks[LDISC_SIZE / 64];

    bool literal;                   /* the next byte is just a byte (^V) */
    bool stopped;                   /* output is, by ^S */
    unsigned column;                /* where the cursor is, for tabs */
    unsigned line_column;           /* where it was when the line began */
};

/* Settings as a fresh terminal has them; empty. */
void ldisc_init(struct ldisc *l,
                void (*show)(struct ldisc *l, const char *text, size_t n));

/*
 * A byte from the line.  The signal that it means for the foreground group
 * (SIGINT, SIGQUIT, SIGTSTP), 0: none.
 */
int ldisc_receive(struct ldisc *l, u8 c);

/* The line was broken off (IGNBRK, BRKINT, PARMRK); as ldisc_receive(). */
int ldisc_break(struct ldisc *l);

/* Bytes kept, for a sender that can be held off (IXOFF). */
static inline size_t ldisc_used(const struct ldisc *l)
{
    return l->head - l->tail;
}

/*
 * Shall ldisc_receive() be called?  Not when it is full of what a reader can
 * have.  An unfinished line that fills it all must go on: it loses what is
 * typed (and rings, with IMAXBEL) until it is ended or erased.
 */
bool ldisc_has_room(const struct ldisc *l);

/*
 * It is full, and these wait.  Some keys must work all the same: a signal's
 * throws away what is before it, in here and in src, so that all that can be
 * taken: how many bytes.  A ^Q starts the output again but stays.
 */
size_t ldisc_overtake(struct ldisc *l, const u8 *src, size_t n, int *sig);

/* Bytes that a read may have now: without a finished line none, in canonical
 * mode. */
size_t ldisc_available(const struct ldisc *l);

/* Is there something to return, if only an end of file? */
bool ldisc_readable(const struct ldisc *l);

/*
 * Take up to n bytes, in canonical mode at most to the end of a line: *end
 * says that it came.  The bytes taken; with *end, 0 is an end of file.
 */
size_t ldisc_take(struct ldisc *l, u8 *buf, size_t n, bool *end);

/* Change the settings; input that is there becomes readable when the mode
 * changes. */
void ldisc_set_termios(struct ldisc *l, const struct termios *t);

void ldisc_flush_input(struct ldisc *l);

/*
 * Process src for output (OPOST): bytes stored in dst, never more than room;
 * *used says how many of src they stand for.
 */
size_t ldisc_expand(struct ldisc *l, const u8 *src, size_t n, char *dst,
                    size_t room, size_t *used);

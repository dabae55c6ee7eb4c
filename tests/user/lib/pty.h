/*
 * pty.h - a pseudo-terminal to test with: the test plays the one who types.
 */
#pragma once

#include "tests/user/lib/child.h"

#include <termios.h>

struct pty {
    int master, slave;
};

/* A pair; the slave is open, canonical, and nobody's controlling terminal. */
struct pty pty_open(void);
void pty_close(struct pty *p);

/* The name of the slave, in a static buffer. */
const char *pty_name(int master);

/* Clear and set flags: c_iflag, c_oflag, c_lflag. */
void pty_iflag(int fd, tcflag_t clear, tcflag_t set);
void pty_oflag(int fd, tcflag_t clear, tcflag_t set);
void pty_lflag(int fd, tcflag_t clear, tcflag_t set);
void pty_key(int fd, int which, cc_t key);

/* Not canonical, no echo, no signals, no output processing. */
void pty_raw(int fd, int min, int tenths);

void pty_type(int master, const char *text);

/* A read must give exactly this text; "" is an end of file. */
void pty_expect(int fd, const char *text);

/* There is nothing to read. */
void pty_expect_nothing(int fd);

/* The running process becomes leader of a session with this terminal. */
void pty_login(int slave);

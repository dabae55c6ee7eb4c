/*
 * unix.h - sockets by name, for tests.  A name that begins with '@' is abstract.
 */
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

/* The pair that a test is about. */
extern int pair[2];
void make_pair(int type);

int try_bind(int fd, const char *name);
int try_connect(int fd, const char *name);

/* A socket that listens; one that is connected. */
int listener(int type, const char *name, int backlog);
int client(int type, const char *name);

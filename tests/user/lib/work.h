/*
 * work.h - pieces of work for processes under stress.  Each checks what it
 * does, leaves nothing behind, and stands it that it, or any process it has
 * started, is stopped, killed or refused resources at any moment.
 */
#pragma once

#include "tests/user/lib/child.h"

struct work {
    const char *name;
    void (*body)(void);
};

extern const struct work works[];
extern const int work_count;

/* A piece at random.  Deeper calls of it, from children of a piece of work, do
 * nothing beyond a certain depth. */
void work_any(void);

/* --- for the pieces themselves --- */

/* errno says that there is not enough of something: no mistake. */
bool work_scarce(void);

/* fork(); the child has its own random numbers.  -1 if there is no room. */
pid_t work_fork(void);

/* The same; it does not survive its parent, as it never ends by itself. */
pid_t work_fork_bound(void);

/* Wait for its end: exit 0, or a SIGKILL that was not ours.  Whether it was an
 * exit. */
bool work_wait(pid_t pid);

/* Up to n bytes, whatever signals come: fewer at the end of the file or when
 * the other side is gone. */
size_t work_read(int fd, void *buf, size_t n);
size_t work_write(int fd, const void *buf, size_t n);

/* Bytes that follow from a number. */
void work_pattern(unsigned char *buf, size_t n, uint64_t number);
void work_check_pattern(const unsigned char *buf, size_t n, uint64_t number);

/* Private memory; NULL if there is no room. */
void *work_memory(size_t size);

/* The pieces. */
void work_map(void), work_cow(void), work_shared(void), work_file_map(void),
     work_stack(void);
void work_threads(void), work_condition(void), work_end_of_group(void),
     work_futex(void);
void work_children(void), work_vfork(void), work_arguments(void),
     work_stop(void), work_group(void), work_orphans(void), work_kill(void);
void work_pipe(void), work_pty(void), work_poll(void), work_file(void),
     work_names(void);
void work_timer(void), work_queue(void), work_suspend(void), work_alarm(void);

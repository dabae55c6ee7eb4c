/* callshow.h - system calls of another process as lines of text. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#define LINE_SIZE 512

/* A line that grows; what does not fit is left out. */
struct line {
    size_t length;
    char text[LINE_SIZE];
};

void line_add(struct line *line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * "name(arg, arg": call `number` of a stopped tracee, its strings shown up to
 * so many bytes.
 */
void show_call(struct line *line, pid_t tid, unsigned long number,
               const unsigned long long *args, size_t string_size);

/* "= 3", "= -1 ENOENT (No such file or directory)". */
void show_result(struct line *line, long long result);

/* "SIGCHLD {si_signo=SIGCHLD, ...}" of a tracee stopped by a signal. */
void show_signal(struct line *line, pid_t tid, int signo);

/* "SIGCHLD" or "SIGRT_3". */
const char *full_signal_name(int signo);

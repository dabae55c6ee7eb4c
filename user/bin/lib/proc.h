#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "user/bin/lib/util.h"

/* Processes and system figures out of /proc; formats: Linux's proc(5). */

struct process {
    int pid;
    int ppid;
    int pgrp;
    int session;
    int tty;            /* device number, 0 for none */
    int uid;
    int priority;
    int nice;
    int threads;
    char state;
    char name[64];
    unsigned long long ticks;       /* user and system time, USER_HZ */
    unsigned long long start;       /* ticks after boot */
    unsigned long long memory;      /* resident bytes */
    unsigned long long size;        /* bytes of address space */
};

/*
 * Calls fn for each process, by increasing pid.  Processes that end
 * meanwhile are left out.  Ends the program if /proc cannot be read.
 */
void for_each_process(void (*fn)(const struct process *process, void *arg),
                      void *arg);

/* The command line with blanks between the arguments, or "[name]". */
const char *process_command(const struct process *process, char *buf,
                            size_t size);

/* True if pid's short name, or its argv[0]'s last part, is `name`. */
bool process_is(const struct process *process, const char *name);

/* "1:02:03" from clock ticks; the hours only when there are any. */
const char *ticks_text(unsigned long long ticks, char buf[24]);

/* A value in bytes from /proc/meminfo; 0 if there is no such line. */
unsigned long long memory_figure(const char *name);

/* Reads a small file into buf; returns its length or -1 with errno. */
ssize_t read_small_file(const char *path, char *buf, size_t size);

/*
 * Calls fn for each line of /proc/mounts with its first four fields: device,
 * directory, type, options.  Ends the program if it cannot be read.
 */
void for_each_mount(void (*fn)(char *field[4]));

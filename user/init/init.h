#pragma once

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

/* What init.c and run.c, the scripted run of a single job, share. */

/* The console's settings at the start, if it is a terminal at all. */
extern struct termios console_modes;
extern bool have_modes;

/* "init: what: why" on the console, in one write. */
void say(const char *what, const char *why);

/*
 * Starts a program in a session of its own with the console as terminal;
 * returns its pid, or -1 after a message.  `mark` is written as soon as keys
 * reach the program.
 */
pid_t start(const char *path, char *const argv[], const char *mark);

/* A line on the standard output; NULL: nothing. */
void write_mark(const char *mark);

/*
 * Waits for that child; reaps others and obeys signals meanwhile.  Returns
 * its exit status, or 128 + the signal that ended it.
 */
int wait_job(pid_t job);

/* SIGKILL for all other processes; waits a little until they are gone. */
void kill_all(void);

/* Writes everything to the disks and calls reboot(2). */
_Noreturn void end_machine(int command, int status);

/* Runs the command in `file` as the only job and ends the machine. */
_Noreturn void run_job(const char *file);

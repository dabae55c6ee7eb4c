#pragma once

#include <stdbool.h>
#include <sys/types.h>

/*
 * Jobs: the processes of one pipeline. With job control each job is a process
 * group and the terminal belongs to the foreground one. Where the kernel or
 * the console has no job control all stay in the shell's group; nothing else
 * changes.
 */
struct process {
    pid_t pid;
    int status;                 /* from wait */
    bool done;
    bool stopped;
};

struct job {
    struct job *next;           /* the most recent job is first */
    int id;                     /* as in %1 */
    pid_t group;                /* 0: the shell's own */
    bool background;
    bool changed;               /* has ended or stopped, not yet reported */
    int count;
    struct process *processes;
    char *text;
};

enum job_state {
    JOB_RUNNING,
    JOB_STOPPED,
    JOB_DONE,
};

/* Takes the terminal, if there is one, and starts job control. Without
 * `asked` it says nothing when that is not possible. */
void jobs_start_control(bool asked);
void jobs_stop_control(void);

/* A job without processes; text may be NULL. */
struct job *job_create(const char *text, bool background);
void job_remove(struct job *job);

/* Forks a process of the job: 0 in the child, where signals, traps and the
 * terminal are as a command expects; -1 after an error was said. */
pid_t job_fork(struct job *job);
/* The same, but in the shell's own process group: for substitutions. */
pid_t job_fork_inside(struct job *job);

/* Waits until the foreground job has ended or stopped and takes the terminal
 * back. Its status; the job is gone if it has ended. */
int job_wait(struct job *job);
/* Continues a job in the foreground or background. */
int job_continue(struct job *job, bool background);
/* Notes a new background job: $!, and its number if interactive. */
void job_announce(struct job *job);
/* Notes that a signal was sent which sets the stopped job going again. */
void job_note_resumed(struct job *job);

enum job_state job_state(const struct job *job);
/* The status as in $?. */
int job_status(const struct job *job);
void job_print(const struct job *job, bool pids);

/* The job that %n, %%, %+, %-, %name means, or NULL after an error. */
struct job *job_find(const char *text);
struct job *job_find_pid(pid_t pid);
/* The most recent job; NULL if there is none. */
struct job *jobs_first(void);
bool jobs_any_stopped(void);

/* Takes note of all that has happened, without waiting. */
void jobs_poll(void);
/* Waits for any child to change state. -1 if there is none or a signal came,
 * with errno set. */
int jobs_wait_any(void);
/* Reports what has happened in the background; before a prompt. */
void jobs_report(void);

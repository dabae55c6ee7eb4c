/* Jobs: processes, their groups, and the terminal. */
#include "user/sh/jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "user/sh/mem.h"
#include "user/sh/out.h"
#include "user/sh/redir.h"
#include "user/sh/shell.h"
#include "user/sh/trap.h"

/* Ended background jobs whose status may still be asked for. */
#define KEPT_MAX 64

static struct job *jobs;
static bool control;            /* job control is on, in this very process */
static int terminal = -1;
static pid_t shell_group;
static struct termios modes;    /* of the terminal, when the shell has it */

struct job *jobs_first(void)
{
    return jobs;
}

/* Waits to be in the foreground: a shell started in the background stops
 * here. False if the terminal has no process groups. */
static bool own_terminal(void)
{
    for (int tries = 0; tries < 10; tries++) {
        pid_t owner = tcgetpgrp(terminal);

        if (owner < 0)
            return false;
        if (owner == getpgrp())
            return true;
        kill(0, SIGTTIN);
    }
    return false;
}

void jobs_start_control(bool asked)
{
    static bool complained;

    if (control)
        return;
    if (terminal < 0) {
        int fd = open("/dev/tty", O_RDWR);
        terminal = fd_hide(fd >= 0 ? fd : dup(STDIN_FILENO));
    }
    trap_stop_signals(false);
    control = own_terminal();
    shell_group = getpid();
    if (control && getpgrp() != shell_group)
        control = setpgid(0, shell_group) == 0;
    trap_stop_signals(true);
    control = control && tcsetpgrp(terminal, shell_group) == 0
              && tcgetattr(terminal, &modes) == 0;
    sh.opt[OPT_MONITOR] = control;
    trap_own_signals();
    if (!control && asked && !complained) {
        sh_warn("no job control here");
        complained = true;
    }
}

void jobs_stop_control(void)
{
    control = false;
    sh.opt[OPT_MONITOR] = false;
    trap_own_signals();
}

enum job_state job_state(const struct job *job)
{
    bool stopped = false;

    for (int i = 0; i < job->count; i++) {
        if (!job->processes[i].done && !job->processes[i].stopped)
            return JOB_RUNNING;
        stopped |= !job->processes[i].done;
    }
    return stopped ? JOB_STOPPED : JOB_DONE;
}

static int process_status(const struct process *process)
{
    if (WIFSTOPPED(process->status))
        return 128 + WSTOPSIG(process->status);
    if (WIFSIGNALED(process->status))
        return 128 + WTERMSIG(process->status);
    return WEXITSTATUS(process->status);
}

int job_status(const struct job *job)
{
    int last = job->count - 1;

    if (last < 0)
        return 2;
    while (sh.opt[OPT_PIPEFAIL] && last > 0
           && process_status(&job->processes[last]) == 0)
        last--;
    if (sh.opt[OPT_PIPEFAIL] && process_status(&job->processes[last]) == 0)
        return 0;
    return process_status(&job->processes[last]);
}

void job_remove(struct job *job)
{
    struct job **link = &jobs;

    while (*link != job)
        link = &(*link)->next;
    *link = job->next;
    free(job->processes);
    free(job->text);
    free(job);
}

/* Drops the oldest ended jobs that nobody asked for. */
static void prune(void)
{
    int kept = 0;

    for (struct job *job = jobs, *next; job; job = next) {
        next = job->next;
        if (job_state(job) == JOB_DONE && ++kept > KEPT_MAX)
            job_remove(job);
    }
}

struct job *job_create(const char *text, bool background)
{
    struct job *job = xmalloc(sizeof(*job));

    if (background) {
        jobs_poll();
        prune();
    }
    memset(job, 0, sizeof(*job));
    for (const struct job *other = jobs; other; other = other->next)
        if (other->id > job->id)
            job->id = other->id;
    job->id++;
    job->background = background;
    job->text = xstrdup(text ? text : "");
    job->next = jobs;
    jobs = job;
    return job;
}

static void add_process(struct job *job, pid_t pid)
{
    size_t size = (job->count + 1) * sizeof(*job->processes);

    job->processes = xrealloc(job->processes, size);
    job->processes[job->count++] = (struct process){ .pid = pid };
}

/* Both sides of a fork do this, so that neither runs ahead of it. */
static void join_group(struct job *job, pid_t pid)
{
    if (!job->group)
        job->group = pid;
    setpgid(pid, job->group);
    if (!job->background)
        tcsetpgrp(terminal, job->group);
}

/* A child knows no jobs, and is not interactive. */
static void become_child(struct job *job, bool grouped)
{
    bool background = job->background && !grouped;

    sh.interactive = false;
    sh.subshell = true;
    control = false;
    sh.opt[OPT_MONITOR] = false;
    trap_in_child(background);
    while (jobs)
        job_remove(jobs);
    if (background) {
        int null = open("/dev/null", O_RDONLY);

        if (null > 0) {
            dup2(null, STDIN_FILENO);
            close(null);
        }
    }
}

/* `grouped`: in the job's process group, not in the shell's. */
static pid_t fork_process(struct job *job, bool grouped)
{
    bool first = job->count == 0;
    sigset_t all, before;

    out_flush();
    /* no signal reaches a child that is not yet prepared for it */
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    pid_t pid = fork();
    if (pid < 0)
        sh_fail(2, "cannot fork: %s", strerror(errno));
    if (grouped && pid >= 0)
        join_group(job, pid ? pid : getpid());
    if (pid == 0)
        become_child(job, grouped || !first);
    else if (pid > 0)
        add_process(job, pid);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return pid;
}

pid_t job_fork(struct job *job)
{
    return fork_process(job, control);
}

pid_t job_fork_inside(struct job *job)
{
    return fork_process(job, false);
}

struct job *job_find_pid(pid_t pid)
{
    for (struct job *job = jobs; job; job = job->next)
        for (int i = 0; i < job->count; i++)
            if (job->processes[i].pid == pid)
                return job;
    return NULL;
}

/* Notes what wait said of a process; those that are no job's are reaped. */
static void update(pid_t pid, int status)
{
    struct job *job = job_find_pid(pid);

    if (!job)
        return;
    for (int i = 0; i < job->count; i++) {
        struct process *process = &job->processes[i];

        if (process->pid != pid)
            continue;
        process->status = status;
        process->stopped = WIFSTOPPED(status);
        process->done = !process->stopped && !WIFCONTINUED(status);
    }
    job->changed = job_state(job) != JOB_RUNNING;
}

/* Without job control a stopped job is one that still runs. */
static int wait_flags(void)
{
    return control ? WUNTRACED | WCONTINUED : 0;
}

int jobs_wait_any(void)
{
    int status;
    pid_t pid = waitpid(-1, &status, wait_flags());

    if (pid < 0)
        return -1;
    update(pid, status);
    return 0;
}

void jobs_poll(void)
{
    int status;
    pid_t pid;

    if (!jobs)
        return;
    while ((pid = waitpid(-1, &status, WNOHANG | wait_flags())) > 0)
        update(pid, status);
}

/* Says what a signal did to a foreground job, as far as it is news. */
static void report_signal(const struct job *job)
{
    const struct process *last = &job->processes[job->count - 1];

    if (!last->done || !WIFSIGNALED(last->status))
        return;
    int signal = WTERMSIG(last->status);
    const char *core = WCOREDUMP(last->status) ? " (core dumped)" : "";
    if (signal == SIGINT && sh.interactive) {
        write_all(STDERR_FILENO, "\n", 1);
        sh.status = 128 + SIGINT;
        sh.flow = FLOW_INTERRUPT;
    } else if (signal != SIGINT && signal != SIGPIPE) {
        char text[80];
        int n = snprintf(text, sizeof(text), "%s%s\n", strsignal(signal), core);
        write_all(STDERR_FILENO, text, n);
    }
}

/* The terminal is the shell's again; a job that did not end by itself may
 * have left it in any mode. */
static void take_terminal(const struct job *job)
{
    const struct process *last = &job->processes[job->count - 1];

    if (!control || job->count == 0)
        return;
    tcsetpgrp(terminal, shell_group);
    if (last->done && WIFEXITED(last->status))
        tcgetattr(terminal, &modes);
    else
        tcsetattr(terminal, TCSADRAIN, &modes);
}

int job_wait(struct job *job)
{
    while (job_state(job) == JOB_RUNNING)
        if (jobs_wait_any() < 0 && errno != EINTR)
            break;
    int status = job_status(job);
    if (job->group)
        take_terminal(job);
    if (job_state(job) == JOB_STOPPED) {
        job->background = true;
        job->changed = false;
        write_all(STDERR_FILENO, "\n", 1);
        job_print(job, false);
        out_flush();
        return status;
    }
    if (job->count)
        report_signal(job);
    trap_forget_interrupt();
    job_remove(job);
    return status;
}

/* The job used last is %+. */
static void move_to_front(struct job *job)
{
    struct job **link = &jobs;

    while (*link != job)
        link = &(*link)->next;
    *link = job->next;
    job->next = jobs;
    jobs = job;
}

void job_note_resumed(struct job *job)
{
    for (int i = 0; i < job->count; i++)
        job->processes[i].stopped = false;
    job->changed = false;
}

int job_continue(struct job *job, bool background)
{
    job->background = background;
    job_note_resumed(job);
    move_to_front(job);
    out_flush();
    if (!background && job->group)
        tcsetpgrp(terminal, job->group);
    if (job->group)
        kill(-job->group, SIGCONT);
    return background ? 0 : job_wait(job);
}

void job_announce(struct job *job)
{
    if (job->count == 0) {
        job_remove(job);
        return;
    }
    sh.last_background = job->processes[job->count - 1].pid;
    if (sh.interactive) {
        char text[40];
        int n = snprintf(text, sizeof(text), "[%d] %d\n", job->id,
                         (int)sh.last_background);
        write_all(STDERR_FILENO, text, n);
    }
}

bool jobs_any_stopped(void)
{
    for (const struct job *job = jobs; job; job = job->next)
        if (job_state(job) == JOB_STOPPED)
            return true;
    return false;
}

void jobs_report(void)
{
    jobs_poll();
    for (struct job *job = jobs, *next; job; job = next) {
        next = job->next;
        if (job->changed)
            job_print(job, false);
        job->changed = false;
        if (job_state(job) == JOB_DONE)
            job_remove(job);
    }
    out_flush();
}

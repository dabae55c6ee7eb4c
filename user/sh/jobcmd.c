/* The commands about jobs: jobs, fg, bg, wait, kill. */
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "user/sh/builtin.h"
#include "user/sh/jobs.h"
#include "user/sh/out.h"
#include "user/sh/shell.h"
#include "user/sh/signals.h"
#include "user/sh/trap.h"

static struct job *find_numbered(int id)
{
    struct job *job = jobs_first();

    while (job && job->id != id)
        job = job->next;
    return job;
}

static struct job *find_text(const char *text)
{
    struct job *job = jobs_first();

    while (job && strncmp(job->text, text, strlen(text)) != 0)
        job = job->next;
    return job;
}

struct job *job_find(const char *text)
{
    const char *which = text + (*text == '%');
    struct job *job = jobs_first();

    if (*which == '-')
        job = job ? job->next : NULL;
    else if (isdigit((unsigned char)*which))
        job = find_numbered(atoi(which));
    else if (*which && *which != '+' && *which != '%')
        job = find_text(which);
    if (!job)
        sh_warn("%s: no such job", text);
    return job;
}

/* What `jobs` says of it; text is room for the answer. */
static const char *state_text(const struct job *job, char *text, size_t size)
{
    int status = job->count ? job->processes[job->count - 1].status : 0;

    if (job_state(job) == JOB_RUNNING)
        return "Running";
    if (job_state(job) == JOB_STOPPED)
        return "Stopped";
    if (WIFSIGNALED(status))
        return strsignal(WTERMSIG(status));
    if (WEXITSTATUS(status) == 0)
        return "Done";
    snprintf(text, size, "Done(%d)", WEXITSTATUS(status));
    return text;
}

void job_print(const struct job *job, bool pids)
{
    const struct job *first = jobs_first();
    char mark = job == first ? '+' : job == first->next ? '-' : ' ';
    char text[32];

    out_printf("[%d] %c ", job->id, mark);
    if (pids && job->count)
        out_printf("%d ", (int)job->processes[0].pid);
    out_printf("%-22s ", state_text(job, text, sizeof(text)));
    out_string(job->text);
    out_char('\n');
}

static void print_job(const struct job *job, char format)
{
    if (format == 'p')
        out_printf("%d\n", (int)job->processes[0].pid);
    else
        job_print(job, format == 'l');
}

/* Oldest first. */
static void print_jobs(struct job *job, char format)
{
    if (!job)
        return;
    print_jobs(job->next, format);
    print_job(job, format);
    job->changed = false;
    if (job_state(job) == JOB_DONE && sh.interactive)
        job_remove(job);
}

int builtin_jobs(int argc, char **argv)
{
    char format = 0;
    int status = 0;
    int i = 1;

    for (; i < argc && argv[i][0] == '-'; i++)
        format = argv[i][1];
    jobs_poll();
    if (i == argc)
        print_jobs(jobs_first(), format);
    for (; i < argc; i++) {
        const struct job *job = job_find(argv[i]);

        if (job)
            print_job(job, format);
        else
            status = 1;
    }
    return status;
}

/* fg and bg, of one job. */
static int resume(const char *text, bool background)
{
    struct job *job = job_find(text);

    if (!job)
        return 1;
    if (job_state(job) == JOB_DONE) {
        sh_warn("%s: job has ended", text);
        return 1;
    }
    if (background)
        out_printf("[%d] ", job->id);
    out_string(job->text);
    out_char('\n');
    return job_continue(job, background);
}

int builtin_fg(int argc, char **argv)
{
    return resume(argc > 1 ? argv[1] : "%+", false);
}

int builtin_bg(int argc, char **argv)
{
    int status = 0;

    if (argc == 1)
        return resume("%+", true);
    while (*++argv)
        status |= resume(*argv, true);
    return status;
}

/* Waits until the job has ended, or a signal came that has a trap. */
static int wait_job(struct job *job)
{
    while (job_state(job) == JOB_RUNNING) {
        if (trap_pending)
            return 128 + trap_next();
        if (jobs_wait_any() < 0 && errno != EINTR)
            return 127;
    }
    int status = job_status(job);
    if (job_state(job) == JOB_DONE)
        job_remove(job);
    return status;
}

/* 127 for what is no child of this shell, as POSIX wants it. */
static int wait_operand(const char *text)
{
    struct job *job;

    if (*text == '%')
        job = job_find(text);
    else
        job = job_find_pid(atoi(text));
    return job ? wait_job(job) : 127;
}

int builtin_wait(int argc, char **argv)
{
    int status = 0;

    jobs_poll();        /* one that was stopped may have been continued */
    if (argc > 1) {
        while (*++argv && !trap_pending)
            status = wait_operand(*argv);
        return status;
    }
    for (struct job *job = jobs_first(), *next; job; job = next) {
        next = job->next;
        if (job_state(job) != JOB_STOPPED)
            status = wait_job(job);
        if (trap_pending)
            return status;
    }
    return 0;
}

/* kill -l: all, or the names of numbers and of statuses above 128. */
static int list_signals(char **argv)
{
    if (!*argv) {
        for (int number = 1; number < SIGNALS; number++)
            if (signal_name(number))
                out_printf("%2d %s\n", number, signal_name(number));
        return 0;
    }
    for (; *argv; argv++) {
        int number = atoi(*argv);
        const char *name = signal_name(number > 128 ? number - 128 : number);

        if (!name) {
            sh_warn("kill: %s: no such signal", *argv);
            return 1;
        }
        out_printf("%s\n", name);
    }
    return 0;
}

static int kill_process(pid_t pid, int number, const char *text)
{
    if (kill(pid, number) == 0)
        return 0;
    sh_warn("kill: %s: %s", text, strerror(errno));
    return 1;
}

/* A stopped job goes on, so that it can end; SIGKILL needs no help in that. */
static int kill_job(const char *text, int number)
{
    struct job *job = job_find(text);

    if (!job)
        return 1;
    pid_t pid = job->group ? -job->group : job->processes[0].pid;
    int status = kill_process(pid, number, text);
    if (status || job_state(job) != JOB_STOPPED)
        return status;
    if (number == SIGTERM || number == SIGHUP)
        kill(pid, SIGCONT);
    if (number == SIGTERM || number == SIGHUP || number == SIGKILL)
        job_note_resumed(job);
    return 0;
}

static int kill_operand(const char *text, int number)
{
    char *end;
    pid_t pid = strtol(text, &end, 10);

    if (*text == '%')
        return kill_job(text, number);
    if (*text && !*end)
        return kill_process(pid, number, text);
    sh_warn("kill: %s: not a process", text);
    return 1;
}

int builtin_kill(int argc, char **argv)
{
    const char *name = "TERM";
    int status = 0;
    int i = 1;

    if (argc > 1 && strcmp(argv[1], "-l") == 0)
        return list_signals(argv + 2);
    if (argc > 2 && strcmp(argv[1], "-s") == 0) {
        name = argv[2];
        i = 3;
    } else if (argc > 1 && argv[1][0] == '-' && strcmp(argv[1], "--") != 0) {
        name = argv[1] + 1;
        i = 2;
    }
    if (i < argc && strcmp(argv[i], "--") == 0)
        i++;
    int number = signal_number(name);
    if (number < 0 || i == argc) {
        sh_warn(i == argc ? "kill: whom?" : "kill: %s: no such signal", name);
        return 2;
    }
    for (; i < argc; i++)
        status |= kill_operand(argv[i], number);
    return status;
}

/* strace: show the system calls and signals of processes, by ptrace(2). */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/bin/lib/callcount.h"
#include "user/bin/lib/callshow.h"
#include "user/bin/lib/exec.h"
#include "user/bin/lib/syscalls.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: strace [-cf] [-o FILE] [-e trace=CALL,...] [-s SIZE]\n"
    "              { -p PID... | PROGRAM [ARGUMENT]... }\n"
    "Run the program, or watch running processes, and write a line for each\n"
    "system call and signal: name(arguments) = result.\n"
    "  -c  count calls instead, and the time in them\n"
    "  -f  watch children and further threads as well\n"
    "  -e  only these calls\n"
    "  -o  write to FILE instead of standard error\n"
    "  -p  watch this process, until it ends or strace does\n"
    "  -s  show so many bytes of strings (32)\n";

#define RESULT_COLUMN 40
#define OPTIONS (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC)
#define OPTIONS_FOLLOW \
    (PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE)

/* A thread that is watched. */
struct tracee {
    struct tracee *next;
    pid_t tid;
    bool starting;              /* still this program, before execve */
    bool in_call, shown;
    unsigned long number;       /* of the call it is in */
    unsigned long long entered; /* system time at its entry, ns */
    size_t column;              /* where its line has got to */
};

static struct tracee *tracees;
static size_t tracee_count;
static struct tracee *open_line;    /* whose line is not ended yet */
static FILE *output;
static bool follow, counting, own_file;
static size_t string_size = 32;
static struct strings wanted;       /* names of calls; none: all */
static pid_t program = -1;          /* that was started here */
static volatile sig_atomic_t asked_to_end;

/* --- who is watched ------------------------------------------------------- */

static struct tracee *find(pid_t tid)
{
    struct tracee *t = tracees;

    while (t && t->tid != tid)
        t = t->next;
    return t;
}

static struct tracee *add(pid_t tid)
{
    struct tracee *t = need(calloc(1, sizeof(*t)));

    t->tid = tid;
    t->next = tracees;
    tracees = t;
    tracee_count++;
    return t;
}

static void drop(struct tracee *t)
{
    struct tracee **link = &tracees;

    while (*link != t)
        link = &(*link)->next;
    *link = t->next;
    if (open_line == t)
        open_line = NULL;
    tracee_count--;
    free(t);
}

/* --- lines ---------------------------------------------------------------- */

static void put(const struct line *line, bool ends)
{
    fprint(output, ends ? "%s\n" : "%s", line->text);
    fflush(output);
}

/* A new line, or the rest of the present one if it is t's own. */
static struct line begin_line(struct tracee *t, bool goes_on)
{
    struct line line = { 0 };

    if (goes_on && open_line == t)
        return line;
    if (open_line)
        fprint(output, " <unfinished ...>\n");
    open_line = NULL;
    if (follow && own_file)
        line_add(&line, "%-5d ", t->tid);
    else if (tracee_count > 1)
        line_add(&line, "[pid %5d] ", t->tid);
    return line;
}

static void print_event(struct tracee *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void print_event(struct tracee *t, const char *format, ...)
{
    struct line line = begin_line(t, false);
    char text[LINE_SIZE];
    va_list args;

    va_start(args, format);
    vsnprint(text, sizeof(text), format, args);
    va_end(args);
    line_add(&line, "%s", text);
    if (!counting)
        put(&line, true);
}

/* --- system calls --------------------------------------------------------- */

static bool is_wanted(unsigned long number)
{
    const struct syscall_format *f = syscall_format(number);

    for (size_t i = 0; i < wanted.count; i++)
        if (f && strcmp(f->name, wanted.item[i]) == 0)
            return true;
    return wanted.count == 0;
}

static const char *call_name(unsigned long number)
{
    const struct syscall_format *f = syscall_format(number);

    return f ? f->name : "syscall";
}

static void entered(struct tracee *t, unsigned long number,
                    const unsigned long long *args)
{
    struct line line;

    if (t->starting && strcmp(call_name(number), "execve") == 0)
        t->starting = false;
    t->in_call = true;
    t->number = number;
    t->shown = !t->starting && is_wanted(number);
    if (!t->shown || counting)
        return;
    line = begin_line(t, false);
    show_call(&line, t->tid, number, args, string_size);
    put(&line, false);
    t->column = line.length;
    open_line = t;
}

/* ")", in the column where results stand. */
static struct line end_of_call(struct tracee *t)
{
    bool resumed = open_line != t;
    struct line line = begin_line(t, true);
    size_t column = resumed ? 0 : t->column;

    if (resumed)
        line_add(&line, "<... %s resumed>", call_name(t->number));
    line_add(&line, ")");
    do
        line_add(&line, " ");
    while (column + line.length < RESULT_COLUMN);
    return line;
}

static void left(struct tracee *t, long long result, bool failed,
                 unsigned long long now)
{
    struct line line;

    if (t->in_call && t->shown && counting) {
        count_call(t->number, now - t->entered, failed);
    } else if (t->in_call && t->shown) {
        line = end_of_call(t);
        show_result(&line, result);
        put(&line, true);
        open_line = NULL;
    }
    t->in_call = false;
}

static void at_system_call(struct tracee *t, const struct rusage *usage)
{
    unsigned long long now = usage->ru_stime.tv_sec * 1000000000ull +
                             usage->ru_stime.tv_usec * 1000ull;
    struct __ptrace_syscall_info info;

    if (ptrace(PTRACE_GET_SYSCALL_INFO, t->tid, (void *)sizeof(info),
               &info) <= 0)
        return;
    if (info.op == 1) {
        t->entered = now;
        entered(t, info.entry.nr, (unsigned long long *)info.entry.args);
    } else if (info.op == 2) {
        left(t, info.exit.rval, info.exit.is_error, now);
    }
}

/* --- what happens to tracees ---------------------------------------------- */

static void ended(struct tracee *t, int status)
{
    struct line line;

    if (t->in_call && t->shown && !counting) {
        line = end_of_call(t);
        line_add(&line, "= ?");
        put(&line, true);
        open_line = NULL;
    }
    if (WIFSIGNALED(status))
        print_event(t, "+++ killed by %s%s +++",
                    full_signal_name(WTERMSIG(status)),
                    WCOREDUMP(status) ? " (core dumped)" : "");
    else
        print_event(t, "+++ exited with %d +++", WEXITSTATUS(status));
    if (t->tid == program)
        exit_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status)
                                          : WEXITSTATUS(status);
    drop(t);
}

/* The thread that called execve has its process's number now; that of before
 * is gone. */
static void at_exec(struct tracee *t)
{
    unsigned long old_tid;
    struct tracee *old;

    if (ptrace(PTRACE_GETEVENTMSG, t->tid, NULL, &old_tid) ||
        old_tid == (unsigned long)t->tid)
        return;
    old = find(old_tid);
    if (!old)
        return;
    print_event(t, "+++ superseded by execve in pid %d +++", (int)old_tid);
    t->in_call = old->in_call;
    t->shown = old->shown;
    t->number = old->number;
    drop(old);
}

static bool stops_processes(int signo)
{
    return signo == SIGSTOP || signo == SIGTSTP || signo == SIGTTIN ||
           signo == SIGTTOU;
}

/* The tracee has stopped: look why, and let it go on. */
static void stopped(struct tracee *t, int status, const struct rusage *usage)
{
    int signo = WSTOPSIG(status), event = status >> 16, pass = 0;
    bool listen = false;
    struct line line;

    if (event == PTRACE_EVENT_STOP && stops_processes(signo)) {
        print_event(t, "--- stopped by %s ---", full_signal_name(signo));
        listen = true;
    } else if (event == PTRACE_EVENT_EXEC) {
        at_exec(t);
    } else if (signo == (SIGTRAP | 0x80)) {
        at_system_call(t, usage);
    } else if (!event) {
        pass = signo;
        line = (struct line){ 0 };
        show_signal(&line, t->tid, signo);
        print_event(t, "--- %s ---", line.text);
    }
    ptrace(listen ? PTRACE_LISTEN : PTRACE_SYSCALL, t->tid, NULL,
           (void *)(long)pass);
}

static void watch(void)
{
    struct rusage usage;
    struct tracee *t;
    int status;
    pid_t tid;

    while (tracee_count > 0 && !asked_to_end) {
        tid = wait4(-1, &status, __WALL, &usage);
        if (tid < 0 && errno == EINTR)
            continue;
        if (tid < 0)
            return;
        t = find(tid);
        if (!t && WIFSTOPPED(status))
            t = add(tid);
        if (t && WIFSTOPPED(status))
            stopped(t, status, &usage);
        else if (t)
            ended(t, status);
    }
}

/* --- beginning ------------------------------------------------------------ */

static void seize(pid_t pid)
{
    long options = OPTIONS | (follow ? OPTIONS_FOLLOW : 0);
    char text[16];

    if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)options) ||
        ptrace(PTRACE_INTERRUPT, pid, NULL, NULL)) {
        snprint(text, sizeof(text), "%d", pid);
        die_file(text);
    }
}

/* The program waits until it is watched. */
static void start(char **argv)
{
    int gate[2];
    char c;

    if (pipe2(gate, O_CLOEXEC))
        die_file("pipe");
    program = fork();
    if (program < 0)
        die_file("fork");
    if (program == 0) {
        close(gate[1]);
        if (read(gate[0], &c, 1) < 0)
            _exit(125);
        exec_or_die(argv);
    }
    close(gate[0]);
    seize(program);
    add(program)->starting = true;
    close(gate[1]);
    /* The terminal's signals are for the program. */
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
}

static void end_soon(int signo)
{
    (void)signo;
    asked_to_end = 1;
}

/* Watching ends, the processes go on. */
static void attach(const struct strings *pids)
{
    struct sigaction action = { .sa_handler = end_soon };

    for (size_t i = 0; i < pids->count; i++) {
        pid_t pid = number_arg(pids->item[i], 1, 0x7fffffff);

        seize(pid);
        add(pid);
    }
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static void take_names(char *list)
{
    if (strncmp(list, "trace=", 6) == 0)
        list += 6;
    for (char *name = strtok(list, ","); name; name = strtok(NULL, ",")) {
        if (!syscall_by_name(name))
            die("there is no system call %s", name);
        strings_add(&wanted, copy_string(name));
    }
}

int main(int argc, char **argv)
{
    struct strings pids = { 0 };
    int option;

    output = stderr;
    while ((option = next_option(argv, "+cfe:o:p:s:"))) {
        if (option == 'c')
            counting = true;
        else if (option == 'f')
            follow = true;
        else if (option == 'e')
            take_names(opt_value);
        else if (option == 'p')
            strings_add(&pids, copy_string(opt_value));
        else if (option == 's')
            string_size = number_arg(opt_value, 0, LINE_SIZE);
        else if (!(output = fopen(opt_value, "we")))
            die_file(opt_value);
    }
    own_file = output != stderr;
    operands(argv, pids.count ? 0 : 1, argc);
    if (argv[opt_next])
        start(argv + opt_next);
    if (pids.count)
        attach(&pids);
    watch();
    if (counting)
        print_counts(output);
    return finish();
}

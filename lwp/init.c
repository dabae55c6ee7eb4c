/*
 * init.c - the first process: made by hand, then it execs like any other (row
 * B-01).
 */
#include "lwp/init.h"

#include "kernel/fs/fdtable.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/panic.h"
#include "kernel/params.h"
#include "lwp/coredump.h"
#include "lwp/exec.h"
#include "lwp/futex.h"
#include "lwp/limits.h"
#include "lwp/mqueue.h"
#include "lwp/oom.h"
#include "lwp/pid.h"
#include "lwp/proc.h"
#include "lwp/report.h"
#include "lwp/session.h"
#include "lwp/signalfd.h"
#include "lwp/sysv.h"
#include "lwp/vdso.h"
#include "mm/alloc.h"

struct lwp *init_lwp;

#define STATUS_NO_INIT 126

/* --- what the command line says ------------------------------------------ */

#define WORDS_MAX   32
#define WORD_SIZE   128

/* Words for the kernel: all else goes to the first program, `key=value` into
 * its environment, the rest as arguments. */
static const char *const kernel_words[] = {
    "init", "aslr", "budget", "log", "loglevel", "quiet", "debug", "console",
    "root", "ro", "rw",
};

static struct {
    char words[WORDS_MAX][WORD_SIZE];
    const char *argv[WORDS_MAX + 1];
    const char *envp[WORDS_MAX + 3];
} *line;

static bool is_kernel_word(const char *word)
{
    for (unsigned i = 0; i < ARRAY_SIZE(kernel_words); i++) {
        size_t n = strlen(kernel_words[i]);
        if (!strncmp(word, kernel_words[i], n) &&
            (word[n] == '\0' || word[n] == '='))
            return true;
    }
    return false;
}

static void read_command_line(void)
{
    unsigned argc = 1, envc = 0;

    line->envp[envc++] = "HOME=/";
    line->envp[envc++] = "TERM=linux";
    for (unsigned i = 0; i < WORDS_MAX; i++) {
        const char *word = bootarg_word(i, line->words[i], WORD_SIZE);

        if (!word)
            break;
        if (is_kernel_word(word))
            continue;
        if (strchr(word, '='))
            line->envp[envc++] = word;
        else
            line->argv[argc++] = word;
    }
}

/* --- its first program --------------------------------------------------- */

/* Descriptors 0, 1 and 2. */
static void open_console(void)
{
    struct open_how how = { .flags = O_RDWR };
    struct file *f;
    int error = file_open(NULL, "/dev/console", &how, &f);

    if (error) {
        log_warning("init: cannot open /dev/console: %pe",
                    (void *)(long)error);
        return;
    }
    for (int i = 0; i < 3; i++) {
        file_get(f);
        if (fd_add(f, false) < 0)
            break;
    }
    file_put(f);
}

/* exec; only returns when that fails. */
static int run(const char *path)
{
    struct exec_source source = {
        .path = kstrdup(path),
        .kernel_argv = line->argv,
        .kernel_envp = line->envp,
    };
    int error;

    if (!source.path)
        return -ENOMEM;
    error = file_open_exec(NULL, path, 0, &source.file);
    if (error) {
        kfree(source.path);
        return error;
    }
    line->argv[0] = path;
    error = lwp_execve(&source);
    if (error)
        return error;
    log_info("init: %s is process %d", path, init_lwp->pid);
    kfree(line);
    arch_enter_user(arch_user_frame(&current_thread()->arch));
}

static void first_program(void *arg)
{
    static const char *const usual[] = { "/init", "/sbin/init", "/bin/init" };
    char asked[WORD_SIZE];
    int error;

    (void)arg;
    open_console();
    read_command_line();
    if (bootarg("init", asked, sizeof(asked))) {
        error = run(asked);
        log_error("init: cannot run %s: %pe", asked, (void *)(long)error);
    } else {
        for (unsigned i = 0; i < ARRAY_SIZE(usual); i++) {
            error = run(usual[i]);
            if (error != -ENOENT)
                log_error("init: cannot run %s: %pe", usual[i],
                          (void *)(long)error);
        }
    }
    log_error("init: no program to start with (tried init=, /init, /sbin/init, "
              "/bin/init); stopping");
    machine_exit(STATUS_NO_INIT);
}

/* --- its process --------------------------------------------------------- */

static void join_layers(struct lwp_thread *t)
{
    struct lwp *lwp = t->lwp;

    t->fs_task.file_size_limit = &lwp->rlimits[RLIMIT_FSIZE].cur;
    t->fs_task.open_files_limit = &lwp->rlimits[RLIMIT_NOFILE].cur;
    t->thread.fs_task = &t->fs_task;
}

static int create_init(struct lwp_thread **out)
{
    struct lwp *lwp = lwp_create(NULL);
    struct lwp_thread *t;
    int error = -ENOMEM;

    line = kzalloc(sizeof(*line));
    if (!lwp || !line)
        return error;
    error = lwp_pid_get(&lwp->pid_entry);
    if (error)
        return error;
    lwp->pid = pid_number(lwp->pid_entry);
    lwp->sig_protected = true;
    lwp->exit_signal = SIGCHLD;
    error = lwp_signal_init(lwp);
    if (!error)
        error = lwp_thread_create(lwp, lwp->pid_entry, first_program, &t);
    if (!error)
        error = user_count_add(0, RLIM_INFINITY, &t->user);
    if (!error)
        error = fs_task_init(&t->fs_task);
    if (error)
        return error;
    join_layers(t);
    init_lwp = lwp;
    pid_set_lwp(lwp->pid_entry, lwp);
    error = session_start(lwp);
    if (!error)
        error = lwp_thread_add(t, 0);
    *out = t;
    return error;
}

static void signal_self(int signo)
{
    struct siginfo info = { .signo = signo, .code = SI_KERNEL };

    signal_send_thread(current_lwp_thread(), &info);
}

/* As kill(2) has it: a process, or with a minus sign a group. */
static void signal_pid(pid_t pid, int signo)
{
    struct siginfo info = { .signo = signo, .code = SI_KERNEL };

    if (pid > 0) {
        struct lwp *lwp = lwp_lookup(pid);

        if (lwp) {
            signal_send(lwp, &info);
            lwp_put(lwp);
        }
    } else if (pid < 0) {
        pgrp_signal(-pid, &info, false);
    }
}

static pid_t running_pid(void)
{
    struct lwp_thread *t = lwp_thread_of(current_thread());

    return t ? t->lwp->pid : 0;
}

static const struct fs_doors doors = {
    .signal_self = signal_self,
    .signal_pid = signal_pid,
    .current_pid = running_pid,
};

void lwp_start_init(void)
{
    struct lwp_thread *t;

    fs_set_doors(&doors);
    exec_init();
    report_init();
    lwp_oom_init();
    proc_init();
    coredump_init();
    futex_init();
    signalfd_init();
    mqueue_init();
    session_init();
    sysv_sem_init();
    sysv_msg_init();
    sysv_shm_init();
    if (vdso_init() || create_init(&t)) {
        log_error("init: no memory for the first process; stopping");
        machine_exit(STATUS_NO_INIT);
    }
    assert(init_lwp->pid == 1);
    thread_start(&t->thread);
    thread_put(&t->thread);
}

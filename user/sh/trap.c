/* Signals: their traps, and what the shell itself does about them. */
#include "user/sh/trap.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/sh/builtin.h"
#include "user/sh/mem.h"
#include "user/sh/out.h"
#include "user/sh/shell.h"
#include "user/sh/signals.h"

volatile sig_atomic_t trap_pending;

static char *actions[SIGNALS];          /* NULL: default; "": ignored */
static bool touched[SIGNALS];           /* the shell has set a handler */
static bool ignored_at_start[SIGNALS];  /* known of those it has touched */
static volatile sig_atomic_t arrived[SIGNALS];

static const int stop_signals[] = { SIGTSTP, SIGTTIN, SIGTTOU };

static void note_signal(int number)
{
    arrived[number] = 1;
    trap_pending = 1;
}

/* Without SA_RESTART: a read or wait comes back to see the signal. What was
 * ignored when a script began stays ignored. */
static void set_handler(int number, void (*handler)(int))
{
    struct sigaction action = { .sa_handler = handler }, old;

    if (sigaction(number, &action, &old) < 0 || touched[number])
        return;
    touched[number] = true;
    ignored_at_start[number] = old.sa_handler == SIG_IGN;
    if (ignored_at_start[number] && !sh.interactive)
        sigaction(number, &old, NULL);
}

/* What the signal does in this process, traps aside. */
static void (*own_handler(int number))(int)
{
    switch (number) {
    case SIGINT:
        return sh.interactive ? note_signal : SIG_DFL;
    case SIGQUIT:
    case SIGTERM:
        return sh.interactive ? SIG_IGN : SIG_DFL;
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
        return sh.interactive || sh.opt[OPT_MONITOR] ? SIG_IGN : SIG_DFL;
    default:
        return SIG_DFL;
    }
}

/* Puts in force what the trap, or else the shell itself, wants. */
static void update_handler(int number)
{
    const char *action = actions[number];

    if (number == 0 || number == SIGKILL || number == SIGSTOP)
        return;
    if (ignored_at_start[number] && !sh.interactive)
        set_handler(number, SIG_IGN);
    else if (action)
        set_handler(number, *action ? note_signal : SIG_IGN);
    else
        set_handler(number, own_handler(number));
}

void trap_own_signals(void)
{
    static const int own[] = { SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN,
                               SIGTTOU };

    for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
        update_handler(own[i]);
}

void trap_stop_signals(bool ignore)
{
    for (size_t i = 0; i < sizeof(stop_signals) / sizeof(*stop_signals); i++)
        if (!actions[stop_signals[i]])
            set_handler(stop_signals[i], ignore ? SIG_IGN : SIG_DFL);
}

void trap_in_child(bool background)
{
    trap_pending = 0;
    for (int number = 0; number < SIGNALS; number++) {
        arrived[number] = 0;
        if (actions[number] && *actions[number]) {
            free(actions[number]);
            actions[number] = NULL;
        }
        if (touched[number])
            update_handler(number);
    }
    if (!background)
        return;
    set_handler(SIGINT, SIG_IGN);
    set_handler(SIGQUIT, SIG_IGN);
}

bool trap_any(void)
{
    for (int number = 0; number < SIGNALS; number++)
        if (actions[number] && *actions[number])
            return true;
    return false;
}

/* On a copy: the action may set this very trap. */
static void run_action(int number)
{
    int status = sh.status;
    char *action = xstrdup(actions[number]);

    run_string(action, sh.line);
    free(action);
    if (!sh.flow)
        sh.status = status;
}

void trap_run_pending(void)
{
    if (sh.flow)
        return;
    trap_pending = 0;
    for (int number = 1; number < SIGNALS && !sh.flow; number++) {
        if (!arrived[number])
            continue;
        arrived[number] = 0;
        if (actions[number] && *actions[number]) {
            run_action(number);
        } else if (number == SIGINT && sh.interactive) {
            write_all(STDERR_FILENO, "\n", 1);
            sh.status = 128 + SIGINT;
            sh.flow = FLOW_INTERRUPT;
        }
    }
}

int trap_next(void)
{
    for (int number = 1; number < SIGNALS; number++)
        if (arrived[number])
            return number;
    return 0;
}

void trap_forget_interrupt(void)
{
    if (!actions[SIGINT])
        arrived[SIGINT] = 0;
}

void trap_exit(void)
{
    char *action = actions[0];

    actions[0] = NULL;
    if (!action)
        return;
    int status = sh.status;
    sh.flow = FLOW_NONE;
    run_string(action, sh.line);
    free(action);
    if (sh.flow != FLOW_EXIT)
        sh.status = status;
}

/* In a form that can be read back. */
static void print_traps(void)
{
    for (int number = 0; number < SIGNALS; number++) {
        const char *name = signal_name(number);

        if (!actions[number])
            continue;
        out_string("trap -- ");
        out_quoted(actions[number]);
        if (name)
            out_printf(" %s\n", name);
        else
            out_printf(" %d\n", number);
    }
}

static int set_trap(const char *name, const char *action)
{
    int number = signal_number(name);

    if (number < 0) {
        sh_warn("trap: %s: no such signal", name);
        return 1;
    }
    free(actions[number]);
    actions[number] = action ? xstrdup(action) : NULL;
    update_handler(number);
    return 0;
}

int builtin_trap(int argc, char **argv)
{
    const char *action;
    int status = 0;
    int i = 1;

    if (i < argc && strcmp(argv[i], "--") == 0)
        i++;
    if (i == argc) {
        print_traps();
        return 0;
    }
    /* trap 2 resets, as trap - 2 does; so does trap INT */
    bool reset = isdigit((unsigned char)argv[i][0]) || i + 1 == argc;
    action = reset || strcmp(argv[i], "-") == 0 ? NULL : argv[i];
    for (i += !reset; i < argc; i++)
        status |= set_trap(argv[i], action);
    return status;
}

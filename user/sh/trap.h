#pragma once

#include <signal.h>
#include <stdbool.h>

/* Set by a signal's handler: a trap is to be run, or SIGINT at the prompt
 * is to be acted on, when the command under way has ended. */
extern volatile sig_atomic_t trap_pending;

/* Sets what the shell itself does about signals, once it knows whether it is
 * interactive: then it survives all that the keyboard sends, and SIGTERM. */
void trap_own_signals(void);
/* In a fresh child: default actions, except for what is ignored; a background
 * job without a process group of its own ignores the keyboard. */
void trap_in_child(bool background);
/* Lets this process be stopped by the terminal, or not. */
void trap_stop_signals(bool ignore);

/* Whether any trap is set that would run a command. */
bool trap_any(void);
/* Runs what is pending, keeping $?. SIGINT without a trap gives up the
 * command line. */
void trap_run_pending(void);
/* The number of a pending signal. */
int trap_next(void);
/* Forgets a SIGINT that a foreground command has dealt with. */
void trap_forget_interrupt(void);
/* Runs the EXIT trap, once. */
void trap_exit(void);

#pragma once

/* Signal names without SIG, as kill -l shows them. */

/* The name, "RTMIN+3" for the real-time ones, or NULL. buf: 16 bytes. */
const char *signal_name(int signal, char *buf);

/*
 * The number of a name (with or without SIG, any case) or a number.
 * An unknown one ends the program.
 */
int signal_arg(const char *text);

/* Prints all of them, for kill -l. */
void signal_list(void);

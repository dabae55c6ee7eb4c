#pragma once

/* Signals have numbers below this; 0 is EXIT for trap. */
#define SIGNALS 65

/* INT for 2; NULL if it has no name. */
const char *signal_name(int number);
/* From INT, SIGINT or 2; EXIT and 0 are 0. -1 if there is none. */
int signal_number(const char *name);

#pragma once

/* The value of a variable, a positional or a special parameter; of $@ and $*
 * all of them, with spaces between. NULL if it is not set. Lives in
 * sh.scratch or as long as the variable keeps its value. */
const char *param_value(const char *name);

struct params;

/* Makes copies of the strings of argv $1, $2, ... */
void params_set(char **argv, int count);
/* Frees the copies that params_set() made. */
void params_free(struct params *params);
/* Drops the first n parameters; n is at most their count. */
void params_shift(int n);

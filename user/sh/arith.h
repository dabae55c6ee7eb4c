#pragma once

#include <stdbool.h>

/*
 * Evaluates a C integer expression of 64 bits, with variables: all of C's
 * operators but sizeof and casts. Overflow wraps around. False after an
 * error, which was said and gives up the command line.
 */
bool arith_evaluate(const char *text, long long *result);

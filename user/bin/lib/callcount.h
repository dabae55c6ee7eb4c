/* callcount.h - how often calls were made, for strace -c. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

/* One more call, which took so long in the kernel. */
void count_call(unsigned long number, unsigned long long ns, bool failed);

/* The table, the most time first. */
void print_counts(FILE *file);

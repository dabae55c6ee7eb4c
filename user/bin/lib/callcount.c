#include "user/bin/lib/callcount.h"

#include <stdlib.h>

#include "user/bin/lib/syscalls.h"
#include "user/bin/lib/util.h"

struct count {
    unsigned long number, calls, errors;
    unsigned long long ns;
};

static struct count *counts;
static size_t count_total;

static struct count *find(unsigned long number)
{
    for (size_t i = 0; i < count_total; i++)
        if (counts[i].number == number)
            return &counts[i];
    counts = grow(counts, (count_total + 1) * sizeof(*counts));
    counts[count_total] = (struct count){ .number = number };
    return &counts[count_total++];
}

void count_call(unsigned long number, unsigned long long ns, bool failed)
{
    struct count *c = find(number);

    c->calls++;
    c->errors += failed;
    c->ns += ns;
}

static int more_time_first(const void *a, const void *b)
{
    const struct count *x = a, *y = b;

    if (x->ns != y->ns)
        return x->ns < y->ns ? 1 : -1;
    return x->calls < y->calls ? 1 : x->calls > y->calls ? -1 : 0;
}

static void print_row(FILE *file, const struct count *c, unsigned long long all,
                      const char *name)
{
    unsigned long long hundredths = all ? c->ns * 10000 / all : 0;
    unsigned long long us = c->ns / 1000;

    fprint(file, "%3llu.%02llu %4llu.%06llu %11llu %9lu ", hundredths / 100,
           hundredths % 100, us / 1000000, us % 1000000,
           c->calls ? us / c->calls : 0, c->calls);
    if (c->errors)
        fprint(file, "%9lu %s\n", c->errors, name);
    else
        fprint(file, "%9s %s\n", "", name);
}

void print_counts(FILE *file)
{
    const char *line = "------ ----------- ----------- --------- --------- "
                       "----------------\n";
    struct count sum = { 0 };
    char unknown[32];

    qsort(counts, count_total, sizeof(*counts), more_time_first);
    for (size_t i = 0; i < count_total; i++) {
        sum.calls += counts[i].calls;
        sum.errors += counts[i].errors;
        sum.ns += counts[i].ns;
    }
    fprint(file, "%% time     seconds  usecs/call     calls    errors "
                 "syscall\n%s", line);
    for (size_t i = 0; i < count_total; i++) {
        const struct syscall_format *f = syscall_format(counts[i].number);

        snprint(unknown, sizeof(unknown), "syscall_%ld",
                (long)counts[i].number);
        print_row(file, &counts[i], sum.ns, f ? f->name : unknown);
    }
    fprint(file, "%s", line);
    print_row(file, &sum, sum.ns, "total");
}

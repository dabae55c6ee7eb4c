#include "user/bin/lib/util.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

int error_status = 1;
int exit_status;

/* One write(2) for a message, so that no other program's lands inside it. */
static void say(const char *end, const char *fmt, va_list ap)
{
    static char text[PATH_MAX + 256];
    size_t room = sizeof(text) - 2;
    size_t used;

    /* What was printed before the mistake should stand before it. */
    fflush(stdout);
    used = snprint(text, room, "%s: ", program_invocation_short_name);
    if (used < room)
        used += vsnprint(text + used, room - used, fmt, ap);
    if (used > room - 1)
        used = room - 1;
    strcpy(text + used, end);
    fputs(text, stderr);
}

void warn(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say("\n", fmt, ap);
    va_end(ap);
    exit_status = error_status;
}

void warn_file(const char *file)
{
    warn("%s: %s", file, strerror(errno));
}

void die(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say("\n", fmt, ap);
    va_end(ap);
    exit(error_status);
}

void die_file(const char *file)
{
    warn_file(file);
    exit(error_status);
}

void usage_error(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say("\n", fmt, ap);
    va_end(ap);
    fputs(usage, stderr);
    exit(2);
}

int finish(void)
{
    if (fflush(stdout) == EOF)
        die_file("standard output");
    /* An earlier write failed; errno is of some later call by now. */
    if (ferror(stdout))
        die("standard output: write error");
    return exit_status;
}

bool confirm(const char *fmt, ...)
{
    va_list ap;
    int first;
    int c;

    va_start(ap, fmt);
    say("", fmt, ap);
    va_end(ap);
    first = c = getchar();
    while (c != '\n' && c != EOF)
        c = getchar();
    return first == 'y' || first == 'Y';
}

void *need(void *memory)
{
    if (!memory)
        die("out of memory");
    return memory;
}

void *grow(void *memory, size_t bytes)
{
    return need(realloc(memory, bytes));
}

char *copy_string(const char *text)
{
    return need(strdup(text));
}

void strings_add(struct strings *list, char *text)
{
    if (list->count == list->room) {
        list->room = list->room ? list->room * 2 : 16;
        list->item = grow(list->item, list->room * sizeof(char *));
    }
    list->item[list->count++] = text;
}

void strings_free(struct strings *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->item[i]);
    free(list->item);
    *list = (struct strings){ 0 };
}

int compare_strings(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

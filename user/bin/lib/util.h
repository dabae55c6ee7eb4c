#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "user/bin/lib/fmt.h"

/* ---- What every program says of itself. */

/*
 * Defined by each program: the lines that --help prints, the first one being
 * "usage: name [-options] OPERANDS".
 */
extern const char usage[];

/*
 * The status that errors give: 1, or 2 in programs where POSIX keeps 1 for
 * "no" (grep, diff, cmp, sort, test, expr).
 */
extern int error_status;

/* The status finish() returns: 0 until the first warning. */
extern int exit_status;

/* ---- Options. */

/*
 * Returns the next option letter of argv, or 0 after the last one; then
 * argv[opt_next] is the first operand.  In `letters`, which is getopt's
 * notation, a leading + stops at the first operand (POSIX; otherwise options
 * may follow operands as in GNU), and # accepts -NUMBER and returns '#'.
 * --help prints the usage and ends the program with 0; an unknown option or
 * a missing value ends it with 2.
 */
int next_option(char **argv, const char *letters);

/* The value of the option next_option() returned last. */
extern char *opt_value;
extern int opt_next;

/*
 * Skips the options of a program that has none but --help; returns the
 * operands, of which there must be at least `least` and at most `most`.
 */
char **plain_operands(char **argv, int least, int most);

/* The operands after next_option() returned 0, checked in the same way. */
char **operands(char **argv, int least, int most);

/* For programs whose operands may look like options: --help alone. */
void help_option(char **argv);

/* ---- Errors.  Each message starts with the program's name. */

/* "name: message"; exit_status becomes error_status. */
void warn(const char *fmt, ...) PRINTS(1, 2);

/* "name: file: reason of errno". */
void warn_file(const char *file);

/* The same, and then the program ends with error_status. */
_Noreturn void die(const char *fmt, ...) PRINTS(1, 2);
_Noreturn void die_file(const char *file);

/* "name: message", the usage, status 2. */
_Noreturn void usage_error(const char *fmt, ...) PRINTS(1, 2);

/*
 * Writes out what stdout holds and returns exit_status; a full or closed
 * standard output is an error.  The last statement of every main().
 */
int finish(void);

/* ---- Memory; these end the program when there is none left. */
void *need(void *memory);
void *grow(void *memory, size_t bytes);
char *copy_string(const char *text);

/* A growing list of strings that it owns. */
struct strings {
    char **item;
    size_t count;
    size_t room;
};

/* Takes over `text`, which malloc() gave. */
void strings_add(struct strings *list, char *text);
void strings_free(struct strings *list);
/* By byte values, for qsort() on char pointers. */
int compare_strings(const void *a, const void *b);

/* ---- Numbers in the command line; bad ones end the program. */
long long number_arg(const char *text, long long least, long long most);

/* A number with an optional suffix: b = 512, k K M G T = powers of 1024. */
long long size_arg(const char *text);

/*
 * Reads the unsigned number at *text in `base` and moves *text behind it.
 * Returns false if there is no digit or the value does not fit 63 bits.
 */
bool scan_number(const char **text, int base, long long *value);

/* "1.5K": 1024 based, rounded up, at most 5 characters. */
const char *human_size(unsigned long long bytes, char text[8]);

/* ---- Text. */

/* The text with each `what` in it replaced by `value`, in fresh memory. */
char *replace_all(const char *text, const char *what, const char *value);

/* The column behind a character that is printed at `column`, from 0. */
size_t column_after(size_t column, int c);

/* The first character that is no blank or tab; behind `count` fields. */
const char *skip_blanks(const char *text);
const char *skip_fields(const char *text, long long count);

/* ---- Files. */

/* Writes all of it; returns 0, or -1 with errno. */
int write_all(int fd, const void *data, size_t size);

/*
 * Copies from one descriptor to the other up to the end of the file.
 * Complains by name and returns -1 if either side fails.
 */
int copy_data(int from, const char *from_name, int to, const char *to_name);

/* "dir/name" in fresh memory. */
char *join_path(const char *dir, const char *name);

/* The last component of a path; trailing slashes are cut off in place. */
char *last_component(char *path);

/*
 * Opens a file to read; "-" is standard input.  NULL after a warning.
 * close_input() closes it, warns if reading had failed, and leaves standard
 * input open.
 */
FILE *open_input(const char *name);
void close_input(FILE *file, const char *name);

/*
 * Calls fn for each named file, opened for reading, or for standard input
 * when there are none.
 */
void for_each_input(char **names, void (*fn)(FILE *file, const char *name));

/* The next line without its newline; -1 at the end.  *line as in getline. */
ssize_t read_line(FILE *file, char **line, size_t *room);

/* Asks on stderr; true if the answer starts with y or Y. */
bool confirm(const char *fmt, ...) PRINTS(1, 2);

/*
 * SOURCE... TARGET, as in cp, mv and ln: calls fn with each source and where
 * it shall go, which is inside TARGET if that is a directory.
 */
void for_each_target(char **paths, int count,
                     void (*fn)(const char *from, const char *to));

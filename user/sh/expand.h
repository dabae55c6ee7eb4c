#pragma once

#include <stdbool.h>

#include "user/sh/ast.h"
#include "user/sh/mem.h"

/*
 * From words to strings. All results live in sh.scratch. After an error (an
 * unset parameter under set -u, ${x?}, arithmetic) sh.flow is set and the
 * result is not to be used.
 */

/* Arguments of a command: split into fields, patterns made file names.
 * NULL-terminated. */
char **expand_words(const struct word *words, int *count);
/* One string, not split: the target of a redirection, a case's subject, a
 * here-document. */
char *expand_string(const struct word *word);
/* The value of an assignment: tildes also after colons. */
char *expand_assignment(const struct word *word);
/* For pattern_match(): what was quoted is escaped. */
char *expand_pattern(const struct word *word);
/* Parameters in a text such as $PS1. Keeps $?. */
char *expand_text(const char *text);

/* How the parts of a word become fields; between expand.c and param.c. */
enum {
    FIELDS_SPLIT = 1,           /* unquoted values at IFS, then patterns */
    FIELDS_ESCAPE = 2,          /* quoted characters get a backslash */
    FIELDS_COLONS = 4,          /* tildes after colons */
};

struct fields {
    int flags;
    const char *ifs;
    struct buf text;            /* the field being made */
    bool open;                  /* there is one, even if it is empty */
    bool after_space;           /* the last one ended at IFS white space */
    struct strings done;
};

/* Adds text as one piece of the field. */
void fields_add(struct fields *fields, const char *text, bool quoted);
/* Adds what a parameter or command gave, split if it is not quoted. */
void fields_add_value(struct fields *fields, const char *text, bool quoted);
/* Ends the field, if there is one. */
void fields_end(struct fields *fields);
/* Adds a word's parts; split_text says that even its literal text is the
 * result of an expansion, as in ${x:-a b}. */
void fields_add_parts(struct fields *fields, const struct part *parts,
                      bool split_text);
/* param.c: adds $x, ${x...} */
void fields_add_param(struct fields *fields, const struct part *part);

#pragma once

struct alias {
    struct alias *next;
    char *text;
    char name[];
};

/* NULL if there is none of that name. */
struct alias *alias_find(const char *name);
/* Calls visit with each name; for completion. */
void alias_each(void (*visit)(const char *name));

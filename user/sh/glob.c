/* Patterns become the names of files. */
#include "user/sh/glob.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "user/sh/pattern.h"
#include "user/sh/shell.h"

static void walk(const char *path, const char *pattern,
                 struct strings *names);

static char *concat(const char *left, const char *right, size_t length)
{
    struct buf text;

    buf_init(&text, sh.scratch);
    buf_add_string(&text, left);
    buf_add(&text, right, length);
    return buf_string(&text);
}

/* Tries one directory entry; rest is the pattern from the next slash on. */
static void try_entry(const char *path, const char *name, const char *rest,
                      struct strings *names)
{
    char *full = concat(path, name, strlen(name));
    struct stat st;

    if (!*rest)
        strings_add(names, full);
    else if (stat(full, &st) == 0 && S_ISDIR(st.st_mode))
        walk(full, rest, names);
}

/* Matches one component, which is magic, against a directory's entries. */
static void scan(const char *path, const char *component, const char *rest,
                 struct strings *names)
{
    DIR *dir = opendir(*path ? path : ".");
    struct dirent *entry;

    if (!dir)
        return;
    while ((entry = readdir(dir)) && !sh.flow) {
        const char *name = entry->d_name;

        if (name[0] == '.' && component[component[0] == '\\'] != '.')
            continue;
        if (pattern_match(component, name, strlen(name)))
            try_entry(path, name, rest, names);
    }
    closedir(dir);
}

/* Follows the pattern from path on. Plain components are only appended;
 * whether what they name exists is asked at the end. */
static void walk(const char *path, const char *pattern,
                 struct strings *names)
{
    struct stat st;

    if (too_deep())
        return;
    while (*pattern) {
        size_t slashes = strspn(pattern, "/");
        path = concat(path, pattern, slashes);
        pattern += slashes;
        size_t length = strcspn(pattern, "/");
        char *component = arena_strndup(sh.scratch, pattern, length);
        pattern += length;
        if (pattern_is_magic(component)) {
            scan(path, component, pattern, names);
            return;
        }
        pattern_unescape(component);
        path = concat(path, component, strlen(component));
    }
    if (lstat(path, &st) == 0)
        strings_add(names, (char *)path);
}

bool glob_expand(const char *pattern, struct strings *names)
{
    size_t before = names->count;

    walk("", pattern, names);
    strings_sort(names, before);
    return names->count > before;
}

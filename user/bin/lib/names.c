#include "user/bin/lib/names.h"

#include <stdlib.h>
#include <string.h>

#include "user/bin/lib/util.h"

/* The lines of both files start with name:password:id. */
static bool split_line(char *line, char **name, long long *id)
{
    char *password = strchr(line, ':');
    char *number = password ? strchr(password + 1, ':') : NULL;
    const char *p;

    if (!number)
        return false;
    p = number + 1;
    *password = '\0';
    *name = line;
    return scan_number(&p, 10, id);
}

/* Finds the line with this name, or if it is NULL with this id. */
static char *find_line(enum name_kind kind, const char *name, long long *id)
{
    FILE *file = fopen(kind == NAME_USER ? "/etc/passwd" : "/etc/group", "re");
    char *found = NULL;
    char *line = NULL;
    size_t room = 0;
    char *this_name;
    long long this_id;

    while (file && !found && read_line(file, &line, &room) >= 0) {
        if (!split_line(line, &this_name, &this_id))
            continue;
        if (name ? strcmp(name, this_name) == 0 : *id == this_id) {
            *id = this_id;
            found = copy_string(this_name);
        }
    }
    free(line);
    if (file)
        fclose(file);
    return found;
}

const char *name_of(enum name_kind kind, unsigned id, char *buf, size_t size)
{
    /* The files in a directory mostly have one owner: it is read once. */
    static struct { long long id; char *name; } last[2] = {
        [NAME_USER].id = -1, [NAME_GROUP].id = -1,
    };
    long long wanted = id;

    if (last[kind].id != wanted) {
        free(last[kind].name);
        last[kind].id = wanted;
        last[kind].name = find_line(kind, NULL, &wanted);
    }
    if (last[kind].name)
        snprint(buf, size, "%s", last[kind].name);
    else
        snprint(buf, size, "%u", id);
    return buf;
}

bool id_of(enum name_kind kind, const char *name, unsigned *id)
{
    long long value = 0;
    char *found = find_line(kind, name, &value);
    const char *p = name;

    if (!found && (!scan_number(&p, 10, &value) || *p))
        return false;
    free(found);
    *id = (unsigned)value;
    return true;
}

unsigned id_arg(enum name_kind kind, const char *name)
{
    unsigned id;

    if (!id_of(kind, name, &id))
        die("unknown %s '%s'", kind == NAME_USER ? "user" : "group", name);
    return id;
}

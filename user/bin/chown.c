/* chown, chgrp: change the owner or group of files (POSIX). */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "user/bin/lib/names.h"
#include "user/bin/lib/util.h"
#include "user/bin/lib/walk.h"

const char usage[] =
    "usage: chown [-hR] [OWNER][:GROUP] FILE...\n"
    "       chgrp [-hR] GROUP FILE...\n"
    "Set the owner or group of files, by name or number.\n"
    "  -R  directories with all that is in them  -h  links themselves\n";

struct owner {
    unsigned uid;
    unsigned gid;
    bool recursive;
    bool links;
};

static enum walk_next change(const struct walk_item *item, void *arg)
{
    const struct owner *owner = arg;

    bool itself = owner->links || item->depth > 0;

    if (item->when == WALK_LEAVE)
        return WALK_ON;
    if ((itself ? lchown : chown)(item->path, owner->uid, owner->gid) < 0)
        warn_file(item->path);
    return owner->recursive ? WALK_ON : WALK_SKIP;
}

static void parse_owner(char *text, struct owner *owner)
{
    char *group = strpbrk(text, ":.");

    if (group) {
        *group++ = '\0';
        if (*group)
            owner->gid = id_arg(NAME_GROUP, group);
    }
    if (*text)
        owner->uid = id_arg(NAME_USER, text);
}

int main(int argc, char **argv)
{
    struct owner owner = { .uid = -1, .gid = -1 };
    bool group = strcmp(program_invocation_short_name, "chgrp") == 0;
    char **paths;
    int option;

    while ((option = next_option(argv, "hR"))) {
        owner.recursive |= option == 'R';
        owner.links |= option == 'h';
    }
    paths = operands(argv, 2, argc);
    if (group)
        owner.gid = id_arg(NAME_GROUP, paths[0]);
    else
        parse_owner(paths[0], &owner);
    for (char **path = paths + 1; *path; path++)
        walk(*path, !owner.links, change, &owner);
    return finish();
}

/* id: show who one is (POSIX). */

#include <unistd.h>

#include "user/bin/lib/names.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: id [-u | -g | -G] [-nr]\n"
    "Show user and group ids, with their names.\n"
    "  -u  the user only  -g  the group  -G  all groups\n"
    "  -n  the name instead of the number  -r  the real ones\n";

static bool flag[128];

static void print_id(enum name_kind kind, unsigned id)
{
    char name[64];

    if (flag['n'])
        print("%s", name_of(kind, id, name, sizeof(name)));
    else
        print("%u", id);
}

static void print_both(const char *title, enum name_kind kind, unsigned id)
{
    char name[64];

    print("%s%u(%s)", title, id, name_of(kind, id, name, sizeof(name)));
}

static void print_groups(bool all)
{
    gid_t groups[64];
    int count = getgroups(64, groups);
    const char *before = " groups=";

    if (!all)
        print_id(NAME_GROUP, getegid());
    for (int i = 0; i < count; i++) {
        if (all) {
            print_both(before, NAME_GROUP, groups[i]);
            before = ",";
        } else if (groups[i] != getegid()) {
            putchar(' ');
            print_id(NAME_GROUP, groups[i]);
        }
    }
}

static void print_all(void)
{
    print_both("uid=", NAME_USER, getuid());
    print_both(" gid=", NAME_GROUP, getgid());
    if (geteuid() != getuid())
        print_both(" euid=", NAME_USER, geteuid());
    if (getegid() != getgid())
        print_both(" egid=", NAME_GROUP, getegid());
    print_groups(true);
}

int main(int argc, char **argv)
{
    int option;

    (void)argc;
    while ((option = next_option(argv, "Ggnru")))
        flag[option] = true;
    operands(argv, 0, 0);
    if (flag['u'])
        print_id(NAME_USER, flag['r'] ? getuid() : geteuid());
    else if (flag['g'])
        print_id(NAME_GROUP, flag['r'] ? getgid() : getegid());
    else if (flag['G'])
        print_groups(false);
    else
        print_all();
    putchar('\n');
    return finish();
}

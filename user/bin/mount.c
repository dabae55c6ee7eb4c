/* mount: show what is mounted, or mount a file system. */

#include <string.h>
#include <sys/mount.h>

#include "user/bin/lib/proc.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: mount\n"
    "       mount [-r] [-t TYPE] [-o OPTIONS] DEVICE DIRECTORY\n"
    "       mount -o remount[,OPTIONS] DIRECTORY\n"
    "Show all mounts, or mount DEVICE on DIRECTORY.\n"
    "  -t  kind of file system  -r  read-only, as -o ro\n"
    "  -o  ro rw nosuid nodev noexec sync remount bind move noatime; others\n"
    "      go to the file system\n";

/* An option word sets some flags and clears others. */
static const struct {
    const char *word;
    unsigned long set;
    unsigned long clear;
} words[] = {
    { "ro", MS_RDONLY, 0 }, { "rw", 0, MS_RDONLY },
    { "nosuid", MS_NOSUID, 0 }, { "suid", 0, MS_NOSUID },
    { "nodev", MS_NODEV, 0 }, { "dev", 0, MS_NODEV },
    { "noexec", MS_NOEXEC, 0 }, { "exec", 0, MS_NOEXEC },
    { "sync", MS_SYNCHRONOUS, 0 }, { "remount", MS_REMOUNT, 0 },
    { "bind", MS_BIND, 0 }, { "move", MS_MOVE, 0 },
    { "noatime", MS_NOATIME, 0 }, { "defaults", 0, 0 },
};

static unsigned long flags;
/* What mount(2) passes on to the file system. */
static char data[1024];

static void take_option(const char *option)
{
    size_t used = strlen(data);

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(option, words[i].word) == 0) {
            flags = (flags | words[i].set) & ~words[i].clear;
            return;
        }
    }
    snprint(data + used, sizeof(data) - used, "%s%s", used ? "," : "", option);
}

static void take_options(char *list)
{
    char *rest;

    for (char *word = strtok_r(list, ",", &rest); word;
         word = strtok_r(NULL, ",", &rest))
        take_option(word);
}

static void show(char *field[4])
{
    print("%s on %s type %s (%s)\n", field[0], field[1], field[2], field[3]);
}

int main(int argc, char **argv)
{
    const char *type = NULL;
    int option;
    char **paths;

    while ((option = next_option(argv, "o:rt:w"))) {
        if (option == 't')
            type = opt_value;
        else if (option == 'o')
            take_options(opt_value);
        else
            take_option(option == 'r' ? "ro" : "rw");
    }
    paths = operands(argv, 0, 2);
    if (argc == opt_next) {
        for_each_mount(show);
        return finish();
    }
    if (argc - opt_next == 1 && !(flags & MS_REMOUNT))
        usage_error("missing directory");
    if (mount(paths[0], paths[argc - opt_next - 1], type, flags, data) < 0)
        die_file(paths[argc - opt_next - 1]);
    return finish();
}

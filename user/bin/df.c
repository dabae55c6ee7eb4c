/* df: show the space on mounted file systems (POSIX, with -h). */

#include <string.h>
#include <sys/statvfs.h>

#include "user/bin/lib/proc.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: df [-ahik] [FILE]...\n"
    "Show the space on all mounted file systems, or on those of the files,\n"
    "in KiB.\n"
    "  -h  sizes like 1.5M  -i  inodes instead  -a  also empty ones\n";

static bool flag[128];

static void figure(unsigned long long blocks, unsigned long long size)
{
    char text[8];

    if (flag['i'])
        print(" %10llu", blocks);
    else if (flag['h'])
        print(" %10s", human_size(blocks * size, text));
    else
        print(" %10llu", blocks * size / 1024);
}

static void show(const char *device, const char *place)
{
    unsigned long long total, free, available, used;
    struct statvfs fs;

    if (statvfs(place, &fs) < 0) {
        warn_file(place);
        return;
    }
    total = flag['i'] ? fs.f_files : fs.f_blocks;
    free = flag['i'] ? fs.f_ffree : fs.f_bfree;
    available = flag['i'] ? fs.f_favail : fs.f_bavail;
    used = total - free;
    if (!total && !flag['a'] && device)
        return;
    print("%-16s", device ? device : "-");
    figure(total, fs.f_frsize);
    figure(used, fs.f_frsize);
    figure(available, fs.f_frsize);
    /* Rounded up, as POSIX wants it. */
    if (used + available)
        print(" %3llu%%", (used * 100 + used + available - 1) /
                          (used + available));
    else
        print("    -");
    print(" %s\n", place);
}

static void show_mount(char *field[4])
{
    show(field[0], field[1]);
}

int main(int argc, char **argv)
{
    int option;

    while ((option = next_option(argv, "ahikP")))
        flag[option] = true;
    print("%-16s %10s %10s %10s Use%% Mounted on\n", "Filesystem",
          flag['i'] ? "Inodes" : flag['h'] ? "Size" : "1K-blocks",
          "Used", "Available");
    if (opt_next == argc)
        for_each_mount(show_mount);
    for (int i = opt_next; i < argc; i++)
        show(NULL, argv[i]);
    return finish();
}

/* list_process, list_processgroup, list_session: Larch's own tables in /proc. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: list_process\n"
    "       list_processgroup\n"
    "       list_session\n"
    "Show all threads of all processes, all process groups or all sessions,\n"
    "as the kernel has them.\n";

static const struct table {
    const char *name, *file;
} tables[] = {
    { "list_process", "/proc/lwps" },
    { "list_processgroup", "/proc/groups" },
    { "list_session", "/proc/sessions" },
};

static void show(const char *file)
{
    int fd = open(file, O_RDONLY);
    char buf[4096];
    ssize_t n;

    if (fd < 0)
        die_file(file);
    while ((n = read(fd, buf, sizeof(buf))) > 0)
        fwrite(buf, 1, n, stdout);
    if (n < 0)
        die_file(file);
    close(fd);
}

int main(int argc, char **argv)
{
    const struct table *table = tables;

    (void)argc;
    plain_operands(argv, 0, 0);
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        if (strcmp(program_invocation_short_name, tables[i].name) == 0)
            table = &tables[i];
    }
    show(table->file);
    return finish();
}

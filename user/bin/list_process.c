/* list_process, list_channel and their kind: Larch's own tables in /proc. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: list_process, list_thread\n"
    "       list_processgroup\n"
    "       list_session\n"
    "       list_channel\n"
    "       list_shm\n"
    "       list_sem, list_mutex, list_event, list_mailbox, list_msgqueue\n"
    "Show all threads of all processes, all process groups, sessions, channels,\n"
    "shared segments (lwp_shmget), or RT-Thread objects of a kind, as the kernel\n"
    "has them.  PRI is RT-Thread's priority: 0 is the most urgent, - none.\n";

static const struct table {
    const char *name, *file;
    const char *kind;           /* only lines whose first word this is */
} tables[] = {
    { "list_process", "/proc/lwps", NULL },
    { "list_thread", "/proc/lwps", NULL },
    { "list_processgroup", "/proc/groups", NULL },
    { "list_session", "/proc/sessions", NULL },
    { "list_channel", "/proc/channels", NULL },
    { "list_shm", "/proc/lwp_shm", NULL },
    { "list_sem", "/proc/rtobjects", "sem" },
    { "list_mutex", "/proc/rtobjects", "mutex" },
    { "list_event", "/proc/rtobjects", "event" },
    { "list_mailbox", "/proc/rtobjects", "mailbox" },
    { "list_msgqueue", "/proc/rtobjects", "queue" },
};

static bool first_word_is(const char *line, const char *word)
{
    size_t length = strlen(word);

    return strncmp(line, word, length) == 0 && line[length] == ' ';
}

static void show(const struct table *table)
{
    FILE *file = open_input(table->file);
    char *line = NULL;
    size_t room = 0;

    if (!file)
        return;
    for (long n = 0; read_line(file, &line, &room) >= 0; n++) {
        if (n == 0 || !table->kind || first_word_is(line, table->kind))
            print("%s\n", line);
    }
    free(line);
    close_input(file, table->file);
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
    show(table);
    return finish();
}

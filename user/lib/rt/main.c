/*
 * main.c - main() for packages that have none, as on RT-Thread, where commands
 * and INIT_APP_EXPORT start everything: rtthread/export.h.
 */
#include "user/lib/rt/commands.h"

#include <pthread.h>
#include <rtthread/print.h>
#include <string.h>

static int list_commands(void)
{
    const struct finsh_syscall *command;

    for (command = __start_FSymTab; command < __stop_FSymTab; command++)
        rt_kprintf("%-16s - %s\n", command->name, command->desc);
    return command != __start_FSymTab;
}

static char *last_part(char *path)
{
    char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

int main(int argc, char **argv)
{
    int status;

    if (argc > 0)
        argv[0] = last_part(argv[0]);
    if (argc > 1 && __rt_command_find(argv[1]))
        status = rt_msh_exec(argc - 1, argv + 1);
    else if (argc > 0 && __rt_command_find(argv[0]))
        status = rt_msh_exec(argc, argv);
    else
        status = list_commands();
    if (!status)
        pthread_exit(NULL);
    return status;
}

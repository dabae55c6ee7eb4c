/* export.c - exported commands: rtthread/export.h. */
#include "user/lib/lwp/result.h"
#include "user/lib/rt/commands.h"

#include <errno.h>
#include <string.h>

const struct finsh_syscall *__rt_command_find(const char *name)
{
    const struct finsh_syscall *command;

    for (command = __start_FSymTab; command < __stop_FSymTab; command++)
        if (!strcmp(command->name, name))
            return command;
    return NULL;
}

int rt_msh_exec(int argc, char **argv)
{
    const struct finsh_syscall *command =
        argc > 0 ? __rt_command_find(argv[0]) : NULL;

    if (!command)
        return (int)__lwp_result(-ENOENT);
    return command->func(argc, argv);
}

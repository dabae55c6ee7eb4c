/* export.c - exported commands: rtthread/export.h. */
#include "user/lib/lwp/result.h"

#include <errno.h>
#include <rtthread/export.h>
#include <string.h>

/* The linker's, if the program exports any. */
extern const struct finsh_syscall __start_FSymTab[] rt_weak;
extern const struct finsh_syscall __stop_FSymTab[] rt_weak;

int rt_msh_exec(int argc, char **argv)
{
    const struct finsh_syscall *command;

    for (command = __start_FSymTab; command < __stop_FSymTab; command++)
        if (argc > 0 && !strcmp(command->name, argv[0]))
            return command->func(argc, argv);
    return (int)__lwp_result(-ENOENT);
}

/*
 * export.h - functions that run by themselves, and commands (lwp.md row K-14).
 */
#pragma once

#include <rtdef.h>

typedef int (*init_fn_t)(void);

/*
 * Call int fn(void) before main(): board first, then prev, device, component,
 * env, app, as RT-Thread's start does.
 */
#define INIT_EXPORT(fn, level) \
    __attribute__((constructor(200 + (level)))) \
    static void __rt_init_##fn(void) \
    { \
        fn(); \
    }
#define INIT_BOARD_EXPORT(fn)       INIT_EXPORT(fn, 1)
#define INIT_PREV_EXPORT(fn)        INIT_EXPORT(fn, 2)
#define INIT_DEVICE_EXPORT(fn)      INIT_EXPORT(fn, 3)
#define INIT_COMPONENT_EXPORT(fn)   INIT_EXPORT(fn, 4)
#define INIT_ENV_EXPORT(fn)         INIT_EXPORT(fn, 5)
#define INIT_APP_EXPORT(fn)         INIT_EXPORT(fn, 6)

/* A command that a program exports; all of them lie in one section. */
struct finsh_syscall {
    const char *name, *desc;
    int (*func)(int argc, char **argv);
};

#define MSH_CMD_EXPORT_ALIAS(command, alias, description) \
    static const struct finsh_syscall __fsym_##alias \
    rt_used rt_section("FSymTab") = { \
        #alias, #description, (int (*)(int, char **))(void *)command, \
    };
#define MSH_CMD_EXPORT(command, description) \
    MSH_CMD_EXPORT_ALIAS(command, command, description)
#define FINSH_FUNCTION_EXPORT_ALIAS(function, alias, description) \
    MSH_CMD_EXPORT_ALIAS(function, alias, description)
#define FINSH_FUNCTION_EXPORT(function, description) \
    MSH_CMD_EXPORT_ALIAS(function, function, description)
#define FINSH_VAR_EXPORT(name, type, description)

/*
 * A package without a main() gets one from the library: it runs the command that
 * argv[1] names, or else argv[0], or lists the commands.  When that returns 0 the
 * process lives as long as its threads do, as on RT-Thread; else it ends with that
 * status.
 */

/*
 * Run the exported command argv[0] with these arguments; it blocks as long as
 * that runs.
 *
 * Its result, or -RT_ERROR: there is none of that name.
 */
int rt_msh_exec(int argc, char **argv);

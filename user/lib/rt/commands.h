/*
 * commands.h - the commands that a program exports.
 */
#pragma once

#include <rtthread/export.h>

/* The linker's, around the section; both NULL if there is none. */
extern const struct finsh_syscall __start_FSymTab[] rt_weak;
extern const struct finsh_syscall __stop_FSymTab[] rt_weak;

/* The command of this name, or NULL. */
const struct finsh_syscall *__rt_command_find(const char *name);

/*
 * trace.h - children that are traced: starting them, what they stop for, their
 * registers and memory.
 */
#pragma once

#include "tests/user/lib/child.h"

#include <sys/ptrace.h>
#include <asm/ptrace.h>

typedef struct user_regs_struct regs_t;

/* A child that asks to be traced, stops by SIGSTOP (seen here already), and
 * then runs body(). */
pid_t trace_start(void (*body)(void));

/* The next status of a tracee, or of any of them (-1; *who says which). */
int trace_wait(pid_t pid);
int trace_wait_any(pid_t *who);

/* Let it go on, with a signal or 0, to the next stop; the status. */
int trace_cont(pid_t pid, int signo);
int trace_syscall(pid_t pid);

void trace_get_regs(pid_t pid, regs_t *regs);
void trace_set_regs(pid_t pid, const regs_t *regs);
long trace_peek(pid_t pid, const void *at);
void trace_poke(pid_t pid, void *at, long word);

/* Memory that is not there; an address nobody maps. */
#define NOWHERE ((void *)0x10000)

/* What waitpid(2) says of stops. */
#define STOPPED_BY(signo)   ((signo) << 8 | 0x7f)
#define STOPPED_AT(event)   STOPPED_BY(SIGTRAP | (event) << 8)
#define EXITED_WITH(code)   ((code) << 8)
#define STOPPED_IN_SYSCALL  STOPPED_BY(SIGTRAP | 0x80)

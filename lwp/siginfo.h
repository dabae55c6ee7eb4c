/*
 * siginfo.h - signal numbers, sets, and what a signal carries: the values and
 * layouts of Linux/riscv64 (asm-generic/siginfo.h, signal(7), sigaction(2)).
 */
#pragma once

#include "kernel/lib/types.h"

enum signal_number {
#define S(name, number, action) name = number,
#include "lwp/signal.def"
#undef S
    SIGRTMIN = 32,
    SIGNAL_MAX = 64,
};

/* A set of signals: bit n - 1 is signal n. */
typedef u64 sigset_t;

#define signal_bit(signo) (1ul << ((signo) - 1))

/* What a signal does to a process that neither catches nor ignores it. */
enum signal_default {
    DEFAULT_TERMINATE,
    DEFAULT_CORE,               /* terminate, with the core flag */
    DEFAULT_IGNORE,
    DEFAULT_STOP,
    DEFAULT_CONTINUE,
};

/* The signals with one default action, gathered from signal.def. */
#define SIGNALS_WITH(number, wanted, action) \
    | (DEFAULT_##action == DEFAULT_##wanted ? signal_bit(number) : 0)

static const sigset_t signals_core = 0
#define S(name, number, action) SIGNALS_WITH(number, CORE, action)
#include "lwp/signal.def"
#undef S
    ;
static const sigset_t signals_ignored = 0
#define S(name, number, action) SIGNALS_WITH(number, IGNORE, action)
#include "lwp/signal.def"
#undef S
    ;
static const sigset_t signals_stop = 0
#define S(name, number, action) SIGNALS_WITH(number, STOP, action)
#include "lwp/signal.def"
#undef S
    ;

/* Raised by an instruction of the thread itself: handled before all others. */
#define SIGNALS_FAULT \
    (signal_bit(SIGSEGV) | signal_bit(SIGBUS) | signal_bit(SIGILL) | \
     signal_bit(SIGTRAP) | signal_bit(SIGFPE) | signal_bit(SIGSYS))
/* Never blocked, caught or ignored. */
#define SIGNALS_SURE (signal_bit(SIGKILL) | signal_bit(SIGSTOP))

static inline bool signal_valid(int signo)
{
    return signo >= 1 && signo <= SIGNAL_MAX;
}

/* "SIGINT" or "SIGRT"; for messages. */
const char *signal_name(int signo);

/* si_code: who or what sent it. */
#define SI_USER         0           /* kill(2) */
#define SI_KERNEL       0x80
#define SI_QUEUE        (-1)        /* rt_sigqueueinfo(2) */
#define SI_TIMER        (-2)        /* timer_create(2) */
#define SI_MESGQ        (-3)        /* mq_notify(3) */
#define SI_TKILL        (-6)        /* tkill(2), tgkill(2) */
#define ILL_ILLOPC      1
#define SEGV_MAPERR     1
#define SEGV_ACCERR     2
#define BUS_ADRALN      1
#define BUS_ADRERR      2
#define TRAP_BRKPT      1
#define CLD_EXITED      1
#define CLD_KILLED      2
#define CLD_DUMPED      3
#define CLD_TRAPPED     4
#define CLD_STOPPED     5
#define CLD_CONTINUED   6

/* The first 48 bytes of Linux's siginfo_t; the other 80 are always zero. */
struct siginfo {
    s32 signo, error, code;
    s32 from_timer;                 /* not only SI_TIMER, as anybody can say;
                                     * padding to programs, which see 0 */
    union {
        struct { s32 pid; u32 uid; u64 value; } sender;     /* kill, queue */
        struct { s32 id, overrun; u64 value; } timer;
        struct { s32 pid; u32 uid; s32 status, pad; u64 utime, stime; } child;
        struct { u64 address; } fault;
        u64 words[4];
    };
};
_Static_assert(sizeof(struct siginfo) == 48, "as Linux's kernel_siginfo");

#define SIGINFO_USER_SIZE 128       /* sizeof(siginfo_t) */

/* Store a whole siginfo_t.  -EFAULT.  May sleep. */
int siginfo_to_user(uptr_t to, const struct siginfo *info);

/* struct sigaction's sa_handler when it is no address, and sa_flags. */
#define SIG_DFL         0ul
#define SIG_IGN         1ul
#define SA_NOCLDSTOP    0x00000001ul
#define SA_NOCLDWAIT    0x00000002ul
#define SA_SIGINFO      0x00000004ul
#define SA_RESTORER     0x04000000ul
#define SA_ONSTACK      0x08000000ul
#define SA_RESTART      0x10000000ul
#define SA_NODEFER      0x40000000ul
#define SA_RESETHAND    0x80000000ul

struct sigaction {
    u64 handler;                    /* user address, SIG_DFL or SIG_IGN */
    u64 flags;                      /* SA_* */
    u64 restorer;                   /* with SA_RESTORER: what `ra` is set to */
    sigset_t mask;                  /* blocked as well while it runs */
};

/* stack_t of sigaltstack(2). */
#define SS_ONSTACK      1
#define SS_DISABLE      2
#define SS_AUTODISARM   0x80000000u
#define MINSIGSTKSZ     2048

struct sigstack {
    u64 base;
    u32 flags, pad;
    u64 size;                       /* bytes */
};

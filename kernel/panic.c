/*
 * panic.c - the report of our own bugs, and the end of the machine.
 *
 * It trusts nothing: locks are ignored, output is polled, and a second panic
 * while reporting ends at once.
 */
#include "kernel/panic.h"

#include <stdarg.h>

#include "kernel/lib/printf.h"
#include "kernel/log.h"
#include "kernel/params.h"
#include "kernel/spinlock.h"
#include "kernel/thread.h"

#define STATUS_PANIC 125

static u32 panicked;                    /* atomic: some hart is reporting */
static struct arch_hart *panicking_hart;
static void (*user_report)(void);

void panic_set_user_report(void (*fn)(void))
{
    user_report = fn;
}

static void emit_frame(void *arg, u64 pc)
{
    char name[96];

    (void)arg;
    ksym_format(pc, name, sizeof(name));
    klog(LOG_EMERG, "  %016lx  %s", pc, name);
}

void backtrace_log(const struct trapframe *tf)
{
    klog(LOG_EMERG, "backtrace:");
    arch_backtrace(tf, emit_frame, NULL);
}

static void print_registers(const struct trapframe *tf)
{
    static const char *const names[32] = {
        "pc", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0",
        "a1", "a2", "a3", "a4", "a5", "a6", "a7", "s2", "s3", "s4", "s5",
        "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
    };

    for (int i = 0; i < 32; i += 4)
        klog(LOG_EMERG, "%4s %016lx %4s %016lx %4s %016lx %4s %016lx",
             names[i], tf->x[i], names[i + 1], tf->x[i + 1], names[i + 2],
             tf->x[i + 2], names[i + 3], tf->x[i + 3]);
    klog(LOG_EMERG, "status %lx  cause %lx  tval %016lx", tf->status,
         tf->cause, tf->tval);
}

static void print_locks(void)
{
    for (unsigned i = 0; i < RANK_COUNT; i++)
        if (this_hart()->held >> i & 1)
            klog(LOG_EMERG, "holds lock: %s", lock_rank_name(i));
}

/* The first hart to come here reports; the others stop, and so does a panic
 * inside a panic. */
static void claim_report(void)
{
    irq_disable();
    if (__atomic_exchange_n(&panicked, 1, __ATOMIC_ACQ_REL)) {
        if (panicking_hart == arch_this_hart)
            machine_exit(STATUS_PANIC);
        arch_halt();
    }
    panicking_hart = arch_this_hart;
    log_panic_mode();
    for (unsigned i = 0; i < hart_count; i++)
        if (harts[i].online && &harts[i] != this_hart())
            arch_ipi(&harts[i].arch);
}

void panic_check_stop(void)
{
    if (__atomic_load_n(&panicked, __ATOMIC_ACQUIRE))
        arch_halt();
}

static noreturn void report(const char *what, const struct trapframe *tf)
{
    const struct thread *t = current_thread();

    klog(LOG_EMERG, "PANIC: %s", what);
    klog(LOG_EMERG, "hart %lu, thread %s", arch_this_hart->id,
         t ? t->name : "(none)");
    if (tf)
        print_registers(tf);
    backtrace_log(tf);
    print_locks();
    if (user_report)
        user_report();
    machine_exit(STATUS_PANIC);
}

void panic(const char *format, ...)
{
    char what[256];
    va_list args;

    claim_report();
    va_start(args, format);
    kvsnprintf(what, sizeof(what), format, args);
    va_end(args);
    report(what, NULL);
}

void trap_fatal(struct trapframe *tf, const char *what)
{
    /* Static: this may run on the little stack for reports of overflows. */
    static char text[256], where[96];

    claim_report();
    ksym_format(trapframe_pc(tf), where, sizeof(where));
    ksnprintf(text, sizeof(text), "kernel fault: %s, address %#lx, at %s",
              what, tf->tval, where);
    report(text, tf);
}

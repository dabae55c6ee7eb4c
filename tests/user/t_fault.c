/*
 * t_fault.c - what a program may not do: the signal, its code and address, the
 * wait status, and what the kernel's log says of it (rows E-10, G-23, R11, S26,
 * T20).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/probe.h"

#include <fcntl.h>
#include <sys/klog.h>
#include <sys/resource.h>

#define RW (PROT_READ | PROT_WRITE)
#define TEXT_BASE 0x100000ul           /* where the program's file begins */
#define KERNEL_END 0xffffffffffffffff

/* --- what a program may do wrong --- */

static uintptr_t place;                 /* where the wrong is done */

static void load(void)
{
    (void)*(volatile char *)place;
}

static void store(void)
{
    *(volatile char *)place = 1;
}

static void jump(void)
{
    ((void (*)(void))place)();
}

static void add_atomically(void)
{
    __asm__ volatile("amoadd.w zero, zero, (%0)" : : "r"(place) : "memory");
}

/* Each leaves the address of its one bad instruction in `place`. */
#define BAD_INSTRUCTION(name, text) \
    static void name(void) \
    { \
        __asm__ volatile(".option push\n.option norvc\n" \
                         "  la t0, 1f\n  sd t0, %0\n1: " text "\n" \
                         ".option pop" : "=m"(place) : : "t0", "memory"); \
    }

BAD_INSTRUCTION(read_sstatus, "csrr t0, sstatus")
BAD_INSTRUCTION(write_satp, "csrw satp, zero")
BAD_INSTRUCTION(return_from_trap, "sret")
BAD_INSTRUCTION(flush_tlb, "sfence.vma")
BAD_INSTRUCTION(machine_register, "csrr t0, mhartid")
BAD_INSTRUCTION(all_zeroes, ".word 0")
BAD_INSTRUCTION(all_ones, ".word 0xffffffff")
BAD_INSTRUCTION(break_point, "ebreak")

struct wrong {
    const char *name;
    void (*act)(void);
    uintptr_t place;
    int signo, code;
    const char *words;                  /* in the log */
};

#define NEEDS_PAGE 1                    /* places to be filled in */
#define NEEDS_TEXT 2
#define NEEDS_ODD  3
#define NEEDS_LIMIT 4

static const struct wrong wrongs[] = {
    { "load from NULL", load, 0, SIGSEGV, SEGV_MAPERR,
      "load from an unmapped page, 0" },
    { "store to NULL", store, 0, SIGSEGV, SEGV_MAPERR,
      "store to an unmapped page, 0" },
    { "jump to NULL", jump, 0, SIGSEGV, SEGV_MAPERR,
      "jump to an unmapped page, 0" },
    { "jump to data", jump, NEEDS_PAGE, SIGSEGV, SEGV_ACCERR,
      "jump to a page that is not executable" },
    { "store to text", store, NEEDS_TEXT, SIGSEGV, SEGV_ACCERR,
      "store to a read-only page" },
    { "load from the kernel", load, 0xffffffff80000000, SIGSEGV, SEGV_MAPERR,
      "load from an unmapped page, 0xffffffff80000000" },
    { "load from the direct map", load, 0xffffffc000000000, SIGSEGV,
      SEGV_MAPERR, "load from an unmapped page, 0xffffffc000000000" },
    { "store to the kernel", store, 0xffffffff80200000, SIGSEGV, SEGV_MAPERR,
      "store to an unmapped page" },
    { "jump to the kernel", jump, 0xffffffff80200000, SIGSEGV, SEGV_MAPERR,
      "jump to an unmapped page" },
    { "load from the last byte", load, KERNEL_END, SIGSEGV, SEGV_MAPERR,
      "load from an unmapped page" },
    { "load from no address of Sv39", load, 1ul << 50, SIGSEGV, SEGV_MAPERR,
      "load from an unmapped page" },
    { "store behind user space", store, 1ul << 38, SIGSEGV, SEGV_MAPERR,
      "store to an unmapped page" },
    { "atomic on an odd address", add_atomically, NEEDS_ODD, SIGBUS,
      BUS_ADRALN, "misaligned " },      /* QEMU: load or store */
    { "read sstatus", read_sstatus, 0, SIGILL, ILL_ILLOPC,
      "illegal instruction" },
    { "write satp", write_satp, 0, SIGILL, ILL_ILLOPC,
      "illegal instruction" },
    { "sret", return_from_trap, 0, SIGILL, ILL_ILLOPC,
      "illegal instruction" },
    { "sfence.vma", flush_tlb, 0, SIGILL, ILL_ILLOPC,
      "illegal instruction" },
    { "read mhartid", machine_register, 0, SIGILL, ILL_ILLOPC,
      "illegal instruction" },
    { "instruction 0", all_zeroes, 0, SIGILL, ILL_ILLOPC,
      "illegal instruction" },
    { "instruction ~0", all_ones, 0, SIGILL, ILL_ILLOPC,
      "illegal instruction" },
    { "store below the stack's limit", store, NEEDS_LIMIT, SIGSEGV, SEGV_MAPERR,
      "stack overflow: store to below the stack" },
    { "ebreak", break_point, 0, SIGTRAP, TRAP_BRKPT, "breakpoint" },
};

#define WRONGS (sizeof(wrongs) / sizeof(*wrongs))

/* An address right below all that a stack of 512 KiB may cover. */
static uintptr_t below_stack(void)
{
    struct rlimit limit = { 512 << 10, RLIM_INFINITY };
    char here;

    CHECK_EQ(setrlimit(RLIMIT_STACK, &limit), 0);
    return (uintptr_t)&here - (640 << 10);
}

static void prepare(const struct wrong *w)
{
    place = w->place;
    if (place == NEEDS_PAGE)
        place = (uintptr_t)probe_pages(1, RW);
    else if (place == NEEDS_ODD)
        place = (uintptr_t)probe_pages(1, RW) + 1;
    else if (place == NEEDS_LIMIT)
        place = below_stack();
    else if (place == NEEDS_TEXT)
        place = (uintptr_t)&prepare;
}

static void act(void *arg)
{
    const struct wrong *w = arg;

    w->act();
}

TEST("E-10 G-23 R11 each wrong is the right signal, code and address")
{
    for (size_t i = 0; i < WRONGS; i++) {
        struct fault f;

        prepare(&wrongs[i]);
        f = probe_run(act, (void *)&wrongs[i]);
        if (f.signo != wrongs[i].signo || f.code != wrongs[i].code ||
            f.address != place)
            tap_fail(__FILE__, __LINE__, "%s: signal %d, code %d, %#lx for "
                     "%#lx", wrongs[i].name, f.signo, f.code, f.address,
                     place);
    }
}

/* --- what the log says --- */

#define READ_ALL 3
#define SIZE_BUFFER 10

/* The line of the kernel's log that begins so, behind its time; or NULL. */
static const char *find_in_log(const char *start)
{
    static char *log;
    int size = klogctl(SIZE_BUFFER, NULL, 0), n;

    if (size <= 0)
        tap_skip("no syslog(2)");
    log = realloc(log, size + 1);
    CHECK(log);
    n = klogctl(READ_ALL, log, size);
    CHECK(n >= 0);
    log[n] = '\0';
    char *line = strstr(log, start);
    if (line)
        line[strcspn(line, "\n")] = '\0';
    return line;
}

static void check_line(const struct wrong *w, pid_t pid)
{
    const char *slash = strrchr(tap_self, '/');
    char start[64], number[32];
    const char *line;

    snprintf(start, sizeof(start), "%s[%d]: ", slash + 1, pid);
    snprintf(number, sizeof(number), ", %#lx", place);
    line = find_in_log(start);
    if (!line || !strstr(line, w->words) || !strstr(line, number))
        tap_fail(__FILE__, __LINE__, "%s: the log says: %s", w->name,
                 line ? line : "nothing");
    if (w->place == NEEDS_TEXT && !strstr(line, "text of /"))
        tap_fail(__FILE__, __LINE__, "no name of the file: %s", line);
}

TEST("E-10 T20 without a handler the process dies of it; the log says why")
{
    for (size_t i = 0; i < WRONGS; i++) {
        uintptr_t *told = child_shared(4096);
        pid_t pid;

        if (i % 8 == 0)
            sleep_ms(1100);             /* the log takes so many a second */
        pid = child_fork();
        prepare(&wrongs[i]);
        if (pid == 0) {
            if (wrongs[i].signo == SIGILL || wrongs[i].signo == SIGTRAP) {
                /* Where it is, a first run with a handler finds out. */
                probe_run(act, (void *)&wrongs[i]);
                *told = place;
                signal(wrongs[i].signo, SIG_DFL);
            }
            wrongs[i].act();
            _exit(0);
        }
        CHECK_KILLED(pid, wrongs[i].signo);
        if (*told)
            place = *told;
        check_line(&wrongs[i], pid);
        munmap(told, 4096);
    }
}

static uintptr_t *callers;      /* of fall(), of its caller ... */

static __attribute__((noinline)) void fall(uintptr_t frame)
{
    callers[0] = (uintptr_t)__builtin_return_address(0);
    if (frame)
        __asm__ volatile("mv s0, %0\n sw zero, 0(zero)" : : "r"(frame));
    __asm__ volatile("sw zero, 8(zero)");
}

static __attribute__((noinline)) void stumble(uintptr_t frame)
{
    callers[1] = (uintptr_t)__builtin_return_address(0);
    fall(frame);
    callers[2] = 1;             /* so that the call is no tail call */
}

/* What the log says of the calls of a child that falls; "" if nothing. */
static const char *calls_of_the_fallen(uintptr_t frame)
{
    pid_t pid = child_fork();
    char start[64];
    const char *line;

    if (pid == 0) {
        stumble(frame);
        _exit(0);
    }
    CHECK_KILLED(pid, SIGSEGV);
    snprintf(start, sizeof(start), "%s[%d]: ", strrchr(tap_self, '/') + 1, pid);
    line = find_in_log(start);
    CHECK(line);
    line = strstr(line, ", called from");
    return line ? line : "";
}

TEST("I-11 the log tells the chain of calls of a program that dies")
{
    static const uintptr_t wild[] = { 8, -8ul, 0x3fffffffffc, 1, 1ul << 63 };
    char wanted[200];

    callers = child_shared(4096);
    sleep_ms(1100);             /* the log takes so many a second */
    const char *calls = calls_of_the_fallen(0);
    snprintf(wanted, sizeof(wanted), ", called from %s+%#lx %s+%#lx ",
             tap_self, callers[0] - TEXT_BASE, tap_self,
             callers[1] - TEXT_BASE);
    if (strncmp(calls, wanted, strlen(wanted)))
        tap_fail(__FILE__, __LINE__, "%s, not %s", calls, wanted);
    for (size_t i = 0; i < sizeof(wild) / sizeof(*wild); i++)
        CHECK(!strcmp(calls_of_the_fallen(wild[i]), ""));
}

TEST("E-10 blocked or ignored, a fault kills all the same")
{
    for (int i = 0; i < 2; i++) {
        pid_t pid = child_fork();

        if (pid == 0) {
            sigset_t set;
            sigemptyset(&set);
            sigaddset(&set, SIGSEGV);
            if (i)
                signal(SIGSEGV, SIG_IGN);
            else
                sigprocmask(SIG_BLOCK, &set, NULL);
            load();
            _exit(0);
        }
        CHECK_KILLED(pid, SIGSEGV);
    }
}

static void fault_again(int signo)
{
    (void)signo;
    load();
}

TEST("E-10 a fault in the handler of that fault kills")
{
    pid_t pid = child_fork();

    if (pid == 0) {
        signal(SIGSEGV, fault_again);
        load();
        _exit(0);
    }
    CHECK_KILLED(pid, SIGSEGV);
}

static char *guarded;
static volatile int faults;

static void open_page(int signo, siginfo_t *info, void *context)
{
    (void)signo;
    (void)context;
    faults++;
    mprotect((void *)((uintptr_t)info->si_addr & -PAGE), PAGE, RW);
}

TEST("E-10 what a handler has mended goes on")
{
    struct sigaction sa = { .sa_sigaction = open_page,
                            .sa_flags = SA_SIGINFO };

    guarded = probe_pages(10, PROT_NONE);
    CHECK_EQ(sigaction(SIGSEGV, &sa, NULL), 0);
    for (size_t i = 0; i < 10 * PAGE; i += 64)
        guarded[i] = i / PAGE;
    CHECK_EQ(faults, 10);
    for (int i = 0; i < 10; i++)
        CHECK_EQ(guarded[i * PAGE], i);
}

/* --- instructions at odd places --- */

static const uint32_t two_and_return[] = { 0x00200513, 0x00008067 };

TEST("R11 a jump to an odd address goes to the even one below it")
{
    char *p = probe_pages(1, RW | PROT_EXEC);
    int (*odd)(void) = (int (*)(void))(p + 1);

    memcpy(p, two_and_return, sizeof(two_and_return));
    __builtin___clear_cache(p, p + 8);
    CHECK_EQ(odd(), 2);
    CHECK_EQ(mprotect(p, PAGE, PROT_READ), 0);
    struct fault f = probe((uintptr_t)p + 1, EXEC);
    CHECK_EQ(f.signo, SIGSEGV);
    CHECK_EQ(f.address, p);
}

TEST("R11 an instruction that reaches into a page that is not there")
{
    char *p = probe_pages(2, RW | PROT_EXEC);
    struct fault f;

    CHECK_EQ(munmap(p + PAGE, PAGE), 0);
    memcpy(p + PAGE - 2, two_and_return, 2);
    __builtin___clear_cache(p, p + PAGE);
    f = probe((uintptr_t)p + PAGE - 2, EXEC);
    CHECK_EQ(f.signo, SIGSEGV);
    CHECK_EQ(f.code, SEGV_MAPERR);
    CHECK_EQ(f.address, p + PAGE);
}

TEST("loads and stores at odd addresses work, across pages, too")
{
    char *p = probe_pages(2, RW);
    volatile uint64_t *odd = (uint64_t *)(p + PAGE - 3);

    *odd = 0x1122334455667788;
    CHECK(*odd == 0x1122334455667788);
    CHECK(p[PAGE - 3] == (char)0x88 && p[PAGE] == 0x55);
    CHECK_EQ(munmap(p + PAGE, PAGE), 0);
    struct fault f = probe((uintptr_t)p + PAGE, READ);
    CHECK_EQ(f.signo, SIGSEGV);
}

static volatile long zero;

TEST("division by zero is no fault here: -1, and the dividend remains")
{
    CHECK_EQ(7 / zero, -1);
    CHECK_EQ(7 % zero, 7);
}

/* --- what the kernel is asked to do at such addresses --- */

TEST("E-12 the system refuses with EFAULT what the program would die of")
{
    static const uintptr_t bad[] = {
        0, 1, 0xfff, 0xffffffff80000000, 0xffffffc000000000, KERNEL_END,
        KERNEL_END - 7, 1ul << 38, 1ul << 50, (1ul << 38) - 1,
    };
    int p[2];

    CHECK_EQ(pipe(p), 0);
    CHECK_EQ(write(p[1], "0123456789abcdef", 16), 16);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        CHECK_FAILS(write(p[1], (void *)bad[i], 16), EFAULT);
        CHECK_FAILS(read(p[0], (void *)bad[i], 16), EFAULT);
        CHECK_FAILS(pipe((int *)bad[i]), EFAULT);
        CHECK_FAILS(open((char *)bad[i], O_RDONLY), EFAULT);
    }
    CHECK_FAILS(read(p[0], (void *)&prepare, 16), EFAULT);      /* text */
}

/*
 * t_layout.c - where things lie in a process's memory (rows E-01, E-13), and
 * what the first process is given (B-01).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/probe.h"
#include "tests/user/lib/pty.h"
#include "tests/user/lib/slurp.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define PROGRAM     0x100000ul              /* where programs are linked */
#define USER_END    0x4000000000ul          /* kernel/riscv/layout.h */

extern char **environ;
extern const char __executable_start[], end[];

/* The area that holds an address: zeroes if none does. */
struct map {
    unsigned long start, end;
    char rights[5], name[64];
};

static struct map find_map(const void *address)
{
    struct map m = { 0 };

    sscanf(probe_map_line(address), "%lx-%lx %4s %*x %*s %*u %63s", &m.start,
           &m.end, m.rights, m.name);
    return m;
}

static void check_arguments(struct map stack)
{
    const char *strings[] = {
        tap_self, environ[0], (char *)getauxval(AT_EXECFN),
        (char *)getauxval(AT_RANDOM), (char *)environ,
    };

    for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++) {
        unsigned long at = (unsigned long)strings[i];

        CHECK(at >= stack.start && at < stack.end);
    }
}

/* musl has no sbrk(). */
static char *heap_end(void)
{
    return (char *)syscall(SYS_brk, 0);
}

static char *grow_heap(size_t size)
{
    char *heap = heap_end();

    CHECK_EQ(syscall(SYS_brk, heap + size), heap + size);
    memset(heap, 0x5a, size);
    return heap;
}

TEST("E-01 program at 1 MiB, then heap, mappings, stack: apart, in this order")
{
    char here, *heap = grow_heap(1 << 20);
    struct map text = find_map(__executable_start), brk = find_map(heap);
    struct map mapping = find_map(probe_pages(4, PROT_READ | PROT_WRITE));
    struct map stack = find_map(&here);
    struct map vdso = find_map((void *)getauxval(AT_SYSINFO_EHDR));

    CHECK_EQ(text.start, PROGRAM);
    CHECK((unsigned long)__executable_start == PROGRAM);
    CHECK(!strcmp(text.rights, "r-xp") && !strcmp(brk.rights, "rw-p"));
    CHECK(!strcmp(stack.rights, "rw-p") && !strcmp(stack.name, "[stack]"));
    CHECK(text.end <= brk.start && (unsigned long)end <= (unsigned long)heap);
    CHECK(brk.end <= mapping.start && mapping.end <= stack.start);
    CHECK(stack.end <= vdso.start && vdso.end <= USER_END);
    check_arguments(stack);
}

TEST("E-01 a heap of 64 MiB reaches neither the arguments nor the stack")
{
    char first[64], here;

    snprintf(first, sizeof(first), "%s", environ[0] ? environ[0] : "");
    grow_heap(64 << 20);
    CHECK(!strcmp(first, environ[0] ? environ[0] : ""));
    CHECK(find_map(heap_end() - 1).end <= find_map(&here).start);
    check_arguments(find_map(&here));
}

TEST("E-01 nothing is mapped at 0 or above user memory")
{
    CHECK_FAULTS(0, READ, SIGSEGV, SEGV_MAPERR);
    CHECK_FAULTS(USER_END, READ, SIGSEGV, SEGV_MAPERR);
    CHECK_FAULTS(PROGRAM - 4096, READ, SIGSEGV, SEGV_MAPERR);
    CHECK_EQ(find_map((void *)(PROGRAM - 1)).end, 0);
}

/* --- what the kernel maps --- */

static void lose_vdso(void)
{
    char *at = (char *)getauxval(AT_SYSINFO_EHDR);
    struct map m = find_map(at);

    signal(SIGSEGV, SIG_DFL);
    CHECK_EQ(munmap((void *)m.start, m.end - m.start), 0);
    CHECK_EQ(find_map(at).end, 0);
    *(volatile char *)at;
}

TEST("E-13 the vDSO is a mapping like others, but nobody can write it")
{
    volatile char *at = (char *)getauxval(AT_SYSINFO_EHDR);
    struct map m = find_map((void *)at);
    size_t size = m.end - m.start;
    pid_t pid;

    CHECK(!strcmp(m.name, "[vdso]") && m.rights[1] == '-');
    CHECK_FAILS(mprotect((void *)m.start, size, PROT_READ | PROT_WRITE), EACCES);
    CHECK_FAULTS(m.start, WRITE, SIGSEGV, SEGV_ACCERR);
    CHECK_FAILS(read(open("/dev/zero", O_RDONLY), (void *)m.start, 16), EFAULT);
    pid = child_start(lose_vdso);
    CHECK_KILLED(pid, SIGSEGV);
    CHECK_EQ(at[0], 0x7f);              /* its parent's is still there */
}

TEST("E-13 no file gives out the memory of the machine")
{
    CHECK_FAILS(open("/dev/mem", O_RDONLY), ENOENT);
    CHECK_FAILS(open("/dev/kmem", O_RDONLY), ENOENT);
    CHECK_FAILS(open("/proc/kcore", O_RDONLY), ENOENT);
    CHECK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, open("/dev/null", O_RDONLY),
               0) == MAP_FAILED);
}

/* --- terminal --- */

static void show_terminal(void)
{
    struct pty p = pty_open();
    struct stat s;
    dev_t number;

    signal(SIGHUP, SIG_IGN);            /* TIOCNOTTY sends it */
    CHECK_EQ(fstat(p.slave, &s), 0);
    number = s.st_rdev;
    CHECK(setsid() == getpid());
    CHECK_EQ(slurp_stat(getpid(), 7), 0);
    CHECK_EQ((int)slurp_stat(getpid(), 8), -1);
    CHECK_EQ(ioctl(p.slave, TIOCSCTTY, 0), 0);
    CHECK_EQ(slurp_stat(getpid(), 7), number);
    CHECK_EQ(slurp_stat(getpid(), 8), getpgrp());
    CHECK_EQ(stat("/dev/tty", &s), 0);
    CHECK_EQ(ioctl(p.slave, TIOCNOTTY), 0);
    CHECK_EQ(slurp_stat(getpid(), 7), 0);
}

TEST("A-32 the session's terminal is told by number, with its foreground")
{
    CHECK_EQ(tap_in_child(show_terminal), 0);
}

/* --- the first process --- */

TEST("B-01 pid 1 has no parent, leads nobody's group, and cannot be ended")
{
    char exe[64] = "";

    CHECK_EQ(slurp_stat(1, 4), 0);
    CHECK_EQ(getpgid(1), 1);
    CHECK_EQ(getsid(1), 1);
    CHECK(readlink("/proc/1/exe", exe, sizeof(exe) - 1) > 0);
    CHECK(strstr(exe, "init"));
    CHECK_EQ(kill(1, SIGKILL), 0);
    CHECK_EQ(kill(1, SIGSTOP), 0);
    sleep_ms(20);
    CHECK(slurp_stat(1, 3) == 'S');
}

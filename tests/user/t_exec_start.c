/*
 * t_exec_start.c - what a program finds at its first instruction: registers,
 * stack, auxiliary vector, segments (System V psABI, ld.so(8); rows H-11..H-14,
 * S19, R23).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/image.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/stat.h>

#define PROGRAM "/tmp/t_exec_start"
#define INTERP "/tmp/t_exec_interp"

/* Writes all registers, then 2 KiB of the stack it got, to descriptor 1. */
__asm__(
    ".pushsection .rodata\n"
    ".option push\n.option norvc\n"
    ".globl probe_code, probe_code_end\n"
    "probe_code:\n"
    "  addi sp, sp, -520\n"
    "  sd zero, 0(sp)\n"
    "  .irp n, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,"
              "25,26,27,28,29,30,31\n"
    "    sd x\\n, 8*\\n(sp)\n"
    "  .endr\n"
    "  addi t0, sp, 520\n"
    "  sd t0, 16(sp)\n"
    "  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,"
              "24,25,26,27,28,29,30,31\n"
    "    fsd f\\n, 256+8*\\n(sp)\n"
    "  .endr\n"
    "  frcsr t0\n"
    "  sd t0, 512(sp)\n"
    "  li a0, 1\n"
    "  mv a1, sp\n"
    "  li a2, 520 + 2048\n"
    "  li a7, 64\n"
    "  ecall\n"
    "  li a0, 7\n"
    "  li a7, 93\n"
    "  ecall\n"
    "probe_code_end:\n"
    ".option pop\n"
    ".popsection\n");

extern const char probe_code[], probe_code_end[];

struct start {
    uint64_t x[32], f[32], fcsr;
    uint64_t stack[256];            /* argc, argv, NULL, envp, NULL, auxv */
};

static char long_string[3000];      /* so that the stack is that deep */

static void save_probe(const char *path, int type, const char *interp)
{
    struct image image;

    image_make(&image, type, probe_code, probe_code_end - probe_code);
    if (interp)
        image_set_interp(&image, interp);
    image_save(path, &image, sizeof(image));
}

static struct start probe(const char *path)
{
    char *argv[] = { "zero", "one", long_string, NULL };
    char *envp[] = { "A=1", "B=2", NULL };
    struct start s;
    size_t done = 0;
    ssize_t n;
    pid_t pid;
    int p[2];

    memset(long_string, 'l', sizeof(long_string) - 1);
    CHECK_EQ(pipe(p), 0);
    pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(dup2(p[1], 1), 1);
        execve(path, argv, envp);
        _exit(errno);
    }
    close(p[1]);
    while ((n = read(p[0], (char *)&s + done, sizeof(s) - done)) > 0)
        done += n;
    close(p[0]);
    CHECK_EXITS(pid, 7);
    CHECK_EQ(done, sizeof(s));
    return s;
}

#define AUXV_AT (1 + 3 + 1 + 2 + 1) /* word of the stack: behind the NULLs */

/* The value of an entry of the auxiliary vector; fails if it is not there
 * once. */
static uint64_t aux(const struct start *s, uint64_t type)
{
    uint64_t value = 0;
    int found = 0;

    for (const uint64_t *a = s->stack + AUXV_AT; a[0] != AT_NULL; a += 2) {
        CHECK(a < s->stack + 200);
        if (a[0] == type) {
            value = a[1];
            found++;
        }
    }
    if (found != 1)
        tap_fail(__FILE__, __LINE__, "entry %lu stands there %d times",
                 (unsigned long)type, found);
    return value;
}

static bool has_aux(const struct start *s, uint64_t type)
{
    for (const uint64_t *a = s->stack + AUXV_AT; a[0] != AT_NULL; a += 2)
        if (a[0] == type)
            return true;
    return false;
}

TEST("S19 T19 at entry sp is a multiple of 16 and all other registers are 0")
{
    struct start s;

    save_probe(PROGRAM, ET_EXEC, NULL);
    for (int round = 0; round < 20; round++) {
        volatile double make_dirty = round * 1.5;
        (void)make_dirty;
        s = probe(PROGRAM);
        CHECK_EQ(s.x[2] % 16, 0);
        for (int i = 1; i < 32; i++)
            if (i != 2 && s.x[i])
                tap_fail(__FILE__, __LINE__, "x%d is %#lx", i, s.x[i]);
        for (int i = 0; i < 32; i++)
            if (s.f[i])
                tap_fail(__FILE__, __LINE__, "f%d is %#lx", i, s.f[i]);
        CHECK_EQ(s.fcsr, 0);
    }
    unlink(PROGRAM);
}

TEST("H-14 argc, argv, NULL, envp, NULL stand at sp, strings above")
{
    struct start s;

    save_probe(PROGRAM, ET_EXEC, NULL);
    s = probe(PROGRAM);
    CHECK_EQ(s.stack[0], 3);
    CHECK_EQ(s.stack[4], 0);
    CHECK_EQ(s.stack[7], 0);
    for (int i = 1; i < 7; i++)
        if (i != 4)
            CHECK(s.stack[i] > s.x[2] && s.stack[i] < 1ul << 38);
    CHECK_EQ(s.stack[2] - s.stack[1], sizeof("zero"));
    CHECK_EQ(s.stack[3] - s.stack[2], sizeof("one"));
    CHECK_EQ(s.stack[5] - s.stack[3], sizeof(long_string));
    CHECK_EQ(s.stack[6] - s.stack[5], sizeof("A=1"));
    unlink(PROGRAM);
}

TEST("A-06 H-13 the auxiliary vector tells of a static program")
{
    struct start s;

    save_probe(PROGRAM, ET_EXEC, NULL);
    s = probe(PROGRAM);
    CHECK_EQ(aux(&s, AT_PAGESZ), 4096);
    CHECK_EQ(aux(&s, AT_PHDR), IMAGE_BASE + sizeof(Elf64_Ehdr));
    CHECK_EQ(aux(&s, AT_PHENT), sizeof(Elf64_Phdr));
    CHECK_EQ(aux(&s, AT_PHNUM), 3);
    CHECK_EQ(aux(&s, AT_ENTRY), IMAGE_BASE + 0x200);
    CHECK_EQ(aux(&s, AT_BASE), 0);
    CHECK_EQ(aux(&s, AT_FLAGS), 0);
    CHECK_EQ(aux(&s, AT_CLKTCK), 100);
    CHECK_EQ(aux(&s, AT_UID), getuid());
    CHECK_EQ(aux(&s, AT_EUID), geteuid());
    CHECK_EQ(aux(&s, AT_GID), getgid());
    CHECK_EQ(aux(&s, AT_EGID), getegid());
    CHECK_EQ(aux(&s, AT_SECURE), 0);
    /* "IMAFDC": letter - 'A' */
    CHECK_EQ(aux(&s, AT_HWCAP) & 0x112d, 0x112d);
    CHECK(aux(&s, AT_RANDOM) > s.x[2]);
    CHECK(aux(&s, AT_EXECFN) > s.x[2]);
    unlink(PROGRAM);
}

ROLE(random)
{
    const char *name = (char *)getauxval(AT_EXECFN);

    if (!name || strcmp(name, argv[1]))
        return 1;
    return write(9, (void *)getauxval(AT_RANDOM), 16) != 16;
}

TEST("H-13 AT_RANDOM is 16 new bytes each time, AT_EXECFN the path as given")
{
    char *argv[] = { "x", (char *)tap_self, NULL };
    char *envp[] = { "ROLE=random", NULL };
    unsigned char bytes[10][16];
    int p[2];

    CHECK_EQ(pipe(p), 0);
    for (int i = 0; i < 10; i++) {
        pid_t pid = child_fork();
        if (pid == 0) {
            CHECK_EQ(dup2(p[1], 9), 9);
            execve(tap_self, argv, envp);
            _exit(99);
        }
        CHECK_EXITS(pid, 0);
        CHECK_EQ(read(p[0], bytes[i], 16), 16);
        for (int j = 0; j < i; j++) {
            CHECK(memcmp(bytes[i], bytes[j], 8));
            CHECK(memcmp(bytes[i] + 8, bytes[j] + 8, 8));
        }
    }
}

TEST("A-06 H-12 R23 position-independent programs run, in ever new places")
{
    struct start first, s;
    bool moved = false;

    save_probe(PROGRAM, ET_DYN, NULL);
    first = probe(PROGRAM);
    for (int i = 0; i < 10; i++) {
        s = probe(PROGRAM);
        CHECK_EQ(aux(&s, AT_PHDR) % 4096, sizeof(Elf64_Ehdr));
        CHECK_EQ(aux(&s, AT_ENTRY) % 4096, 0x200);
        CHECK_EQ(aux(&s, AT_ENTRY) / 4096, aux(&s, AT_PHDR) / 4096);
        CHECK_EQ(aux(&s, AT_BASE), 0);
        moved |= aux(&s, AT_ENTRY) != aux(&first, AT_ENTRY);
    }
    CHECK(moved);
    unlink(PROGRAM);
}

TEST("H-12 R23 with an interpreter, that one is entered and told of both")
{
    struct start s;
    struct image program;

    for (int i = 0; i < 2; i++) {
        /* Were the program itself entered, it would exit with 23. */
        image_make(&program, i ? ET_DYN : ET_EXEC, NULL, 0);
        image_set_interp(&program, INTERP);
        image_save(PROGRAM, &program, sizeof(program));
        save_probe(INTERP, ET_DYN, NULL);
        s = probe(PROGRAM);
        CHECK(aux(&s, AT_BASE) != 0);
        CHECK_EQ(aux(&s, AT_BASE) % 4096, 0);
        CHECK_EQ(aux(&s, AT_PHNUM), 4);
        CHECK_EQ(aux(&s, AT_ENTRY) % 4096, 0x200);
        CHECK(aux(&s, AT_ENTRY) != aux(&s, AT_BASE) + 0x200);
        if (!i)
            CHECK_EQ(aux(&s, AT_ENTRY), IMAGE_BASE + 0x200);
    }
    unlink(PROGRAM);
    unlink(INTERP);
}

static void expect(int error)
{
    char *argv[] = { "x", NULL };

    errno = 0;
    execve(PROGRAM, argv, argv);
    if (errno != error)
        tap_fail(__FILE__, __LINE__, "errno %d, not %d", errno, error);
}

TEST("H-12 interpreters that are missing or no programs")
{
    save_probe(PROGRAM, ET_EXEC, INTERP);
    unlink(INTERP);
    expect(ENOENT);
    image_save(INTERP, "no ELF file", 11);
    expect(ELIBBAD);
    CHECK_EQ(chmod(INTERP, 0644), 0);
    expect(EACCES);
    save_probe(PROGRAM, ET_EXEC, "/dev/null/x");
    expect(ENOTDIR);
    save_probe(PROGRAM, ET_EXEC, "");
    expect(ENOEXEC);
    unlink(PROGRAM);
    unlink(INTERP);
}

TEST("H-11 data is loaded, the rest is zero, page after page")
{
    char *argv[] = { "x", NULL };
    struct image image;
    pid_t pid;

    for (int dynamic = 0; dynamic < 2; dynamic++) {
        image_make(&image, dynamic ? ET_DYN : ET_EXEC, NULL, 0);
        image_save(PROGRAM, &image, sizeof(image));
        pid = child_fork();
        if (pid == 0) {
            execve(PROGRAM, argv, argv);
            _exit(99);
        }
        CHECK_EXITS(pid, 23);
    }
    unlink(PROGRAM);
}

TEST("H-13 a program run with rights of another is told by AT_SECURE")
{
    struct start s;

    if (getuid() != 0)
        tap_skip("needs root");
    save_probe(PROGRAM, ET_EXEC, NULL);
    CHECK_EQ(chown(PROGRAM, 2000, 3000), 0);
    CHECK_EQ(chmod(PROGRAM, 06755), 0);
    s = probe(PROGRAM);
    CHECK_EQ(aux(&s, AT_SECURE), 1);
    CHECK_EQ(aux(&s, AT_UID), 0);
    CHECK_EQ(aux(&s, AT_EUID), 2000);
    CHECK_EQ(aux(&s, AT_EGID), 3000);
    unlink(PROGRAM);
}

TEST("A-40 H-16 what AT_SYSINFO_EHDR points to is an ELF file")
{
    unsigned long at = getauxval(AT_SYSINFO_EHDR);
    struct start s;

    save_probe(PROGRAM, ET_EXEC, NULL);
    s = probe(PROGRAM);
    CHECK_EQ(has_aux(&s, AT_SYSINFO_EHDR), at != 0);
    unlink(PROGRAM);
    if (!at)
        tap_skip("no vDSO");
    CHECK(!memcmp((void *)at, ELFMAG, SELFMAG));
}

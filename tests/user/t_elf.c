/*
 * t_elf.c - broken ELF files: exec refuses them and the caller is unharmed, or
 * they run and end somehow; the kernel stays up and loses nothing (row H-11).
 *
 * run: cpus=1,4 timeout=120
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/image.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>

#define PROGRAM "/tmp/t_elf"
#define INTERP "/tmp/t_elf_interp"
#define RUNS_AGAIN 23               /* what the unharmed program exits with */
#define REFUSED 100                 /* + errno: the exec failed */

/* What exec may say of a file that is no sound program. */
static bool is_refusal(int error)
{
    return error == ENOEXEC || error == EINVAL || error == ENOMEM ||
           error == ELIBBAD || error == ENOENT || error == EACCES ||
           error == ENOTDIR || error == EISDIR || error == ENAMETOOLONG;
}

/* Shared with the children: one was not as it should be after a refusal.  Their
 * status does not tell, as a broken program may exit with any. */
static volatile int *harmed;

/* Exec it in a child, that checks itself if it is refused: its wait status. */
static int try(const char *path)
{
    static int memory = 5;
    char *argv[] = { "broken", NULL };
    pid_t pid;

    if (!harmed)
        harmed = child_shared(4096);
    pid = child_fork();

    if (pid == 0) {
        /* It may run in circles. */
        struct itimerval limit = { { 0, 0 }, { 0, 300000 } };
        const int before = memory;
        setitimer(ITIMER_REAL, &limit, NULL);
        execve(path, argv, argv);
        int error = errno;
        if (before != memory || getpid() == 1 || !is_refusal(error)) {
            *harmed = 1;
            tap_fail(__FILE__, __LINE__, "errno %d", error);
        }
        _exit(REFUSED + error);
    }
    return child_wait(pid);
}

struct tally {
    int refused, killed, ended;
};

/* Where tampering hurts: in the headers, mostly, and in the code. */
static size_t choose_place(const struct image *image)
{
    size_t headers = sizeof(Elf64_Ehdr) +
                     image->header.e_phnum % 5 * sizeof(Elf64_Phdr);

    switch (tap_below(8)) {
    case 0:
        return tap_below(sizeof(*image));
    case 1:
    case 2:
        return image->header.e_entry % 4096 + tap_below(64);
    default:
        return tap_below(headers);
    }
}

/* Values at which sums and comparisons go wrong. */
static uint64_t odd_number(void)
{
    static const uint64_t odd[] = {
        0, 1, 7, 8, 0xfff, 0x1000, 0x1001, 0x7fffffff, 0x80000000, 0xffffffff,
        0x3fffffffff, 0x4000000000, 0x4000001000, 1ul << 47, 1ul << 63,
        ~0ul, ~0ul - 1, ~0xffful, ~0xffful + 1, 0x7ffffffffffff000,
        0xffffffc000000000, 0x0fff, 0xffff, 0x10000, 0x100000, 0x101000,
    };
    uint64_t n = odd[tap_below(sizeof(odd) / sizeof(*odd))];

    return tap_below(2) ? n : n + tap_below(64) - 32;
}

static void put_word(struct image *image, size_t at, uint64_t value)
{
    size_t width = 1ul << tap_below(4);

    at &= ~(width - 1);
    memcpy(image->bytes + at, &value, width);
}

/* One to four changes. */
static void tamper(struct image *image)
{
    int changes = 1 + tap_below(4);

    while (changes--) {
        size_t at = choose_place(image);

        switch (tap_below(4)) {
        case 0:
            image->bytes[at] ^= 1 << tap_below(8);
            break;
        case 1:
            image->bytes[at] = tap_random();
            break;
        case 2:
            put_word(image, at, odd_number());
            break;
        default:
            put_word(image, at, tap_random());
        }
    }
}

static void judge(int status, int round, struct tally *t)
{
    if (WIFSIGNALED(status))
        t->killed++;
    else if (WEXITSTATUS(status) > REFUSED)
        t->refused++;
    else if (*harmed)
        tap_fail(__FILE__, __LINE__, "round %d", round);
    else
        t->ended++;
}

/* Tampering with programs made like this one, or with their interpreter. */
static void campaign(const struct image *sound, const char *victim, int rounds)
{
    struct tally t = { 0, 0, 0 };

    for (int i = 0; i < rounds; i++) {
        struct image image = *sound;
        size_t size = sizeof(image);

        tamper(&image);
        if (tap_below(10) == 0)
            size = tap_below(sizeof(image));
        unlink(victim);             /* something odd may still run it */
        image_save(victim, &image, size);
        judge(try(PROGRAM), i, &t);
    }
    printf("# %d refused, %d killed, %d ended by themselves\n", t.refused,
           t.killed, t.ended);
    fflush(stdout);
    /* If all were refused, or none, this would test nothing. */
    CHECK(t.refused > rounds / 10 && t.ended + t.killed > rounds / 20);
    image_save(victim, sound, sizeof(*sound));
    CHECK_EQ(try(PROGRAM), RUNS_AGAIN << 8);
    unlink(victim);
    unlink(PROGRAM);
}

TEST("H-11 2,000 static programs with broken bytes")
{
    struct image image;

    image_make(&image, ET_EXEC, NULL, 0);
    campaign(&image, PROGRAM, 2000);
}

TEST("H-11 600 position-independent programs with broken bytes")
{
    struct image image;

    image_make(&image, ET_DYN, NULL, 0);
    campaign(&image, PROGRAM, 600);
}

TEST("H-12 400 programs with broken bytes that name an interpreter")
{
    struct image image;

    image_make(&image, ET_DYN, NULL, 0);
    image_save(INTERP, &image, sizeof(image));
    image_set_interp(&image, INTERP);
    campaign(&image, PROGRAM, 400);
    unlink(INTERP);
}

TEST("H-12 400 interpreters with broken bytes")
{
    struct image image;

    image_make(&image, ET_DYN, NULL, 0);
    image_set_interp(&image, INTERP);
    image_save(PROGRAM, &image, sizeof(image));
    image_make(&image, ET_DYN, NULL, 0);
    campaign(&image, INTERP, 400);
}

TEST("H-11 the program cut at each of 330 lengths is refused or killed")
{
    struct image image;
    int status;

    image_make(&image, ET_EXEC, NULL, 0);
    for (size_t size = 0; size < sizeof(image); size += size < 256 ? 1 : 50) {
        unlink(PROGRAM);
        image_save(PROGRAM, &image, size);
        status = try(PROGRAM);
        if (WIFEXITED(status) && WEXITSTATUS(status) <= REFUSED)
            tap_fail(__FILE__, __LINE__, "%zu bytes: status %#x", size,
                     status);
    }
    unlink(PROGRAM);
}

/* --- by hand --- */

static void expect(const struct image *image, int error, int line)
{
    int status;

    unlink(PROGRAM);
    image_save(PROGRAM, image, sizeof(*image));
    status = try(PROGRAM);
    if (status != (REFUSED + error) << 8)
        tap_fail(__FILE__, line, "status %#x, not errno %d", status, error);
    unlink(PROGRAM);
}

#define WITH(field, value, error) \
    do { \
        struct image image_; \
        image_make(&image_, ET_EXEC, NULL, 0); \
        image_.field = (value); \
        expect(&image_, error, __LINE__); \
    } while (0)

TEST("H-11 headers that are wrong in one field are ENOEXEC")
{
    WITH(header.e_ident[0], 0x7e, ENOEXEC);
    WITH(header.e_ident[EI_CLASS], ELFCLASS32, ENOEXEC);
    WITH(header.e_ident[EI_DATA], ELFDATA2MSB, ENOEXEC);
    WITH(header.e_type, ET_REL, ENOEXEC);
    WITH(header.e_type, ET_CORE, ENOEXEC);
    WITH(header.e_machine, EM_NONE, ENOEXEC);
    WITH(header.e_machine, EM_X86_64, ENOEXEC);
    WITH(header.e_phentsize, 32, ENOEXEC);
    WITH(header.e_phentsize, 0, ENOEXEC);
    WITH(header.e_phnum, 0, ENOEXEC);
    WITH(header.e_phnum, 0xffff, ENOEXEC);
    WITH(header.e_phoff, IMAGE_SIZE, ENOEXEC);
    WITH(header.e_phoff, ~0ul - 64, ENOEXEC);
}

TEST("H-11 segments that overlap, lie outside or do not fit are refused")
{
    WITH(phdr[1].p_vaddr, IMAGE_BASE, EINVAL);
    WITH(phdr[1].p_vaddr, IMAGE_BASE + 0x800, EINVAL);
    WITH(phdr[1].p_vaddr, 0, EINVAL);
    WITH(phdr[1].p_vaddr, ~0xffful, EINVAL);
    WITH(phdr[1].p_vaddr, 0xffffffc000000000, EINVAL);
    WITH(phdr[1].p_memsz, 1, EINVAL);
    WITH(phdr[1].p_memsz, ~0ul, EINVAL);
    WITH(phdr[1].p_offset, 0x1008, ENOEXEC);
    WITH(phdr[1].p_filesz, 1ul << 40, ENOEXEC);
    WITH(phdr[0].p_offset, ~0xffful, ENOEXEC);
}

/* core.c - see core.h. */
#define _GNU_SOURCE
#include "tests/user/lib/core.h"

#include "tests/user/lib/child.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

void core_allow(void)
{
    const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

    CHECK_EQ(setrlimit(RLIMIT_CORE, &all), 0);
}

int core_of(void (*body)(void))
{
    return child_wait(child_start(body));
}

static void check_segments(const struct core *c)
{
    const Elf64_Phdr *ph = c->segments;
    uint64_t last = 0, end = ph->p_offset + ph->p_filesz;

    CHECK_EQ(ph->p_type, PT_NOTE);
    for (int i = 1; i < c->header->e_phnum; i++) {
        ph = &c->segments[i];
        CHECK_EQ(ph->p_type, PT_LOAD);
        CHECK(ph->p_vaddr >= last && ph->p_vaddr % 4096 == 0);
        CHECK(ph->p_filesz <= ph->p_memsz);
        CHECK(ph->p_offset >= end && ph->p_offset % 4096 == 0);
        last = ph->p_vaddr + ph->p_memsz;
        end = ph->p_offset + ph->p_filesz;
    }
    CHECK_EQ(end, c->size);
}

void core_open(struct core *c, const char *name)
{
    struct stat st;
    int fd = open(name, O_RDONLY);

    CHECK(fd >= 0);
    CHECK_EQ(fstat(fd, &st), 0);
    CHECK_EQ(st.st_mode, S_IFREG | 0600);
    c->size = st.st_size;
    c->bytes = mmap(NULL, c->size, PROT_READ, MAP_PRIVATE, fd, 0);
    CHECK(c->bytes != MAP_FAILED);
    close(fd);
    c->header = (void *)c->bytes;
    CHECK(memcmp(c->header->e_ident, "\177ELF\2\1\1", 7) == 0);
    CHECK_EQ(c->header->e_type, ET_CORE);
    CHECK_EQ(c->header->e_machine, EM_RISCV);
    CHECK_EQ(c->header->e_phentsize, sizeof(Elf64_Phdr));
    c->segments = (void *)(c->bytes + c->header->e_phoff);
    check_segments(c);
}

void core_close(struct core *c)
{
    munmap(c->bytes, c->size);
}

const void *core_note(const struct core *c, unsigned type, int n, size_t *size)
{
    const char *at = c->bytes + c->segments->p_offset;
    const char *end = at + c->segments->p_filesz;

    while (at < end) {
        const Elf64_Nhdr *note = (const void *)at;
        const char *name = at + sizeof(*note);
        const char *contents = name + (note->n_namesz + 3) / 4 * 4;

        CHECK_EQ(note->n_namesz, 5);
        CHECK(strcmp(name, "CORE") == 0);
        at = contents + (note->n_descsz + 3) / 4 * 4;
        CHECK(at <= end);
        if (note->n_type != type || n-- > 0)
            continue;
        *size = note->n_descsz;
        return contents;
    }
    return NULL;
}

int core_notes(const struct core *c, unsigned type)
{
    size_t size;
    int n = 0;

    while (core_note(c, type, n, &size))
        n++;
    return n;
}

const Elf64_Phdr *core_segment(const struct core *c, const void *address)
{
    uint64_t at = (uint64_t)address;

    for (int i = 1; i < c->header->e_phnum; i++) {
        const Elf64_Phdr *ph = &c->segments[i];

        if (at >= ph->p_vaddr && at - ph->p_vaddr < ph->p_memsz)
            return ph;
    }
    return NULL;
}

const void *core_at(const struct core *c, const void *address)
{
    const Elf64_Phdr *ph = core_segment(c, address);
    uint64_t offset = (uint64_t)address - (ph ? ph->p_vaddr : 0);

    return ph && offset < ph->p_filesz ? c->bytes + ph->p_offset + offset
                                       : NULL;
}

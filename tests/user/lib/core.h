/*
 * core.h - reading the core files that children leave.
 */
#pragma once

#include "tests/user/lib/tap.h"

#include <elf.h>
#include <sys/procfs.h>

/* Let this process and its children leave cores of any size. */
void core_allow(void);

/* A child that runs body(); its wait status. */
int core_of(void (*body)(void));

/* The signal killed it, and it left a core. */
#define CHECK_DUMPED(status, signo) \
    CHECK_EQ(status, (signo) | 0x80)

/* An open core, in memory. */
struct core {
    char *bytes;
    size_t size;
    const Elf64_Ehdr *header;
    const Elf64_Phdr *segments;     /* the first holds the notes */
};

/* Map the file and check what every core has. */
void core_open(struct core *c, const char *name);
void core_close(struct core *c);

/* The contents of the n-th note (0: the first) of a type, which goes to *size;
 * NULL: there are not so many. */
const void *core_note(const struct core *c, unsigned type, int n, size_t *size);

/* How many notes there are of a type. */
int core_notes(const struct core *c, unsigned type);

/* The segment with this address; NULL: none. */
const Elf64_Phdr *core_segment(const struct core *c, const void *address);

/* What the file has for this address; NULL: nothing. */
const void *core_at(const struct core *c, const void *address);

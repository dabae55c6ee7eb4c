/*
 * probe.h - touch memory and see what comes of it.
 */
#pragma once

#include "tests/user/lib/tap.h"

#include <signal.h>
#include <sys/mman.h>

enum access { READ, WRITE, EXEC };

/* What came of an access: signo 0 if nothing. */
struct fault {
    int signo, code;
    uintptr_t address;
};

/* One byte is read, or 0x5a is written, or the address is called. */
struct fault probe(uintptr_t address, enum access access);

/* Run body(arg) until its end or its first fault. */
struct fault probe_run(void (*body)(void *arg), void *arg);

#define CHECK_WORKS(where, access) \
    do { \
        struct fault f_ = probe((uintptr_t)(where), access); \
        if (f_.signo) \
            tap_fail(__FILE__, __LINE__, #access " of %#lx: signal %d", \
                     (unsigned long)(where), f_.signo); \
    } while (0)

#define CHECK_FAULTS(where, access, signal, si_code) \
    do { \
        uintptr_t a_ = (uintptr_t)(where); \
        struct fault f_ = probe(a_, access); \
        if (f_.signo != (signal) || f_.code != (si_code) || \
            f_.address != a_) \
            tap_fail(__FILE__, __LINE__, #access " of %#lx: signal %d, " \
                     "code %d, address %#lx", (unsigned long)a_, \
                     f_.signo, f_.code, (unsigned long)f_.address); \
    } while (0)

/* Private memory of that many pages. */
char *probe_pages(size_t pages, int prot);

/* What is resident of `pages` pages, as mincore(2) says. */
size_t probe_resident(void *start, size_t pages);

/* /proc/self/maps, its first 64 KiB, read without mapping anything meanwhile
 * as stdio might.  The next call overwrites it. */
char *probe_maps(void);

/* The line of it that has this address in it, or "". */
const char *probe_map_line(const void *address);

#define PAGE 4096ul

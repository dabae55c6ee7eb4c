/*
 * elf.h - the parts of the ELF64 format that running a program needs (System
 * V ABI, chapters 4 and 5; the RISC-V supplement), and a check of untrusted
 * headers that leaves nothing to doubt for whoever maps them.
 */
#pragma once

#include "kernel/lib/types.h"

struct elf_header {
    u8 ident[16];
    u16 type;
    u16 machine;
    u32 version;
    u64 entry;              /* address of the first instruction */
    u64 phoff;              /* of the program headers, in the file */
    u64 shoff;
    u32 flags;
    u16 ehsize;
    u16 phentsize;
    u16 phnum;
    u16 shentsize;
    u16 shnum;
    u16 shstrndx;
};

struct elf_phdr {
    u32 type;
    u32 flags;              /* ELF_R, ELF_W, ELF_X */
    u64 offset;             /* in the file */
    u64 vaddr;
    u64 paddr;
    u64 filesz;
    u64 memsz;              /* what exceeds filesz reads as zeros */
    u64 align;
};

enum {                      /* places in ident, and their values */
    ELF_CLASS = 4, ELF_CLASS_64 = 2,
    ELF_DATA = 5, ELF_DATA_LITTLE = 1,
    ELF_VERSION = 6, ELF_VERSION_CURRENT = 1,
};

enum { ELF_EXEC = 2, ELF_DYN = 3, ELF_CORE = 4 };       /* type */
enum { ELF_MACHINE_RISCV = 243 };                       /* machine */
enum { ELF_RISCV_RVC = 1, ELF_RISCV_FLOAT_DOUBLE = 4 }; /* flags */
enum { ELF_X = 1, ELF_W = 2, ELF_R = 4 };               /* segment flags */

enum {                                                  /* segment types */
    ELF_PT_NULL = 0,
    ELF_PT_LOAD = 1,
    ELF_PT_DYNAMIC = 2,
    ELF_PT_INTERP = 3,
    ELF_PT_NOTE = 4,
    ELF_PT_PHDR = 6,
    ELF_PT_TLS = 7,
    ELF_PT_GNU_STACK = 0x6474e551,
    ELF_PT_GNU_RELRO = 0x6474e552,
};

#define ELF_PHDRS_MAX   128
#define ELF_INTERP_MAX  256     /* bytes of the interpreter's path, with NUL */

/* Where a program may lie, and what it was read from. */
struct elf_limits {
    u64 file_size;          /* bytes */
    vaddr_t user_start;     /* lowest address a segment may have */
    vaddr_t user_end;       /* first address it may not reach */
};

/* What the loader needs beside the PT_LOAD headers themselves. */
struct elf_plan {
    vaddr_t lowest;         /* page of the first segment's first byte */
    vaddr_t highest;        /* behind the last segment, rounded up to a page */
    vaddr_t data_end;       /* behind the last byte: where brk begins */
    vaddr_t code_start, code_end;   /* of the segments that can be executed */
    vaddr_t data_start, data_file_end;  /* what the file has of the last one */
    vaddr_t phdrs;          /* of the headers in memory (AT_PHDR); 0: nowhere */
    u64 interp_offset;      /* path of the interpreter, in the file */
    u32 interp_length;      /* with its NUL; 0 if there is none */
    bool position_free;     /* ET_DYN: all addresses count from a chosen base */
    bool stack_executable;  /* asked for, or not said at all, by GNU_STACK */
};

/*
 * Is this the head of a program for us: RISC-V, 64 bits, little-endian,
 * ET_EXEC or ET_DYN, with 1 to ELF_PHDRS_MAX program headers of the right
 * size inside the file?  0, or -ENOEXEC as for any file that is no program.
 */
int elf_check_header(const struct elf_header *header, u64 file_size);

/*
 * Check all header->phnum program headers, which stand at `phdrs`, of a
 * header that has passed elf_check_header(); fill in *plan.  After 0:
 *  - the PT_LOAD segments ascend, and no two touch the same page;
 *  - each has filesz <= memsz, its file bytes (if any) inside the file at an
 *    offset equal to its address modulo PAGE_SIZE, and lies inside the limits
 *    (a position_free program would fit between them from address 0 on);
 *  - entry lies in an executable one of them.
 * Empty PT_LOADs (memsz 0) may occur anywhere and are to be skipped.
 *
 * -ENOEXEC: no PT_LOAD at all, bad interpreter, bytes beyond the end of file.
 * -EINVAL: a segment contradicts itself or another, or is out of limits.
 */
int elf_check_segments(const struct elf_header *header,
                       const struct elf_phdr *phdrs,
                       const struct elf_limits *limits, struct elf_plan *plan);

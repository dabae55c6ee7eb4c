/*
 * image.h - small programs that tests make themselves, as ELF files.
 */
#pragma once

#include "tests/user/lib/tap.h"

#include <elf.h>

#define IMAGE_BASE  0x100000ul          /* of programs at a fixed address */
#define IMAGE_DATA  0x2000              /* from the base: the data segment */
#define IMAGE_SIZE  0x1040              /* bytes of the file */
#define IMAGE_MAGIC 0x4c61726368ull     /* what its data begins with */

/* The file: headers and code in its first page, data in its second. */
struct image {
    union {
        struct {
            Elf64_Ehdr header;
            Elf64_Phdr phdr[4];
        };
        unsigned char bytes[IMAGE_SIZE];
    };
};

/*
 * A program of two segments, read-execute and read-write, the second with some
 * zeroed memory behind it.  The code, position-free, is entered at its first
 * byte; NULL: code that checks that data and zeroes are there and exits with
 * 23, or with 24.  At a fixed address if `type` is ET_EXEC, anywhere if ET_DYN.
 */
void image_make(struct image *image, int type, const void *code, size_t size);

/* Name the interpreter in a fourth header. */
void image_set_interp(struct image *image, const char *path);

/* Write bytes to a file of mode 0755. */
void image_save(const char *path, const void *bytes, size_t size);

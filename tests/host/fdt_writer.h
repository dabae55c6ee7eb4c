/*
 * fdt_writer.h - writes device trees token by token, good and bad ones, for
 * the tests of those who read them.
 */
#pragma once

#include <stdarg.h>
#include <string.h>

#include "kernel/lib/types.h"

#define STRINGS_AT 0x800        /* the structure is before, names behind */
#define BLOB_SIZE 0x1000

static u8 blob[BLOB_SIZE];
static size_t at, strings;

static inline void put32_at(size_t offset, u32 value)
{
    for (int i = 0; i < 4; i++)
        blob[offset + i] = value >> (24 - 8 * i);
}

static inline void put32(u32 value)
{
    put32_at(at, value);
    at += 4;
}

static inline void put_bytes(const void *data, size_t size)
{
    memcpy(blob + at, data, size);
    at += ALIGN_UP(size, 4);
}

static inline void begin_node(const char *name)
{
    put32(1);
    put_bytes(name, strlen(name) + 1);
}

static inline void end_node(void)
{
    put32(2);
}

static inline void put_prop(const char *name, const void *data, size_t size)
{
    put32(3);
    put32(size);
    put32(strings);
    memcpy(blob + STRINGS_AT + strings, name, strlen(name) + 1);
    strings += strlen(name) + 1;
    put_bytes(data, size);
}

static inline void put_string(const char *name, const char *value)
{
    put_prop(name, value, strlen(value) + 1);
}

static inline void put_cells(const char *name, int count, ...)
{
    u8 bytes[32];
    va_list args;

    va_start(args, count);
    for (int i = 0; i < count; i++) {
        u32 cell = va_arg(args, u32);
        for (int k = 0; k < 4; k++)
            bytes[4 * i + k] = cell >> (24 - 8 * k);
    }
    va_end(args);
    put_prop(name, bytes, 4 * count);
}

/* Two reservations, of which the first is [0x80000000, +0x40000). */
static inline void begin_blob(void)
{
    memset(blob, 0, sizeof(blob));
    strings = 0;
    put32_at(40 + 4, 0x80000000);
    put32_at(40 + 12, 0x40000);
    put32_at(56, 1);
    put32_at(56 + 12, 0x1000);
    at = 88;
}

static inline void end_blob(void)
{
    put32(9);
    put32_at(0, 0xd00dfeed);
    put32_at(4, BLOB_SIZE);
    put32_at(8, 88);
    put32_at(12, STRINGS_AT);
    put32_at(16, 40);
    put32_at(20, 17);
    put32_at(24, 16);
    put32_at(32, strings);
    put32_at(36, at - 88);
}

static inline void put_soc(void)
{
    begin_node("soc");
    put_cells("#address-cells", 1, 1);
    put_cells("#size-cells", 1, 1);
    begin_node("serial@10000000");
    put_prop("compatible", "acme,uart\0ns16550a", 19);
    put_cells("reg", 4, 0x10000000, 0x100, 0x20000000, 0x200);
    put_cells("phandle", 1, 5);
    put_string("status", "okay");
    end_node();
    begin_node("serial@20000000");
    put_string("status", "disabled");
    put_cells("reg", 3, 0xfffffff0, 0x20, 0x30000000);
    end_node();
    end_node();
}

static inline void make_tree(void)
{
    begin_blob();
    begin_node("");
    put_cells("#address-cells", 1, 2);
    put_cells("#size-cells", 1, 2);
    put32(4);                               /* a NOP */
    begin_node("aliases");
    put_string("serial0", "/soc/serial@10000000");
    put_string("loop", "loop");
    put_string("relative", "xsoc");
    end_node();
    begin_node("chosen");
    put_string("bootargs", "quiet");
    put_cells("u64", 2, 1, 2);
    put_cells("u96", 3, 1, 2, 3);
    put_prop("unterminated", "abc", 3);
    put_prop("empty", "", 0);
    end_node();
    begin_node("memory@80000000");
    put_cells("reg", 4, 0, 0x80000000, 1, 0);
    end_node();
    put_soc();
    end_node();
    end_blob();
}

/*
 * test_elf_check.c - good programs, every single thing that can be wrong with
 * one, and thousands of random ones.
 * sources: kernel/lib/elf_check.c tests/fuzz/fuzz_elf.c
 */
#include "harness.h"

#include <string.h>

#include "kernel/lib/elf.h"
#include "kernel/lib/errno.h"
#include "tests/fuzz/fuzz.h"

#define PHDRS 5
#define FILE_SIZE 0x4000

/* As the linker lays out a dynamic program: text, data with bss, and more. */
struct image {
    struct elf_header header;
    struct elf_phdr ph[PHDRS];
};

enum { TEXT, DATA, INTERP, STACK, NOTE };

static struct image image;
static struct elf_plan plan;

static const struct image good = {
    .header = {
        .ident = { 0x7f, 'E', 'L', 'F', 2, 1, 1 },
        .type = ELF_EXEC, .machine = ELF_MACHINE_RISCV, .version = 1,
        .entry = 0x100200, .phoff = sizeof(struct elf_header),
        .ehsize = sizeof(struct elf_header),
        .phentsize = sizeof(struct elf_phdr), .phnum = PHDRS,
    },
    .ph = {
        [TEXT] = { .type = ELF_PT_LOAD, .flags = ELF_R | ELF_X,
                   .offset = 0, .vaddr = 0x100000,
                   .filesz = 0x1800, .memsz = 0x1800, .align = 0x1000 },
        [DATA] = { .type = ELF_PT_LOAD, .flags = ELF_R | ELF_W,
                   .offset = 0x1800, .vaddr = 0x102800,
                   .filesz = 0x900, .memsz = 0x2345, .align = 0x1000 },
        [INTERP] = { .type = ELF_PT_INTERP, .offset = 0x200, .filesz = 26 },
        [STACK] = { .type = ELF_PT_GNU_STACK, .flags = ELF_R | ELF_W },
        [NOTE] = { .type = ELF_PT_NOTE, .offset = ~0ul, .filesz = ~0ul },
    },
};

static int check(void)
{
    struct elf_limits limits = { FILE_SIZE, 0x10000, 1ul << 38 };
    int error = elf_check_header(&image.header, FILE_SIZE);

    if (error == 0)
        error = elf_check_segments(&image.header, image.ph, &limits, &plan);
    return error;
}

/* The good image with one field changed has this result. */
#define assert_check(result, field, value) \
    do { \
        image = good; \
        image.field = (value); \
        assert_int_equal(check(), result); \
    } while (0)

static void test_good_program(void **state)
{
    image = good;
    assert_int_equal(check(), 0);
    assert_int_equal(plan.lowest, 0x100000);
    assert_int_equal(plan.highest, 0x105000);
    assert_int_equal(plan.data_end, 0x104b45);
    assert_int_equal(plan.code_start, 0x100000);
    assert_int_equal(plan.code_end, 0x101800);
    assert_int_equal(plan.data_start, 0x102800);
    assert_int_equal(plan.data_file_end, 0x103100);
    assert_int_equal(plan.phdrs, 0x100040);
    assert_int_equal(plan.interp_offset, 0x200);
    assert_int_equal(plan.interp_length, 26);
    assert_false(plan.position_free);
    assert_false(plan.stack_executable);
}

static void test_position_free_program(void **state)
{
    image = good;
    image.header.type = ELF_DYN;
    image.header.entry = 0x200;
    image.ph[TEXT].vaddr = 0;
    image.ph[DATA].vaddr = 0x2800;
    assert_int_equal(check(), 0);
    assert_true(plan.position_free);
    assert_int_equal(plan.lowest, 0);
    assert_int_equal(plan.highest, 0x5000);
    assert_int_equal(plan.phdrs, 0x40);
}

static void test_bad_header(void **state)
{
    for (int i = 0; i < 7; i++)
        assert_check(-ENOEXEC, header.ident[i], 9);
    assert_check(-ENOEXEC, header.ident[ELF_CLASS], 1);
    assert_check(-ENOEXEC, header.ident[ELF_DATA], 2);
    assert_check(-ENOEXEC, header.type, 1);             /* an object file */
    assert_check(-ENOEXEC, header.type, ELF_CORE);
    assert_check(-ENOEXEC, header.machine, 62);         /* x86-64 */
    assert_check(-ENOEXEC, header.version, 0);
    assert_check(-ENOEXEC, header.phentsize, 32);       /* of ELF32 */
    assert_check(-ENOEXEC, header.phentsize, 64);
    assert_check(-ENOEXEC, header.phnum, 0);
    assert_check(-ENOEXEC, header.phnum, ELF_PHDRS_MAX + 1);
    assert_check(-ENOEXEC, header.phnum, 0xffff);
}

static void test_header_table_inside_the_file(void **state)
{
    u64 last = FILE_SIZE - PHDRS * sizeof(struct elf_phdr);

    image = good;
    image.header.phoff = last;
    assert_int_equal(elf_check_header(&image.header, FILE_SIZE), 0);
    assert_check(-ENOEXEC, header.phoff, last + 1);
    assert_check(-ENOEXEC, header.phoff, FILE_SIZE);
    assert_check(-ENOEXEC, header.phoff, FILE_SIZE + 1);
    assert_check(-ENOEXEC, header.phoff, ~0ul);
    assert_check(-ENOEXEC, header.phoff, ~0ul - 100);
}

static void test_most_headers_allowed(void **state)
{
    static struct elf_phdr many[ELF_PHDRS_MAX];
    struct elf_limits limits = { FILE_SIZE, 0x10000, 1ul << 38 };

    image = good;
    image.header.phnum = ELF_PHDRS_MAX;
    memcpy(many, good.ph, sizeof(good.ph));
    assert_int_equal(elf_check_header(&image.header, FILE_SIZE), 0);
    assert_int_equal(elf_check_segments(&image.header, many, &limits, &plan),
                     0);
}

static void test_segment_outside_the_file(void **state)
{
    image = good;
    image.ph[DATA].memsz = image.ph[DATA].filesz = FILE_SIZE - 0x1800;
    assert_int_equal(check(), 0);
    image.ph[DATA].memsz = ++image.ph[DATA].filesz;
    assert_int_equal(check(), -ENOEXEC);
    assert_check(-ENOEXEC, ph[DATA].offset, FILE_SIZE + 0x800);
    assert_check(-ENOEXEC, ph[DATA].offset, -0x800ul);
    assert_check(-ENOEXEC, ph[DATA].filesz, ~0ul);
}

static void test_segment_contradicts_itself(void **state)
{
    assert_check(-EINVAL, ph[DATA].filesz, 0x2346);     /* > memsz */
    assert_check(-EINVAL, ph[DATA].vaddr, 0x102801);    /* congruence */
    assert_check(-EINVAL, ph[DATA].offset, 0x1801);
}

static void test_segment_of_zeroes_needs_no_offset(void **state)
{
    image = good;
    image.ph[DATA].filesz = 0;
    image.ph[DATA].offset = ~0ul;
    assert_int_equal(check(), 0);
    assert_int_equal(plan.highest, 0x105000);
}

static void test_empty_segment_counts_for_nothing(void **state)
{
    image = good;
    image.ph[NOTE] = (struct elf_phdr){ .type = ELF_PT_LOAD, .vaddr = ~0ul };
    assert_int_equal(check(), 0);
    assert_int_equal(plan.highest, 0x105000);
}

static void test_segment_outside_user_space(void **state)
{
    assert_check(-EINVAL, ph[TEXT].vaddr, 0xf000);
    assert_check(-EINVAL, ph[TEXT].vaddr, 0);
    assert_check(-EINVAL, ph[DATA].vaddr, (1ul << 38) - 0x1800);
    assert_check(-EINVAL, ph[DATA].vaddr, 0xffffffc080200800);
    assert_check(-EINVAL, ph[DATA].vaddr, ~0ul - 0x7ff);
    assert_check(-EINVAL, ph[DATA].memsz, ~0ul);
    assert_check(-EINVAL, ph[DATA].memsz, -0x102800ul);
    assert_check(0, ph[DATA].memsz, (1ul << 38) - 0x102800);
    assert_check(-EINVAL, ph[DATA].memsz, (1ul << 38) - 0x102800 + 1);
}

static void test_position_free_span(void **state)
{
    image = good;
    image.header.type = ELF_DYN;
    image.ph[DATA].memsz = (1ul << 38) - 0x10000 - 0x102800;
    assert_int_equal(check(), 0);
    image.ph[DATA].memsz++;
    assert_int_equal(check(), -EINVAL);
}

static void test_overlapping_segments(void **state)
{
    assert_check(-EINVAL, ph[DATA].vaddr, 0x100800);
    assert_check(-EINVAL, ph[DATA].vaddr, 0x101800);    /* the same page */
    assert_check(-EINVAL, ph[DATA].vaddr, 0x10800);     /* not ascending */
    image = good;
    image.ph[DATA].offset = 0;                          /* the next page */
    image.ph[DATA].vaddr = 0x102000;
    assert_int_equal(check(), 0);
    image.ph[TEXT].memsz = 0x2001;
    assert_int_equal(check(), -EINVAL);
}

static void test_interpreter(void **state)
{
    image = good;
    image.ph[INTERP].type = ELF_PT_NULL;
    assert_int_equal(check(), 0);
    assert_int_equal(plan.interp_length, 0);
    assert_check(0, ph[INTERP].filesz, ELF_INTERP_MAX);
    assert_check(-ENOEXEC, ph[INTERP].filesz, ELF_INTERP_MAX + 1);
    assert_check(-ENOEXEC, ph[INTERP].filesz, 0);
    assert_check(-ENOEXEC, ph[INTERP].filesz, 1);
    assert_check(0, ph[INTERP].offset, FILE_SIZE - 26);
    assert_check(-ENOEXEC, ph[INTERP].offset, FILE_SIZE - 25);
    assert_check(-ENOEXEC, ph[INTERP].offset, ~0ul);
    image = good;
    image.ph[NOTE] = image.ph[INTERP];                  /* a second one */
    assert_int_equal(check(), -ENOEXEC);
}

static void test_executable_stack(void **state)
{
    assert_check(0, ph[STACK].flags, ELF_R | ELF_W | ELF_X);
    assert_true(plan.stack_executable);
    assert_check(0, ph[STACK].type, ELF_PT_NULL);
    assert_true(plan.stack_executable);
}

static void test_entry_must_be_executable(void **state)
{
    assert_check(0, header.entry, 0x100000);
    assert_check(0, header.entry, 0x1017ff);
    assert_check(-ENOEXEC, header.entry, 0x101800);
    assert_check(-ENOEXEC, header.entry, 0xfffff);
    assert_check(-ENOEXEC, header.entry, 0x102800);     /* data */
    assert_check(-ENOEXEC, header.entry, 0);
    assert_check(-ENOEXEC, ph[TEXT].flags, ELF_R);
    image = good;
    image.ph[TEXT].type = image.ph[DATA].type = ELF_PT_NULL;
    assert_int_equal(check(), -ENOEXEC);
}

static void test_headers_not_in_memory(void **state)
{
    assert_check(0, header.phoff, FILE_SIZE - PHDRS * sizeof(struct elf_phdr));
    assert_int_equal(plan.phdrs, 0);
    /* Only part of them in a segment is as good as none. */
    assert_check(0, header.phoff, 0x1800 - 60);
    assert_int_equal(plan.phdrs, 0);
}

/* Fields set to numbers that sums of addresses go wrong with. */
static u64 odd_number(void)
{
    static const u64 odd[] = {
        0, 1, 0x800, 0x1000, FILE_SIZE, 0x100000, 0x102800, 1ul << 38,
        ~0ul, ~0ul - 0xfff, 1ul << 63, (1ul << 63) - 1,
    };
    u64 base = odd[xorshift_below(&host_random, ARRAY_SIZE(odd))];

    return base + xorshift_below(&host_random, 5) - 2;
}

static void test_mutations(void **state)
{
    static u8 file[FILE_SIZE] __attribute__((aligned(8)));
    u64 *words = (u64 *)file;

    for (int round = 0; round < 200000; round++) {
        memcpy(file, &good, sizeof(good));
        for (u64 n = 1 + xorshift_below(&host_random, 3); n > 0; n--) {
            size_t at = xorshift_below(&host_random, sizeof(good));
            if (xorshift_below(&host_random, 3) == 0)
                file[at] ^= 1 << xorshift_below(&host_random, 8);
            else
                words[at / 8] = odd_number();
        }
        LLVMFuzzerTestOneInput(file, sizeof(file));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_program),
        cmocka_unit_test(test_position_free_program),
        cmocka_unit_test(test_bad_header),
        cmocka_unit_test(test_header_table_inside_the_file),
        cmocka_unit_test(test_most_headers_allowed),
        cmocka_unit_test(test_segment_outside_the_file),
        cmocka_unit_test(test_segment_contradicts_itself),
        cmocka_unit_test(test_segment_of_zeroes_needs_no_offset),
        cmocka_unit_test(test_empty_segment_counts_for_nothing),
        cmocka_unit_test(test_segment_outside_user_space),
        cmocka_unit_test(test_position_free_span),
        cmocka_unit_test(test_overlapping_segments),
        cmocka_unit_test(test_interpreter),
        cmocka_unit_test(test_executable_stack),
        cmocka_unit_test(test_entry_must_be_executable),
        cmocka_unit_test(test_headers_not_in_memory),
        cmocka_unit_test(test_mutations),
    };
    return host_run(tests);
}

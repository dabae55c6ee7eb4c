/*
 * harness.h - what every host test includes first: cmocka, expected panics,
 * reproducible random numbers.  README.md says how to write a test.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "kernel/lib/types.h"
#include "kernel/lib/xorshift.h"

/*
 * Run the statement and fail the test unless it panics.  Locks it held are
 * forgotten.  Locals that it changes need `volatile`.
 */
#define expect_panic(statement) \
    do { \
        host_panic_begin(); \
        if (setjmp(host_panic_jump) == 0) { \
            statement; \
            host_panic_end(); \
            fail_msg("no panic: %s", #statement); \
        } \
        host_panic_end(); \
    } while (0)

extern jmp_buf host_panic_jump;
extern const char *host_panic_message;      /* of the last expected panic */
void host_panic_begin(void);
void host_panic_end(void);

/*
 * State for xorshift_next() and xorshift_below().  It starts from SEED in the
 * environment, or at random; each test begins with it, and a failure
 * prints it.
 */
extern u64 host_random;

/* n random bytes. */
void host_random_fill(void *buf, size_t n);

/* The bytes of a file, allocated by malloc(); NULL if it cannot be read. */
void *host_read_file(const char *path, size_t *size);

/* main() ends with `return host_run(tests);`. */
#define host_run(tests) host_run_group(#tests, tests, ARRAY_SIZE(tests))
int host_run_group(const char *name, const struct CMUnitTest *tests,
                   size_t count);

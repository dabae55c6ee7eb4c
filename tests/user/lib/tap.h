/*
 * tap.h - tests that run inside Larch and speak TAP (testanything.org).
 *
 *     #include "tests/user/lib/tap.h"
 *
 *     TEST("pipe: a read from an empty pipe with no writer gives 0")
 *     {
 *         int p[2];
 *         CHECK(pipe(p) == 0);
 *         ...
 *     }
 *
 * Each test runs in a process of its own; a failed CHECK ends it.  Around each
 * one the system's resources are counted (free pages, kernel objects): a test
 * that leaves something behind, every time it runs, has failed.  main() is in
 * tap.c.  Arguments select tests by a part of their name.
 *
 * Tests of exec start their own program (tap_self) again: with ROLE=name in its
 * environment it does what ROLE(name) says instead of testing.
 */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define TAP_JOIN2(a, b) a##b
#define TAP_JOIN(a, b) TAP_JOIN2(a, b)

#define TEST(text) \
    static void TAP_JOIN(test_body_, __LINE__)(void); \
    __attribute__((constructor)) \
    static void TAP_JOIN(test_add_, __LINE__)(void) \
    { \
        tap_add(text, TAP_JOIN(test_body_, __LINE__)); \
    } \
    static void TAP_JOIN(test_body_, __LINE__)(void)

void tap_add(const char *name, void (*body)(void));

#define ROLE(name) \
    static int role_##name(int argc, char **argv); \
    __attribute__((constructor)) static void role_add_##name(void) \
    { \
        tap_add_role(#name, role_##name); \
    } \
    static int role_##name(int argc __attribute__((unused)), \
                           char **argv __attribute__((unused)))

void tap_add_role(const char *name, int (*main)(int argc, char **argv));
extern const char *tap_self;            /* path of the running program */

/* Print where and why, as a TAP comment, and end the test. */
_Noreturn void tap_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* End the test: what it needs is not there. */
_Noreturn void tap_skip(const char *why);

#define CHECK(cond) \
    do { \
        if (!(cond)) \
            tap_fail(__FILE__, __LINE__, "%s (errno %d)", #cond, errno); \
    } while (0)

/* Two integers are equal. */
#define CHECK_EQ(a, b) \
    do { \
        long a_ = (long)(a), b_ = (long)(b); \
        if (a_ != b_) \
            tap_fail(__FILE__, __LINE__, "%s is %ld, not %ld (errno %d)", \
                     #a, a_, b_, errno); \
    } while (0)

/* A call fails with -1 and this errno. */
#define CHECK_FAILS(call, error) \
    do { \
        errno = 0; \
        long r_ = (long)(call); \
        if (r_ != -1 || errno != (error)) \
            tap_fail(__FILE__, __LINE__, "%s: result %ld, errno %d, not %d", \
                     #call, r_, errno, error); \
    } while (0)

/* Run body() in a child; its wait status (wait(2)). */
int tap_in_child(void (*body)(void));

/* Guest time in nanoseconds. */
int64_t tap_now(void);

/* A number from a file of "name value" lines such as /proc/meminfo; -1. */
long tap_read_number(const char *path, const char *name);

/* Random numbers from the seed that a failing run prints (SEED= sets it). */
uint64_t tap_random(void);
uint64_t tap_below(uint64_t n);

/* Go on with the series of number n, which follows from the seed too: for
 * children, that would all have the same numbers. */
void tap_series(uint64_t n);

/* How often this test was run before: see run_counted(). */
extern int tap_run;

/* harness.c - panics, seeds and the run itself. */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "kernel/lib/assert.h"

jmp_buf host_panic_jump;
const char *host_panic_message;
u64 host_random;

static u64 seed;
static bool panic_expected;
static char message[512];

/* Defined for tests that link the lock stand-ins. */
void host_locks_forget(void) __attribute__((weak));

void panic(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    if (!panic_expected)
        fail_msg("panic: %s", message);
    panic_expected = false;
    host_panic_message = message;
    if (host_locks_forget != NULL)
        host_locks_forget();
    longjmp(host_panic_jump, 1);
}

void host_panic_begin(void)
{
    panic_expected = true;
}

void host_panic_end(void)
{
    panic_expected = false;
}

void host_random_fill(void *buf, size_t n)
{
    for (u8 *p = buf; n > 0; n--)
        *p++ = xorshift_next(&host_random) >> 32;
}

void *host_read_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    char *data = NULL;
    size_t length = 0, part = 0;

    if (f == NULL)
        return NULL;
    do {
        length += part;
        data = realloc(data, length + 65536);
        part = fread(data + length, 1, 65536, f);
    } while (part > 0);
    fclose(f);
    /* Exactly as large as the file, so that ASan sees the first byte beyond. */
    *size = length;
    return realloc(data, length > 0 ? length : 1);
}

static int start_test(void **state unused_arg)
{
    host_random = seed;
    return 0;
}

/* SEED, or whatever /dev/urandom says; never 0. */
static u64 choose_seed(void)
{
    const char *text = getenv("SEED");
    u64 value = 1;
    FILE *f;

    if (text != NULL) {
        value = strtoull(text, NULL, 0);
        return value != 0 ? value : 1;
    }
    f = fopen("/dev/urandom", "rb");
    if (f != NULL) {
        if (fread(&value, 4, 1, f) != 1 || value == 0)
            value = 1;
        fclose(f);
    }
    return value;
}

int host_run_group(const char *name, const struct CMUnitTest *tests,
                   size_t count)
{
    struct CMUnitTest *copies = calloc(count, sizeof(*copies));

    /* Tests with a setup of their own go on where the one before stopped. */
    host_random = seed = choose_seed();
    for (size_t i = 0; i < count; i++) {
        copies[i] = tests[i];
        if (copies[i].setup_func == NULL)
            copies[i].setup_func = start_test;
    }
    int failed = _cmocka_run_group_tests(name, copies, count, NULL, NULL);
    if (failed > 0)
        fprintf(stderr, "# to repeat: SEED=%#lx\n", (unsigned long)seed);
    free(copies);
    return failed > 0;
}

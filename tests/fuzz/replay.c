/*
 * replay.c - runs a fuzz target on files, without a fuzzer: each file, each
 * of its prefixes, and some thousand mutations of it.  TAP, a line a file.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "kernel/lib/xorshift.h"

#define MUTATIONS 2000
#define PREFIXES 512            /* of a long file, at even distances */

/* In memory of exactly this size, so that ASan sees reads beyond. */
static void run_exactly(const u8 *data, size_t size)
{
    u8 *copy = malloc(size + (size == 0));

    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

/* One to eight bytes changed, mostly at places where small things stand. */
static void mutate(u8 *data, size_t size, u64 *random)
{
    static const u8 extremes[] = { 0, 1, 0x7f, 0x80, 0xff, 'F', '0' };

    for (u64 n = 1 + xorshift_below(random, 8); n > 0; n--) {
        size_t at = xorshift_below(random, size);

        if (xorshift_below(random, 2))
            at %= 512;
        if (xorshift_below(random, 2))
            data[at] = extremes[xorshift_below(random, sizeof(extremes))];
        else
            data[at] ^= 1 << xorshift_below(random, 8);
    }
}

static void replay(const u8 *data, size_t size)
{
    u8 *copy = malloc(size + 1);
    u64 random = 1;             /* the same in every run */

    run_exactly(data, size);
    for (size_t n = 0; n < size; n += 1 + size / PREFIXES)
        run_exactly(data, n);
    for (int i = 0; i < MUTATIONS && size > 0; i++) {
        memcpy(copy, data, size);
        mutate(copy, size, &random);
        run_exactly(copy, size);
    }
    free(copy);
}

static bool replay_file(const char *path)
{
    static u8 data[1 << 20];
    FILE *f = fopen(path, "rb");

    if (f == NULL)
        return false;
    size_t size = fread(data, 1, sizeof(data), f);
    fclose(f);
    replay(data, size);
    return size > 0;
}

int main(int argc, char **argv)
{
    glob_t corpus = { 0 };
    char **path = argv + 1;
    int failed = 0;

    /* Without arguments: the corpus that was named at compile time. */
    if (argc == 1) {
        glob(CORPUS "/*", 0, NULL, &corpus);
        path = corpus.gl_pathv;
        argc = 1 + (int)corpus.gl_pathc;
    }
    printf("1..%d\n", argc - 1);
    for (int i = 1; i < argc; i++, path++) {
        bool fine = replay_file(*path);
        printf("%s %d - %s\n", fine ? "ok" : "not ok", i, *path);
        failed += !fine;
    }
    globfree(&corpus);
    return failed > 0 || argc == 1;
}

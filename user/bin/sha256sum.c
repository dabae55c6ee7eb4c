/* sha256sum: print or check SHA-256 sums (FIPS 180-4). */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: sha256sum [-cs] [FILE]...\n"
    "Print the SHA-256 sum of each file.\n"
    "  -c  the files hold such sums: check them  -s  only by the status\n";

enum { BLOCK = 64, HEX = 64 };

struct sha256 {
    uint32_t state[8];
    uint64_t size;
    unsigned char block[BLOCK];
};

/* The first 32 bits of the fractions of the first 64 primes' cube roots. */
static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
    0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
    0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static const struct sha256 fresh = {
    .state = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
               0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 },
};

static uint32_t rotate(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

static void expand_block(const unsigned char *block, uint32_t w[64])
{
    uint32_t s0, s1;

    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | block[4 * i + 1] << 16 |
               block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 64; i++) {
        s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
        s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
}

/* The names a to h are the standard's; here they are v[0] to v[7]. */
static void mix_block(struct sha256 *sha)
{
    uint32_t w[64], v[8], t1, t2;

    expand_block(sha->block, w);
    memcpy(v, sha->state, sizeof(v));
    for (int i = 0; i < 64; i++) {
        t1 = v[7] + (rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25)) +
             ((v[4] & v[5]) ^ (~v[4] & v[6])) + round_constants[i] + w[i];
        t2 = (rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22)) +
             ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof(v[0]));
        v[4] += t1;
        v[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++)
        sha->state[i] += v[i];
}

static void add_byte(struct sha256 *sha, int byte)
{
    sha->block[sha->size++ % BLOCK] = (unsigned char)byte;
    if (sha->size % BLOCK == 0)
        mix_block(sha);
}

/* A one bit, zeros, and the length in bits fill the last block. */
static void finish_sum(struct sha256 *sha, char text[HEX + 1])
{
    uint64_t bits = sha->size * 8;

    add_byte(sha, 0x80);
    while (sha->size % BLOCK != BLOCK - 8)
        add_byte(sha, 0);
    for (int shift = 56; shift >= 0; shift -= 8)
        add_byte(sha, bits >> shift & 0xff);
    for (int i = 0; i < 8; i++)
        snprint(text + 8 * i, 9, "%08x", sha->state[i]);
}

static void sum_file(FILE *file, char text[HEX + 1])
{
    struct sha256 sha = fresh;
    int c;

    while ((c = getc(file)) != EOF)
        add_byte(&sha, c);
    finish_sum(&sha, text);
}

static void show(FILE *file, const char *name)
{
    char text[HEX + 1];

    sum_file(file, text);
    if (!ferror(file))
        print("%s  %s\n", text, name);
}

static bool silent;

/* One line of a list: the sum, two characters, the name. */
static void check_line(const char *line)
{
    const char *name = line + HEX + 2;
    char text[HEX + 1];
    FILE *file;
    bool good;

    if (strlen(line) < HEX + 3 || line[HEX] != ' ') {
        warn("not a SHA-256 sum: %s", line);
        return;
    }
    file = open_input(name);
    if (!file)
        return;
    sum_file(file, text);
    good = strncmp(text, line, HEX) == 0;
    close_input(file, name);
    if (!silent)
        print("%s: %s\n", name, good ? "OK" : "FAILED");
    if (!good)
        exit_status = error_status;
}

static void check(FILE *file, const char *name)
{
    char *line = NULL;
    size_t room = 0;

    (void)name;
    while (read_line(file, &line, &room) >= 0)
        check_line(line);
    free(line);
}

int main(int argc, char **argv)
{
    bool checking = false;
    int option;

    (void)argc;
    while ((option = next_option(argv, "cs"))) {
        checking |= option == 'c';
        silent |= option == 's';
    }
    for_each_input(argv + opt_next, checking ? check : show);
    return finish();
}

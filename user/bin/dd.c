/* dd: copy and cut by blocks (POSIX, without conversions of text). */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: dd [if=FILE] [of=FILE] [bs=N] [ibs=N] [obs=N] [count=N] [skip=N]\n"
    "          [seek=N] [conv=notrunc,sync,noerror,fsync] [status=none]\n"
    "Copy standard input to standard output, by blocks of 512 bytes.\n"
    "  count  so many input blocks  skip  leave out so many of them first\n"
    "  seek   leave so many blocks of the output as they are\n"
    "  N may end in b (512), k, M or G\n";

struct figures {
    unsigned long long whole;
    unsigned long long partial;
};

static long long input_size = 512;
static long long output_size = 512;
static long long limit = -1;
static long long skip;
static long long seek;
static const char *input_name;
static const char *output_name;
static bool keep_length, pad, go_on, flush, quiet, no_rate;

static struct figures in, out;
static unsigned long long copied;

static void take_word(char *words, const char *kind,
                      bool (*take)(const char *word))
{
    char *word;

    while ((word = strsep(&words, ","))) {
        if (!take(word))
            die("unknown %s '%s'", kind, word);
    }
}

static bool take_conversion(const char *word)
{
    bool *flags[] = { &keep_length, &pad, &go_on, &flush };
    static const char *const names[] = {
        "notrunc", "sync", "noerror", "fsync",
    };

    for (int i = 0; i < 4; i++) {
        if (strcmp(word, names[i]) == 0)
            return *flags[i] = true;
    }
    return false;
}

static bool take_status(const char *word)
{
    quiet = strcmp(word, "none") == 0;
    no_rate = strcmp(word, "noxfer") == 0;
    return quiet || no_rate || strcmp(word, "progress") == 0;
}

static long long block_size(const char *text)
{
    long long size = size_arg(text);

    if (size < 1 || size > 1 << 30)
        die("bad block size '%s'", text);
    return size;
}

static void take_operand(char *operand)
{
    char *value = strchr(operand, '=');

    if (!value)
        usage_error("'%s' has no =", operand);
    *value++ = '\0';
    if (strcmp(operand, "if") == 0)
        input_name = value;
    else if (strcmp(operand, "of") == 0)
        output_name = value;
    else if (strcmp(operand, "bs") == 0)
        input_size = output_size = block_size(value);
    else if (strcmp(operand, "ibs") == 0)
        input_size = block_size(value);
    else if (strcmp(operand, "obs") == 0)
        output_size = block_size(value);
    else if (strcmp(operand, "count") == 0)
        limit = size_arg(value);
    else if (strcmp(operand, "skip") == 0 || strcmp(operand, "iseek") == 0)
        skip = size_arg(value);
    else if (strcmp(operand, "seek") == 0 || strcmp(operand, "oseek") == 0)
        seek = size_arg(value);
    else if (strcmp(operand, "conv") == 0)
        take_word(value, "conversion", take_conversion);
    else if (strcmp(operand, "status") == 0)
        take_word(value, "status", take_status);
    else
        usage_error("unknown operand '%s'", operand);
}

static void open_files(void)
{
    int flags = O_RDWR | O_CREAT | (keep_length || seek ? 0 : O_TRUNC);
    int fd;

    if (input_name) {
        fd = open(input_name, O_RDONLY);
        if (fd < 0 || dup2(fd, STDIN_FILENO) < 0)
            die_file(input_name);
    } else {
        input_name = "standard input";
    }
    if (!output_name) {
        output_name = "standard output";
        return;
    }
    fd = open(output_name, flags, 0666);
    if (fd < 0)
        fd = open(output_name, (flags & ~O_RDWR) | O_WRONLY, 0666);
    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
        die_file(output_name);
    if (seek && !keep_length && ftruncate(fd, seek * output_size) < 0 &&
        errno != EINVAL)
        die_file(output_name);
}

static ssize_t read_block(char *buf, size_t size)
{
    ssize_t count;

    do {
        count = read(STDIN_FILENO, buf, size);
    } while (count < 0 && errno == EINTR);
    return count;
}

/* Past `skip` blocks by lseek if there is such a thing, else by reading. */
static void skip_input(char *buf)
{
    if (skip == 0 ||
        lseek(STDIN_FILENO, skip * input_size, SEEK_CUR) >= 0)
        return;
    for (; skip > 0; skip--) {
        if (read_block(buf, input_size) < 0)
            die_file(input_name);
    }
}

static void write_block(const char *buf, size_t size)
{
    if (write_all(STDOUT_FILENO, buf, size) < 0)
        die_file(output_name);
    copied += size;
    if (size == (size_t)output_size)
        out.whole++;
    else
        out.partial++;
}

/*
 * A read that failed or came short is filled up with zeros by conv=sync.
 * Returns the bytes to write, 0 at the end.
 */
static size_t next_block(char *buf)
{
    ssize_t count = read_block(buf, input_size);

    if (count < 0) {
        warn_file(input_name);
        if (!go_on)
            return 0;
        lseek(STDIN_FILENO, input_size, SEEK_CUR);
        count = 0;
        if (!pad)
            return 0;
    } else if (count == 0) {
        return 0;
    }
    if (count == input_size)
        in.whole++;
    else
        in.partial++;
    if (pad && count < input_size) {
        memset(buf + count, 0, input_size - count);
        count = input_size;
    }
    return count;
}

/* Reads into `buf`, which has room for one more input block than needed. */
static void copy(char *buf)
{
    size_t used = 0;
    size_t got;

    for (; limit != 0; limit -= limit > 0) {
        got = next_block(buf + used);
        if (!got)
            break;
        used += got;
        if (input_size == output_size) {
            write_block(buf, used);
            used = 0;
        }
        while (used >= (size_t)output_size) {
            write_block(buf, output_size);
            used -= output_size;
            memmove(buf, buf + output_size, used);
        }
    }
    if (used)
        write_block(buf, used);
}

static void report(const struct timespec *started)
{
    struct timespec ended;
    unsigned long long milliseconds;
    char text[8];

    if (quiet)
        return;
    clock_gettime(CLOCK_MONOTONIC, &ended);
    milliseconds = (ended.tv_sec - started->tv_sec) * 1000 +
                   (ended.tv_nsec - started->tv_nsec) / 1000000;
    fprint(stderr, "%llu+%llu records in\n%llu+%llu records out\n", in.whole,
           in.partial, out.whole, out.partial);
    if (no_rate)
        return;
    fprint(stderr, "%llu bytes (%s) copied, %llu.%03llu s", copied,
           human_size(copied, text), milliseconds / 1000, milliseconds % 1000);
    fprint(stderr, ", %s/s\n", human_size(copied * 1000 /
           (milliseconds ? milliseconds : 1), text));
}

int main(int argc, char **argv)
{
    struct timespec started;
    char *buf;

    (void)argc;
    for (char **operand = plain_operands(argv, 0, argc); *operand; operand++)
        take_operand(*operand);
    buf = grow(NULL, input_size + output_size);
    open_files();
    clock_gettime(CLOCK_MONOTONIC, &started);
    skip_input(buf);
    if (seek && lseek(STDOUT_FILENO, seek * output_size, SEEK_CUR) < 0)
        die_file(output_name);
    copy(buf);
    if (flush && fsync(STDOUT_FILENO) < 0)
        die_file(output_name);
    report(&started);
    return finish();
}

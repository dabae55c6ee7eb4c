/* od: show files in octal and other forms (POSIX, one type at a time). */

#include <string.h>

#include "user/bin/lib/dump.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: od [-bcdoxv] [-A d|o|x|n] [-j SKIP] [-N BYTES] [-t TYPE] FILE...\n"
    "Show bytes: 16-bit words in octal, or\n"
    "  -c  characters  -b  octal bytes  -d  decimal words  -x  hex words\n"
    "  -t  TYPE: c, or d u o x with a size of 1, 2, 4 or 8\n"
    "  -A  offsets in this form, or none  -v  repeated lines, too\n";

static char type = 'o';
static int size = 2;
static char radix = 'o';

static void show_offset(unsigned long long offset)
{
    if (radix == 'd')
        print("%07llu", offset);
    else if (radix == 'x')
        print("%06llx", offset);
    else if (radix == 'o')
        print("%07llo", offset);
}

static void show_character(int c)
{
    static const char codes[] = "\0\a\b\t\n\v\f\r";
    static const char letters[] = "0abtnvfr";
    const char *found = memchr(codes, c, sizeof(codes) - 1);

    if (found)
        print("  \\%c", letters[found - codes]);
    else if (c >= ' ' && c < 0x7f)
        print("   %c", c);
    else
        print(" %03o", c);
}

/* The number's bytes lie in memory as on this machine: lowest first. */
static void show_number(const unsigned char *bytes)
{
    static const int octal[] = { [1] = 3, [2] = 6, [4] = 11, [8] = 22 };
    static const int decimal[] = { [1] = 4, [2] = 6, [4] = 11, [8] = 20 };
    unsigned long long value = 0;
    long long negative;

    for (int i = size - 1; i >= 0; i--)
        value = value << 8 | bytes[i];
    negative = (long long)(value << (64 - 8 * size)) >> (64 - 8 * size);
    if (type == 'o')
        print(" %0*llo", octal[size], value);
    else if (type == 'x')
        print(" %0*llx", 2 * size, value);
    else if (type == 'd')
        print(" %*lld", decimal[size], negative);
    else
        print(" %*llu", decimal[size] - 1, value);
}

static void show_line(unsigned long long offset, const unsigned char *line,
                      int used)
{
    show_offset(offset);
    for (int i = 0; i < used; i += size) {
        if (type == 'c')
            show_character(line[i]);
        else
            show_number(line + i);
    }
    putchar('\n');
}

static void take_type(const char *text)
{
    type = *text;
    size = type == 'c' ? 1 : 4;
    if (!type || !strchr("cduox", type))
        usage_error("unknown type '%s'", text);
    if (text[1])
        size = number_arg(text + 1, 1, 8);
    if (size & (size - 1) || (type == 'c' && size != 1))
        usage_error("bad size of a type '%s'", text);
}

static void take_radix(const char *text)
{
    radix = *text;
    if (!radix || !strchr("doxn", radix) || text[1])
        usage_error("-A takes d, o, x or n");
}

int main(int argc, char **argv)
{
    static const char *const types[128] = {
        ['b'] = "o1", ['c'] = "c", ['d'] = "u2", ['o'] = "o2", ['x'] = "x2",
    };
    unsigned long long end;
    int option;

    (void)argc;
    while ((option = next_option(argv, "A:bcdj:oN:t:vx"))) {
        if (option == 'A')
            take_radix(opt_value);
        else if (option == 'j')
            dump.skip = size_arg(opt_value);
        else if (option == 'N')
            dump.limit = size_arg(opt_value);
        else if (option == 'v')
            dump.verbose = true;
        else
            take_type(option == 't' ? opt_value : types[option]);
    }
    dump.show = show_line;
    end = dump_files(argv + opt_next);
    if (dump.skip)
        die("nothing is left behind the bytes to skip");
    show_offset(end);
    if (radix != 'n')
        putchar('\n');
    return finish();
}

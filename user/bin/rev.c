/* rev: print each line backwards. */

#include <stdlib.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: rev [FILE]...\n"
    "Print the characters of each line from last to first.\n";

/* Bytes 10xxxxxx continue a character of UTF-8: it stays in one piece. */
static size_t last_character(const char *line, size_t length)
{
    size_t at = length - 1;

    while (at > 0 && (line[at] & 0xc0) == 0x80)
        at--;
    return at;
}

static void reverse(FILE *file, const char *name)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;

    (void)name;
    while ((length = getline(&line, &room, file)) > 0) {
        size_t text = length - (line[length - 1] == '\n');

        for (size_t end = text, at; end > 0; end = at) {
            at = last_character(line, end);
            fwrite(line + at, 1, end - at, stdout);
        }
        fwrite(line + text, 1, length - text, stdout);
    }
    free(line);
}

int main(int argc, char **argv)
{
    for_each_input(plain_operands(argv, 0, argc), reverse);
    return finish();
}

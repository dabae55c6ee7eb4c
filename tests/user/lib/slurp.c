/* slurp.c - see slurp.h. */
#include "tests/user/lib/slurp.h"

#include "tests/user/lib/child.h"

#include <fcntl.h>
#include <stdarg.h>

char slurp_text[SLURP_MAX];
size_t slurp_length;

/* In pieces of an odd size. */
long slurp_try(const char *path)
{
    int fd = open(path, O_RDONLY);
    size_t done = 0;
    ssize_t n;

    if (fd < 0)
        return -errno;
    while ((n = read(fd, slurp_text + done, 77)) > 0) {
        done += n;
        CHECK(done < SLURP_MAX - 77);
    }
    n = n < 0 ? -errno : 0;
    CHECK(close(fd) == 0);
    slurp_text[done] = '\0';
    slurp_length = done;
    return n < 0 ? n : (long)done;
}

char *slurp(const char *format, ...)
{
    char path[100];
    va_list args;
    long n;

    va_start(args, format);
    vsnprintf(path, sizeof(path), format, args);
    va_end(args);
    n = slurp_try(path);
    if (n <= 0)
        tap_fail(__FILE__, __LINE__, "%s: length or -errno %ld", path, n);
    return slurp_text;
}

long slurp_number(const char *text, const char *name, int base)
{
    size_t length = strlen(name);

    while (strncmp(text, name, length) || text[length] != ':') {
        text = strchr(text, '\n');
        if (!text++)
            tap_fail(__FILE__, __LINE__, "no line of %s", name);
    }
    return strtol(text + length + 1, NULL, base);
}

unsigned long slurp_stat(pid_t pid, int field)
{
    char *at = strrchr(slurp("/proc/%d/stat", pid), ')');

    CHECK(at);
    for (int i = 2; i < field; i++) {
        at = strchr(at + 1, ' ');
        CHECK(at);
    }
    at++;
    return *at >= 'A' ? (unsigned long)*at : strtoul(at, NULL, 10);
}

long slurp_counter(const char *name)
{
    size_t length = strlen(name);
    char *at = slurp("/proc/harts"), *end;
    long sum = 0, one;

    while (at && (strncmp(at, name, length) || at[length] != ' '))
        at = (at = strchr(at, '\n')) ? at + 1 : NULL;
    CHECK(at);
    for (at += length; one = strtol(at, &end, 10), end != at && *at != '\n';
         at = end)
        sum += one;
    return sum;
}

long slurp_objects(const char *cache)
{
    char name[64];
    long used;

    for (char *line = strtok(slurp("/proc/slabinfo"), "\n"); line;
         line = strtok(NULL, "\n"))
        if (sscanf(line, "%63s %ld", name, &used) == 2 && !strcmp(name, cache))
            return used;
    tap_fail(__FILE__, __LINE__, "no cache %s", cache);
}

void slurp_settle(const char *cache, long count)
{
    long used = slurp_objects(cache);

    for (int i = 0; i < 200 && used > count; i++) {
        sleep_ms(5);
        used = slurp_objects(cache);
    }
    if (used > count)
        tap_fail(__FILE__, __LINE__, "%s: %ld, not %ld", cache, used, count);
}

int slurp_lines(const char *path)
{
    int lines = -1;

    for (const char *c = slurp("%s", path); *c; c++)
        lines += *c == '\n';
    return lines;
}

/* Word number `column` of a line, whose blanks become NULs. */
static char *word_of(char *line, int column)
{
    char *rest, *word = strtok_r(line, " ", &rest);

    while (word && column--)
        word = strtok_r(NULL, " ", &rest);
    CHECK(word);
    return word;
}

int slurp_column(const char *path, const char *title, long *out, int max)
{
    char *titles, *line, *rest, *words;
    int column = 0, n = 0;

    titles = strtok_r(slurp("%s", path), "\n", &rest);
    for (char *w = strtok_r(titles, " ", &words); w && strcmp(w, title);
         w = strtok_r(NULL, " ", &words))
        column++;
    while (n < max && (line = strtok_r(NULL, "\n", &rest)))
        out[n++] = strtol(word_of(line, column), NULL, 0);
    return n;
}

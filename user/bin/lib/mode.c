#include "user/bin/lib/mode.h"

#include <string.h>

#include "user/bin/lib/util.h"

#define MODE_BITS 07777

static char type_letter(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return 'd';
    case S_IFLNK:
        return 'l';
    case S_IFCHR:
        return 'c';
    case S_IFBLK:
        return 'b';
    case S_IFIFO:
        return 'p';
    case S_IFSOCK:
        return 's';
    default:
        return '-';
    }
}

/* The x of one class, with the s or t bit that is shown in its place. */
static char execute_letter(bool execute, bool special, char letter)
{
    if (!special)
        return execute ? 'x' : '-';
    return execute ? letter : letter - 'a' + 'A';
}

void mode_text(mode_t mode, char text[11])
{
    text[0] = type_letter(mode);
    for (int i = 0; i < 3; i++) {
        text[1 + 3 * i] = mode & (0400 >> 3 * i) ? 'r' : '-';
        text[2 + 3 * i] = mode & (0200 >> 3 * i) ? 'w' : '-';
    }
    text[3] = execute_letter(mode & S_IXUSR, mode & S_ISUID, 's');
    text[6] = execute_letter(mode & S_IXGRP, mode & S_ISGID, 's');
    text[9] = execute_letter(mode & S_IXOTH, mode & S_ISVTX, 't');
    text[10] = '\0';
}

/* Takes the classes of one clause; `all` says that none was written. */
static mode_t take_classes(const char **p, bool *all)
{
    mode_t mask = 0;

    for (;; ++*p) {
        if (**p == 'u')
            mask |= S_ISUID | S_IRWXU;
        else if (**p == 'g')
            mask |= S_ISGID | S_IRWXG;
        else if (**p == 'o')
            mask |= S_ISVTX | S_IRWXO;
        else if (**p == 'a')
            mask |= MODE_BITS;
        else
            break;
    }
    *all = !mask;
    return mask ? mask : MODE_BITS;
}

/* A copied class, as in g=u, spread over all three. */
static mode_t spread(mode_t rwx)
{
    return (rwx & 7) * 0111;
}

static mode_t take_permissions(const char **p, mode_t old, bool directory)
{
    mode_t bits = 0;

    for (;; ++*p) {
        if (**p == 'r')
            bits |= 0444;
        else if (**p == 'w')
            bits |= 0222;
        else if (**p == 'x' ||
                 (**p == 'X' && (directory || (old & 0111))))
            bits |= 0111;
        else if (**p == 's')
            bits |= S_ISUID | S_ISGID;
        else if (**p == 't')
            bits |= S_ISVTX;
        else if (**p == 'u')
            bits |= spread(old >> 6);
        else if (**p == 'g')
            bits |= spread(old >> 3);
        else if (**p == 'o')
            bits |= spread(old);
        else if (**p != 'X')
            return bits;
    }
}

static mode_t apply_clause(const char **p, mode_t mode, bool directory)
{
    bool all;
    mode_t mask = take_classes(p, &all);
    mode_t bits;
    mode_t creation_mask = umask(0);
    char op;

    umask(creation_mask);
    while (**p == '+' || **p == '-' || **p == '=') {
        op = *(*p)++;
        bits = take_permissions(p, mode, directory) & mask;
        if (all)
            bits &= ~creation_mask;
        if (op == '=')
            mode &= ~(mask & 0777);
        if (op == '-')
            mode &= ~bits;
        else
            mode |= bits;
    }
    return mode;
}

mode_t mode_apply(const char *text, mode_t old, bool directory)
{
    const char *p = text;
    mode_t mode = old & MODE_BITS;
    long long octal;
    char op;

    if (scan_number(&p, 8, &octal) && !*p && octal <= MODE_BITS)
        return octal;
    p = text;
    for (;;) {
        op = p[strspn(p, "ugoa")];
        if (op != '+' && op != '-' && op != '=')
            break;
        mode = apply_clause(&p, mode, directory);
        if (!*p)
            return mode;
        if (*p++ != ',')
            break;
    }
    die("invalid mode '%s'", text);
}

/* stat: show what the file system knows of a file (formats as in GNU). */

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "user/bin/lib/mode.h"
#include "user/bin/lib/names.h"
#include "user/bin/lib/times.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: stat [-L] [-c FORMAT] FILE...\n"
    "Show size, mode, owner and times of files.\n"
    "  -L  what links point to\n"
    "  -c  print FORMAT, in which %n is the name, %s size, %b blocks,\n"
    "      %B their size, %f raw mode, %a octal and %A text mode, %F kind,\n"
    "      %h links, %i inode, %d device, %u %U user, %g %G group, %t %T\n"
    "      major and minor, %o I/O size, %N name and target,\n"
    "      %x %X access, %y %Y modification, %z %Z change time\n";

static const char *kind_of(const struct stat *st)
{
    switch (st->st_mode & S_IFMT) {
    case S_IFREG:
        return st->st_size ? "regular file" : "regular empty file";
    case S_IFDIR:
        return "directory";
    case S_IFLNK:
        return "symbolic link";
    case S_IFCHR:
        return "character special file";
    case S_IFBLK:
        return "block special file";
    case S_IFIFO:
        return "fifo";
    case S_IFSOCK:
        return "socket";
    default:
        return "unknown kind of file";
    }
}

static void print_time(const struct timespec *when)
{
    char text[20];

    time_text(when->tv_sec, text);
    print("%s.%09ld", text, (long)when->tv_nsec);
}

static void print_name(enum name_kind kind, unsigned id)
{
    char buf[64];

    print("%s", name_of(kind, id, buf, sizeof(buf)));
}

static void print_mode(mode_t mode)
{
    char text[11];

    mode_text(mode, text);
    print("%s", text);
}

static void print_link(const char *path, const struct stat *st)
{
    char target[4096];
    ssize_t length;

    print("'%s'", path);
    if (!S_ISLNK(st->st_mode))
        return;
    length = readlink(path, target, sizeof(target));
    if (length >= 0)
        print(" -> '%.*s'", (int)length, target);
}

/* The fields that are plain numbers; false if this is none of them. */
static bool print_number(char field, const struct stat *st)
{
    static const char fields[] = "sbBhiduogXYZ";
    const long long values[] = {
        st->st_size, st->st_blocks, 512, st->st_nlink, st->st_ino,
        st->st_dev, st->st_uid, st->st_blksize, st->st_gid, st->st_atime,
        st->st_mtime, st->st_ctime,
    };
    const char *found = strchr(fields, field);

    if (found)
        print("%lld", values[found - fields]);
    return found != NULL;
}

static void print_field(char field, const char *path, const struct stat *st)
{
    if (print_number(field, st))
        return;
    switch (field) {
    case 'n':
        print("%s", path);
        break;
    case 'N':
        print_link(path, st);
        break;
    case 'f':
        print("%x", st->st_mode);
        break;
    case 'a':
        print("%o", st->st_mode & 07777);
        break;
    case 'A':
        print_mode(st->st_mode);
        break;
    case 'F':
        print("%s", kind_of(st));
        break;
    case 'U':
        print_name(NAME_USER, st->st_uid);
        break;
    case 'G':
        print_name(NAME_GROUP, st->st_gid);
        break;
    case 't':
        print("%x", major(st->st_rdev));
        break;
    case 'T':
        print("%x", minor(st->st_rdev));
        break;
    case 'x':
        print_time(&st->st_atim);
        break;
    case 'y':
        print_time(&st->st_mtim);
        break;
    case 'z':
        print_time(&st->st_ctim);
        break;
    case '%':
        putchar('%');
        break;
    default:
        print("%%%c", field);
    }
}

static void print_format(const char *format, const char *path,
                         const struct stat *st)
{
    while (*format) {
        if (*format != '%' || !format[1]) {
            putchar(*format++);
            continue;
        }
        print_field(format[1], path, st);
        format += 2;
    }
}

int main(int argc, char **argv)
{
    const char *format = "  File: %N\n"
                         "  Size: %s\tBlocks: %b\tIO Block: %o\t%F\n"
                         "Device: %d\tInode: %i\tLinks: %h\n"
                         "Access: (%a/%A)  Uid: (%u/%U)  Gid: (%g/%G)\n"
                         "Access: %x\nModify: %y\nChange: %z";
    bool follow = false;
    struct stat st;
    int option;

    while ((option = next_option(argv, "Lc:"))) {
        if (option == 'c')
            format = opt_value;
        else
            follow = true;
    }
    for (char **path = operands(argv, 1, argc); *path; path++) {
        if ((follow ? stat : lstat)(*path, &st) < 0) {
            warn_file(*path);
            continue;
        }
        print_format(format, *path, &st);
        putchar('\n');
    }
    return finish();
}

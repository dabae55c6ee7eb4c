#include "user/bin/lib/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int write_all(int fd, const void *data, size_t size)
{
    const char *p = data;
    ssize_t done;

    while (size > 0) {
        done = write(fd, p, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -1;
        p += done;
        size -= done;
    }
    return 0;
}

int copy_data(int from, const char *from_name, int to, const char *to_name)
{
    static char buf[32768];
    ssize_t count;

    while ((count = read(from, buf, sizeof(buf))) != 0) {
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0) {
            warn_file(from_name);
            return -1;
        }
        if (write_all(to, buf, count) < 0) {
            warn_file(to_name);
            return -1;
        }
    }
    return 0;
}

char *join_path(const char *dir, const char *name)
{
    size_t length = strlen(dir);
    const char *slash = length && dir[length - 1] == '/' ? "" : "/";
    size_t size = length + strlen(name) + 2;
    char *path = grow(NULL, size);

    snprint(path, size, "%s%s%s", dir, slash, name);
    return path;
}

char *last_component(char *path)
{
    size_t length = strlen(path);
    char *slash;

    while (length > 1 && path[length - 1] == '/')
        path[--length] = '\0';
    slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

FILE *open_input(const char *name)
{
    FILE *file;

    if (strcmp(name, "-") == 0)
        return stdin;
    file = fopen(name, "re");
    if (!file)
        warn_file(name);
    return file;
}

void close_input(FILE *file, const char *name)
{
    if (ferror(file))
        warn_file(file == stdin ? "standard input" : name);
    if (file == stdin)
        clearerr(stdin);
    else
        fclose(file);
}

void for_each_input(char **names, void (*fn)(FILE *file, const char *name))
{
    static char *standard_input[] = { "-", NULL };
    FILE *file;

    if (!*names)
        names = standard_input;
    for (; *names; names++) {
        file = open_input(*names);
        if (!file)
            continue;
        fn(file, *names);
        close_input(file, *names);
    }
}

ssize_t read_line(FILE *file, char **line, size_t *room)
{
    ssize_t length = getline(line, room, file);

    if (length < 0 && !feof(file) && !ferror(file))
        die("out of memory");
    if (length > 0 && (*line)[length - 1] == '\n')
        (*line)[--length] = '\0';
    return length;
}

void for_each_target(char **paths, int count,
                     void (*fn)(const char *from, const char *to))
{
    const char *target = paths[count - 1];
    struct stat st;
    char *copy;
    char *to;

    if (stat(target, &st) < 0 || !S_ISDIR(st.st_mode)) {
        if (count > 2)
            die("%s: %s", target, strerror(ENOTDIR));
        fn(paths[0], target);
        return;
    }
    for (int i = 0; i < count - 1; i++) {
        copy = copy_string(paths[i]);
        to = join_path(target, last_component(copy));
        fn(paths[i], to);
        free(to);
        free(copy);
    }
}

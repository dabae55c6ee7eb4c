/* unix.c - see unix.h. */
#define _GNU_SOURCE
#include "tests/user/lib/unix.h"

#include "tests/user/lib/tap.h"

int pair[2];

void make_pair(int type)
{
    CHECK(socketpair(AF_UNIX, type, 0, pair) == 0);
}

/* A name; one that begins with '@' is abstract. */
static socklen_t name_of(struct sockaddr_un *a, const char *text)
{
    memset(a, 0, sizeof(*a));
    a->sun_family = AF_UNIX;
    strcpy(a->sun_path, text);
    if (text[0] != '@')
        return sizeof(*a);
    a->sun_path[0] = 0;
    return offsetof(struct sockaddr_un, sun_path) + strlen(text);
}

int try_bind(int fd, const char *text)
{
    struct sockaddr_un a;
    socklen_t length = name_of(&a, text);

    return bind(fd, (struct sockaddr *)&a, length);
}

int try_connect(int fd, const char *text)
{
    struct sockaddr_un a;
    socklen_t length = name_of(&a, text);

    return connect(fd, (struct sockaddr *)&a, length);
}

int listener(int type, const char *text, int backlog)
{
    int fd = socket(AF_UNIX, type, 0);

    CHECK(fd >= 0);
    CHECK(try_bind(fd, text) == 0);
    CHECK(listen(fd, backlog) == 0);
    return fd;
}

int client(int type, const char *text)
{
    int fd = socket(AF_UNIX, type, 0);

    CHECK(fd >= 0);
    CHECK(try_connect(fd, text) == 0);
    return fd;
}

/* place.c - see place.h. */
#define _GNU_SOURCE
#include "tests/user/lib/place.h"

#include "tests/user/lib/tap.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define PLACE "/tmp/place"

void place_enter(void)
{
    mkdir(PLACE, 0755);
    while (umount2(PLACE, MNT_DETACH) == 0)
        ;                       /* a failed test has left it */
    CHECK(mount("none", PLACE, "tmpfs", 0, "size=16m") == 0);
    CHECK(chdir(PLACE) == 0);
    CHECK(chmod(".", 0777) == 0);
}

void place_leave(void)
{
    CHECK(chdir("/") == 0);
    CHECK(umount2(PLACE, MNT_DETACH) == 0);
    CHECK(rmdir(PLACE) == 0);
}

void place_file(const char *name, const char *text)
{
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);

    CHECK(fd >= 0);
    CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
    CHECK_EQ(close(fd), 0);
}

off_t place_size(const char *name)
{
    struct stat st;

    CHECK(stat(name, &st) == 0);
    return st.st_size;
}

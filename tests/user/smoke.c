/*
 * smoke.c - the least that must work for all other tests to make sense.
 *
 * run: cpus=1,4
 */
#include "tests/user/lib/tap.h"

#include <fcntl.h>

TEST("T03 a child's exit status reaches its parent")
{
    int status;
    pid_t pid = fork();

    if (pid == 0)
        _exit(42);
    CHECK(pid > 0);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 42);
}

TEST("bytes written to a file can be read back")
{
    char buf[16] = "";
    int fd = open("/tmp/smoke", O_RDWR | O_CREAT | O_TRUNC, 0600);

    CHECK(fd >= 0);
    CHECK_EQ(write(fd, "larch", 5), 5);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(read(fd, buf, sizeof(buf)), 5);
    CHECK(!strcmp(buf, "larch"));
    CHECK_EQ(close(fd), 0);
    CHECK_EQ(unlink("/tmp/smoke"), 0);
}

TEST("T03 a program is replaced by another")
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        execl("/bin/false", "false", (char *)NULL);
        _exit(99);
    }
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 1);
}

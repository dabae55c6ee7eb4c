/*
 * t_lists.c - list_sem and its kind, which pick lines of /proc/rtobjects: each
 * shows the objects of its type, and of all processes (row B-35).
 */
#define _GNU_SOURCE
#include "tests/user/lib/rtobj.h"

/* What a command prints. */
static void list(const char *command, char *buf, size_t size)
{
    FILE *pipe = popen(command, "r");
    size_t n;

    CHECK(pipe);
    n = fread(buf, 1, size - 1, pipe);
    buf[n] = '\0';
    CHECK_EQ(pclose(pipe), 0);
}

/* The titles, and a line that begins so. */
static void expect_one(const char *command, const char *type)
{
    char text[4096], found[32], *line;
    int id;

    list(command, text, sizeof(text));
    CHECK(!strncmp(text, "TYPE ", 5));
    line = strchr(text, '\n') + 1;
    if (sscanf(line, "%31s %d", found, &id) != 2 || strcmp(found, type) ||
        id <= 0 || strchr(line, '\n')[1])
        tap_fail(__FILE__, __LINE__, "%s prints %s", command, text);
}

TEST("B-35 K-16 list_sem, list_mutex, list_event, list_mailbox, list_msgqueue: "
     "one type each")
{
    CHECK(sem_create(3, FIFO, NULL) > 0 && mutex_create(NULL) > 0);
    CHECK(event_create(FIFO, NULL) > 0 && mb_create(4, FIFO, NULL) > 0);
    CHECK(mq_create(8, 4, FIFO, NULL) > 0);
    expect_one("list_sem", "sem");
    expect_one("list_mutex", "mutex");
    expect_one("list_event", "event");
    expect_one("list_mailbox", "mailbox");
    expect_one("list_msgqueue", "queue");
}

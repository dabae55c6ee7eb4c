/*
 * sysv.h - System V semaphores and messages, for tests.
 */
#pragma once

#include "tests/user/lib/child.h"

#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>

/* semctl(2) takes this, and each program declares it. */
union semun {
    int val;
    struct semid_ds *buf;
    unsigned short *array;
    struct seminfo *info;
};

/* A private set, all of its values the same; removed by sem_drop(). */
int sem_make(int count, int value);
void sem_drop(int id);

int sem_value(int id, int num);
int sem_store(int id, int num, int value);

/* One operation; several of them. */
int sem_do(int id, int num, int op, int flags);
#define sem_do_all(id, ...) \
    semop(id, (struct sembuf[]){ __VA_ARGS__ }, \
          sizeof((struct sembuf[]){ __VA_ARGS__ }) / sizeof(struct sembuf))

/* Wait until `count` calls wait for semaphore num: cmd GETNCNT or GETZCNT. */
void sem_await(int id, int num, int cmd, int count);

/*
 * Messages go to and come from msg_id, which msg_make() gives; CHECK_NEXT: the
 * next message of the type wanted is this one.
 */
extern int msg_id;

struct msg_text {
    long type;
    char text[8192];
};

int msg_make(void);
void msg_drop(int id);
int msg_send(long type, const char *text, int flags);
/* Of `size` bytes, each of that value. */
int msg_send_bytes(long type, size_t size, int value, int flags);
/* What there should be nothing of. */
int msg_nothing(long type, int flags);
struct msqid_ds msg_status(void);

#define CHECK_NEXT(wanted, flags, is_type, is_text) \
    do { \
        struct msg_text m_ = { 0 }; \
        CHECK_EQ(msgrcv(msg_id, &m_, sizeof(m_.text), wanted, \
                        (flags) | IPC_NOWAIT), (ssize_t)strlen(is_text)); \
        CHECK_EQ(m_.type, is_type); \
        CHECK(!strcmp(m_.text, is_text)); \
    } while (0)

/* Run body() as user and group 1000 in a child, which must exit with 0. */
void sysv_as_nobody(void (*body)(void));

/* The line of /proc/sysvipc/FILE for this id; false: there is none. */
bool sysv_line(const char *file, int id, char line[256]);

/* Wait until the process sleeps. */
void sysv_await_sleep(pid_t pid);

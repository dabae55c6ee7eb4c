/* sysv.c - see sysv.h. */
#define _GNU_SOURCE
#include "tests/user/lib/sysv.h"

#include "tests/user/lib/slurp.h"

#include <grp.h>

int sem_make(int count, int value)
{
    int id = semget(IPC_PRIVATE, count, 0600);

    CHECK(id >= 0);
    for (int i = 0; i < count && value; i++)
        CHECK_EQ(sem_store(id, i, value), 0);
    return id;
}

void sem_drop(int id)
{
    CHECK_EQ(semctl(id, 0, IPC_RMID), 0);
}

int sem_value(int id, int num)
{
    return semctl(id, num, GETVAL);
}

int sem_store(int id, int num, int value)
{
    return semctl(id, num, SETVAL, (union semun){ .val = value });
}

int sem_do(int id, int num, int op, int flags)
{
    struct sembuf one = { num, op, flags };

    return semop(id, &one, 1);
}

void sem_await(int id, int num, int cmd, int count)
{
    for (int i = 0; i < 5000 && semctl(id, num, cmd) != count; i++)
        sleep_ms(1);
    CHECK_EQ(semctl(id, num, cmd), count);
}

int msg_id;

int msg_make(void)
{
    int id = msgget(IPC_PRIVATE, 0600);

    CHECK(id >= 0);
    return id;
}

void msg_drop(int id)
{
    CHECK_EQ(msgctl(id, IPC_RMID, NULL), 0);
}

int msg_send(long type, const char *text, int flags)
{
    struct msg_text m = { .type = type };

    strcpy(m.text, text);
    return msgsnd(msg_id, &m, strlen(text), flags);
}

int msg_send_bytes(long type, size_t size, int value, int flags)
{
    struct msg_text m = { .type = type };

    memset(m.text, value, sizeof(m.text));
    return msgsnd(msg_id, &m, size, flags);
}

int msg_nothing(long type, int flags)
{
    struct msg_text m;

    return msgrcv(msg_id, &m, sizeof(m.text), type, flags | IPC_NOWAIT);
}

struct msqid_ds msg_status(void)
{
    struct msqid_ds ds;

    CHECK_EQ(msgctl(msg_id, IPC_STAT, &ds), 0);
    return ds;
}

void sysv_as_nobody(void (*body)(void))
{
    pid_t pid = child_fork();

    if (pid == 0) {
        CHECK(setgroups(0, NULL) == 0);
        CHECK(setgid(1000) == 0 && setuid(1000) == 0);
        body();
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
}

bool sysv_line(const char *file, int id, char line[256])
{
    char *rest, path[64];
    int key, found;

    snprintf(path, sizeof(path), "/proc/sysvipc/%s", file);
    slurp("%s", path);
    for (char *l = strtok_r(slurp_text, "\n", &rest); l;
         l = strtok_r(NULL, "\n", &rest)) {
        if (sscanf(l, "%d %d", &key, &found) == 2 && found == id) {
            snprintf(line, 256, "%s", l);
            return true;
        }
    }
    return false;
}

void sysv_await_sleep(pid_t pid)
{
    for (int i = 0; i < 5000 && slurp_stat(pid, 3) != 'S'; i++)
        sleep_ms(1);
    CHECK_EQ(slurp_stat(pid, 3), 'S');
}

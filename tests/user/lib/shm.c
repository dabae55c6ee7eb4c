/* shm.c - see shm.h. */
#include "tests/user/lib/shm.h"

bool shm_find(int id, struct shm_line *line)
{
    FILE *f = fopen("/proc/lwp_shm", "r");
    char text[200];
    bool found = false;

    CHECK(f && fgets(text, sizeof(text), f));
    while (!found && fgets(text, sizeof(text), f)) {
        CHECK_EQ(sscanf(text, "%lx %lx %lu %d %d %d", &line->key, &line->paddr,
                        &line->size, &line->id, &line->attached,
                        &line->creator), 6);
        found = line->id == id;
    }
    fclose(f);
    return found;
}

char *shm_new(size_t size, int *id)
{
    static size_t key = 0x5e9000;
    char *p;

    *id = shm_get(((size_t)getpid() << 32) + key++, size, 1);
    CHECK(*id >= 0);
    p = shm_at(*id, NULL);
    CHECK(p != NULL);
    return p;
}

int seg_new(size_t size)
{
    int id = shmget(IPC_PRIVATE, size, 0600);

    CHECK(id >= 0);
    return id;
}

char *seg_attach(int id)
{
    char *p = shmat(id, NULL, 0);

    CHECK(p != BAD);
    return p;
}

struct shmid_ds seg_stat(int id)
{
    struct shmid_ds ds;

    CHECK_EQ(shmctl(id, IPC_STAT, &ds), 0);
    return ds;
}

void seg_remove(int id)
{
    CHECK_EQ(shmctl(id, IPC_RMID, NULL), 0);
}

bool seg_exists(int id)
{
    struct shmid_ds ds;

    if (shmctl(id, IPC_STAT, &ds) == 0)
        return true;
    CHECK_EQ(errno, EINVAL);
    return false;
}

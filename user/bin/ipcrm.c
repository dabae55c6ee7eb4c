/* ipcrm, ipcmk: remove and make System V's message queues, shared memory and
 * semaphores (POSIX; options as in util-linux). */

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/random.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: ipcrm [-v] [-q ID | -Q KEY | -m ID | -M KEY | -s ID | -S KEY]...\n"
    "       ipcrm [-v] -a\n"
    "       ipcmk [-p MODE] [-Q] [-M SIZE] [-S NUMBER]\n"
    "Remove message queues (q), shared memory (m) or semaphores (s) by id or\n"
    "key, or all of them; make some, with a random key, and show their ids.\n"
    "  -a  all  -v  say what is removed  -p  permissions, octal (0644)\n";

/* --- the three kinds ------------------------------------------------------ */

static int remove_queue(int id)
{
    return msgctl(id, IPC_RMID, NULL);
}

static int remove_segment(int id)
{
    return shmctl(id, IPC_RMID, NULL);
}

static int remove_set(int id)
{
    return semctl(id, 0, IPC_RMID);
}

static int find_queue(key_t key)
{
    return msgget(key, 0);
}

static int find_segment(key_t key)
{
    return shmget(key, 0, 0);
}

static int find_set(key_t key)
{
    return semget(key, 0, 0);
}

static const struct kind {
    char by_id, by_key;
    const char *name, *file;
    int (*remove)(int id);
    int (*find)(key_t key);
} kinds[] = {
    { 'm', 'M', "shared memory segment", "/proc/sysvipc/shm", remove_segment,
      find_segment },
    { 's', 'S', "semaphore", "/proc/sysvipc/sem", remove_set, find_set },
    { 'q', 'Q', "message queue", "/proc/sysvipc/msg", remove_queue,
      find_queue },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static const struct kind *kind_of(int option)
{
    for (int i = 0; i < KINDS; i++)
        if (kinds[i].by_id == option || kinds[i].by_key == option)
            return &kinds[i];
    return NULL;
}

/* --- removing ------------------------------------------------------------- */

static bool verbose;

/* `what` is id or key, and `text` as it was given. */
static void complain(const char *what, const char *text)
{
    if (errno == EINVAL || errno == ENOENT)
        warn("invalid %s (%s)", what, text);
    else if (errno == EIDRM)
        warn("already removed %s (%s)", what, text);
    else if (errno == EACCES || errno == EPERM)
        warn("permission denied for %s (%s)", what, text);
    else
        warn_file(text);
}

static void remove_one(const struct kind *kind, int id, const char *what,
                       const char *text)
{
    if (kind->remove(id) < 0)
        complain(what, text);
    else if (verbose)
        print("removing %s id `%d'\n", kind->name, id);
}

static void remove_by_id(const struct kind *kind, const char *text)
{
    remove_one(kind, (int)number_arg(text, 0, INT_MAX), "id", text);
}

/* Keys are decimal, octal or hexadecimal, as in C, of 32 bits with or without a
 * sign. */
static void remove_by_key(const struct kind *kind, const char *text)
{
    char *end;
    long key = strtol(text, &end, 0);
    int id;

    if (end == text || *end || key < INT_MIN || key > UINT_MAX)
        die("invalid number '%s'", text);
    if (!key) {
        warn("illegal key (%s)", text);
        return;
    }
    id = kind->find((key_t)key);
    if (id < 0)
        complain("key", text);
    else
        remove_one(kind, id, "key", text);
}

/* The list is read to its end first, for it changes. */
static void remove_all(const struct kind *kind)
{
    FILE *file = fopen(kind->file, "r");
    struct strings ids = { 0 };
    char *line = NULL, id[16];
    size_t room = 0;

    if (!file)
        return;
    for (long n = 0; read_line(file, &line, &room) >= 0; n++) {
        snprint(id, sizeof(id), "%d", atoi(skip_fields(line, 1)));
        if (n)                          /* behind the titles */
            strings_add(&ids, copy_string(id));
    }
    free(line);
    close_input(file, kind->file);
    for (size_t i = 0; i < ids.count; i++)
        remove_one(kind, atoi(ids.item[i]), "id", ids.item[i]);
    strings_free(&ids);
}

static void ipcrm(char **argv)
{
    bool any = false;
    int option;

    while ((option = next_option(argv, "aM:m:Q:q:S:s:v"))) {
        const struct kind *kind = kind_of(option);

        any |= option != 'v';
        if (option == 'v')
            verbose = true;
        else if (option == 'a')
            for (int i = 0; i < KINDS; i++)
                remove_all(&kinds[i]);
        else if (option == kind->by_id)
            remove_by_id(kind, opt_value);
        else
            remove_by_key(kind, opt_value);
    }
    operands(argv, 0, 0);
    if (!any)
        usage_error("nothing to remove");
}

/* --- making --------------------------------------------------------------- */

static key_t random_key(void)
{
    key_t key = 0;

    while (!key && getrandom(&key, sizeof(key), 0) == sizeof(key))
        ;
    return key;
}

static void tell(const char *name, int id)
{
    if (id < 0)
        warn_file(name);
    else
        print("%s id: %d\n", name, id);
}

static void ipcmk(char **argv)
{
    long long size = -1, sems = -1;
    bool queue = false;
    int option, mode = 0644 | IPC_CREAT | IPC_EXCL;

    while ((option = next_option(argv, "M:p:QS:"))) {
        if (option == 'M')
            size = size_arg(opt_value);
        else if (option == 'S')
            sems = number_arg(opt_value, 0, INT_MAX);
        else if (option == 'p')
            mode = (mode & ~0777) | ((int)strtoul(opt_value, NULL, 8) & 0777);
        else
            queue = true;
    }
    operands(argv, 0, 0);
    if (!queue && size < 0 && sems < 0)
        usage_error("nothing to make");
    if (size >= 0)
        tell("Shared memory", shmget(random_key(), (size_t)size, mode));
    if (queue)
        tell("Message queue", msgget(random_key(), mode));
    if (sems >= 0)
        tell("Semaphore", semget(random_key(), (int)sems, mode));
}

int main(int argc, char **argv)
{
    (void)argc;
    if (strcmp(last_component(argv[0]), "ipcmk") == 0)
        ipcmk(argv);
    else
        ipcrm(argv);
    return finish();
}

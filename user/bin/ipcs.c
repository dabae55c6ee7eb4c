/* ipcs: show System V's message queues, shared memory and semaphores (POSIX;
 * options and layout as in util-linux). */

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <time.h>

#include "user/bin/lib/names.h"
#include "user/bin/lib/proc.h"
#include "user/bin/lib/times.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: ipcs [-qms] [-a | -t | -p | -c | -u | -l]\n"
    "       ipcs -q | -m | -s  -i ID\n"
    "Show what there is of System V's interprocess communication.\n"
    "  -q  message queues  -m  shared memory  -s  semaphores  (default: all)\n"
    "  -t  times  -p  processes  -c  creators and owners  -u  sums  -l  limits\n"
    "  -i  all about the one with this id\n";

/* --- the tables of /proc/sysvipc ------------------------------------------ */

enum { FIELDS = 16 };

/* What is in a field, and how it is shown. */
enum show { KEY, NUMBER, OCTAL, USER, GROUP, TIME, STATUS };

struct column {
    const char *title;
    enum show show;
    int field;                  /* of the line, from 0 */
    int width;
};

enum { BY_DEFAULT, BY_TIME, BY_PROCESS, BY_OWNER, VIEWS };

struct view {
    const char *title;
    struct column columns[7];   /* end with a NULL title */
};

static const struct kind {
    char option;
    const char *file;
    struct view views[VIEWS];
} kinds[] = {
    { 'q', "/proc/sysvipc/msg", {
        { "Message Queues", {
            { "key", KEY, 0, 10 }, { "msqid", NUMBER, 1, 10 },
            { "owner", USER, 7, 10 }, { "perms", OCTAL, 2, 10 },
            { "used-bytes", NUMBER, 3, 12 }, { "messages", NUMBER, 4, 12 } } },
        { "Message Queues Send/Recv/Change Times", {
            { "msqid", NUMBER, 1, 10 }, { "owner", USER, 7, 10 },
            { "send", TIME, 11, 20 }, { "recv", TIME, 12, 20 },
            { "change", TIME, 13, 20 } } },
        { "Message Queues PIDs", {
            { "msqid", NUMBER, 1, 10 }, { "owner", USER, 7, 10 },
            { "lspid", NUMBER, 5, 10 }, { "lrpid", NUMBER, 6, 10 } } },
        { "Message Queues Creators/Owners", {
            { "msqid", NUMBER, 1, 10 }, { "perms", OCTAL, 2, 10 },
            { "cuid", USER, 9, 10 }, { "cgid", GROUP, 10, 10 },
            { "uid", USER, 7, 10 }, { "gid", GROUP, 8, 10 } } },
    } },
    { 'm', "/proc/sysvipc/shm", {
        { "Shared Memory Segments", {
            { "key", KEY, 0, 10 }, { "shmid", NUMBER, 1, 10 },
            { "owner", USER, 7, 10 }, { "perms", OCTAL, 2, 10 },
            { "bytes", NUMBER, 3, 10 }, { "nattch", NUMBER, 6, 10 },
            { "status", STATUS, 2, 12 } } },
        { "Shared Memory Attach/Detach/Change Times", {
            { "shmid", NUMBER, 1, 10 }, { "owner", USER, 7, 10 },
            { "attached", TIME, 11, 20 }, { "detached", TIME, 12, 20 },
            { "changed", TIME, 13, 20 } } },
        { "Shared Memory Creator/Last-op PIDs", {
            { "shmid", NUMBER, 1, 10 }, { "owner", USER, 7, 10 },
            { "cpid", NUMBER, 4, 10 }, { "lpid", NUMBER, 5, 10 } } },
        { "Shared Memory Segment Creators/Owners", {
            { "shmid", NUMBER, 1, 10 }, { "perms", OCTAL, 2, 10 },
            { "cuid", USER, 9, 10 }, { "cgid", GROUP, 10, 10 },
            { "uid", USER, 7, 10 }, { "gid", GROUP, 8, 10 } } },
    } },
    { 's', "/proc/sysvipc/sem", {
        { "Semaphore Arrays", {
            { "key", KEY, 0, 10 }, { "semid", NUMBER, 1, 10 },
            { "owner", USER, 4, 10 }, { "perms", OCTAL, 2, 10 },
            { "nsems", NUMBER, 3, 10 } } },
        { "Semaphore Operation/Change Times", {
            { "semid", NUMBER, 1, 10 }, { "owner", USER, 4, 10 },
            { "last-op", TIME, 8, 20 }, { "last-changed", TIME, 9, 20 } } },
        { NULL, { { 0 } } },    /* no process is noted for a set */
        { "Semaphore Arrays Creators/Owners", {
            { "semid", NUMBER, 1, 10 }, { "perms", OCTAL, 2, 10 },
            { "cuid", USER, 6, 10 }, { "cgid", GROUP, 7, 10 },
            { "uid", USER, 4, 10 }, { "gid", GROUP, 5, 10 } } },
    } },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* The numbers of a line; false for the titles. */
static bool read_fields(const char *line, long long fields[FIELDS])
{
    char *end = (char *)line;

    memset(fields, 0, FIELDS * sizeof(*fields));
    for (int i = 0; i < FIELDS; i++) {
        const char *from = end;

        fields[i] = (long long)strtoull(from, &end, i == 2 ? 8 : 10);
        if (end == from)
            return i > 0;
    }
    return true;
}

/* A kernel without a kind has no file of it: there is nothing, then. */
static void for_each_line(const struct kind *kind,
                          void (*fn)(const long long *fields, const void *arg),
                          const void *arg)
{
    FILE *file = fopen(kind->file, "r");
    long long fields[FIELDS];
    char *line = NULL;
    size_t room = 0;

    if (!file)
        return;
    while (read_line(file, &line, &room) >= 0)
        if (read_fields(line, fields))
            fn(fields, arg);
    free(line);
    close_input(file, kind->file);
}

/* --- lists ---------------------------------------------------------------- */

/* "Nov 20 16:09:26", or with `full` the day and year around it. */
static const char *when_text(time_t when, bool full, char text[32])
{
    struct tm *t = localtime(&when);

    if (!when || !t)
        return "Not set";
    snprint(text, 32, "%s %s %2d %02d:%02d:%02d %d", day_name(t->tm_wday),
            month_name(t->tm_mon), t->tm_mday, t->tm_hour, t->tm_min,
            t->tm_sec, t->tm_year + 1900);
    if (full)
        return text;
    text[19] = '\0';
    return text + 4;
}

static void print_field(const struct column *column, long long value)
{
    char text[32];
    const char *shown = text;

    switch (column->show) {
    case KEY:
        snprint(text, sizeof(text), "0x%08x", (unsigned)value);
        break;
    case NUMBER:
        snprint(text, sizeof(text), "%lld", value);
        break;
    case OCTAL:
        snprint(text, sizeof(text), "%o", (unsigned)value & 0777);
        break;
    case USER:
    case GROUP:
        shown = name_of(column->show == USER ? NAME_USER : NAME_GROUP,
                        (unsigned)value, text, sizeof(text));
        break;
    case TIME:
        shown = when_text(value, false, text);
        break;
    case STATUS:
        shown = value & 01000 ? "dest" : value & 02000 ? "locked" : "";
        break;
    }
    print("%-*s ", column->width, shown);
}

static void print_line(const long long *fields, const void *view)
{
    const struct column *c = ((const struct view *)view)->columns;

    for (int i = 0; i < 7 && c[i].title; i++)
        print_field(&c[i], fields[c[i].field]);
    print("\n");
}

static void print_list(const struct kind *kind, int view)
{
    const struct view *v = &kind->views[view];

    if (!v->title)
        return;
    print("\n------ %s --------\n", v->title);
    for (int i = 0; i < 7 && v->columns[i].title; i++)
        print("%-*s ", v->columns[i].width, v->columns[i].title);
    print("\n");
    for_each_line(kind, print_line, v);
}

/* --- sums and limits ------------------------------------------------------ */

static struct {
    unsigned long long objects, fields[FIELDS], pages;
} sum;

static void add_line(const long long *fields, const void *unused)
{
    (void)unused;
    sum.objects++;
    sum.pages += (fields[3] + 4095) / 4096;
    for (int i = 0; i < FIELDS; i++)
        sum.fields[i] += fields[i];
}

static void print_sums(const struct kind *kind)
{
    memset(&sum, 0, sizeof(sum));
    for_each_line(kind, add_line, NULL);
    switch (kind->option) {
    case 'q':
        print("\n------ Messages Status --------\n"
              "allocated queues = %llu\nused headers = %llu\n"
              "used space = %llu bytes\n", sum.objects, sum.fields[4],
              sum.fields[3]);
        break;
    case 'm':
        print("\n------ Shared Memory Status --------\n"
              "segments allocated %llu\npages allocated %llu\n"
              "pages resident  %llu\npages swapped   %llu\n", sum.objects,
              sum.pages, sum.fields[14] / 4096, sum.fields[15] / 4096);
        break;
    default:
        print("\n------ Semaphore Status --------\n"
              "used arrays = %llu\nallocated semaphores = %llu\n",
              sum.objects, sum.fields[3]);
    }
}

/* The n-th number of a file in /proc/sys/kernel; 0 if it is not there. */
static unsigned long long limit(const char *name, int n)
{
    unsigned long long value = 0;
    char path[64], text[128], *end = text;

    snprint(path, sizeof(path), "/proc/sys/kernel/%s", name);
    if (read_small_file(path, text, sizeof(text)) < 0)
        return 0;
    for (int i = 0; i <= n; i++)
        value = strtoull(end, &end, 10);
    return value;
}

static void print_memory_limits(void)
{
    unsigned long long pages = limit("shmall", 0), most = ~0ull / 4;

    print("\n------ Shared Memory Limits --------\n"
          "max number of segments = %llu\n"
          "max seg size (kbytes) = %llu\n"
          "max total shared memory (kbytes) = %llu\n"
          "min seg size (bytes) = 1\n", limit("shmmni", 0),
          limit("shmmax", 0) / 1024, (pages < most ? pages : most) * 4);
}

static void print_limits(const struct kind *kind)
{
    switch (kind->option) {
    case 'q':
        print("\n------ Messages Limits --------\n"
              "max queues system wide = %llu\n"
              "max size of message (bytes) = %llu\n"
              "default max size of queue (bytes) = %llu\n",
              limit("msgmni", 0), limit("msgmax", 0), limit("msgmnb", 0));
        break;
    case 'm':
        print_memory_limits();
        break;
    default:
        print("\n------ Semaphore Limits --------\n"
              "max number of arrays = %llu\nmax semaphores per array = %llu\n"
              "max semaphores system wide = %llu\n"
              "max ops per semop call = %llu\nsemaphore max value = 32767\n",
              limit("sem", 3), limit("sem", 0), limit("sem", 1),
              limit("sem", 2));
    }
}

/* --- one of them ---------------------------------------------------------- */

static void print_time(const char *name, time_t when)
{
    char text[32];

    print("%s%-26s\n", name, when_text(when, true, text));
}

static void print_owners(const struct ipc_perm *perm, const char *between)
{
    print("uid=%u%sgid=%u%scuid=%u%scgid=%u", perm->uid, between, perm->gid,
          between, perm->cuid, between, perm->cgid);
}

static int print_queue(int id)
{
    struct msqid_ds ds;

    if (msgctl(id, IPC_STAT, &ds) < 0)
        return -1;
    print("\nMessage Queue msqid=%d\n", id);
    print_owners(&ds.msg_perm, "\t");
    print("\tmode=0%o\ncbytes=%lu\tqbytes=%lu\tqnum=%lu\tlspid=%d\tlrpid=%d\n",
          ds.msg_perm.mode, (unsigned long)ds.__msg_cbytes,
          (unsigned long)ds.msg_qbytes, (unsigned long)ds.msg_qnum,
          ds.msg_lspid, ds.msg_lrpid);
    print_time("send_time=", ds.msg_stime);
    print_time("rcv_time=", ds.msg_rtime);
    print_time("change_time=", ds.msg_ctime);
    return 0;
}

static int print_segment(int id)
{
    struct shmid_ds ds;

    if (shmctl(id, IPC_STAT, &ds) < 0)
        return -1;
    print("\nShared memory Segment shmid=%d\n", id);
    print_owners(&ds.shm_perm, "\t");
    print("\nmode=0%o\taccess_perms=0%o\nbytes=%lu\tlpid=%d\tcpid=%d\t"
          "nattch=%lu\n", ds.shm_perm.mode, ds.shm_perm.mode & 0777,
          (unsigned long)ds.shm_segsz, ds.shm_lpid, ds.shm_cpid,
          (unsigned long)ds.shm_nattch);
    print_time("att_time=", ds.shm_atime);
    print_time("det_time=", ds.shm_dtime);
    print_time("change_time=", ds.shm_ctime);
    return 0;
}

static int print_set(int id)
{
    struct semid_ds ds;
    union { struct semid_ds *buf; } arg = { .buf = &ds };
    int sems;

    if (semctl(id, 0, IPC_STAT, arg) < 0)
        return -1;
    sems = (int)ds.sem_nsems;
    print("\nSemaphore Array semid=%d\n", id);
    print_owners(&ds.sem_perm, "\t ");
    print("\nmode=0%o, access_perms=0%o\nnsems = %d\n", ds.sem_perm.mode,
          ds.sem_perm.mode & 0777, sems);
    print_time("otime = ", ds.sem_otime);
    print_time("ctime = ", ds.sem_ctime);
    print("%-10s %-10s %-10s %-10s %-10s\n", "semnum", "value", "ncount",
          "zcount", "pid");
    for (int i = 0; i < sems; i++)
        print("%-10d %-10d %-10d %-10d %-10d\n", i, semctl(id, i, GETVAL),
              semctl(id, i, GETNCNT), semctl(id, i, GETZCNT),
              semctl(id, i, GETPID));
    return 0;
}

static void print_one(char option, const char *text)
{
    int id = (int)number_arg(text, 0, INT_MAX);
    int result = option == 'q' ? print_queue(id)
                 : option == 'm' ? print_segment(id) : print_set(id);

    if (result < 0)
        warn_file(text);
    else
        print("\n");
}

/* --- options -------------------------------------------------------------- */

static void print_kind(const struct kind *kind, int how)
{
    switch (how) {
    case 'u':
        print_sums(kind);
        break;
    case 'l':
        print_limits(kind);
        break;
    default:
        print_list(kind, how == 't' ? BY_TIME : how == 'p' ? BY_PROCESS
                         : how == 'c' ? BY_OWNER : BY_DEFAULT);
    }
}

int main(int argc, char **argv)
{
    const char *id = NULL;
    char chosen[KINDS + 1] = "";
    int option, how = 'a';

    (void)argc;
    while ((option = next_option(argv, "aci:lmpqstu"))) {
        if (option == 'i')
            id = opt_value;
        else if (!strchr("qms", option))
            how = option;
        else if (!strchr(chosen, option))
            chosen[strlen(chosen)] = (char)option;
    }
    operands(argv, 0, 0);
    if (id && strlen(chosen) != 1)
        usage_error("-i needs one of -q, -m and -s");
    if (id) {
        print_one(*chosen, id);
        return finish();
    }
    for (int i = 0; i < KINDS; i++)
        if (!*chosen || strchr(chosen, kinds[i].option))
            print_kind(&kinds[i], how);
    print("\n");
    return finish();
}

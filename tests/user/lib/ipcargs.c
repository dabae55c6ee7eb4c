/* ipcargs.c - see ipcargs.h. */
#define _GNU_SOURCE
#include "tests/user/lib/ipcargs.h"

#include "tests/user/lib/hostile.h"

#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <time.h>

#define FDS 8                   /* kept, by one process */
#define FIRST_STRANGER 40       /* below: ours, and the test's own */
#define IDS 16                  /* of each kind, remembered */
#define OBJECTS 3               /* the same, of one process */
#define FIRST_QUEUE_CALL 180    /* mq_open, and all that follow to shmdt */
#define LAST_SYSV_CALL 197
#define FIRST_PRIVATE_CALL 1024

enum kind {
    NONE,
    /* in memory */
    CHANNEL_NAME, QUEUE_NAME, OBJECT_NAME, MESSAGE, BUFFER, DEADLINE, ATTR,
    NOTICE, SEMBUFS,
    LAST_POINTER = SEMBUFS,
    /* numbers */
    OPEN_FLAGS, QUEUE_FLAGS, MODE, LENGTH, SMALL, TIME, KEY, GET_FLAGS, SIZE,
    CREATE, ATTACH_AT, ATTACH_FLAGS, MSG_TYPE, COMMAND, OBJECT_TYPE, WORD, OPTION,
    /* what calls before have given */
    FD, AT, BLOCK, ANY_OBJECT,
    LWP_ID, SHM_ID, SEM_ID, MSG_ID, SEM, MUTEX, EVENT, MAILBOX, QUEUE,
    KINDS,
};

/* As the kernel has it; word and fd lie as in its union. */
struct rt_channel_msg {
    uint64_t sender;
    int type;
    uint64_t word;
    int fd;
};

/* What the arguments are, and the kind of id or descriptor that comes back. */
static const struct plan {
    const char *call;
    unsigned char args[CALL_ARGS];
    unsigned char result;
} plans[] = {
    { "rt_channel_open", { CHANNEL_NAME, OPEN_FLAGS }, FD },
    { "rt_channel_close", { FD }, 0 },
    { "rt_channel_send", { FD, MESSAGE }, 0 },
    { "rt_channel_send_recv", { FD, MESSAGE, MESSAGE }, 0 },
    { "rt_channel_send_recv_timeout", { FD, MESSAGE, MESSAGE, TIME }, 0 },
    { "rt_channel_reply", { FD, MESSAGE }, 0 },
    { "rt_channel_recv", { FD, MESSAGE }, 0 },
    { "rt_channel_recv_timeout", { FD, MESSAGE, TIME }, 0 },
    { "rt_channel_notify", { FD, MESSAGE }, 0 },
    { "rt_channel_peek", { FD, MESSAGE }, 0 },
    { "lwp_shmget", { KEY, SIZE, CREATE }, LWP_ID },
    { "lwp_shmat", { LWP_ID, ATTACH_AT }, AT },
    { "lwp_shmdt", { AT }, 0 },
    { "lwp_shmrm", { LWP_ID }, 0 },
    { "rt_object_delete", { OBJECT_TYPE, ANY_OBJECT }, 0 },
    { "rt_sem_create", { OBJECT_NAME, SMALL, CREATE, BLOCK }, SEM },
    { "rt_sem_take", { SEM, TIME }, 0 },
    { "rt_sem_release", { SEM }, 0 },
    { "rt_mutex_create", { OBJECT_NAME, CREATE, BLOCK }, MUTEX },
    { "rt_mutex_take", { MUTEX, TIME }, 0 },
    { "rt_mutex_release", { MUTEX }, 0 },
    { "rt_event_create", { OBJECT_NAME, CREATE, BLOCK }, EVENT },
    { "rt_event_send", { EVENT, WORD }, 0 },
    { "rt_event_recv", { EVENT, WORD, OPTION, TIME, BUFFER }, 0 },
    { "rt_mb_create", { OBJECT_NAME, SMALL, CREATE, BLOCK }, MAILBOX },
    { "rt_mb_send_wait", { MAILBOX, WORD, TIME }, 0 },
    { "rt_mb_urgent", { MAILBOX, WORD }, 0 },
    { "rt_mb_recv", { MAILBOX, BUFFER, TIME }, 0 },
    { "rt_mq_create", { OBJECT_NAME, SMALL, SMALL, CREATE, BLOCK }, QUEUE },
    { "rt_mq_send_wait", { QUEUE, BUFFER, SMALL, TIME }, 0 },
    { "rt_mq_urgent", { QUEUE, BUFFER, SMALL }, 0 },
    { "rt_mq_recv", { QUEUE, BUFFER, LENGTH, TIME }, 0 },
    { "rt_object_reset", { OBJECT_TYPE, ANY_OBJECT, SMALL }, 0 },
    { "rt_enter_critical", { NONE }, 0 },
    { "rt_exit_critical", { NONE }, 0 },
    { "mq_open", { QUEUE_NAME, QUEUE_FLAGS, MODE, ATTR }, FD },
    { "mq_unlink", { QUEUE_NAME }, 0 },
    { "mq_timedsend", { FD, BUFFER, LENGTH, SMALL, DEADLINE }, 0 },
    { "mq_timedreceive", { FD, BUFFER, LENGTH, BUFFER, DEADLINE }, 0 },
    { "mq_notify", { FD, NOTICE }, 0 },
    { "mq_getsetattr", { FD, ATTR, BUFFER }, 0 },
    { "msgget", { KEY, GET_FLAGS }, MSG_ID },
    { "msgctl", { MSG_ID, COMMAND, BUFFER }, 0 },
    { "msgrcv", { MSG_ID, BUFFER, SMALL, MSG_TYPE, GET_FLAGS }, 0 },
    { "msgsnd", { MSG_ID, BUFFER, SMALL, GET_FLAGS }, 0 },
    { "semget", { KEY, SMALL, GET_FLAGS }, SEM_ID },
    { "semctl", { SEM_ID, SMALL, COMMAND, BUFFER }, 0 },
    { "semtimedop", { SEM_ID, SEMBUFS, SMALL, DEADLINE }, 0 },
    { "semop", { SEM_ID, SEMBUFS, SMALL }, 0 },
    { "shmget", { KEY, SIZE, GET_FLAGS }, SHM_ID },
    { "shmctl", { SHM_ID, COMMAND, BUFFER }, 0 },
    { "shmat", { SHM_ID, ATTACH_AT, ATTACH_FLAGS }, AT },
    { "shmdt", { AT }, 0 },
};
#define PLANS (sizeof(plans) / sizeof(plans[0]))

const char *const ipc_queues[IPC_NAMES] = { "fuzz-a", "fuzz-b", "fuzz-c",
                                            "fuzz-d" };

static const struct plan *find_plan(const struct call *call)
{
    for (size_t i = 0; i < PLANS; i++)
        if (!strcmp(plans[i].call, call->name))
            return &plans[i];
    return NULL;
}

bool ipc_is_call(const struct call *call)
{
    return (call->number >= FIRST_QUEUE_CALL &&
            call->number <= LAST_SYSV_CALL) ||
           call->number >= FIRST_PRIVATE_CALL;
}

void ipc_check_plans(void)
{
    size_t found = 0;

    for (int i = 0; i < call_count; i++) {
        if (!ipc_is_call(&calls[i]))
            continue;
        if (!find_plan(&calls[i]))
            tap_fail(__FILE__, __LINE__, "%s is not known", calls[i].name);
        found++;
    }
    CHECK_EQ(found, PLANS);
}

/* --- what is remembered ---------------------------------------------------- */

static struct shared {                  /* by all processes */
    long ids[KINDS][IDS];
    long done[PLANS];                   /* calls that have worked */
} *shared;
static int fds[FDS];                    /* of this one */
static long attached[OBJECTS];
static long objects[KINDS][OBJECTS];

void ipc_share_ids(void)
{
    shared = child_shared(sizeof(*shared));
}

static long any_id(enum kind kind)
{
    if (tap_below(8) == 0)
        return tap_below(70);
    return kind >= SEM ? objects[kind][tap_below(OBJECTS)]
                       : shared->ids[kind][tap_below(IDS)];
}

int ipc_any_fd(void)
{
    int fd = fds[tap_below(FDS)];

    return fd && tap_below(16) ? fd : (int)tap_below(FIRST_STRANGER + 10) - 1;
}

void ipc_keep_fd(int fd)
{
    int *slot = &fds[tap_below(FDS)];

    if (*slot)
        close(*slot);
    *slot = fd;
}

void ipc_drop_strangers(void)
{
    for (int i = 0; i < FDS; i++)
        if (fds[i] >= FIRST_STRANGER)
            fds[i] = 0;
    syscall(SYS_close_range, FIRST_STRANGER, ~0u, 0);
}

static void remember(enum kind kind, long result)
{
    if (kind == FD)
        ipc_keep_fd(result);
    else if (kind == AT)
        attached[tap_below(OBJECTS)] = result;
    else if (kind >= SEM)
        objects[kind][tap_below(OBJECTS)] = result;
    else if (kind)
        shared->ids[kind][tap_below(IDS)] = result;
}

/* --- what pointers lead to -------------------------------------------------- */

static void make_message(struct rt_channel_msg *m)
{
    m->sender = 0;
    m->type = tap_below(4);
    m->word = tap_below(2) ? tap_random() : (uint64_t)(uintptr_t)m;
    m->fd = tap_below(4) ? ipc_any_fd() : (int)tap_random();
}

static void make_sembufs(struct sembuf *ops)
{
    for (int i = 0; i < 6; i++)
        ops[i] = (struct sembuf){
            .sem_num = tap_below(5),
            .sem_op = (short)tap_below(5) - 2,
            .sem_flg = (tap_below(4) ? IPC_NOWAIT : 0) |
                       (tap_below(2) ? SEM_UNDO : 0),
        };
}

/* Some calls want a time of day, others a length. */
static void make_deadline(struct timespec *t)
{
    *t = (struct timespec){ 0 };
    if (tap_below(2))
        clock_gettime(CLOCK_REALTIME, t);
    t->tv_nsec += tap_below(3) * 1000000;
}

static void make_notice(struct sigevent *e)
{
    e->sigev_notify = tap_below(4);
    e->sigev_signo = tap_below(4) ? SIGUSR1 : (int)tap_below(80);
}

static void fill(enum kind kind, unsigned char *slot)
{
    memset(slot, 0, SLOT_SIZE);
    switch (kind) {
    case CHANNEL_NAME:
    case OBJECT_NAME:
        sprintf((char *)slot, "fuzz%d", (int)tap_below(IPC_NAMES));
        break;
    case QUEUE_NAME:
        strcpy((char *)slot, ipc_queues[tap_below(IPC_NAMES)]);
        break;
    case MESSAGE:
        make_message((struct rt_channel_msg *)slot);
        break;
    case SEMBUFS:
        make_sembufs((struct sembuf *)slot);
        break;
    case DEADLINE:
        make_deadline((struct timespec *)slot);
        break;
    case ATTR:
        ((struct mq_attr *)slot)->mq_maxmsg = 1 + tap_below(8);
        ((struct mq_attr *)slot)->mq_msgsize = 1 + tap_below(64);
        break;
    case NOTICE:
        make_notice((struct sigevent *)slot);
        break;
    default:                    /* the type of a message, the value of a word */
        ((long *)slot)[0] = tap_below(4);
        ((int *)slot)[5] = 0666;
    }
}

/* --- numbers ---------------------------------------------------------------- */

#define ONE_OF(...) \
    ((const long[]){ __VA_ARGS__ }[tap_below( \
        sizeof((const long[]){ __VA_ARGS__ }) / sizeof(long))])

static long number(enum kind kind)
{
    switch (kind) {
    case OPEN_FLAGS:
        return ONE_OF(0, 0, O_CREAT, O_CREAT, O_CREAT | O_EXCL,
                      O_CREAT | O_CLOEXEC, O_CREAT | O_NONBLOCK);
    case QUEUE_FLAGS:
        return ONE_OF(O_RDWR | O_CREAT, O_RDWR | O_CREAT | O_NONBLOCK, O_RDONLY,
                      O_RDWR | O_CREAT | O_EXCL, O_WRONLY);
    case MODE:
        return ONE_OF(0600, 0666, 0);
    case LENGTH:
        return ONE_OF(0, 1, 8, 64, SLOT_SIZE);
    case TIME:
        return ONE_OF(-1, 0, 0, 1, 2, 3);
    case KEY:
        return ONE_OF(IPC_PRIVATE, 0x5eed0, 0x5eed1, 0x5eed2, 0x5eed3);
    case GET_FLAGS:
        return ONE_OF(IPC_CREAT | 0666, IPC_CREAT | 0600, IPC_CREAT | IPC_EXCL, 0,
                      IPC_NOWAIT, IPC_NOWAIT | 010000, 020000, 044000);
    case SIZE:
        return ONE_OF(1, 4096, 5000, 16384, 65536, 0);
    case ATTACH_AT:
        return ONE_OF(0, 0, 0, 0x20000000, 0x20004000, 0x20000001);
    case ATTACH_FLAGS:
        return ONE_OF(0, 0, SHM_RDONLY, SHM_RND, SHM_EXEC, SHM_REMAP);
    case CREATE:
        return tap_below(2);
    case COMMAND:
        return tap_below(21);
    case OBJECT_TYPE:
        return 2 + tap_below(5);
    case OPTION:
        return tap_below(8);
    case MSG_TYPE:
        return (long)tap_below(7) - 3;
    case WORD:
        return 1 << tap_below(3);
    default:
        return tap_below(6);
    }
}

static long argument(enum kind kind, unsigned char *slot)
{
    switch (kind) {
    case NONE:
        return 0;
    case FD:
        return ipc_any_fd();
    case AT:
        return attached[tap_below(OBJECTS)];
    case BLOCK:
        return tap_below(2) ? (long)slot + tap_below(4) * 64 : 0;
    case ANY_OBJECT:
        return any_id(SEM + tap_below(5));
    case ATTR:
    case NOTICE:
    case DEADLINE:
        if (tap_below(6) == 0)
            return 0;
        break;
    default:
        if (kind >= LWP_ID)
            return any_id(kind);
        if (kind > LAST_POINTER)
            return number(kind);
    }
    fill(kind, slot);
    return (long)slot;
}

static long worse(long value, bool pointer)
{
    switch (tap_below(4)) {
    case 0:
        return value + (pointer ? (long)tap_below(SLOT_SIZE) : 1);
    case 1:
        return tap_random();
    default:
        return hostile_values[tap_below(hostile_count)].value;
    }
}

long ipc_call(const struct call *call, bool hostile)
{
    const struct plan *plan = find_plan(call);
    long args[CALL_ARGS], result;

    for (int i = 0; i < CALL_ARGS; i++)
        args[i] = argument(plan->args[i], arena->slots + i * SLOT_SIZE);
    if (hostile && call->count) {
        int i = tap_below(call->count);

        args[i] = worse(args[i], call_takes_pointer(call, i));
    }
    result = call_raw(call->number, args);
    if (result >= 0) {
        remember(plan->result, result);
        shared->done[plan - plans]++;
    }
    return result;
}

void ipc_show_idle(void)
{
    for (size_t i = 0; i < PLANS; i++)
        if (!shared->done[i])
            printf("# %s has never worked\n", plans[i].call);
}

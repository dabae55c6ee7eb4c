/* calls.c - see calls.h. */
#define _GNU_SOURCE
#include "tests/user/lib/calls.h"

#include "tests/user/lib/channel.h"
#include "tests/user/lib/rtobj.h"
#include "tests/user/lib/shm.h"
#include "tests/user/lib/tap.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>

#define AS_TEXT(...) AS_TEXT_(__VA_ARGS__)
#define AS_TEXT_(...) #__VA_ARGS__

/* The kernel's list has its arguments as bare words: made into one string
 * here, and cut apart by hand once. */
#define SYSCALL(number, name, ...) { number, #name, AS_TEXT(__VA_ARGS__) },
#define SYSCALL_FRAME SYSCALL
static const struct {
    int number;
    const char *name, *args;
} list[] = {
#include "lwp/syscalls.def"
};
#undef SYSCALL
#undef SYSCALL_FRAME

#define CALLS (sizeof(list) / sizeof(list[0]))
struct call calls[CALLS];
const int call_count = CALLS;

__attribute__((constructor)) static void cut_list(void)
{
    for (size_t i = 0; i < CALLS; i++) {
        struct call *call = &calls[i];
        int words = 0;
        char *rest = strdup(list[i].args);

        call->number = list[i].number;
        call->name = list[i].name;
        for (char *w = strtok(rest, ", "); w; w = strtok(NULL, ", "))
            call->args[words++] = w;
        call->count = words / 2;
    }
}

const struct call *call_find(int number)
{
    for (int i = 0; i < call_count; i++)
        if (calls[i].number == number)
            return &calls[i];
    return NULL;
}

bool call_takes_pointer(const struct call *call, int i)
{
    const char *type = call->args[2 * i];

    return !strcmp(type, "uptr_t") || !strcmp(type, "ustr_t");
}

/* --- what to work on --- */

static int file, other, folder, queue, clock_fd, pipe_fds[2], terminal;
static int process, messages;
static int timer;
static void *page;
static int channel;
static int rt_sem, rt_mutex, rt_event, rt_mailbox, rt_queue;
static int set = -1, mailbox = -1, segment = -1;    /* System V's */
static char *attached;                  /* that segment */
static int lwp_segment;
static char *lwp_attached;

/* Those that calls_prepare() makes, larger than the arena's hole. */
#define SEGMENT_SIZE 16384

#define FILE_SIZE 8192

static int make_file(const char *name)
{
    int fd = open(name, O_RDWR | O_CREAT, 0644);

    CHECK(fd >= 0);
    return fd;
}

static void remove_segments(void)
{
    struct shm_info info;
    struct shmid_ds status;
    int last = shmctl(0, SHM_INFO, (void *)&info);

    if (attached)
        shmdt(attached);
    for (int i = 0; i <= last; i++)
        shmctl(shmctl(i, SHM_STAT_ANY, &status), IPC_RMID, NULL);
}

static void remove_sysv(void)
{
    struct seminfo sems;
    struct msginfo messages_info;
    struct semid_ds set_status;
    struct msqid_ds status;
    int last = semctl(0, 0, SEM_INFO, &sems);

    for (int i = 0; i <= last; i++)
        semctl(semctl(i, 0, SEM_STAT_ANY, &set_status), 0, IPC_RMID);
    last = msgctl(0, MSG_INFO, (void *)&messages_info);
    for (int i = 0; i <= last; i++)
        msgctl(msgctl(i, MSG_STAT_ANY, &status), IPC_RMID, NULL);
}

/* One segment, attached, and no more. */
static void settle_segments(void)
{
    struct shm_info info;
    struct shmid_ds status;

    /* Segments of hostile keys have the next ids. */
    for (int id = lwp_segment + 1; shm_rm(id) == 0; id++)
        ;
    shmctl(0, SHM_INFO, (void *)&info);
    if (info.used_ids == 1 && shmctl(segment, IPC_STAT, &status) == 0 &&
        status.shm_perm.mode == 0600 && status.shm_nattch >= 1)
        return;
    remove_segments();
    segment = shmget(IPC_PRIVATE, SEGMENT_SIZE, 0600);
    attached = shmat(segment, NULL, 0);
    CHECK(segment >= 0 && attached != (void *)-1);
}

/* One set of zeroes, one queue with one message, and no more. */
static void settle_sysv(void)
{
    struct seminfo sems;
    struct msginfo queues;
    struct msqid_ds status;
    long message[2] = { 1, 0 };

    semctl(0, 0, SEM_INFO, &sems);
    msgctl(0, MSG_INFO, (void *)&queues);
    if (sems.semusz == 1 && semctl(set, 0, GETVAL) == 0 &&
        queues.msgpool == 1 && msgctl(mailbox, IPC_STAT, &status) == 0 &&
        status.msg_qnum == 1)
        return;
    remove_sysv();
    set = semget(IPC_PRIVATE, 4, 0666);
    mailbox = msgget(IPC_PRIVATE, 0666);
    CHECK(set >= 0 && msgsnd(mailbox, message, sizeof(long), 0) == 0);
}

void calls_leave(void)
{
    remove_sysv();
    remove_segments();
    shm_dt(lwp_attached);
    for (int id = 0; id < 64; id++)
        shm_rm(id);
}

void calls_settle(void)
{
    struct message note = message_of(0);
    struct stat st;

    settle_sysv();
    settle_segments();
    while (umount2("mnt", MNT_DETACH) == 0)
        ;
    if (lstat("new", &st) == 0 && unlink("new") < 0)
        rmdir("new");
    /* The same inode as long as its name is there. */
    if (access("file", F_OK) < 0) {
        unlink("file");         /* a symbolic link to itself, perhaps */
        close(file);
        file = make_file("file");
    }
    if (fstat(file, &st) == 0 && st.st_size != FILE_SIZE)
        CHECK(ftruncate(file, FILE_SIZE) == 0);
    chmod("file", 0644);
    /* Something to take, and nothing of what a call has sent. */
    while (channel_peek(channel, &note) == 0)
        ;
    channel_notify(channel, &note);
    rt_reset(RT_SEM, rt_sem, 1);
    rt_reset(RT_MAILBOX, rt_mailbox, 0);
    rt_reset(RT_QUEUE, rt_queue, 0);
    event_send(rt_event, 1);
    mb_send(rt_mailbox, 1, 0);
    mq_put(rt_queue, "message", 8, 0);
    lseek(file, 0, SEEK_SET);
    lseek(folder, 0, SEEK_SET);
}

void calls_prepare(void)
{
    struct sigevent none = { .sigev_notify = SIGEV_NONE };
    struct epoll_event writable = { .events = EPOLLOUT };
    const gid_t groups[] = { 10, 20 };
    struct mq_attr shape = { .mq_maxmsg = 4, .mq_msgsize = 64 };
    int master;

    CHECK(mkdir("mnt", 0755) == 0 && symlink("file", "link") == 0);
    file = make_file("file");
    other = make_file("other");
    folder = open(".", O_RDONLY | O_DIRECTORY);
    queue = epoll_create1(0);
    clock_fd = timerfd_create(CLOCK_MONOTONIC, 0);
    /* Not the console: what is written there is the test's output. */
    master = posix_openpt(O_RDWR | O_NOCTTY);
    CHECK(master >= 0 && unlockpt(master) == 0);
    terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
    process = syscall(434 /* pidfd_open */, getpid(), 0);
    messages = mq_open("/calls", O_CREAT | O_RDWR | O_NONBLOCK, 0600, &shape);
    mq_unlink("/calls");
    page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(pipe(pipe_fds) == 0 && folder >= 0 && queue >= 0);
    CHECK(clock_fd >= 0 && terminal >= 0 && process >= 0 && messages >= 0);
    CHECK(page != MAP_FAILED);
    CHECK(syscall(SYS_timer_create, CLOCK_MONOTONIC, &none, &timer) == 0);
    channel = channel_open("calls", O_CREAT | O_NONBLOCK);
    CHECK(channel >= 0);
    rt_sem = sem_create(1, 0, NULL);
    rt_mutex = mutex_create(NULL);
    rt_event = event_create(0, NULL);
    rt_mailbox = mb_create(2, 0, NULL);
    rt_queue = mq_create(64, 2, 0, NULL);
    CHECK(rt_sem > 0 && rt_mutex > 0 && rt_event > 0);
    CHECK(rt_mailbox > 0 && rt_queue > 0);
    lwp_segment = shm_get(0x5e9, SEGMENT_SIZE, 1);
    lwp_attached = shm_at(lwp_segment, NULL);
    CHECK(lwp_attached != NULL);
    /* There is always something to report. */
    CHECK(epoll_ctl(queue, EPOLL_CTL_ADD, pipe_fds[1], &writable) == 0);
    CHECK(setgroups(2, groups) == 0);
    calls_settle();
}

/* --- plausible arguments --- */

enum kind {
    INT, A_FILE, A_SECOND, A_FOLDER, A_QUEUE, A_CLOCK, A_PIPE, A_TERMINAL,
    A_PROCESS, A_MESSAGES, A_CHANNEL, A_TIMER, A_PAGE, A_RT_SEM, A_RT_MUTEX, A_RT_EVENT,
    A_RT_MAILBOX, A_RT_QUEUE, A_SET, A_MAILBOX, A_SEGMENT, ATTACHED,
    AN_LWP_SEGMENT, LWP_ATTACHED, MYSELF, ZEROS, ONES, NOW, NOW_TV, TEXT,
    VECTOR, CAPS, EVENT, SHAPE, MESSAGE,
};

struct plan {
    const char *call, *arg;     /* NULL: of any call */
    enum kind kind;
    long value;
    const char *text;
};

#define BY(call, arg, kind, value) { call, arg, kind, value, NULL }
#define TO(call, arg, text) { call, arg, TEXT, 0, text }

static const struct plan plans[] = {
    /* The special ones, ... */
    TO("execve", "path", "/bin/true"),
    TO("execveat", "path", "/bin/true"),
    BY("clone", "flags", INT, SIGCHLD),
    BY("clone3", "size", INT, 64),
    BY("ptrace", "request", INT, PTRACE_PEEKDATA),
    BY("waitid", "options", INT, WEXITED | WNOHANG),
    BY("wait4", "options", INT, WNOHANG),
    BY("capget", "header", CAPS, 0), BY("capset", "header", CAPS, 0),
    BY("sched_setaffinity", "mask", ONES, 0),
    BY("sched_setaffinity", "size", INT, 8),
    BY("sched_getaffinity", "size", INT, 128),
    BY("sched_getattr", "size", INT, 56),
    BY("set_robust_list", "size", INT, 24),
    BY("setgroups", "size", INT, 1),
    BY("syslog", "type", INT, 3), BY("syslog", "len", INT, SLOT_SIZE),
    BY("prctl", "option", INT, PR_GET_NAME),
    BY("prctl", "arg2", ZEROS, 0),
    BY("clock_settime", "time", NOW, 0),
    BY("clock_settime", "clock", INT, CLOCK_REALTIME),
    BY("settimeofday", "time", NOW_TV, 0),
    BY("timerfd_settime", "fd", A_CLOCK, 0),
    BY("timerfd_gettime", "fd", A_CLOCK, 0),
    BY("timer_create", "event", EVENT, 0),
    BY("timer_create", "id", ZEROS, 0),
    BY("mmap", "flags", INT, MAP_PRIVATE | MAP_ANONYMOUS),
    BY("mmap", "fd", INT, -1), BY("mmap", "addr", INT, 0),
    BY("mmap", "size", INT, 4096), BY("mmap", "prot", INT, 3),
    BY("brk", "addr", INT, 0),
    BY("mprotect", "prot", INT, 1),
    BY("munmap", "size", INT, 4096), BY("mprotect", "size", INT, 4096),
    BY("msync", "size", INT, 4096), BY("mincore", "size", INT, 4096),
    BY("madvise", "size", INT, 4096), BY("mlock", "size", INT, 4096),
    BY("munlock", "size", INT, 4096), BY("mlock2", "size", INT, 4096),
    BY("mremap", "old", A_PAGE, 0), BY("mremap", "old_size", INT, 4096),
    BY("mremap", "new_size", INT, 4096), BY("mlockall", "flags", INT, 1),
    BY("msync", "flags", INT, MS_ASYNC),
    BY("fcntl", "cmd", INT, F_GETLK), BY("fcntl", "arg", ZEROS, 0),
    BY("ioctl", "fd", A_TERMINAL, 0), BY("ioctl", "cmd", INT, TCGETS),
    BY("ioctl", "arg", ZEROS, 0),
    BY("flock", "operation", INT, 1),
    BY("dup3", "to", INT, 100),
    BY("close_range", "first", INT, 200), BY("close_range", "last", INT, 300),
    BY("getcwd", "size", INT, 256), BY("getdents64", "size", INT, 256),
    BY("getdents64", "fd", A_FOLDER, 0), BY("fchdir", "fd", A_FOLDER, 0),
    TO("mkdirat", "path", "new"),
    TO("mknodat", "path", "new"),
    BY("mknodat", "mode", INT, S_IFIFO | 0600),
    TO("symlinkat", "path", "new"),
    TO("readlinkat", "path", "link"),
    TO("chdir", "path", "mnt"),
    TO("chroot", "path", "mnt"),
    TO("mount", "target", "mnt"),
    TO("umount2", "target", "mnt"),
    TO("mount", "type", "tmpfs"),
    TO("mount", "options", ""),
    BY("statx", "mask", INT, 0xfff),
    BY("epoll_ctl", "op", INT, EPOLL_CTL_ADD),
    BY("epoll_ctl", "fd", A_PIPE, 0),
    BY("epoll_pwait", "fd", A_QUEUE, 0), BY("epoll_pwait2", "fd", A_QUEUE, 0),
    BY("signalfd4", "fd", INT, -1),
    BY("sendfile", "pos", ZEROS, 0),
    BY("mq_open", "flags", INT, O_CREAT | O_RDWR),
    BY("mq_open", "attr", SHAPE, 0), BY("mq_notify", "event", EVENT, 0),
    BY("mq_timedsend", "fd", A_MESSAGES, 0),
    BY("mq_timedreceive", "fd", A_MESSAGES, 0),
    BY("mq_notify", "fd", A_MESSAGES, 0),
    BY("mq_getsetattr", "fd", A_MESSAGES, 0),
    BY("semctl", "cmd", INT, IPC_STAT), BY("semctl", "arg", ZEROS, 0),
    BY("msgctl", "cmd", INT, IPC_STAT), BY("msgsnd", "msg", MESSAGE, 0),
    BY("shmget", "flags", INT, 0600), BY("shmctl", "cmd", INT, IPC_STAT),
    BY("shmat", "addr", INT, 0), BY("shmdt", "addr", ATTACHED, 0),
    BY("rt_channel_open", "flags", INT, O_CREAT),
    BY("rt_channel_send", "fd", A_CHANNEL, 0),
    BY("rt_channel_send_recv", "fd", A_CHANNEL, 0),
    BY("rt_channel_send_recv_timeout", "fd", A_CHANNEL, 0),
    BY("rt_channel_reply", "fd", A_CHANNEL, 0),
    BY("rt_channel_recv", "fd", A_CHANNEL, 0),
    BY("rt_channel_recv_timeout", "fd", A_CHANNEL, 0),
    BY("rt_channel_notify", "fd", A_CHANNEL, 0),
    BY("rt_channel_peek", "fd", A_CHANNEL, 0),
    BY("lwp_shmget", "create", INT, 1),
    BY("lwp_shmat", "id", AN_LWP_SEGMENT, 0), BY("lwp_shmat", "addr", INT, 0),
    BY("lwp_shmdt", "addr", LWP_ATTACHED, 0),
    BY("lwp_shmrm", "id", AN_LWP_SEGMENT, 0),
    BY("clock_gettime", "clock", INT, 1), BY("futex", "op", INT, 128),
    BY("rt_object_delete", "type", INT, RT_SEM),
    BY("rt_object_delete", "id", A_RT_SEM, 0),
    BY("rt_object_reset", "type", INT, RT_SEM),
    BY("rt_object_reset", "id", A_RT_SEM, 0),
    BY("rt_sem_take", "id", A_RT_SEM, 0),
    BY("rt_sem_release", "id", A_RT_SEM, 0),
    BY("rt_mutex_take", "id", A_RT_MUTEX, 0),
    BY("rt_mutex_release", "id", A_RT_MUTEX, 0),
    BY("rt_event_send", "id", A_RT_EVENT, 0),
    BY("rt_event_send", "set", INT, 1),
    BY("rt_event_recv", "id", A_RT_EVENT, 0),
    BY("rt_event_recv", "set", INT, 1),
    BY("rt_event_recv", "option", INT, 2),
    BY("rt_mb_send_wait", "id", A_RT_MAILBOX, 0),
    BY("rt_mb_urgent", "id", A_RT_MAILBOX, 0),
    BY("rt_mb_recv", "id", A_RT_MAILBOX, 0),
    BY("rt_mq_create", "msg_size", INT, 64),
    BY("rt_mq_create", "max_msgs", INT, 4),
    BY("rt_mq_send_wait", "id", A_RT_QUEUE, 0),
    BY("rt_mq_urgent", "id", A_RT_QUEUE, 0), BY("rt_mq_recv", "id", A_RT_QUEUE, 0),
    /* ... and what an argument of that name is anywhere else. */
    BY(NULL, "fd", A_FILE, 0), BY(NULL, "from", A_FILE, 0),
    BY(NULL, "pidfd", A_PROCESS, 0),
    BY(NULL, "set", A_SET, 0), BY(NULL, "queue", A_MAILBOX, 0),
    BY(NULL, "segment", A_SEGMENT, 0),
    BY(NULL, "in_fd", A_FILE, 0), BY(NULL, "out_fd", A_SECOND, 0),
    BY(NULL, "set_fd", A_QUEUE, 0), BY(NULL, "dirfd", INT, AT_FDCWD),
    BY(NULL, "from_dir", INT, AT_FDCWD), BY(NULL, "to_dir", INT, AT_FDCWD),
    BY(NULL, "pid", MYSELF, 0), BY(NULL, "tgid", MYSELF, 0),
    BY(NULL, "tid", MYSELF, 0), BY(NULL, "addr", A_PAGE, 0),
    BY(NULL, "start", A_PAGE, 0), BY(NULL, "end", A_PAGE, 0),
    BY(NULL, "id", A_TIMER, 0), BY(NULL, "size", INT, 64),
    BY(NULL, "n", INT, 64), BY(NULL, "length", INT, 64),
    BY(NULL, "len", INT, 8), BY(NULL, "count", INT, 1),
    BY(NULL, "local_count", INT, 1), BY(NULL, "remote_count", INT, 1),
    BY(NULL, "limit", INT, 1), BY(NULL, "max", INT, 4),
    BY(NULL, "resource", INT, 4), BY(NULL, "mode", INT, 0644),
};

/* Pointers of these names point to something else than zeros. */
static const struct plan pointer_plans[] = {
    TO("linkat", "from", "file"),
    TO("renameat2", "from", "file"),
    TO(NULL, "path", "file"), TO(NULL, "to", "new"),
    TO(NULL, "target", "there"),
    TO(NULL, "source", "none"),
    TO(NULL, "name", "larch"),
    BY(NULL, "array", VECTOR, 0),
    BY(NULL, "local", VECTOR, 0), BY(NULL, "remote", VECTOR, 0),
    BY(NULL, "new_limit", ONES, 0), BY("setrlimit", "limit", ONES, 0),
    BY(NULL, "new_action", ZEROS, 0),
};

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static const struct plan *find_plan(const struct plan *from, size_t n,
                                    const char *call, const char *arg)
{
    for (size_t i = 0; i < n; i++)
        if ((!from[i].call || !strcmp(from[i].call, call)) &&
            !strcmp(from[i].arg, arg))
            return &from[i];
    return NULL;
}

static struct plan choose_plan(const struct call *call, int i)
{
    const char *arg = call->args[2 * i + 1];
    const struct plan *p = NULL;
    bool pointer = call_takes_pointer(call, i);
    bool signals = strstr(call->name, "sig") || strstr(call->name, "poll");

    if (signals && !pointer && !strcmp(arg, "size"))
        return (struct plan)BY(NULL, NULL, INT, 8);
    if (pointer)
        p = find_plan(pointer_plans, LENGTH(pointer_plans), call->name, arg);
    if (!p)
        p = find_plan(plans, LENGTH(plans), call->name, arg);
    if (p && (p->call || !pointer || p->kind >= ZEROS))
        return *p;
    return (struct plan){ .kind = pointer ? ZEROS : INT };
}

static long fill_pointer(const struct plan *p, unsigned char *slot)
{
    memset(slot, p->kind == ONES ? 0xff : 0, SLOT_SIZE);
    switch (p->kind) {
    case NOW:
        clock_gettime(CLOCK_REALTIME, (struct timespec *)slot);
        break;
    case NOW_TV:
        gettimeofday((struct timeval *)slot, NULL);
        break;
    case TEXT:
        strcpy((char *)slot, p->text);
        break;
    case VECTOR:
        ((long *)slot)[0] = (long)(slot + 64);
        ((long *)slot)[1] = 64;
        break;
    case CAPS:
        ((int *)slot)[0] = _LINUX_CAPABILITY_VERSION_3;
        break;
    case EVENT:
        ((struct sigevent *)slot)->sigev_notify = SIGEV_NONE;
        break;
    case SHAPE:
        *(struct mq_attr *)slot = (struct mq_attr){ .mq_maxmsg = 4,
                                                   .mq_msgsize = 64 };
        break;
    case MESSAGE:
        ((long *)slot)[0] = 1;
        break;
    default:
        break;
    }
    return (long)slot;
}

void call_fill(const struct call *call, long *args, unsigned char *slots)
{
    const long things[] = {
        [A_FILE] = file, [A_SECOND] = other, [A_FOLDER] = folder,
        [A_QUEUE] = queue, [A_CLOCK] = clock_fd, [A_PIPE] = pipe_fds[0],
        [A_TERMINAL] = terminal, [A_PROCESS] = process,
        [A_MESSAGES] = messages, [A_CHANNEL] = channel,
        [A_TIMER] = timer, [A_PAGE] = (long)page,
        [A_RT_SEM] = rt_sem, [A_RT_MUTEX] = rt_mutex, [A_RT_EVENT] = rt_event,
        [A_RT_MAILBOX] = rt_mailbox, [A_RT_QUEUE] = rt_queue, [A_SET] = set,
        [A_MAILBOX] = mailbox, [A_SEGMENT] = segment,
        [ATTACHED] = (long)attached, [AN_LWP_SEGMENT] = lwp_segment,
        [LWP_ATTACHED] = (long)lwp_attached, [MYSELF] = getpid(),
    };

    memset(args, 0, CALL_ARGS * sizeof(*args));
    memset(slots, 0, CALL_ARGS * SLOT_SIZE);
    for (int i = 0; i < call->count; i++) {
        struct plan p = choose_plan(call, i);

        if (p.kind >= ZEROS)
            args[i] = fill_pointer(&p, slots + i * SLOT_SIZE);
        else
            args[i] = p.kind == INT ? p.value : things[p.kind];
    }
}

long call_raw(long number, const long *args)
{
    register long a7 __asm__("a7") = number;
    register long a0 __asm__("a0") = args[0];
    register long a1 __asm__("a1") = args[1];
    register long a2 __asm__("a2") = args[2];
    register long a3 __asm__("a3") = args[3];
    register long a4 __asm__("a4") = args[4];
    register long a5 __asm__("a5") = args[5];
    register long t0 __asm__("t0") = number == SYS_clone ||
                                     number == SYS_clone3;

    /* The child may have no stack: it leaves at once. */
    __asm__ volatile("ecall\n"
                     "beqz %1, 1f\n"
                     "bnez a0, 1f\n"
                     "li a7, 93\n"
                     "ecall\n"
                     "1:\n"
                     : "+r"(a0), "+r"(t0), "+r"(a7)
                     : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5)
                     : "memory");
    return a0;
}

/*
 * t_ipcfuzz.c - all the calls by which processes talk to each other, at random,
 * by four processes and their threads that use the same channels, segments,
 * queues and semaphores, fork, exec, pass descriptors on and are killed: the
 * kernel does not panic, every process can be killed, nothing is left behind.
 * SOAK_SECONDS= sets how long it takes, SEED= what happens.
 *
 * run: cpus=1,4 timeout=200
 */
#define _GNU_SOURCE
#include "tests/user/lib/hostile.h"
#include "tests/user/lib/ipcargs.h"
#include "tests/user/lib/slurp.h"

#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define PROCESSES 4
#define ROUNDS 40               /* of a short run */
#define STEPS 120               /* by one thread */
#define THREADS_MAX 3
#define FORKS_MAX 3             /* by one process and its children */
#define PATIENCE_MS 400         /* then a process that still works is killed */
#define TICK_US 3000            /* what sleeps is interrupted */
#define NOBODY 65534
#define MEMORY (64 << 20)
#define FILES_MAX 64
#define ROWS_MAX 4096

static int forks_left = FORKS_MAX;

/* --- steps ---------------------------------------------------------------- */

static const struct call *any_call(void)
{
    const struct call *call;

    do
        call = &calls[tap_below(call_count)];
    while (!ipc_is_call(call));
    return call;
}

static const struct call *call_named(const char *name)
{
    for (int i = 0; i < call_count; i++)
        if (!strcmp(calls[i].name, name))
            return &calls[i];
    tap_fail(__FILE__, __LINE__, "no call %s", name);
}

/* Now and then somebody serves a channel as he should. */
static void serve(void)
{
    const struct call *recv = call_named(tap_below(2) ?
                                         "rt_channel_recv" :
                                         "rt_channel_recv_timeout"),
                      *reply = call_named("rt_channel_reply");

    ipc_call(call_named("rt_channel_open"), false);
    for (int i = 0; i < 8; i++)
        if (ipc_call(recv, false) == 0)
            ipc_call(reply, false);
}

static void use_as_file(void)
{
    struct pollfd p = { .fd = ipc_any_fd(), .events = tap_random() };
    char byte;

    switch (tap_below(5)) {
    case 0:
        poll(&p, 1, tap_below(3));
        break;
    case 1:
        ipc_keep_fd(dup(p.fd));
        break;
    case 2:
        fcntl(p.fd, F_SETFL, tap_below(2) ? O_NONBLOCK : 0);
        break;
    case 3:
        if (fcntl(p.fd, F_GETFL) & O_NONBLOCK)
            (void)!(tap_below(2) ? read(p.fd, &byte, 1)
                                 : write(p.fd, "", 1));
        break;
    default:
        ipc_drop_strangers();
    }
}

/* A descriptor through a socket, and back if it is not left in there. */
static void pass_on(void)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control = { .head = { .cmsg_len = CMSG_LEN(sizeof(int)),
                            .cmsg_level = SOL_SOCKET,
                            .cmsg_type = SCM_RIGHTS } };
    struct iovec byte = { &(char){ 0 }, 1 };
    struct msghdr msg = { .msg_iov = &byte, .msg_iovlen = 1,
                          .msg_control = control.room,
                          .msg_controllen = sizeof(control) };
    int pair[2], fd = ipc_any_fd();

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        return;
    memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
    if (sendmsg(pair[0], &msg, MSG_DONTWAIT) == 1 && tap_below(2) &&
        recvmsg(pair[1], &msg, MSG_DONTWAIT) == 1 && msg.msg_controllen) {
        memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
        ipc_keep_fd(fd);
    }
    close(pair[0]);
    close(pair[1]);
}

static void many_steps(int steps);

/* The child goes on, for a while; some of the time as another program. */
static void fork_one(void)
{
    char *argv[] = { (char *)tap_self, NULL }, *none[] = { NULL };
    uint64_t series = tap_random();

    if (forks_left-- <= 0 || fork() != 0)
        return;
    tap_series(series);
    hostile_tick(TICK_US);
    many_steps(STEPS / 4);
    if (tap_below(3) == 0)
        execve("/bin/true", argv, none);
    if (tap_below(3) == 0)
        kill(getpid(), SIGKILL);
    _exit(0);
}

static void step(void)
{
    switch (tap_below(40)) {
    case 0:
        serve();
        break;
    case 1:
    case 2:
        use_as_file();
        break;
    case 3:
        if (tap_below(4) == 0)
            fork_one();
        break;
    case 4:
        pass_on();
        break;
    default:
        ipc_call(any_call(), tap_below(4) == 0);
    }
}

static void many_steps(int steps)
{
    while (steps--)
        step();
}

static void *run_thread(void *unused)
{
    many_steps(STEPS);
    return unused;
}

/* --- a process ------------------------------------------------------------ */

/* Notices of message queues are no reason to die. */
static void take_notices(void)
{
    struct sigaction act = { .sa_handler = SIG_IGN };

    sigaction(SIGUSR1, &act, NULL);
}

static void limit_resources(bool as_root)
{
    struct rlimit memory = { MEMORY, MEMORY }, files = { FILES_MAX, FILES_MAX };

    CHECK(setrlimit(RLIMIT_AS, &memory) == 0);
    CHECK(setrlimit(RLIMIT_NOFILE, &files) == 0);
    if (!as_root)
        CHECK(setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
}

static _Noreturn void run_process(bool as_root)
{
    int others = tap_below(THREADS_MAX);
    pthread_t thread;

    for (int fd = 0; fd <= 2; fd++)
        dup2(null_fd, fd);
    setpgid(0, 0);
    limit_resources(as_root);
    take_notices();
    hostile_tick(TICK_US);
    while (others-- > 0)
        pthread_create(&thread, NULL, run_thread, NULL);
    many_steps(STEPS);
    _exit(0);
}

/* --- the judge ------------------------------------------------------------ */

static pid_t pids[PROCESSES];

static void start_all(int round)
{
    for (int i = 0; i < PROCESSES; i++) {
        pids[i] = child_fork();
        if (pids[i] == 0) {
            tap_series(round * PROCESSES + i);
            run_process(i % 2);
        }
    }
}

/* One of them does not get to its end; then the orphans. */
static void end_all(void)
{
    if (tap_below(2)) {
        usleep(tap_below(20000));
        kill(pids[tap_below(PROCESSES)], SIGKILL);
    }
    for (int i = 0; i < PROCESSES; i++) {
        hostile_wait(pids[i], PATIENCE_MS);
        kill(-pids[i], SIGKILL);
    }
    while (wait(NULL) > 0)
        ;
}

/* Each line of a table has an id in the column of that title. */
static void remove_rows(const char *table, const char *title,
                        void (*remove)(int id))
{
    static long ids[ROWS_MAX];
    int n = slurp_column(table, title, ids, ROWS_MAX);

    for (int i = 0; i < n; i++)
        remove(ids[i]);
    CHECK_EQ(slurp_lines(table), 0);
}

static void remove_segment(int id)
{
    CHECK_EQ(syscall(SYS_shmctl, id, IPC_RMID, NULL), 0);
}

static void remove_semaphores(int id)
{
    CHECK_EQ(syscall(SYS_semctl, id, 0, IPC_RMID, 0), 0);
}

static void remove_queue(int id)
{
    CHECK_EQ(syscall(SYS_msgctl, id, IPC_RMID, NULL), 0);
}

static void remove_lwp_segment(int id)
{
    CHECK_EQ(syscall(call_named("lwp_shmrm")->number, id), 0);
}

/* What belongs to processes is gone with them; what does not, can be found in
 * /proc and removed. */
static void check_nothing_left(void)
{
    CHECK_EQ(slurp_lines("/proc/channels"), 0);
    CHECK_EQ(slurp_lines("/proc/rtobjects"), 0);
    remove_rows("/proc/lwp_shm", "ID", remove_lwp_segment);
    remove_rows("/proc/sysvipc/shm", "shmid", remove_segment);
    remove_rows("/proc/sysvipc/sem", "semid", remove_semaphores);
    remove_rows("/proc/sysvipc/msg", "msqid", remove_queue);
    for (int i = 0; i < IPC_NAMES; i++)
        syscall(SYS_mq_unlink, ipc_queues[i]);
}

TEST("C-11 D-09 K-16 all calls between processes, at random: no panic, and "
     "nothing is left")
{
    const char *soak = getenv("SOAK_SECONDS");
    int64_t end = tap_now() + (soak ? atoll(soak) : 0) * 1000000000;
    int round = 0;

    if (tap_run)                /* only to see whether it loses again */
        end = 0;
    ipc_check_plans();
    CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    hostile_enter_memory();
    ipc_share_ids();
    do {
        start_all(round++);
        end_all();
        check_nothing_left();
    } while (round < ROUNDS || tap_now() < end);
    ipc_show_idle();
    printf("# %d rounds\n", round);
}

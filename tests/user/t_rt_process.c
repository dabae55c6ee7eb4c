/*
 * t_rt_process.c - liblwp: programs beside the caller, signals, channels, shared
 * memory, and what fork and exec do to objects (lwp.md rows B-04, K-12, K-13,
 * K-16).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/rt.h"

#include <lwp.h>
#include <lwp_shm.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>

extern char **environ;

/* --- exec ------------------------------------------------------------------ */

/* Exits with how many arguments it has, if its environment is right. */
ROLE(count)
{
    const char *system = getenv("OS");

    if (!system || strcmp(system, "RT-Thread"))
        return 100;
    if (getenv("WANTED") && strcmp(getenv("WANTED"), "yes"))
        return 101;
    return argc > 1 && strcmp(argv[1], "second") ? 102 : argc;
}

TEST("B-04 K-12 exec starts a child and goes on; it can be waited for")
{
    char *argv[] = { "first", "second", "third" };
    int pid;

    setenv("ROLE", "count", 1);
    pid = exec((char *)tap_self, 3, argv, NULL);
    CHECK(pid > 0 && pid != getpid());
    CHECK_EXITS(pid, 3);
    pid = exec((char *)tap_self, 2, argv, NULL);
    CHECK_EXITS(pid, 2);
    pid = exec((char *)tap_self, 0, NULL, NULL);
    CHECK_EXITS(pid, 1);
}

TEST("B-04 exec gives the environment it is given, and OS=RT-Thread in it")
{
    char *argv[] = { "first" };
    char *given[] = { "ROLE=count", "OS=Other", "WANTED=yes", NULL };
    char *wrong[] = { "ROLE=count", "WANTED=no", NULL };
    int pid;

    CHECK_EXITS(exec((char *)tap_self, 1, argv, given), 1);
    CHECK_EXITS(exec((char *)tap_self, 1, argv, wrong), 101);
    setenv("OS", "Mine", 1);
    setenv("ROLE", "count", 1);
    pid = exec((char *)tap_self, 1, argv, NULL);
    CHECK_EXITS(pid, 1);
    CHECK(!strcmp(getenv("OS"), "Mine"));
}

TEST("B-04 exec of what is no program: -1, and no child")
{
    char *argv[] = { "x" };

    CHECK_FAILS(exec("/no/such/program", 1, argv, NULL), ENOENT);
    CHECK_FAILS(exec("/etc", 1, argv, NULL), EACCES);
    CHECK_FAILS(exec("/dev/null", 1, argv, NULL), EACCES);
    CHECK_FAILS(exec(NULL, 1, argv, NULL), EINVAL);
    CHECK_FAILS(exec((char *)tap_self, -1, argv, NULL), EINVAL);
    CHECK_FAILS(exec((char *)tap_self, 1, NULL, NULL), EINVAL);
    CHECK_FAILS(waitpid(-1, NULL, 0), ECHILD);
}

TEST("B-04 100 programs started at once all end")
{
    char *argv[] = { "first" };
    int status;

    setenv("ROLE", "count", 1);
    for (int i = 0; i < 20; i++) {
        for (int k = 0; k < 5; k++)
            CHECK(exec((char *)tap_self, 1, argv, NULL) > 0);
        for (int k = 0; k < 5; k++)
            CHECK(wait(&status) > 0 && status == 1 << 8);
    }
    CHECK_FAILS(waitpid(-1, NULL, 0), ECHILD);
}

/* --- signals --------------------------------------------------------------- */

static volatile int who;

static void note_tid(int signo)
{
    (void)signo;
    who = lwp_gettid();
}

static volatile int tid, stop;

static void tell_tid(void *arg)
{
    (void)arg;
    tid = lwp_gettid();
    while (!stop)
        rt_thread_mdelay(1);
}

TEST("K-12 lwp_kill and lwp_tkill: to a process, to one thread")
{
    pid_t pid = child_sleeper();

    CHECK_EQ(lwp_kill(pid, SIGTERM), 0);
    CHECK_KILLED(pid, SIGTERM);
    CHECK_FAILS(lwp_kill(pid, SIGTERM), ESRCH);
    CHECK_FAILS(lwp_kill(getpid(), 65), EINVAL);
    signal(SIGUSR1, note_tid);
    rt_go(tell_tid, NULL, 20);
    RT_UNTIL(tid);
    CHECK_EQ(lwp_tkill(tid, SIGUSR1), 0);
    RT_UNTIL(who);
    CHECK_EQ(who, tid);
    CHECK(tid != lwp_gettid());
    CHECK_EQ(lwp_gettid(), syscall(SYS_gettid));
    CHECK_EQ(lwp_getpid(), getpid());
    CHECK_FAILS(lwp_tkill(32767, SIGUSR1), ESRCH);
    CHECK_FAILS(lwp_tkill(-1, SIGUSR1), EINVAL);
    stop = 1;
    RT_UNTIL(!rt_thread_find("test"));
}

/* --- channels and shared memory --------------------------------------------- */

static void answer_one(void)
{
    struct rt_channel_msg msg;
    int channel = rt_channel_open("k13", O_CREAT);

    CHECK(channel >= 0);
    CHECK_EQ(rt_channel_recv(channel, &msg), RT_EOK);
    msg.u.d = (void *)((long)msg.u.d + 1);
    CHECK_EQ(rt_channel_reply(channel, &msg), RT_EOK);
    RT_FAILS(rt_channel_reply(channel, &msg), RT_ERROR);
    CHECK_EQ(rt_channel_recv_timeout(channel, &msg, 20000), RT_EOK);
    CHECK_EQ((long)msg.u.d, 7);
    RT_FAILS(rt_channel_peek(channel, &msg), RT_ETIMEOUT);
    CHECK_EQ(rt_channel_close(channel), RT_EOK);
}

TEST("K-13 C-11 channels by the library: calls, codes, errno")
{
    struct rt_channel_msg msg = { .type = RT_CHANNEL_RAW }, reply;
    pid_t pid = child_start(answer_one);
    int channel;

    while ((channel = rt_channel_open("k13", 0)) < 0)
        sleep_ms(1);
    msg.u.d = (void *)41;
    CHECK_EQ(rt_channel_send_recv(channel, &msg, &reply), RT_EOK);
    CHECK_EQ((long)reply.u.d, 42);
    RT_FAILS(rt_channel_send_recv_timeout(channel, &msg, &reply, 0),
             RT_ETIMEOUT);
    CHECK_EQ(errno, ETIMEDOUT);
    msg.u.d = (void *)7;
    CHECK_EQ(rt_channel_notify(channel, &msg), RT_EOK);
    CHECK_EXITS(pid, 0);
    RT_FAILS(rt_channel_send(channel, &msg), RT_EIO);
    CHECK_EQ(errno, EIO);
    CHECK_EQ(rt_channel_close(channel), RT_EOK);
    RT_FAILS(rt_channel_close(channel), RT_EIO);
    RT_FAILS(rt_channel_recv(1, &msg), RT_EIO);
    RT_FAILS(rt_channel_peek(-1, &msg), RT_EIO);
    CHECK_FAILS(rt_channel_open("k13", 0), ENOENT);
    CHECK_FAILS(rt_channel_open((char *)16, O_CREAT), EFAULT);
}

TEST("K-13 D-01 shared memory by the library: calls and errors")
{
    size_t key = (size_t)rt_thread_self();
    int id = lwp_shmget(key, 5000, 1);
    char *one, *two;

    CHECK(id >= 0);
    CHECK_EQ(lwp_shmget(key, 0, 0), id);
    one = lwp_shmat(id, NULL);
    two = lwp_shmat(id, RT_NULL);
    CHECK(one && two && one != two);
    strcpy(one, "seen");
    CHECK(!strcmp(two, "seen"));
    CHECK_EQ(lwp_shmdt(one), 0);
    CHECK_EQ(lwp_shmdt(two), 0);
    CHECK_FAILS(lwp_shmdt(two), EINVAL);
    CHECK_EQ(lwp_shmrm(id), 0);
    CHECK_FAILS(lwp_shmrm(id), EINVAL);
    errno = 0;
    CHECK(!lwp_shmat(id, NULL) && errno == EINVAL);
    CHECK_FAILS(lwp_shmget(key, 0, 0), ENOENT);
}

/* --- life of objects -------------------------------------------------------- */

static rt_sem_t sem;

static void release_shared(void)
{
    CHECK_EQ(rt_sem_release(sem), RT_EOK);
    CHECK_EQ(rt_sem_delete(sem), RT_EOK);
    RT_FAILS(rt_sem_release(sem), RT_EIO);
}

TEST("K-16 fork shares objects: the child's end, and its delete, spare them")
{
    sem = rt_sem_create("shared", 0, RT_IPC_FLAG_FIFO);
    CHECK(sem);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(tap_in_child(release_shared), 0);
        CHECK_EQ(rt_sem_take(sem, 0), RT_EOK);
    }
    RT_FAILS(rt_sem_take(sem, 0), RT_ETIMEOUT);
}

static int objects_named(const char *name)
{
    char line[200];
    int count = 0;
    FILE *file = fopen("/proc/rtobjects", "r");

    CHECK(file);
    while (fgets(line, sizeof(line), file))
        count += !!strstr(line, name);
    fclose(file);
    return count;
}

/* The id that its parent has, and exec has let go of. */
ROLE(use_stale)
{
    struct rt_semaphore stale = {
        .ipc = { .type = RT_Object_Class_Semaphore, .id = atoi(argv[1]) },
    };

    return rt_sem_release(&stale) == -RT_EINVAL ? 5 : 6;
}

TEST("K-16 exec lets go of objects, whatever ids the program knows")
{
    char id[20];
    pid_t pid;

    sem = rt_sem_create("kept", 0, RT_IPC_FLAG_FIFO);
    snprintf(id, sizeof(id), "%d", sem->ipc.id);
    setenv("ROLE", "use_stale", 1);
    pid = child_fork();
    if (pid == 0) {
        execl(tap_self, tap_self, id, NULL);
        _exit(9);
    }
    CHECK_EXITS(pid, 5);
    CHECK_EQ(objects_named("kept"), 1);
    RT_FAILS(rt_sem_take(sem, 0), RT_ETIMEOUT);
}

static void make_and_die(void)
{
    for (int i = 0; i < 50; i++)
        CHECK(rt_mb_create("left", 8, RT_IPC_FLAG_FIFO) &&
              rt_event_create("left", RT_IPC_FLAG_FIFO));
    CHECK_EQ(objects_named("left"), 100);
    raise(SIGKILL);
}

TEST("K-16 a process that is killed leaves no object")
{
    CHECK(WIFSIGNALED(tap_in_child(make_and_die)));
    CHECK_EQ(objects_named("left"), 0);
}

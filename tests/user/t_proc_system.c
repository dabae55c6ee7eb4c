/*
 * t_proc_system.c - the files of /proc about the whole system, and small ones
 * of processes: each says what is so (row I-07).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/slurp.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <time.h>

static void store(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_TRUNC);

    CHECK(fd >= 0);
    CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
    CHECK(close(fd) == 0);
}

static void check_store_fails(const char *path, const char *text, int error)
{
    int fd = open(path, O_WRONLY);

    CHECK_FAILS(write(fd, text, strlen(text)), error);
    close(fd);
}

TEST("I-07 /proc/buddyinfo: the blocks together are the free pages")
{
    long free = tap_read_number("/proc/meminfo", "MemFree") / 4, sum = 0;
    char *word = strtok(slurp("/proc/buddyinfo"), " \n");
    int order = -4;

    for (; word; word = strtok(NULL, " \n"), order++)
        if (order >= 0)
            sum += atol(word) << order;
    CHECK_EQ(order, 11);
    /* Some pages are in the caches of harts. */
    CHECK(sum > free - 1024 && sum < free + 1024);
}

TEST("I-07 /proc/slabinfo: columns that fit each other")
{
    char name[32];
    long used, total, size, each, pages, slabs, all;
    int caches = 0;

    CHECK(!strncmp(slurp("/proc/slabinfo"), "slabinfo - version: 2.1\n# name", 30));
    for (char *line = strtok(slurp_text, "\n"); line; line = strtok(NULL, "\n")) {
        if (line[0] == '#' || !strncmp(line, "slabinfo", 8))
            continue;
        CHECK_EQ(sscanf(line, "%31s %ld %ld %ld %ld %ld : tunables %*d %*d %*d "
                        ": slabdata %ld %ld %*d", name, &used, &total, &size,
                        &each, &pages, &slabs, &all), 8);
        CHECK(used <= total && total == slabs * each && slabs == all);
        CHECK(size * each <= pages * 4096);
        caches++;
    }
    CHECK(caches > 10);
}

TEST("I-07 /proc/vmstat: page faults are counted, those of the dead too")
{
    static const size_t size = 256 * 4096;
    char *line = strstr(slurp("/proc/vmstat"), "\npgfault ");
    long before = atol(line + 9);
    pid_t pid = child_fork();

    if (pid == 0) {
        char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        for (size_t i = 0; i < size; i += 4096)
            p[i] = 1;
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    line = strstr(slurp("/proc/vmstat"), "\npgfault ");
    CHECK(atol(line + 9) >= before + 256);
}

TEST("I-07 /proc/kallsyms: ascending addresses of the kernel's half, for root")
{
    unsigned long address, last = 0;
    int symbols = 0;
    char name[128], type;

    for (char *line = strtok(slurp("/proc/kallsyms"), "\n"); line;
         line = strtok(NULL, "\n"), symbols++) {
        CHECK_EQ(sscanf(line, "%lx %c %127s", &address, &type, name), 3);
        CHECK(address >> 38 == 0x3ffffff && address >= last);
        last = address;
    }
    CHECK(symbols > 500);
}

TEST("I-07 names of the system, read and written")
{
    struct utsname u;

    store("/proc/sys/kernel/hostname", "beech\n");
    store("/proc/sys/kernel/domainname", "forest");
    CHECK(uname(&u) == 0);
    CHECK(!strcmp(u.nodename, "beech"));
    CHECK(!strcmp(slurp("/proc/sys/kernel/hostname"), "beech\n"));
    CHECK(!strcmp(slurp("/proc/sys/kernel/domainname"), "forest\n"));
    check_store_fails("/proc/sys/kernel/hostname",
                      "0123456789012345678901234567890123456789"
                      "0123456789012345678901234567890123456789", EINVAL);
    CHECK(sethostname("larch", 5) == 0);
    CHECK(!strcmp(slurp("/proc/sys/kernel/hostname"), "larch\n"));
    CHECK(!strncmp(slurp("/proc/sys/kernel/osrelease"), u.release,
                   strlen(u.release)));
    CHECK(!strncmp(slurp("/proc/sys/kernel/ostype"), u.sysname,
                   strlen(u.sysname)));
    store("/proc/sys/kernel/domainname", "(none)");
}

/* Where a fresh program's stack is. */
ROLE(say_stack)
{
    int here;

    printf("%p\n", (void *)&here);
    return 0;
}

static unsigned long stack_of_a_program(void)
{
    char text[32] = "";
    int out[2];
    pid_t pid;

    CHECK(pipe(out) == 0);
    pid = child_fork();
    if (pid == 0) {
        dup2(out[1], 1);
        setenv("ROLE", "say_stack", 1);
        execl(tap_self, tap_self, NULL);
        _exit(1);
    }
    CHECK(read(out[0], text, sizeof(text) - 1) > 0);
    CHECK_EXITS(pid, 0);
    close(out[0]);
    close(out[1]);
    return strtoul(text, NULL, 16);
}

TEST("I-07 randomize_va_space: 0 puts every program's stack at one place")
{
    const char *path = "/proc/sys/kernel/randomize_va_space";
    unsigned long first;
    int moved = 0;

    CHECK(!strcmp(slurp("%s", path), "2\n"));
    first = stack_of_a_program();
    for (int i = 0; i < 4; i++)
        moved += stack_of_a_program() != first;
    CHECK(moved > 0);
    check_store_fails(path, "3", EINVAL);
    check_store_fails(path, "x", EINVAL);
    store(path, "0");
    first = stack_of_a_program();
    for (int i = 0; i < 4; i++)
        moved += stack_of_a_program() == first;
    store(path, "2");
    CHECK(moved >= 5);
}

TEST("I-07 random: the boot's id stays, others differ, all are version 4")
{
    char id[40], first[40];

    snprintf(id, sizeof(id), "%s", slurp("/proc/sys/kernel/random/boot_id"));
    CHECK(strlen(id) == 37 && id[14] == '4' && id[8] == '-' && id[23] == '-');
    CHECK(!strcmp(slurp("/proc/sys/kernel/random/boot_id"), id));
    snprintf(first, sizeof(first), "%s", slurp("/proc/sys/kernel/random/uuid"));
    CHECK(strcmp(slurp("/proc/sys/kernel/random/uuid"), first));
    CHECK(strcmp(first, id) && first[14] == '4');
}

TEST("I-07 limits of the system are those that hold")
{
    struct rlimit limit = { 65536, 65536 }, more = { 65537, 65537 };

    CHECK_EQ(atol(slurp("/proc/sys/fs/nr_open")), 65536);
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    CHECK_FAILS(setrlimit(RLIMIT_NOFILE, &more), EPERM);
    CHECK_EQ(atol(slurp("/proc/sys/kernel/pid_max")), 32768);
    CHECK_EQ(atol(slurp("/proc/sys/kernel/ngroups_max")), 65536);
    CHECK_FAILS(setgroups(65537, calloc(65537, sizeof(gid_t))), EINVAL);
    CHECK_EQ(mmap((void *)(atol(slurp("/proc/sys/vm/mmap_min_addr")) - 4096),
                  4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
                  0), MAP_FAILED);
    CHECK_EQ(errno, EPERM);
    CHECK(atol(slurp("/proc/sys/fs/file-nr")) >= 4);
}

TEST("I-07 mounts and mountinfo: escaped names, ids, what was bound")
{
    int id, parent;
    char *line, root[64], place[64];

    CHECK(mkdir("/tmp/a b", 0755) == 0 && mkdir("/tmp/bound", 0755) == 0);
    CHECK(mount("none", "/tmp/a b", "tmpfs", MS_NOSUID, "") == 0);
    CHECK(mkdir("/tmp/a b/in", 0755) == 0);
    CHECK(mount("/tmp/a b/in", "/tmp/bound", "", MS_BIND, "") == 0);
    CHECK(strstr(slurp("/proc/mounts"), "none /tmp/a\\040b tmpfs rw,nosuid"));
    slurp("/proc/self/mountinfo");
    CHECK(strstr(slurp_text, " / /tmp/a\\040b rw,nosuid - tmpfs none rw"));
    line = strstr(slurp_text, " /in /tmp/bound ");
    CHECK(line);
    while (line > slurp_text && line[-1] != '\n')
        line--;
    CHECK_EQ(sscanf(line, "%d %d %*d:%*d %63s %63s", &id, &parent, root, place),
             4);
    CHECK(id != parent && !strcmp(root, "/in") && !strcmp(place, "/tmp/bound"));
    CHECK(umount("/tmp/bound") == 0 && umount("/tmp/a b") == 0);
    CHECK(rmdir("/tmp/bound") == 0 && rmdir("/tmp/a b") == 0);
}

TEST("I-07 fdinfo: position, flags, mount, inode")
{
    int fd = open("/bin/cat", O_RDONLY | O_CLOEXEC);
    struct stat st;
    char path[64];

    CHECK(lseek(fd, 1234, SEEK_SET) == 1234 && fstat(fd, &st) == 0);
    slurp("/proc/self/fdinfo/%d", fd);
    CHECK_EQ(slurp_number(slurp_text, "pos", 10), 1234);
    CHECK_EQ(slurp_number(slurp_text, "flags", 8) & (O_CLOEXEC | O_ACCMODE),
             O_CLOEXEC);
    CHECK_EQ(slurp_number(slurp_text, "ino", 10), st.st_ino);
    CHECK(slurp_number(slurp_text, "mnt_id", 10) > 0);
    CHECK(close(fd) == 0);
    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
    CHECK_FAILS(open(path, O_RDONLY), ENOENT);
}

TEST("I-07 timers: those of timer_create, with their signals")
{
    struct sigevent event = {
        .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2,
        .sigev_value.sival_ptr = (void *)0xabcd,
    };
    char expected[64];
    timer_t id;

    CHECK(slurp_try("/proc/self/timers") == 0);
    CHECK(timer_create(CLOCK_MONOTONIC, &event, &id) == 0);
    snprintf(expected, sizeof(expected), "signal: %d/000000000000abcd\n",
             SIGUSR2);
    CHECK(strstr(slurp("/proc/self/timers"), expected));
    snprintf(expected, sizeof(expected), "notify: signal/pid.%d\nClockID: 1\n",
             getpid());
    CHECK(strstr(slurp_text, expected));
    CHECK(timer_delete(id) == 0);
    CHECK(slurp_try("/proc/self/timers") == 0);
}

static void lower_as_user(void)
{
    CHECK(setgid(1000) == 0 && setuid(1000) == 0);
    CHECK(prctl(PR_SET_DUMPABLE, 1) == 0);  /* its files are its own again */
    store("/proc/self/oom_score_adj", "600");
    check_store_fails("/proc/self/oom_score_adj", "500", EACCES);
    CHECK(!strcmp(slurp("/proc/self/oom_score_adj"), "600\n"));
}

TEST("I-07 oom_score follows oom_score_adj, which children inherit")
{
    long plain = atol(slurp("/proc/self/oom_score"));

    store("/proc/self/oom_score_adj", "500\n");
    CHECK(labs(atol(slurp("/proc/self/oom_score")) - plain - 500) <= 2);
    CHECK_EXITS(child_start(lower_as_user), 0);
    store("/proc/self/oom_score_adj", "-1000");
    CHECK_EQ(atol(slurp("/proc/self/oom_score")), 0);
    check_store_fails("/proc/self/oom_score_adj", "1001", EINVAL);
    check_store_fails("/proc/self/oom_score_adj", "-1001", EINVAL);
    store("/proc/self/oom_score_adj", "0");
    CHECK_EQ(atol(slurp("/proc/1/oom_score")), 0);
}

TEST("I-07 status: umask, groups, harts; personality")
{
    umask(027);
    CHECK_EQ(slurp_number(slurp("/proc/self/status"), "Umask", 8), 027);
    CHECK(strstr(slurp_text, "\nCpus_allowed_list:\t0"));
    CHECK_EQ(slurp_number(slurp_text, "Cpus_allowed", 16),
             (1 << sysconf(_SC_NPROCESSORS_ONLN)) - 1);
    CHECK(personality(ADDR_NO_RANDOMIZE) == 0);
    CHECK_EQ(strtol(slurp("/proc/self/personality"), NULL, 16),
             ADDR_NO_RANDOMIZE);
}

TEST("I-07 devices, partitions, terminals' drivers, filesystems")
{
    CHECK(!strncmp(slurp("/proc/devices"), "Character devices:\n", 19));
    CHECK(strstr(slurp_text, "\n  1 mem\n") &&
          strstr(slurp_text, "\nBlock devices:\n"));
    CHECK(!strncmp(slurp("/proc/partitions"), "major minor  #blocks  name\n\n",
                   28));
    CHECK(strstr(slurp("/proc/tty/drivers"), "/dev/pts 136 "));
    CHECK(strstr(slurp("/proc/filesystems"), "nodev\tproc\n"));
}

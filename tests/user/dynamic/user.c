/*
 * user.c - a dynamic program that uses libown.so and plugin.so.  Its first
 * argument says what to look at; it exits with 0 if that is right.
 */
#define _GNU_SOURCE
#include "tests/user/dynamic/own.h"

#include <dlfcn.h>
#include <elf.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(cond) \
    do { \
        if (!(cond)) { \
            printf("# user.c:%d: %s\n", __LINE__, #cond); \
            exit(1); \
        } \
    } while (0)

extern char __ehdr_start[];

/* --- /proc/self/maps --- */

struct mapping {
    unsigned long start, end, offset;
    char rights[5], path[256];
};

/* The mapping of an address; false: none. */
static bool find_mapping(unsigned long addr, struct mapping *m)
{
    FILE *file = fopen("/proc/self/maps", "r");
    char line[512];
    bool found = false;

    CHECK(file);
    while (!found && fgets(line, sizeof(line), file)) {
        m->path[0] = '\0';
        CHECK(sscanf(line, "%lx-%lx %4s %lx %*s %*s %255s", &m->start, &m->end,
                     m->rights, &m->offset, m->path) >= 4);
        found = addr >= m->start && addr < m->end;
    }
    fclose(file);
    return found;
}

static void check_mapping(const void *addr, const char *rights,
                          const char *path)
{
    struct mapping m;

    CHECK(find_mapping((unsigned long)addr, &m));
    if (strcmp(m.rights, rights) || !strstr(m.path, path)) {
        printf("# %p: %s %s, not %s %s\n", addr, m.rights, m.path, rights,
               path);
        exit(1);
    }
}

static int initialized = 3;

static void look_at_maps(void)
{
    char line[512], exe[64] = "";
    FILE *file = fopen("/proc/self/maps", "r");
    struct mapping m;

    while (fgets(line, sizeof(line), file))
        CHECK(!strstr(line, "rwx") && !strstr(line, "-wx"));
    fclose(file);
    check_mapping(look_at_maps, "r-xp", "/tests/dynamic/user");
    check_mapping(&initialized, "rw-p", "/tests/dynamic/user");
    check_mapping(dlsym(RTLD_DEFAULT, "own_add"), "r-xp", "libown.so");
    check_mapping(dlsym(RTLD_DEFAULT, "printf"), "r-xp", "ld-musl-riscv64.so.1");
    CHECK(find_mapping((unsigned long)&m, &m) && !strcmp(m.path, "[stack]"));
    CHECK(readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0);
    CHECK(!strcmp(exe, "/tests/dynamic/user"));
}

/* --- the auxiliary vector --- */

static void look_at_auxv(void)
{
    unsigned long base = getauxval(AT_BASE), entry = getauxval(AT_ENTRY);
    const Elf64_Phdr *phdr = (void *)getauxval(AT_PHDR);
    const Elf64_Ehdr *self = (void *)__ehdr_start, *loader = (void *)base;
    struct mapping m;

    CHECK(base && base % 4096 == 0);
    CHECK(!memcmp(loader->e_ident, ELFMAG, SELFMAG));
    CHECK(loader->e_type == ET_DYN);
    check_mapping(loader, "r-xp", "ld-musl-riscv64.so.1");
    CHECK((char *)phdr == (char *)self + self->e_phoff);
    CHECK(getauxval(AT_PHNUM) == self->e_phnum);
    CHECK(getauxval(AT_PHENT) == sizeof(*phdr));
    CHECK(entry == (unsigned long)self + self->e_entry);
    check_mapping((void *)entry, "r-xp", "/tests/dynamic/user");
    CHECK(!strcmp((char *)getauxval(AT_EXECFN), "/tests/dynamic/user"));
    CHECK(getauxval(AT_PAGESZ) == 4096);
    CHECK(getauxval(AT_CLKTCK) == 100);
    CHECK(getauxval(AT_FLAGS) == 0);
    CHECK(getauxval(AT_SECURE) == 0);
    CHECK(getauxval(AT_UID) == getuid() && getauxval(AT_EUID) == geteuid());
    CHECK(getauxval(AT_GID) == getgid() && getauxval(AT_EGID) == getegid());
    CHECK(getauxval(AT_HWCAP) & 1 << ('D' - 'A'));
    CHECK(find_mapping(getauxval(AT_RANDOM) + 15, &m));
    CHECK(find_mapping(getauxval(AT_SYSINFO_EHDR), &m));
    CHECK(!strcmp(m.path, "[vdso]"));
}

/* --- libraries --- */

static void look_at_library(void)
{
    CHECK(own_constructed == 1);
    CHECK(own_number == 5);
    own_number = 6;
    CHECK(*(int *)dlsym(RTLD_DEFAULT, "own_number") == 6);
    CHECK(own_add(40, 2) == 42);
    CHECK(!strcmp(own_name(), "libown"));
}

static void look_at_preload(void)
{
    CHECK(!strcmp(own_name(), "preloaded"));
    CHECK(own_add(40, 2) == 42);
}

static void look_at_plugin(void)
{
    void *plugin = dlopen("plugin.so", RTLD_NOW | RTLD_LOCAL);
    int (*run)(int);
    Dl_info info;

    CHECK(plugin);
    CHECK(own_number == 105);
    run = dlsym(plugin, "plugin_run");
    CHECK(run && run(10) == 11 && run(10) == 12);
    CHECK(dladdr((void *)run, &info) && strstr(info.dli_fname, "plugin.so"));
    CHECK(!strcmp(info.dli_sname, "plugin_run"));
    check_mapping((void *)run, "r-xp", "plugin.so");
    CHECK(!dlsym(RTLD_DEFAULT, "plugin_run"));      /* it is local */
    CHECK(dlopen("plugin.so", RTLD_NOW) == plugin);
    CHECK(own_number == 105);                       /* not made twice */
    CHECK(dlclose(plugin) == 0);
    CHECK(!dlopen("missing.so", RTLD_NOW) && strstr(dlerror(), "missing.so"));
    CHECK(!dlsym(plugin, "missing") && dlerror());
}

/* --- threads --- */

static __thread int local = 9;
static int (*run_plugin)(int);
static pthread_barrier_t loaded;

static void *use_locals(void *arg)
{
    CHECK(local == 9 && own_local == 7);
    local += (long)arg;
    own_local += (long)arg;
    pthread_barrier_wait(&loaded);      /* the plugin has been loaded */
    pthread_barrier_wait(&loaded);
    for (int i = 1; i <= 100; i++)
        CHECK(run_plugin(0) == i);
    CHECK(local == 9 + (long)arg && own_local == 7 + (long)arg);
    return NULL;
}

static void look_at_locals(void)
{
    pthread_t threads[4];

    pthread_barrier_init(&loaded, NULL, 5);
    for (long i = 0; i < 4; i++)
        CHECK(!pthread_create(&threads[i], NULL, use_locals, (void *)(i + 1)));
    pthread_barrier_wait(&loaded);
    run_plugin = dlsym(dlopen("plugin.so", RTLD_NOW), "plugin_run");
    CHECK(run_plugin);
    pthread_barrier_wait(&loaded);
    for (int i = 0; i < 4; i++)
        CHECK(!pthread_join(threads[i], NULL));
    CHECK(local == 9 && own_local == 7);
}

/* --- processes --- */

static void look_at_fork(void)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        own_number = 50;
        CHECK(dlopen("plugin.so", RTLD_NOW));
        _exit(own_number == 150 ? 0 : 1);
    }
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    CHECK(own_number == 5);
}

/* Tell that we are there, and stay until the pipe is closed. */
static void stay(void)
{
    char c;

    CHECK(write(STDOUT_FILENO, "s", 1) == 1);
    CHECK(read(STDIN_FILENO, &c, 1) == 0);
    _exit(0);
}

static void do_nothing(void)
{
}

static const struct {
    const char *name;
    void (*look)(void);
} looks[] = {
    { "maps", look_at_maps }, { "auxv", look_at_auxv },
    { "library", look_at_library }, { "preload", look_at_preload },
    { "plugin", look_at_plugin }, { "locals", look_at_locals },
    { "fork", look_at_fork }, { "stay", stay }, { "nothing", do_nothing },
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 2 && i < sizeof(looks) / sizeof(*looks); i++) {
        if (!strcmp(argv[1], looks[i].name)) {
            looks[i].look();
            return 0;
        }
    }
    return 99;
}

/* probe.c - see probe.h. */
#define _GNU_SOURCE
#include "tests/user/lib/probe.h"

#include <fcntl.h>
#include <setjmp.h>

static sigjmp_buf back;
static struct fault seen;

static void on_fault(int signo, siginfo_t *info, void *context)
{
    (void)context;
    seen = (struct fault){ signo, info->si_code, (uintptr_t)info->si_addr };
    siglongjmp(back, 1);
}

/* The handler has a stack of its own: it may be the stack that overflows. */
static void install(void)
{
    static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGTRAP };
    static char stack[32768];
    static stack_t alternative = { .ss_sp = stack, .ss_size = sizeof(stack) };
    struct sigaction sa = { .sa_sigaction = on_fault,
                            .sa_flags = SA_SIGINFO | SA_ONSTACK };

    CHECK_EQ(sigaltstack(&alternative, NULL), 0);
    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
        CHECK_EQ(sigaction(signals[i], &sa, NULL), 0);
}

struct fault probe_run(void (*body)(void *arg), void *arg)
{
    install();
    seen = (struct fault){ 0, 0, 0 };
    if (!sigsetjmp(back, 1))
        body(arg);
    return seen;
}

static void read_byte(void *p)
{
    (void)*(volatile char *)p;
}

static void write_byte(void *p)
{
    volatile char *c = p;

    /* A store alone: a load first would fault as a load. */
    *c = 0x5a;
}

static void call(void *p)
{
    ((void (*)(void))p)();
}

struct fault probe(uintptr_t address, enum access access)
{
    static void (*const bodies[])(void *) = { read_byte, write_byte, call };

    return probe_run(bodies[access], (void *)address);
}

char *probe_pages(size_t pages, int prot)
{
    char *p = mmap(NULL, pages * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                   0);

    CHECK(p != MAP_FAILED);
    return p;
}

size_t probe_resident(void *start, size_t pages)
{
    unsigned char *vec = malloc(pages);
    size_t n = 0;

    CHECK(vec);
    CHECK_EQ(mincore(start, pages * PAGE, vec), 0);
    for (size_t i = 0; i < pages; i++)
        n += vec[i] & 1;
    free(vec);
    return n;
}

char *probe_maps(void)
{
    static char text[65536];
    int fd = open("/proc/self/maps", O_RDONLY);
    ssize_t n;
    size_t done = 0;

    if (fd < 0)
        tap_skip("no /proc/self/maps");
    while ((n = read(fd, text + done, sizeof(text) - 1 - done)) > 0)
        done += n;
    CHECK_EQ(n, 0);
    close(fd);
    text[done] = '\0';
    return text;
}

const char *probe_map_line(const void *address)
{
    unsigned long from, to, at = (unsigned long)address;
    char *line = strtok(probe_maps(), "\n");

    for (; line; line = strtok(NULL, "\n"))
        if (sscanf(line, "%lx-%lx", &from, &to) == 2 && from <= at && at < to)
            return line;
    return "";
}

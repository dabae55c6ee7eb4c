/*
 * cost.c - prints how many nanoseconds it takes to run each program that is
 * named; under -icount these are instructions.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNS 50

static long now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000l + t.tv_nsec;
}

static void run(const char *path, int null)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        dup2(null, STDOUT_FILENO);
        execl(path, path, NULL);
        _exit(99);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
        _exit(1);
}

int main(int argc, char **argv)
{
    int null = open("/dev/null", O_WRONLY);

    for (int i = 1; i < argc; i++) {
        run(argv[i], null);
        long begin = now();
        for (int k = 0; k < RUNS; k++)
            run(argv[i], null);
        printf("%s %ld\n", argv[i], (now() - begin) / RUNS);
    }
    return 0;
}

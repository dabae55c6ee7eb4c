/* exec.c - a program beside the caller: row B-04. */
#include <errno.h>
#include <lwp.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>

#define SYSTEM_NAME "OS=RT-Thread"

extern char **environ;

static int count_words(char *const *words)
{
    int n = 0;

    while (words[n])
        n++;
    return n;
}

/* argc words with a NULL behind them; the file's name if there is none. */
static char **end_words(char *filename, int argc, char **argv)
{
    char **words = malloc((argc > 0 ? argc + 1l : 2) * sizeof(*words));

    if (!words)
        return NULL;
    words[0] = filename;
    if (argc > 0)
        memcpy(words, argv, argc * sizeof(*words));
    words[argc > 0 ? argc : 1] = NULL;
    return words;
}

/* The environment with the system's name in place of any other. */
static char **name_system(char **envp)
{
    char **words = malloc((count_words(envp) + 2l) * sizeof(*words));
    int n = 0;

    if (!words)
        return NULL;
    for (; *envp; envp++)
        if (strncmp(*envp, "OS=", 3))
            words[n++] = *envp;
    words[n++] = SYSTEM_NAME;
    words[n] = NULL;
    return words;
}

int exec(char *filename, int argc, char **argv, char **envp)
{
    char **words, **environment;
    int error = ENOMEM;
    pid_t pid;

    if (!filename || argc < 0 || (argc > 0 && !argv)) {
        errno = EINVAL;
        return -1;
    }
    words = end_words(filename, argc, argv);
    environment = name_system(envp ? envp : environ);
    if (words && environment)
        error = posix_spawn(&pid, filename, NULL, NULL, words, environment);
    free(words);
    free(environment);
    if (!error)
        return pid;
    errno = error;
    return -1;
}

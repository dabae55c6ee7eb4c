/*
 * The scripted run: LARCH_RUN=FILE in init's environment, where the kernel
 * puts the words of the boot command line that it does not know itself, names
 * a file with the job's arguments, each ended by NUL.  When the job ends, so
 * does the machine, and the emulator with it, with the job's status.
 * LARCH_MARK=TEXT asks for TEXT and a newline first, so that a script can tell
 * the job's output from the firmware's, and knows that keys reach the job.
 */
#define _GNU_SOURCE
#include "user/init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* reboot(2) command: end the emulator with the status in the 4th argument. */
#define LARCH_REBOOT_CMD_EXIT 0x4c415243

enum { RUN_FILE_MAX = 2 << 20 };

/* Reads the whole file; NULL with errno if it cannot. */
static char *read_file(const char *path, size_t *size)
{
    char *data = malloc(RUN_FILE_MAX + 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t count;

    *size = 0;
    if (!data || fd < 0)
        return NULL;
    while ((count = read(fd, data + *size, RUN_FILE_MAX - *size)) > 0)
        *size += count;
    close(fd);
    data[*size] = '\0';
    return count < 0 ? NULL : data;
}

/* The arguments in the file, as a vector that ends with NULL. */
static char **read_arguments(const char *path)
{
    size_t size;
    char *data = read_file(path, &size);
    size_t count = 0;
    char **argv;

    if (!data)
        return NULL;
    for (size_t i = 0; i < size; i++)
        count += data[i] == '\0';
    argv = calloc(count + 1, sizeof(*argv));
    if (!argv)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        argv[i] = data;
        data += strlen(data) + 1;
    }
    return argv;
}

/* What the job writes shall arrive byte by byte, and its input not at all. */
static void make_console_plain(void)
{
    struct termios modes = console_modes;

    if (!have_modes)
        return;
    modes.c_oflag &= ~OPOST;
    modes.c_lflag &= ~(ECHO | ECHOE | ECHOK | ECHONL | ECHOCTL | ECHOKE);
    tcsetattr(STDIN_FILENO, TCSANOW, &modes);
}

void run_job(const char *file)
{
    char *mark = getenv("LARCH_MARK");
    char **argv = read_arguments(file);
    const char *problem = argv ? "no command in it" : strerror(errno);
    int status = 127;
    pid_t pid;

    make_console_plain();
    unsetenv("LARCH_RUN");
    unsetenv("LARCH_MARK");
    if (!argv || !argv[0]) {
        write_mark(mark);
        say(file, problem);
        end_machine(LARCH_REBOOT_CMD_EXIT, status);
    }
    pid = start(argv[0], argv, mark);
    if (pid > 0)
        status = wait_job(pid);
    kill_all();
    end_machine(LARCH_REBOOT_CMD_EXIT, status);
}

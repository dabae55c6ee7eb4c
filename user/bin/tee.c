/* tee: copy standard input to files and standard output (POSIX). */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: tee [-ai] [FILE]...\n"
    "Copy standard input to each file and to standard output.\n"
    "  -a  append to the files  -i  ignore interrupts\n";

struct output {
    int fd;             /* -1 after an error */
    const char *name;
};

static void write_one(struct output *output, const char *data, ssize_t size)
{
    if (output->fd < 0 || write_all(output->fd, data, size) == 0)
        return;
    warn_file(output->name);
    output->fd = -1;
}

int main(int argc, char **argv)
{
    static char buf[16384];
    int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
    struct output *outputs;
    ssize_t count;
    int option;
    int used = 1;

    while ((option = next_option(argv, "ai"))) {
        if (option == 'a')
            flags = (flags & ~O_TRUNC) | O_APPEND;
        else
            signal(SIGINT, SIG_IGN);
    }
    outputs = grow(NULL, (argc + 1) * sizeof(*outputs));
    outputs[0] = (struct output){ STDOUT_FILENO, "standard output" };
    for (int i = opt_next; i < argc; i++, used++) {
        outputs[used] = (struct output){ open(argv[i], flags, 0666), argv[i] };
        if (outputs[used].fd < 0)
            warn_file(argv[i]);
    }
    while ((count = read(STDIN_FILENO, buf, sizeof(buf))) != 0) {
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            die_file("standard input");
        for (int i = 0; i < used; i++)
            write_one(&outputs[i], buf, count);
    }
    return finish();
}

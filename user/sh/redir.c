/* Redirections. */
#include "user/sh/redir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/sh/expand.h"
#include "user/sh/jobs.h"
#include "user/sh/out.h"
#include "user/sh/shell.h"

/* Descriptors from here on are the shell's own: copies to restore, and above
 * them the script. Scripts can name the ones below. */
#define FIRST_COPY 10
#define FIRST_HIDDEN 60

int fd_hide(int fd)
{
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_HIDDEN);

    if (moved < 0) {
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        return fd;
    }
    close(fd);
    return moved;
}

/* set -C: > does not overwrite a regular file. */
static int open_new(const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return open(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (S_ISREG(st.st_mode)) {
        errno = EEXIST;
        return -1;
    }
    return open(path, O_WRONLY);
}

/* Modes as umask leaves them. */
static int open_file(enum redir_kind kind, const char *path)
{
    switch (kind) {
    case REDIR_READ:
        return open(path, O_RDONLY);
    case REDIR_BOTH:
        return open(path, O_RDWR | O_CREAT, 0666);
    case REDIR_APPEND:
        return open(path, O_WRONLY | O_CREAT | O_APPEND, 0666);
    case REDIR_WRITE:
        if (sh.opt[OPT_NOCLOBBER])
            return open_new(path);
        /* fall through */
    default:
        return open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    }
}

/* The read end of a pipe that holds the text. A child writes what might not
 * fit; every pipe takes PIPE_BUF bytes without a reader. */
static int open_here(const char *text)
{
    size_t length = strlen(text);
    int ends[2];

    if (pipe(ends) < 0)
        return -1;
    if (length <= PIPE_BUF) {
        write_all(ends[1], text, length);
    } else {
        struct job *job = job_create(NULL, true);

        if (job_fork_inside(job) == 0) {
            close(ends[0]);
            _exit(write_all(ends[1], text, length) < 0);
        }
        job_remove(job);
    }
    close(ends[1]);
    return ends[0];
}

/* Keeps a copy that exec closes. Copies of copies are no harm: they are
 * restored in the reverse order. */
static void save(int fd, struct saved_fd **list)
{
    struct saved_fd *saved = arena_alloc(sh.scratch, sizeof(*saved));

    saved->fd = fd;
    saved->copy = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_COPY);
    saved->next = *list;
    *list = saved;
}

/* n>&m, n<&m, n>&- */
static int duplicate(const struct redir *redir, const char *target)
{
    if (strcmp(target, "-") == 0) {
        close(redir->fd);
        return 0;
    }
    size_t digits = strspn(target, "0123456789");
    if (digits == 0 || digits > 4 || target[digits]) {
        sh_warn("%s: bad file descriptor", target);
        return -1;
    }
    if (dup2(atoi(target), redir->fd) < 0) {
        sh_warn("%s: %s", target, strerror(errno));
        return -1;
    }
    return 0;
}

static void complain(enum redir_kind kind, const char *target)
{
    sh_warn("cannot %s %s: %s", kind == REDIR_READ ? "open" : "create",
            kind == REDIR_HERE ? "here-document" : target, strerror(errno));
}

/* One redirection. The descriptor that open() gives may already be the one
 * wanted, when that was closed. */
static int apply(const struct redir *redir)
{
    const char *target = expand_string(redir->target);
    int fd;

    if (sh.flow)
        return -1;
    if (redir->kind == REDIR_DUP)
        return duplicate(redir, target);
    if (redir->kind == REDIR_HERE)
        fd = open_here(target);
    else
        fd = open_file(redir->kind, target);
    if (fd < 0) {
        complain(redir->kind, target);
        return -1;
    }
    if (fd == redir->fd)
        return 0;
    int result = dup2(fd, redir->fd);
    if (result < 0)
        sh_warn("%d: %s", redir->fd, strerror(errno));
    close(fd);
    return result < 0 ? -1 : 0;
}

int redirs_apply(const struct redir *redirs, struct saved_fd **saved)
{
    for (; redirs; redirs = redirs->next) {
        if (saved)
            save(redirs->fd, saved);
        if (apply(redirs) < 0)
            return -1;
    }
    return 0;
}

void redirs_restore(struct saved_fd *saved)
{
    for (; saved; saved = saved->next) {
        if (saved->copy < 0) {
            close(saved->fd);
        } else {
            dup2(saved->copy, saved->fd);
            close(saved->copy);
        }
    }
}

void redirs_keep(struct saved_fd *saved)
{
    for (; saved; saved = saved->next)
        if (saved->copy >= 0)
            close(saved->copy);
}

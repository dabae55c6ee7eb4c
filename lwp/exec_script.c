/*
 * exec_script.c - "#!" lines: which file really runs (execve(2); row H-15).
 */
#include "lwp/exec.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Split "#! interp argument with spaces " into its two parts.  -ENOEXEC if
 * there is no interpreter, or its name may have been cut. */
static int parse_line(struct script *s, const u8 *head, size_t size)
{
    size_t length = MIN(size, (size_t)SCRIPT_LINE - 1);
    char *end, *p = s->line;

    memcpy(s->line, head, length);
    s->line[length] = '\0';
    end = strchr(p, '\n');
    if (!end)
        end = p + strlen(p);
    while (end > p + 2 && is_blank(end[-1]))
        end--;
    for (p += 2; p < end && is_blank(*p); p++)
        ;
    if (p >= end)
        return -ENOEXEC;
    s->interp = p;
    while (p < end && !is_blank(*p))
        p++;
    if (p == s->line + SCRIPT_LINE - 1)
        return -ENOEXEC;
    s->argument = NULL;
    *end = '\0';
    if (p < end) {
        *p++ = '\0';
        while (is_blank(*p))
            p++;
        s->argument = p;
    }
    return 0;
}

static int read_head(struct exec *x)
{
    ssize_t n = file_read_kernel(x->file, x->head, sizeof(x->head), 0);

    if (n < 0)
        return n;
    x->head_size = n;
    return 0;
}

int exec_resolve(struct exec *x)
{
    int error = read_head(x);

    while (!error && x->head_size >= 2 && x->head[0] == '#' &&
           x->head[1] == '!') {
        struct script *s = &x->scripts[x->script_count];
        struct file *interp;

        if (x->script_count == SCRIPT_DEPTH)
            return -ELOOP;
        error = parse_line(s, x->head, x->head_size);
        if (error)
            return error;
        error = file_open_exec(NULL, s->interp, 0, &interp);
        if (error)
            return error;
        x->script_count++;
        file_put(x->file);
        x->file = interp;
        error = read_head(x);
    }
    return error;
}

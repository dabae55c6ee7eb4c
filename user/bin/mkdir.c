/* mkdir: make directories (POSIX). */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "user/bin/lib/mode.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: mkdir [-p] [-m MODE] [-v] DIRECTORY...\n"
    "Make directories.\n"
    "  -p  and those above them; no error if they are there\n"
    "  -m  with this mode  -v  say what is done\n";

static bool parents;
static bool verbose;
static const char *mode_operand;

static bool is_directory(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool make(const char *path, mode_t mode)
{
    if (mkdir(path, mode) == 0) {
        if (verbose)
            print("made directory '%s'\n", path);
        return true;
    }
    if (parents && errno == EEXIST && is_directory(path))
        return true;
    warn_file(path);
    return false;
}

static bool make_parents(char *path)
{
    char *slash = path;
    bool good = true;

    while (*slash == '/')
        slash++;
    while (good && (slash = strchr(slash, '/'))) {
        *slash = '\0';
        good = make(path, 0777);
        *slash = '/';
        slash += strspn(slash, "/");
        if (!*slash)
            break;
    }
    return good;
}

static void make_named(char *path)
{
    mode_t mode = 0777;

    if (parents && !make_parents(path))
        return;
    if (mode_operand)
        mode = mode_apply(mode_operand, 0777, true);
    /* An explicit mode is not subject to the umask, hence the chmod. */
    if (make(path, mode) && mode_operand && chmod(path, mode) < 0)
        warn_file(path);
}

int main(int argc, char **argv)
{
    int option;

    while ((option = next_option(argv, "pm:v"))) {
        parents |= option == 'p';
        verbose |= option == 'v';
        if (option == 'm')
            mode_operand = opt_value;
    }
    for (char **path = operands(argv, 1, argc); *path; path++)
        make_named(*path);
    return finish();
}

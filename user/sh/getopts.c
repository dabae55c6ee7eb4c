/* getopts: options of a script, one at a time. */
#include <stdlib.h>
#include <string.h>

#include "user/sh/builtin.h"
#include "user/sh/out.h"
#include "user/sh/shell.h"
#include "user/sh/vars.h"

/* Where in the argument the next letter is, and for which OPTIND: a script
 * starts anew by setting OPTIND. */
static int position;
static int position_index;

/* Sets name to '?', or with a silent list also OPTARG to the letter. */
static int complain(const char *name, char letter, bool silent,
                    const char *what)
{
    char text[2] = { letter };

    if (silent)
        var_set("OPTARG", text, 0);
    else
        sh_warn("%s -%c", what, letter);
    return var_set(name, "?", 0) < 0 ? 2 : 0;
}

static int end_of_options(const char *name, int index)
{
    position = 0;
    var_set_number("OPTIND", index + 1);
    position_index = index + 1;
    var_set(name, "?", 0);
    return 1;
}

/* The argument of an option: the rest of this word, or the next one. */
static const char *take_argument(char **argv, int argc, int *index)
{
    const char *word = argv[*index];
    const char *rest = word + position;

    position = 0;
    ++*index;
    if (*rest)
        return rest;
    return *index < argc ? argv[(*index)++] : NULL;
}

/* Takes the letter at `position` of argv[index]. */
static int take_option(const char *list, const char *name, int argc,
                       char **argv, int index)
{
    bool silent = *list == ':';
    char letter = argv[index][position++];
    const char *known = letter == ':' ? NULL : strchr(list, letter);
    const char *value = NULL;
    int status;

    var_unset("OPTARG");
    if (known && known[1] == ':') {
        value = take_argument(argv, argc, &index);
    } else if (!argv[index][position]) {
        position = 0;
        index++;
    }
    if (!known) {
        status = complain(name, letter, silent, "no such option:");
    } else if (known[1] == ':' && !value) {
        status = complain(name, letter, silent, "no argument for");
        if (silent)
            var_set(name, ":", 0);
    } else {
        char text[2] = { letter };
        if (value)
            var_set("OPTARG", value, 0);
        status = var_set(name, text, 0) < 0 ? 2 : 0;
    }
    var_set_number("OPTIND", index + 1);
    position_index = index + 1;
    return status;
}

int builtin_getopts(int argc, char **argv)
{
    char **args = argc > 3 ? argv + 3 : sh.params.argv;
    int count = argc > 3 ? argc - 3 : sh.params.count;
    const char *optind = var_get("OPTIND");
    int index = (optind ? atoi(optind) : 1) - 1;

    if (argc < 3 || !name_ok(argv[2])) {
        sh_warn("getopts: OPTIONS NAME [ARG...]");
        return 2;
    }
    if (index + 1 != position_index)
        position = 0;
    if (index < 0 || index >= count)
        return end_of_options(argv[2], index < 0 ? 0 : count);
    if (position > 0 && position < (int)strlen(args[index]))
        return take_option(argv[1], argv[2], count, args, index);
    position = 1;
    if (args[index][0] != '-' || !args[index][1])
        return end_of_options(argv[2], index);
    if (strcmp(args[index], "--") == 0)
        return end_of_options(argv[2], index + 1);
    return take_option(argv[1], argv[2], count, args, index);
}

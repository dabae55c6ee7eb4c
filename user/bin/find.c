/* find: look for files by name, kind, size, time... (POSIX, and -maxdepth,
 * -iname, -empty, -delete, -print0, -quit as in GNU). */

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "user/bin/lib/find.h"
#include "user/bin/lib/mode.h"
#include "user/bin/lib/names.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: find [PATH]... [EXPRESSION]\n"
    "Walk the directories (.) and print the files for which it is true.\n"
    "Tests (N is exactly, +N more than, -N less than N):\n"
    "  -name -iname -path PATTERN  -type bcdflps  -size N[ckMG]  -empty\n"
    "  -mtime -atime -ctime N days  -mmin N minutes  -newer FILE\n"
    "  -perm [-/]MODE  -user -group NAME  -links N  -inum N\n"
    "Actions (-print if there is none):\n"
    "  -print  -print0  -prune  -delete  -quit\n"
    "  -exec PROGRAM {} \\;  -exec PROGRAM {} +  -ok PROGRAM {} \\;\n"
    "Operators: ! A   A -a B   A -o B   \\( A \\)\n"
    "Options: -depth  -maxdepth N  -mindepth N  -xdev\n";

static char **word;
static bool depth_first, one_device, any_action;
static long long deepest = 0x7fffffff;
static long long shallowest;
static dev_t start_device;

static bool evaluate(const struct node *node, const struct walk_item *item)
{
    return node->evaluate(node, item);
}

static bool do_not(const struct node *node, const struct walk_item *item)
{
    return !evaluate(node->left, item);
}

static bool do_and(const struct node *node, const struct walk_item *item)
{
    return evaluate(node->left, item) && evaluate(node->right, item);
}

static bool do_or(const struct node *node, const struct walk_item *item)
{
    return evaluate(node->left, item) || evaluate(node->right, item);
}

static struct node *make_node(evaluator *function, const struct node *left,
                              const struct node *right)
{
    struct node *node = need(calloc(1, sizeof(*node)));

    node->evaluate = function;
    node->left = left;
    node->right = right;
    return node;
}

static const char *take_value(const char *name)
{
    if (!*word)
        die("%s needs a value", name);
    return *word++;
}

/* [+-]N, with what stands behind it in node->text. */
static void take_number(struct node *node, const char *text)
{
    const char *p = text;

    if (*p == '+' || *p == '-')
        node->sign = *p++;
    if (!scan_number(&p, 10, &node->number))
        die("invalid number '%s'", text);
    if (*p)
        node->text = p;
}

static void take_plain_number(struct node *node, const char *text)
{
    take_number(node, text);
    if (node->text)
        die("invalid number '%s'", text);
}

static void take_age(struct node *node, const char *text, const char *which)
{
    take_plain_number(node, text);
    node->text = which;
}

static void take_newer(struct node *node, const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0)
        die_file(path);
    node->newer = st.st_mtim;
}

/* [+-]N and b for blocks of 512 bytes, which is the default, or c k M G. */
static void take_size(struct node *node, const char *text)
{
    char unit[3] = "1b";

    take_number(node, text);
    if (node->text) {
        unit[1] = node->text[0];
        if (!strchr("bckMG", unit[1]) || node->text[1])
            die("invalid size '%s'", text);
    }
    node->unit = size_arg(unit);
}

static void take_mode(struct node *node, const char *text)
{
    if (*text == '-' || *text == '/')
        node->sign = *text++;
    node->number = mode_apply(text, 0, false);
}

static void add_batch(const struct node *node)
{
    find.batches = grow(find.batches, (find.batch_count + 1) *
                                      sizeof(*find.batches));
    find.batches[find.batch_count++] = node;
}

/* Up to ; or {} +.  The words stay where they are in argv. */
static void take_command(struct node *node, const char *name)
{
    node->argv = word;
    for (; *word && strcmp(*word, ";") != 0; word++) {
        if (strcmp(*word, "+") == 0 && word > node->argv &&
            strcmp(word[-1], "{}") == 0) {
            node->evaluate = find_do_batch;
            node->batch = need(calloc(1, sizeof(*node->batch)));
            add_batch(node);
            word[-1] = NULL;
            word++;
            return;
        }
    }
    if (!*word || word == node->argv)
        die("%s needs a program and ; at its end", name);
    *word++ = NULL;
}

/* What a primary takes behind its name. */
enum value { NONE, TEXT, NUMBER, SIZE, AGE, FILE_TIME, MODE, USER, GROUP,
             COMMAND };

static const struct primary {
    const char *name;
    evaluator *evaluate;
    enum value value;
    long long number;           /* set at birth in the node */
    bool action;
} primaries[] = {
    { "-name", find_is_name, TEXT, 0, false },
    { "-iname", find_is_name, TEXT, FNM_CASEFOLD, false },
    { "-path", find_is_path, TEXT, 0, false },
    { "-type", find_is_type, TEXT, 0, false },
    { "-size", find_is_size, SIZE, 0, false },
    { "-empty", find_is_empty, NONE, 0, false },
    { "-mtime", find_is_age, AGE, 0, false },
    { "-atime", find_is_age, AGE, 0, false },
    { "-ctime", find_is_age, AGE, 0, false },
    { "-mmin", find_is_age, AGE, 0, false },
    { "-newer", find_is_newer, FILE_TIME, 0, false },
    { "-perm", find_is_mode, MODE, 0, false },
    { "-user", find_is_user, USER, 0, false },
    { "-group", find_is_group, GROUP, 0, false },
    { "-links", find_is_links, NUMBER, 0, false },
    { "-inum", find_is_inode, NUMBER, 0, false },
    { "-true", find_is_true, NONE, 0, false },
    { "-print", find_do_print, NONE, '\n', true },
    { "-print0", find_do_print, NONE, '\0', true },
    { "-prune", find_do_prune, NONE, 0, false },
    { "-delete", find_do_delete, NONE, 0, true },
    { "-quit", find_do_quit, NONE, 0, false },
    { "-exec", find_do_exec, COMMAND, 0, true },
    { "-ok", find_do_exec, COMMAND, 1, true },
};

static void take_operand(struct node *node, const struct primary *primary)
{
    const char *name = primary->name;

    switch (primary->value) {
    case NONE:
        break;
    case TEXT:
        node->text = take_value(name);
        break;
    case NUMBER:
        take_plain_number(node, take_value(name));
        break;
    case SIZE:
        take_size(node, take_value(name));
        break;
    case AGE:
        take_age(node, take_value(name), name + 1);
        break;
    case FILE_TIME:
        take_newer(node, take_value(name));
        break;
    case MODE:
        take_mode(node, take_value(name));
        break;
    case USER:
        node->number = id_arg(NAME_USER, take_value(name));
        break;
    case GROUP:
        node->number = id_arg(NAME_GROUP, take_value(name));
        break;
    case COMMAND:
        take_command(node, name);
        break;
    }
}

/* Options hold for the whole walk and are true where they stand. */
static bool take_option(void)
{
    if (strcmp(*word, "-depth") == 0) {
        depth_first = true;
    } else if (strcmp(*word, "-xdev") == 0 || strcmp(*word, "-mount") == 0) {
        one_device = true;
    } else if (strcmp(*word, "-maxdepth") == 0 && word[1]) {
        deepest = number_arg(*++word, 0, 0x7fffffff);
    } else if (strcmp(*word, "-mindepth") == 0 && word[1]) {
        shallowest = number_arg(*++word, 0, 0x7fffffff);
    } else {
        return false;
    }
    word++;
    return true;
}

static bool accept(const char *text)
{
    if (!*word || strcmp(*word, text) != 0)
        return false;
    word++;
    return true;
}

static const struct node *parse_or(void);

static const struct node *parse_primary(void)
{
    const struct node *inner;
    struct node *node;

    if (!*word)
        die("the expression is not complete");
    if (accept("!") || accept("-not"))
        return make_node(do_not, parse_primary(), NULL);
    if (accept("(")) {
        inner = parse_or();
        if (!accept(")"))
            die("no ) in the expression");
        return inner;
    }
    if (take_option())
        return make_node(find_is_true, NULL, NULL);
    for (size_t i = 0; i < sizeof(primaries) / sizeof(primaries[0]); i++) {
        if (!accept(primaries[i].name))
            continue;
        node = make_node(primaries[i].evaluate, NULL, NULL);
        node->number = primaries[i].number;
        take_operand(node, &primaries[i]);
        any_action |= primaries[i].action;
        depth_first |= primaries[i].evaluate == find_do_delete;
        return node;
    }
    usage_error("unknown test '%s'", *word);
}

static const struct node *parse_and(void)
{
    const struct node *node = parse_primary();

    while (*word && strcmp(*word, "-o") != 0 && strcmp(*word, "-or") != 0 &&
           strcmp(*word, ")") != 0) {
        if (!accept("-a"))
            accept("-and");
        node = make_node(do_and, node, parse_primary());
    }
    return node;
}

static const struct node *parse_or(void)
{
    const struct node *node = parse_and();

    while (accept("-o") || accept("-or"))
        node = make_node(do_or, node, parse_and());
    return node;
}

static const struct node *parse_expression(void)
{
    const struct node *node = make_node(find_is_true, NULL, NULL);
    struct node *printing;

    if (*word)
        node = parse_or();
    if (*word)
        die("unexpected '%s'", *word);
    if (any_action)
        return node;
    printing = make_node(find_do_print, NULL, NULL);
    printing->number = '\n';
    return make_node(do_and, node, printing);
}

/* ---- The walk. */

static enum walk_next visit(const struct walk_item *item, void *expression)
{
    bool stop, turn;

    if (item->depth == 0)
        start_device = item->st->st_dev;
    stop = item->when == WALK_ENTER &&
           (item->depth >= deepest ||
            (one_device && item->st->st_dev != start_device));
    /* A directory's turn comes before or after what is in it. */
    turn = item->when == WALK_FILE || stop ||
           depth_first == (item->when == WALK_LEAVE);
    find.pruned = false;
    if (turn && item->depth >= shallowest)
        evaluate(expression, item);
    return stop || find.pruned ? WALK_SKIP : WALK_ON;
}

static bool is_expression(const char *arg)
{
    return (arg[0] == '-' && arg[1]) || strcmp(arg, "!") == 0 ||
           strcmp(arg, "(") == 0;
}

int main(int argc, char **argv)
{
    const struct node *expression;
    int paths = 1;

    help_option(argv);
    while (paths < argc && !is_expression(argv[paths]))
        paths++;
    word = argv + paths;
    find.start_time = time(NULL);
    expression = parse_expression();
    if (paths == 1)
        walk(".", false, visit, (void *)expression);
    for (int i = 1; i < paths; i++)
        walk(argv[i], false, visit, (void *)expression);
    find_run_batches();
    return finish();
}

/* find: look for files by name, kind, size, time... (POSIX, and -maxdepth,
 * -iname, -empty, -delete, -print0, -quit as in GNU). */

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "user/bin/lib/exec.h"
#include "user/bin/lib/mode.h"
#include "user/bin/lib/names.h"
#include "user/bin/lib/util.h"
#include "user/bin/lib/walk.h"

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

struct node;

typedef bool evaluator(const struct node *node, const struct walk_item *item);

struct node {
    evaluator *evaluate;
    const struct node *left;
    const struct node *right;
    const char *text;
    long long number;
    char sign;                  /* + or - before the number, else 0 */
    char **argv;                /* of -exec */
    struct strings *batch;      /* of -exec with + */
};

static char **word;
static bool depth_first, one_device, pruned, any_action;
static long long deepest = 0x7fffffff;
static long long shallowest;
static time_t start_time;
static dev_t start_device;

/* Nodes of -exec {} +, whose last batch is still to be run. */
static const struct node **batches;
static size_t batch_count;

/* ---- Tests. */

static bool compare_number(const struct node *node, long long value)
{
    if (node->sign == '+')
        return value > node->number;
    return node->sign == '-' ? value < node->number : value == node->number;
}

static bool is_name(const struct node *node, const struct walk_item *item)
{
    return fnmatch(node->text, item->name, (int)node->number) == 0;
}

static bool is_path(const struct node *node, const struct walk_item *item)
{
    return fnmatch(node->text, item->path, 0) == 0;
}

static bool is_type(const struct node *node, const struct walk_item *item)
{
    char text[11];

    mode_text(item->st->st_mode, text);
    return strchr(node->text, text[0] == '-' ? 'f' : text[0]) != NULL;
}

/* The sign and number are as given; text points at the unit's size. */
static bool is_size(const struct node *node, const struct walk_item *item)
{
    long long unit = node->text ? node->text[0] == 'c' ? 1 :
                     size_arg((char[]){ '1', node->text[0], 0 }) : 512;

    return compare_number(node, (item->st->st_size + unit - 1) / unit);
}

static bool is_empty(const struct node *node, const struct walk_item *item)
{
    struct strings names = { 0 };
    bool empty;

    (void)node;
    if (!S_ISDIR(item->st->st_mode))
        return S_ISREG(item->st->st_mode) && item->st->st_size == 0;
    if (read_directory(item->path, &names) < 0)
        return false;
    empty = names.count == 0;
    strings_free(&names);
    return empty;
}

/* text says which time, and in what units. */
static bool is_age(const struct node *node, const struct walk_item *item)
{
    time_t when = node->text[0] == 'a' ? item->st->st_atime :
                  node->text[0] == 'c' ? item->st->st_ctime
                                       : item->st->st_mtime;
    long long unit = strcmp(node->text + 1, "min") == 0 ? 60 : 86400;
    long long age = start_time - when;

    return compare_number(node, (age < 0 ? age - unit + 1 : age) / unit);
}

static bool is_newer(const struct node *node, const struct walk_item *item)
{
    return item->st->st_mtim.tv_sec > node->number ||
           (item->st->st_mtim.tv_sec == node->number &&
            item->st->st_mtim.tv_nsec > strtol(node->text, NULL, 10));
}

static bool is_mode(const struct node *node, const struct walk_item *item)
{
    mode_t mode = item->st->st_mode & 07777;
    mode_t wanted = (mode_t)node->number;

    if (node->sign == '-')
        return (mode & wanted) == wanted;
    return node->sign == '/' ? !wanted || (mode & wanted) : mode == wanted;
}

static bool is_user(const struct node *node, const struct walk_item *item)
{
    return item->st->st_uid == (uid_t)node->number;
}

static bool is_group(const struct node *node, const struct walk_item *item)
{
    return item->st->st_gid == (gid_t)node->number;
}

static bool is_links(const struct node *node, const struct walk_item *item)
{
    return compare_number(node, item->st->st_nlink);
}

static bool is_inode(const struct node *node, const struct walk_item *item)
{
    return compare_number(node, item->st->st_ino);
}

static bool is_true(const struct node *node, const struct walk_item *item)
{
    (void)node;
    (void)item;
    return true;
}

/* ---- Actions. */

static bool do_print(const struct node *node, const struct walk_item *item)
{
    fputs(item->path, stdout);
    putchar((int)node->number);
    return true;
}

static bool do_prune(const struct node *node, const struct walk_item *item)
{
    (void)node;
    pruned = item->when == WALK_ENTER;
    return true;
}

static bool do_delete(const struct node *node, const struct walk_item *item)
{
    (void)node;
    if (strcmp(item->path, ".") == 0 || remove(item->path) == 0)
        return true;
    warn_file(item->path);
    return false;
}

static void run_batch(const struct node *node)
{
    struct strings argv = { 0 };

    if (!node->batch->count)
        return;
    for (char **arg = node->argv; *arg; arg++)
        strings_add(&argv, copy_string(*arg));
    for (size_t i = 0; i < node->batch->count; i++)
        strings_add(&argv, copy_string(node->batch->item[i]));
    strings_add(&argv, NULL);
    if (wait_for(spawn(argv.item)) != 0)
        exit_status = error_status;
    strings_free(&argv);
    strings_free(node->batch);
}

static bool do_batch(const struct node *node, const struct walk_item *item)
{
    strings_add(node->batch, copy_string(item->path));
    if (node->batch->count == 1000)
        run_batch(node);
    return true;
}

static void run_batches(void)
{
    for (size_t i = 0; i < batch_count; i++)
        run_batch(batches[i]);
}

static bool do_quit(const struct node *node, const struct walk_item *item)
{
    (void)node;
    (void)item;
    run_batches();
    exit(finish());
}

static bool do_exec(const struct node *node, const struct walk_item *item)
{
    struct strings argv = { 0 };
    int status = 1;

    for (char **arg = node->argv; *arg; arg++)
        strings_add(&argv, replace_all(*arg, "{}", item->path));
    strings_add(&argv, NULL);
    /* -ok asks first. */
    if (!node->number || confirm("%s ... %s? ", argv.item[0], item->path))
        status = wait_for(spawn(argv.item));
    strings_free(&argv);
    return status == 0;
}

/* ---- The expression. */

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
    char nanoseconds[24];
    struct stat st;

    if (stat(path, &st) < 0)
        die_file(path);
    snprint(nanoseconds, sizeof(nanoseconds), "%ld", (long)st.st_mtim.tv_nsec);
    node->number = st.st_mtim.tv_sec;
    node->text = copy_string(nanoseconds);
}

static void take_mode(struct node *node, const char *text)
{
    if (*text == '-' || *text == '/')
        node->sign = *text++;
    node->number = mode_apply(text, 0, false);
}

/* Up to ; or {} +.  The words stay where they are in argv. */
static void take_command(struct node *node, const char *name)
{
    node->argv = word;
    for (; *word && strcmp(*word, ";") != 0; word++) {
        if (strcmp(*word, "+") == 0 && word > node->argv &&
            strcmp(word[-1], "{}") == 0) {
            node->evaluate = do_batch;
            node->batch = need(calloc(1, sizeof(*node->batch)));
            batches = grow(batches, (batch_count + 1) * sizeof(*batches));
            batches[batch_count++] = node;
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
    { "-name", is_name, TEXT, 0, false },
    { "-iname", is_name, TEXT, FNM_CASEFOLD, false },
    { "-path", is_path, TEXT, 0, false },
    { "-type", is_type, TEXT, 0, false },
    { "-size", is_size, SIZE, 0, false },
    { "-empty", is_empty, NONE, 0, false },
    { "-mtime", is_age, AGE, 0, false },
    { "-atime", is_age, AGE, 0, false },
    { "-ctime", is_age, AGE, 0, false },
    { "-mmin", is_age, AGE, 0, false },
    { "-newer", is_newer, FILE_TIME, 0, false },
    { "-perm", is_mode, MODE, 0, false },
    { "-user", is_user, USER, 0, false },
    { "-group", is_group, GROUP, 0, false },
    { "-links", is_links, NUMBER, 0, false },
    { "-inum", is_inode, NUMBER, 0, false },
    { "-true", is_true, NONE, 0, false },
    { "-print", do_print, NONE, '\n', true },
    { "-print0", do_print, NONE, '\0', true },
    { "-prune", do_prune, NONE, 0, false },
    { "-delete", do_delete, NONE, 0, true },
    { "-quit", do_quit, NONE, 0, false },
    { "-exec", do_exec, COMMAND, 0, true },
    { "-ok", do_exec, COMMAND, 1, true },
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
        take_number(node, take_value(name));
        if (node->text && (!strchr("bckMG", node->text[0]) || node->text[1]))
            die("invalid size");
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
        return make_node(is_true, NULL, NULL);
    for (size_t i = 0; i < sizeof(primaries) / sizeof(primaries[0]); i++) {
        if (!accept(primaries[i].name))
            continue;
        node = make_node(primaries[i].evaluate, NULL, NULL);
        node->number = primaries[i].number;
        take_operand(node, &primaries[i]);
        any_action |= primaries[i].action;
        depth_first |= primaries[i].evaluate == do_delete;
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
    const struct node *node = make_node(is_true, NULL, NULL);
    struct node *printing;

    if (*word)
        node = parse_or();
    if (*word)
        die("unexpected '%s'", *word);
    if (any_action)
        return node;
    printing = make_node(do_print, NULL, NULL);
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
    pruned = false;
    if (turn && item->depth >= shallowest)
        evaluate(expression, item);
    return stop || pruned ? WALK_SKIP : WALK_ON;
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
    start_time = time(NULL);
    expression = parse_expression();
    if (paths == 1)
        walk(".", false, visit, (void *)expression);
    for (int i = 1; i < paths; i++)
        walk(argv[i], false, visit, (void *)expression);
    run_batches();
    return finish();
}

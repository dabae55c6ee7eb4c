/* Completion of commands, files and variables. */
#include "user/sh/complete.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/sh/alias.h"
#include "user/sh/builtin.h"
#include "user/sh/function.h"
#include "user/sh/out.h"
#include "user/sh/parse.h"
#include "user/sh/path.h"
#include "user/sh/shell.h"
#include "user/sh/utf8.h"
#include "user/sh/vars.h"

/* Characters that a backslash protects in what is inserted. */
#define SPECIAL " \t\\'\"$`&|;()<>*?[]#~!{}"

static struct completion *current;      /* what the visitors add to */

static void add_if_begins(const char *name, const char *begin)
{
    if (strncmp(name, begin, strlen(begin)) == 0)
        strings_add(&current->names, arena_strdup(sh.scratch, name));
}

static void visit_name(const char *name)
{
    add_if_begins(name, current->typed);
}

static void visit_variable(const char *name, const char *value, int flags)
{
    struct buf text;

    (void)value, (void)flags;
    buf_init(&text, sh.scratch);
    buf_put(&text, '$');
    buf_add_string(&text, name);
    add_if_begins(buf_string(&text), current->typed);
}

/* The directory a word's files are in, with a tilde expanded. */
static char *directory_of(const char *word, size_t length)
{
    const char *home = var_get("HOME");
    struct buf path;

    buf_init(&path, sh.scratch);
    if (length > 1 && word[0] == '~' && word[1] == '/' && home) {
        buf_add_string(&path, home);
        word++;
        length--;
    }
    buf_add(&path, word, length);
    if (path.length == 0)
        buf_put(&path, '.');
    return buf_string(&path);
}

/* Adds one directory entry, as what the word would be: with the directory as
 * it was typed, and a slash after a directory. */
static void add_file(const char *directory, const char *name,
                     size_t typed_directory, bool programs)
{
    struct stat st;
    struct buf path, word;

    buf_init(&path, sh.scratch);
    buf_add_string(&path, directory);
    buf_put(&path, '/');
    buf_add_string(&path, name);
    if (stat(buf_string(&path), &st) < 0)
        st.st_mode = S_IFREG;
    bool is_directory = S_ISDIR(st.st_mode);
    if (programs && !is_directory && access(path.data, X_OK) < 0)
        return;
    buf_init(&word, sh.scratch);
    buf_add(&word, current->typed, typed_directory);
    buf_add_string(&word, name);
    if (is_directory)
        buf_put(&word, '/');
    strings_add(&current->names, buf_string(&word));
}

/* Names in the directory that the word begins with. Hidden ones only if the
 * word asks for them. */
static void add_files(bool programs)
{
    const char *typed = current->typed;
    const char *slash = strrchr(typed, '/');
    const char *base = slash ? slash + 1 : typed;
    const char *directory = directory_of(typed, base - typed);
    DIR *dir = opendir(directory);
    struct dirent *entry;

    if (!dir)
        return;
    while ((entry = readdir(dir))) {
        const char *name = entry->d_name;

        if (strncmp(name, base, strlen(base)) != 0)
            continue;
        if (name[0] == '.' && base[0] != '.')
            continue;
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
            add_file(directory, name, base - typed, programs);
    }
    closedir(dir);
}

/* All of the PATH, without asking which may be executed: that would cost a
 * system call a file. */
static void add_programs(void)
{
    const char *dirs = var_get("PATH");
    char *path;

    while ((path = path_next(&dirs, ""))) {
        DIR *dir = opendir(*path ? path : ".");
        struct dirent *entry;

        while (dir && (entry = readdir(dir)))
            if (entry->d_name[0] != '.')
                visit_name(entry->d_name);
        if (dir)
            closedir(dir);
    }
}

static void add_commands(void)
{
    builtin_each(visit_name);
    function_each(visit_name);
    alias_each(visit_name);
    add_programs();
}

/* Where the scan of a line up to the cursor stands. */
struct scan {
    size_t start;               /* of the word */
    bool command;               /* the word is a command's name */
    char quote;                 /* inside '...' or "..." */
    bool first_quote;           /* the word begins with that quote */
    bool assignment;            /* it follows x= in front of a command */
    struct buf word;            /* without quotes */
};

/* A blank or an operator: the next word begins. Decides whether that is a
 * command's name. */
static void end_word(struct scan *scan, size_t next)
{
    const char *text = buf_string(&scan->word);

    /* `if` and `x=1` are followed by a command */
    if (scan->assignment)
        scan->command = true;
    else if (scan->word.length && !parse_is_reserved(text))
        scan->command = false;
    scan->start = next;
    scan->word.length = 0;
    scan->first_quote = scan->assignment = false;
}

/* A file's name may follow, as in x=file and if=file. */
static void end_at_equals(struct scan *scan, size_t next)
{
    bool command = scan->command;

    end_word(scan, next);
    scan->assignment = command;
    scan->command = false;
}

/* Follows the quoting just far enough to know which word the cursor is in. */
static void scan_char(struct scan *scan, const struct line *line, size_t at)
{
    char c = line->text[at];

    if (scan->quote) {
        if (c == scan->quote)
            scan->quote = 0;
        else
            buf_put(&scan->word, c);
    } else if (c == '\'' || c == '"') {
        scan->first_quote = at == scan->start;
        scan->quote = c;
    } else if (strchr(" \t", c)) {
        end_word(scan, at + 1);
    } else if (strchr("|&;()<>`", c)) {
        end_word(scan, at + 1);
        scan->command = !strchr("<>", c);
    } else if (c == '=' && scan->word.length) {
        end_at_equals(scan, at + 1);
    } else {
        buf_put(&scan->word, c);
    }
}

struct completion complete(const struct line *line)
{
    struct scan scan = { .command = true };
    struct completion completion = { .names.arena = sh.scratch };

    buf_init(&scan.word, sh.scratch);
    for (size_t at = 0; at < line->cursor; at++) {
        if (line->text[at] == '\\' && scan.quote != '\''
            && at + 1 < line->cursor)
            buf_put(&scan.word, line->text[++at]);
        else
            scan_char(&scan, line, at);
    }
    completion.start = scan.start;
    completion.quote = scan.first_quote ? line->text[scan.start] : 0;
    completion.typed = buf_string(&scan.word);
    current = &completion;
    if (completion.typed[0] == '$')
        var_each(visit_variable);
    else if (scan.command && !strchr(completion.typed, '/'))
        add_commands();
    else
        add_files(scan.command);
    strings_sort(&completion.names, 0);
    strings_unique(&completion.names);
    return completion;
}

/* How many bytes, whole characters only, all the names begin with. */
static size_t common_length(const struct strings *names)
{
    const char *first = names->items[0];
    size_t length = strlen(first);

    for (size_t i = 1; i < names->count; i++) {
        size_t same = 0;

        while (same < length && names->items[i][same] == first[same])
            same++;
        length = same;
    }
    while (length > 0 && (first[length] & 0xc0) == 0x80)
        length--;
    return length;
}

/* A word as it is typed. A tilde or dollar at its start keeps its meaning. */
static void add_quoted(struct buf *out, const char *text, size_t length,
                       char quote)
{
    if (quote)
        buf_put(out, quote);
    for (size_t i = 0; i < length; i++) {
        bool meant = i == 0 && strchr("~$", text[i]);

        if (!quote && !meant && strchr(SPECIAL, text[i]))
            buf_put(out, '\\');
        buf_put(out, text[i]);
    }
}

bool complete_apply(const struct completion *completion, struct line *line)
{
    const struct strings *names = &completion->names;
    struct buf word;

    if (names->count == 0)
        return false;
    size_t length = common_length(names);
    const char *name = names->items[0];
    if (names->count > 1 && length <= strlen(completion->typed))
        return false;
    buf_init(&word, sh.scratch);
    add_quoted(&word, name, length, completion->quote);
    if (names->count == 1 && name[length - 1] != '/') {
        if (completion->quote)
            buf_put(&word, completion->quote);
        buf_put(&word, ' ');
    }
    line_remove(line, completion->start, line->cursor);
    line_insert(line, word.data, word.length);
    return true;
}

/* A name without the directory it shares with all the others. */
static const char *shown(const char *name)
{
    size_t length = strlen(name);

    while (length > 1 && name[length - 2] != '/')
        length--;
    return length ? name + length - 1 : name;
}

void complete_list(const struct completion *completion, int columns)
{
    const struct strings *names = &completion->names;
    size_t width = 0;

    for (size_t i = 0; i < names->count; i++) {
        size_t length = utf8_length(shown(names->items[i]));
        width = length > width ? length : width;
    }
    size_t across = columns / (width + 2) ? columns / (width + 2) : 1;
    size_t rows = (names->count + across - 1) / across;
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = row; i < names->count; i += rows) {
            const char *name = shown(names->items[i]);

            out_string(name);
            for (size_t n = utf8_length(name);
                 i + rows < names->count && n < width + 2; n++)
                out_char(' ');
        }
        out_char('\n');
    }
    out_flush();
}

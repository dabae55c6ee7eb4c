#include "user/bin/lib/find.h"

#include <stdlib.h>
#include <string.h>

#include "user/bin/lib/exec.h"

bool find_do_print(const struct node *node, const struct walk_item *item)
{
    fputs(item->path, stdout);
    putchar((int)node->number);
    return true;
}

bool find_do_prune(const struct node *node, const struct walk_item *item)
{
    (void)node;
    find.pruned = item->when == WALK_ENTER;
    return true;
}

bool find_do_delete(const struct node *node, const struct walk_item *item)
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

bool find_do_batch(const struct node *node, const struct walk_item *item)
{
    strings_add(node->batch, copy_string(item->path));
    if (node->batch->count == 1000)
        run_batch(node);
    return true;
}

void find_run_batches(void)
{
    for (size_t i = 0; i < find.batch_count; i++)
        run_batch(find.batches[i]);
}

bool find_do_quit(const struct node *node, const struct walk_item *item)
{
    (void)node;
    (void)item;
    find_run_batches();
    exit(finish());
}

bool find_do_exec(const struct node *node, const struct walk_item *item)
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

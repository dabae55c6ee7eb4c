/* fdt_walk.c - nodes and properties of a checked device tree. */
#include "kernel/lib/errno.h"
#include "kernel/lib/fdt_token.h"
#include "kernel/lib/string.h"

#define DEFAULT_ADDRESS_CELLS 2
#define DEFAULT_SIZE_CELLS 1

static void enter_node(struct fdt_walk *walk, const struct fdt_token *token)
{
    int parent = walk->depth++;

    walk->node = (struct fdt_node){
        .name = token->name,
        .properties = token->next,
        .depth = walk->depth,
        .address_cells = DEFAULT_ADDRESS_CELLS,
        .size_cells = DEFAULT_SIZE_CELLS,
    };
    if (parent >= 0) {
        walk->node.address_cells = walk->cells[parent].address;
        walk->node.size_cells = walk->cells[parent].size;
    }
    walk->cells[walk->depth].address = DEFAULT_ADDRESS_CELLS;
    walk->cells[walk->depth].size = DEFAULT_SIZE_CELLS;
}

/* On the way through a node's properties, note what concerns its children. */
static void note_cells(struct fdt_walk *walk, const struct fdt_token *token)
{
    struct fdt_prop prop = { token->name, token->data, token->length };

    if (strcmp(prop.name, "#address-cells") == 0)
        fdt_prop_cell(&prop, 0, &walk->cells[walk->depth].address);
    else if (strcmp(prop.name, "#size-cells") == 0)
        fdt_prop_cell(&prop, 0, &walk->cells[walk->depth].size);
}

bool fdt_next_node(const struct fdt *fdt, struct fdt_walk *walk)
{
    struct fdt_token token;

    if (walk->next == 0)
        walk->next = fdt->structure;
    while (fdt_read_token(fdt, walk->next, &token) && token.kind != FDT_END) {
        walk->next = token.next;
        if (token.kind == FDT_BEGIN_NODE) {
            enter_node(walk, &token);
            return true;
        }
        if (token.kind == FDT_PROP)
            note_cells(walk, &token);
        else if (token.kind == FDT_END_NODE)
            walk->depth--;
    }
    return false;
}

/* The property at or after *offset in the same node; *offset moves behind. */
static bool next_prop(const struct fdt *fdt, u32 *offset,
                      struct fdt_prop *prop)
{
    struct fdt_token token;

    while (fdt_read_token(fdt, *offset, &token)) {
        *offset = token.next;
        if (token.kind == FDT_PROP) {
            *prop = (struct fdt_prop){ token.name, token.data, token.length };
            return true;
        }
        if (token.kind != FDT_NOP)
            break;
    }
    return false;
}

/* The property whose name is the first `length` characters of `name`. */
static bool find_prop(const struct fdt *fdt, const struct fdt_node *node,
                      const char *name, size_t length, struct fdt_prop *prop)
{
    u32 offset = node->properties;

    while (next_prop(fdt, &offset, prop))
        if (strncmp(prop->name, name, length) == 0 &&
            prop->name[length] == '\0')
            return true;
    return false;
}

bool fdt_find_prop(const struct fdt *fdt, const struct fdt_node *node,
                   const char *name, struct fdt_prop *prop)
{
    return find_prop(fdt, node, name, strlen(name), prop);
}

bool fdt_prop_cell(const struct fdt_prop *prop, u32 index, u32 *value)
{
    if (index >= prop->length / 4)
        return false;
    *value = fdt_be32(prop->data + 4 * (size_t)index);
    return true;
}

/* `count` cells, at most two, from the index-th on; the property has them. */
static u64 read_cells(const struct fdt_prop *prop, u64 index, u32 count)
{
    u64 value = 0;

    for (; count > 0; count--, index++)
        value = value << 32 | fdt_be32(prop->data + 4 * index);
    return value;
}

bool fdt_prop_number(const struct fdt_prop *prop, u64 *value)
{
    if (prop->length != 4 && prop->length != 8)
        return false;
    *value = read_cells(prop, 0, prop->length / 4);
    return true;
}

const char *fdt_prop_string(const struct fdt_prop *prop, u32 index)
{
    const char *s = (const char *)prop->data, *end = s + prop->length;

    while (s != end) {
        size_t length = strnlen(s, end - s);
        if (length == (size_t)(end - s))
            return NULL;
        if (index-- == 0)
            return s;
        s += length + 1;
    }
    return NULL;
}

bool fdt_read_number(const struct fdt *fdt, const struct fdt_node *node,
                     const char *name, u64 *value)
{
    struct fdt_prop prop;

    return fdt_find_prop(fdt, node, name, &prop) &&
           fdt_prop_number(&prop, value);
}

const char *fdt_read_string(const struct fdt *fdt, const struct fdt_node *node,
                            const char *name)
{
    struct fdt_prop prop;

    if (!fdt_find_prop(fdt, node, name, &prop))
        return NULL;
    return fdt_prop_string(&prop, 0);
}

bool fdt_is_compatible(const struct fdt *fdt, const struct fdt_node *node,
                       const char *name)
{
    struct fdt_prop prop;
    const char *s;

    if (!fdt_find_prop(fdt, node, "compatible", &prop))
        return false;
    for (u32 i = 0; (s = fdt_prop_string(&prop, i)) != NULL; i++)
        if (strcmp(s, name) == 0)
            return true;
    return false;
}

bool fdt_is_enabled(const struct fdt *fdt, const struct fdt_node *node)
{
    struct fdt_prop prop;

    if (!fdt_find_prop(fdt, node, "status", &prop))
        return true;
    const char *status = fdt_prop_string(&prop, 0);
    return status != NULL &&
           (strcmp(status, "okay") == 0 || strcmp(status, "ok") == 0);
}

int fdt_read_reg(const struct fdt *fdt, const struct fdt_node *node, u32 index,
                 struct fdt_range *range)
{
    u32 address = node->address_cells, size = node->size_cells;
    struct fdt_prop prop;

    if (address < 1 || address > 2 || size > 2)
        return -EINVAL;
    if (!fdt_find_prop(fdt, node, "reg", &prop))
        return -ENOENT;
    u64 first = (u64)index * (address + size);
    if (first + address + size > prop.length / 4)
        return -ENOENT;
    range->base = read_cells(&prop, first, address);
    range->size = read_cells(&prop, first + address, size);
    return range->base + range->size < range->base ? -EINVAL : 0;
}

/* Is `node` what a path's component, `length` characters, calls it? */
static bool name_matches(const char *node, const char *component,
                         size_t length)
{
    return strncmp(node, component, length) == 0 &&
           (node[length] == '\0' || node[length] == '@');
}

static size_t component_length(const char *path)
{
    size_t length = 0;

    while (path[length] != '\0' && path[length] != '/' && path[length] != ':')
        length++;
    return length;
}

/* path begins with the '/' that stands for the root. */
static bool find_path(const struct fdt *fdt, const char *path,
                      struct fdt_node *node)
{
    struct fdt_walk walk = FDT_WALK_START;
    int matched = 0;            /* depth of the node reached so far */

    bool found = fdt_next_node(fdt, &walk);
    for (path++; found && component_length(path) > 0; ) {
        size_t length = component_length(path);

        found = fdt_next_node(fdt, &walk) && walk.depth > matched;
        if (found && walk.depth == matched + 1 &&
            name_matches(walk.node.name, path, length)) {
            matched++;
            path += length + (path[length] == '/');
        }
    }
    *node = walk.node;
    return found;
}

bool fdt_find_node(const struct fdt *fdt, const char *path,
                   struct fdt_node *node)
{
    struct fdt_prop alias;

    if (path[0] == '/')
        return find_path(fdt, path, node);
    if (!find_path(fdt, "/aliases", node) ||
        !find_prop(fdt, node, path, component_length(path), &alias))
        return false;
    path = fdt_prop_string(&alias, 0);
    return path != NULL && path[0] == '/' && find_path(fdt, path, node);
}

bool fdt_find_phandle(const struct fdt *fdt, u32 phandle,
                      struct fdt_node *node)
{
    struct fdt_walk walk = FDT_WALK_START;
    u64 value;

    while (fdt_next_node(fdt, &walk))
        if (fdt_read_number(fdt, &walk.node, "phandle", &value) &&
            value == phandle) {
            *node = walk.node;
            return true;
        }
    return false;
}

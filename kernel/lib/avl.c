/*
 * avl.c - rebalancing.  Iterative: kernel stacks are small.
 *
 * Both walks carry the new height of the subtree they come from and stop at
 * the first ancestor whose height does not change, which on average is the
 * second.  Until then an insertion looks at one sibling a level, a removal
 * the same.
 */
#include "kernel/lib/avl.h"

#include "kernel/lib/assert.h"

static always_inline int height_of(const struct avl_node *node)
{
    return node != NULL ? node->height : 0;
}

/* The pointer that leads to node: in its parent, or the root. */
static always_inline struct avl_node **link_to(struct avl_tree *tree,
                                               struct avl_node *node)
{
    struct avl_node *parent = node->parent;

    if (parent == NULL)
        return &tree->root;
    return parent->left == node ? &parent->left : &parent->right;
}

/* The height of a node from those of its subtrees, one of them known. */
static always_inline int height_over(int height, const struct avl_node *other)
{
    return 1 + MAX(height, height_of(other));
}

/*
 * node's left child takes its place, and node becomes its right child.  Inline
 * like its mirror image: fork inserts in order, so that most insertions rotate.
 */
static always_inline struct avl_node *rotate_right(struct avl_tree *tree,
                                                   struct avl_node *node)
{
    struct avl_node *up = node->left, *inner = up->right;

    *link_to(tree, node) = up;
    up->parent = node->parent;
    up->right = node;
    node->parent = up;
    node->left = inner;
    if (inner != NULL)
        inner->parent = node;
    node->height = height_over(height_of(inner), node->right);
    up->height = height_over(node->height, up->left);
    return up;
}

/* The mirror image. */
static always_inline struct avl_node *rotate_left(struct avl_tree *tree,
                                                  struct avl_node *node)
{
    struct avl_node *up = node->right, *inner = up->left;

    *link_to(tree, node) = up;
    up->parent = node->parent;
    up->left = node;
    node->parent = up;
    node->right = inner;
    if (inner != NULL)
        inner->parent = node;
    node->height = height_over(height_of(inner), node->left);
    up->height = height_over(node->height, up->right);
    return up;
}

/*
 * One subtree of node is taller by two.  Rotate that side up, after turning
 * its inner grandchild outwards if that is the taller one.  Returns the root
 * of the subtree.
 */
static struct avl_node *rebalance(struct avl_tree *tree, struct avl_node *node)
{
    struct avl_node *left = node->left, *right = node->right;

    if (height_of(left) > height_of(right)) {
        if (height_of(left->right) > height_of(left->left))
            rotate_left(tree, left);
        return rotate_right(tree, node);
    }
    if (height_of(right->left) > height_of(right->right))
        rotate_right(tree, right);
    return rotate_left(tree, node);
}

static always_inline struct avl_node *sibling(const struct avl_node *parent,
                                              const struct avl_node *child)
{
    return parent->left == child ? parent->right : parent->left;
}

void avl_insert_at(struct avl_tree *tree, struct avl_node *node,
                   struct avl_node *parent, struct avl_node **link)
{
    int height = 1;

    node->left = node->right = NULL;
    node->parent = parent;
    node->height = height;
    *link = node;

    /* The subtree at node has grown to `height`. */
    for (; parent != NULL && parent->height == height; parent = node->parent) {
        if (height_of(sibling(parent, node)) < height - 1) {
            rebalance(tree, parent);    /* as tall as before the insertion */
            return;
        }
        parent->height = ++height;
        node = parent;
    }
}

bool avl_insert(struct avl_tree *tree, struct avl_node *node)
{
    struct avl_node *parent = NULL, **link = &tree->root;
    u64 key = node->key;

    while (*link != NULL) {
        parent = *link;
        if (key == parent->key)
            return false;
        link = key < parent->key ? &parent->left : &parent->right;
    }
    avl_insert_at(tree, node, parent, link);
    return true;
}

/* A subtree of `node` has lost a level: restore heights and balance. */
static void shrink_upwards(struct avl_tree *tree, struct avl_node *node)
{
    for (; node != NULL; node = node->parent) {
        int before = node->height;
        int left = height_of(node->left), right = height_of(node->right);

        if (left - right > 1 || right - left > 1)
            node = rebalance(tree, node);
        else
            node->height = 1 + MAX(left, right);
        if (node->height == before)
            return;
    }
}

/* Put `heir`, which may be NULL, in the place of node. */
static void replace(struct avl_tree *tree, struct avl_node *node,
                    struct avl_node *heir)
{
    *link_to(tree, node) = heir;
    if (heir != NULL)
        heir->parent = node->parent;
}

/* The successor of a node with two children takes over its place. */
static void remove_inner(struct avl_tree *tree, struct avl_node *node)
{
    struct avl_node *heir = node->right, *lowest;

    while (heir->left != NULL)
        heir = heir->left;
    lowest = heir;
    if (heir != node->right) {
        lowest = heir->parent;
        replace(tree, heir, heir->right);
        heir->right = node->right;
        heir->right->parent = heir;
    }
    heir->left = node->left;
    heir->left->parent = heir;
    heir->height = node->height;
    replace(tree, node, heir);
    shrink_upwards(tree, lowest);
}

void avl_remove(struct avl_tree *tree, struct avl_node *node)
{
    if (node->left != NULL && node->right != NULL) {
        remove_inner(tree, node);
        return;
    }
    replace(tree, node, node->left != NULL ? node->left : node->right);
    shrink_upwards(tree, node->parent);
}

struct avl_node *avl_first(const struct avl_tree *tree)
{
    struct avl_node *node = tree->root;

    while (node != NULL && node->left != NULL)
        node = node->left;
    return node;
}

struct avl_node *avl_last(const struct avl_tree *tree)
{
    struct avl_node *node = tree->root;

    while (node != NULL && node->right != NULL)
        node = node->right;
    return node;
}

struct avl_node *avl_next(const struct avl_node *node)
{
    struct avl_node *next = node->right;

    if (next != NULL) {
        while (next->left != NULL)
            next = next->left;
        return next;
    }
    for (next = node->parent; next != NULL && next->right == node;
         next = next->parent)
        node = next;
    return next;
}

struct avl_node *avl_prev(const struct avl_node *node)
{
    struct avl_node *prev = node->left;

    if (prev != NULL) {
        while (prev->right != NULL)
            prev = prev->right;
        return prev;
    }
    for (prev = node->parent; prev != NULL && prev->left == node;
         prev = prev->parent)
        node = prev;
    return prev;
}

static void check_node(const struct avl_tree *tree,
                       const struct avl_node *node)
{
    const struct avl_node *parent = node->parent;
    int left = height_of(node->left), right = height_of(node->right);

    assert(node->height == 1 + MAX(left, right));
    assert(left - right <= 1 && right - left <= 1);
    assert(node->left == NULL || node->left->parent == node);
    assert(node->right == NULL || node->right->parent == node);
    /* Without this a wrong parent would make the walk skip a subtree. */
    assert(parent == NULL ? tree->root == node
                          : parent->left == node || parent->right == node);
}

size_t avl_check(const struct avl_tree *tree)
{
    const struct avl_node *previous = NULL;
    size_t count = 0;

    for (const struct avl_node *node = avl_first(tree); node != NULL;
         node = avl_next(node)) {
        check_node(tree, node);
        assert(previous == NULL || previous->key < node->key);
        previous = node;
        count++;
    }
    return count;
}

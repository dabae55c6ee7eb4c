/*
 * avl.h - intrusive AVL trees ordered by a comparison or a u64 key.
 *
 * A node lives inside the object.  The tree keeps, at every node, that the
 * heights of its two subtrees differ by at most one, so that find, insert and
 * remove visit at most 1.44 log2(n) nodes.  No locking: the owner of the tree
 * says which lock guards it.  (Seed 000: lwp_avl; lwp.md row B-34.)
 */
#pragma once

#include "kernel/lib/types.h"

struct avl_node {
    struct avl_node *left, *right, *parent;
    u64 key;
    int height;                 /* of the subtree rooted here; a leaf has 1 */
};

struct avl_tree {
    struct avl_node *root;
};

#define AVL_INIT { NULL }
#define avl_entry(node, type, member) container_of(node, type, member)

/*
 * Insert node under node->key, which the caller has set.  false, and nothing
 * changed, if the key is in the tree already.
 */
bool avl_insert(struct avl_tree *tree, struct avl_node *node);

/* Remove a node that is in the tree. */
void avl_remove(struct avl_tree *tree, struct avl_node *node);

/*
 * For a caller that has walked down itself (an order of its own, or a search
 * it needed anyway): hang node under parent at *link, which is &parent->left,
 * &parent->right or, with parent NULL, &tree->root, and is empty.
 */
void avl_insert_at(struct avl_tree *tree, struct avl_node *node,
                   struct avl_node *parent, struct avl_node **link);

/*
 * The searches stand here because page faults and system calls begin with
 * one: a call would cost as much as two levels of the tree.
 */

/* The node with exactly this key, or NULL. */
static inline struct avl_node *avl_find(const struct avl_tree *tree, u64 key)
{
    struct avl_node *node = tree->root;

    while (node != NULL && node->key != key)
        node = key < node->key ? node->left : node->right;
    return node;
}

/* The node with the greatest key <= key, or NULL. */
static inline struct avl_node *avl_find_le(const struct avl_tree *tree, u64 key)
{
    struct avl_node *node = tree->root, *best = NULL;

    while (node != NULL) {
        if (node->key <= key) {
            best = node;
            node = node->right;
        } else {
            node = node->left;
        }
    }
    return best;
}

/* The node with the least key >= key, or NULL. */
static inline struct avl_node *avl_find_ge(const struct avl_tree *tree, u64 key)
{
    struct avl_node *node = tree->root, *best = NULL;

    while (node != NULL) {
        if (node->key >= key) {
            best = node;
            node = node->left;
        } else {
            node = node->right;
        }
    }
    return best;
}

/* In order; NULL at the ends. */
struct avl_node *avl_first(const struct avl_tree *tree);
struct avl_node *avl_last(const struct avl_tree *tree);
struct avl_node *avl_next(const struct avl_node *node);
struct avl_node *avl_prev(const struct avl_node *node);

/* Assert order, heights, balance and parent links; the number of nodes. */
size_t avl_check(const struct avl_tree *tree);

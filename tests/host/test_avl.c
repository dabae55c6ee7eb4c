/*
 * test_avl.c - AVL trees against a plain array of flags.
 * sources: kernel/lib/avl.c
 */
#include "harness.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/lib/avl.h"

#define KEYS 64

static struct avl_node nodes[KEYS];
static bool present[KEYS];

static size_t count_present(void)
{
    size_t count = 0;

    for (int i = 0; i < KEYS; i++)
        count += present[i];
    return count;
}

/* The nearest present key at or below / above; -1 if there is none. */
static int nearest(int key, int step)
{
    while (key >= 0 && key < KEYS && !present[key])
        key += step;
    return key >= 0 && key < KEYS ? key : -1;
}

static void assert_node(const struct avl_node *node, int key)
{
    if (key < 0)
        assert_null(node);
    else
        assert_ptr_equal(node, &nodes[key]);
}

/* All questions about `key` have the answers that the flags give. */
static void assert_same(const struct avl_tree *tree, int key)
{
    assert_node(avl_find(tree, key), present[key] ? key : -1);
    assert_node(avl_find_le(tree, key), nearest(key, -1));
    assert_node(avl_find_ge(tree, key), nearest(key, 1));
    assert_node(avl_first(tree), nearest(0, 1));
    assert_node(avl_last(tree), nearest(KEYS - 1, -1));
    if (present[key]) {
        assert_node(avl_next(&nodes[key]), nearest(key + 1, 1));
        assert_node(avl_prev(&nodes[key]), nearest(key - 1, -1));
    }
    assert_int_equal(avl_check(tree), count_present());
}

static void reset_nodes(void)
{
    memset(present, 0, sizeof(present));
    for (int i = 0; i < KEYS; i++)
        nodes[i] = (struct avl_node){ .key = i };
}

static void test_B_34_random_operations_match_reference(void **state)
{
    struct avl_tree tree = AVL_INIT;

    reset_nodes();
    for (int step = 0; step < 100000; step++) {
        int key = xorshift_below(&host_random, KEYS);

        if (present[key])
            avl_remove(&tree, &nodes[key]);
        else
            assert_true(avl_insert(&tree, &nodes[key]));
        present[key] = !present[key];
        assert_same(&tree, xorshift_below(&host_random, KEYS));
    }
}

static void test_B_34_duplicate_changes_nothing(void **state)
{
    struct avl_tree tree = AVL_INIT;
    struct avl_node twin = { .key = 7 };

    reset_nodes();
    for (int i = 0; i < 16; i++)
        assert_true(avl_insert(&tree, &nodes[i]));
    assert_false(avl_insert(&tree, &twin));
    assert_ptr_equal(avl_find(&tree, 7), &nodes[7]);
    assert_int_equal(avl_check(&tree), 16);
}

/* The height that 1.44 log2(n + 2) allows, counted with Fibonacci trees. */
static int height_limit(size_t n)
{
    size_t smallest = 1, larger = 2;    /* nodes of the thinnest tree */
    int height = 1;

    while (larger <= n) {
        size_t next = smallest + larger + 1;
        smallest = larger;
        larger = next;
        height++;
    }
    return height;
}

/* Insert 1e5 keys in the order that `key_of` gives, then remove half. */
static void check_large_tree(u64 (*key_of)(u64 i, u64 n))
{
    const u64 n = 100000;
    struct avl_tree tree = AVL_INIT;
    struct avl_node *big = calloc(n, sizeof(*big));

    for (u64 i = 0; i < n; i++) {
        big[i].key = key_of(i, n);
        assert_true(avl_insert(&tree, &big[i]));
        if (i % 4096 == 0)
            assert_int_equal(avl_check(&tree), i + 1);
    }
    assert_int_equal(avl_check(&tree), n);
    assert_true(tree.root->height <= height_limit(n));
    for (u64 i = 0; i < n; i += 2)
        avl_remove(&tree, &big[i]);
    assert_int_equal(avl_check(&tree), n / 2);
    assert_true(tree.root->height <= height_limit(n / 2));
    for (u64 i = 1; i < n; i += 2)
        avl_remove(&tree, &big[i]);
    assert_null(tree.root);
    free(big);
}

static u64 ascending(u64 i, u64 n unused_arg)
{
    return i;
}

static u64 descending(u64 i, u64 n)
{
    return n - i;
}

static u64 scattered(u64 i, u64 n unused_arg)
{
    return i * 0x9e3779b97f4a7c15ul;    /* odd: no key comes twice */
}

static void test_B_34_large_trees_stay_low(void **state)
{
    check_large_tree(ascending);
    check_large_tree(descending);
    check_large_tree(scattered);
}

static void test_B_34_insert_at_takes_a_place_found_by_the_caller(void **state)
{
    struct avl_tree tree = AVL_INIT;
    struct avl_node *last = NULL;

    reset_nodes();
    for (int i = 0; i < KEYS; i++) {
        avl_insert_at(&tree, &nodes[i], last,
                      last != NULL ? &last->right : &tree.root);
        last = &nodes[i];
        assert_int_equal(avl_check(&tree), i + 1);
        assert_ptr_equal(avl_last(&tree), last);
    }
}

static void test_B_34_check_finds_damage(void **state)
{
    struct avl_tree tree = AVL_INIT;
    struct avl_node saved;

    reset_nodes();
    for (int i = 0; i < 20; i++)
        avl_insert(&tree, &nodes[i]);

    saved = nodes[5];
    nodes[5].height++;
    expect_panic(avl_check(&tree));
    nodes[5] = saved;
    nodes[5].key = 17;
    expect_panic(avl_check(&tree));
    nodes[5] = saved;

    struct avl_node *leaf = avl_first(&tree), *parent = leaf->parent;
    leaf->parent = tree.root;
    expect_panic(avl_check(&tree));
    leaf->parent = parent;
    assert_int_equal(avl_check(&tree), 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_B_34_random_operations_match_reference),
        cmocka_unit_test(test_B_34_duplicate_changes_nothing),
        cmocka_unit_test(test_B_34_large_trees_stay_low),
        cmocka_unit_test(test_B_34_insert_at_takes_a_place_found_by_the_caller),
        cmocka_unit_test(test_B_34_check_finds_damage),
    };
    return host_run(tests);
}

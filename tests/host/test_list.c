/* test_list.c - linked lists against arrays. */
#include "harness.h"

#include <string.h>

#include "kernel/lib/list.h"

#define ITEMS 16
#define LISTS 3

struct item {
    int number;
    struct list node;
};

static struct item items[ITEMS];
static struct list heads[LISTS];

/* The same lists as arrays of numbers. */
static int order[LISTS][ITEMS], length[LISTS];
static int home[ITEMS];             /* which list an item is on, or -1 */

static void reset_lists(void)
{
    memset(length, 0, sizeof(length));
    for (int i = 0; i < LISTS; i++)
        list_init(&heads[i]);
    for (int i = 0; i < ITEMS; i++) {
        items[i].number = i;
        list_init(&items[i].node);
        home[i] = -1;
    }
}

static void array_insert(int l, int at, int number)
{
    memmove(&order[l][at + 1], &order[l][at], (length[l] - at) * sizeof(int));
    order[l][at] = number;
    length[l]++;
    home[number] = l;
}

static void array_remove(int number)
{
    int l = home[number], at = 0;

    while (order[l][at] != number)
        at++;
    length[l]--;
    memmove(&order[l][at], &order[l][at + 1], (length[l] - at) * sizeof(int));
    home[number] = -1;
}

static void assert_list(int l)
{
    struct item *item, *last = list_last(&heads[l], struct item, node);
    int at = 0;

    assert_int_equal(list_empty(&heads[l]), length[l] == 0);
    list_for_each(item, &heads[l], node) {
        assert_true(at < length[l]);
        assert_int_equal(item->number, order[l][at++]);
        assert_ptr_equal(item->node.next->prev, &item->node);
        assert_ptr_equal(item->node.prev->next, &item->node);
    }
    assert_int_equal(at, length[l]);
    item = list_first(&heads[l], struct item, node);
    if (at == 0) {
        assert_null(item);
        assert_null(last);
    } else {
        assert_int_equal(item->number, order[l][0]);
        assert_int_equal(last->number, order[l][at - 1]);
    }
}

static void splice(int to, int from)
{
    list_splice_tail(&heads[to], &heads[from]);
    for (int i = 0; i < length[from]; i++) {
        order[to][length[to]++] = order[from][i];
        home[order[from][i]] = to;
    }
    length[from] = 0;
}

static void test_random_operations_match_arrays(void **state)
{
    reset_lists();
    for (int step = 0; step < 50000; step++) {
        int number = xorshift_below(&host_random, ITEMS);
        int l = xorshift_below(&host_random, LISTS);

        if (xorshift_below(&host_random, 20) == 0) {
            splice(l, (l + 1) % LISTS);
        } else if (home[number] >= 0) {
            list_remove(&items[number].node);
            array_remove(number);
        } else if (xorshift_below(&host_random, 2)) {
            list_add(&heads[l], &items[number].node);
            array_insert(l, 0, number);
        } else {
            list_add_tail(&heads[l], &items[number].node);
            array_insert(l, length[l], number);
        }
        for (int i = 0; i < LISTS; i++)
            assert_list(i);
    }
}

static void test_removed_node_may_be_removed_again(void **state)
{
    reset_lists();
    list_add(&heads[0], &items[0].node);
    list_add(&heads[0], &items[1].node);
    list_remove(&items[0].node);
    assert_true(list_empty(&items[0].node));
    list_remove(&items[0].node);
    assert_ptr_equal(list_first(&heads[0], struct item, node), &items[1]);
    assert_ptr_equal(list_last(&heads[0], struct item, node), &items[1]);
}

static void test_safe_walk_lets_go_of_each(void **state)
{
    struct item *item, *next;
    int seen = 0;

    reset_lists();
    for (int i = 0; i < ITEMS; i++)
        list_add_tail(&heads[0], &items[i].node);
    list_for_each_safe(item, next, &heads[0], node) {
        assert_int_equal(item->number, seen++);
        list_remove(&item->node);
    }
    assert_int_equal(seen, ITEMS);
    assert_true(list_empty(&heads[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_operations_match_arrays),
        cmocka_unit_test(test_removed_node_may_be_removed_again),
        cmocka_unit_test(test_safe_walk_lets_go_of_each),
    };
    return host_run(tests);
}

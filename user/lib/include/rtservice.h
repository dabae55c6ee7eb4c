/*
 * rtservice.h - RT-Thread's lists (lwp.md row K-14). None of these functions
 * takes a lock, blocks or fails: who shares a list, guards it.
 */
#pragma once

#include <rtdef.h>

/* --- lists in both directions; the head is a node of its own -------------- */

/* A node, which lies inside of what is listed. */
struct rt_list_node {
    struct rt_list_node *next, *prev;
};
typedef struct rt_list_node rt_list_t;

#define RT_LIST_OBJECT_INIT(head) { &(head), &(head) }

/* Make it an empty list, or a node that is on none. */
rt_inline void rt_list_init(rt_list_t *list)
{
    list->next = list->prev = list;
}

/* Put `node` behind `list`. */
rt_inline void rt_list_insert_after(rt_list_t *list, rt_list_t *node)
{
    node->next = list->next;
    node->prev = list;
    list->next->prev = node;
    list->next = node;
}

/* Put `node` in front of `list`: of a head, at the list's end. */
rt_inline void rt_list_insert_before(rt_list_t *list, rt_list_t *node)
{
    rt_list_insert_after(list->prev, node);
}

/* Take it off its list; removing it once more does nothing. */
rt_inline void rt_list_remove(rt_list_t *node)
{
    node->next->prev = node->prev;
    node->prev->next = node->next;
    rt_list_init(node);
}

/* 1 if nothing is on the list, else 0. */
rt_inline int rt_list_isempty(const rt_list_t *list)
{
    return list->next == list;
}

/* How many nodes are on the list; walks all of it. */
rt_inline unsigned int rt_list_len(const rt_list_t *list)
{
    unsigned int n = 0;

    for (const rt_list_t *node = list->next; node != list; node = node->next)
        n++;
    return n;
}

/* The structure around a node. */
#define rt_list_entry(node, type, member) rt_container_of(node, type, member)

/* The structure around the first node of a list that is not empty. */
#define rt_list_first_entry(head, type, member) \
    rt_list_entry((head)->next, type, member)

/* Each node in turn; the _safe one may be removed by the body. */
#define rt_list_for_each(pos, head) \
    for (pos = (head)->next; pos != (head); pos = pos->next)
#define rt_list_for_each_safe(pos, n, head) \
    for (pos = (head)->next, n = pos->next; pos != (head); \
         pos = n, n = pos->next)

/* Each structure in turn; likewise. */
#define rt_list_for_each_entry(pos, head, member) \
    for (pos = rt_list_entry((head)->next, __typeof__(*pos), member); \
         &pos->member != (head); \
         pos = rt_list_entry(pos->member.next, __typeof__(*pos), member))
#define rt_list_for_each_entry_safe(pos, n, head, member) \
    for (pos = rt_list_entry((head)->next, __typeof__(*pos), member), \
         n = rt_list_entry(pos->member.next, __typeof__(*pos), member); \
         &pos->member != (head); \
         pos = n, n = rt_list_entry(n->member.next, __typeof__(*n), member))

/* --- lists in one direction ---------------------------------------------- */

/* A node; the last one's `next` is RT_NULL. */
struct rt_slist_node {
    struct rt_slist_node *next;
};
typedef struct rt_slist_node rt_slist_t;

#define RT_SLIST_OBJECT_INIT(head) { RT_NULL }

/* Make it an empty list. */
rt_inline void rt_slist_init(rt_slist_t *list)
{
    list->next = RT_NULL;
}

/* Put `node` behind `list`. */
rt_inline void rt_slist_insert(rt_slist_t *list, rt_slist_t *node)
{
    node->next = list->next;
    list->next = node;
}

/* The last node, or the head of an empty list; walks all of it. */
rt_inline rt_slist_t *rt_slist_tail(rt_slist_t *head)
{
    while (head->next)
        head = head->next;
    return head;
}

/* Put `node` at the end; walks all of the list. */
rt_inline void rt_slist_append(rt_slist_t *head, rt_slist_t *node)
{
    rt_slist_insert(rt_slist_tail(head), node);
    node->next = RT_NULL;
}

/* Take `node` off; nothing happens if it is not on the list. Gives the head. */
rt_inline rt_slist_t *rt_slist_remove(rt_slist_t *head, rt_slist_t *node)
{
    rt_slist_t *before = head;

    while (before->next && before->next != node)
        before = before->next;
    if (before->next)
        before->next = node->next;
    return head;
}

/* The first node, or RT_NULL. */
rt_inline rt_slist_t *rt_slist_first(rt_slist_t *head)
{
    return head->next;
}

/* The one behind, or RT_NULL. */
rt_inline rt_slist_t *rt_slist_next(rt_slist_t *node)
{
    return node->next;
}

/* 1 if nothing is on the list, else 0. */
rt_inline int rt_slist_isempty(const rt_slist_t *list)
{
    return !list->next;
}

/* How many nodes are on the list; walks all of it. */
rt_inline unsigned int rt_slist_len(const rt_slist_t *head)
{
    unsigned int n = 0;

    for (const rt_slist_t *node = head->next; node; node = node->next)
        n++;
    return n;
}

/* The structure around a node. */
#define rt_slist_entry(node, type, member) rt_container_of(node, type, member)

/* The structure around the first node of a list that is not empty. */
#define rt_slist_first_entry(head, type, member) \
    rt_slist_entry((head)->next, type, member)

/* Each node, or the structure around each, in turn. */
#define rt_slist_for_each(pos, head) \
    for (pos = (head)->next; pos != RT_NULL; pos = pos->next)
#define rt_slist_for_each_entry(pos, head, member) \
    for (pos = rt_slist_entry((head)->next, __typeof__(*pos), member); \
         (rt_ubase_t)pos + offsetof(__typeof__(*pos), member); \
         pos = rt_slist_entry(pos->member.next, __typeof__(*pos), member))

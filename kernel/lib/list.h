/*
 * list.h - circular doubly linked lists.  The head and the nodes inside the
 * objects have one type; an object not on a list has a self-linked node.
 * No locking: the owner of the head says which lock guards it.
 */
#pragma once

#include "kernel/lib/types.h"

struct list {
    struct list *next, *prev;
};

#define LIST_INIT(name) { &(name), &(name) }

static inline void list_init(struct list *l)
{
    l->next = l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
    return l->next == l;
}

static inline void list_insert_between(struct list *node, struct list *prev,
                                       struct list *next)
{
    node->prev = prev;
    node->next = next;
    prev->next = node;
    next->prev = node;
}

/* Put node first on the list, or behind another node. */
static inline void list_add(struct list *head, struct list *node)
{
    list_insert_between(node, head, head->next);
}

/* Put node last on the list, or before another node. */
static inline void list_add_tail(struct list *head, struct list *node)
{
    list_insert_between(node, head->prev, head);
}

/* Take node off its list; it may be removed again (nothing happens). */
static inline void list_remove(struct list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}

/* Move all nodes of `from` to the end of `to`; `from` is empty then. */
static inline void list_splice_tail(struct list *to, struct list *from)
{
    if (list_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    list_init(from);
}

#define list_entry(node, type, member) container_of(node, type, member)

/* The first or last object, NULL if the list is empty. */
#define list_first(head, type, member) \
    (list_empty(head) ? NULL : list_entry((head)->next, type, member))
#define list_last(head, type, member) \
    (list_empty(head) ? NULL : list_entry((head)->prev, type, member))

/* Walk the objects; the body may not remove the current one ... */
#define list_for_each(obj, head, member) \
    for (obj = list_entry((head)->next, __typeof__(*obj), member); \
         &obj->member != (head); \
         obj = list_entry(obj->member.next, __typeof__(*obj), member))

/* ... and here it may. */
#define list_for_each_safe(obj, tmp, head, member) \
    for (obj = list_entry((head)->next, __typeof__(*obj), member), \
         tmp = list_entry(obj->member.next, __typeof__(*obj), member); \
         &obj->member != (head); \
         obj = tmp, \
         tmp = list_entry(tmp->member.next, __typeof__(*tmp), member))

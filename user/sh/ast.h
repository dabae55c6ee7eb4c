#pragma once

#include <stdbool.h>

/*
 * What the parser makes of a command line. A word is kept as its parts, with
 * what was quoted and what was not, because quoting decides at run time what
 * is split, what is a pattern and what is a tilde.
 */
enum part_kind {
    PART_TEXT,          /* text */
    PART_PARAM,         /* text is the name; op and word as in ${x:-word} */
    PART_COMMAND,       /* body, as in $(body) */
    PART_ARITH,         /* word, as in $((word)) */
};

enum param_op {
    OP_NONE,
    OP_LENGTH,          /* ${#x} */
    OP_DEFAULT,         /* ${x-w} */
    OP_ASSIGN,          /* ${x=w} */
    OP_ERROR,           /* ${x?w} */
    OP_ALTERNATE,       /* ${x+w} */
    OP_SHORT_PREFIX,    /* ${x#w} */
    OP_LONG_PREFIX,     /* ${x##w} */
    OP_SHORT_SUFFIX,    /* ${x%w} */
    OP_LONG_SUFFIX,     /* ${x%%w} */
};

struct part {
    struct part *next;
    enum part_kind kind;
    bool quoted;
    bool colon;         /* ${x:-w}: an empty value counts as unset */
    enum param_op op;
    char *text;
    struct word *word;
    struct node *body;
};

struct word {
    struct word *next;
    struct part *parts;
    bool assignment;    /* x=y after export, readonly, local: not split */
};

struct assign {
    struct assign *next;
    char *name;
    struct word *value;
};

enum redir_kind {
    REDIR_READ,         /* < */
    REDIR_WRITE,        /* > */
    REDIR_CLOBBER,      /* >| */
    REDIR_APPEND,       /* >> */
    REDIR_BOTH,         /* <> */
    REDIR_DUP,          /* <& and >& */
    REDIR_HERE,         /* << */
};

struct redir {
    struct redir *next;
    enum redir_kind kind;
    int fd;
    struct word *target;        /* file, descriptor, or the text of << */
    /* a here-document until its body is read */
    struct redir *next_pending;
    char *delimiter;
    bool strip_tabs;            /* <<- */
    bool literal;               /* the delimiter was quoted */
};

struct case_item {
    struct case_item *next;
    struct word *patterns;
    struct node *body;
};

enum node_kind {
    NODE_SIMPLE,
    NODE_PIPE,
    NODE_NOT,
    NODE_AND,
    NODE_OR,
    NODE_SEQUENCE,
    NODE_BACKGROUND,
    NODE_SUBSHELL,
    NODE_GROUP,
    NODE_IF,
    NODE_WHILE,
    NODE_UNTIL,
    NODE_FOR,
    NODE_CASE,
    NODE_FUNCTION,
    NODE_KINDS,
};

struct node {
    enum node_kind kind;
    int line;
    struct node *next;          /* the next of a sequence or a pipeline */
    struct redir *redirs;
    char *source;               /* how it was typed, shortened, for jobs */
    union {
        struct {                /* SIMPLE */
            struct assign *assigns;
            struct word *words;
        };
        struct {                /* IF, WHILE, UNTIL */
            struct node *test;
            struct node *then;
            struct node *otherwise;
        };
        struct {                /* AND, OR */
            struct node *left;
            struct node *right;
        };
        struct {                /* FOR */
            char *variable;
            struct word *list;
            bool has_list;      /* without `in`: "$@" */
            struct node *loop;
        };
        struct {                /* CASE */
            struct word *subject;
            struct case_item *items;
        };
        struct {                /* PIPE, NOT, SEQUENCE, BACKGROUND, */
            struct node *body;  /* SUBSHELL, GROUP, FUNCTION */
            char *name;         /* FUNCTION */
            struct arena *home; /* where the function's tree lives */
        };
    };
};

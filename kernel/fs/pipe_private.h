/* pipe_private.h - between pipe.c (the ring) and fifo.c (opening, closing). */
#pragma once

#include "kernel/fs/pipe.h"

struct pipe {
    struct spinlock lock;       /* RANK_PIPE */
    /* guarded by lock */
    u64 head, tail;             /* bytes ever written and read */
    bool reading, writing;      /* somebody copies out / in */
    unsigned readers, writers;  /* open files */
    u64 reader_opens, writer_opens;     /* ever */
    struct waitq read_wait, write_wait;
    struct waitq read_turn;     /* while another is `reading` */
    /* a slot belongs to the side that claims it */
    unsigned page_count;        /* a power of two */
    u8 **pages;
    /* guarded by the inode's mutex */
    unsigned files;             /* that refer to the pipe */
};

struct pipe *pipe_alloc(void);  /* NULL: out of memory */
void pipe_free(struct pipe *p);

ssize_t pipe_read(struct file *f, struct iter *to, off_t *pos);
ssize_t pipe_write(struct file *f, struct iter *from, off_t *pos);
unsigned pipe_poll(struct file *f, struct poll_table *pt);
long pipe_ioctl(struct file *f, unsigned cmd, u64 arg);

/*
 * mq.h - message queues for tests: every test has one called "/larch".
 */
#pragma once

#include "tests/user/lib/child.h"

#include <fcntl.h>
#include <mqueue.h>
#include <time.h>

#define MQ_NAME "/larch"
#define MQ_SIZE 64              /* of a message */

/* A new queue for `depth` messages, open for both, its name removed already
 * unless `keep`; with O_NONBLOCK in `flags` or not. */
mqd_t mq_make(long depth, int flags, bool keep);

/* Send and receive one word. */
#define MQ_SEND(q, word, priority) \
    CHECK_EQ(mq_send(q, word, strlen(word), priority), 0)
#define MQ_RECEIVE(q, word, priority) \
    mq_expect(__FILE__, __LINE__, q, word, priority)
void mq_expect(const char *file, int line, mqd_t q, const char *word,
               unsigned priority);

/* So many ms from now, or before now. */
struct timespec mq_time(long ms);

/* Sleep until process `pid` sleeps in the system call `number`. */
void mq_await_sleep(pid_t pid, int number);

/*
 * thread.h - threads of the C library, for tests in which making one may not
 * fail.
 */
#pragma once

#include "tests/user/lib/tap.h"

#include <pthread.h>

static inline pthread_t start(void *(*body)(void *), void *arg)
{
    pthread_t thread;

    CHECK_EQ(pthread_create(&thread, NULL, body, arg), 0);
    return thread;
}

static inline void *join(pthread_t thread)
{
    void *result;

    CHECK_EQ(pthread_join(thread, &result), 0);
    return result;
}

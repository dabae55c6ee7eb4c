/*
 * blocking.h - waits in the kernel in which a thread may be deleted, or
 * cancelled.
 */
#pragma once

#include <pthread.h>

/*
 * What a system call answers.  The thread can be cancelled from before the call
 * until after it, whatever the moment: a request cannot slip in between a look at
 * it and the wait, and nothing of this program's is held meanwhile.
 */
#define BLOCKING(call) \
    __extension__({ \
        int blocking_old; \
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &blocking_old); \
        long blocking_result = (call); \
        pthread_setcanceltype(blocking_old, NULL); \
        blocking_result; \
    })

/*
 * cancellable.h - system calls in which a thread may be deleted, or cancelled.
 */
#pragma once

#include <pthread.h>

/*
 * What a system call answers.  The thread can be cancelled from before the call
 * until after it, whatever the moment: a request cannot slip in between a look at
 * it and a wait, and nothing of this program's is held meanwhile.
 */
#define CANCELLABLE(call) \
    __extension__({ \
        int type_before; \
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type_before); \
        long answer = (call); \
        pthread_setcanceltype(type_before, NULL); \
        answer; \
    })

/* thread_self.c - who calls: handles of threads that were made elsewhere. */
#include "user/lib/lwp/result.h"
#include "user/lib/rt/lock.h"
#include "user/lib/rt/threads.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

_Thread_local struct rt_thread *__rt_self;

static pthread_key_t at_end;

/* Its thread ends.  A child of fork() has others than its parent. */
static void forget(void *thread)
{
    int old;

    if (thread != __rt_self)
        return;
    old = __rt_lock();
    __rt_thread_remove(thread);
    __rt_unlock(old);
    __rt_self = RT_NULL;
}

static void in_child(void)
{
    __rt_self = RT_NULL;
    __rt_threads_forget();
    __rt_blocks_forget();
}

static void init(void)
{
    pthread_key_create(&at_end, forget);
    pthread_atfork(NULL, NULL, in_child);
}

void __rt_threads_init(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, init);
}

/* RT-Thread knows the first thread as "main"; others have what they were given. */
static void read_name(char name[RT_NAME_MAX])
{
    if (getpid() == syscall(SYS_gettid))
        strcpy(name, "main");
    else
        prctl(PR_GET_NAME, name);
}

static void adopt(void)
{
    char name[RT_NAME_MAX];
    struct rt_thread *thread;
    int old;

    __rt_threads_init();
    read_name(name);
    old = __rt_lock();
    thread = __rt_block_get();
    if (thread) {
        own(thread)->pthread = pthread_self();
        own(thread)->maker = MADE_ELSEWHERE;
        thread->stat = RT_THREAD_READY;
        thread->init_priority = RT_MAIN_THREAD_PRIORITY;
        thread->current_priority = RT_MAIN_THREAD_PRIORITY;
        own(thread)->priority = RT_MAIN_THREAD_PRIORITY;
        __rt_thread_add(thread, name);
        pthread_setspecific(at_end, thread);
        __rt_self = thread;
    }
    __rt_unlock(old);
}

rt_thread_t rt_thread_self(void)
{
    if (!__rt_self)
        adopt();
    if (!__rt_self)
        __lwp_result(-ENOMEM);
    return __rt_self;
}

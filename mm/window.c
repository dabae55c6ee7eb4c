/* window.c - user memory in place. */
#include "mm/window.h"

#include "mm/user_byte.h"

void *user_window_open(uptr_t p, size_t n, enum vm_access access)
{
    struct vm *vm = current_vm();
    vaddr_t addr = (u64)p;

    if (addr >= USER_END || n > PAGE_SIZE - (addr & PAGE_MASK))
        return NULL;
    return user_try_lock(vm, addr, access);
}

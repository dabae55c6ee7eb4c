/*
 * critical.h - critical sections (lwp.md rows K-11 and I-14).
 */
#pragma once

#include <rtdef.h>

/*
 * Enter the section that all processes share: block until no other thread of
 * any process is in it, whatever signals come.  It nests.  A thread that ends
 * inside leaves it.
 *
 * How deep the caller is inside now, or -RT_EFULL: RT_UINT16_MAX deep.
 */
rt_base_t rt_enter_critical(void);

/* Leave it; -RT_ERROR in rt_get_errno() if the caller is not inside. Does not
 * block. */
void rt_exit_critical(void);

/* How deep the caller is inside, 0 being outside. Does not block. */
rt_uint16_t rt_critical_level(void);

/*
 * What keeps other threads of the process from running between these two on
 * bare metal, keeps them out of the same two here: a lock of the process that
 * nests.  Blocks while another thread is there.  No interrupt is disabled, and no
 * timer held off.  The result is to be given back.
 */
rt_base_t rt_hw_interrupt_disable(void);

/* The other end of it. Does not block. */
void rt_hw_interrupt_enable(rt_base_t level);

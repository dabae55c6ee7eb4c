/* device.c - devices: rtthread/device.h. */
#include "user/lib/lwp/result.h"
#include "user/lib/rt/devices.h"
#include "user/lib/rt/lock.h"

#include <errno.h>
#include <rtthread/error.h>
#include <stdbool.h>
#include <string.h>

static rt_list_t devices = RT_LIST_OBJECT_INIT(devices);

/* Devices are opened, closed and taken back in it: that may block, and nest. */
static struct rt_section opening;

/* --- which there are ----------------------------------------------------- */

static struct rt_device *find_locked(const char *name)
{
    struct rt_device *dev;

    rt_list_for_each_entry(dev, &devices, list)
        if (!strncmp(dev->name, name, RT_NAME_MAX - 1))
            return dev;
    return NULL;
}

static void add_locked(struct rt_device *dev, const char *name)
{
    strncpy(dev->name, name, RT_NAME_MAX - 1);
    dev->name[RT_NAME_MAX - 1] = '\0';
    dev->object_type = RT_Object_Class_Device;
    dev->open_flag = RT_DEVICE_OFLAG_CLOSE;
    dev->ref_count = 0;
    rt_list_insert_before(&devices, &dev->list);
}

/* A pointer is compared before it is used: any may come. */
static bool is_device_locked(const struct rt_device *dev)
{
    const struct rt_device *other;

    rt_list_for_each_entry(other, &devices, list)
        if (other == dev)
            return true;
    return false;
}

static bool is_device(const struct rt_device *dev)
{
    int old = __rt_lock();
    bool found = is_device_locked(dev);

    __rt_unlock(old);
    return found;
}

rt_device_t rt_device_find(const char *name)
{
    struct rt_device *dev, *file;
    int old;

    if (!name)
        return RT_NULL;
    old = __rt_lock();
    dev = find_locked(name);
    __rt_unlock(old);
    if (dev)
        return dev;
    file = __rt_device_file(name);
    if (!file)
        return RT_NULL;
    old = __rt_lock();
    dev = find_locked(name);            /* another thread may have been here */
    if (!dev)
        add_locked(file, name);
    __rt_unlock(old);
    if (dev)
        __rt_device_file_free(file);
    return dev ? dev : file;
}

rt_err_t rt_device_register(rt_device_t dev, const char *name,
                            rt_uint16_t flags)
{
    bool taken = true;
    int old;

    if (!dev || !name)
        return __lwp_result(-EEXIST);
    old = __rt_lock();
    if (!is_device_locked(dev) && !find_locked(name)) {
        dev->flag = flags & ~RT_DEVICE_FLAG_ACTIVATED;
        dev->fd = -1;
        add_locked(dev, name);
        taken = false;
    }
    __rt_unlock(old);
    return __lwp_result(taken ? -EEXIST : 0);
}

static int unregister(struct rt_device *dev)
{
    int old;

    if (dev->ref_count)
        return -EBUSY;
    old = __rt_lock();
    rt_list_remove(&dev->list);
    dev->object_type = RT_Object_Class_Null;
    __rt_unlock(old);
    return 0;
}

rt_err_t rt_device_unregister(rt_device_t dev)
{
    int old = __rt_section_enter(&opening), error = -EIO;

    if (is_device(dev) && !__rt_device_is_file(dev))
        error = unregister(dev);
    __rt_section_leave(&opening, old);
    return __lwp_result(error);
}

/* --- a device's functions: from its table, or from itself ----------------- */

#define FUNCTION(dev, name) ((dev)->ops ? (dev)->ops->name : (dev)->name)

/* What one gave, which counts as the caller's error. */
static rt_err_t noted(rt_err_t result)
{
    if (result < 0)
        rt_set_errno(result);
    return result;
}

static rt_err_t activate(struct rt_device *dev)
{
    rt_err_t (*init)(rt_device_t dev) = FUNCTION(dev, init);
    rt_err_t error = RT_EOK;

    if (dev->flag & RT_DEVICE_FLAG_ACTIVATED)
        return RT_EOK;
    if (init)
        error = noted(init(dev));
    if (!error)
        dev->flag |= RT_DEVICE_FLAG_ACTIVATED;
    return error;
}

rt_err_t rt_device_init(rt_device_t dev)
{
    int old = __rt_section_enter(&opening);
    rt_err_t error = is_device(dev) ? activate(dev) : __lwp_result(-EIO);

    __rt_section_leave(&opening, old);
    return error;
}

static rt_err_t open_device(struct rt_device *dev, rt_uint16_t oflag)
{
    rt_err_t (*open)(rt_device_t dev, rt_uint16_t oflag) = FUNCTION(dev, open);
    rt_err_t error = activate(dev);

    if (error)
        return error;
    if (dev->ref_count == UINT8_MAX ||
        (dev->ref_count && dev->flag & RT_DEVICE_FLAG_STANDALONE))
        return __lwp_result(-EBUSY);
    if (open)
        error = noted(open(dev, oflag));
    if (error)
        return error;
    dev->open_flag |= (oflag & RT_DEVICE_OFLAG_MASK) | RT_DEVICE_OFLAG_OPEN;
    dev->ref_count++;
    return RT_EOK;
}

rt_err_t rt_device_open(rt_device_t dev, rt_uint16_t oflag)
{
    int old = __rt_section_enter(&opening);
    rt_err_t error = is_device(dev) ? open_device(dev, oflag)
                                    : __lwp_result(-EIO);

    __rt_section_leave(&opening, old);
    return error;
}

static rt_err_t close_device(struct rt_device *dev)
{
    rt_err_t (*close)(rt_device_t dev) = FUNCTION(dev, close);

    if (!dev->ref_count)
        return __lwp_result(-EPERM);
    if (--dev->ref_count)
        return RT_EOK;
    dev->open_flag = RT_DEVICE_OFLAG_CLOSE;
    return close ? noted(close(dev)) : RT_EOK;
}

rt_err_t rt_device_close(rt_device_t dev)
{
    int old = __rt_section_enter(&opening);
    rt_err_t error = is_device(dev) ? close_device(dev) : __lwp_result(-EIO);

    __rt_section_leave(&opening, old);
    return error;
}

/* What keeps it from being read, written or controlled; else the error is none,
 * so that the end of a file can be told from one. */
static int refused(const struct rt_device *dev, bool able)
{
    rt_set_errno(RT_EOK);
    return !dev->ref_count ? -EPERM : able ? 0 : -ENOSYS;
}

rt_ssize_t rt_device_read(rt_device_t dev, rt_off_t pos, void *buffer,
                          rt_size_t size)
{
    rt_ssize_t n;
    int error;

    error = is_device(dev) ? refused(dev, FUNCTION(dev, read)) : -EIO;
    if (error) {
        __lwp_result(error);
        return 0;
    }
    n = FUNCTION(dev, read)(dev, pos, buffer, size);
    return noted(n) < 0 ? 0 : n;
}

rt_ssize_t rt_device_write(rt_device_t dev, rt_off_t pos, const void *buffer,
                           rt_size_t size)
{
    rt_ssize_t n;
    int error;

    error = is_device(dev) ? refused(dev, FUNCTION(dev, write)) : -EIO;
    if (error) {
        __lwp_result(error);
        return 0;
    }
    n = FUNCTION(dev, write)(dev, pos, buffer, size);
    return noted(n) < 0 ? 0 : n;
}

rt_err_t rt_device_control(rt_device_t dev, int cmd, void *arg)
{
    int error;

    error = is_device(dev) ? refused(dev, FUNCTION(dev, control)) : -EIO;
    if (error)
        return __lwp_result(error);
    return noted(FUNCTION(dev, control)(dev, cmd, arg));
}

/* --- what a device calls -------------------------------------------------- */

static int may_indicate(const struct rt_device *dev)
{
    if (!is_device(dev))
        return -EIO;
    return __rt_device_is_file(dev) ? -ENOSYS : 0;
}

rt_err_t rt_device_set_rx_indicate(
    rt_device_t dev, rt_err_t (*rx_indicate)(rt_device_t dev, rt_size_t size))
{
    int error = may_indicate(dev);

    if (!error)
        dev->rx_indicate = rx_indicate;
    return __lwp_result(error);
}

rt_err_t rt_device_set_tx_complete(
    rt_device_t dev, rt_err_t (*tx_complete)(rt_device_t dev, void *buffer))
{
    int error = may_indicate(dev);

    if (!error)
        dev->tx_complete = tx_complete;
    return __lwp_result(error);
}

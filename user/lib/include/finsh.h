/* finsh.h - where programs look for MSH_CMD_EXPORT (rtthread/export.h). */
#pragma once

#include <rtthread.h>

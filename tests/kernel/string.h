/* string.h - for programs compiled into the kernel: it has these. */
#pragma once

#include "kernel/lib/string.h"

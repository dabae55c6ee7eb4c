/* personality.h - the bits of personality(2) that mean something here. */
#pragma once

#define ADDR_NO_RANDOMIZE   0x0040000

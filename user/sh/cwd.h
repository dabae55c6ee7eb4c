#pragma once

/* Sets PWD to where the shell is, unless the environment's is right. */
void cwd_init(void);

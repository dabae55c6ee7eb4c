#pragma once

struct source;

/* The source of an interactive shell: lines typed at PS1 and PS2. */
void prompt_init_source(struct source *source);

#pragma once

/* Lines typed before, the newest last. */
void history_add(const char *text);
int history_count(void);
/* The i-th, from 0; NULL if there is none. */
const char *history_get(int i);
/* The last one before the i-th that contains the text; -1 if none does. */
int history_search(const char *text, int before);

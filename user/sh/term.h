#pragma once

#include <stdbool.h>

/* Keys that are not one byte. Bytes of UTF-8 come one by one. */
enum key {
    KEY_LEFT = 256,
    KEY_RIGHT,
    KEY_UP,
    KEY_DOWN,
    KEY_HOME,
    KEY_END,
    KEY_DELETE,
    KEY_WORD_LEFT,
    KEY_WORD_RIGHT,
    KEY_WORD_DELETE,
    KEY_WORD_RUBOUT,
    KEY_UNKNOWN,
    KEY_CLOSED,                 /* the terminal is gone */
    KEY_SIGNAL,                 /* a trap wants to unwind */
};

/* CTRL('A') is what Control and A send. */
#define CTRL(letter) ((letter) & 0x1f)
#define KEY_ESCAPE 27
#define KEY_BACKSPACE 127

/* Makes standard input a terminal that sends each key. False if it is none,
 * or TERM is dumb. term_cooked() undoes it; typed-ahead input stays. */
bool term_raw(void);
void term_cooked(void);

/* Waits for a key, with traps run meanwhile. */
int term_read_key(void);

/* The width of the screen; 80 if the terminal does not know. */
int term_columns(void);

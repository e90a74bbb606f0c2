/* Writes JSON to a stream: commas, escapes and indentation. The caller is responsible for matching
 * brackets and keys. */
#ifndef MN_CLI_JSON_H
#define MN_CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct mn_json {
    FILE *file;
    bool indent; /* each item on a line of its own */
    bool html;   /* strings contain no "<", so the text can stand in an element of a page */
    int depth;
    bool first; /* no item at this depth yet */
};

void mn_json_init(struct mn_json *j, FILE *file, bool indent);

/* Is it valid UTF-8? Other bytes are written as U+FFFD. */
bool mn_json_is_text(const char *s);

/* key: NULL inside arrays and at the top level. */
void mn_json_begin(struct mn_json *j, const char *key, char bracket);    /* '{' or '[' */
void mn_json_end(struct mn_json *j, char bracket);                       /* '}' or ']' */
void mn_json_str(struct mn_json *j, const char *key, const char *value); /* NULL: null */
void mn_json_int(struct mn_json *j, const char *key, int64_t value);
void mn_json_bool(struct mn_json *j, const char *key, bool value);

/* Writes the comma and the key alone; the caller writes the value to the file. */
void mn_json_key(struct mn_json *j, const char *key);

/* Fixed notation with this many decimals; null if the value is not finite. */
void mn_json_num(struct mn_json *j, const char *key, double value, int decimals);

#endif

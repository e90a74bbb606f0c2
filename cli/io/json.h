/* Writes JSON to a stream: commas and escapes are its business, meaning is the caller's. */
#ifndef MN_CLI_JSON_H
#define MN_CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct mn_json {
    FILE *file;
    bool indent; /* one item a line */
    int depth;
    bool first; /* nothing written yet at this depth */
};

/* A finite number in fixed notation; never "-0.00". */
void mn_print_fixed(FILE *file, double value, int decimals);

void mn_json_init(struct mn_json *j, FILE *file, bool indent);

/* key NULL inside arrays and at the top. */
void mn_json_begin(struct mn_json *j, const char *key, char bracket);    /* '{' or '[' */
void mn_json_end(struct mn_json *j, char bracket);                       /* '}' or ']' */
void mn_json_str(struct mn_json *j, const char *key, const char *value); /* NULL: null */
void mn_json_int(struct mn_json *j, const char *key, int64_t value);
/* Fixed notation with so many decimals; null when not finite. */
void mn_json_num(struct mn_json *j, const char *key, double value, int decimals);
void mn_json_bool(struct mn_json *j, const char *key, bool value);

#endif

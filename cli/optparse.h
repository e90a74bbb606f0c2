/* A parser for command lines that reads a table of options. It depends on no other file of the
 * program, so that several programs share it: the table names the fields that the values go to.
 *
 *     -x VALUE   -xVALUE   --name VALUE   --name=VALUE   --flag   -- ends the options
 *
 * A row with `bare` takes a value or none.
 *
 * Options and operands may come in any order. The last one of several equal options counts. */
#ifndef MN_CLI_OPTPARSE_H
#define MN_CLI_OPTPARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct mn_opt;

/* Values that an option accepts. */
struct mn_opt_limits {
    const char *kind; /* "flag", "text", "integer", "number", "choice", "list" */
    double min, max;  /* numbers; equal: the option takes no number */
    /* "auto=0 320 480": words with the values that they stand for, or words that stand for
     * themselves; "": none */
    char choices[200];
};

/* How values of one C type are read and written. */
struct mn_opt_type {
    const char *kind;
    bool flag; /* takes no value */
    /* Stores text at the field; text is NULL for a flag. False if the option does not accept it. */
    bool (*parse)(const struct mn_opt *o, void *field, const char *text);
    /* Writes the field as text that parse accepts; "" if nothing is set. */
    void (*print)(const struct mn_opt *o, const void *field, char *buf, size_t size);
    /* NULL: the limits stand in the row. */
    struct mn_opt_limits (*limits)(const struct mn_opt *o);
};

/* A row of the table. Unused members are zero. */
struct mn_opt {
    const char *name;     /* without dashes */
    const char *alias;    /* another name for it, or NULL */
    char letter;          /* or 0 */
    const char *argument; /* name of the value in help; NULL: its choices */
    const char *commands; /* "extract,models list"; NULL: every command */
    const struct mn_opt_type *type;
    size_t offset;       /* of the field in the program's struct */
    double min, max;     /* numbers */
    const char *choices; /* as in mn_opt_limits */
    const char *suggest; /* words that completion offers among the values of a text; or NULL */
    const char *setting; /* for types of the program: the name of a setting */
    const char *bare; /* value if none follows: the next argument counts only if it is accepted */
    const char *initial; /* value of the field before parsing, as text; NULL: zero */
    const char *help;    /* NULL: the option is not documented */
};

/* The types for fields: bool, const char *, int, int64_t, uint64_t, float, double, and for words
 * that stand for an int or an enum. */
extern const struct mn_opt_type mn_opt_flag, mn_opt_text, mn_opt_int, mn_opt_int64, mn_opt_uint64,
    mn_opt_float, mn_opt_double, mn_opt_choice;

/* `.type` and `.offset` of a row; a field of another C type does not compile. */
#define MN_OPT_FIELD(opt_type, program, member, c_type)                                      \
    .type = &(opt_type),                                                                     \
    .offset = offsetof(program, member) + 0 * sizeof(_Generic(((program *)0)->member, c_type \
                                                              : (char)0))

struct mn_optparse {
    const struct mn_opt *table;
    int n;
    const char *command; /* only its rows count; NULL: all */
    const char *program; /* "mien extract", for messages */
    void *fields;        /* the program's struct */
    /* Reports an error and returns its code. */
    int (*fail)(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));
    const struct mn_opt *more; /* a second part of the table, or NULL */
    int num_more;
};

/* Sets the fields of all rows to their initial values. The caller has zeroed the struct. */
void mn_optparse_init(const struct mn_optparse *p);

/* Reads argv[1..argc) and moves the operands to argv[0..*operands). 0, or MIEN_EINVAL after `fail`
 * was called once. Text fields point into argv. */
int mn_optparse(const struct mn_optparse *p, int argc, char **argv, int *operands);

/* Row i of the command, counted without the rows of other commands; NULL past the end. */
const struct mn_opt *mn_optparse_at(const struct mn_optparse *p, int i);

struct mn_opt_limits mn_opt_limits(const struct mn_opt *o);

/* Its words without aliases of other words, separated by `between`; "" if it has none. */
void mn_opt_choices(const struct mn_opt *o, char *buf, size_t size, const char *between);

/* Reads a number in plain decimal notation that lies within the limits. */
bool mn_opt_number(const char *text, bool whole, double min, double max, double *out);

/* The value of a word in a list of choices, and its length; NULL: no such word. */
const char *mn_opt_word(const char *choices, const char *word, int *length);

/* "N", or "csv|jsonl" made from the choices; "" for a flag. */
void mn_opt_argument(const struct mn_opt *o, char *buf, size_t size);

/* The documented options of the command, with their defaults and aliases. */
void mn_optparse_help(const struct mn_optparse *p, FILE *file);

/* Prints words from `column` on, with line breaks before column 98 and lines indented by indent. */
void mn_optparse_wrap(FILE *file, int indent, int column, const char *text);

#endif

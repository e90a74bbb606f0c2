/* Traces of OpenFace's landmark tracker: CSV files whose first columns are words and numbers that
 * identify the line. */
#ifndef MN_TESTS_CLNF_GOLDEN_H
#define MN_TESTS_CLNF_GOLDEN_H

#include "golden.h"

#define CLNF_MODEL "models/openface22/model/main_clnf_general.txt"
#define CLNF_KEYS 8

struct clnf_trace {
    FILE *file;
    char *line;
    size_t size;
    char *cell[CLNF_KEYS]; /* of the current line */
    double *value;         /* the numbers behind the keys */
    int keys, num_values, room;
};

/* keys: number of columns in front of the numbers. */
static inline void clnf_trace_open(struct clnf_trace *t, int frame, const char *kind, int keys)
{
    char name[64], path[GOLDEN_PATH];
    *t = (struct clnf_trace){.keys = keys};
    snprintf(name, sizeof(name), "golden/clnf/frame_%04d_%s.csv", frame, kind);
    REQUIRE(golden_path(path, name));
    t->file = fopen(path, "r");
    REQUIRE(t->file);
    REQUIRE(getline(&t->line, &t->size, t->file) > 0);
}

static inline void clnf_trace_close(struct clnf_trace *t)
{
    fclose(t->file);
    free(t->line);
    free(t->value);
}

static inline bool clnf_trace_next(struct clnf_trace *t)
{
    if (getline(&t->line, &t->size, t->file) <= 0)
        return false;
    t->num_values = 0;
    char *p = t->line;
    for (int i = 0; p; i++) {
        char *comma = strchr(p, ',');
        if (comma)
            *comma = 0;
        if (i < t->keys) {
            t->cell[i] = p;
        } else if (*p && *p != '\n' && *p != '\r') {
            if (t->num_values == t->room) {
                t->room = 2 * t->room + 64;
                t->value = realloc(t->value, (size_t)t->room * sizeof(*t->value));
            }
            t->value[t->num_values++] = atof(p);
        }
        p = comma ? comma + 1 : NULL;
    }
    return true;
}

/* Reads on to the line whose keys begin with these, separated by blanks; "*" matches any. The test
 * ends if there is none. */
static inline void clnf_trace_find(struct clnf_trace *t, const char *wanted)
{
    while (clnf_trace_next(t)) {
        char copy[128], *save = NULL;
        snprintf(copy, sizeof(copy), "%s", wanted);
        bool same = true;
        char *word = strtok_r(copy, " ", &save);
        for (int i = 0; word && i < t->keys; i++, word = strtok_r(NULL, " ", &save))
            same = same && (!strcmp(word, "*") || !strcmp(word, t->cell[i]));
        if (same)
            return;
    }
    printf("no line %s\n", wanted);
    exit(1);
}

#endif

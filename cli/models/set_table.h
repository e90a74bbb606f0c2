/* Sets of model files that belong together and come from the same origin under one licence. A set
 * is a table; its parts can be fetched, verified and removed one by one. Adding a set is adding a
 * table and a row in model_set.c. */
#ifndef MN_CLI_SET_TABLE_H
#define MN_CLI_SET_TABLE_H

#include <stdbool.h>
#include <stdint.h>

struct mn_model_set_part {
    const char *name;  /* "au": the part is called SET-au, as the entry of the registry */
    const char *about; /* what it is for */
    const char *base;  /* address; the path of a file follows it */
    bool optional;     /* the set is complete without it */
};

#define MN_MODEL_SET_ADDRESSES 2

struct mn_model_set_file {
    const char *path;   /* below the folder of the set */
    const char *sha256; /* 64 lower-case hex digits */
    int64_t size;       /* bytes */
    int part;
    const char *url[MN_MODEL_SET_ADDRESSES]; /* tried in this order; none: base and path */
};

struct mn_model_set {
    const char *name;
    const char *folder;      /* below the models folder */
    const char *terms;       /* of the licence, one sentence without a full stop */
    const char *licence_url; /* where all of the licence is */
    const struct mn_model_set_part *parts;
    int num_parts; /* at most MN_MODEL_SET_PARTS */
    const struct mn_model_set_file *files;
    int num_files;
};

#define MN_MODEL_SET_PARTS 8

#endif

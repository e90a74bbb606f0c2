/* What the name of a source refers to. */
#ifndef MN_CLI_SOURCE_KIND_H
#define MN_CLI_SOURCE_KIND_H

#include <stdbool.h>

enum mn_source_kind {
    MN_KIND_FILE,     /* a file, a pipe, or "-" for standard input */
    MN_KIND_SEQUENCE, /* numbered pictures: dir/%04d.jpg */
    MN_KIND_URL,      /* protocol://... */
    MN_KIND_GRAPH,    /* lavfi:..., a filter graph of FFmpeg */
    MN_KIND_CAMERA,   /* a number, or a device such as /dev/video0 */
    MN_NUM_KINDS
};

/* remote: URLs are allowed. Reports what is wrong with a name that cannot be opened, for instance a
 * file that is missing, empty or not readable: MIEN_ENOINPUT, MIEN_EISDIR, MIEN_EEMPTY. */
int mn_kind_of(const char *name, bool remote, enum mn_source_kind *kind);

/* Pictures of such a source are lost when they are not taken in time. */
bool mn_kind_is_live(enum mn_source_kind kind, const char *name);

/* Has it a number to be filled in, such as %d or %04d? */
bool mn_kind_is_pattern(const char *name);

bool mn_kind_is_number(const char *name);

#endif

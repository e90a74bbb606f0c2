/* What the sinks that write lines of text have in common. */
#ifndef MN_CLI_ROWS_H
#define MN_CLI_ROWS_H

#include "io/atomic_file.h"
#include "sink/sink.h"

struct mn_rows_sink {
    struct mn_sink base;
    struct mn_atomic_file out;
    struct mn_layout layout;
};

/* mn_sink_info.open for the sink `info`. */
int mn_rows_open(const struct mn_sink_info *info, struct mn_sink **out, const char *path,
                 bool force);

/* Tables: writes a row for each face, and one with face NULL for a frame without a face; then
 * flushes if that is due. */
typedef void mn_row_fn(struct mn_rows_sink *s, const mien_frame *f, const mien_face *face);
int mn_rows_frame(struct mn_rows_sink *s, const struct mn_result *r, mn_row_fn *row);

/* After the lines of a frame: flushes them if they are due. */
int mn_rows_written(struct mn_rows_sink *s, const mien_frame *f);

/* mn_sink_info.finish. */
int mn_rows_finish(struct mn_sink *s, bool complete);

/* The context of the function that revises a line. */
struct mn_rows_revision {
    struct mn_rows_sink *sink;
    mn_final_au_fn *final;
    void *ctx;
    int keep; /* csv: columns before the revised ones, which are the last */
};

#endif

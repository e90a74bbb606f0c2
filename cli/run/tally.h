/* The outcome of a run, counted frame by frame. */
#ifndef MN_CLI_TALLY_H
#define MN_CLI_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "run/inflight_limit.h"
#include "report/monitor.h"
#include "sink/result.h"
#include "sink/sink.h"

#define MN_QUARANTINED_NAMED 100

struct mn_tally {
    int64_t frames, rows, faces, frames_with_face; /* delivered to the sinks */
    int64_t before_start;                          /* decoded, but earlier than the start time */
    int64_t passed_over;                           /* by the frame skip */
    int64_t quarantined; /* frames that crashed worker processes again and again */
    int64_t quarantined_frame[MN_QUARANTINED_NAMED]; /* numbers of the first of them, from 1 */
    int people, room;                                /* distinct ids */
    int32_t *id;                                     /* ascending */
    double seconds;                                  /* from the first read to the last row */
    double first_row;                                /* from the first read to the first row */
    bool stopped_early;           /* the source has more frames, but they were not requested */
    struct mn_hist decode, sinks; /* seconds per frame; sinks: none without sinks */

    /* of `mien run` */
    struct mn_monitor *monitor;     /* the caller's; NULL: rates and latencies are not measured */
    struct mn_inflight_limit limit; /* of a live source; zero for others */
    bool sends, shows;              /* is there a sink that counts objects, is there a window? */
    struct mn_sink_counts objects;  /* of that sink */
    struct mn_rate shown;           /* pictures in the window */
};

/* Counts one result: its frame, faces and people. MIEN_ENOMEM. */
int mn_tally_add(struct mn_tally *t, const struct mn_result *r);

/* Reads the counts of the sinks, which must still be open. */
void mn_tally_sinks(struct mn_tally *t, struct mn_sink *const *sink, int n);

/* Frees what the tally owns. */
void mn_tally_finish(struct mn_tally *t);

#endif

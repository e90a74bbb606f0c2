/* Reads a result once and keeps what a report shows: counts, people, gaps, blinks, and all measures
 * over time.
 *
 * Time is cut into bins of `step` frames. The step begins at 1 and doubles when there are too many
 * bins or cells (a cell: one person in one bin), so memory and the size of a report do not depend
 * on the length of the result. Statistics are exact: they come from the rows, not from the bins. */
#ifndef MN_CLI_GATHER_H
#define MN_CLI_GATHER_H

#include <stdbool.h>
#include <stdint.h>

#include "events/events.h"
#include "page/ids.h"
#include "page/person.h"
#include "page/quality.h"
#include "table/measures.h"

enum {
    MN_GATHER_BINS = 90000,   /* most bins, and most cells of all people */
    MN_GATHER_PEOPLE = 65536, /* most people of a result */
    MN_GATHER_GAPS = 10,      /* the longest gaps are kept */
};

struct mn_bin {
    double time;      /* of its first frame, seconds */
    int64_t frame;    /* number of its first frame */
    uint32_t frames;  /* in the file */
    uint32_t faces;   /* rows with success in all of them */
    uint32_t without; /* frames without a face */
};

struct mn_gap {
    double from, to; /* seconds */
};

struct mn_gather {
    bool series; /* keep bins; otherwise statistics only */
    bool has[MN_MEASURES];

    int64_t rows, frames, missing; /* missing: frame numbers that have no row */
    int64_t with_face, faces;      /* frames; rows with success */
    int64_t untrusted;             /* rows of a face with success 0 */
    int64_t preliminary;           /* rows with au_final 0 */
    int64_t outside[MN_QUALITY_LIMITS], judged[MN_QUALITY_LIMITS]; /* rows: beyond, and all */
    int seen;           /* people with a row with success */
    int most_faces;     /* in one frame */
    double first, last; /* seconds */

    struct mn_gap gap[MN_GATHER_GAPS]; /* the longest first */
    int64_t gaps;
    double gap_seconds;

    int64_t step;
    struct mn_bin *bin;
    int bins, bin_room;
    int64_t cells;

    struct mn_person *person; /* in the order in which they appeared */
    int people, room;         /* also those without a trusted row */
    int32_t *index;           /* hash table of their numbers + 1 */

    struct mn_ids ids;
    struct mn_lids *lids; /* AU45 by the distance of the lids, if the result has no AU45; or NULL */
    struct mn_events *eyes;
    const struct mn_event *event; /* blinks and closed eyes, after the end; owned by `eyes` */
    int64_t events;

    /* the frame being read */
    int64_t frame; /* its number; -1: none yet */
    double frame_time, gap_from;
    int in_frame;
    bool in_gap;
};

/* Reads the result. 0 or a reported code. The caller calls mn_gather_free in any case. */
int mn_gather_read(struct mn_gather *g, const char *result, const struct mn_event_rules *rules,
                   bool series);
void mn_gather_free(struct mn_gather *g);

#endif

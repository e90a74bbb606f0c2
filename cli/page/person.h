/* One person of a result: statistics of every measure, and means over time in bins. */
#ifndef MN_CLI_PERSON_H
#define MN_CLI_PERSON_H

#include <stdint.h>

#include "table/measures.h"

struct mn_stat {
    int64_t n, active; /* active: at or above 1, the intensity at which an event begins */
    double sum, squares, smallest, largest;
};

/* The rows of a person in one bin of the timeline. A measure that no row has: n is 0. */
struct mn_cell {
    int32_t bin;
    uint32_t n[MN_MEASURES];
    float sum[MN_MEASURES];
};

struct mn_person {
    int id;
    int64_t frames;     /* rows with success */
    int64_t rows;       /* all */
    double first, last; /* seconds */
    int64_t last_frame; /* ordinal, see gather.h */
    int64_t sightings;  /* runs of frames in which the person was seen */
    double box[4];      /* x, y, width, height in last_frame */
    bool recent;        /* in the list of mn_ids */
    struct mn_stat of[MN_MEASURES];
    struct mn_cell *cell; /* by bin */
    int n, room;
};

void mn_stat_add(struct mn_stat *s, double value);
double mn_stat_mean(const struct mn_stat *s);      /* NAN: no value */
double mn_stat_deviation(const struct mn_stat *s); /* standard deviation, NAN: no value */
double mn_stat_share(const struct mn_stat *s);     /* of the active rows, 0 to 1, NAN: no value */

/* Adds a trusted row of the frame with that ordinal, which is in `bin`. MIEN_ENOMEM, not reported.
 * bin -1: statistics only. */
int mn_person_add(struct mn_person *p, const struct mn_observation *o, int64_t frame, int32_t bin);

/* Joins pairs of bins: 2 * i and 2 * i + 1 become i. */
void mn_person_halve(struct mn_person *p);

/* The mean of a measure in a cell; NAN: none. */
double mn_cell_mean(const struct mn_cell *c, int measure);

#endif

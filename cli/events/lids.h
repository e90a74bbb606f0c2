/* AU45 (closure of the eyes) from the distance of the lids, calibrated for each person with the
 * whole result in frame order: the same for every executor, and for any source of landmarks.
 *
 * A lid distance d becomes 5 (1 - d / open) / 0.8, from 0 to 5. open: the mean of two medians, over
 * the whole result and over the two seconds before and after. So an eye that is as open as usual
 * has 0, and one that is open by a fifth of that has 5. */
#ifndef MN_CLI_LIDS_H
#define MN_CLI_LIDS_H

#include <stdbool.h>
#include <stdint.h>

struct mn_lids;

/* Reads the column eye_opening of a result. *out is NULL if the result has none. 0 or an error,
 * reported. */
int mn_lids_open(struct mn_lids **out, const char *result);
void mn_lids_close(struct mn_lids **l);

/* AU45 of a row, counted from 0 as they are read; NAN: not measured. */
double mn_lids_value(const struct mn_lids *l, int64_t row);

#endif

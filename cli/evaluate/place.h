/* Where a face is in the picture: finds the same face in two results whose persons have other
 * numbers. */
#ifndef MN_CLI_PLACE_H
#define MN_CLI_PLACE_H

#include <stdbool.h>

#include "evaluate/frame_rows.h"

struct mn_place {
    int column[4]; /* x and y of two points of the face; -1: the result has none */
    bool box;      /* they are corner and size instead */
};

/* The outer corners of the eyes, else the box. False: the result has neither. */
bool mn_place_find(struct mn_place *p, struct mn_reader *r);

/* The face of b that is in the same place as face i of a, and whose nearest face that is; nearer
 * than the distance of the points. -1: there is none. */
int mn_place_partner(const struct mn_frame_rows *a, const struct mn_place *place_a, int i,
                     const struct mn_frame_rows *b, const struct mn_place *place_b);

#endif

/* How far open the eyes are, from the landmarks of their lids. Of both eyes, [0] at image left. */
#ifndef MN_FACE_LIDS_H
#define MN_FACE_LIDS_H

#include <mien/mien.h>

/* Height over width of each eye, from six points: lids (1, 5) and (2, 4) of 0 to 5 in iBUG's order.
 * An eye without width has 0. */
void mn_lids_of_68(const float landmark[MIEN_FACE_LANDMARKS][2], float ratio[2]);

/* The same from eight points: lids (1, 7), (2, 6) and (3, 5) of 0 to 7 in WFLW's order. */
void mn_lids_of_98(const float landmark[MIEN_WFLW_LANDMARKS][2], float ratio[2]);

/* Distance of the lids, mean of both eyes, in millimetres, from landmarks in space: all x, then all
 * y, then all z. Unlike the ratio, it does not change when the head turns. */
float mn_lids_opening(const float mm[3 * MIEN_FACE_LANDMARKS]);

#endif

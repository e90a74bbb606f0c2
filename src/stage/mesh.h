/* The arithmetic of MediaPipe's face mesh around its network: where it looks, and what its points
 * mean. Pictures in pixels from the top left corner; points as in mn_face_work.mesh, from the
 * centre of the first pixel. */
#ifndef MN_STAGE_MESH_H
#define MN_STAGE_MESH_H

#include <mien/mien.h>
#include <stdbool.h>

#include "image/box.h"

#define MN_MESH_SIDE 192 /* pixels of the network's input */

/* Where to look for the face of a box and its five points. false: they give no usable square. */
bool mn_mesh_square_of_box(const float box[4], const float (*five)[2], struct mn_square *out);

/* Where to look again for a face whose points are known, in this frame or the next. false: the
 * points are no face. */
bool mn_mesh_square_of_points(const float (*mesh)[3], struct mn_square *out);

/* Do both look at a face in about the same way, so that looking again gains nothing? */
bool mn_mesh_same_place(const struct mn_square *a, const struct mn_square *b);

/* How far the five points of a detector are from those of the mesh: mean distance of both eyes, tip
 * of the nose and centre of the mouth, in sides of its square. */
float mn_mesh_apart(const float (*mesh)[3], const struct mn_square *square, const float (*five)[2]);

/* Is this a face whose points can be trusted? 0..1, trusted above 0.5. By the flag of the mesh, how
 * far the points are from those of the detector (mn_mesh_apart), the detector's score, and how far
 * the head is turned aside, because the first three are lower there. */
float mn_mesh_trust(const float (*mesh)[3], float flag, float apart, float score);

/* Log odds, finite. */
float mn_mesh_logit(float p);

/* The network's points of this square, 3 * MIEN_MESH_POINTS numbers in pixels of its input, in the
 * picture. false: they are not finite. */
bool mn_mesh_place(const float *points, const struct mn_square *square, float (*mesh)[3]);

/* The box of a face whose points are known, as RetinaFace draws it; only what lies in a picture of
 * this size. false: nothing does. */
bool mn_mesh_box(const float (*mesh)[3], int width, int height, float box[4]);

/* The 68 landmarks: most are points of the mesh; those of the brows lie between its two rows, those
 * of the jaw at equal steps along its outline. */
void mn_mesh_landmarks(const float (*mesh)[3], float (*landmark)[2]);

#endif

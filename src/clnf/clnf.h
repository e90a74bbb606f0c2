/* The landmark tracker of OpenFace 2.2 (CLNF): 68 points found by local detectors ("experts", one
 * for each point and view) that vote on where their point is, under a model of what faces look
 * like. Experts of the inner face and of both eyes then sharpen the points; a small network says
 * whether the result is a face at all.
 *
 * Method: Baltrusaitis, Robinson, Morency, "Constrained local neural fields for robust facial
 * landmark detection in the wild", ICCV workshops 2013, with the original's constants. Its numbers
 * are reached to its own rounding, not bit by bit.
 *
 * Every function here is a function of the picture and its arguments alone: any worker may fit any
 * frame in any order and the result is the same. What remembers frames is in clnf/tracker.h. */
#ifndef MN_CLNF_CLNF_H
#define MN_CLNF_CLNF_H

#include <mien/mien.h>
#include <stdbool.h>

#include "base/log.h"
#include "clnf/kernels.h"
#include "face/pdm.h"

#define MN_CLNF_POINTS 68
#define MN_CLNF_EYE_POINTS 28

/* Threads share it. 7 MB, up to 20 as heads turn to more views (clnf/smoothing.h). */
struct mn_clnf;

/* path: the main control file, main_clnf_general.txt; everything it names lies below its folder.
 * 0, or MIEN_ENOMODEL, MIEN_EBADMODEL (logged with file and byte), MIEN_ENOMEM; *out is NULL
 * then. */
int mn_clnf_open(struct mn_clnf **out, const char *path, struct mn_log *log);

/* The shape models alone, for who measures what others have fitted: mn_clnf_face, mn_clnf_eye, and
 * no mn_clnf_worker_open. */
int mn_clnf_open_shapes(struct mn_clnf **out, const char *path, struct mn_log *log);
void mn_clnf_close(struct mn_clnf **clnf);

/* The face's shape model: what mn_clnf_result.fit belongs to. Eyes: 0 at image left, 1 at
 * image right, for mn_clnf_result.eye. Owned by clnf. */
const struct mn_pdm *mn_clnf_face(const struct mn_clnf *clnf);
const struct mn_pdm *mn_clnf_eye(const struct mn_clnf *clnf, int eye);

struct mn_clnf_result {
    float landmarks[2 * MN_CLNF_POINTS]; /* pixels: 68 x, then 68 y */
    struct mn_pdm_fit fit; /* the shape whose projection they are; start of the next frame */
    float likelihood; /* mean logarithm; greater is better; of the 68 points before the parts */
    float confidence; /* of the validator, 0 .. 1; 0 when the fit failed */
    bool success;     /* the fit did not fail and the validator takes it for a face */
    bool has_parts;   /* the face was large enough for inner face and eyes */
    struct mn_pdm_fit eye[2];                       /* at image left, right */
    float eye_landmarks[2][2 * MN_CLNF_EYE_POINTS]; /* 28 x, then 28 y */
};

/* Scratch of one thread, about 1 MB and one byte for each pixel of the largest picture seen. The
 * model must outlive it. Kernels NULL: the fastest. */
struct mn_clnf_worker;

int mn_clnf_worker_open(struct mn_clnf_worker **out, const struct mn_clnf *clnf,
                        const struct mn_clnf_kernels *kernels,
                        const struct mn_face_kernels *face_kernels);
void mn_clnf_worker_close(struct mn_clnf_worker **w);

/* From here on less exactly the original's numbers, for those who do not follow it from frame to
 * frame: grey is luma where the picture has it, and steps end when points move by less than a
 * fiftieth of a pixel on average. A third of the time. */
void mn_clnf_worker_quick(struct mn_clnf_worker *w);

/* The picture that the following fits look at. It must stay until they are done; only what they
 * look at is converted to grey. 0 or MIEN_ENOMEM (the first picture, or a larger one). */
int mn_clnf_set_picture(struct mn_clnf_worker *w, const mien_picture *pic);

/* How far the first search reaches. */
enum mn_clnf_reach {
    MN_CLNF_FAR,  /* scales 0.25, 0.35, 0.5 */
    MN_CLNF_NEAR, /* scales 0.35 and 0.5: the face was here in the frame before */
};

/* From the shape of an earlier frame: only scale, rotation, translation and local parameters of
 * start are read. 0, or MIEN_EINVAL when start or what came of it is not finite; a fit that went
 * wrong otherwise returns 0 and success false. */
int mn_clnf_track(struct mn_clnf_worker *w, const struct mn_pdm_fit *start,
                  enum mn_clnf_reach reach, struct mn_clnf_result *out);

/* From 68 points of another detector (68 x, then 68 y). Better than those where success says so.
 * 0, or MIEN_EINVAL when they are no face. */
int mn_clnf_refine(struct mn_clnf_worker *w, const float landmarks[2 * MN_CLNF_POINTS],
                   struct mn_clnf_result *out);

/* From a box (x, y, width, height; outline left to right, brows to chin): eleven head poses are
 * tried, the likeliest wins. 0, or MIEN_EINVAL when it is no box. */
int mn_clnf_detect(struct mn_clnf_worker *w, const float box[4], struct mn_clnf_result *out);

#endif

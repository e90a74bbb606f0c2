/* The landmark tracker of OpenFace 2.2, with either of its models: constrained local neural fields
 * (CLNF), or convolutional experts (CE-CLM), its default. For each of the 68 landmarks and each
 * view, a local detector ("expert") computes where in its neighbourhood the landmark is likely to
 * be. A statistical model of the face's shape combines these votes. Experts of both eyes (CLNF: and
 * of the inner face) then refine the landmarks, and a small network (the validator) decides whether
 * the result is a face.
 *
 * Method: Baltrusaitis, Robinson, Morency, "Constrained local neural fields for robust facial
 * landmark detection in the wild", ICCV workshops 2013; Zadeh, Baltrusaitis, Morency,
 * "Convolutional experts constrained local model for facial landmark detection", CVPR workshops
 * 2017; with the original's constants. Results equal the original's up to its own rounding, not bit
 * by bit.
 *
 * The result of every function here depends on the picture and the arguments only. So any worker
 * may fit any frame in any order. State that lasts from frame to frame is in clnf/tracker.h.
 *
 * Loading is in model.c, fitting in fit.c. */
#ifndef MN_CLNF_CLNF_H
#define MN_CLNF_CLNF_H

#include <mien/mien.h>
#include <stdbool.h>

#include "base/log.h"
#include "base/team.h"
#include "clnf/kernels.h"
#include "face/pdm.h"

#define MN_CLNF_POINTS 68
#define MN_CLNF_EYE_POINTS 28

/* Threads may share it. 7 MB, growing up to 20 MB as heads turn to more views (clnf/smoothing.h).
 */
struct mn_clnf;

/* path: the main control file, main_clnf_general.txt or main_ceclm_general.txt. Every file that it
 * names must lie below its folder. 0, or MIEN_ENOMODEL, MIEN_EBADMODEL (logged with file and byte)
 * or MIEN_ENOMEM; *out is NULL then. */
int mn_clnf_open(struct mn_clnf **out, const char *path, struct mn_log *log);

/* The same with OpenFace's parameters for faces in the wild. MIEN_EBADMODEL if it is CLNF. */
int mn_clnf_open_wild(struct mn_clnf **out, const char *path, struct mn_log *log);

/* Loads the shape models alone, for measuring fits that another process made. Such a model serves
 * mn_clnf_face and mn_clnf_eye, but not mn_clnf_worker_open. */
int mn_clnf_open_shapes(struct mn_clnf **out, const char *path, struct mn_log *log);
void mn_clnf_close(struct mn_clnf **clnf);

/* "CLNF" or "CE-CLM". */
const char *mn_clnf_kind(const struct mn_clnf *clnf);

/* The shape models: the face's, for mn_clnf_result.fit, and an eye's (0 at image left, 1 at image
 * right), for mn_clnf_result.eye. Owned by clnf. */
const struct mn_pdm *mn_clnf_face(const struct mn_clnf *clnf);
const struct mn_pdm *mn_clnf_eye(const struct mn_clnf *clnf, int eye);

struct mn_clnf_result {
    float landmarks[2 * MN_CLNF_POINTS]; /* pixels: 68 x, then 68 y */
    struct mn_pdm_fit
        fit;          /* the shape whose projection the landmarks are; start of the next frame */
    float likelihood; /* mean logarithm over the 68 landmarks, before parts are fitted; greater is
                         better */
    float confidence; /* of the validator, 0 .. 1; 0 if the fit failed */
    bool success;     /* the fit did not fail and the validator takes it for a face; in a detection
                         by CE-CLM that no pose ended early, this and confidence belong to the last
                         fit that was tried, as in the original */
    bool good;        /* the same of this fit itself: it decides how far the next search reaches */
    bool has_parts;   /* the face was large enough to fit its parts */
    struct mn_pdm_fit eye[2];                       /* at image left, at image right */
    float eye_landmarks[2][2 * MN_CLNF_EYE_POINTS]; /* 28 x, then 28 y */
};

/* Scratch memory for one thread: about 1 MB (and 1 MB for each member of a team, with CE-CLM) and
 * one byte for each pixel of the largest picture seen. The model must outlive it. Kernels that are
 * NULL: the fastest ones. */
struct mn_clnf_worker;

int mn_clnf_worker_open(struct mn_clnf_worker **out, const struct mn_clnf *clnf,
                        const struct mn_clnf_kernels *kernels,
                        const struct mn_face_kernels *face_kernels);
void mn_clnf_worker_close(struct mn_clnf_worker **w);

/* From here on, threads of the team run networks of a fit (CE-CLM). Results do not depend on it.
 * One thread at a time may fit with a worker of the team. NULL: no team. 0 or MIEN_ENOMEM. */
int mn_clnf_worker_share(struct mn_clnf_worker *w, struct mn_team *team);

/* From here on, faster but less exact: a third of the time. For fits whose numbers need not follow
 * the original's from frame to frame. Grey is luma where the picture has it, and the iteration
 * stops when landmarks move by less than 1/50 pixel on average. */
void mn_clnf_worker_quick(struct mn_clnf_worker *w);

/* Sets the picture for the following fits. It must stay valid until they are done. Only the parts
 * that a fit reads are converted to grey. 0 or MIEN_ENOMEM (possible with the first picture and
 * with a larger one). */
int mn_clnf_set_picture(struct mn_clnf_worker *w, const mien_picture *pic);

/* How far the first search reaches. */
enum mn_clnf_reach {
    MN_CLNF_FAR,  /* all scales */
    MN_CLNF_NEAR, /* scales 0.35 and 0.5: the face was here one frame ago */
};

/* Fits from the shape of an earlier frame; reads only scale, rotation, translation and local
 * parameters of start. 0, or MIEN_EINVAL if start or the result is not finite. A fit that fails in
 * another way returns 0 with success false. */
int mn_clnf_track(struct mn_clnf_worker *w, const struct mn_pdm_fit *start,
                  enum mn_clnf_reach reach, struct mn_clnf_result *out);

/* Fits from the 68 landmarks of another detector (68 x, then 68 y). The result is better than those
 * where success is true. 0, or MIEN_EINVAL if they are not a face. */
int mn_clnf_refine(struct mn_clnf_worker *w, const float landmarks[2 * MN_CLNF_POINTS],
                   struct mn_clnf_result *out);

/* Fits from a box (x, y, width, height) around the outline of the face from left to right and from
 * brows to chin. Tries the first `poses` of MN_CLNF_POSES head poses, of which the first is
 * frontal, and keeps the likeliest. 0, or MIEN_EINVAL if it is not a box. */
#define MN_CLNF_POSES 11
int mn_clnf_detect(struct mn_clnf_worker *w, const float box[4], int poses,
                   struct mn_clnf_result *out);

/* For tests: shows each fit of a detection by CE-CLM. order: -1 for the first scale, whose
 * likelihood is the one compared with the cut-off; 0 .. 2 for completed fits. */
typedef void mn_clnf_watch_fn(void *ctx, int pose, int order, bool ended_early, double likelihood);
void mn_clnf_watch(struct mn_clnf_worker *w, mn_clnf_watch_fn *watch, void *ctx);

#endif

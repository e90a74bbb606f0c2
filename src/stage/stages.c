#include "stage/stage.h"

#include <assert.h>

/* The detector runs on key frames; interpolate gives the frames between two key frames their boxes,
 * or marks them for the detector when the key frames do not agree, hence the second detect. The
 * third one is for interpolated boxes in which the landmarks look wrong. With the refiner,
 * landmarks are first found in every few frames, the anchors. */
const struct mn_stage *const mn_stages[] = {
    &mn_stage_detect,           /* picture -> face boxes, on key frames       any order */
    &mn_stage_interpolate,      /* boxes of the frames between                in order  */
    &mn_stage_detect,           /* frames that could not be interpolated      any order */
    &mn_stage_track,            /* boxes -> persons                           in order  */
    &mn_stage_track_boxes,      /* boxes -> 68 landmarks, OpenFace's tracker  in order  */
    &mn_stage_track_people,     /* picture -> persons with 68 landmarks       in order  */
    &mn_stage_landmarks,        /* face crop -> 68 landmarks                  any order */
    &mn_stage_refine,           /* landmarks -> better ones, of anchors       any order */
    &mn_stage_landmark_interp,  /* starts between two anchors                 in order  */
    &mn_stage_landmarks,        /* faces that only one anchor shows           any order */
    &mn_stage_refine,           /* landmarks -> better ones                   any order */
    &mn_stage_verify_landmarks, /* do they fit a box that was not detected?   any order */
    &mn_stage_detect,           /* if not, the detector runs once more        any order */
    &mn_stage_readopt,          /* and its box replaces the interpolated one  any order */
    &mn_stage_landmarks,        /* new boxes -> 68 landmarks                  any order */
    &mn_stage_refine,           /* landmarks -> better ones                   any order */
    &mn_stage_gaze,             /* face crop -> gaze direction                any order */
    &mn_stage_shape,            /* landmarks -> shape, pose, features of AUs  any order */
    &mn_stage_smooth,           /* gaze over time                             in order  */
    &mn_stage_au,               /* features over time -> action units         in order  */
    NULL,
};

static_assert(sizeof(mn_stages) / sizeof(mn_stages[0]) - 1 <= MN_MAX_LEGS,
              "more stages than bits in mn_frame.ran: widen it, mn_wire_slot.ran and calls");

const struct mn_role_info *const mn_roles[MN_NUM_ROLES] = {
    [MN_ROLE_DETECTOR] = &mn_role_detector,
    [MN_ROLE_GAZE] = &mn_role_gaze,
    [MN_ROLE_LANDMARKS] = &mn_role_landmarks,
};

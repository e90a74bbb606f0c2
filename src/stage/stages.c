#include "stage/stage.h"

/* The detector looks at key frames; interpolate gives the frames between two key frames their
 * boxes, or marks them for the detector when the key frames do not agree, hence its second turn. A
 * third one is for boxes between in which the landmarks look wrong. Landmarks are first found in
 * every few frames, the anchors. */
const struct mn_stage *const mn_stages[] = {
    &mn_stage_detect,      /* picture -> face boxes, on key frames       any order */
    &mn_stage_interpolate, /* boxes of the frames between                in order  */
    &mn_stage_detect,      /* frames that could not be interpolated      any order */
    &mn_stage_track,       /* boxes -> persons                           in order  */
    &mn_stage_clnf,        /* boxes (or picture) -> 68 points            in order  */
    &mn_stage_landmarks,   /* face crop -> 68 points                     any order */
    &mn_stage_refine,      /* points -> sharper points, of anchors       any order */
    &mn_stage_bridge,      /* where to begin between two anchors         in order  */
    &mn_stage_landmarks,   /* faces that only one of them has            any order */
    &mn_stage_refine,      /* points -> sharper points                   any order */
    &mn_stage_doubt,       /* do they look wrong in a guessed box?       any order */
    &mn_stage_detect,      /* then the detector looks once more          any order */
    &mn_stage_adopt,       /* and its box replaces the guess             any order */
    &mn_stage_landmarks,   /* new boxes -> 68 points                     any order */
    &mn_stage_refine,      /* points -> sharper points                   any order */
    &mn_stage_gaze,        /* face crop -> gaze direction                any order */
    &mn_stage_shape,       /* points -> shape, pose, features of AUs     any order */
    &mn_stage_smooth,      /* gaze over time                             in order  */
    &mn_stage_au,          /* features over time -> action units         in order  */
    NULL,
};

const struct mn_span_info mn_span_info[MN_NUM_SPANS] = {
    [MN_SPAN_DETECT_PREPARE] = {"detect.prepare", 0},
    [MN_SPAN_DETECT_NETWORK] = {"detect.network", 1},
    [MN_SPAN_DETECT_DECODE] = {"detect.decode", 0},
    [MN_SPAN_INTERPOLATE] = {"interpolate", 0},
    [MN_SPAN_TRACK] = {"track", 0},
    [MN_SPAN_GAZE_PREPARE] = {"gaze.prepare", 0},
    [MN_SPAN_GAZE_NETWORK] = {"gaze.network", 1},
    [MN_SPAN_GAZE_DECODE] = {"gaze.decode", 0},
    [MN_SPAN_SMOOTH] = {"smooth", 0},
    [MN_SPAN_LANDMARKS_PREPARE] = {"landmarks.prepare", 0},
    [MN_SPAN_LANDMARKS_NETWORK] = {"landmarks.network", 1},
    [MN_SPAN_LANDMARKS_DECODE] = {"landmarks.decode", 0},
    [MN_SPAN_REFINE] = {"refine", 0},
    [MN_SPAN_CLNF] = {"clnf", 0},
    [MN_SPAN_MTCNN] = {"detect.mtcnn", 0},
    [MN_SPAN_SHAPE] = {"shape", 0},
    [MN_SPAN_AU] = {"au", 0},
};

const struct mn_role_info mn_roles[MN_NUM_ROLES] = {
    [MN_ROLE_DETECTOR] = {.name = "detector", .stage = &mn_stage_detect},
    [MN_ROLE_GAZE] = {.name = "gaze", .stage = &mn_stage_gaze},
    [MN_ROLE_LANDMARKS] = {.name = "landmarks", .stage = &mn_stage_landmarks},
};

/* The two lists that a new stage joins: a row in MN_FLOW, and a row in MN_ROLES if it runs a
 * network of its own. Its file defines mn_stage_NAME, and mn_role_NAME for the network
 * (stage/stage.h). */
#ifndef MN_STAGE_FLOW_H
#define MN_STAGE_FLOW_H

/* The detector runs on key frames; interpolate gives the frames between two key frames their boxes,
 * or marks them for the detector when the key frames do not agree, hence the second detect. The
 * third one is for interpolated boxes in which the landmarks look wrong. The face mesh looks at
 * what the detector found, and then at each face.With the refiner, landmarks are first found in
 * every few frames, the anchors.
 *
 * The flow of data, top to bottom. A stage may stand in it several times and then shares its state.
 * What it turns into what, and whether it takes frames in any order or in order: */
/* clang-format off */
#define MN_FLOW(X) \
    X(detect)           /* picture -> face boxes, on key frames       any order */ \
    X(mesh)             /* are these faces, and where exactly?        any order */ \
    X(interpolate)      /* boxes of the frames between                in order  */ \
    X(detect)           /* frames that could not be interpolated      any order */ \
    X(mesh)             /* likewise                                   any order */ \
    X(track)            /* boxes -> persons                           in order  */ \
    X(track_boxes)      /* boxes -> 68 landmarks, OpenFace's tracker  in order  */ \
    X(track_people)     /* picture -> persons with 68 landmarks       in order  */ \
    X(mesh)             /* turned square -> 468 points in space       any order */ \
    X(landmarks)        /* face crop -> 68 landmarks                  any order */ \
    X(refine)           /* landmarks -> better ones, of anchors       any order */ \
    X(landmark_interp)  /* starts between two anchors                 in order  */ \
    X(landmarks)        /* faces that only one anchor shows           any order */ \
    X(refine)           /* landmarks -> better ones                   any order */ \
    X(verify_landmarks) /* do they fit a box that was not detected?   any order */ \
    X(detect)           /* if not, the detector runs once more        any order */ \
    X(mesh)             /* likewise                                   any order */ \
    X(readopt)          /* and its box replaces the interpolated one  any order */ \
    X(mesh)             /* new boxes -> 468 points                    any order */ \
    X(landmarks)        /* new boxes -> 68 landmarks                  any order */ \
    X(refine)           /* landmarks -> better ones                   any order */ \
    X(gaze)             /* face crop -> gaze direction                any order */ \
    X(mtl)              /* face crop -> emotions, gaze, action units  any order */ \
    X(quality)          /* face -> brightness, sharpness              any order */ \
    X(shape)            /* landmarks -> shape, pose, features of AUs  any order */ \
    X(smooth)           /* gaze over time                             in order  */ \
    X(au)               /* features over time -> action units         in order  */
/* clang-format on */

/* The networks: MN_ROLE_... and mn_role_... of each. In this order they are listed to the user. */
#define MN_ROLES(X)         \
    X(DETECTOR, detector)   \
    X(MESH, mesh)           \
    X(GAZE, gaze)           \
    X(LANDMARKS, landmarks) \
    X(MTL, mtl)

#endif

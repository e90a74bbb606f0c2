/* What stages hand to each other about a frame and its faces, beside the public fields, which hold
 * results only.
 *
 * One record for each frame of the pool, with a part for each face slot: face[i] belongs to
 * mn_frame.faces[i]. No pointers and fields of fixed width, because with worker processes the
 * record lies in shared memory, in two banks as the faces do (image/region.h). A stage that has
 * something new to hand on adds a field here. */
#ifndef MN_STAGE_WORK_H
#define MN_STAGE_WORK_H

#include "clnf/clnf.h"
#include "face/au_chain.h"
#include "image/frame.h"

/* How far the landmarks and the mesh of a frame are. */
enum mn_landmark_state {
    MN_LANDMARKS_WANTED,  /* the network is to find those of faces that have none */
    MN_LANDMARKS_AWAITED, /* between two anchors, whose landmarks are not known yet */
    MN_LANDMARKS_FOUND,   /* by the network, or interpolated; the refiner may run */
    MN_LANDMARKS_REFINED,
};

enum mn_mesh_state {
    MN_MESH_WANTED, /* the network is to run on each face that has no mesh */
    MN_MESH_FOUND,
};

/* What OpenFace's landmark model found: the shape of the face and both eyes. Pixels; eye landmarks
 * grouped: all x, then all y. */
struct mn_face_fit {
    struct mn_pdm_fit face, eye[2]; /* of no more modes than the public fields have room for */
    float eye_landmarks[2][2 * MN_CLNF_EYE_POINTS];
};

struct mn_face_work {
    uint32_t has_fit;  /* 1: fit is that of this face in this frame, or a start for it */
    uint32_t doubtful; /* 1: the landmarks look wrong in an interpolated or carried box */
    uint32_t
        has_mesh;     /* 1: mesh and mesh_flag are those of this face in this frame. Where the
                         face mesh runs (mn_context.model[MN_ROLE_MESH]), after its leg of stage mesh */
    float mesh_flag;  /* the network's own opinion: is this a face, 0..1 */
    float mesh_trust; /* with all other evidence: is this a face, 0..1 */
    struct mn_square square; /* where the mesh is to be searched; side 0: by box and five points */
    struct mn_face_fit fit;
    struct mn_au_features features; /* measured where the face has MIEN_AU */
    /* 468 points of the face in the order of MediaPipe's canonical face: x, y in pixels as
     * mien_face.landmark (centre of the first pixel 0, 0; y down), z in the same unit, smaller
     * towards the camera, about 0 in the middle of the head. */
    float mesh[MIEN_MESH_POINTS][3];
};

struct mn_work {
    uint32_t detect;    /* 1: the detector is to run on this frame */
    uint32_t external;  /* 1: the caller supplied the faces; no detection, tracking, landmarks */
    uint32_t landmarks; /* enum mn_landmark_state */
    uint32_t judge;     /* 1: the face mesh is to judge the detections */
    uint32_t mesh;      /* enum mn_mesh_state */
    uint32_t doubts;    /* 1: there are doubtful faces, for which the detector runs again */
    struct mn_face_work face[];
};

/* Bytes of a record for so many faces. */
size_t mn_work_size(int faces);

/* May a record that another process wrote be used, for so many faces? Its states are known ones. */
bool mn_work_valid(const struct mn_work *w, int faces);

/* The frame is empty again: no faces, nothing wanted but landmarks. */
void mn_work_reset(struct mn_frame *f);

/* One more face in the frame, all zero, and its part of the record with it. There must be room. */
mien_face *mn_work_add_face(struct mn_frame *f);

/* For stages that only work on faces (mn_stage.wants). */
bool mn_work_has_faces(const struct mn_frame *f);

/* With key frames: does the detector run on this frame first? The last frame of a stream is a key
 * frame whatever its number. */
bool mn_work_is_key(const struct mn_frame *f, int detect_every);

/* Keeps what the model found. Nothing is kept of a model that has more modes than the public
 * fields, or whose fit has no size. */
void mn_work_put_fit(struct mn_face_work *w, const struct mn_clnf *clnf,
                     const struct mn_clnf_result *r);

#endif

/* One step of the analysis of a frame.
 *
 * A stage either takes frames in any order or needs them in order, because it remembers earlier
 * ones. It creates no thread and sees only the frame it is given; an in-order stage may hold frames
 * back until it has seen later ones. So every stage runs under every executor, and results depend
 * on the frames alone. What stages hand to each other lies in the frame's work record
 * (stage/work.h). */
#ifndef MN_STAGE_STAGE_H
#define MN_STAGE_STAGE_H

#include <stdbool.h>

#include "base/clock.h"
#include "clnf/clnf.h"
#include "clnf/mtcnn.h"
#include "face/au_chain.h"
#include "image/frame.h"
#include "infer/models.h"
#include "stage/flow.h"

/* The networks that stages run; mn_roles describes them. */
enum mn_role {
#define MN_ROW(role, name) MN_ROLE_##role,
    MN_ROLES(MN_ROW)
#undef MN_ROW
        MN_NUM_ROLES
};

/* Statistics and mien bench report the service times of each stage by spans: named parts of its
 * work, which its row lists. */
enum mn_span_counts { MN_COUNTS_NOTHING, MN_COUNTS_DETECTIONS, MN_COUNTS_FACES };
struct mn_span_info {
    const char *name; /* stages whose spans have the same name share it in the statistics */
    int network;      /* 1: time inside a neural network */
    enum mn_span_counts counts; /* what one sample of it stands for in mien_stats */
};

#define MN_STAGE_SPANS 3 /* of one stage, at most */

/* The spans of a stage with a network; a stage with one span has number 0. */
enum { MN_SPAN_PREPARE, MN_SPAN_NETWORK, MN_SPAN_DECODE };

/* The spans of one stage as one worker or one lane measures them: a single writer. */
struct mn_spans {
    struct mn_hist hist[MN_STAGE_SPANS];
};

/* Adds the time since *t to span i and moves *t to now. */
static inline void mn_span_end(struct mn_spans *s, int i, double *t)
{
    double now = mn_now();
    mn_hist_add(&s->hist[i], now - *t);
    *t = now;
}

/* What stages are opened with; it outlives them. settings has its defaults filled in. */
struct mn_context {
    mien_settings settings;
    struct mn_log *log;
    struct mn_loaded model[MN_NUM_ROLES]; /* .model NULL: not in use */
    int small_side; /* pixels: the detector runs at this size first; 0: it does not */
    struct mn_loaded small_detector; /* the same file at that size, if one session cannot do both */
    bool key_frames;  /* boxes are interpolated between frames with certain numbers; the last frame
                         of a stream is one of these */
    double key_gap;   /* seconds between key frames from which on nothing is interpolated */
    int anchor_every; /* frames from one anchor to the next (stage/landmark_interp.c); 1: all are
                         anchors */
    /* With worker processes each side loads only what its own stages need, but both must have the
     * same legs. So legs depend on these two, not on the pointers below. */
    bool wants_mesh;      /* the caller asks for the face mesh */
    bool mesh_landmarks;  /* where landmarks are wanted, the face mesh finds them */
    bool has_refiner;     /* OpenFace's landmark model is in use; without it the network's landmarks
                             stay */
    bool tracker_detects; /* OpenFace's tracker finds its faces itself, with mtcnn */
    struct mn_clnf *refiner;  /* where clnf, refine or shape runs */
    struct mn_mtcnn *mtcnn;   /* where clnf runs */
    int find_every;           /* with mtcnn: new persons are looked for on every n-th frame */
    struct mn_au *au;         /* NULL: neither shape nor action units */
    struct mn_team *team;     /* idle workers help in-order stages; NULL: there is one worker */
    struct mn_region *region; /* frames lie there, for worker processes; NULL: no processes */
};

enum mn_order { MN_ANY_ORDER, MN_IN_ORDER };

typedef void mn_emit_fn(void *ctx, struct mn_frame *frame);

struct mn_stage {
    const char *name;
    struct mn_span_info span[MN_STAGE_SPANS]; /* the first ones that have a name */
    enum mn_order order;
    size_t state_size; /* zeroed, may be 0; any order: one state for each worker; in order: one */
    bool (*enabled)(const struct mn_context *ctx); /* NULL: always; a disabled stage has no leg */
    int (*open)(void *state, const struct mn_context *ctx); /* NULL: nothing to open */
    void (*close)(void *state); /* also called after a failed open; NULL: nothing to close */

    /* Any order. wants == NULL: all frames. A frame with an error is not offered. */
    bool (*wants)(const struct mn_frame *f);
    /* 0 or an error, which becomes the frame's. */
    int (*run)(void *state, struct mn_frame *f, struct mn_spans *spans);
    /* Runs only the network, on whatever its input holds: for mien_measure_networks. */
    int (*network)(void *state);

    /* In order. Every frame comes, also one with an error, and must be emitted once, in order, now
     * or later. flush: no more frames will come; emit all that are held. */
    void (*push)(void *state, struct mn_frame *f, struct mn_spans *spans, mn_emit_fn *emit,
                 void *ctx);
    void (*flush)(void *state, struct mn_spans *spans, mn_emit_fn *emit, void *ctx);
    void (*reset)(void *state); /* a new stream begins */
};

#define MN_ROW(name) extern const struct mn_stage mn_stage_##name;
MN_FLOW(MN_ROW)
#undef MN_ROW

/* The flow of data, top to bottom; NULL-ended. An any-order stage may stand in it more than once
 * and has one state then. */
extern const struct mn_stage *const mn_stages[];

/* Most rows that can be enabled in one run: the legs a worker ran are bits of mn_frame.ran. The
 * length of mn_stages is checked against it when stages.c is compiled. */
#define MN_MAX_LEGS 32

/* The network of a stage. */
struct mn_role_info {
    const char *name;             /* in the registry, in messages, for the engines */
    const struct mn_stage *stage; /* that runs it; --provider takes its name, too */
    size_t choice;     /* offset in mien_settings of the text that names the model; 0: it is
                          always `only` */
    const char *only;  /* registry name; may be built in whatever the user's models are */
    unsigned analyses; /* MIEN_* bits that it measures; 0: it serves other stages only */
    bool opens_first;  /* which other roles are needed depends on its model: opened before them */
    bool sizes_vary;   /* as in mn_model_want */
    struct mn_shape last;                         /* as in mn_model_source */
    bool (*needed)(const struct mn_context *ctx); /* NULL: when one of `analyses` is wanted */
    struct mn_shape (*input)(const struct mn_context *ctx); /* as in mn_model_source */
    /* Do the model's outputs fit? 0 or MIEN_EMODELROLE, logged. */
    int (*check)(const struct mn_loaded *m, const mien_settings *s, struct mn_log *log);
};
#define MN_ROW(role, name) extern const struct mn_role_info mn_role_##name;
MN_ROLES(MN_ROW)
#undef MN_ROW
extern const struct mn_role_info *const mn_roles[MN_NUM_ROLES];

/* Analyses that need the shape model, and those that need landmarks. */
#define MN_FROM_SHAPE (MIEN_POSE | MIEN_SHAPE | MIEN_AU | MIEN_EYES | MIEN_LIDS)
#define MN_FROM_LANDMARKS (MIEN_LANDMARKS | MIEN_LANDMARKS98 | MN_FROM_SHAPE)

/* The final action units of a person in the frame with this index, when the stream has ended.
 * state: that of mn_stage_au. 0, or MIEN_EINVAL: no such frame or person, or none are final. */
int mn_au_final(void *state, int64_t index, int32_t id, mien_au *out);

/* Do the landmark network or the face mesh find landmarks? Otherwise OpenFace's tracker or the
 * caller does, or there are none. */
static inline bool mn_finds_landmarks(const struct mn_context *ctx)
{
    return ctx->model[MN_ROLE_LANDMARKS].model ||
           (ctx->mesh_landmarks && ctx->model[MN_ROLE_MESH].model);
}

/* Does the face mesh decide about weak detections? Only MediaPipe's detector has such that are
 * worth a look. Scores of weak ones: from MN_MESH_WEAK to MN_MESH_SURE, in units of det_threshold.
 */
bool mn_mesh_judges(const struct mn_context *ctx);
#define MN_MESH_HINT 0.3f /* a face that the edge of the picture cuts is worth a closer look */
#define MN_MESH_WEAK 0.5f
#define MN_MESH_SURE 0.9f

/* Are landmarks wanted that OpenFace's tracker does not find? */
bool mn_wants_landmarks(const struct mn_context *ctx);

#endif

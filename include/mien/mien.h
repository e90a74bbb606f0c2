/* mien: from pictures of faces to numbers: gaze, landmarks, head pose, facial action units.
 *
 * The core of libmien's interface: a pipeline takes pictures and returns faces. Files, cameras,
 * windows and output belong to the caller (the program `mien` is one). Beside this header:
 *
 *     <mien/models.h>   the registry of model files, models in use, inference runtime
 *     <mien/stats.h>    times, rates and counts of a pipeline
 *     <mien/columns.h>  the table of output columns, and their values for a face
 *
 * One picture:
 *
 *     mien_settings s;
 *     mien_settings_init(&s);
 *     s.independent_frames = 1;
 *     mien_open(&p, &s);
 *     mien_analyse_picture(p, &picture, faces, max, &n);
 *     mien_close(&p);
 *
 * A video, with several frames in flight:
 *
 *     mien_open(&p, &s);
 *     for each picture:  mien_acquire -> mien_frame_wrap -> mien_send
 *                        mien_receive -> mien_frame_face -> mien_release
 *     at the end:        mien_send(p, NULL), mien_receive until MIEN_EEOF
 *     mien_close(&p);
 *
 * Conventions of all functions:
 *  - A function that can fail returns 0 or a negative MIEN_E* code. Where a number is counted, the
 *    number is returned. The first function that finds an error logs one sentence (settings.log);
 *    mien_last_message returns the sentence of the last error in this thread.
 *  - A failed call changes nothing, unless its description states otherwise. Output parameters are
 *    then NULL or 0 if the description states it, and else unchanged.
 *  - NULL where an object is needed is MIEN_EINVAL; functions without an error code ignore it.
 *  - Threads: a pipeline, its frames and a settings struct belong to one thread at a time, except
 *    for the functions marked "any thread". Pipelines are independent of each other.
 *  - Strings are UTF-8 or, for file names, whatever the system uses. They stay the caller's unless
 *    a description states that the pointer is kept.
 *  - Structs that the library fills (mien_face, mien_stats, ...) keep their layout within one
 *    soname. mien_settings may grow: see its `size`.
 *
 * Units and coordinates, everywhere in the interface (x, y, z in this order):
 *
 *   numbers                      unit      origin and axes
 *   box, point (five points)     pixels    top left corner of the picture, so the centre of the
 *                                          first pixel is (0.5, 0.5); x right, y down
 *   landmark, landmark98,        pixels    centre of the top left pixel, so that is (0, 0), as in
 *   eyes.landmark, fit[4],                 OpenFace; x right, y down
 *   fit[5]
 *   landmark_mm, head_mm,        mm        the camera: x to image right, y down, z away from it
 *   eyes.landmark_mm
 *   gaze, eyes.gaze              1         unit vector in camera axes; (0, 0, -1) looks into the
 *                                          lens
 *   yaw, pitch                   degrees   yaw > 0: towards image left (the subject's own right);
 *                                          pitch > 0: up
 *   eyes.angle                   radians   [0] > 0: towards image right; [1] > 0: down; opposite
 *                                          to yaw and pitch, as in OpenFace
 *   head_rad, fit[1] to fit[3]   radians   R = Rx Ry Rz; x > 0 looks down, y > 0 to image left,
 *                                          z > 0 clockwise
 *   shape, eyes.shape            mm        along the modes of the shape model
 *   time, smooth, frame_limit    seconds   presentation time of the container, never a clock
 *
 * Left and right are those of the image. Nothing is clipped to the picture. */
#ifndef MIEN_H
#define MIEN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define MIEN_API __attribute__((visibility("default")))
#else
#define MIEN_API
#endif

/* -------------------------------------------------------------------------------- version ---- */

#define MIEN_VERSION_MAJOR 0
#define MIEN_VERSION_MINOR 1
#define MIEN_VERSION_PATCH 0
#define MIEN_VERSION "0.1.0"
#define MIEN_VERSION_NUMBER \
    (MIEN_VERSION_MAJOR * 10000 + MIEN_VERSION_MINOR * 100 + MIEN_VERSION_PATCH)

/* The version of the library that runs, which may differ from the header's: "0.1.0", and 100. Any
 * thread. */
MIEN_API const char *mien_version(void);
MIEN_API int mien_version_number(void);

/* --------------------------------------------------------------------------------- errors ---- */

/* What functions return when they fail. The numbers never change; new ones are added at the end. */
enum mien_error {
    MIEN_OK = 0,
    MIEN_EINTERNAL = -1,      /* internal error */
    MIEN_EINVAL = -2,         /* bad argument or option */
    MIEN_ENOINPUT = -3,       /* input missing or unreadable */
    MIEN_EISDIR = -4,         /* input is a directory */
    MIEN_EEMPTY = -5,         /* input is empty */
    MIEN_ENOTMEDIA = -6,      /* input is not a video or picture */
    MIEN_ENOVIDEO = -7,       /* input has no video stream */
    MIEN_EDAMAGED = -8,       /* input is damaged or truncated */
    MIEN_EDIMENSIONS = -9,    /* picture size out of bounds */
    MIEN_ESIZECHANGE = -10,   /* picture size changed within the video */
    MIEN_ETIMESTAMPS = -11,   /* timestamps missing, negative or not increasing */
    MIEN_ENOMODEL = -12,      /* model file missing */
    MIEN_EUNKNOWNMODEL = -13, /* model file is not in the registry */
    MIEN_EBADMODEL = -14,     /* model file damaged */
    MIEN_EMODELROLE = -15,    /* model does not fit its role */
    MIEN_ENORUNTIME = -16,    /* ONNX Runtime missing or too old */
    MIEN_EPROVIDER = -17,     /* execution provider cannot be used */
    MIEN_EENGINE = -18,       /* a network failed to run */
    MIEN_EEXISTS = -19,       /* output exists */
    MIEN_EOUTPUT = -20,       /* output cannot be written */
    MIEN_EFULL = -21,         /* no space left for the output */
    MIEN_ENOMEM = -22,        /* out of memory */
    MIEN_EDOWNLOAD = -23,     /* download failed */
    MIEN_ENOTBUILT = -24,     /* not built in */
    MIEN_EINTERRUPTED = -25,  /* interrupted */
    MIEN_EAGAIN = -26,        /* nothing ready yet */
    MIEN_EEOF = -27,          /* end of stream */
    MIEN_EWORKER = -28,       /* worker processes died */
};

/* The sentence of a code: "success" for 0, "unknown error" for a foreign number. Never NULL;
 * static. Any thread. */
MIEN_API const char *mien_strerror(int error);

/* The name of a code: "MIEN_EINVAL", "MIEN_OK" for 0, "MIEN_UNKNOWN" for a foreign number. Never
 * NULL; static. Any thread. */
MIEN_API const char *mien_error_name(int error);

/* The sentence about the last error in this thread: which setting, file or argument, and the cure.
 * With or without a log callback, also after a failed mien_open. "" if there was no error yet;
 * never NULL. It is valid until the next error in this thread. MIEN_EAGAIN and MIEN_EEOF do not
 * count as errors. Any thread. */
MIEN_API const char *mien_last_message(void);

enum mien_log_level { MIEN_LOG_ERROR, MIEN_LOG_WARNING, MIEN_LOG_INFO, MIEN_LOG_DEBUG };

/* Receives one complete message without newline. Called from any thread, one call at a time per
 * pipeline; `message` is valid during the call. Must not call functions of the pipeline. */
typedef void (*mien_log_fn)(void *ctx, enum mien_log_level level, const char *message);

/* ------------------------------------------------------------------------------- pictures ---- */

#define MIEN_MAX_SIDE 12000              /* pixels; larger pictures are refused */
#define MIEN_MAX_AREA (72 * 1000 * 1000) /* pixels: an 8K frame or a still of 50 megapixels */

enum mien_format {
    MIEN_I420,  /* 3 planes: Y full size, then U and V of half size, rounded up */
    MIEN_BGR24, /* 1 plane, bytes B, G, R */
    MIEN_GRAY8, /* 1 plane */
};

/* How Y, U, V become B, G, R; unused for the other formats. */
enum mien_matrix { MIEN_BT601, MIEN_BT709, MIEN_BT2020 };

typedef struct mien_picture {
    enum mien_format format;
    enum mien_matrix matrix;
    int full_range; /* 0: Y 16..235; 1: Y 0..255 */
    int width, height;
    const uint8_t *plane[3]; /* the caller's */
    int stride[3];           /* bytes from row to row; at least one row */
} mien_picture;

/* Converts a picture to B, G, R bytes, the same pixels that the networks see. dst: height rows of
 * `stride` bytes, of which 3 * width are written. 0, MIEN_EDIMENSIONS, or MIEN_EINVAL: a picture
 * that mien_frame_wrap would refuse, or a stride below 3 * width. Any thread. */
MIEN_API int mien_picture_to_bgr(const mien_picture *picture, uint8_t *dst, int stride);

/* ------------------------------------------------------------------- what can be measured ---- */

/* As bits of mien_settings.analysis and mien_face.has. */
enum mien_analysis {
    MIEN_GAZE = 1,      /* gaze by a network from the look of the face; the built-in network needs
                           the landmark network, too */
    MIEN_LANDMARKS = 2, /* 68 landmarks in the picture */
    MIEN_POSE = 4,      /* position and rotation of the head; the 68 landmarks in space */
    MIEN_SHAPE = 8,     /* parameters of the fitted face shape */
    MIEN_AU = 16,       /* facial action units */
    MIEN_EYES = 32,     /* landmarks of both eyes, and gaze by their geometry (OpenFace's gaze) */
    MIEN_MESH = 64,     /* 468 points of the face in space, by MediaPipe's face mesh; only if
                           named */
    MIEN_MTL = 128,     /* emotions, gaze and action units by a multitask network of OpenFace 3.0's
                           kind; only if its file is named (mien_settings.mtl_model) */
    MIEN_LANDMARKS98 = 256, /* 98 landmarks in the picture; only with a landmark network that finds
                               so many */
    MIEN_LIDS = 512,        /* how far open the eyes are; only if named */
    MIEN_QUALITY = 1024,    /* brightness and sharpness of the face; only if named */
    MIEN_ALL = 2047,
};

/* Landmarks of the face are in iBUG / 300-W order: jaw 0-16, brows 17-26, nose 27-35, eyes 36-47,
 * outer lip 48-59, inner lip 60-67. Those of an eye: iris 0-7, lids 8-19 (corners 8 and 14), pupil
 * 20-27. The 98 of WFLW: contour 0-32, brows 33-50, nose 51-59, eyes 60-75, outer lip 76-87, inner
 * lip 88-95, pupils 96 and 97. */
#define MIEN_FACE_LANDMARKS 68
#define MIEN_WFLW_LANDMARKS 98
#define MIEN_EYE_LANDMARKS 28
#define MIEN_MESH_POINTS 468   /* in the order of MediaPipe's canonical face */
#define MIEN_EYE_MODES 10      /* of the shape model of an eye */
#define MIEN_SHAPE_MODES 34    /* of the shape model of the face */
#define MIEN_AU_INTENSITIES 17 /* AU 1 2 4 5 6 7 9 10 12 14 15 17 20 23 25 26 45 */
#define MIEN_AU_PRESENCES 18   /* the same, and 28 before 45 */
#define MIEN_EMOTIONS 8        /* of the multitask network: see mien_emotion_name */
#define MIEN_MTL_UNITS 8       /* action units of the multitask network: AU 1 2 4 6 9 12 25 26 */
#define MIEN_FACES_LIMIT 256   /* faces in a frame, at most */
#define MIEN_FIND_EVERY 30     /* frames; see mien_settings.detect_every */

/* The name of one bit of enum mien_analysis: "gaze", "landmarks", "pose", "shape", "au", "eyes",
 * "mesh", "mtl", "landmarks98", "lids", "quality"; NULL for anything else. Static. Any thread. */
MIEN_API const char *mien_analysis_name(unsigned bit);

/* Reads a list like "gaze,pose", or "all", into *bits. 0, or MIEN_EINVAL: an unknown name, or an
 * empty list. Any thread. */
MIEN_API int mien_analysis_parse(const char *list, unsigned *bits);

/* FACS number of entry i of mien_au.intensity and mien_au.presence; 0 past the end. Any thread. */
MIEN_API int mien_au_intensity_unit(int i);
MIEN_API int mien_au_presence_unit(int i);

/* FACS number of entry i of mien_mtl.unit; 0 past the end. Any thread. */
MIEN_API int mien_mtl_unit(int i);

/* Name of entry i of mien_mtl.emotion: "neutral", "happy", "sad", "surprise", "fear", "disgust",
 * "anger", "contempt"; NULL past the end. Static. Any thread. */
MIEN_API const char *mien_emotion_name(int i);

/* English name of an action unit by its FACS number: "lip corner puller" for 12. NULL if mien does
 * not measure it. Static. Any thread. */
MIEN_API const char *mien_au_name(int unit);

/* Name of landmark i of the 68: part of the face and number within it, "jaw_0" to "inner_lip_7".
 * NULL past the end. Static. Any thread. */
MIEN_API const char *mien_landmark_name(int i);

/* ---------------------------------------------------------------------------------- faces ---- */

/* Where the box of a face comes from. */
enum mien_box_source {
    MIEN_BOX_DETECTED,     /* the detector found it in this frame */
    MIEN_BOX_INTERPOLATED, /* between two detections of the same face */
    MIEN_BOX_CARRIED,      /* live: from the last key frame */
    MIEN_BOX_FOLLOWED,     /* around landmarks that were followed from the frame before */
    MIEN_BOX_LOST,         /* where the face was last found (settings.keep_lost) */
};

/* Action units of one face. */
typedef struct mien_au {
    float intensity[MIEN_AU_INTENSITIES]; /* FACS, 0..5 */
    uint8_t presence[MIEN_AU_PRESENCES];  /* 0 or 1 */
    uint8_t final; /* 1: calibrated with the whole video (mien_final_au), or from the models for
                      single pictures; 0: preliminary estimate from the frames so far */
} mien_au;

/* Both eyes of one face, [0] at image left and [1] at image right. Independent of the gaze network:
 * measured from the landmarks of the eyes alone, as in OpenFace. */
typedef struct mien_eyes {
    float landmark[2][MIEN_EYE_LANDMARKS][2];
    float landmark_mm[2][MIEN_EYE_LANDMARKS][3];
    float gaze[2][3];
    float angle[2];  /* of the mean of both vectors */
    int32_t missed;  /* bits 1, 2: the iris of that eye does not lie on its eyeball, so that its
                        vector (and angle) is not valid; rare */
    float fit[2][6]; /* of the eye's own model, as mien_face.fit */
    float shape[2][MIEN_EYE_MODES];
} mien_eyes;

/* Results of a multitask network for one face, of this frame alone. */
typedef struct mien_mtl {
    float emotion[MIEN_EMOTIONS]; /* probabilities; their sum is 1 */
    float yaw, pitch;             /* degrees, signs as those of mien_face */
    float gaze[3];                /* unit vector of yaw, pitch */
    float unit[MIEN_MTL_UNITS];   /* scores of action units, 0..1: whether they are present, above
                                     0.5; not how strong they are */
} mien_mtl;

/* How far open the eyes are, [0] at image left. */
typedef struct mien_lids {
    float ratio[2];   /* height over width: of eight points of 98 landmarks, else of six of 68 */
    float opening_mm; /* distance of the lids in space, mean of both eyes */
} mien_lids;

/* What is known of one face in one frame; the table of coordinates is at the top of this header.
 * No pointers: it can be copied and shared. */
typedef struct mien_face {
    int32_t id;         /* person within the run: from 0, never reused */
    int32_t box_source; /* enum mien_box_source */
    float confidence;   /* score of the detector, 0..1, interpolated along with the box; with
                           MIEN_DETECTOR_MTCNN, landmark_confidence */
    float box[4];       /* x1, y1, x2, y2; may reach beyond the picture */
    float point[5][2];  /* five points: eye at image left, eye at image right, tip of the nose,
                           corner of the mouth at image left, at image right */
    uint32_t has;       /* MIEN_* analyses that succeeded; the fields of others are 0 */
    float yaw, pitch;   /* of this frame alone */
    float yaw_smooth, pitch_smooth; /* moving average of this person (settings.smooth) */
    float gaze[3];                  /* unit vector of yaw, pitch */
    float yaw_peak, pitch_peak;     /* largest probability of each output, 0..1; low: unsure */
    float landmark[MIEN_FACE_LANDMARKS][2];    /* pixels */
    float landmark_mm[MIEN_FACE_LANDMARKS][3]; /* mm */
    float head_mm[3];                          /* position of the head */
    float head_rad[3];                         /* rotation of the head */
    float fit[6]; /* scale (pixels per mm), rx, ry, rz (radians), tx, ty
                     (pixels) of the fitted shape */
    float shape[MIEN_SHAPE_MODES];
    float fit_rms;             /* pixels, root mean square distance of landmarks and fitted shape */
    float landmark_confidence; /* 0..1: whether the landmarks are those of a face, by the built-in
                                  network itself or OpenFace's validator; negative: not evaluated */
    int32_t landmark_success;  /* 1: they are (above 0.5 by the network, 0.725 by OpenFace's rule),
                                  or it was not evaluated. 0: there are no action units either */
    mien_au au;
    mien_eyes eyes;
    float mesh[MIEN_MESH_POINTS][3]; /* x, y: pixels, as landmark; z: in the same unit, smaller
                                        towards the camera, 0 about the middle of the head */
    int32_t untrusted; /* 1: the face mesh, where it is in use, does not take this for an upright
                          face */
    mien_mtl mtl;
    float landmark98[MIEN_WFLW_LANDMARKS]
                    [2]; /* pixels, as landmark, whose 68 are chosen from them */
    mien_lids lids;
    float brightness; /* mean grey level of the box, 0..255 */
    float sharpness;  /* standard deviation of the Laplacian, grey levels, of the box at 96 x 96
                         pixels */
} mien_face;

/* A picture on its way through a pipeline, with what was found in it. Belongs to the pipeline; the
 * caller holds it from mien_acquire to mien_send, and from mien_receive to mien_release. Read-only,
 * except for `user`. */
typedef struct mien_frame {
    int64_t index; /* number of the picture in its stream, as given to mien_frame_wrap */
    double time;   /* presentation time, as given to mien_frame_wrap */
    mien_picture picture;
    int num_faces; /* after mien_receive: see mien_frame_face */
    int error;     /* after mien_receive: 0, or why this frame could not be analysed. MIEN_EWORKER:
                      worker processes died of it repeatedly; other frames are not affected */
    void *user;    /* the caller's: NULL after mien_acquire, otherwise never touched */
} mien_frame;

/* Face i of a received frame, in ascending order of id; NULL unless 0 <= i < num_faces. Valid until
 * mien_release. */
MIEN_API const mien_face *mien_frame_face(const mien_frame *f, int i);

/* ------------------------------------------------------------------------------- settings ---- */

/* Where the work runs. The results are the same bytes. */
enum mien_exec {
    MIEN_SEQUENTIAL, /* the thread that calls mien_send */
    MIEN_THREADS,    /* worker threads */
    MIEN_PROCESSES, /* worker processes, which may die without harm: the program mien-worker, beside
                       the running program or libmien, or named by $MIEN_WORKER */
};

/* Where the 68 landmarks come from. */
enum mien_landmark_method {
    MIEN_LANDMARK_AUTO,    /* CE-CLM or else CLNF, if a folder of models is chosen that has their
                              files, and no landmark network or refiner is named; else a network */
    MIEN_LANDMARK_CLNF,    /* OpenFace's tracker, frame after frame in order; needs `refiner` */
    MIEN_LANDMARK_CECLM,   /* the same with OpenFace 2.2's default model, CE-CLM */
    MIEN_LANDMARK_NETWORK, /* a network, in each frame */
};

/* What the multitask network sees of the box of a face. */
enum mien_mtl_crop {
    MIEN_MTL_DEMO2, /* 15 % of its sides more on each side, as OpenFace 3.0's video demo */
    MIEN_MTL_EXACT, /* the box */
};

/* How that becomes the 224 x 224 pixels of its input. */
enum mien_mtl_resampler {
    MIEN_MTL_PILLOW, /* with anti-aliasing, as OpenFace 3.0 was trained */
    MIEN_MTL_OPENCV, /* without, as FaceMirror */
};

/* Everything that mien_open needs to know. Call mien_settings_init first, then change fields.
 *
 *  - 0 (NULL) is the default of every field. Where a setting can be turned off, a negative value or
 *    NAN does so.
 *  - Ranges, units and names are in a table that programs can read: mien_setting_at.
 *  - `size` tells the library which fields the program knows, so that a program that was built with
 *    an older header works with a newer library. Later versions only add fields at the end.
 *  - A program that sets all fields by name (mien_settings_set) needs no struct: 1024 bytes
 *    are enough, initialised with mien_settings_init_sized(s, 1024). */
typedef struct mien_settings {
    size_t size; /* set by mien_settings_init */

    /* where the work runs */
    enum mien_exec exec;
    int workers;  /* threads or processes; 0 = one for each core this process may use */
    int intra_op; /* threads inside a network; 0 = 1; more only lower the latency of one frame */

    /* models */
    int allow_unknown;          /* 1: use model files that the registry does not know */
    const char *models;         /* MIEN_MODELS_BUILTIN: the models that come with mien;
                                   MIEN_MODELS_STANDARD: those in mien_default_models_dir(); else a
                                   folder with model files. NULL = $MIEN_MODELS, which may be any of
                                   these, else the built-in ones */
    const char *detector;       /* registry name or file of the face detector. MIEN_DETECTOR_MTCNN:
                                   OpenFace's, only with OpenFace's tracker and the default there */
    const char *gaze_model;     /* registry name or file of the gaze network */
    const char *landmark_model; /* registry name or file of the landmark network */
    const char *refiner;        /* OpenFace's main_clnf_general.txt or main_ceclm_general.txt, or
                                   "openface22-clnf" or "openface22-cen": its local detectors refine the
                                   landmarks. MIEN_REFINER_NONE: off. NULL =        below `models` if it is
                                   there;        off with the built-in models */
    const char *au_models; /* a folder like OpenFace's AU_predictors, or a registry name. NULL =
                              the built-in one (with OpenFace's tracker OpenFace's), or below
                              `models` if it is there */
    const char *provider;  /* execution provider: "cpu" (the default), "cuda", "coreml",
                              "openvino", ...; MIEN_PROVIDER_STUB: for tests. Or by role:
                              "detector=coreml,landmarks=cpu,gaze=cpu"; others have "cpu" */

    /* what is measured */
    unsigned analysis;      /* MIEN_* bits; 0 = all that the models at hand allow, but MIEN_MESH */
    unsigned exclude;       /* MIEN_* bits that the default of `analysis` leaves out */
    int independent_frames; /* 1: frames are pictures that have nothing to do with each other:
                               action units by the models for single pictures, without median and
                               calibration; the built-in landmark network runs four times on each
                               face */
    int external_landmarks; /* 1: every frame brings its faces (mien_frame_set_faces): neither
                               detector nor landmark network is loaded */
    enum mien_landmark_method landmark_method;
    int gaze_size;       /* side of the gaze network's input, 96 to 448 pixels, where its file
                            leaves that open; 0 = 448. MobileGaze's angles at 224 differ from those
                            at 448 */
    int swap_gaze_heads; /* 1: the first output of the gaze network is the vertical angle */
    double smooth; /* seconds, time constant of gaze smoothing; 0 = 0.1; negative or NAN: off */
    double fx, fy, cx, cy; /* camera, pixels; 0 = estimated from the picture's size as OpenFace
                              does; fx and fy: both or neither */

    /* finding faces */
    int detector_size; /* side of the detector's input: 320, 480 or 640 pixels. 0 = 320, and 640 if
                          that finds no faces or small ones; always 640 with a gaze network that
                          is not built in */
    int detect_every;  /* key frames: the detector runs on every n-th frame and the last; boxes and
                          starting points of the refiner between them are interpolated. 0 = 10 with
                          the refiner or the face mesh, else 5; 1 if live, for single pictures, or
                          with a gaze  network that is not built in. With MIEN_DETECTOR_MTCNN: frames
                          between  two searches for new faces; 0 = MIEN_FIND_EVERY */
    int live;          /* 1: no look-ahead: boxes are carried, not interpolated */
    int keep_lost;     /* 1, with MIEN_DETECTOR_MTCNN: a lost face stays in the results, where it
                          was, with landmark_success 0, until it is found or its track ends */
    int max_faces;     /* faces followed at a time, largest first; 0 = MIEN_FACES_LIMIT */
    float min_face;    /* pixels; faces whose box has a shorter side below this are dropped */
    float det_threshold; /* score that a detection must exceed; 0 = 0.5 */

    /* flow */
    int frames;         /* frames in flight; 0 = enough for two key frames */
    double frame_limit; /* processes: seconds after which a worker that has not finished its frame
                           is replaced; 0 = 60 */
    void (*wake)(void *ctx); /* called from any thread when mien_receive may have a new frame, for
                                callers that also wait for other events; must be quick and must not
                                call functions of the pipeline */
    void *wake_ctx;          /* passed to wake; must outlive the pipeline */
    mien_log_fn log;         /* NULL = silent; mien_last_message works all the same */
    void *log_ctx;           /* passed to log; must outlive the pipeline */
    int wild; /* 1, with MIEN_LANDMARK_CECLM: OpenFace's parameters for faces in the wild (-wild) */
    int max_workers; /* for mien_add_workers: the most it will be called with; 0 = `workers` */
    const char *mtl_model; /* file of the multitask network; NULL: none, and no MIEN_MTL */
    enum mien_mtl_crop mtl_crop;
    enum mien_mtl_resampler mtl_resampler;
} mien_settings;

#define MIEN_MODELS_BUILTIN "builtin"
#define MIEN_MODELS_RENDERED "rendered"
#define MIEN_MODELS_STANDARD "standard"
#define MIEN_DETECTOR_MTCNN "mtcnn"
#define MIEN_REFINER_NONE "none"
#define MIEN_PROVIDER_STUB "stub"

/* Sets every field to its default. A macro, so that the library learns the size of the program's
 * struct. NULL is ignored. Any thread. */
#define mien_settings_init(s) mien_settings_init_sized((s), sizeof(mien_settings))
MIEN_API void mien_settings_init_sized(mien_settings *s, size_t size);

/* -------------------------------------------------------------------- settings by name ---- */

enum mien_setting_type {
    MIEN_TYPE_FLAG,     /* int, 0 or 1 */
    MIEN_TYPE_INT,      /* int */
    MIEN_TYPE_FLOAT,    /* float */
    MIEN_TYPE_DOUBLE,   /* double */
    MIEN_TYPE_TEXT,     /* const char * */
    MIEN_TYPE_CHOICE,   /* an enum, by its word in `choices` */
    MIEN_TYPE_ANALYSIS, /* unsigned, MIEN_* bits by their names: "gaze,pose" */
};

/* One row of the table of settings. All strings are static. */
typedef struct mien_setting {
    const char *name; /* of the field in mien_settings */
    enum mien_setting_type type;
    double min, max;     /* of numbers, besides 0, which is always the default */
    const char *choices; /* CHOICE: "sequential threads processes", the words of the values 0, 1,
                            2; numbers: the only values allowed besides 0; NULL: neither */
    const char *unit;    /* "px", "s", "frames"; NULL: none */
    const char *help;    /* one line */
} mien_setting;

/* All settings but the callbacks; NULL past the end. Any thread. */
MIEN_API const mien_setting *mien_setting_at(int i);

/* The setting of that name; NULL if there is none. Any thread. */
MIEN_API const mien_setting *mien_setting_find(const char *name);

/* Sets a field from text: flags as "0", "1", "false" or "true"; numbers with a decimal point,
 * whatever the locale; choices and analyses by their names ("" = no analysis bits, the default). A
 * TEXT keeps the pointer, not a copy; NULL is its default. 0, or MIEN_EINVAL: no such setting, or
 * the value is out of range; then mien_last_message names setting, value and range. */
MIEN_API int mien_settings_set(mien_settings *s, const char *name, const char *value);

/* Writes a field as text that mien_settings_set reads back as the same value; a TEXT that is NULL
 * becomes "". 0, or MIEN_EINVAL: no such setting, or it does not fit in `size` bytes. */
MIEN_API int mien_settings_get(const mien_settings *s, const char *name, char *buf, size_t size);

/* ------------------------------------------------------------------------------- pipeline ---- */

typedef struct mien_pipeline mien_pipeline;

/* Loads and verifies the models and starts the workers. 0: *out is a pipeline, to be closed with
 * mien_close. An error: *out is NULL, and mien_last_message names the setting, file or model that
 * is the cause. *s and its strings are needed only during the call; log_ctx and wake_ctx must
 * outlive the pipeline. Any thread. */
MIEN_API int mien_open(mien_pipeline **out, const mien_settings *s);

/* Stops the workers, frees everything, sets *p to NULL. Frames in flight are dropped and their
 * pictures released. Frames that the caller holds must be released before. NULL and a pointer to
 * NULL are fine. */
MIEN_API void mien_close(mien_pipeline **p);

/* Gives the pipeline more threads while it runs, `workers` in all, for example when another
 * pipeline of the program has ended. Results do not depend on it. New threads open their networks
 * meanwhile; one that cannot, does no work. Not with MIEN_PROCESSES, and at most max_workers:
 * MIEN_EINVAL. Fewer than there are change nothing. Only the thread that sends. */
MIEN_API int mien_add_workers(mien_pipeline *p, int workers);

/* The analyses that mien_open chose by the settings and the available models: MIEN_* bits. 0 for
 * NULL. Any thread. */
MIEN_API unsigned mien_analysis_of(const mien_pipeline *p);

/* The source of landmarks that mien_open will choose for these settings, never MIEN_LANDMARK_AUTO.
 * Looks for model files. Any thread. */
MIEN_API enum mien_landmark_method mien_landmark_method_of(const mien_settings *settings);

/* Analyses one picture as a stream of its own: blocks, and returns the faces by ascending id, which
 * start at 0. The pipeline must be idle (just opened, or all frames received until MIEN_EEOF) and
 * is idle afterwards. Works with every executor, but with no more than one frame in flight: for
 * many pictures, send them as frames. Open the pipeline with independent_frames = 1 unless the
 * picture stands for a video.
 *
 * faces: room for `max` faces, the caller's; NULL if max is 0. *n (n may be NULL): the number of
 * faces in the picture, also when it is more than max; 0 on errors. The picture is needed only
 * during the call.
 *
 * MIEN_EINVAL: not idle, or the picture is not usable; MIEN_EDIMENSIONS: it is too large or empty;
 * MIEN_EINTERRUPTED: mien_interrupt was called; MIEN_EENGINE, MIEN_EWORKER, MIEN_ENOMEM: the
 * analysis failed. The pipeline can be used again after each of them. */
MIEN_API int mien_analyse_picture(mien_pipeline *p, const mien_picture *picture, mien_face *faces,
                                  int max, int *n);

/* ------------------------------------------------------------------------ stream of frames ---- */

/* Takes an empty frame from the fixed pool; that the pool can be empty is the only back-pressure.
 * 0: *out is the caller's until mien_send or mien_release. MIEN_EAGAIN: all frames are in use, so
 * receive first; *out is NULL. Never blocks. */
MIEN_API int mien_acquire(mien_pipeline *p, mien_frame **out);

/* Lends a picture to an acquired frame. The struct is copied; the planes must stay as they are
 * until release(ctx), which is called once, from any thread, when the frame no longer needs the
 * picture. release may be NULL. A second call releases the first picture.
 *
 * index: greater than that of the frame before in the stream, with gaps if need be; mien_final_au
 * finds frames by it. time: seconds, finite; where it does not increase, frames are counted
 * instead.
 *
 * MIEN_EDIMENSIONS or MIEN_EINVAL: picture or time is not usable; release is not called. */
MIEN_API int mien_frame_wrap(mien_frame *f, const mien_picture *picture, int64_t index, double time,
                             void (*release)(void *ctx), void *ctx);

/* A face known beforehand, for mien_frame_set_faces. */
typedef struct mien_external_face {
    int32_t id; /* kept as it is; ascending within the frame */
    float confidence;
    float landmark[MIEN_FACE_LANDMARKS][2]; /* pixels, as mien_face.landmark */
    float landmark_confidence; /* above 0, up to 1: whether this is a face; at 0.5 or less the
                                  landmarks stay, but nothing is measured from them. 0:
                                  unknown, trusted */
} mien_external_face;

/* After mien_frame_wrap: this frame has exactly these n faces. Neither detector nor landmark
 * network runs on it: everything else is measured from these landmarks. The array is copied.
 *
 * MIEN_EINVAL: more than MIEN_FACES_LIMIT, ids not ascending, or landmarks not finite. */
MIEN_API int mien_frame_set_faces(mien_frame *f, const mien_external_face *faces, int n);

/* Sends *f on its way. 0: the frame is the pipeline's and *f is NULL. f == NULL ends the stream;
 * then frames cannot be sent until mien_reset. Frames must be sent in order of index (not checked).
 * With the sequential executor, the analysis happens inside this call. With key frames
 * (detect_every above 1, not live) the newest frame waits until the next send shows whether it is
 * the last.
 *
 * MIEN_EINVAL: the stream has ended, or no picture was wrapped; MIEN_ENOMEM: no memory to copy the
 * picture for worker processes. The frame is still the caller's then. */
MIEN_API int mien_send(mien_pipeline *p, mien_frame **f);

/* Receives the next frame, in the order sent, whatever the executor. 0: *out is the caller's until
 * mien_release. MIEN_EAGAIN: none is ready, and with `wait` none can become ready without another
 * send; without `wait` it never blocks. MIEN_EEOF: all frames of an ended stream were received.
 * *out is NULL then. An error of a frame is in its `error`, not in the result of this function. */
MIEN_API int mien_receive(mien_pipeline *p, mien_frame **out, int wait);

/* Returns a frame to the pool, analysed or not, and releases its picture; sets *f to NULL. NULL and
 * a pointer to NULL are fine. */
MIEN_API void mien_release(mien_pipeline *p, mien_frame **f);

/* After MIEN_EEOF, not live: the action units of person `id` in frame `index` (as sent), calibrated
 * with the neutral face of that person in the whole stream. 0: *out has them. MIEN_EINVAL: the
 * stream has not ended, there is no such frame or person, or no action units are calibrated (live,
 * independent frames, analysis without MIEN_AU). */
MIEN_API int mien_final_au(mien_pipeline *p, int64_t index, int32_t id, mien_au *out);

/* After MIEN_EEOF: starts a new stream with the same models and workers. All persons and an
 * interruption are forgotten. MIEN_EINVAL: the stream has not ended, or frames are still to be
 * received. */
MIEN_API int mien_reset(mien_pipeline *p);

/* Any thread, and safe in a signal handler: frames whose analysis has not begun pass through
 * without it, with error MIEN_EINTERRUPTED, so that mien_receive ends soon. In force until
 * mien_reset. NULL is ignored. */
MIEN_API void mien_interrupt(mien_pipeline *p);

/* ------------------------------------------------------------ pictures for worker processes ----
 */

/* Memory for the pixels of a picture, which worker processes see in place, without a copy. All
 * buffers of a pipeline share one memory object of fixed size that holds only pixels. Another
 * process of the caller may fill a buffer: pass it fd to map, at offset or from the start. Anyone
 * holding fd can read and write every picture in the pipeline. */
typedef struct mien_buffer {
    uint8_t *data; /* aligned for all vector instructions */
    size_t size;   /* at least the size asked for */
    size_t offset; /* of data within the memory of fd */
    int fd;        /* the pipeline's: close only copies of it. Valid until mien_buffer_put */
} mien_buffer;

/* A buffer of at least `size` bytes, the caller's until mien_buffer_put; it may outlive the
 * pipeline. NULL if no buffer is free, `size` is too large, or the executor does not use shared
 * memory: in these cases pass ordinary memory, which is copied if it has to be. Any thread. */
MIEN_API mien_buffer *mien_buffer_get(mien_pipeline *p, size_t size);

/* Returns a buffer, for example from the release function of the frame that shows it. NULL is
 * ignored. Any thread. */
MIEN_API void mien_buffer_put(mien_buffer *b);

/* --------------------------------------------------------------------------------- machine ---- */

/* Cores that this process may use: affinity, cgroup quota, SLURM_CPUS_PER_TASK; at least 1. Any
 * thread. */
MIEN_API int mien_cores(void);

#ifdef __cplusplus
}
#endif

#endif

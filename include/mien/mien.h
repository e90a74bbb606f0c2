/* mien: from pictures of people to numbers, where they look and what their faces do.
 *
 * The whole public interface of libmien. The library turns pictures into faces; files, cameras,
 * windows and sinks are the caller's business (the program `mien` is such a caller).
 *
 * Life of an analysis:
 *
 *     mien_settings s;
 *     mien_settings_init(&s);
 *     mien_open(&p, &s);
 *     per picture: mien_acquire -> mien_frame_wrap -> mien_send
 *                  mien_receive -> read frame->faces -> mien_release
 *     at the end:  mien_send(p, NULL), mien_receive until MIEN_EEOF, mien_close(&p)
 *
 * Conventions, throughout:
 *  - A function returns 0 or a negative MIEN_E* code. Whoever detects an error logs one sentence
 *    through the log callback; whoever passes it on is silent.
 *  - Pixels: origin at the top left corner of the picture, x right, y down; the centre of the
 *    first pixel is (0.5, 0.5) for boxes as the detector gives them. No clipping to the picture.
 *  - Camera axes: x to image right, y down, z away from the camera. Looking into the lens is
 *    (0, 0, -1).
 *  - Angles in degrees. gaze yaw > 0: towards image left (the subject's own right); pitch > 0: up.
 *  - Times in seconds, the container's presentation times, never a clock.
 *
 * Thread-safety: a pipeline belongs to one thread at a time, except mien_interrupt. Pipelines are
 * independent of each other. */
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

#define MIEN_VERSION_MAJOR 0
#define MIEN_VERSION_MINOR 1
#define MIEN_VERSION_PATCH 0
#define MIEN_VERSION "0.1.0"

/* ------------------------------------------------------------------------------- errors ---- */

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

/* The sentence of a code; "success" for 0, "unknown error" for a foreign number. Never NULL. */
MIEN_API const char *mien_strerror(int error);

/* "MIEN_EINVAL" and the like; "MIEN_OK" for 0, "MIEN_UNKNOWN" for a foreign number. Never NULL. */
MIEN_API const char *mien_error_name(int error);

/* The sentence about the last error that a function returned in this thread, with or without a log
 * callback, also after a failed mien_open; "" if there was none. Never NULL. Valid until the next
 * error in this thread. MIEN_EAGAIN and MIEN_EEOF are no errors here. */
MIEN_API const char *mien_last_message(void);

/* -------------------------------------------------------------------------------- logging ---- */

enum mien_log_level { MIEN_LOG_ERROR, MIEN_LOG_WARNING, MIEN_LOG_INFO, MIEN_LOG_DEBUG };

/* One finished message without newline. Called from any thread, one call at a time per pipeline. */
typedef void (*mien_log_fn)(void *ctx, enum mien_log_level level, const char *message);

/* ------------------------------------------------------------------------------- pictures ---- */

#define MIEN_MAX_SIDE 12000              /* pixels; larger pictures are refused */
#define MIEN_MAX_AREA (72 * 1000 * 1000) /* pixels: an 8K frame or a 50-megapixel still */

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
    const uint8_t *plane[3];
    int stride[3]; /* bytes; at least one row */
} mien_picture;

/* ---------------------------------------------------------------------------------- faces ---- */

#define MIEN_FIND_EVERY 30   /* frames; see mien_settings.detect_every */
#define MIEN_FACES_LIMIT 256 /* faces per frame that can be asked for */

enum mien_box_source {
    MIEN_BOX_DETECTED,     /* the detector found it in this very frame */
    MIEN_BOX_INTERPOLATED, /* between two detections of the same face */
    MIEN_BOX_CARRIED,      /* live: the last detection, no newer one was at hand */
    MIEN_BOX_FOLLOWED,     /* around landmarks that were followed from the frame before */
    MIEN_BOX_LOST,         /* where the face was last seen (settings.keep_lost) */
};

/* What can be measured, as bits of mien_settings.analysis and mien_face.has. */
enum mien_analysis {
    MIEN_GAZE = 1, /* appearance-based gaze, by a network; the built-in one needs the landmarks'
                      network too */
    MIEN_LANDMARKS = 2, /* 68 points in the picture */
    MIEN_POSE = 4,      /* where the head is, and the 68 points in space */
    MIEN_SHAPE = 8,     /* parameters of the fitted face shape */
    MIEN_AU = 16,       /* facial action units */
    MIEN_EYES =
        32, /* points of both eyes and where they look, by their geometry (OpenFace's gaze) */
    MIEN_ALL = 63,
};

#define MIEN_POINTS                                                                              \
    68                     /* iBUG / 300-W order: jaw 0-16, brows 17-26, nose 27-35, eyes 36-47, \
                              outer lip 48-59, inner lip 60-67 */
#define MIEN_EYE_POINTS 28 /* ring of the iris 0-7, lids 8-19 (corners 8 and 14), pupil 20-27 */
#define MIEN_EYE_MODES 10
#define MIEN_SHAPE_MODES 34
#define MIEN_AU_INTENSITIES 17 /* AU 1 2 4 5 6 7 9 10 12 14 15 17 20 23 25 26 45 */
#define MIEN_AU_PRESENCES 18   /* the same, and 28 before 45 */

/* "gaze", "landmarks", "pose", "shape", "au", "eyes" for one bit of enum mien_analysis; NULL for
 * anything else. Static. */
MIEN_API const char *mien_analysis_name(unsigned bit);

/* Reads "gaze,pose" or "all" into *bits. 0, or MIEN_EINVAL: an unknown name, or none at all; then
 * *bits is as it was. */
MIEN_API int mien_analysis_parse(const char *list, unsigned *bits);

/* FACS number of the i-th entry of mien_au.intensity and .presence; 0 past the end. */
MIEN_API int mien_au_intensity_unit(int i);
MIEN_API int mien_au_presence_unit(int i);

/* English name of an action unit by its FACS number: "lip corner puller" for 12. NULL: not one that
 * mien measures. Static. */
MIEN_API const char *mien_au_name(int unit);

/* Name of the i-th of the 68 landmarks: part of the face and position there, "jaw_0" to
 * "inner_lip_7"; left and right are those of the image. NULL past the end. Static. */
MIEN_API const char *mien_landmark_name(int i);

/* Action units of one face, FACS intensities 0..5 and presences 0 or 1. */
typedef struct mien_au {
    float intensity[MIEN_AU_INTENSITIES];
    uint8_t presence[MIEN_AU_PRESENCES];
    uint8_t final; /* 1: calibrated with the whole video (mien_final_au) or from the models for
                      single images; 0: what could be said in this frame */
} mien_au;

/* Both eyes of one face, [0] at image left and [1] at image right. Another measurement than the
 * network's: it sees the eyes alone, its angles are in radians and their x has the opposite sign
 * of yaw, all as in OpenFace. */
typedef struct mien_eyes {
    float landmark[2][MIEN_EYE_POINTS][2];    /* pixels, as mien_face.landmark */
    float landmark_mm[2][MIEN_EYE_POINTS][3]; /* camera axes, mm */
    float gaze[2][3];                         /* unit vectors in camera axes */
    float angle[2];  /* radians, of the mean of both: x towards image right, y down */
    int32_t missed;  /* bits 1, 2: that eye's iris does not lie on its eyeball, so that its vector
                        (and angle) means nothing; rare */
    float fit[2][6]; /* of the eye's own model, as mien_face.fit */
    float shape[2][MIEN_EYE_MODES]; /* mm along its modes */
} mien_eyes;

/* What is known of one face in one frame. No pointers: it can be copied and shared. */
typedef struct mien_face {
    int32_t id;         /* person within the run: from 0, never reused */
    int32_t box_source; /* enum mien_box_source */
    float confidence;   /* detector score, 0..1; interpolated along with the box; with "mtcnn",
                           landmark_confidence */
    float box[4];       /* x1, y1, x2, y2 in pixels; may reach beyond the picture */
    float point[5][2];  /* eye at image left, eye at image right, nose tip, mouth corner at image
                           left, mouth corner at image right; pixels */
    uint32_t has;       /* MIEN_* analyses that succeeded; the fields of others are 0 */
    float yaw, pitch;   /* degrees, of this frame alone */
    float yaw_smooth, pitch_smooth; /* degrees, moving average of this person (settings.smooth) */
    float gaze[3];                  /* unit vector of yaw, pitch in camera axes */
    float yaw_peak, pitch_peak;     /* largest probability of each head, 0..1; low means unsure */
    float landmark[MIEN_POINTS][2]; /* pixels; the first pixel's centre is (0, 0) as in OpenFace */
    float landmark_mm[MIEN_POINTS][3]; /* camera axes, mm */
    float head_mm[3];                  /* camera axes */
    float head_rad[3];             /* R = Rx Ry Rz; +x looks down, +y to image left, +z clockwise */
    float fit[6];                  /* scale (pixels per mm), rx, ry, rz (rad), tx, ty (pixels) */
    float shape[MIEN_SHAPE_MODES]; /* mm along each mode of the shape model */
    float fit_rms;                 /* pixels between landmarks and fitted shape */
    float landmark_confidence; /* 0..1, whether these landmarks are a face, by OpenFace's validator
                                  or the built-in network itself; negative: nobody looked */
    int32_t
        landmark_success; /* they are: above 0.725 by OpenFace's rule, above 0.5 by the network's;
                             1 as well when nobody looked. Without it there are no action units */
    mien_au au;
    mien_eyes eyes;
} mien_face;

/* A picture on its way through a pipeline, with what was found in it. Read-only for the caller,
 * except through mien_frame_wrap. */
typedef struct mien_frame {
    int64_t index; /* 0-based number of the picture in its stream: the caller's count */
    double time;   /* presentation time, seconds */
    mien_picture picture;
    int num_faces;          /* after mien_receive */
    const mien_face *faces; /* ascending id; valid until mien_release */
    int error; /* 0, or why this frame could not be analysed; MIEN_EWORKER: worker processes
                  died of it again and again, other frames are not affected */
} mien_frame;

/* ------------------------------------------------------------------------------- pipeline ---- */

enum mien_exec {
    MIEN_SEQUENTIAL, /* everything in the thread that calls mien_send */
    MIEN_THREADS,    /* worker threads; the same bytes come out */
    MIEN_PROCESSES,  /* worker processes, which may die without harm; the same bytes come out. They
                        are programs of their own (mien-worker), found beside the running program or
                        libmien, or named by $MIEN_WORKER */
};

/* Where the 68 landmarks come from. */
enum mien_landmark_method {
    MIEN_LANDMARK_NETWORK, /* a network, in each frame */
    MIEN_LANDMARK_CLNF,    /* OpenFace's tracker, frame after frame in order; needs `refiner` */
};

/* Everything that mien_open needs to know. Call mien_settings_init first, then change fields.
 *
 *  - 0 (NULL) is the default of every field. Where a setting can be turned off, a negative value or
 *    NAN does so.
 *  - Ranges, units and names stand in a table that programs can read: mien_setting_at.
 *  - `size` tells the library which fields the program knows, so a program that was built with an
 *    older header works with a newer library. Later versions only add fields at the end. */
typedef struct mien_settings {
    size_t size; /* set by mien_settings_init */

    /* who runs the work */
    enum mien_exec exec;
    int workers;  /* threads or processes; 0 = one for each core this process may use */
    int intra_op; /* threads inside a network; 0 = 1; more only lower the latency of one frame */

    /* models */
    const char *models;     /* MIEN_MODELS_BUILTIN: the models that come with mien;
                               MIEN_MODELS_STANDARD: those in mien_default_models_dir(); else a folder
                               with model files. NULL = $MIEN_MODELS, which may be any of these, else
                               the built-in ones */
    const char *detector;   /* registry name or file of the face detector. MIEN_DETECTOR_MTCNN:
                               OpenFace's, only with MIEN_LANDMARK_CLNF and the default there */
    const char *gaze_model; /* registry name or file of the gaze network */
    enum mien_landmark_method landmark_method;
    const char *landmark_model; /* registry name or file of the landmark network */
    const char *refiner;        /* OpenFace's main_clnf_general.txt, or "openface22-clnf": its local
                                   detectors refine the landmarks. MIEN_REFINER_NONE: off. NULL = below
                                   `models` if it is there, and off with the built-in models */
    const char *au_models; /* a folder like OpenFace's AU_predictors, or a registry name. NULL = the
                              built-in one (with MIEN_LANDMARK_CLNF OpenFace's), or below `models`
                              if it is there */
    int allow_unknown;     /* 1: use model files that the registry does not know */
    const char *provider;  /* execution provider: "cpu" (the default), "cuda", "coreml",
                              "openvino", ...; MIEN_PROVIDER_STUB: for tests; or by role,
                              "detector=coreml,landmarks=cpu,gaze=cpu": others have "cpu" */

    /* what is measured */
    unsigned analysis;      /* MIEN_* bits; 0 = all that the models at hand allow */
    unsigned exclude;       /* MIEN_* bits that the default of `analysis` leaves out */
    int independent_frames; /* 1: frames are pictures that have nothing to do with each other:
                               action units by the models for single pictures, without median and
                               calibration; the built-in landmark network runs four times on each
                               face */
    int external_landmarks; /* 1: every frame brings its faces (mien_frame_set_faces): neither
                               detector nor landmark network is loaded */
    double fx, fy, cx, cy;  /* camera, pixels; 0 = estimated from the picture's size as OpenFace
                               does; fx and fy: both or neither */

    /* finding faces */
    int gaze_size;     /* side of the gaze network's input, 96 to 448 pixels, where its file leaves
                          that open; 0 = 448. MobileGaze's angles at 224 differ from those at 448 */
    int detector_size; /* side of the detector's input: 320, 480 or 640 pixels; 0 = 320, and 640
                          where 320 finds other than large faces only; always 640 with a gaze
                          network that is not built in */
    int detect_every;  /* the detector runs on every n-th frame and the last, boxes between are
                          interpolated, and so are the starts of the refiner. 0 = 10 with the
                          refiner, else 5; 1 if live, for single pictures, or with a gaze network
                          that is not built in. With MIEN_DETECTOR_MTCNN: frames between two
                          searches for new faces; 0 = MIEN_FIND_EVERY */
    int live;          /* 1: no look-ahead: boxes are carried, not interpolated */
    int keep_lost;     /* 1, with MIEN_DETECTOR_MTCNN: a lost face stays in the results, where it
                          was, with landmark_success 0, until it is found or given up */
    int max_faces;     /* faces followed at a time, largest first; 0 = MIEN_FACES_LIMIT */
    float min_face;    /* pixels; faces whose box has a shorter side below this are dropped */
    float det_threshold; /* score that a detection must exceed; 0 = 0.5 */
    double smooth; /* seconds, time constant of gaze smoothing; 0 = 0.1; negative or NAN: off */
    int swap_gaze_heads; /* 1: the first output of the gaze network is the vertical angle */

    /* flow */
    int frames;         /* frames in flight; 0 = enough for two key frames */
    double frame_limit; /* processes: seconds after which a worker that has not finished its frame
                           is replaced; 0 = 60 */
    void (*wake)(void *ctx); /* called from any thread when mien_receive may have something new, so
                                that a caller with other things to wait for need not poll; must be
                                quick and call nothing of the pipeline */
    void *wake_ctx;          /* handed to wake; must outlive the pipeline */
    mien_log_fn log;         /* NULL = silent; mien_last_message works all the same */
    void *log_ctx;           /* handed to log; must outlive the pipeline */
} mien_settings;

#define MIEN_MODELS_BUILTIN "builtin"
#define MIEN_MODELS_STANDARD "standard"
#define MIEN_DETECTOR_MTCNN "mtcnn"
#define MIEN_REFINER_NONE "none"
#define MIEN_PROVIDER_STUB "stub"

/* Sets every field to its default. A macro, so that the library learns the size that the program
 * knows. NULL is ignored. */
#define mien_settings_init(s) mien_settings_init_sized((s), sizeof(mien_settings))
MIEN_API void mien_settings_init_sized(mien_settings *s, size_t size);

/* ----------------------------------------------------------------- settings by their names ---- */

enum mien_setting_type {
    MIEN_TYPE_FLAG,     /* int, 0 or 1 */
    MIEN_TYPE_INT,      /* int */
    MIEN_TYPE_FLOAT,    /* float */
    MIEN_TYPE_DOUBLE,   /* double */
    MIEN_TYPE_TEXT,     /* const char * */
    MIEN_TYPE_CHOICE,   /* an enum, by its word in `choices` */
    MIEN_TYPE_ANALYSIS, /* unsigned, MIEN_* bits by their names: "gaze,pose" */
};

/* What may be known of a setting. All strings are static. */
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

/* Sets a field from text: flags "0", "1", "false", "true"; numbers with a decimal point whatever
 * the locale; choices and analyses by their names; "" = no analysis bits, the default. Of a TEXT
 * the pointer is kept, not a copy, and NULL is the default. 0, or MIEN_EINVAL: no such setting, or
 * the value is out of range; then mien_last_message names setting, value and range, and *s is as it
 * was. */
MIEN_API int mien_settings_set(mien_settings *s, const char *name, const char *value);

/* Writes a field as text that mien_settings_set reads back as the same value. A text that is NULL
 * comes as "". 0, or MIEN_EINVAL: no such setting, or it does not fit in `size` bytes. */
MIEN_API int mien_settings_get(const mien_settings *s, const char *name, char *buf, size_t size);

typedef struct mien_pipeline mien_pipeline;

/* Loads and verifies the models, starts the workers. 0, or an error and *out is NULL. *s and its
 * strings are needed only during the call, except log_ctx. */
MIEN_API int mien_open(mien_pipeline **out, const mien_settings *s);

/* Stops the workers, frees everything, sets *p to NULL. Frames in flight are dropped; a frame the
 * caller still holds must be released first. NULL and a pointer to NULL are fine. */
MIEN_API void mien_close(mien_pipeline **p);

/* An empty frame from the fixed pool: the only back-pressure there is. MIEN_EAGAIN when all are in
 * use: receive first. Never blocks. */
MIEN_API int mien_acquire(mien_pipeline *p, mien_frame **out);

/* Lends a picture to an acquired frame. The planes must stay as they are until release(ctx), which
 * is called once, from any thread, when the frame is given up; release may be NULL.
 * MIEN_EDIMENSIONS or MIEN_EINVAL if picture or time is not usable: then release is not called. */
MIEN_API int mien_frame_wrap(mien_frame *f, const mien_picture *picture, int64_t index, double time,
                             void (*release)(void *ctx), void *ctx);

/* A face known beforehand, for mien_frame_set_faces. */
typedef struct mien_external_face {
    int32_t id; /* kept as it is; ascending within the frame */
    float confidence;
    float landmark[MIEN_POINTS][2]; /* pixels */
    float landmark_confidence; /* above 0, up to 1: how sure it is that this is a face; at 0.5 or
                                  less its landmarks stay, but nothing is measured from them. 0: not
                                  known, trusted */
} mien_external_face;

/* After mien_frame_wrap: this frame has exactly these faces. It is neither searched nor tracked,
 * and no landmark network runs: everything else is measured from these landmarks. The array is
 * copied. MIEN_EINVAL: too many, ids not ascending, or landmarks not finite. */
MIEN_API int mien_frame_set_faces(mien_frame *f, const mien_external_face *faces, int n);

/* Room for the pixels of a picture that worker processes see where it is, without a copy. Another
 * process of the caller's may fill it, too: hand it fd, and it maps what it needs, at offset or
 * from the start. All buffers of a pipeline lie in one such memory, which holds pixels and nothing
 * else and whose size is fixed; so who has fd can paint the pipeline's pictures, and look at them.
 */
typedef struct mien_buffer {
    uint8_t *data; /* aligned for any vector unit */
    size_t size;   /* at least what was asked for */
    size_t offset; /* of data in the memory of fd */
    int fd; /* the pipeline's: close only copies of it. As long as the buffer is not put back */
} mien_buffer;

/* NULL: none free, too large, or this executor needs none (then any memory serves as well as any
 * other). A picture elsewhere is copied when it is sent. Any thread. Buffers may outlive the
 * pipeline. */
MIEN_API mien_buffer *mien_buffer_get(mien_pipeline *p, size_t size);

/* Any thread; by the release function of the frame that shows it, for instance. */
MIEN_API void mien_buffer_put(mien_buffer *b);

/* Hands *f over: afterwards it is the pipeline's and *f is NULL. f == NULL ends the stream.
 * Sequential: the analysis happens inside this call. Frames must be sent in order of index. With
 * key frames (detect_every above 1, not live) the newest frame waits until the next send tells
 * whether it is the last. */
MIEN_API int mien_send(mien_pipeline *p, mien_frame **f);

/* The next frame in the order sent, whatever the executor. Blocks when `wait` is set and frames
 * are in flight that can finish without another send; otherwise MIEN_EAGAIN. MIEN_EEOF after the
 * last one once the stream was ended. On 0 the caller owns *out until mien_release. */
MIEN_API int mien_receive(mien_pipeline *p, mien_frame **out, int wait);

/* Gives a frame back, analysed or not, and sets *f to NULL. */
MIEN_API void mien_release(mien_pipeline *p, mien_frame **f);

/* After MIEN_EEOF, not live: the action units of person `id` in frame `index` (as sent), now that
 * the person's neutral face is known from the whole stream. MIEN_EINVAL: no such frame or person,
 * or there are none to be had (live, still, no action units). */
MIEN_API int mien_final_au(mien_pipeline *p, int64_t index, int32_t id, mien_au *out);

/* What is measured: MIEN_* bits, settled by mien_open from the settings and the models at hand. */
MIEN_API unsigned mien_analysis_of(const mien_pipeline *p);

/* After MIEN_EEOF: forget all tracks, and an interruption, and start a new stream with the same
 * models and workers. MIEN_EINVAL while results are still to come. */
MIEN_API int mien_reset(mien_pipeline *p);

/* From any thread or a signal handler: frames not yet begun are passed through unanalysed with
 * error MIEN_EINTERRUPTED, so that mien_receive ends soon. */
MIEN_API void mien_interrupt(mien_pipeline *p);

/* ----------------------------------------------------------------------------- what it did ---- */

/* Service times of one kind of work since mien_open or mien_stats_clear. */
typedef struct mien_span {
    const char *name; /* "detect.network" and the like; static */
    int network;      /* 1: time inside a neural network */
    int64_t count;
    double total, median, p95, max; /* seconds; median and p95 to about 3 % */
} mien_span;

#define MIEN_SPANS_MAX 24

/* How many frames a second come through one stage, wherever it runs. Frames that it has nothing to
 * do with do not count: with detect_every 5 the detector sees a fifth of them. */
typedef struct mien_stage_rate {
    const char *name; /* "detect" and the like; static */
    int64_t frames;
    double recent, mean; /* a second: over the last 30 of them, and since the first; 0 below two */
} mien_stage_rate;

#define MIEN_STAGES_MAX 20

typedef struct mien_stats {
    int num_spans;
    mien_span span[MIEN_SPANS_MAX];
    int num_stages; /* in the order in which frames come to them */
    mien_stage_rate stage[MIEN_STAGES_MAX];
    int64_t frames, detections, faces; /* analysed frames, detector runs, faces looked at */
    double queue_mean;                 /* frames waiting for a worker, mean over tasks */
    int queue_max;
    int workers, frames_in_pool, detect_every; /* as settled by mien_open */
    int64_t restarts;                          /* of worker processes that died or hung */
    int64_t quarantined;                       /* frames with MIEN_EWORKER */
    int64_t copied; /* pictures that had to be copied for processes, since mien_open */
} mien_stats;

MIEN_API void mien_get_stats(mien_pipeline *p, mien_stats *out);
MIEN_API void mien_clear_stats(mien_pipeline *p);

/* Mean time of one run of a network. */
typedef struct mien_network_time {
    const char *role; /* as in mien_model_use; static */
    double seconds;
    int per_face; /* 1: it runs once for each of mien_stats.faces, 0: for each of .detections */
} mien_network_time;

/* Measures the networks in use while all workers run them in turn, on whatever their inputs hold,
 * for about `seconds` in all. The pipeline must be idle. Returns the number of networks and fills
 * up to `max` of them, or an error. The networks alone would allow (the floor of mien bench)
 * workers / sum(seconds * runs per frame) frames per second. */
MIEN_API int mien_measure_networks(mien_pipeline *p, double seconds, mien_network_time *out,
                                   int max);

/* A model in use. Strings live as long as the pipeline. */
typedef struct mien_model_use {
    const char *role, *name, *path, *sha256, *licence;
    const char *provider; /* the one that really runs it */
} mien_model_use;

/* Number of models in use, at most MIEN_MODELS_MAX; fills up to `max` of them. */
#define MIEN_MODELS_MAX 8
MIEN_API int mien_models_used(mien_pipeline *p, mien_model_use *out, int max);

/* --------------------------------------------------------------------------------- models ---- */

/* An entry of the registry. All strings static; url is NULL when there is no download. */
typedef struct mien_model_info {
    const char *name;   /* unique */
    const char *role;   /* "detector", "gaze", ... */
    const char *file;   /* its file name inside a models folder */
    const char *sha256; /* 64 lower-case hex digits */
    int64_t size;       /* bytes; 0 = not recorded */
    const char *licence;
    int commercial;     /* 1: commercial use allowed by the licence of file and weights */
    const char *origin; /* where it comes from, for people */
    const char *url;    /* where `mien models pull` fetches it */
    int is_default;     /* of the standard set: pulled unless others are named */
    int builtin;        /* comes with mien, in mien_builtin_models_dir() */
} mien_model_info;

/* The registry in order of preference; NULL past the end. */
MIEN_API const mien_model_info *mien_model_at(int i);

/* Entry by name or by file name; NULL if there is none. */
MIEN_API const mien_model_info *mien_model_find(const char *name);

/* Compares the file with the registry. 0 when it is that entry's file; MIEN_ENOMODEL,
 * MIEN_EBADMODEL. hex (65 bytes, may be NULL) receives the digest found. */
MIEN_API int mien_model_verify(const mien_model_info *info, const char *path, char *hex);

/* Entry whose SHA-256 equals hex; NULL if there is none. */
MIEN_API const mien_model_info *mien_model_by_digest(const char *hex);

/* Where the standard models are kept: $MIEN_MODELS if it names a folder, else
 * $XDG_DATA_HOME/mien/models, else ~/.local/share/mien/models. The string is written to buf;
 * returns buf, or NULL if it does not fit. */
MIEN_API const char *mien_default_models_dir(char *buf, size_t size);

/* Where the models are that came with mien: $MIEN_BUILTIN, else beside libmien or the program:
 * PREFIX/share/mien/builtin, or models/builtin of the source tree that it was built in. Written to
 * buf; returns buf, or NULL if they are nowhere or it does not fit. */
MIEN_API const char *mien_builtin_models_dir(char *buf, size_t size);

/* A file below that folder, as it has to be. */
typedef struct mien_builtin_file {
    const char *name, *sha256;
    int64_t size;
} mien_builtin_file;

/* All of them; NULL past the end. */
MIEN_API const mien_builtin_file *mien_builtin_file_at(int i);

/* 1: what the built-in models say of this action unit agrees with people's eyes only roughly. */
MIEN_API int mien_builtin_au_experimental(int unit);

/* -------------------------------------------------------------------------------- runtime ---- */

/* One line about the inference runtime: "ONNX Runtime 1.30.0 (path)", or why there is none. */
MIEN_API int mien_runtime_version(char *buf, size_t size);

/* Names of the execution providers that really load, comma separated, "cpu" first. */
MIEN_API int mien_runtime_providers(char *buf, size_t size);

/* Cores this process may use: affinity, cgroup quota, SLURM_CPUS_PER_TASK; at least 1. */
MIEN_API int mien_cores(void);

/* Converts a picture to B, G, R bytes, the very pixels that the networks see. dst holds
 * height * stride bytes. */
MIEN_API int mien_picture_to_bgr(const mien_picture *picture, uint8_t *dst, int stride);

#ifdef __cplusplus
}
#endif

#endif

/* What a pipeline is made of: settings that the user left open are settled, models found, loaded,
 * checked. */
#include "pipeline.h"

#include <math.h>
#include <mien/models.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cores.h"
#include "base/mem.h"
#include "face/dat.h"
#include "settings.h"
#include "stage/gaze.h"

#define FROM_SHAPE (MIEN_POSE | MIEN_SHAPE | MIEN_AU | MIEN_EYES)
#define FROM_POINTS (MIEN_LANDMARKS | FROM_SHAPE)

/* OpenFace's detector belongs to OpenFace's tracker: it is the tracker's default, and nobody
 * else's. */
static int settle_detector(mien_pipeline *p)
{
    mien_settings *s = &p->ctx.settings;
    bool named =
        s->detector && (!strcmp(s->detector, "mtcnn") || !strcmp(s->detector, MN_MTCNN_NAME));
    bool tracks = s->landmark_method == MIEN_LANDMARK_CLNF && !s->external_landmarks &&
                  (s->analysis == 0 || (s->analysis & FROM_POINTS));
    if (named && !tracks) {
        mn_error(&p->log,
                 "the detector mtcnn is part of OpenFace's tracker: it needs landmarks by clnf");
        return MIEN_EINVAL;
    }
    p->ctx.tracker_detects = tracks && (named || !s->detector);
    if (p->ctx.tracker_detects) { /* the tracker counts frames itself: to the rest, each is a key
                                     frame */
        p->ctx.find_every = s->detect_every ? s->detect_every : MIEN_FIND_EVERY;
        s->detect_every = 1;
    }
    return 0;
}

#define SMOOTH 0.1 /* seconds */

/* Checks the settings and fills in what was left to us. */
static int settle(mien_pipeline *p)
{
    mien_settings *s = &p->ctx.settings;
    int err = mn_settings_check(s, &p->log);
    if (err == 0)
        err = settle_detector(p);
    if (err < 0)
        return err;
    if (s->exec == MIEN_SEQUENTIAL)
        s->workers = 1;
    else if (s->workers == 0)
        s->workers = mn_cores();
    if (s->intra_op == 0)
        s->intra_op = 1;
    if (s->max_faces == 0)
        s->max_faces = MIEN_FACES_LIMIT;
    if (s->det_threshold == 0)
        s->det_threshold = 0.5f;
    if (s->smooth == 0)
        s->smooth = SMOOTH;
    return 0;
}

/* Gaze networks that learned from a detector's own boxes follow every pixel by which a crop is off.
 * Ours looks where landmarks are, and landmarks are found wherever they are looked for, so for
 * these boxes in between may be interpolated (docs/accuracy.md), if not over a long time. Landmarks
 * that are sharpened begin where their neighbours lead (stage/landmark_interp.c) and need boxes
 * even less.
 */
static bool rough_boxes_do(const mien_pipeline *p)
{
    const struct mn_loaded *gaze = &p->ctx.model[MN_ROLE_GAZE];
    return !(p->ctx.settings.analysis & MIEN_GAZE) || (gaze->info && gaze->info->builtin);
}

#define DETECT_EVERY 5
#define KEY_GAP 0.5 /* seconds */
#define DETECT_EVERY_SHARPENED 10
#define KEY_GAP_SHARPENED 0.7
#define ANCHOR_EVERY 5 /* frames */

static void settle_pace(mien_pipeline *p)
{
    mien_settings *s = &p->ctx.settings;
    if (s->detect_every == 0 && rough_boxes_do(p) && !s->live && !s->external_landmarks &&
        !s->independent_frames) {
        bool sharpened = p->ctx.has_refiner && p->ctx.model[MN_ROLE_LANDMARKS].model;
        s->detect_every = sharpened ? DETECT_EVERY_SHARPENED : DETECT_EVERY;
        p->ctx.key_gap = sharpened ? KEY_GAP_SHARPENED : KEY_GAP;
    }
    if (s->detect_every == 0)
        s->detect_every = 1;
    p->ctx.anchor_every = 1;
    if (p->ctx.has_refiner && p->ctx.model[MN_ROLE_LANDMARKS].model && s->detect_every > 1 &&
        !s->live && !s->external_landmarks && !s->independent_frames)
        p->ctx.anchor_every = ANCHOR_EVERY;
    p->ctx.key_frames = s->detect_every > 1 && !s->live && !s->external_landmarks;
    const int back = p->ctx.key_frames; /* one waits to be told whether it is the last */
    const int least =
        s->detect_every + s->workers + 1 + back; /* fewer would wait for each other for ever */
    if (s->frames == 0)
        /* with key frames: two of them in flight, so that the next one's boxes are there in time;
         * who works alone need not be fed in time */
        s->frames = (s->detect_every > 1 && s->workers > 1 ? 2 : 1) * s->detect_every + s->workers +
                    3 + back;
    else if (s->frames < least)
        s->frames = least;
}

/* The control file of OpenFace's landmark model; "" when it is turned off. It is not built in: with
 * the built-in models only its tracker brings it along. */
static void find_refiner(mien_pipeline *p)
{
    const mien_settings *s = &p->ctx.settings;
    const mien_model_info *named = s->refiner ? mien_model_find(s->refiner) : NULL;
    bool own = s->refiner ? named && !strcmp(named->name, s->refiner)
                          : !p->places.use_builtin || s->landmark_method == MIEN_LANDMARK_CLNF;
    if (own)
        snprintf(p->refiner_path, sizeof(p->refiner_path),
                 "%s/openface22/model/main_clnf_general.txt", p->places.folder);
    else if (s->refiner && strcmp(s->refiner, "none") != 0)
        snprintf(p->refiner_path, sizeof(p->refiner_path), "%s", s->refiner);
}

bool mn_runs_here(const struct mn_loaded *m)
{
    return m->model->engine->info->runs_here;
}

/* Does any network come from a file? */
static bool needs_files(const mien_pipeline *p)
{
    for (int i = 0; i < MN_NUM_ROLES; i++)
        if (mn_engine_for(p->providers.of[i])->needs_files)
            return true;
    return false;
}

/* Which analyses to do, when that was left to us: those whose models are there. */
static unsigned possible(const mien_pipeline *p)
{
    unsigned can = MIEN_GAZE; /* without it the message should say what is missing */
    if (!needs_files(p))
        return can;
    const mien_settings *s = &p->ctx.settings;
    if (p->places.use_builtin || s->landmark_model || s->external_landmarks ||
        s->landmark_method == MIEN_LANDMARK_CLNF || mn_loaded_there("landmarks", &p->places))
        can |= MIEN_LANDMARKS;
    bool own = p->places.use_builtin &&
               s->landmark_method != MIEN_LANDMARK_CLNF; /* what came with mien has to be there */
    if ((can & MIEN_LANDMARKS) && (own || s->au_models || access(p->au_folder, R_OK) == 0))
        can |= FROM_SHAPE;
    if (s->external_landmarks || !p->refiner_path[0] || access(p->refiner_path, R_OK) < 0)
        can &= ~(unsigned)MIEN_EYES;
    if (can != MIEN_GAZE && !p->places.use_builtin && !s->gaze_model &&
        !mn_loaded_there("gaze", &p->places))
        can &= ~(unsigned)MIEN_GAZE;
    unsigned meant = can & ~s->exclude;
    return meant ? meant : can;
}

/* Eyes come with the landmark model's own search in the picture, and from nowhere else. */
static int settle_eyes(mien_pipeline *p)
{
    mien_settings *s = &p->ctx.settings;
    if (!(s->analysis & MIEN_EYES) || (!s->external_landmarks && p->refiner_path[0]))
        return 0;
    s->analysis &= ~(unsigned)MIEN_EYES;
    if ((s->analysis | MIEN_EYES) == MIEN_ALL) /* "all" is all that there can be */
        return 0;
    if (!s->external_landmarks && !s->refiner)
        mn_error(&p->log,
                 "eyes are found by OpenFace's models, which are not built in; use --models "
                 "standard or --refiner openface22-clnf, or name the other analyses without eyes");
    else
        mn_error(&p->log,
                 "eyes are found in the search for landmarks, %s; name the other analyses "
                 "without eyes",
                 s->external_landmarks ? "and these landmarks are given"
                                       : "by the refiner, which is turned off");
    return MIEN_EINVAL;
}

/* Taken when it is there, or when what was asked for needs it. */
static int open_refiner(mien_pipeline *p)
{
    const mien_settings *s = &p->ctx.settings;
    bool needed =
        s->refiner || s->landmark_method == MIEN_LANDMARK_CLNF || (s->analysis & MIEN_EYES);
    if (!p->refiner_path[0] || (!needed && access(p->refiner_path, R_OK) < 0))
        return 0;
    if (s->landmark_method == MIEN_LANDMARK_CLNF && !s->refiner &&
        access(p->refiner_path, R_OK) < 0) {
        mn_error(&p->log,
                 "%s: no such file, and OpenFace's tracker is not built in; mien models pull "
                 "openface22-clnf tells where it is from",
                 p->refiner_path);
        return MIEN_ENOMODEL;
    }
    p->ctx.has_refiner = true;
    bool tracks = s->landmark_method == MIEN_LANDMARK_CLNF && !s->external_landmarks;
    if (p->part == MN_WORKER && tracks) /* the parent's lane has the rest */
        return mn_clnf_open_shapes(&p->ctx.refiner, p->refiner_path, &p->log);
    mn_dat_note(&p->refiner_sha256);
    int err = mn_clnf_open(&p->ctx.refiner, p->refiner_path, &p->log);
    mn_dat_note(NULL);
    if (p->part == MN_PARENT && !tracks) /* its workers use it; here only its digest was wanted */
        mn_clnf_close(&p->ctx.refiner);
    return err;
}

/* Beside the landmark model. */
static int open_mtcnn(mien_pipeline *p)
{
    if (p->part == MN_WORKER)
        return 0;
    const char *slash = strrchr(p->refiner_path, '/');
    snprintf(p->mtcnn_path, sizeof(p->mtcnn_path), "%.*smtcnn_detector/MTCNN_detector.txt",
             slash ? (int)(slash + 1 - p->refiner_path) : 0, p->refiner_path);
    mn_dat_note(&p->mtcnn_sha256);
    int err = mn_mtcnn_open(&p->ctx.mtcnn, p->mtcnn_path, &p->log);
    mn_dat_note(NULL);
    return err;
}

/* The engine for a role's network; roles of one provider share one. The parent of worker processes
 * only finds and verifies their files, so that an engine without files is the same there. */
static int open_engine(mien_pipeline *p, enum mn_role role)
{
    const char *provider = p->providers.of[role];
    for (int i = 0; i < MN_NUM_ROLES && !p->engine[role]; i++)
        if (p->engine[i] && !strcmp(p->providers.of[i], provider))
            p->engine[role] = p->engine[i];
    if (p->engine[role])
        return 0;
    const struct mn_engine_info *info = mn_engine_for(provider);
    if (p->part == MN_PARENT && info->needs_files)
        info = &mn_engine_remote;
    return mn_engine_open(&p->engine[role], info, provider,
                          p->providers.apart ? mn_roles[role].name : NULL, p->ctx.settings.intra_op,
                          &p->log);
}

static void close_engines(mien_pipeline *p)
{
    for (int i = 0; i < MN_NUM_ROLES; i++) {
        for (int k = i + 1; k < MN_NUM_ROLES; k++)
            if (p->engine[k] == p->engine[i])
                p->engine[k] = NULL;
        mn_engine_close(&p->engine[i]);
    }
}

#define SMALL_SIDE 320

/* any_size: one session for every side. A network that was pinned to one gives other roundings, and
 * providers other than the CPU may want it so. */
static int open_detector(mien_pipeline *p, struct mn_loaded *m, int side, bool any_size)
{
    const mien_settings *s = &p->ctx.settings;
    const struct mn_shape input = mn_detect_input(side);
    int err = open_engine(p, MN_ROLE_DETECTOR);
    if (err == 0)
        err = mn_loaded_open(m, p->engine[MN_ROLE_DETECTOR], "detector", &p->places, s->detector,
                             s->allow_unknown, &input, any_size);
    return err < 0 || !mn_runs_here(m) ? err : mn_detect_check(m, &p->log);
}

static int open_gaze(mien_pipeline *p)
{
    const mien_settings *s = &p->ctx.settings;
    struct mn_loaded *m = &p->ctx.model[MN_ROLE_GAZE];
    struct mn_shape input = mn_gaze_input;
    const int64_t usual = -input.dim[3], want = s->gaze_size ? s->gaze_size : usual;
    input.dim[2] = input.dim[3] = -want;
    int err = open_engine(p, MN_ROLE_GAZE);
    if (err == 0)
        err = mn_loaded_open(m, p->engine[MN_ROLE_GAZE], "gaze", &p->places, s->gaze_model,
                             s->allow_unknown, &input, false);
    if (err == 0 && mn_runs_here(m))
        err = mn_gaze_check(m, &p->log);
    if (err < 0 || !mn_runs_here(m) || !s->gaze_size)
        return err;
    const long long width = (long long)m->model->input.dim[3],
                    height = (long long)m->model->input.dim[2];
    if (width != want || height != want) {
        mn_error(&p->log,
                 "%s takes pictures of %lld x %lld pixels and no others; leave out the size of "
                 "the gaze network's input, or use another network",
                 m->path, width, height);
        return MIEN_EMODELROLE;
    }
    if (want < usual && m->model->engine->info->needs_files)
        mn_warn(&p->log,
                "MobileGaze networks learned from %d x %d pixels; from fewer their angles are "
                "others, by 10 degrees on average at 320 and 15 at 224",
                (int)usual, (int)usual);
    return 0;
}

static int open_landmarks(mien_pipeline *p)
{
    const mien_settings *s = &p->ctx.settings;
    struct mn_loaded *m = &p->ctx.model[MN_ROLE_LANDMARKS];
    int err = open_engine(p, MN_ROLE_LANDMARKS);
    if (err == 0)
        err = mn_loaded_open(m, p->engine[MN_ROLE_LANDMARKS], "landmarks", &p->places,
                             s->landmark_model, s->allow_unknown, &mn_landmarks_input, false);
    return err < 0 || !mn_runs_here(m) ? err : mn_landmarks_check(m, &p->log);
}

static int open_au(mien_pipeline *p)
{
    const mien_settings *s = &p->ctx.settings;
    const mien_model_info *named = s->au_models ? mien_model_find(s->au_models) : NULL;
    if ((named || !s->au_models) && access(p->au_folder, R_OK) < 0) {
        mn_error(
            &p->log, "%s: no such folder, and pose and action units need it; %s", p->au_folder,
            (named ? named->builtin
                   : p->places.use_builtin && s->landmark_method != MIEN_LANDMARK_CLNF)
                ? "install mien again, or name the built-in models' folder with MIEN_BUILTIN"
                : "mien models pull openface22-au tells where it is from, --au-models builtin-au "
                  "takes mien's own");
        return MIEN_ENOMODEL;
    }
    int err = mn_au_folder_check(p->au_folder, s->allow_unknown, &p->au_builtin, &p->log);
    if (err < 0)
        return err;
    mn_dat_note(&p->au_sha256);
    err = mn_au_open(&p->ctx.au, p->au_folder, s->independent_frames, &p->log);
    mn_dat_note(NULL);
    return err;
}

/* Are points needed that a network finds? The tracker finds them only where points are asked for.
 */
static bool wants_network_points(const mien_pipeline *p)
{
    const mien_settings *s = &p->ctx.settings;
    if (s->analysis & FROM_POINTS)
        return s->landmark_method != MIEN_LANDMARK_CLNF;
    return (s->analysis & MIEN_GAZE) && mn_gaze_by_landmarks(p->ctx.model[MN_ROLE_GAZE].model);
}

static int open_networks(mien_pipeline *p)
{
    const mien_settings *s = &p->ctx.settings;
    const bool finds = !s->external_landmarks && !p->ctx.tracker_detects;
    int err = s->analysis & MIEN_GAZE ? open_gaze(p) : 0;
    bool looks_twice =
        finds && s->detector_size == 0 && rough_boxes_do(p); /* a small look comes first */
    if (err == 0 && finds)
        err = open_detector(p, &p->ctx.model[MN_ROLE_DETECTOR],
                            s->detector_size ? s->detector_size : MN_DETECTOR_SIDE, looks_twice);
    if (err == 0 && looks_twice) {
        p->ctx.small_side = SMALL_SIDE;
        if (!p->ctx.model[MN_ROLE_DETECTOR].model->any_size)
            err = open_detector(p, &p->ctx.small_detector, SMALL_SIDE, false);
    }
    if (err == 0 && !s->external_landmarks && wants_network_points(p))
        err = open_landmarks(p);
    return err;
}

/* What is read from files of our own kinds, without a runtime. */
static int open_shapes(mien_pipeline *p)
{
    const mien_settings *s = &p->ctx.settings;
    int err = (s->analysis & FROM_POINTS) && !s->external_landmarks ? open_refiner(p) : 0;
    if (err == 0 && p->ctx.tracker_detects)
        err = open_mtcnn(p);
    if (err == 0 && (s->analysis & FROM_SHAPE))
        err = open_au(p);
    return err;
}

struct beside {
    mien_pipeline *p;
    struct mn_log_deferred deferred;
    int err;
};

static void *open_shapes_beside(void *arg)
{
    struct beside *b = arg;
    mn_log_defer(&b->deferred);
    b->err = open_shapes(b->p);
    mn_log_defer(NULL);
    return NULL;
}

/* Both parts, at the same time for a user who gave us two workers. The second one is heard only
 * when the first went well, as if it had come after it. */
static int open_both(mien_pipeline *p)
{
    const mien_settings *s = &p->ctx.settings;
    struct beside b = {.p = p};
    pthread_t thread;
    bool beside = s->exec == MIEN_THREADS && s->workers > 1 &&
                  pthread_create(&thread, NULL, open_shapes_beside, &b) == 0;
    int err = open_networks(p);
    if (!beside)
        return err < 0 ? err : open_shapes(p);
    pthread_join(thread, NULL);
    if (err < 0)
        return err;
    mn_log_flush(&b.deferred);
    return b.err;
}

static int open_models(mien_pipeline *p)
{
    mien_settings *s = &p->ctx.settings;
    int err = mn_places_settle(&p->places, s->models, &p->log);
    if (err < 0)
        return err;
    mn_au_folder(&p->places, s->au_models, s->landmark_method == MIEN_LANDMARK_CLNF, p->au_folder,
                 sizeof(p->au_folder));
    find_refiner(p);
    if (s->analysis == 0)
        s->analysis = possible(p);
    err = settle_eyes(p);
    if (err == 0 && s->landmark_method == MIEN_LANDMARK_CLNF && s->refiner &&
        !strcmp(s->refiner, "none")) {
        mn_error(&p->log, "OpenFace's tracker is made of what --refiner none turns off; leave out "
                          "that, or --landmarks clnf");
        err = MIEN_EINVAL;
    }
    return err < 0 ? err : open_both(p);
}

void mn_pipeline_name_models(mien_pipeline *p)
{
    mien_settings *s = &p->ctx.settings;
    if (!needs_files(p))
        return;
    if (p->ctx.model[MN_ROLE_DETECTOR].model)
        s->detector = p->ctx.model[MN_ROLE_DETECTOR].path;
    if (p->ctx.model[MN_ROLE_GAZE].model)
        s->gaze_model = p->ctx.model[MN_ROLE_GAZE].path;
    if (p->ctx.model[MN_ROLE_LANDMARKS].model)
        s->landmark_model = p->ctx.model[MN_ROLE_LANDMARKS].path;
    if (p->ctx.au)
        s->au_models = p->au_folder;
    if (p->ctx.has_refiner)
        s->refiner = p->refiner_path;
    else if (s->landmark_method != MIEN_LANDMARK_CLNF)
        s->refiner = "none";
}

int mn_pipeline_open_parts(mien_pipeline **out, const mien_settings *settings, enum mn_part part)
{
    mien_pipeline *p = *out = mn_alloc(1, sizeof(*p));
    if (!p)
        return MIEN_ENOMEM;
    int err = mn_settings_copy(&p->ctx.settings, settings);
    settings = &p->ctx.settings;
    mn_log_init(&p->log, settings->log, settings->log_ctx);
    if (err < 0) {
        mn_error(&p->log, "%s", mien_last_message());
        return err;
    }
    p->ctx.log = &p->log;
    p->part = part;
    err = mn_providers_parse(&p->providers, settings->provider, &p->log);
    if (err == 0)
        err = settle(p);
    if (err == 0)
        err = open_models(p);
    settle_pace(p);
    return err;
}

void mn_pipeline_close_parts(mien_pipeline *p)
{
    mn_au_close(&p->ctx.au);
    mn_mtcnn_close(&p->ctx.mtcnn);
    mn_clnf_close(&p->ctx.refiner);
    mn_loaded_close(&p->ctx.model[MN_ROLE_LANDMARKS]);
    mn_loaded_close(&p->ctx.model[MN_ROLE_GAZE]);
    mn_loaded_close(&p->ctx.model[MN_ROLE_DETECTOR]);
    mn_loaded_close(&p->ctx.small_detector);
    close_engines(p);
}

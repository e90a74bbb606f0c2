/* One analysis: owns the engine, the models, the frames and the executor, and wires them. The
 * public functions that concern a pipeline are here. */
#include <errno.h>
#include <math.h>
#include <mien/mien.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cores.h"
#include "base/mem.h"
#include "exec/exec.h"
#include "exec/processes.h"
#include "image/region.h"
#include "infer/providers.h"
#include "infer/runtime.h"
#include "stage/gaze.h"
#include "worker.h"

#define MTCNN_NAME "openface22-mtcnn"

/* Worker processes share the stages with their parent; each side opens what its own need. */
enum part { WHOLE, PARENT, WORKER };

struct mien_pipeline {
    struct mn_log log;
    struct mn_context ctx;
    enum part part;
    struct mn_providers providers;
    struct mn_engine *engine[MN_NUM_ROLES]; /* those in use; roles of one provider share one */
    struct mn_providers running; /* of a worker: as it runs them; of its parent: as it was told */
    char running_text[MN_PROVIDERS_TEXT];
    struct mn_pool pool;
    struct mn_region *region; /* processes: where frames lie */
    struct mn_exec *exec;
    bool ended;
    int64_t frames;
    bool stub;       /* networks are the stub's */
    struct mn_places places;
    char au_folder[1200];
    enum mn_au_set au_set;
    char mtcnn_path[1240];
    char mtcnn_sha256[MN_SHA256_HEX]; /* of its list of networks */
    char refiner_path[1200];
    char refiner_sha256[MN_SHA256_HEX]; /* of its main file */
};

void mien_settings_init(mien_settings *s)
{
    memset(s, 0, sizeof(*s));
    s->smooth = 0.1;
}

static bool camera_fits(const mien_settings *s)
{
    bool none = s->fx == 0 && s->fy == 0;
    return isfinite(s->fx) && isfinite(s->fy) && isfinite(s->cx) && isfinite(s->cy) &&
           (none || (s->fx > 0 && s->fy > 0)) && s->cx >= 0 && s->cy >= 0;
}

#define FROM_SHAPE (MIEN_POSE | MIEN_SHAPE | MIEN_AU | MIEN_EYES)
#define FROM_POINTS (MIEN_LANDMARKS | FROM_SHAPE)

/* OpenFace's detector belongs to OpenFace's tracker: it is the tracker's default, and nobody
 * else's. */
static int settle_detector(mien_pipeline *p)
{
    mien_settings *s = &p->ctx.settings;
    bool named = s->detector && (!strcmp(s->detector, "mtcnn") || !strcmp(s->detector, MTCNN_NAME));
    bool tracks = s->clnf && !s->given && (s->analysis == 0 || (s->analysis & FROM_POINTS));
    if (named && !tracks) {
        mn_error(&p->log, "the detector mtcnn is part of OpenFace's tracker: it needs landmarks by clnf");
        return MIEN_EINVAL;
    }
    p->ctx.finds_faces = tracks && (named || !s->detector);
    if (p->ctx.finds_faces) { /* the tracker counts frames itself: to the rest, each is a key frame */
        p->ctx.find_every = s->detect_every ? s->detect_every : MIEN_FIND_EVERY;
        s->detect_every = 1;
    }
    return 0;
}

/* Checks the settings and fills in what was left to us. */
static int settle(mien_pipeline *p)
{
    mien_settings *s = &p->ctx.settings;
    struct mn_log *log = &p->log;
    if (s->workers < 0 || s->workers > 256 || s->intra_op < 0 || s->intra_op > 256 ||
        (s->detector_size != 0 && s->detector_size != 320 && s->detector_size != 480 &&
         s->detector_size != 640) ||
        (s->gaze_size != 0 && (s->gaze_size < 96 || s->gaze_size > 448)) ||
        s->detect_every < 0 || s->detect_every > 1000 || s->max_faces < 0 ||
        s->max_faces > MIEN_FACES_LIMIT || s->frames < 0 || s->frames > 2000 ||
        !(s->min_face >= 0) || !(s->det_threshold >= 0 && s->det_threshold < 1) ||
        !(s->smooth >= 0) || s->analysis > MIEN_ALL || s->leave_out > MIEN_ALL || !camera_fits(s) ||
        (unsigned)s->exec > MIEN_PROCESSES || !(s->frame_limit >= 0)) {
        mn_error(log, "a setting is out of its range");
        return MIEN_EINVAL;
    }
    int err = settle_detector(p);
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
    return 0;
}

/* Gaze networks that learned from a detector's own boxes follow every pixel by which a crop is off.
 * Ours looks where landmarks are, and landmarks are found wherever they are looked for, so for
 * these boxes in between may be interpolated (docs/accuracy.md), if not over a long time. Landmarks
 * that are sharpened begin where their neighbours lead (stage/bridge.c) and need boxes even less. */
static bool rough_boxes_do(const mien_pipeline *p)
{
    const struct mn_loaded *gaze = &p->ctx.gaze;
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
    if (s->detect_every == 0 && rough_boxes_do(p) && !s->live && !s->given && !s->unrelated) {
        bool sharpened = p->ctx.sharpens && p->ctx.landmarks.model;
        s->detect_every = sharpened ? DETECT_EVERY_SHARPENED : DETECT_EVERY;
        p->ctx.key_gap = sharpened ? KEY_GAP_SHARPENED : KEY_GAP;
    }
    if (s->detect_every == 0)
        s->detect_every = 1;
    p->ctx.anchor_every = 1;
    if (p->ctx.sharpens && p->ctx.landmarks.model && s->detect_every > 1 && !s->live && !s->given &&
        !s->unrelated)
        p->ctx.anchor_every = ANCHOR_EVERY;
    p->ctx.key_frames = s->detect_every > 1 && !s->live && !s->given;
    const int back = p->ctx.key_frames; /* one waits to be told whether it is the last */
    const int least = s->detect_every + s->workers + 1 + back; /* fewer would wait for each other for ever */
    if (s->frames == 0)
        /* with key frames: two of them in flight, so that the next one's boxes are there in time;
         * who works alone need not be fed in time */
        s->frames = (s->detect_every > 1 && s->workers > 1 ? 2 : 1) * s->detect_every + s->workers + 3 + back;
    else if (s->frames < least)
        s->frames = least;
}

/* The control file of OpenFace's landmark model; "" when it is turned off. It is not built in: with
 * the built-in models only its tracker brings it along. */
static void find_refiner(mien_pipeline *p)
{
    const mien_settings *s = &p->ctx.settings;
    const mien_model_info *named = s->refiner ? mien_model_find(s->refiner) : NULL;
    bool own = s->refiner ? named && !strcmp(named->name, s->refiner) : !p->places.use_builtin || s->clnf;
    if (own)
        snprintf(p->refiner_path, sizeof(p->refiner_path),
                 "%s/openface22/model/main_clnf_general.txt", p->places.folder);
    else if (s->refiner && strcmp(s->refiner, "none") != 0)
        snprintf(p->refiner_path, sizeof(p->refiner_path), "%s", s->refiner);
}

/* Does the network run in this process, so that what it is can be checked here? */
static bool here(const struct mn_loaded *m)
{
    return m->model->engine->info != &mn_engine_remote;
}

/* Which analyses to do, when that was left to us: those whose models are there. */
static unsigned possible(const mien_pipeline *p)
{
    unsigned can = MIEN_GAZE; /* without it the message should say what is missing */
    if (p->stub)
        return can;
    const mien_settings *s = &p->ctx.settings;
    if (p->places.use_builtin || s->landmark_model || s->given || s->clnf ||
        mn_loaded_there("landmarks", &p->places))
        can |= MIEN_LANDMARKS;
    bool own = p->places.use_builtin && !s->clnf; /* what came with mien has to be there */
    if ((can & MIEN_LANDMARKS) && (own || s->au_models || access(p->au_folder, R_OK) == 0))
        can |= FROM_SHAPE;
    if (s->given || !p->refiner_path[0] || access(p->refiner_path, R_OK) < 0)
        can &= ~(unsigned)MIEN_EYES;
    if (can != MIEN_GAZE && !p->places.use_builtin && !s->gaze_model &&
        !mn_loaded_there("gaze", &p->places))
        can &= ~(unsigned)MIEN_GAZE;
    unsigned meant = can & ~s->leave_out;
    return meant ? meant : can;
}

/* Eyes come with the landmark model's own search in the picture, and from nowhere else. */
static int settle_eyes(mien_pipeline *p)
{
    mien_settings *s = &p->ctx.settings;
    if (!(s->analysis & MIEN_EYES) || (!s->given && p->refiner_path[0]))
        return 0;
    s->analysis &= ~(unsigned)MIEN_EYES;
    if ((s->analysis | MIEN_EYES) == MIEN_ALL) /* "all" is all that there can be */
        return 0;
    if (!s->given && !s->refiner)
        mn_error(&p->log, "eyes are found by OpenFace's models, which are not built in; use --models "
                          "standard or --refiner openface22-clnf, or name the other analyses without eyes");
    else
        mn_error(&p->log, "eyes are found in the search for landmarks, %s; name the other analyses "
                          "without eyes",
                 s->given ? "and these landmarks are given" : "by the refiner, which is turned off");
    return MIEN_EINVAL;
}

/* Of the file that lists a model's parts, for mien_models_used. Whoever opens the model says what is
 * wrong with a file that cannot be read. */
static void note_digest(const char *path, char sha256[MN_SHA256_HEX])
{
    struct mn_file f;
    if (mn_file_map(&f, path, 1 << 20) == 0) {
        mn_sha256_hex(f.data, f.size, sha256);
        mn_file_unmap(&f);
    }
}

/* Taken when it is there, or when what was asked for needs it. */
static int open_refiner(mien_pipeline *p)
{
    const mien_settings *s = &p->ctx.settings;
    bool needed = s->refiner || s->clnf || (s->analysis & MIEN_EYES);
    if (!p->refiner_path[0] || (!needed && access(p->refiner_path, R_OK) < 0))
        return 0;
    if (s->clnf && !s->refiner && access(p->refiner_path, R_OK) < 0) {
        mn_error(&p->log, "%s: no such file, and OpenFace's tracker is not built in; mien models pull "
                          "openface22-clnf tells where it is from", p->refiner_path);
        return MIEN_ENOMODEL;
    }
    p->ctx.sharpens = true;
    if (p->part != WORKER)
        note_digest(p->refiner_path, p->refiner_sha256);
    bool tracks = s->clnf && !s->given;
    if (p->part == WORKER && tracks) /* the parent's lane has the rest */
        return mn_clnf_open_shapes(&p->ctx.refiner, p->refiner_path, &p->log);
    if (p->part == PARENT && !tracks)
        return 0;
    return mn_clnf_open(&p->ctx.refiner, p->refiner_path, &p->log);
}

/* Beside the landmark model. */
static int open_mtcnn(mien_pipeline *p)
{
    if (p->part == WORKER)
        return 0;
    const char *slash = strrchr(p->refiner_path, '/');
    snprintf(p->mtcnn_path, sizeof(p->mtcnn_path), "%.*smtcnn_detector/MTCNN_detector.txt",
             slash ? (int)(slash + 1 - p->refiner_path) : 0, p->refiner_path);
    note_digest(p->mtcnn_path, p->mtcnn_sha256);
    return mn_mtcnn_open(&p->ctx.mtcnn, p->mtcnn_path, &p->log);
}

/* What runs the networks of a role. In the parent that is other processes, but for the stub's, which
 * need no files and so no checks. */
static int open_engine(mien_pipeline *p, enum mn_role role)
{
    const char *name = p->providers.of[role];
    for (int i = 0; i < MN_NUM_ROLES && !p->engine[role]; i++)
        if (p->engine[i] && !strcmp(p->providers.of[i], name))
            p->engine[role] = p->engine[i];
    if (p->engine[role])
        return 0;
    bool remote = p->part == PARENT && strcmp(name, mn_engine_stub.name) != 0;
    return mn_engine_open(&p->engine[role], remote ? mn_engine_remote.name : name,
                          p->providers.apart ? mn_role_name[role] : NULL, p->ctx.settings.intra_op,
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
    int err = open_engine(p, MN_ROLE_DETECT);
    if (err == 0)
        err = mn_loaded_open(m, p->engine[MN_ROLE_DETECT], "detector", &p->places, s->detector,
                             s->allow_unknown, &input, any_size);
    return err < 0 || !here(m) ? err : mn_detect_check(m, &p->log);
}

static int open_gaze(mien_pipeline *p)
{
    const mien_settings *s = &p->ctx.settings;
    struct mn_loaded *m = &p->ctx.gaze;
    struct mn_shape input = mn_gaze_input;
    const int64_t usual = -input.dim[3], want = s->gaze_size ? s->gaze_size : usual;
    input.dim[2] = input.dim[3] = -want;
    int err = open_engine(p, MN_ROLE_GAZE);
    if (err == 0)
        err = mn_loaded_open(m, p->engine[MN_ROLE_GAZE], "gaze", &p->places, s->gaze_model,
                             s->allow_unknown, &input, false);
    if (err == 0 && here(m))
        err = mn_gaze_check(m, &p->log);
    if (err < 0 || !here(m) || !s->gaze_size)
        return err;
    const long long width = (long long)m->model->input.dim[3], height = (long long)m->model->input.dim[2];
    if (width != want || height != want) {
        mn_error(&p->log, "%s takes pictures of %lld x %lld pixels and no others; leave out the size of "
                          "the gaze network's input, or use another network", m->path, width, height);
        return MIEN_EMODELROLE;
    }
    if (want < usual && !p->stub)
        mn_warn(&p->log, "MobileGaze networks learned from %d x %d pixels; from fewer their angles are "
                         "others, by 10 degrees on average at 320 and 15 at 224", (int)usual, (int)usual);
    return 0;
}

static int open_landmarks(mien_pipeline *p)
{
    const mien_settings *s = &p->ctx.settings;
    struct mn_loaded *m = &p->ctx.landmarks;
    int err = open_engine(p, MN_ROLE_LANDMARKS);
    if (err == 0)
        err = mn_loaded_open(m, p->engine[MN_ROLE_LANDMARKS], "landmarks", &p->places, s->landmark_model,
                             s->allow_unknown, &mn_landmarks_input, false);
    return err < 0 || !here(m) ? err : mn_landmarks_check(m, &p->log);
}

static int open_au(mien_pipeline *p)
{
    const mien_settings *s = &p->ctx.settings;
    const mien_model_info *named = s->au_models ? mien_model_find(s->au_models) : NULL;
    if ((named || !s->au_models) && access(p->au_folder, R_OK) < 0) {
        mn_error(&p->log, "%s: no such folder, and pose and action units need it; %s", p->au_folder,
                 (named ? named->builtin : p->places.use_builtin && !s->clnf)
                     ? "install mien again, or name the built-in models' folder with MIEN_BUILTIN"
                     : "mien models pull openface22-au tells where it is from, --au-models builtin-au "
                       "takes mien's own");
        return MIEN_ENOMODEL;
    }
    int err = mn_au_folder_check(p->au_folder, s->allow_unknown, &p->au_set, &p->log);
    return err < 0 ? err : mn_au_open(&p->ctx.au, p->au_folder, s->unrelated, &p->log);
}

/* Are points needed that a network finds? The tracker finds them only where points are asked for. */
static bool wants_network_points(const mien_pipeline *p)
{
    const mien_settings *s = &p->ctx.settings;
    if (s->analysis & FROM_POINTS)
        return !s->clnf;
    return (s->analysis & MIEN_GAZE) && mn_gaze_by_points(p->ctx.gaze.model);
}

static int open_networks(mien_pipeline *p)
{
    const mien_settings *s = &p->ctx.settings;
    const bool finds = !s->given && !p->ctx.finds_faces;
    int err = s->analysis & MIEN_GAZE ? open_gaze(p) : 0;
    bool looks_twice = finds && s->detector_size == 0 && rough_boxes_do(p); /* a small look comes first */
    if (err == 0 && finds)
        err = open_detector(p, &p->ctx.detector, s->detector_size ? s->detector_size : MN_DETECTOR_SIDE,
                            looks_twice && !strcmp(p->providers.of[MN_ROLE_DETECT], "cpu"));
    if (err == 0 && looks_twice) {
        p->ctx.small_side = SMALL_SIDE;
        if (!p->ctx.detector.model->any_size)
            err = open_detector(p, &p->ctx.small_detector, SMALL_SIDE, false);
    }
    if (err == 0 && !s->given && wants_network_points(p))
        err = open_landmarks(p);
    return err;
}

/* What is read from files of our own kinds, without a runtime. */
static int open_shapes(mien_pipeline *p)
{
    const mien_settings *s = &p->ctx.settings;
    int err = (s->analysis & FROM_POINTS) && !s->given ? open_refiner(p) : 0;
    if (err == 0 && p->ctx.finds_faces)
        err = open_mtcnn(p);
    if (err == 0 && (s->analysis & FROM_SHAPE))
        err = open_au(p);
    return err;
}

struct beside {
    mien_pipeline *p;
    struct mn_log_kept kept;
    int err;
};

static void *open_shapes_beside(void *arg)
{
    struct beside *b = arg;
    mn_log_keep(&b->kept);
    b->err = open_shapes(b->p);
    mn_log_keep(NULL);
    return NULL;
}

/* Both parts, at the same time for a user who gave us two workers. The second one is heard only when the
 * first went well, as if it had come after it. */
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
    mn_log_say(&b.kept);
    return b.err;
}

static int open_models(mien_pipeline *p)
{
    mien_settings *s = &p->ctx.settings;
    int err = mn_places_settle(&p->places, s->models, &p->log);
    if (err < 0)
        return err;
    mn_au_folder(&p->places, s->au_models, s->clnf, p->au_folder, sizeof(p->au_folder));
    find_refiner(p);
    if (s->analysis == 0)
        s->analysis = possible(p);
    err = settle_eyes(p);
    if (err == 0 && s->clnf && s->refiner && !strcmp(s->refiner, "none")) {
        mn_error(&p->log, "OpenFace's tracker is made of what --refiner none turns off; leave out "
                          "that, or --landmarks clnf");
        err = MIEN_EINVAL;
    }
    return err < 0 ? err : open_both(p);
}

/* Worker processes shall not look for models again, but open these: their program may lie elsewhere.
 * The strings live as long as the pipeline. */
static void name_models(mien_pipeline *p)
{
    mien_settings *s = &p->ctx.settings;
    if (p->stub)
        return;
    if (p->ctx.detector.model)
        s->detector = p->ctx.detector.path;
    if (p->ctx.gaze.model)
        s->gaze_model = p->ctx.gaze.path;
    if (p->ctx.landmarks.model)
        s->landmark_model = p->ctx.landmarks.path;
    if (p->ctx.au)
        s->au_models = p->au_folder;
    if (p->ctx.sharpens)
        s->refiner = p->refiner_path;
    else if (!s->clnf)
        s->refiner = "none";
}

/* All but frames and executor. */
static int open_parts(mien_pipeline **out, const mien_settings *settings, enum part part)
{
    mien_pipeline *p = *out = mn_alloc(1, sizeof(*p));
    if (!p)
        return MIEN_ENOMEM;
    mn_log_init(&p->log, settings->log, settings->log_ctx);
    p->ctx.settings = *settings;
    p->ctx.log = &p->log;
    p->part = part;
    p->stub = settings->provider && !strcmp(settings->provider, mn_engine_stub.name);
    int err = mn_providers_parse(&p->providers, settings->provider, &p->log);
    if (err == 0)
        err = settle(p);
    if (err == 0)
        err = open_models(p);
    settle_pace(p);
    return err;
}

/* Where worker processes look at the frames. */
static int open_region(mien_pipeline *p)
{
    const mien_settings *s = &p->ctx.settings;
    struct mn_region_plan plan = mn_processes_plan((uint32_t)s->frames, (uint32_t)s->workers);
    if (mn_region_create(&p->region, &plan) < 0) {
        mn_error(&p->log, "no memory to share with worker processes: %s; check limits, or use "
                          "--exec threads", strerror(errno));
        return MIEN_ENOMEM;
    }
    mn_pool_share(&p->pool, p->region);
    p->ctx.region = p->region;
    return 0;
}

int mien_open(mien_pipeline **out, const mien_settings *settings)
{
    int err = open_parts(out, settings, settings->exec == MIEN_PROCESSES ? PARENT : WHOLE);
    mien_pipeline *p = *out;
    if (!p)
        return err;
    mien_settings *s = &p->ctx.settings;
    if (err == 0)
        err = mn_pool_init(&p->pool, s->frames, MIEN_FACES_LIMIT);
    if (err == 0 && s->exec == MIEN_PROCESSES) {
        name_models(p);
        err = open_region(p);
    }
    if (err == 0)
        err = mn_exec_open(&p->exec, s->exec, s->workers, s->frames, &p->ctx);
    /* the caller's strings end with this call */
    s->models = s->detector = s->gaze_model = s->landmark_model = s->refiner = s->au_models = NULL;
    s->provider = NULL;
    if (err == MIEN_ENOMEM)
        mn_error(&p->log, "out of memory while opening the pipeline");
    if (err < 0)
        mien_close(&p);
    *out = p;
    return err;
}

int mn_pipeline_for_worker(mien_pipeline **out, const mien_settings *s,
                           const struct mn_context **ctx, const char **provider)
{
    int err = open_parts(out, s, WORKER);
    if (err < 0)
        return err;
    mien_pipeline *p = *out;
    for (int i = 0; i < MN_NUM_ROLES; i++)
        snprintf(p->running.of[i], sizeof(p->running.of[i]), "%s",
                 p->engine[i] ? p->engine[i]->provider : p->providers.of[i]);
    mn_providers_print(&p->running, p->running_text);
    *ctx = &p->ctx;
    *provider = p->running_text;
    return 0;
}

void mien_close(mien_pipeline **pp)
{
    if (!pp || !*pp)
        return;
    mien_pipeline *p = *pp;
    mn_exec_close(&p->exec);
    mn_pool_finish(&p->pool);
    mn_region_unref(&p->region);
    mn_au_close(&p->ctx.au);
    mn_mtcnn_close(&p->ctx.mtcnn);
    mn_clnf_close(&p->ctx.refiner);
    mn_loaded_close(&p->ctx.landmarks);
    mn_loaded_close(&p->ctx.gaze);
    mn_loaded_close(&p->ctx.detector);
    mn_loaded_close(&p->ctx.small_detector);
    close_engines(p);
    mn_log_finish(&p->log);
    free(p);
    *pp = NULL;
}

int mien_acquire(mien_pipeline *p, mien_frame **out)
{
    struct mn_frame *f = mn_pool_get(&p->pool);
    *out = f ? &f->pub : NULL;
    return f ? 0 : MIEN_EAGAIN;
}

int mien_frame_wrap(mien_frame *frame, const mien_picture *picture, int64_t index, double time,
                    void (*release)(void *ctx), void *ctx)
{
    struct mn_frame *f = (struct mn_frame *)frame;
    int err = mn_picture_check(picture);
    if (err == 0 && !isfinite(time))
        err = MIEN_EINVAL;
    if (err < 0)
        return err;
    if (f->release)
        f->release(f->release_ctx);
    f->release = release;
    f->release_ctx = ctx;
    f->pub.picture = *picture;
    f->pub.index = index;
    f->pub.time = time;
    return 0;
}

mien_buffer *mien_buffer_get(mien_pipeline *p, size_t size)
{
    struct mn_buffer *b = p->region ? mn_buffer_get(p->region, size, true) : NULL;
    return b ? &b->pub : NULL;
}

void mien_buffer_put(mien_buffer *b)
{
    if (b)
        mn_buffer_put((struct mn_buffer *)b);
}

int mien_send(mien_pipeline *p, mien_frame **frame)
{
    if (p->ended)
        return MIEN_EINVAL;
    if (!frame) {
        p->ended = true;
        mn_exec_end(p->exec);
        return 0;
    }
    struct mn_frame *f = (struct mn_frame *)*frame;
    if (!f || f->pub.picture.width == 0)
        return MIEN_EINVAL; /* sent before, or nothing was wrapped */
    int err = p->region ? mn_region_take_in(p->region, f) : 0;
    if (err < 0)
        return err;
    *frame = NULL;
    p->frames++;
    mn_exec_send(p->exec, f);
    return 0;
}

int mien_receive(mien_pipeline *p, mien_frame **out, int wait)
{
    struct mn_frame *f;
    *out = NULL;
    int err = mn_exec_receive(p->exec, &f, wait != 0);
    if (err < 0)
        return err;
    f->pub.num_faces = f->pub.error ? 0 : f->num_faces;
    f->pub.faces = f->faces;
    *out = &f->pub;
    return 0;
}

void mien_release(mien_pipeline *p, mien_frame **f)
{
    if (f && *f)
        mn_pool_put(&p->pool, (struct mn_frame *)*f);
    if (f)
        *f = NULL;
}

int mien_reset(mien_pipeline *p)
{
    if (!mn_exec_at_end(p->exec))
        return MIEN_EINVAL;
    mn_exec_reset(p->exec);
    p->ended = false;
    return 0;
}

void mien_interrupt(mien_pipeline *p)
{
    mn_exec_interrupt(p->exec);
}

void mien_get_stats(mien_pipeline *p, mien_stats *out)
{
    struct mn_exec_stats *s = mn_alloc(1, sizeof(*s)); /* too large for small stacks */
    memset(out, 0, sizeof(*out));
    if (!s)
        return;
    mn_exec_stats(p->exec, s);
    for (int i = 0; i < MN_NUM_SPANS; i++) {
        const struct mn_hist *h = &s->spans.hist[i];
        out->span[out->num_spans++] = (mien_span){
            .name = mn_span_info[i].name,
            .network = mn_span_info[i].network,
            .count = h->count,
            .total = h->total,
            .median = mn_hist_quantile(h, 0.5),
            .p95 = mn_hist_quantile(h, 0.95),
            .max = h->max,
        };
    }
    for (int i = 0; i < s->num_stages && i < MIEN_STAGES_MAX; i++)
        out->stage[out->num_stages++] = (mien_stage_rate){
            .name = s->stage[i].name,
            .frames = s->stage[i].rate.count,
            .recent = mn_rate_recent(&s->stage[i].rate),
            .mean = mn_rate_mean(&s->stage[i].rate),
        };
    out->frames = p->frames;
    out->detections = s->spans.hist[MN_SPAN_DETECT_NETWORK].count + s->spans.hist[MN_SPAN_MTCNN].count;
    out->faces = s->spans.hist[MN_SPAN_GAZE_NETWORK].count;
    if (s->spans.hist[MN_SPAN_LANDMARKS_NETWORK].count > out->faces)
        out->faces = s->spans.hist[MN_SPAN_LANDMARKS_NETWORK].count;
    if (s->spans.hist[MN_SPAN_SHAPE].count > out->faces)
        out->faces = s->spans.hist[MN_SPAN_SHAPE].count;
    out->queue_mean = s->tasks ? s->queue_sum / (double)s->tasks : 0;
    out->queue_max = s->queue_max;
    out->workers = s->workers;
    out->frames_in_pool = p->pool.num_frames;
    out->restarts = s->restarts;
    out->quarantined = s->quarantined;
    if (p->region) {
        pthread_mutex_lock(&p->region->lock);
        out->copied = p->region->copies;
        pthread_mutex_unlock(&p->region->lock);
    }
    out->detect_every = p->ctx.finds_faces ? p->ctx.find_every : p->ctx.settings.detect_every;
    free(s);
}

void mien_clear_stats(mien_pipeline *p)
{
    p->frames = 0;
    mn_exec_clear_stats(p->exec);
}

int mien_measure_networks(mien_pipeline *p, double seconds, mien_network_times *out)
{
    double mean[MN_MAX_LEGS] = {0};
    int err = mn_exec_measure(p->exec, seconds, mean);
    memset(out, 0, sizeof(*out));
    for (int i = 0; mn_stages[i]; i++) {
        if (mn_stages[i] == &mn_stage_detect)
            out->detector = mean[i];
        else if (mn_stages[i] == &mn_stage_gaze)
            out->gaze = mean[i];
        else if (mn_stages[i] == &mn_stage_landmarks)
            out->landmarks = mean[i];
    }
    return err;
}

int mien_models_used(mien_pipeline *p, mien_model_use *out, int max)
{
    const struct mn_loaded *loaded[] = {&p->ctx.detector, &p->ctx.gaze, &p->ctx.landmarks};
    const enum mn_role role[] = {MN_ROLE_DETECT, MN_ROLE_GAZE, MN_ROLE_LANDMARKS};
    int n = 0;
    if (p->part == PARENT && !p->running.of[0][0]) { /* they all run the same */
        struct mn_exec_stats *s = mn_alloc(1, sizeof(*s));
        if (s)
            mn_exec_stats(p->exec, s);
        if (s && s->provider)
            mn_providers_parse(&p->running, s->provider, &p->log);
        free(s);
    }
    for (size_t i = 0; i < sizeof(loaded) / sizeof(loaded[0]); i++) {
        if (!loaded[i]->model)
            continue;
        if (n < max)
            out[n] = (mien_model_use){
                .role = loaded[i]->role,
                .name = loaded[i]->info ? loaded[i]->info->name : "unregistered",
                .path = loaded[i]->path,
                .sha256 = loaded[i]->sha256,
                .licence = loaded[i]->info ? loaded[i]->info->licence : "unknown",
                .provider = here(loaded[i]) ? loaded[i]->model->engine->provider
                                            : p->running.of[role[i]],
            };
        n++;
    }
    if (p->ctx.finds_faces) {
        if (n < max)
            out[n] = (mien_model_use){
                .role = "detector",
                .name = MTCNN_NAME,
                .path = p->mtcnn_path,
                .sha256 = p->mtcnn_sha256,
                .licence = "OpenFace 2.2: academic, non-commercial",
                .provider = "mien",
            };
        n++;
    }
    if (p->ctx.sharpens) {
        if (n < max)
            out[n] = (mien_model_use){
                .role = "refiner",
                .name = "openface22-clnf",
                .path = p->refiner_path,
                .sha256 = p->refiner_sha256,
                .licence = "OpenFace 2.2: academic, non-commercial",
                .provider = "mien",
            };
        n++;
    }
    if (p->ctx.au) {
        static const char *const names[][2] = {[MN_AU_OPENFACE] = {"openface22", "openface22-static"},
                                               [MN_AU_BUILTIN] = {"builtin-au", "builtin-au-static"},
                                               [MN_AU_UNKNOWN] = {"unregistered", "unregistered"}};
        static const char *const of[] = {[MN_AU_OPENFACE] = "openface22-au",
                                         [MN_AU_BUILTIN] = "builtin-au"};
        if (n < max)
            out[n] = (mien_model_use){
                .role = "au",
                .name = names[p->au_set][p->ctx.au->statics],
                .path = p->ctx.au->models->pdm_path,
                .sha256 = p->ctx.au->models->sha256,
                .licence = p->au_set == MN_AU_UNKNOWN ? "unknown" : mien_model_find(of[p->au_set])->licence,
                .provider = "mien",
            };
        n++;
    }
    return n;
}

int mien_frame_give_faces(mien_frame *frame, const mien_given_face *faces, int n)
{
    struct mn_frame *f = (struct mn_frame *)frame;
    if (n < 0 || n > MIEN_FACES_LIMIT)
        return MIEN_EINVAL;
    for (int i = 0; i < n; i++) {
        if (i && faces[i].id <= faces[i - 1].id)
            return MIEN_EINVAL;
        for (int k = 0; k < MIEN_POINTS; k++)
            if (!isfinite(faces[i].landmark[k][0]) || !isfinite(faces[i].landmark[k][1]))
                return MIEN_EINVAL;
    }
    f->given = true;
    f->num_faces = n;
    memset(f->faces, 0, (size_t)n * sizeof(*f->faces));
    for (int i = 0; i < n; i++) {
        mien_face *face = &f->faces[i];
        face->id = faces[i].id;
        face->confidence = faces[i].confidence;
        face->has = MIEN_LANDMARKS;
        face->landmark_confidence = -1;
        face->landmark_success = 1;
        memcpy(face->landmark, faces[i].landmark, sizeof(face->landmark));
        float *b = face->box; /* the box is what the points span */
        b[0] = b[2] = faces[i].landmark[0][0];
        b[1] = b[3] = faces[i].landmark[0][1];
        for (int k = 1; k < MIEN_POINTS; k++) {
            b[0] = fminf(b[0], faces[i].landmark[k][0]);
            b[1] = fminf(b[1], faces[i].landmark[k][1]);
            b[2] = fmaxf(b[2], faces[i].landmark[k][0]);
            b[3] = fmaxf(b[3], faces[i].landmark[k][1]);
        }
    }
    return 0;
}

int mien_final_au(mien_pipeline *p, int64_t index, int32_t id, mien_au *out)
{
    void *state = mn_exec_lane_state(p->exec, &mn_stage_au);
    if (!state || !mn_exec_at_end(p->exec))
        return MIEN_EINVAL;
    return mn_au_final(state, index, id, out);
}

unsigned mien_analysis_of(const mien_pipeline *p)
{
    return p->ctx.settings.analysis;
}

int mien_runtime_version(char *buf, size_t size)
{
    return mn_runtime_version(buf, size);
}

int mien_runtime_providers(char *buf, size_t size)
{
    return mn_runtime_providers(buf, size);
}

int mien_cores(void)
{
    return mn_cores();
}

#include "pipeline_open.h"

#include <math.h>
#include <mien/models.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cores.h"
#include "base/mem.h"
#include "face/dat.h"
#include "infer/registry.h"
#include "keyframes.h"
#include "landmark_method.h"
#include "networks.h"
#include "settings.h"

static bool uses_tracker(const mien_settings *s)
{
    return mn_landmark_tracks(s) && !s->external_landmarks;
}

static int resolve_method(mien_pipeline *p)
{
    mien_settings *s = &p->ctx.settings;
    s->landmark_method = mn_landmark_method_choose(s, &p->places, mn_networks_need_files(p));
    if (!s->wild || s->landmark_method == MIEN_LANDMARK_CECLM)
        return 0;
    mn_error(&p->log, "the parameters for faces in the wild belong to CE-CLM; use them with "
                      "landmarks by ceclm");
    return MIEN_EINVAL;
}

/* OpenFace's detector is part of OpenFace's tracker: it is the tracker's default, and nothing else
 * can use it. */
static int resolve_detector(mien_pipeline *p)
{
    mien_settings *s = &p->ctx.settings;
    bool named = s->detector &&
                 (!strcmp(s->detector, MIEN_DETECTOR_MTCNN) || !strcmp(s->detector, MN_MTCNN_NAME));
    bool tracks = uses_tracker(s) && (s->analysis == 0 || (s->analysis & MN_FROM_LANDMARKS));
    if (named && !tracks) {
        mn_error(&p->log, "the detector mtcnn is part of OpenFace's tracker; use it with landmarks "
                          "by ceclm or clnf, or choose another detector");
        return MIEN_EINVAL;
    }
    p->ctx.tracker_detects = tracks && (named || !s->detector);
    if (p->ctx.tracker_detects) {
        /* the tracker counts frames itself; for all other stages each one is a key frame */
        p->ctx.find_every = s->detect_every ? s->detect_every : MIEN_FIND_EVERY;
        s->detect_every = 1;
    }
    return 0;
}

#define SMOOTH 0.1 /* seconds */

/* Checks the settings and fills in the defaults. */
static int resolve_settings(mien_pipeline *p)
{
    mien_settings *s = &p->ctx.settings;
    int err = mn_settings_check(s, &p->log);
    if (err == 0)
        err = mn_model_places_resolve(&p->places, s->models, &p->log);
    if (err == 0)
        err = resolve_method(p);
    if (err == 0)
        err = resolve_detector(p);
    if (err < 0)
        return err;
    if (s->exec == MIEN_SEQUENTIAL)
        s->workers = 1;
    else if (s->workers == 0)
        s->workers = mn_cores();
    if (s->max_workers < s->workers || s->exec == MIEN_PROCESSES)
        s->max_workers = s->workers;
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

/* The control file of OpenFace's landmark model; "" when the refiner is off. The file is not built
 * in: with the built-in models only OpenFace's tracker asks for it. */
static int find_refiner(mien_pipeline *p)
{
    const mien_settings *s = &p->ctx.settings;
    const struct mn_landmark_method *method = mn_landmark_method(s->landmark_method);
    const mien_model_info *named = s->refiner ? mien_model_find(s->refiner) : NULL;
    bool standard =
        s->refiner ? named && !strcmp(named->name, s->refiner) : !p->places.use_builtin || method;
    if (standard)
        return mn_filename_join(p->refiner_path, p->places.folder,
                                named    ? named->file
                                : method ? method->control
                                         : mn_landmark_method(MIEN_LANDMARK_CLNF)->control,
                                &p->log);
    if (s->refiner && strcmp(s->refiner, MIEN_REFINER_NONE) != 0)
        return mn_filename_copy(p->refiner_path, s->refiner, &p->log);
    return 0;
}

static bool readable(const char *path)
{
    return access(path, R_OK) == 0;
}

/* The analyses for which there are models. */
static unsigned available_analyses(const mien_pipeline *p)
{
    const mien_settings *s = &p->ctx.settings;
    const bool clnf = mn_landmark_tracks(s);
    if (!mn_networks_need_files(p))
        return MIEN_GAZE;
    unsigned can = s->external_landmarks || clnf ? MIEN_LANDMARKS : 0;
    for (int i = 0; i < MN_NUM_ROLES; i++)
        if (mn_networks_available(p, i))
            can |= mn_roles[i]->analyses;
    bool built_in = p->places.use_builtin && !clnf; /* if these are missing, opening reports it */
    if ((can & MIEN_LANDMARKS) && (built_in || s->au_models || readable(p->au_folder)))
        can |= MN_FROM_SHAPE;
    if (s->external_landmarks || !p->refiner_path[0] || !readable(p->refiner_path))
        can &= ~(unsigned)MIEN_EYES;
    can &= ~(unsigned)(MIEN_MESH | MIEN_LIDS); /* only if named; the mesh has 1404 columns */
    if (!s->mtl_model)
        can &= ~(unsigned)MIEN_MTL;
    if (mn_registry_has_98(s->landmark_model) && !clnf && !s->external_landmarks)
        can |= MIEN_LANDMARKS98;
    if (can == 0)
        can = MIEN_GAZE; /* so that an error names the missing model */
    unsigned wanted = can & ~s->exclude;
    return wanted ? wanted : can;
}

/* "all" means all that are possible: without these, if they are not. */
#define OPTIONAL (MIEN_EYES | MIEN_MESH | MIEN_MTL | MIEN_LANDMARKS98)

/* Only the refiner finds eyes, while it searches the picture for landmarks. */
static int resolve_eyes(mien_pipeline *p)
{
    mien_settings *s = &p->ctx.settings;
    if (!(s->analysis & MIEN_EYES) || (!s->external_landmarks && p->refiner_path[0]))
        return 0;
    s->analysis &= ~(unsigned)MIEN_EYES;
    if ((s->analysis | OPTIONAL) == MIEN_ALL)
        return 0;
    if (!s->external_landmarks && !s->refiner)
        mn_error(&p->log,
                 "the analysis eyes needs OpenFace's models, which are not built in; use --models "
                 "standard or --refiner openface22-clnf, or leave eyes out of the analyses");
    else
        mn_error(&p->log,
                 "the analysis eyes needs the refiner's search for landmarks, %s; leave "
                 "eyes out of the analyses",
                 s->external_landmarks ? "which external landmarks replace"
                                       : "and the refiner is off");
    return MIEN_EINVAL;
}

/* The face mesh is the built-in source of landmarks, and may be named in the place of a landmark
 * network. */
static bool takes_landmarks_from_mesh(const mien_pipeline *p)
{
    const mien_settings *s = &p->ctx.settings;
    if (mn_landmark_tracks(s) || s->external_landmarks)
        return false;
    if (s->landmark_model)
        return !strcmp(s->landmark_model, MN_REGISTRY_MESH);
    return p->places.use_builtin && !p->places.rendered_only && mn_networks_need_files(p);
}

/* "all" means all that the chosen set of models allows; a folder, or the set of renders, has no
 * face mesh unless the mesh is named. */
static int resolve_mesh(mien_pipeline *p)
{
    mien_settings *s = &p->ctx.settings;
    const bool all = (s->analysis | OPTIONAL) == MIEN_ALL && (s->analysis & MIEN_MESH);
    if (all && (s->external_landmarks || !p->places.use_builtin || p->places.rendered_only))
        s->analysis &= ~(unsigned)MIEN_MESH;
    p->ctx.wants_mesh = s->analysis & MIEN_MESH;
    p->ctx.mesh_landmarks = takes_landmarks_from_mesh(p);
    if (p->ctx.mesh_landmarks)
        s->landmark_model = NULL; /* the one beside the mesh is the default */
    if (!p->ctx.wants_mesh || !s->external_landmarks)
        return 0;
    mn_error(&p->log, "the analysis mesh needs a face detector, which external landmarks replace; "
                      "leave mesh out of the analyses");
    return MIEN_EINVAL;
}

/* Only some landmark networks find 98 points, and which file does is known once it is open. */
static int resolve_98(mien_pipeline *p)
{
    mien_settings *s = &p->ctx.settings;
    const bool network = !mn_landmark_tracks(s) && !s->external_landmarks;
    if (!(s->analysis & MIEN_LANDMARKS98))
        return 0;
    if ((s->analysis | OPTIONAL) == MIEN_ALL) {
        if (!network || !mn_registry_has_98(s->landmark_model))
            s->analysis &= ~(unsigned)MIEN_LANDMARKS98;
        return 0;
    }
    if (network && (s->landmark_model || !mn_networks_need_files(p)))
        return 0;
    mn_error(&p->log,
             "the analysis landmarks98 needs a landmark network that finds 98 points%s; name "
             "one with --landmark-model",
             network ? "" : ", not OpenFace's tracker or external landmarks");
    return MIEN_EINVAL;
}

/* The multitask network comes with its user. */
static int resolve_mtl(mien_pipeline *p)
{
    mien_settings *s = &p->ctx.settings;
    if (!(s->analysis & MIEN_MTL) || s->mtl_model || !mn_networks_need_files(p))
        return 0;
    if ((s->analysis | OPTIONAL) == MIEN_ALL) {
        s->analysis &= ~(unsigned)MIEN_MTL;
        return 0;
    }
    mn_error(&p->log, "the analysis mtl needs a multitask network, which does not come with mien; "
                      "name its file with --mtl-model");
    return MIEN_EINVAL;
}

/* A control file that the settings name may be one of the other kind. */
static int check_kind(mien_pipeline *p, const struct mn_landmark_method *method)
{
    const char *kind = mn_clnf_kind(p->ctx.refiner);
    if (!strcmp(kind, method->kind))
        return 0;
    mn_error(&p->log, "%s: a %s model, and landmarks by %s need %s; name the other model's file",
             p->refiner_path, kind, method->name, method->kind);
    return MIEN_EMODELROLE;
}

/* The refiner is used if its model is there, or if another setting needs it. */
static int open_refiner(mien_pipeline *p)
{
    const mien_settings *s = &p->ctx.settings;
    const struct mn_landmark_method *method = mn_landmark_method(s->landmark_method);
    const bool tracks = uses_tracker(s);
    bool needed = s->refiner || method || (s->analysis & MIEN_EYES);
    if (!p->refiner_path[0] || (!needed && !readable(p->refiner_path)))
        return 0;
    if (method && !s->refiner && !readable(p->refiner_path)) {
        mn_error(&p->log, "%s: no such file, and OpenFace's tracker is not built in; %s",
                 p->refiner_path, method->cure);
        return MIEN_ENOMODEL;
    }
    p->ctx.has_refiner = true;
    if (p->role == MN_PROCESS_WORKER && tracks) /* the tracker itself runs in the parent */
        return mn_clnf_open_shapes(&p->ctx.refiner, p->refiner_path, &p->log);
    mn_dat_note(&p->refiner_sha256);
    int err = s->wild ? mn_clnf_open_wild(&p->ctx.refiner, p->refiner_path, &p->log)
                      : mn_clnf_open(&p->ctx.refiner, p->refiner_path, &p->log);
    mn_dat_note(NULL);
    if (err == 0 && method)
        err = check_kind(p, method);
    if (p->role == MN_PROCESS_PARENT && !tracks) /* only its digest was needed here */
        mn_clnf_close(&p->ctx.refiner);
    return err;
}

static int open_mtcnn(mien_pipeline *p)
{
    if (p->role == MN_PROCESS_WORKER)
        return 0;
    int err = mn_filename_beside(p->mtcnn_path, p->refiner_path,
                                 "mtcnn_detector/MTCNN_detector.txt", &p->log);
    if (err < 0)
        return err;
    mn_dat_note(&p->mtcnn_sha256);
    err = mn_mtcnn_open(&p->ctx.mtcnn, p->mtcnn_path, &p->log);
    mn_dat_note(NULL);
    return err;
}

static int missing_au(const mien_pipeline *p, const mien_model_info *named)
{
    const bool built_in =
        named ? named->builtin : p->places.use_builtin && !mn_landmark_tracks(&p->ctx.settings);
    mn_error(p->ctx.log, "%s: no such folder, and pose and action units need it; %s", p->au_folder,
             built_in
                 ? "install mien again, or set MIEN_BUILTIN to the folder of the built-in models"
                 : "mien models pull openface22-au fetches it, --au-models "
                   "builtin-au uses the built-in models");
    return MIEN_ENOMODEL;
}

static int open_au(mien_pipeline *p)
{
    const mien_settings *s = &p->ctx.settings;
    const mien_model_info *named = s->au_models ? mien_model_find(s->au_models) : NULL;
    if ((named || !s->au_models) && !readable(p->au_folder))
        return missing_au(p, named);
    int err = mn_model_au_check(p->au_folder, s->allow_unknown, &p->au_builtin, &p->log);
    if (err < 0)
        return err;
    mn_dat_note(&p->au_sha256);
    err = mn_au_open(&p->ctx.au, p->au_folder, s->independent_frames, &p->log);
    mn_dat_note(NULL);
    return err;
}

/* Models in file formats that the library reads itself, without an engine. */
static int open_own_formats(mien_pipeline *p)
{
    const mien_settings *s = &p->ctx.settings;
    int err = 0;
    if ((s->analysis & MN_FROM_LANDMARKS) && !s->external_landmarks)
        err = open_refiner(p);
    if (err == 0 && p->ctx.tracker_detects)
        err = open_mtcnn(p);
    if (err == 0 && (s->analysis & MN_FROM_SHAPE))
        err = open_au(p);
    return err;
}

struct beside {
    mien_pipeline *p;
    struct mn_log_deferred deferred;
    int err;
};

static void *open_beside(void *arg)
{
    struct beside *b = arg;
    mn_log_defer(&b->deferred);
    b->err = open_own_formats(b->p);
    mn_log_defer(NULL);
    return NULL;
}

/* Networks and own formats; at the same time with two workers or more. The messages of the latter
 * are logged only after the networks opened without error, as if they came after them. */
static int open_both(mien_pipeline *p)
{
    const mien_settings *s = &p->ctx.settings;
    struct beside b = {.p = p};
    pthread_t thread;
    bool beside = s->exec == MIEN_THREADS && s->workers > 1 &&
                  pthread_create(&thread, NULL, open_beside, &b) == 0;
    int err = mn_networks_open(p);
    if (!beside)
        return err < 0 ? err : open_own_formats(p);
    pthread_join(thread, NULL);
    if (err < 0)
        return err;
    mn_log_flush(&b.deferred);
    return b.err;
}

static int check_tracker(mien_pipeline *p)
{
    const mien_settings *s = &p->ctx.settings;
    if (!mn_landmark_tracks(s) || !s->refiner || strcmp(s->refiner, MIEN_REFINER_NONE) != 0)
        return 0;
    mn_error(&p->log, "OpenFace's tracker is part of the refiner, which --refiner none turns off; "
                      "omit --refiner none, or give --landmarks network");
    return MIEN_EINVAL;
}

static int find_models(mien_pipeline *p)
{
    mien_settings *s = &p->ctx.settings;
    int err =
        mn_model_au_folder(p->au_folder, &p->places, s->au_models, mn_landmark_tracks(s), &p->log);
    if (err == 0)
        err = find_refiner(p);
    if (err < 0)
        return err;
    if (s->analysis == 0)
        s->analysis = available_analyses(p);
    err = resolve_98(p);
    if (err == 0)
        err = resolve_mtl(p);
    if (err == 0)
        err = resolve_mesh(p);
    if (err == 0)
        err = resolve_eyes(p);
    return err < 0 ? err : check_tracker(p);
}

void mn_pipeline_name_models(mien_pipeline *p)
{
    mien_settings *s = &p->ctx.settings;
    if (!mn_networks_need_files(p))
        return;
    mn_networks_name(p);
    if (p->ctx.mesh_landmarks)
        s->landmark_model = MN_REGISTRY_MESH;
    if (p->ctx.au)
        s->au_models = p->au_folder;
    if (p->ctx.has_refiner)
        s->refiner = p->refiner_path;
    else if (!mn_landmark_tracks(s))
        s->refiner = MIEN_REFINER_NONE;
}

int mn_pipeline_open_parts(mien_pipeline **out, const mien_settings *settings,
                           enum mn_process_role role)
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
    p->role = role;
    err = mn_providers_parse(&p->providers, settings->provider, &p->log);
    if (err == 0)
        err = resolve_settings(p);
    if (err == 0)
        err = find_models(p);
    if (err == 0)
        err = open_both(p);
    if (err == 0)
        mn_keyframes_resolve(&p->ctx);
    return err;
}

void mn_pipeline_close_parts(mien_pipeline *p)
{
    mn_au_close(&p->ctx.au);
    mn_mtcnn_close(&p->ctx.mtcnn);
    mn_clnf_close(&p->ctx.refiner);
    mn_networks_close(p);
}

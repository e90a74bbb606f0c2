#include "infer/models.h"

#include <errno.h>
#include <limits.h>
#include <mien/models.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/file.h"
#include "infer/builtin.h"

#define MAX_MODEL_BYTES ((size_t)1 << 30)

#define GAZE_URL "https://github.com/yakhyo/gaze-estimation/releases/download/weights/"
#define GAZE_ORIGIN "yakhyo/gaze-estimation (MobileGaze), trained on Gaze360"
#define AU_BUILTIN "au/AU_builtin.txt"
#define OPENFACE_LICENCE "OpenFace 2.2: academic, non-commercial"
#define BUILTIN_LICENCE "BSD-2-Clause, as mien itself"
#define BUILTIN_ORIGIN \
    "built in; trained by research/training/ on faces rendered by mien-synth alone"
#define GAZE_LICENCE "MIT code; weights trained on Gaze360 (research use)"

/* Preferred ones first. A file is recognised by its digest, not by its name: the MobileGaze files
 * were replaced under the same names in February 2026 (output names corrected, same numbers). */
static const mien_model_info registry[] = {
    {"builtin-detector", "detector", "face_detector.onnx", BUILTIN_DETECTOR, BUILTIN_LICENCE, 1,
     BUILTIN_ORIGIN, NULL, 0, 1},
    {"builtin-landmarks", "landmarks", "face_landmarks.onnx", BUILTIN_LANDMARKS, BUILTIN_LICENCE, 1,
     BUILTIN_ORIGIN, NULL, 0, 1},
    {"builtin-gaze", "gaze", "face_gaze.onnx", BUILTIN_GAZE, BUILTIN_LICENCE, 1, BUILTIN_ORIGIN,
     NULL, 0, 1},
    {"builtin-au", "au", AU_BUILTIN, BUILTIN_AU, BUILTIN_LICENCE, 1, BUILTIN_ORIGIN, NULL, 0, 1},
    {"retinaface-mnet025", "detector", "retinaface_mnet025.onnx",
     "b7a7acab55e104dce6f32cdfff929bd83946da5cd869b9e2e9bdffafd1b7e4a5", 1736694, "MIT", 0,
     "yakhyo/uniface, trained on WIDER FACE (research use)",
     "https://github.com/yakhyo/uniface/releases/download/weights/retinaface_mv1_0.25.onnx", 1},
    {"mobileone-s0-gaze", "gaze", "mobileone_s0_gaze.onnx",
     "8b4fdc4e3da44733c9a82e7776b411e4a39f94e8e285aee0fc85a548a55f7d9f", 0, GAZE_LICENCE, 0,
     GAZE_ORIGIN, GAZE_URL "mobileone_s0_gaze.onnx", 1},
    {"mobileone-s0-gaze-fp16", "gaze", "mobileone_s0_gaze.onnx",
     "7e7569d57ee729a4d6e7849c4f3e66e189c90ea179836851a03b4664d3b9beb2", 4959526, GAZE_LICENCE, 0,
     "rebuilt in float32 from the float16 conversion in KegangWangCCNU/vitalcamera-sdk @ e31ab954",
     NULL, 0},
    {"resnet18-gaze", "gaze", "resnet18_gaze.onnx",
     "404fec1efd07ff49f981e47f461c20c2627119e465ec441bbd1c067d3f16e657", 0, GAZE_LICENCE, 0,
     GAZE_ORIGIN, GAZE_URL "resnet18_gaze.onnx", 0},
    {"resnet34-gaze", "gaze", "resnet34_gaze.onnx",
     "c8e6b14f6095d2425241b9302aa663d9a23b7dfb9d43941352b718c91dc7f2cf", 0, GAZE_LICENCE, 0,
     GAZE_ORIGIN, GAZE_URL "resnet34_gaze.onnx", 0},
    {"resnet50-gaze", "gaze", "resnet50_gaze.onnx",
     "bb28d421565adc4dfb665742f8fc80bdef36dd8caa0c87e040e0937f9fdca9a6", 0, GAZE_LICENCE, 0,
     GAZE_ORIGIN, GAZE_URL "resnet50_gaze.onnx", 0},
    {"mobilenetv2-gaze", "gaze", "mobilenetv2_gaze.onnx",
     "b81312df85c7ac1c1b5f78c573620d22c2719cb839650e15f12dc7eecb7744a4", 0, GAZE_LICENCE, 0,
     GAZE_ORIGIN, GAZE_URL "mobilenetv2_gaze.onnx", 0},
    {"pfld-68", "landmarks", "pfld_68.onnx",
     "7d7bbd5c6a1d9272e58d9773898284a1905d872eba9a662df9b5f20f1ba6f83e", 2987921, "none stated", 0,
     "cunjian/pytorch_face_landmark @ 6f34bf9, onnx/pfld.onnx",
     "https://github.com/cunjian/pytorch_face_landmark/raw/6f34bf9/onnx/pfld.onnx", 0},
    {"openface22-au", "au", "openface22/AU_predictors/AU_all_best.txt",
     "61704fa352733807e54410b30bfb60a44e99d94482cc6b46f19ae0549a06fddf", 1466, OPENFACE_LICENCE, 0,
     "TadasBaltrusaitis/OpenFace, lib/local/FaceAnalyser/AU_predictors: this list and what it names",
     NULL, 0},
    {"openface22-clnf", "refiner", "openface22/model/main_clnf_general.txt",
     "532753cc2238d3e3dc398fff09b7b385a7edd7306a1edc2a22dac3ed2abdeb6e", 689, OPENFACE_LICENCE, 0,
     "TadasBaltrusaitis/OpenFace, lib/local/LandmarkDetector/model: this list and what it names",
     NULL, 0},
    {"openface22-mtcnn", "mtcnn", "openface22/model/mtcnn_detector/MTCNN_detector.txt",
     "7dd20c7aa0335e59eeb6947c2bd94ef06c41f643aff428d36800fa1f09c65d5e", 42, OPENFACE_LICENCE, 0,
     "TadasBaltrusaitis/OpenFace, lib/local/LandmarkDetector/model/mtcnn_detector: this list and "
     "what it names",
     NULL, 0},
    {"mobileone-s0-gaze-2025", "gaze", "mobileone_s0_gaze.onnx",
     "c0b5a4f4a0ffd24f76ab3c1452354bb2f60110899fd9a88b464c75bafec0fde8", 0, GAZE_LICENCE, 0,
     GAZE_ORIGIN ", outputs named before the correction", NULL, 0},
    {"resnet18-gaze-2025", "gaze", "resnet18_gaze.onnx",
     "23d5d7e4f6f40dce8c35274ce9d08b45b9e22cbaaf5af73182f473229d713d31", 0, GAZE_LICENCE, 0,
     GAZE_ORIGIN ", outputs named before the correction", NULL, 0},
    {"resnet34-gaze-2025", "gaze", "resnet34_gaze.onnx",
     "4457ee5f7acd1a5ab02da4b61f02fc3a0b17adbf3844dd0ba3cd4288f2b5e1de", 0, GAZE_LICENCE, 0,
     GAZE_ORIGIN ", outputs named before the correction", NULL, 0},
    {"resnet50-gaze-2025", "gaze", "resnet50_gaze.onnx",
     "e1eaf98f5ec7c89c6abe7cfe39f7be83e747163f98d1ff945c0603b3c521be22", 0, GAZE_LICENCE, 0,
     GAZE_ORIGIN ", outputs named before the correction", NULL, 0},
    {"mobilenetv2-gaze-2025", "gaze", "mobilenetv2_gaze.onnx",
     "fdcdb84e3e6421b5a79e8f95139f249fc258d7f387eed5ddac2b80a9a15ce076", 0, GAZE_LICENCE, 0,
     GAZE_ORIGIN ", outputs named before the correction", NULL, 0},
};
#define NUM_MODELS ((int)(sizeof(registry) / sizeof(registry[0])))

static const mien_builtin_file builtin_files[] = {BUILTIN_FILES};
#define NUM_BUILTIN ((int)(sizeof(builtin_files) / sizeof(builtin_files[0])))

static const uint8_t experimental[] = {BUILTIN_AU_EXPERIMENTAL 0};

const mien_model_info *mien_model_at(int i)
{
    return i >= 0 && i < NUM_MODELS ? &registry[i] : NULL;
}

const mien_model_info *mien_model_find(const char *name)
{
    for (int i = 0; i < NUM_MODELS; i++)
        if (!strcmp(registry[i].name, name) || !strcmp(registry[i].file, name))
            return &registry[i];
    return NULL;
}

const mien_model_info *mien_model_by_digest(const char *hex)
{
    for (int i = 0; i < NUM_MODELS; i++)
        if (!strcmp(registry[i].sha256, hex))
            return &registry[i];
    return NULL;
}

void mn_set_name(const char *sha256, const char **name, const char **licence)
{
    static const struct {
        const char *name, *sha256;
    } sets[] = {
        {"openface22", "fff118021020e471e0fceac0cf7d9a79a06137a9994975b559c271c6e6cc7839"},
        {"openface22-static", "32373fe5a7fcdeb630cd743c0551051986948d20e0bf83206a98391c20f64ff9"},
        {"openface22-clnf", "de60f1dd597afa62858f3e9abdd2c90cbaf87e35df45a1ad8f3eb13b1bf3bb5b"},
        {"openface22-mtcnn", "8011cbb018c7b68ec45a926c3b387dbc8d906c8907e81d03c6f281921077d828"},
    };
    *name = "unregistered";
    *licence = "unknown";
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
        if (!strcmp(sets[i].sha256, sha256)) {
            *name = sets[i].name;
            *licence = OPENFACE_LICENCE;
        }
}

int mien_model_verify(const mien_model_info *info, const char *path, char *hex)
{
    char own[MN_SHA256_HEX];
    if (!hex)
        hex = own;
    hex[0] = 0;
    struct mn_file f;
    if (mn_file_map(&f, path, MAX_MODEL_BYTES) < 0)
        return errno == EFBIG ? MIEN_EBADMODEL : MIEN_ENOMODEL;
    mn_sha256_hex(f.data, f.size, hex);
    mn_file_unmap(&f);
    return strcmp(hex, info->sha256) ? MIEN_EBADMODEL : 0;
}

const mien_builtin_file *mien_builtin_file_at(int i)
{
    return i >= 0 && i < NUM_BUILTIN ? &builtin_files[i] : NULL;
}

int mien_builtin_au_experimental(int unit)
{
    for (size_t i = 0; i + 1 < sizeof(experimental); i++)
        if (experimental[i] == unit)
            return 1;
    return 0;
}

static bool is_word(const char *models, const char *word)
{
    return models && !strcmp(models, word);
}

/* $MIEN_MODELS; NULL if it is unset or empty. */
static const char *wish(void)
{
    const char *models = getenv("MIEN_MODELS");
    return models && *models ? models : NULL;
}

const char *mien_default_models_dir(char *buf, size_t size)
{
    const char *dir = wish(), *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    int n;
    if (dir && !is_word(dir, "builtin") && !is_word(dir, "standard"))
        n = snprintf(buf, size, "%s", dir);
    else if (data && *data)
        n = snprintf(buf, size, "%s/mien/models", data);
    else
        n = snprintf(buf, size, "%s/.local/share/mien/models", home && *home ? home : ".");
    return n > 0 && (size_t)n < size ? buf : NULL;
}

static bool readable(const char *path)
{
    return access(path, R_OK) == 0;
}

const char *mien_builtin_models_dir(char *buf, size_t size)
{
    /* of bin, lib/ARCH or libexec/mien, and lib in an installation; of build and build/tests here
     */
    static const char *const beside[] = {"../share/mien/builtin", "../../share/mien/builtin",
                                         "../models/builtin", "../../models/builtin"};
    const char *user = getenv("MIEN_BUILTIN");
    char dir[600], path[800], real[PATH_MAX];
    if (user && *user) {
        int n = snprintf(buf, size, "%s", user);
        return n > 0 && (size_t)n < size ? buf : NULL;
    }
    if (mn_own_folder(dir, sizeof(dir)) < 0)
        return NULL;
    for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, beside[i]);
        if (readable(path) && realpath(path, real)) {
            int n = snprintf(buf, size, "%s", real);
            return n > 0 && (size_t)n < size ? buf : NULL;
        }
    }
    return NULL;
}

int mn_places_settle(struct mn_places *p, const char *models, struct mn_log *log)
{
    memset(p, 0, sizeof(*p));
    if (!models)
        models = wish();
    p->use_builtin = !models || is_word(models, "builtin");
    if (!mien_builtin_models_dir(p->builtin, sizeof(p->builtin)))
        p->builtin[0] = 0;
    bool fits = true;
    if (p->use_builtin || is_word(models, "standard"))
        fits = mien_default_models_dir(p->folder, sizeof(p->folder)) != NULL;
    else
        fits = snprintf(p->folder, sizeof(p->folder), "%s", models) < (int)sizeof(p->folder);
    if (fits)
        return 0;
    mn_error(log, "the name of the models folder is too long; give a shorter one with --models");
    return MIEN_EINVAL;
}

static const char *where(const mien_model_info *info, const struct mn_places *p)
{
    return info->builtin ? p->builtin : p->folder;
}

static int no_builtin(const char *what, struct mn_log *log)
{
    mn_error(log,
             "the built-in models are not beside mien (%s is missing); install it again, or name "
             "their folder with MIEN_BUILTIN",
             what);
    return MIEN_ENOMODEL;
}

/* The file that `choice` means. */
static int locate_choice(struct mn_loaded *m, const struct mn_places *p, const char *choice,
                         const mien_model_info **named, struct mn_log *log)
{
    const mien_model_info *info = mien_model_find(choice);
    snprintf(m->path, sizeof(m->path), "%s/%s", p->folder, info ? info->file : choice);
    if (info && info->builtin && !readable(m->path))
        snprintf(m->path, sizeof(m->path), "%s/%s", p->builtin, info->file);
    if (!readable(m->path) && readable(choice))
        snprintf(m->path, sizeof(m->path), "%s", choice);
    const char *slash = strrchr(m->path, '/');
    *named = info ? info : mien_model_find(slash ? slash + 1 : m->path);
    if (readable(m->path))
        return 0;
    if (info && info->builtin)
        return no_builtin(info->file, log);
    if (info)
        mn_error(log, "%s: no such model file; run mien models pull %s --models %s", m->path,
                 info->name, p->folder);
    else
        mn_error(log,
                 "%s is neither a registered model nor a readable file; "
                 "mien models list names the models",
                 choice);
    return info || strchr(choice, '/') || strstr(choice, ".onnx") ? MIEN_ENOMODEL
                                                                  : MIEN_EUNKNOWNMODEL;
}

/* The first file of the role that is there, of a folder's own models before copies of built-in
 * ones. NULL: none. */
static const mien_model_info *first_there(const char *role, const struct mn_places *p, char *path,
                                          size_t size)
{
    for (int builtin = p->use_builtin; builtin <= 1; builtin++)
        for (int i = 0; i < NUM_MODELS; i++) {
            if (registry[i].builtin != builtin || strcmp(registry[i].role, role))
                continue;
            snprintf(path, size, "%s/%s", p->use_builtin ? p->builtin : p->folder,
                     registry[i].file);
            if (readable(path))
                return &registry[i];
        }
    return NULL;
}

/* The file to open. The entry whose name or file it bears, if any, goes to *named. */
static int locate(struct mn_loaded *m, const struct mn_places *p, const char *choice,
                  const mien_model_info **named, struct mn_log *log)
{
    if (choice)
        return locate_choice(m, p, choice, named, log);
    *named = first_there(m->role, p, m->path, sizeof(m->path));
    if (*named)
        return 0;
    if (p->use_builtin)
        return no_builtin(m->role, log);
    mn_error(log,
             "no %s model in %s; run mien models pull, or leave out --models for the built-in ones",
             m->role, p->folder);
    return MIEN_ENOMODEL;
}

static int recognise(struct mn_loaded *m, const mien_model_info *named, bool allow_unknown,
                     struct mn_log *log)
{
    m->info = mien_model_by_digest(m->sha256);
    if (m->info && strcmp(m->info->role, m->role)) {
        mn_error(log,
                 "%s is a %s model (%s), not a %s model; mien models list tells which is which",
                 m->path, m->info->role, m->info->name, m->role);
        return MIEN_EMODELROLE;
    }
    if (m->info || allow_unknown)
        return 0;
    if (named && named->builtin) {
        mn_error(log,
                 "%s is damaged: its SHA-256 is %s, not that of mien's own model %s; install mien "
                 "again",
                 m->path, m->sha256, named->name);
        return MIEN_EBADMODEL;
    }
    if (named) {
        mn_error(log,
                 "%s is damaged: its SHA-256 is %s, not one the registry knows for %s; remove "
                 "it and run mien models pull %s",
                 m->path, m->sha256, named->file, named->name);
        return MIEN_EBADMODEL;
    }
    mn_error(log,
             "%s is not in the registry (SHA-256 %s); use --allow-unknown-models if you trust "
             "it",
             m->path, m->sha256);
    return MIEN_EUNKNOWNMODEL;
}

int mn_loaded_open(struct mn_loaded *m, struct mn_engine *e, const char *role,
                   const struct mn_places *places, const char *choice, bool allow_unknown,
                   const struct mn_shape *input, bool any_size)
{
    memset(m, 0, sizeof(*m));
    m->role = role;
    struct mn_model_source source = {
        .role = role, .label = role, .input = *input, .sizes_vary = !strcmp(role, "detector")};
    if (!e->info->needs_files) {
        snprintf(m->path, sizeof(m->path), "%s", e->info->name);
        return mn_model_open(&m->model, e, &source);
    }
    const mien_model_info *named;
    int err = locate(m, places, choice, &named, e->log);
    if (err < 0)
        return err;
    struct mn_file f;
    if (mn_file_map(&f, m->path, MAX_MODEL_BYTES) < 0) {
        mn_error(e->log, "%s cannot be read as a model file: %s", m->path, strerror(errno));
        return MIEN_ENOMODEL;
    }
    mn_sha256_hex(f.data, f.size, m->sha256);
    err = recognise(m, named, allow_unknown, e->log);
    if (err == 0) {
        source.label = m->path;
        source.data = f.data;
        source.size = f.size;
        source.any_size =
            source.sizes_vary && ((any_size && e->any_size) || (m->info && m->info->builtin));
        err = mn_model_open(&m->model, e, &source);
    }
    mn_file_unmap(&f);
    return err;
}

bool mn_loaded_there(const char *role, const struct mn_places *places)
{
    char path[1200];
    return first_there(role, places, path, sizeof(path)) != NULL;
}

void mn_loaded_close(struct mn_loaded *m)
{
    mn_model_close(&m->model);
}

void mn_au_folder(const struct mn_places *p, const char *choice, bool openface, char *path,
                  size_t size)
{
    const mien_model_info *info = choice ? mien_model_find(choice) : NULL;
    if (info && !strcmp(info->role, "au") && !strcmp(info->name, choice))
        snprintf(path, size, "%s/%.*s", where(info, p),
                 (int)(strrchr(info->file, '/') - info->file), info->file);
    else if (choice)
        snprintf(path, size, "%s", choice);
    else if (p->use_builtin && !openface)
        snprintf(path, size, "%s/au", p->builtin);
    else {
        snprintf(path, size, "%s/au", p->folder); /* a copy of the built-in folder */
        if (openface || !readable(path))
            snprintf(path, size, "%s/openface22/AU_predictors", p->folder);
    }
}

int mn_au_folder_check(const char *path, bool allow_unknown, bool *builtin, struct mn_log *log)
{
    char file[1400], hex[MN_SHA256_HEX];
    snprintf(file, sizeof(file), "%s/%s", path, strchr(AU_BUILTIN, '/') + 1);
    *builtin = readable(file);
    for (int i = 0; *builtin && i < NUM_BUILTIN; i++) {
        const char *name = builtin_files[i].name;
        if (strncmp(name, "au/", 3))
            continue;
        snprintf(file, sizeof(file), "%s/%s", path, name + 3);
        const mien_model_info as = {.sha256 = builtin_files[i].sha256};
        int err = mien_model_verify(&as, file, hex);
        if (err < 0 && allow_unknown) {
            *builtin = false;
            return 0;
        }
        if (err == MIEN_ENOMODEL)
            mn_error(log,
                     "%s: no such file, and mien's own action units need it; install mien again",
                     file);
        else if (err < 0)
            mn_error(log,
                     "%s is damaged: its SHA-256 is %s, not that of mien's own model builtin-au; "
                     "install mien again",
                     file, hex);
        if (err < 0)
            return err;
    }
    return 0;
}

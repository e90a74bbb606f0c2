#include "infer/registry.h"

#include <string.h>

#include "base/log.h"
#include "infer/builtin.h"

#define GAZE_URL "https://github.com/yakhyo/gaze-estimation/releases/download/weights/"
#define GAZE_ORIGIN "yakhyo/gaze-estimation (MobileGaze), trained on Gaze360"
#define OPENFACE_LICENCE "OpenFace 2.2: academic, non-commercial"
#define OPENFACE3_LICENCE "OpenFace 3.0: academic, non-commercial, no redistribution"
#define BUILTIN_LICENCE "BSD-2-Clause, as mien itself"
#define BUILTIN_ORIGIN \
    "built in; trained by research/training/ on faces rendered by mien-synth alone"
/* Made by scripts/mediapipe_models.py. */
#define DETECTOR_FILE "mediapipe/face_detector.onnx"
#define DETECTOR_SHA256 "c1923028e8fcaeb4360c653191f5f64589e1c1388593111395f639cc6d2697b9"
#define DETECTOR_SIZE 1057061
#define MESH_FILE "mediapipe/face_mesh.onnx"
#define MESH_SHA256 "b8fc7603486fafb282a3e36d548f0a237194b5038fb5f25a27cf3c26d5d1ab57"
#define MESH_SIZE 1240119
#define GAZE_LICENCE "MIT code; weights trained on Gaze360 (research use)"

/* sha256_and_size: a macro of builtin.h, two values that initialise these neighbouring members. */
#define BUILTIN(name_, role_, file_, sha256_and_size)                                        \
    {                                                                                        \
        .name = name_, .role = role_, .file = file_, .sha256 = sha256_and_size,              \
        .licence = BUILTIN_LICENCE, .commercial = 1, .origin = BUILTIN_ORIGIN, .builtin = 1, \
        .rendered = 1                                                                        \
    }

/* In order of preference. A file is recognised by its digest, not by its name: in February 2026 the
 * MobileGaze files were replaced under the same names (output names corrected, same numbers). */
static const mien_model_info registry[] = {
    {.name = MN_REGISTRY_DETECTOR,
     .role = "detector",
     .file = DETECTOR_FILE,
     .sha256 = DETECTOR_SHA256,
     .size = DETECTOR_SIZE,
     .licence = "Apache-2.0",
     .commercial = 1,
     .origin = "MediaPipe full-range face detector, trained on photographs; fetched by make setup",
     .builtin = 1},
    {.name = MN_REGISTRY_MESH,
     .role = "mesh",
     .file = MESH_FILE,
     .sha256 = MESH_SHA256,
     .size = MESH_SIZE,
     .licence = "Apache-2.0",
     .commercial = 1,
     .origin = "MediaPipe face mesh, trained on photographs; fetched by make setup",
     .builtin = 1},
    BUILTIN("builtin-detector", "detector", "face_detector.onnx", BUILTIN_DETECTOR),
    BUILTIN("builtin-landmarks", "landmarks", "face_landmarks.onnx", BUILTIN_LANDMARKS),
    BUILTIN("builtin-gaze", "gaze", "face_gaze.onnx", BUILTIN_GAZE),
    {.name = MN_REGISTRY_AU,
     .role = "au",
     .file = "au_mesh/AU_mesh.txt",
     .sha256 = BUILTIN_AU,
     .licence = BUILTIN_LICENCE,
     .commercial = 1,
     .origin = BUILTIN_ORIGIN ", for the points of mediapipe-mesh",
     .builtin = 1},
    BUILTIN(MN_REGISTRY_AU_RENDERED, "au", "au/AU_builtin.txt", RENDERED_AU),
    {.name = "retinaface-mnet025",
     .role = "detector",
     .file = "retinaface_mnet025.onnx",
     .sha256 = "b7a7acab55e104dce6f32cdfff929bd83946da5cd869b9e2e9bdffafd1b7e4a5",
     .size = 1736694,
     .licence = "MIT",
     .origin = "yakhyo/uniface, trained on WIDER FACE (research use)",
     .url = "https://github.com/yakhyo/uniface/releases/download/weights/retinaface_mv1_0.25.onnx",
     .is_default = 1},
    {.name = "mobileone-s0-gaze",
     .role = "gaze",
     .file = "mobileone_s0_gaze.onnx",
     .sha256 = "8b4fdc4e3da44733c9a82e7776b411e4a39f94e8e285aee0fc85a548a55f7d9f",
     .licence = GAZE_LICENCE,
     .origin = GAZE_ORIGIN,
     .url = GAZE_URL "mobileone_s0_gaze.onnx",
     .is_default = 1},
    {.name = "mobileone-s0-gaze-fp16",
     .role = "gaze",
     .file = "mobileone_s0_gaze.onnx",
     .sha256 = "7e7569d57ee729a4d6e7849c4f3e66e189c90ea179836851a03b4664d3b9beb2",
     .size = 4959526,
     .licence = GAZE_LICENCE,
     .origin =
         "rebuilt in float32 from the float16 conversion in KegangWangCCNU/vitalcamera-sdk @ e31ab954"},
    {.name = "resnet18-gaze",
     .role = "gaze",
     .file = "resnet18_gaze.onnx",
     .sha256 = "404fec1efd07ff49f981e47f461c20c2627119e465ec441bbd1c067d3f16e657",
     .licence = GAZE_LICENCE,
     .origin = GAZE_ORIGIN,
     .url = GAZE_URL "resnet18_gaze.onnx"},
    {.name = "resnet34-gaze",
     .role = "gaze",
     .file = "resnet34_gaze.onnx",
     .sha256 = "c8e6b14f6095d2425241b9302aa663d9a23b7dfb9d43941352b718c91dc7f2cf",
     .licence = GAZE_LICENCE,
     .origin = GAZE_ORIGIN,
     .url = GAZE_URL "resnet34_gaze.onnx"},
    {.name = "resnet50-gaze",
     .role = "gaze",
     .file = "resnet50_gaze.onnx",
     .sha256 = "bb28d421565adc4dfb665742f8fc80bdef36dd8caa0c87e040e0937f9fdca9a6",
     .licence = GAZE_LICENCE,
     .origin = GAZE_ORIGIN,
     .url = GAZE_URL "resnet50_gaze.onnx"},
    {.name = "mobilenetv2-gaze",
     .role = "gaze",
     .file = "mobilenetv2_gaze.onnx",
     .sha256 = "b81312df85c7ac1c1b5f78c573620d22c2719cb839650e15f12dc7eecb7744a4",
     .licence = GAZE_LICENCE,
     .origin = GAZE_ORIGIN,
     .url = GAZE_URL "mobilenetv2_gaze.onnx"},
    {.name = "pfld-68",
     .role = "landmarks",
     .file = "pfld_68.onnx",
     .sha256 = "7d7bbd5c6a1d9272e58d9773898284a1905d872eba9a662df9b5f20f1ba6f83e",
     .size = 2987921,
     .licence = "none stated",
     .origin = "cunjian/pytorch_face_landmark @ 6f34bf9, onnx/pfld.onnx",
     .url = "https://github.com/cunjian/pytorch_face_landmark/raw/6f34bf9/onnx/pfld.onnx"},
    {.name = "pfld-98",
     .role = "landmarks",
     .file = "pfld_ghostone_98.onnx",
     .sha256 = "74d1a83932af79c2689d9371b21f32d014552f089985f076e832e89cb18f41e8",
     .size = 2838549,
     .licence = "Apache-2.0 code; weights trained on WFLW (research use)",
     .origin = "AnthonyF333/PFLD_GhostOne"},
    {.name = "star-98",
     .role = "landmarks",
     .file = "star_98.onnx",
     .sha256 = "",
     .licence = "none stated for the weights, which were trained on WFLW (research use)",
     .origin =
         "ZhenglinZhou/STAR (and OpenFace 3.0), Landmark_98.pkl, which its users export to ONNX "
         "themselves"},
    {.name = "openface3-mtl",
     .role = "mtl",
     .file = "openface3_mtl.onnx",
     .sha256 = "",
     .licence = OPENFACE3_LICENCE,
     .origin =
         "CMU-MultiComp-Lab/OpenFace-3.0, MTL_backbone.pth, which its users export to ONNX themselves"},
    {.name = "openface22-au",
     .role = "au",
     .file = "openface22/AU_predictors/AU_all_best.txt",
     .sha256 = "61704fa352733807e54410b30bfb60a44e99d94482cc6b46f19ae0549a06fddf",
     .size = 1466,
     .licence = OPENFACE_LICENCE,
     .origin =
         "TadasBaltrusaitis/OpenFace, lib/local/FaceAnalyser/AU_predictors: this list and what it names"},
    {.name = "openface22-clnf",
     .role = "refiner",
     .file = "openface22/model/main_clnf_general.txt",
     .sha256 = "532753cc2238d3e3dc398fff09b7b385a7edd7306a1edc2a22dac3ed2abdeb6e",
     .size = 689,
     .licence = OPENFACE_LICENCE,
     .origin =
         "TadasBaltrusaitis/OpenFace, lib/local/LandmarkDetector/model: this list and what it names"},
    {.name = "openface22-cen",
     .role = "refiner",
     .file = "openface22/model/main_ceclm_general.txt",
     .sha256 = "52f38548cffab1731f80e9e71f22a8b29373a2750eb6dc718069d56e82997543",
     .size = 335,
     .licence = OPENFACE_LICENCE,
     .origin =
         "TadasBaltrusaitis/OpenFace, lib/local/LandmarkDetector/model: this list and what it names; "
         "its weights by OpenFace's download script"},
    {.name = "openface22-mtcnn",
     .role = "mtcnn",
     .file = "openface22/model/mtcnn_detector/MTCNN_detector.txt",
     .sha256 = "7dd20c7aa0335e59eeb6947c2bd94ef06c41f643aff428d36800fa1f09c65d5e",
     .size = 42,
     .licence = OPENFACE_LICENCE,
     .origin =
         "TadasBaltrusaitis/OpenFace, lib/local/LandmarkDetector/model/mtcnn_detector: this list and "
         "what it names"},
    {.name = "mobileone-s0-gaze-2025",
     .role = "gaze",
     .file = "mobileone_s0_gaze.onnx",
     .sha256 = "c0b5a4f4a0ffd24f76ab3c1452354bb2f60110899fd9a88b464c75bafec0fde8",
     .licence = GAZE_LICENCE,
     .origin = GAZE_ORIGIN ", outputs named before the correction"},
    {.name = "resnet18-gaze-2025",
     .role = "gaze",
     .file = "resnet18_gaze.onnx",
     .sha256 = "23d5d7e4f6f40dce8c35274ce9d08b45b9e22cbaaf5af73182f473229d713d31",
     .licence = GAZE_LICENCE,
     .origin = GAZE_ORIGIN ", outputs named before the correction"},
    {.name = "resnet34-gaze-2025",
     .role = "gaze",
     .file = "resnet34_gaze.onnx",
     .sha256 = "4457ee5f7acd1a5ab02da4b61f02fc3a0b17adbf3844dd0ba3cd4288f2b5e1de",
     .licence = GAZE_LICENCE,
     .origin = GAZE_ORIGIN ", outputs named before the correction"},
    {.name = "resnet50-gaze-2025",
     .role = "gaze",
     .file = "resnet50_gaze.onnx",
     .sha256 = "e1eaf98f5ec7c89c6abe7cfe39f7be83e747163f98d1ff945c0603b3c521be22",
     .licence = GAZE_LICENCE,
     .origin = GAZE_ORIGIN ", outputs named before the correction"},
    {.name = "mobilenetv2-gaze-2025",
     .role = "gaze",
     .file = "mobilenetv2_gaze.onnx",
     .sha256 = "fdcdb84e3e6421b5a79e8f95139f249fc258d7f387eed5ddac2b80a9a15ce076",
     .licence = GAZE_LICENCE,
     .origin = GAZE_ORIGIN ", outputs named before the correction"},
};
#define NUM_MODELS ((int)(sizeof(registry) / sizeof(registry[0])))

static const mien_builtin_file builtin_files[] = {
    {.name = DETECTOR_FILE, .sha256 = DETECTOR_SHA256, .size = DETECTOR_SIZE},
    {.name = MESH_FILE, .sha256 = MESH_SHA256, .size = MESH_SIZE},
    BUILTIN_FILES};
#define NUM_BUILTIN ((int)(sizeof(builtin_files) / sizeof(builtin_files[0])))

static const uint8_t experimental[] = {BUILTIN_AU_EXPERIMENTAL 0};
static const uint8_t rendered_experimental[] = {RENDERED_AU_EXPERIMENTAL 0};

const mien_model_info *mien_model_at(int i)
{
    return i >= 0 && i < NUM_MODELS ? &registry[i] : NULL;
}

const mien_model_info *mien_model_find(const char *name)
{
    for (int i = 0; name && i < NUM_MODELS; i++)
        if (!strcmp(registry[i].name, name) || !strcmp(registry[i].file, name))
            return &registry[i];
    return NULL;
}

const mien_model_info *mien_model_by_digest(const char *hex)
{
    for (int i = 0; hex && *hex && i < NUM_MODELS; i++)
        if (!strcmp(registry[i].sha256, hex))
            return &registry[i];
    return NULL;
}

void mn_registry_set_name(const char *sha256, const char **name, const char **licence)
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

const mien_builtin_file *mien_builtin_file_at(int i)
{
    return i >= 0 && i < NUM_BUILTIN ? &builtin_files[i] : NULL;
}

bool mn_registry_has_98(const char *choice)
{
    const char *slash = choice ? strrchr(choice, '/') : NULL;
    const mien_model_info *m = mien_model_find(slash ? slash + 1 : choice);
    return m && (!strcmp(m->name, "pfld-98") || !strcmp(m->name, "star-98"));
}

/* With or without what follows a dash (builtin-au-static). */
static bool is_named(const char *model, const char *name)
{
    const size_t n = strlen(name);
    return !strncmp(model, name, n) && (!model[n] || model[n] == '-');
}

int mien_au_experimental(const char *model, int unit)
{
    if (!model)
        return mn_log_fail_null();
    const uint8_t *list = is_named(model, MN_REGISTRY_AU)            ? experimental
                          : is_named(model, MN_REGISTRY_AU_RENDERED) ? rendered_experimental
                                                                     : NULL;
    while (list && *list && *list != unit)
        list++;
    return list && *list;
}

int mien_builtin_au_experimental(int unit)
{
    return mien_au_experimental(MN_REGISTRY_AU, unit);
}

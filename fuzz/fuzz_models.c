/* Model files: experts, validator, shape models, triangulations, linear models of action units, and
 * the control files that name them. A random file would be refused at its first number. So an input
 * is a list of changes to a complete synthetic file: byte 0 selects the kind of file, then each
 * change has an operation, a position and a number. A file that loads in spite of the damage is
 * used. */
#include <math.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clnf/model.h"
#include "clnf/rlms.h"
#include "face/align.h"
#include "face/au_models.h"
#include "fuzz.h"
#include "model_files.h"

enum {
    EXPERTS,
    EYE_EXPERTS,
    PDM,
    TRIANGLES,
    DAT,
    VALIDATOR,
    MAIN,
    NESTED,
    CONTROL,
    LIST,
    NETWORKS,
    NUM_KINDS
};

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_TEXT("\x00"), /* undamaged */
    FUZZ_TEXT("\x01"),
    FUZZ_TEXT("\x02"),
    FUZZ_TEXT("\x03"),
    FUZZ_TEXT("\x04"),
    FUZZ_TEXT("\x05"),
    FUZZ_TEXT("\x06"),
    FUZZ_TEXT("\x07"),
    FUZZ_TEXT("\x08"),
    FUZZ_TEXT("\x09"),
    FUZZ_TEXT("\x0a"),
    FUZZ_TEXT("\x00\x04\x01\x00\x00\x00\xff\xff\xff\x7f"), /* a different count */
    FUZZ_TEXT("\x0a\x04\x0c\x01\x00\x00\xff\xff\xff\x7f"),
    FUZZ_TEXT("\x01\x05\x30\x00\x00\x00\x01\x00\x00\x00"), /* a different double */
    FUZZ_TEXT("\x02\x03\x20\x00\x00\x00\x39\x39\x39\x39"), /* more digits */
    FUZZ_TEXT("\x03\x02\x09\x00\x00\x00\x00\x00\x00\x00"), /* cut off */
    FUZZ_TEXT("\x04\x04\x02\x00\x00\x00\x00\x40\x00\x00"),
    FUZZ_TEXT("\x05\x04\x40\x00\x00\x00\x00\x00\x00\x80"),
    FUZZ_TEXT("\x06\x06\x10\x00\x00\x00\x20\x00\x00\x00"), /* a piece removed */
    FUZZ_TEXT("\x07\x00\x11\x00\x00\x00\x2f\x00\x00\x00"), /* a different byte */
    FUZZ_TEXT("\x08\x07\x04\x00\x00\x00\x18\x00\x00\x00"), /* a piece twice */
    FUZZ_TEXT("\x09\x01\x05\x00\x00\x00\x04\x00\x00\x00"), /* a different bit */
    FUZZ_TEXT("\x06\x03\x45\x00\x00\x00"
              "9999"), /* pairs of points that do not exist */
    FUZZ_TEXT("\x06\x03\x48\x00\x00\x00"
              "9999"),
    {NULL, 0},
};
const int fuzz_rounds = 500; /* each round writes files: `replay_models 0-100000` runs more */
const size_t fuzz_longest = 100;

/* ----------------------------------------------------------------------- the undamaged files
 * ---- */

static const char *folder;
static struct made_file whole[NUM_KINDS];
static const char *const name_of[NUM_KINDS] = {
    "experts.txt",     "eye_experts.txt", "pdm.txt",      "triangles.txt",
    "au/AU_1_dyn.dat", "validator.txt",   "main.txt",     "main_inner.txt",
    "clnf.txt",        "au/list.txt",     "networks.dat",
};

static void path_of(char path[128], const char *name)
{
    snprintf(path, 128, "%s/%s", folder, name);
}

static void write_file(const char *name, const void *data, size_t size)
{
    char path[128];
    path_of(path, name);
    FILE *f = fopen(path, "wb");
    if (!f || (size && fwrite(data, 1, size, f) != size) || fclose(f))
        abort();
}

static void keep(const char *name, struct made_file *f)
{
    write_file(name, f->bytes, f->size);
    made_free(f);
}

static void make_units(void)
{
    static const int dynamic = 1;
    struct made_file f = {0};
    char list[4096] = "", name[64];
    for (int i = 0; i < MN_AU_MODELS; i++) {
        bool presence = i >= MN_AU_INTENSITIES;
        int unit =
            presence ? mien_au_presence_unit(i - MN_AU_INTENSITIES) : mien_au_intensity_unit(i);
        snprintf(name, sizeof(name), "au/AU_%d_%s.dat", unit, presence ? "present" : "dyn");
        made_dat(&f, (presence ? 4 : 0) + dynamic, 3);
        keep(name, &f);
        size_t used = strlen(list);
        snprintf(list + used, sizeof(list) - used, "%s AU%02d\n", name + 3, unit);
    }
    made_text(&whole[LIST], "%.400s", list);
    made_put(&whole[LIST], list + 400, strlen(list) - 400);
    static const char control[] = "AUPredictor list.txt\nPDM pdm.txt\nTriangulation tris.txt\n";
    write_file("au/main_dynamic_svms.txt", control, sizeof(control) - 1);
    made_dat(&whole[DAT], dynamic, 3);
}

static void make_tracker(void)
{
    static const struct {
        const char *name;
        int points, scales, window[3];
    } model[] = {{"face", 68, 3, {11, 9, 7}},
                 {"inner", 5, 1, {9}},
                 {"left_eye", 28, 2, {3, 5}},
                 {"right_eye", 28, 2, {3, 5}}};
    struct made_file f = {0};
    char name[64];
    for (int k = 0; k < 4; k++) {
        struct made_file *control = k ? &f : &whole[CONTROL];
        made_text(control, "PDM pdm_%d.txt\n", k);
        for (int i = 0; i < model[k].scales; i++)
            made_text(control, "PatchesCCNF experts_%d_%d.txt\n", k, i);
        if (k) {
            snprintf(name, sizeof(name), "clnf_%s.txt", model[k].name);
            keep(name, &f);
            struct made_file *nested = k == 1 ? &whole[NESTED] : &f;
            made_text(nested, "# part\nLandmarkDetector clnf_%s.txt\n", model[k].name);
            if (k > 1) {
                snprintf(name, sizeof(name), "main_%s.txt", model[k].name);
                keep(name, &f);
            }
        }
        f.noise = (uint32_t)k;
        made_pdm(&f, model[k].points, k ? 4 : 6);
        snprintf(name, sizeof(name), "pdm_%d.txt", k);
        keep(name, &f);
        for (int i = 0; i < model[k].scales; i++) {
            made_experts(&f, model[k].points, 2, model[k].window[i], 0, 1);
            snprintf(name, sizeof(name), "experts_%d_%d.txt", k, i);
            keep(name, &f);
        }
    }
    made_text(
        &whole[MAIN],
        "LandmarkDetector clnf.txt\n"
        "LandmarkDetector_part main_inner.txt inner 17 0 30 1 48 2 54 3 8 4\n"
        "LandmarkDetector_part main_left_eye.txt left_eye_28 36 8 37 10 38 12 39 14 40 16 41 18\n"
        "LandmarkDetector_part main_right_eye.txt right_eye_28 42 8 43 10 44 12 45 14 46 16 47 18\n"
        "FaceDetConversion haarAlign.txt\n");
    made_text(&whole[MAIN], "DetectionValidator validator.txt\n");
}

static void make(void)
{
    char path[128];
    folder = fuzz_folder();
    path_of(path, "au");
    if (mkdir(path, 0700))
        abort();
    made_experts(&whole[EXPERTS], 3, 2, 5, 2, 2);
    made_experts(&whole[EYE_EXPERTS], 4, 1, 3, 0, 1);
    made_networks(&whole[NETWORKS]);
    made_pdm(&whole[PDM], 6, 3);
    made_triangles(&whole[TRIANGLES], 20);
    made_validator(&whole[VALIDATOR], 8);
    make_units();
    make_tracker();
    for (int k = 0; k < NUM_KINDS; k++)
        write_file(name_of[k], whole[k].bytes, whole[k].size);
}

/* ---------------------------------------------------------------------------------- the damage
 * ---- */

static const double odd_double[] = {NAN,   INFINITY, -INFINITY, 0,   -0.0,
                                    1e300, -1e30,    1e-300,    1e6, -1};
static const int32_t odd_int[] = {0, -1, 1, 2, 255, 256, 65536, INT32_MAX, INT32_MIN, 1 << 30};
#define NUM_ODD 10

static size_t change(struct fuzz_input *in, const struct made_file *f, uint8_t *b, size_t size,
                     size_t room)
{
    uint8_t what = fuzz_byte(in);
    uint32_t place = (uint32_t)fuzz_int(in);
    int32_t v = fuzz_int(in);
    size_t at = size ? place % size : 0, field = f->mark[place % (uint32_t)f->marks];
    size_t length = (uint32_t)v % 64;
    if (what & 64) /* near the start of a field */
        at = field < size ? field : at;
    switch (what % 8) {
    case 0:
        if (size)
            b[at] = (uint8_t)v;
        return size;
    case 1:
        if (size)
            b[at] ^= (uint8_t)(1u << (uint32_t)v % 8);
        return size;
    case 2:
        return at;
    case 3:
        if (size + 4 > room)
            return size;
        memmove(b + at + 4, b + at, size - at);
        memcpy(b + at, &v, 4);
        return size + 4;
    case 4:
        v = what & 32 ? v : odd_int[(uint32_t)v % NUM_ODD];
        if (field + 4 <= size)
            memcpy(b + field, &v, 4);
        return size;
    case 5:
        if (field + 8 <= size)
            memcpy(b + field, &odd_double[(uint32_t)v % NUM_ODD], 8);
        return size;
    case 6:
        length = length < size - at ? length : size - at;
        memmove(b + at, b + at + length, size - at - length);
        return size - length;
    default:
        if (at + length > size || size + length > room)
            return size;
        memmove(b + at + length, b + at, size - at);
        return size + length;
    }
}

/* --------------------------------------------------------------------------- the loaded files
 * ---- */

static char said[2000];
static int sentences;

static void listen(void *ctx, enum mien_log_level level, const char *message)
{
    (void)ctx;
    FUZZ_CHECK(level == MIEN_LOG_ERROR);
    snprintf(said, sizeof(said), "%s", message);
    sentences++;
}

static uint8_t grey[96 * 80];
static const mien_picture picture = {
    .format = MIEN_GRAY8, .width = 96, .height = 80, .plane = {grey}, .stride = {96}};

static void use_pdm(const struct mn_pdm *p)
{
    struct mn_pdm_fitter *fitter;
    struct mn_pdm_fit fit;
    float points[2 * MN_PDM_MAX_POINTS];
    for (int i = 0; i < 2 * p->points; i++)
        points[i] = (float)(40 + 17 * i % 31);
    if (mn_pdm_fitter_open(&fitter, p, mn_face_kernels_best()) < 0)
        return;
    if (mn_pdm_fitter_run(fitter, points, NULL, &fit) == 0) {
        FUZZ_CHECK(isfinite(fit.scale) && isfinite(fit.tx) && isfinite(fit.rms));
        mn_pdm_landmarks(p, mn_face_kernels_best(), &fit, points);
    }
    mn_pdm_fitter_close(&fitter);
}

static void use_experts(const struct mn_clnf_scale *s, int points, int window)
{
    static int32_t area[MN_CLNF_MAX_AREA][MN_CLNF_AREA_PITCH];
    float map[MN_CLNF_MAX_WINDOW * MN_CLNF_MAP_PITCH];
    for (int i = 0; i < MN_CLNF_MAX_AREA * MN_CLNF_AREA_PITCH; i++)
        area[i / MN_CLNF_AREA_PITCH][i % MN_CLNF_AREA_PITCH] = i * 37 % 255 * 1024;
    FUZZ_CHECK(s->views >= 1 && s->views <= MN_CLNF_MAX_VIEWS && s->size > 0);
    for (int i = 0; i < s->views * points; i++)
        if (s->expert[i].neurons)
            mn_clnf_kernels_best()->respond(&s->expert[i], window, area, map);
}

static void use_networks(const struct mn_cen *cen)
{
    static float map[2][MN_CLNF_MAX_SEARCH * MN_CLNF_MAP_PITCH];
    static struct mn_cen_patch patch[2] = {{.map = map[0]}, {.map = map[1]}};
    struct mn_cen_scratch *s;
    for (int i = 0; i < MN_CLNF_MAX_AREA * MN_CLNF_AREA_PITCH; i++)
        patch[0].samples[i / MN_CLNF_AREA_PITCH][i % MN_CLNF_AREA_PITCH] =
            patch[1].samples[0][i % MN_CLNF_AREA_PITCH] = i * 37 % 255 * 1024;
    FUZZ_CHECK(mn_cen_views(cen) >= 1 && mn_cen_views(cen) <= MN_CLNF_MAX_VIEWS);
    if (mn_cen_scratch_open(&s, NULL) < 0)
        return;
    for (int v = 0; v < mn_cen_views(cen); v++)
        for (int i = 0; i < MN_CEN_POINTS; i++)
            if (mn_cen_visible(cen, v, i) && !mn_cen_is_partner(cen, v, i))
                mn_cen_response(cen, v, i, 15, i % 8 == 0, patch, 2, s);
    mn_cen_scratch_close(&s);
}

static void use_validator(const struct mn_validator *v)
{
    struct mn_validator_scratch *s;
    float face[MN_VALIDATOR_SIDE * MN_VALIDATOR_SIDE], out[MN_VALIDATOR_CLASSES];
    const float rotation[3] = {0, 0.3f, 0};
    for (int i = 0; i < MN_VALIDATOR_SIDE * MN_VALIDATOR_SIDE; i++)
        face[i] = (float)(i % 7) / 7;
    if (mn_validator_scratch_open(&s) < 0)
        return;
    int view = mn_validator_view(v, rotation);
    FUZZ_CHECK(view >= 0 && view < 7);
    mn_validator_network(v, s, mn_clnf_kernels_best(), view, face, out);
    struct mn_grey grey_picture;
    float landmarks[2 * MN_CLNF_POINTS];
    for (int i = 0; i < 2 * MN_CLNF_POINTS; i++)
        landmarks[i] = (float)(5 + 23 * i % 61);
    if (mn_grey_open(&grey_picture, mn_clnf_kernels_best(), mn_face_kernels_best()) == 0 &&
        mn_grey_set_picture(&grey_picture, &picture) == 0) {
        float c =
            mn_validator_run(v, s, mn_clnf_kernels_best(), &grey_picture, rotation, landmarks);
        FUZZ_CHECK(c >= 0 && c <= 1);
    }
    mn_grey_close(&grey_picture);
    mn_validator_scratch_close(&s);
}

static void use_tracker(const struct mn_clnf *c)
{
    struct mn_clnf_worker *w;
    static struct mn_clnf_result r;
    if (mn_clnf_worker_open(&w, c, NULL, NULL) < 0)
        return;
    for (size_t i = 0; i < sizeof(grey); i++)
        grey[i] = (uint8_t)(i * i / 7);
    const float box[4] = {10, 8, 60, 60};
    if (mn_clnf_set_picture(w, &picture) == 0 && mn_clnf_detect(w, box, MN_CLNF_POSES, &r) == 0)
        for (int i = 0; i < 2 * MN_CLNF_POINTS; i++)
            FUZZ_CHECK(isfinite(r.landmarks[i]));
    mn_clnf_worker_close(&w);
}

static int load(int kind, const char *path, bool track, struct mn_log *log)
{
    char main_path[128];
    int err;
    switch (kind) {
    case EXPERTS:
    case EYE_EXPERTS: {
        struct mn_clnf_scale s = {0};
        int points = kind == EXPERTS ? 3 : 4, window = kind == EXPERTS ? 5 : 3;
        err = mn_clnf_experts_load(&s, path, points, window, kind == EXPERTS, log);
        if (err == 0)
            use_experts(&s, points, window);
        mn_clnf_experts_free(&s);
        return err;
    }
    case NETWORKS: {
        struct mn_cen *cen;
        err = mn_cen_open(&cen, path, log);
        FUZZ_CHECK((err == 0) == (cen != NULL));
        if (cen)
            use_networks(cen);
        mn_cen_close(&cen);
        return err;
    }
    case PDM: {
        struct mn_pdm *p;
        err = mn_pdm_load(&p, path, log);
        FUZZ_CHECK((err == 0) == (p != NULL));
        if (p)
            use_pdm(p);
        mn_pdm_close(&p);
        return err;
    }
    case TRIANGLES: {
        struct mn_triangles t;
        err = mn_align_load_triangles(&t, path, log);
        for (int i = 0; err == 0 && i < t.count; i++)
            FUZZ_CHECK(t.corner[i][0] < 68 && t.corner[i][1] < 68 && t.corner[i][2] < 68);
        return err;
    }
    case DAT:
    case LIST: {
        struct mn_au_models *m;
        path_of(main_path, "au");
        err = mn_au_models_load(&m, main_path, false, log);
        FUZZ_CHECK((err == 0) == (m != NULL));
        mn_au_models_close(&m);
        return err;
    }
    case VALIDATOR: {
        struct mn_validator *v;
        err = mn_validator_load(&v, path, log);
        FUZZ_CHECK((err == 0) == (v != NULL));
        if (v)
            use_validator(v);
        mn_validator_close(&v);
        return err;
    }
    default: {
        struct mn_clnf *c;
        path_of(main_path, "main.txt");
        err = mn_clnf_open(&c, main_path, log);
        FUZZ_CHECK((err == 0) == (c != NULL));
        if (c && track)
            use_tracker(c);
        mn_clnf_close(&c);
        return err;
    }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};
    if (!folder)
        make();
    int kind = fuzz_byte(&in) % NUM_KINDS;
    bool changed = in.size > 0;
    const struct made_file *f = &whole[kind];
    size_t room = f->size + 1024, now = f->size;
    uint8_t *b = malloc(room);
    if (!b)
        return 0;
    memcpy(b, f->bytes, now);
    for (int k = 0; k < 8 && in.size; k++)
        now = change(&in, f, b, now, room);
    write_file(name_of[kind], b, now);

    char path[128];
    struct mn_log log;
    path_of(path, name_of[kind]);
    mn_log_init(&log, listen, NULL);
    *said = 0;
    sentences = 0;
    int err = load(kind, path, size % 16 == 1, &log); /* tracking takes long */
    mn_log_finish(&log);
    FUZZ_CHECK(err == 0 || err == MIEN_EBADMODEL || err == MIEN_ENOMODEL || err == MIEN_ENOMEM);
    FUZZ_CHECK(err == 0 || changed);
    /* One sentence, which names the file and, where a file is damaged, the byte. */
    FUZZ_CHECK(sentences == (err < 0 && err != MIEN_ENOMEM));
    FUZZ_CHECK(err == 0 || err == MIEN_ENOMEM || strstr(said, folder));
    if (err == MIEN_EBADMODEL && kind != DAT && kind != LIST)
        FUZZ_CHECK(strstr(said, "byte"));
    write_file(name_of[kind], f->bytes, f->size);
    free(b);
    return 0;
}

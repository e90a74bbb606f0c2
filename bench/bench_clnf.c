/* The steps of the landmark tracker with plain kernels and with the fastest ones: microseconds,
 * best of many runs. Needs the shared folder for its models, and the ffmpeg program to decode a
 * picture. */
#include "base/clock.h"
#include "clnf/mtcnn.h"
#include "clnf/rlms.h"
#include "golden.h"

#define W 1080
#define H 720
#define ROUNDS 100

struct bench {
    const struct mn_clnf *clnf;
    struct mn_clnf_worker *worker;
    mien_picture pic;
    struct mn_pdm_fit start;
    float landmarks[136], box[4];
    struct mn_clnf_result result;
    struct mn_rlms rlms;
    struct mn_grey grey;
    struct mn_rlms_params params;
    struct mn_validator_scratch *validator;
    const struct mn_mtcnn *mtcnn;
    struct mn_mtcnn_worker *finder;
};

static void grey(struct bench *b)
{
    mn_grey_set_picture(&b->grey, &b->pic);
    mn_grey_need(&b->grey, 400, 200, 720, 520);
}

static void maps(struct bench *b)
{
    mn_rlms_respond(&b->rlms, &b->clnf->face, 1, 9, &b->params, &b->grey);
}

static void rigid(struct bench *b)
{
    struct mn_rlms_params s = b->params;
    mn_rlms_iterate(&b->rlms, &b->clnf->face, 1, true, &s);
}

static void non_rigid(struct bench *b)
{
    struct mn_rlms_params s = b->params;
    mn_rlms_iterate(&b->rlms, &b->clnf->face, 1, false, &s);
}

static void validate(struct bench *b)
{
    mn_validator_run(b->clnf->validator, b->validator, b->grey.kernels, &b->grey,
                     b->result.fit.rotation, b->landmarks);
}

static void track(struct bench *b)
{
    mn_clnf_set_picture(b->worker, &b->pic);
    mn_clnf_track(b->worker, &b->start, MN_CLNF_NEAR, &b->result);
}

static void refine(struct bench *b)
{
    mn_clnf_set_picture(b->worker, &b->pic);
    mn_clnf_refine(b->worker, b->landmarks, &b->result);
}

static void detect(struct bench *b)
{
    mn_clnf_set_picture(b->worker, &b->pic);
    mn_clnf_detect(b->worker, b->box, MN_CLNF_POSES, &b->result);
}

static void find(struct bench *b)
{
    struct mn_mtcnn_box out[8];
    mn_mtcnn_run(b->finder, &b->pic, out, 8);
}

static const struct step {
    const char *name;
    void (*run)(struct bench *b);
} steps[] = {
    {"grey, 320 x 320", grey},           {"68 maps of 9 x 9", maps},  {"five rigid steps", rigid},
    {"five non-rigid steps", non_rigid}, {"validator", validate},     {"track a frame", track},
    {"refine a face", refine},           {"detect in a box", detect}, {"find faces (MTCNN)", find},
};
#define STEPS (sizeof(steps) / sizeof(steps[0]))

static void measure(struct bench *b, const struct mn_clnf_kernels *kernels,
                    const struct mn_face_kernels *face_kernels, double best[STEPS])
{
    REQUIRE(mn_clnf_worker_open(&b->worker, b->clnf, kernels, face_kernels) == 0);
    REQUIRE(mn_grey_open(&b->grey, kernels, face_kernels) == 0);
    REQUIRE(mn_validator_scratch_open(&b->validator) == 0);
    REQUIRE(mn_mtcnn_worker_open(&b->finder, b->mtcnn, kernels, face_kernels) == 0);
    b->rlms.kernels = kernels;
    b->rlms.converged = 0.01;
    b->rlms.face_kernels = face_kernels;
    mn_rlms_params_from_fit(&b->params, b->clnf->face.pdm, &b->start);
    for (size_t k = 0; k < STEPS; k++) {
        best[k] = INFINITY;
        for (int i = 0; i < ROUNDS; i++) {
            double t = mn_now();
            steps[k].run(b);
            best[k] = fmin(best[k], mn_now() - t);
        }
        if (k == 0) /* the validator needs landmarks */
            track(b);
        memcpy(b->landmarks, b->result.landmarks, sizeof(b->landmarks));
    }
    mn_mtcnn_worker_close(&b->finder);
    mn_validator_scratch_close(&b->validator);
    mn_grey_close(&b->grey);
    mn_clnf_worker_close(&b->worker);
}

int main(void)
{
    static struct bench b;
    char path[GOLDEN_PATH];
    struct mn_clnf *clnf;
    if (!golden_path(path, "golden/subj01_timepoint01") || !golden_can_decode())
        return check_skip("needs the shared folder and the ffmpeg program");
    REQUIRE(golden_path(path, "models/openface22/model/main_clnf_general.txt"));
    double t = mn_now();
    REQUIRE(mn_clnf_open(&clnf, path, NULL) == 0);
    printf("open: %.0f ms\n", 1e3 * (mn_now() - t));
    b.clnf = clnf;
    struct mn_mtcnn *mtcnn;
    REQUIRE(golden_path(path, "models/openface22/model/mtcnn_detector/MTCNN_detector.txt"));
    t = mn_now();
    REQUIRE(mn_mtcnn_open(&mtcnn, path, NULL) == 0);
    printf("open MTCNN: %.0f ms\n", 1e3 * (mn_now() - t));
    b.mtcnn = mtcnn;
    uint8_t *pixels = malloc((size_t)W * H * 3);
    REQUIRE(pixels);
    golden_picture("golden/subj01_intermediate/decoded_frames/frame_0002.png", pixels, W, H);
    b.pic = (mien_picture){
        .format = MIEN_BGR24, .width = W, .height = H, .plane = {pixels}, .stride = {3 * W}};
    struct golden_table table = golden_table("golden/subj01_timepoint01/subj01_timepoint01.csv");
    const double *v = table.value + golden_column(&table, "p_scale");
    b.start = (struct mn_pdm_fit){.scale = (float)v[0], .tx = (float)v[4], .ty = (float)v[5]};
    for (int a = 0; a < 3; a++)
        b.start.rotation[a] = (float)v[1 + a];
    for (int k = 0; k < 34; k++)
        b.start.local[k] = (float)v[6 + k];
    static const float box[4] = {426.05f, 224.73f, 287.67f, 282.47f};
    memcpy(b.box, box, sizeof(box));
    double plain[STEPS], fast[STEPS];
    measure(&b, &mn_clnf_kernels_plain, &mn_face_kernels_plain, plain);
    measure(&b, mn_clnf_kernels_best(), mn_face_kernels_best(), fast);
    printf("%-20s %10s %10s\n", "microseconds", "plain", mn_clnf_kernels_best()->name);
    for (size_t k = 0; k < STEPS; k++)
        printf("%-20s %10.1f %10.1f\n", steps[k].name, 1e6 * plain[k], 1e6 * fast[k]);
    golden_table_free(&table);
    free(pixels);
    mn_mtcnn_close(&mtcnn);
    mn_clnf_close(&clnf);
    return 0;
}

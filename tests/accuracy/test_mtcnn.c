/* The face detector MTCNN against OpenFace: every intermediate list of boxes for the first picture
 * of the traced clip; then all kernels, damaged files and unusual pictures. */
#include "clnf/mtcnn.h"
#include "clnf/tracker.h"
#include "clnf_golden.h"

#define MODEL "models/openface22/model/mtcnn_detector/MTCNN_detector.txt"
#define W 1080
#define H 720

/* ------------------------------------------------------------------------ the traced picture ----
 */

struct list {
    int n;
    struct mn_mtcnn_box box[256];
};

struct lists {
    int level, candidates[16];
    struct list stage[4];
};

static void keep(void *ctx, enum mn_mtcnn_stage stage, const struct mn_mtcnn_box *boxes, int n)
{
    struct lists *l = ctx;
    struct list *to = &l->stage[stage];
    if (stage == MN_MTCNN_LEVEL)
        l->level++;
    else
        to->n = 0;
    for (int i = 0; i < n && to->n < 256; i++)
        to->box[to->n++] = boxes[i];
}

static void compare_list(const char *name, const struct list *have)
{
    struct clnf_trace t;
    int n = 0;
    clnf_trace_open(&t, 1, "mtcnn_boxes", 2);
    while (clnf_trace_next(&t)) {
        if (strcmp(t.cell[0], name) != 0)
            continue;
        REQUIRE(n < have->n);
        const struct mn_mtcnn_box *b = &have->box[n++];
        const float place[4] = {b->x, b->y, b->w, b->h};
        REQUIRE(t.num_values >= 5);
        CHECK_NEAR((double)b->score, t.value[0], 2e-6);
        for (int k = 0; k < 4; k++)
            CHECK_NEAR((double)place[k], t.value[1 + k], 1e-3);
        for (int k = 0; k < 4 && t.num_values == 9 && !strcmp(name, "pnet_nms_per_scale"); k++)
            CHECK_NEAR((double)b->shift[k], t.value[5 + k], 2e-5);
    }
    clnf_trace_close(&t);
    printf("%s: %d boxes\n", name, n);
    CHECK_INT(have->n, n);
    CHECK(n > 0);
}

static void traced(const struct mn_mtcnn *m, const mien_picture *pic)
{
    static struct lists lists;
    struct mn_mtcnn_worker *w;
    struct mn_mtcnn_box out[8];
    REQUIRE(mn_mtcnn_worker_open(&w, m, NULL, NULL) == 0);
    mn_mtcnn_watch(w, keep, &lists);
    int n = mn_mtcnn_run(w, pic, out, 8);
    CHECK_INT(lists.level, 8);
    compare_list("pnet_nms_per_scale", &lists.stage[MN_MTCNN_LEVEL]);
    compare_list("rnet_in", &lists.stage[MN_MTCNN_RNET_IN]);
    compare_list("onet_in", &lists.stage[MN_MTCNN_ONET_IN]);
    compare_list("onet_thresh", &lists.stage[MN_MTCNN_ONET_KEPT]);
    CHECK_INT(n, 1);
    CHECK_NEAR((double)out[0].score, 0.999999762, 1e-6);
    const float have[4] = {out[0].x, out[0].y, out[0].w, out[0].h};
    static const double want[4] = {426.049103, 224.72995, 287.674225, 282.468658};
    for (int k = 0; k < 4; k++)
        CHECK_NEAR((double)have[k], want[k], 1e-3);
    mn_mtcnn_worker_close(&w);
}

/* ------------------------------------------------------------------------ with the tracker ---- */

struct finder {
    struct mn_mtcnn_worker *worker;
    const mien_picture *pic;
    int calls;
};

static int find(void *ctx, struct mn_clnf_worker *w, struct mn_clnf_result *out)
{
    struct finder *f = ctx;
    struct mn_mtcnn_box boxes[8];
    int n = mn_mtcnn_run(f->worker, f->pic, boxes, 8), k = mn_mtcnn_choose(boxes, n, NULL);
    f->calls++;
    if (k < 0)
        return 0;
    const float box[4] = {boxes[k].x, boxes[k].y, boxes[k].w, boxes[k].h};
    return mn_clnf_detect(w, box, MN_CLNF_POSES, out) == 0;
}

/* The first frames of the clip without earlier state, against OpenFace's landmarks. */
static void first_frames(const struct mn_mtcnn *m, const struct mn_clnf *c, uint8_t *pixels)
{
    struct mn_clnf_worker *w;
    struct mn_clnf_tracker tracker;
    static struct mn_clnf_result r;
    const mien_picture pic = {
        .format = MIEN_BGR24, .width = W, .height = H, .plane = {pixels}, .stride = {3 * W}};
    struct finder finder = {.pic = &pic};
    struct golden_table t = golden_table("golden/subj01_timepoint01/subj01_timepoint01.csv");
    REQUIRE(mn_clnf_worker_open(&w, c, NULL, NULL) == 0);
    REQUIRE(mn_mtcnn_worker_open(&finder.worker, m, NULL, NULL) == 0);
    mn_clnf_tracker_reset(&tracker);
    for (int k = 0; k < 3; k++) {
        char name[96];
        float want[136];
        double sum = 0;
        snprintf(name, sizeof(name), "golden/subj01_intermediate/decoded_frames/frame_%04d.png",
                 k + 1);
        golden_picture(name, pixels, W, H);
        golden_row(&t, k, "x_", 68, want);
        golden_row(&t, k, "y_", 68, want + 68);
        REQUIRE(mn_clnf_set_picture(w, &pic) == 0);
        REQUIRE(mn_clnf_tracker_step(&tracker, w, find, &finder, &r) == 0);
        CHECK(r.success);
        for (int i = 0; i < 68; i++)
            sum +=
                (double)hypotf(r.landmarks[i] - want[i], r.landmarks[i + 68] - want[i + 68]) / 68;
        CHECK(sum < 0.1); /* of which the table's rounding is 0.04 */
    }
    CHECK_INT(finder.calls, 1);
    golden_table_free(&t);
    mn_mtcnn_worker_close(&finder.worker);
    mn_clnf_worker_close(&w);
}

/* ------------------------------------------------------------------------------- everything else
 */

/* All kernels give the same bits, and a call leaves no state for the next. */
static void the_same_everywhere(const struct mn_mtcnn *m, const mien_picture *pic)
{
    struct mn_mtcnn_worker *a, *b;
    struct mn_mtcnn_box p[16], q[16];
    REQUIRE(mn_mtcnn_worker_open(&a, m, &mn_clnf_kernels_plain, &mn_face_kernels_plain) == 0);
    REQUIRE(mn_mtcnn_worker_open(&b, m, NULL, NULL) == 0);
    for (int k = 0; k < 3; k++) {
        mien_picture part = *pic;
        part.width -= 97 * k;
        part.height -= 61 * k;
        int n = mn_mtcnn_run(a, &part, p, 16);
        CHECK_INT(mn_mtcnn_run(b, &part, q, 16), n);
        CHECK(n > 0);
        for (int i = 0; i < n; i++)
            CHECK(!memcmp(&p[i], &q[i], sizeof(p[i])));
    }
    mn_mtcnn_worker_close(&a);
    mn_mtcnn_worker_close(&b);
}

/* A layer of random numbers against a direct computation of its definition. */
static void layer_by_definition(const struct mn_clnf_kernels *kernels, int size, int inputs,
                                int pitch, int outputs, int width, int height)
{
    static float kernel[3 * 3 * 20 * 40], bias[40], slope[40], in[20 * 20 * 24], out[20 * 20 * 40];
    struct mn_clnf_layer l = {size, inputs, outputs, pitch, kernel, bias, slope};
    unsigned seed = 7;
    float *all[] = {kernel, bias, slope, in};
    const int count[] = {size * size * inputs * outputs, outputs, outputs, width * height * pitch};
    for (int k = 0; k < 4; k++)
        for (int i = 0; i < count[k]; i++) {
            seed = seed * 1664525u + 1013904223u;
            all[k][i] = (float)(seed >> 8) / (1 << 23) - 1;
        }
    kernels->layer(&l, in, width, height, out);
    for (int y = 0; y <= height - size; y++)
        for (int x = 0; x <= width - size; x++)
            for (int o = 0; o < outputs; o++) {
                float v = bias[o];
                for (int dy = 0; dy < size; dy++)
                    for (int dx = 0; dx < size; dx++)
                        for (int c = 0; c < inputs; c++)
                            v += in[((y + dy) * width + x + dx) * pitch + c] *
                                 kernel[((dy * size + dx) * inputs + c) * outputs + o];
                v = v >= 0 ? v : v * slope[o];
                CHECK(out[(y * (width - size + 1) + x) * outputs + o] == v);
            }
}

static void odd_pictures(const struct mn_mtcnn *m)
{
    static uint8_t noise[700 * 700 * 3];
    struct mn_mtcnn_worker *w;
    struct mn_mtcnn_box out[4];
    unsigned seed = 3;
    REQUIRE(mn_mtcnn_worker_open(&w, m, NULL, NULL) == 0);
    for (size_t i = 0; i < sizeof(noise); i++) {
        seed = seed * 1664525u + 1013904223u;
        noise[i] = (uint8_t)(seed >> 24);
    }
    static const int sides[][2] = {{1, 1}, {700, 1}, {59, 59}, {60, 60}, {61, 700}, {700, 300}};
    for (size_t k = 0; k < sizeof(sides) / sizeof(sides[0]); k++) {
        mien_picture pic = {.format = MIEN_BGR24,
                            .width = sides[k][0],
                            .height = sides[k][1],
                            .plane = {noise},
                            .stride = {3 * sides[k][0]}};
        int n = mn_mtcnn_run(w, &pic, out, 4);
        CHECK(n >= 0 && n <= 4);
        CHECK(sides[k][0] >= 60 || n == 0);
        for (int i = 0; i < n; i++)
            CHECK(isfinite(out[i].x) && isfinite(out[i].y) && isfinite(out[i].w) &&
                  isfinite(out[i].h));
    }
    mn_mtcnn_worker_close(&w);
    CHECK_INT(mn_mtcnn_choose(out, 0, NULL), -1);
    const struct mn_mtcnn_box two[3] = {
        {.x = 0, .w = 10, .h = 10}, {.x = 50, .w = 20, .h = 10}, {.x = 90, .w = 20, .h = 10}};
    static const float near_first[2] = {3, 3}, near_last[2] = {99, 0};
    CHECK_INT(mn_mtcnn_choose(two, 3, NULL), 1);
    CHECK_INT(mn_mtcnn_choose(two, 3, near_first), 0);
    CHECK_INT(mn_mtcnn_choose(two, 3, near_last), 2);
}

static void damaged(void)
{
    char path[GOLDEN_PATH], folder[] = "/tmp/mien-mtcnn-XXXXXX", name[64];
    REQUIRE(golden_path(path, "models/openface22/model/mtcnn_detector/PNet.dat"));
    FILE *f = fopen(path, "rb");
    static uint8_t whole[35088 + 1];
    REQUIRE(f && fread(whole, 1, sizeof(whole), f) == 35088);
    fclose(f);
    REQUIRE(mkdtemp(folder));
    snprintf(name, sizeof(name), "%s/PNet.dat", folder);
    static const struct {
        size_t size, at;
        uint8_t value;
    } tries[] = {{35088, 0, 7},  {35088, 4, 1}, {35088, 8, 4},    {35088, 20, 255},
                 {35089, 0, 8},  {35087, 0, 8}, {0, 0, 8},        {3, 0, 8},
                 {35088, 12, 0}, {20000, 0, 8}, {35088, 59, 0x7f}};
    for (size_t k = 0; k < sizeof(tries) / sizeof(tries[0]); k++) {
        struct mn_net net;
        uint8_t was = whole[tries[k].at];
        whole[tries[k].at] = tries[k].value;
        f = fopen(name, "wb");
        REQUIRE(f && fwrite(whole, 1, tries[k].size, f) == tries[k].size);
        fclose(f);
        whole[tries[k].at] = was;
        int err = mn_net_load(&net, MN_PNET, name, NULL);
        /* some bytes of a number may have any value */
        CHECK(err == MIEN_EBADMODEL || (err == 0 && tries[k].at == 20));
        mn_net_free(&net);
    }
    remove(name);
    snprintf(name, sizeof(name), "%s/list.txt", folder);
    static const char *const lists[] = {"", "PNet PNet.dat\n", "PNet ../x\n", "Net PNet.dat\n",
                                        "PNet\n"};
    for (size_t k = 0; k < sizeof(lists) / sizeof(lists[0]); k++) {
        struct mn_mtcnn *m;
        f = fopen(name, "w");
        REQUIRE(f);
        fputs(lists[k], f);
        fclose(f);
        int err = mn_mtcnn_open(&m, name, NULL);
        CHECK(m == NULL && (err == MIEN_EBADMODEL || err == MIEN_ENOMODEL));
    }
    remove(name);
    rmdir(folder);
}

int main(void)
{
    for (int k = 0; k < 2; k++) {
        const struct mn_clnf_kernels *kernels = k ? mn_clnf_kernels_best() : &mn_clnf_kernels_plain;
        layer_by_definition(kernels, 3, 3, 3, 16, 11, 7);
        layer_by_definition(kernels, 3, 10, 16, 24, 6, 3);
        layer_by_definition(kernels, 2, 20, 24, 40, 5, 5);
        layer_by_definition(kernels, 1, 20, 20, 8, 9, 2);
    }
    char path[GOLDEN_PATH];
    if (!golden_path(path, MODEL) || !golden_can_decode())
        return check_skip("the shared folder with models, or the ffmpeg program, is missing");
    struct mn_mtcnn *m;
    REQUIRE(golden_path(path, MODEL));
    REQUIRE(mn_mtcnn_open(&m, path, NULL) == 0);
    uint8_t *pixels = malloc((size_t)W * H * 3);
    REQUIRE(pixels);
    golden_picture("golden/subj01_intermediate/decoded_frames/frame_0001.png", pixels, W, H);
    const mien_picture pic = {
        .format = MIEN_BGR24, .width = W, .height = H, .plane = {pixels}, .stride = {3 * W}};
    traced(m, &pic);
    the_same_everywhere(m, &pic);
    odd_pictures(m);
    damaged();
    struct mn_clnf *c;
    REQUIRE(golden_path(path, CLNF_MODEL));
    REQUIRE(mn_clnf_open(&c, path, NULL) == 0);
    first_frames(m, c, pixels);
    mn_clnf_close(&c);
    free(pixels);
    mn_mtcnn_close(&m);
    return check_done();
}

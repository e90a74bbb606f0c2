/* Follows a face through whole clips and compares landmarks, confidence and the success column with
 * OpenFace's, also where the face is lost, too small or jumps. The detector is replaced by a box
 * around OpenFace's landmarks; what depends on the detector alone may differ a little. */
#include "clnf/tracker.h"
#include "golden.h"

#define CLNF_MODEL "models/openface22/model/main_clnf_general.txt"

struct clip {
    const char *video, *golden;
    int width, height, frames;
    double mean; /* pixels */
};

static const struct clip clips[] = {
    {"media/openface_pairs/subj01_timepoint01.mp4",
     "golden/subj01_timepoint01/subj01_timepoint01.csv", 1080, 720, 158, 0.06},
    {"media/openface_pairs/default.wmv", "golden/default/default.csv", 640, 480, 150, 0.06},
    {"media/clips/hysts00_720p.mp4", "golden/hysts00_720p/video00.csv", 1280, 720, 200, 0.06},
    {"golden/clnf/edge/lost.avi", "golden/clnf/edge/lost.csv", 640, 480, 185, 0.1},
    {"golden/clnf/edge/small.avi", "golden/clnf/edge/small.csv", 640, 480, 110, 0.06},
    {"golden/clnf/edge/jump.avi", "golden/clnf/edge/jump.csv", 640, 480, 105, 0.1},
    {"golden/clnf/edge/border.avi", "golden/clnf/edge/border.csv", 640, 480, 50, 0.1},
};

struct finder {
    const float *points; /* 68 x, 68 y, or NULL: no face */
    int calls;
};

static int find(void *ctx, struct mn_clnf_worker *w, struct mn_clnf_result *out)
{
    struct finder *f = ctx;
    f->calls++;
    if (!f->points)
        return 0;
    float box[4], low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (int i = 0; i < 136; i++) {
        low[i / 68] = fminf(low[i / 68], f->points[i]);
        high[i / 68] = fmaxf(high[i / 68], f->points[i]);
    }
    for (int c = 0; c < 2; c++) {
        box[c] = low[c];
        box[2 + c] = high[c] - low[c];
    }
    return mn_clnf_detect(w, box, MN_CLNF_POSES, out) == 0;
}

static void follow(const struct mn_clnf *c, const struct clip *clip)
{
    struct mn_clnf_worker *w;
    REQUIRE(mn_clnf_worker_open(&w, c, NULL, NULL) == 0);
    struct golden_table t = golden_table(clip->golden);
    size_t size = (size_t)clip->width * (size_t)clip->height * 3;
    uint8_t *pixels = malloc(size);
    FILE *video = golden_decode(clip->video);
    int success = golden_column(&t, "success"), confidence = golden_column(&t, "confidence");
    struct mn_clnf_tracker tracker;
    struct finder finder = {0};
    static struct mn_clnf_result r;
    double sum = 0;
    int faces = 0, other_success = 0, other_confidence = 0, row = 0;
    mn_clnf_tracker_reset(&tracker);
    for (; row < clip->frames && row < t.rows; row++) {
        REQUIRE(pixels && fread(pixels, 1, size, video) == size);
        const double *v = t.value + row * t.columns;
        float points[136];
        golden_row(&t, row, "x_", 68, points);
        golden_row(&t, row, "y_", 68, points + 68);
        mien_picture pic = {.format = MIEN_BGR24,
                            .width = clip->width,
                            .height = clip->height,
                            .plane = {pixels},
                            .stride = {3 * clip->width}};
        finder.points = v[success] > 0.5 ? points : NULL;
        REQUIRE(mn_clnf_set_picture(w, &pic) == 0);
        REQUIRE(mn_clnf_tracker_step(&tracker, w, find, &finder, &r) == 0);
        other_success += r.success != (v[success] > 0.5);
        if (!r.success || !finder.points)
            continue;
        other_confidence += fabs((double)r.confidence - v[confidence]) > 0.006;
        for (int i = 0; i < 68; i++)
            sum += (double)hypotf(r.landmarks[i] - points[i], r.landmarks[i + 68] - points[i + 68]);
        faces++;
    }
    double mean = sum / 68 / (faces ? faces : 1);
    printf("%s: %d frames, %d faces, mean %.4f px, %d calls of the detector\n", clip->video, row,
           faces, mean, finder.calls);
    CHECK(faces > 0);
    CHECK(mean <= clip->mean);
    CHECK_INT(other_success, 0);
    CHECK(other_confidence * 50 <= faces);
    while (fread(pixels, 1, size, video) > 0)
        ; /* the decoder complains about its closed pipe */
    pclose(video);
    free(pixels);
    golden_table_free(&t);
    mn_clnf_worker_close(&w);
}

/* Without a detector, and with one that fails. */
static int broken(void *ctx, struct mn_clnf_worker *w, struct mn_clnf_result *out)
{
    (void)ctx;
    (void)w;
    (void)out;
    return MIEN_ENOMEM;
}

static void alone(const struct mn_clnf *c)
{
    struct mn_clnf_worker *w;
    struct mn_clnf_tracker tracker;
    static struct mn_clnf_result r;
    static uint8_t black[64 * 64];
    mien_picture pic = {
        .format = MIEN_GRAY8, .width = 64, .height = 64, .plane = {black}, .stride = {64}};
    REQUIRE(mn_clnf_worker_open(&w, c, NULL, NULL) == 0);
    mn_clnf_tracker_reset(&tracker);
    REQUIRE(mn_clnf_set_picture(w, &pic) == 0);
    for (int i = 0; i < 30; i++) {
        CHECK_INT(mn_clnf_tracker_step(&tracker, w, NULL, NULL, &r), 0);
        CHECK(!r.success && !tracker.following);
    }
    mn_clnf_tracker_reset(&tracker);
    CHECK_INT(mn_clnf_tracker_step(&tracker, w, broken, NULL, &r), MIEN_ENOMEM);
    /* a detector that finds faces in black pictures: the first face counts as found, as in the
     * original */
    float points[136];
    for (int i = 0; i < 136; i++)
        points[i] = (float)(10 + i % 40);
    struct finder finder = {points, 0};
    for (int i = 0; i < 130; i++) {
        CHECK_INT(mn_clnf_tracker_step(&tracker, w, find, &finder, &r), 0);
        CHECK(i == 0 || !r.success || r.confidence > 0.7f || finder.calls > 1);
        for (int k = 0; k < 136; k++)
            CHECK(isfinite(r.landmarks[k]));
    }
    mn_clnf_worker_close(&w);
}

int main(void)
{
    char path[GOLDEN_PATH];
    if (!golden_path(path, CLNF_MODEL) || !golden_path(path, "golden/clnf"))
        return check_skip("the shared folder with models is missing");
    struct mn_clnf *c;
    REQUIRE(golden_path(path, CLNF_MODEL));
    REQUIRE(mn_clnf_open(&c, path, NULL) == 0);
    alone(c);
    if (golden_can_decode())
        for (size_t k = 0; k < sizeof(clips) / sizeof(clips[0]); k++)
            follow(c, &clips[k]);
    mn_clnf_close(&c);
    return check_done();
}

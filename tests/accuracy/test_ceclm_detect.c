/* Every detection by CE-CLM in clips whose face is lost, small or jumps, against OpenFace's: the
 * frame, whether it ended early, the head poses that were completed and their likelihoods. With the
 * genuine cut-offs, with stricter ones, and with some that are never exceeded. */
#include "clnf/mtcnn.h"
#include "clnf/tracker.h"
#include "clnf_golden.h"

#define W 640
#define H 480
#define DETECTIONS "golden/ceclm/detections.csv"

struct follower {
    struct clnf_trace want; /* early_term, clip, frame, kind, hyp, order | ll, ... */
    const char *name, *clip;
    int frame, rows;
    const mien_picture *pic;
    struct mn_mtcnn_worker *detector;
};

/* The next line of the reference that belongs to the clip; false if there is none. */
static bool next_wanted(struct follower *f)
{
    while (clnf_trace_next(&f->want))
        if (!strcmp(f->want.cell[0], f->name) && !strcmp(f->want.cell[1], f->clip))
            return true;
    return false;
}

static void watch(void *ctx, int pose, int order, bool ended_early, double likelihood)
{
    struct follower *f = ctx;
    if (order < 0) /* the first scale */
        return;
    REQUIRE(next_wanted(f));
    CHECK_INT(f->frame, atoi(f->want.cell[2]));
    CHECK_INT(ended_early, !strcmp(f->want.cell[3], "early"));
    CHECK_INT(pose, atoi(f->want.cell[4]));
    CHECK_INT(order, atoi(f->want.cell[5]));
    CHECK_NEAR(likelihood, f->want.value[0], 0.01);
    f->rows++;
}

static int find(void *ctx, struct mn_clnf_worker *w, struct mn_clnf_result *out)
{
    struct follower *f = ctx;
    struct mn_mtcnn_box boxes[8];
    int n = mn_mtcnn_run(f->detector, f->pic, boxes, 8), k = mn_mtcnn_choose(boxes, n, NULL);
    if (k < 0)
        return 0;
    const float box[4] = {boxes[k].x, boxes[k].y, boxes[k].w, boxes[k].h};
    return mn_clnf_detect(w, box, MN_CLNF_POSES, out) == 0;
}

static void follow(const struct mn_mtcnn *m, const struct mn_clnf *c, const char *name,
                   const char *clip)
{
    static uint8_t pixels[3 * W * H];
    static struct mn_clnf_result r;
    char path[GOLDEN_PATH], video[64];
    const mien_picture pic = {
        .format = MIEN_BGR24, .width = W, .height = H, .plane = {pixels}, .stride = {3 * W}};
    struct follower f = {.name = name, .clip = clip, .pic = &pic, .want = {.keys = 6}};
    struct mn_clnf_worker *w;
    struct mn_clnf_tracker tracker;
    REQUIRE(golden_path(path, DETECTIONS));
    f.want.file = fopen(path, "r");
    REQUIRE(f.want.file && getline(&f.want.line, &f.want.size, f.want.file) > 0);
    REQUIRE(mn_mtcnn_worker_open(&f.detector, m, NULL, NULL) == 0);
    REQUIRE(mn_clnf_worker_open(&w, c, NULL, NULL) == 0);
    mn_clnf_watch(w, watch, &f);
    mn_clnf_tracker_reset(&tracker);
    snprintf(video, sizeof(video), "golden/clnf/%s.avi", clip);
    FILE *decoder = golden_decode(video);
    while (fread(pixels, 1, sizeof(pixels), decoder) == sizeof(pixels)) {
        f.frame++;
        REQUIRE(mn_clnf_set_picture(w, &pic) == 0);
        REQUIRE(mn_clnf_tracker_step(&tracker, w, find, &f, &r) == 0);
    }
    pclose(decoder);
    CHECK(f.frame > 100 && f.rows > 0);
    CHECK(!next_wanted(&f));
    printf("%s %s: %d frames, %d fits\n", name, clip, f.frame, f.rows);
    clnf_trace_close(&f.want);
    mn_clnf_worker_close(&w);
    mn_mtcnn_worker_close(&f.detector);
}

static bool make_model(const char *folder)
{
    char tool[GOLDEN_PATH], model[GOLDEN_PATH], command[4 * GOLDEN_PATH];
    const char *python = golden_numpy();
    if (!python || !golden_path(tool, "tools/make_substitute_cen.py") ||
        !golden_path(model, "models/openface22/model"))
        return false;
    snprintf(command, sizeof(command), "%s '%s' --models '%s' --out '%s' --assemble >/dev/null",
             python, tool, model, folder);
    REQUIRE(system(command) == 0);
    return true;
}

/* early: the file of cut-offs in the shared folder; NULL: the genuine one. */
static void with_cutoffs(const struct mn_mtcnn *m, const char *folder, const char *name,
                         const char *early)
{
    static const char *const clips[] = {"edge/jump", "edge/small"};
    char path[GOLDEN_PATH], from[GOLDEN_PATH];
    struct mn_clnf *c;
    if (early) {
        snprintf(path, sizeof(path), "%s/early_term_cen_of.txt", folder);
        REQUIRE(golden_path(from, early) && remove(path) == 0 && symlink(from, path) == 0);
    }
    snprintf(path, sizeof(path), "%s/main_ceclm_general.txt", folder);
    REQUIRE(mn_clnf_open(&c, path, NULL) == 0);
    CHECK_STR(mn_clnf_kind(c), "CE-CLM");
    for (int k = 0; k < 2; k++)
        follow(m, c, name, clips[k]);
    mn_clnf_close(&c);
}

int main(void)
{
    char folder[] = "/tmp/mien-ceclm-XXXXXX", path[GOLDEN_PATH], command[64];
    struct mn_mtcnn *m;
    if (!golden_path(path, DETECTIONS) || !golden_can_decode())
        return check_skip("the shared folder with golden tables, or ffmpeg, is missing");
    REQUIRE(golden_path(path, "models/openface22/model/mtcnn_detector/MTCNN_detector.txt"));
    REQUIRE(mkdtemp(folder) && mn_mtcnn_open(&m, path, NULL) == 0);
    bool made = make_model(folder);
    if (made) {
        with_cutoffs(m, folder, "genuine", NULL);
        with_cutoffs(m, folder, "strict", "golden/ceclm/edge_strict/early_term_cen_of.txt");
        with_cutoffs(m, folder, "never", "golden/ceclm/edge_never/early_term_cen_of.txt");
    }
    mn_mtcnn_close(&m);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    REQUIRE(system(command) == 0);
    return made ? check_done()
                : check_skip("Python has no numpy, which makes the substitute weights");
}

/* Shape models and triangulations as raw text; the first byte chooses. A shape model that loads is
 * fitted. */
#include <math.h>
#include <mien/mien.h>

#include "face/align.h"
#include "face/pdm.h"
#include "fuzz.h"

#define POINTS "1 2 3 4 -5 6 7 8 -9 1.5 2.5 -3e1 0 0 0 0 1 2 \n"
const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_TEXT("\x00# mean\n12\n1\n6\n-9 9 0 9 -9 0 5 9 1 2 0 .5\n# components\n12\n1\n6\n"
              "1\n0\n0\n.5\n0\n0\n1\n-1\n0\n0\n2\n0\n# variances\n1\n1\n6\n40\n"),
    FUZZ_TEXT("\x00"
              "18\n1\n6\n" POINTS "18\n2\n6\n" POINTS POINTS "1\n2\n6\n9 0.5\n"),
    FUZZ_TEXT("\x00"
              "18\n1\n6\n" POINTS "18\n2\n6\n" POINTS POINTS "1\n2\n6\n-1 nan\n"),
    FUZZ_TEXT("\x00# mean\n99999999999\n1\n6\n"),
    FUZZ_TEXT("\x01# triangles\n3\n3\n4\n0 1 2\n3 4 67\n66 5 1\n"),
    FUZZ_TEXT("\x01\n2\n3\n4\n0 1 68\n-1 0 1"),
    {NULL, 0},
};
const int fuzz_rounds = 12000;
const size_t fuzz_longest = 600;

static int sentences;

static void listen(void *ctx, enum mien_log_level level, const char *message)
{
    (void)ctx;
    FUZZ_CHECK(level == MIEN_LOG_ERROR && strstr(message, fuzz_folder()));
    sentences++;
}

static void fit(const struct mn_pdm *p)
{
    struct mn_pdm_fitter *fitter;
    struct mn_pdm_fit out;
    float landmarks[2 * MN_PDM_MAX_POINTS];
    for (int i = 0; i < 2 * p->points; i++)
        landmarks[i] = (float)(40 + 17 * i % 31);
    FUZZ_CHECK(mn_pdm_fitter_open(&fitter, p, mn_face_kernels_best()) == 0);
    if (mn_pdm_fitter_run(fitter, landmarks, NULL, &out) == 0) {
        FUZZ_CHECK(isfinite(out.scale) && isfinite(out.tx) && isfinite(out.rms));
        mn_pdm_landmarks(p, mn_face_kernels_best(), &out, landmarks);
    }
    mn_pdm_fitter_close(&fitter);
}

static int load_pdm(const char *path, struct mn_log *log)
{
    struct mn_pdm *p;
    int err = mn_pdm_load(&p, path, log);
    FUZZ_CHECK((err == 0) == (p != NULL));
    if (p) {
        FUZZ_CHECK(p->points <= MN_PDM_MAX_POINTS && p->modes <= MN_PDM_MAX_MODES);
        for (int i = 0; i < p->modes; i++)
            FUZZ_CHECK(p->variance[i] > 0);
        fit(p);
    }
    mn_pdm_close(&p);
    return err;
}

static int load_triangles(const char *path, struct mn_log *log)
{
    struct mn_triangles t;
    int err = mn_align_load_triangles(&t, path, log);
    for (int i = 0; err == 0 && i < t.count; i++)
        FUZZ_CHECK(t.corner[i][0] < 68 && t.corner[i][1] < 68 && t.corner[i][2] < 68);
    return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mn_log log;
    if (!size)
        return 0;
    const char *path = fuzz_file("model.txt", data + 1, size - 1);
    mn_log_init(&log, listen, NULL);
    sentences = 0;
    int err = (data[0] % 2 ? load_triangles : load_pdm)(path, &log);
    mn_log_finish(&log);
    FUZZ_CHECK(err == 0 || err == MIEN_EBADMODEL);
    FUZZ_CHECK(sentences == (err < 0));
    return 0;
}

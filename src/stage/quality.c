/* Face -> how well it can be seen: brightness, and sharpness of the face at a fixed size, so that
 * faces of different size can be compared. */
#include <math.h>

#include "image/resample.h"
#include "stage/gaze.h"
#include "stage/stage.h"
#include "stage/work.h"

enum { SIDE = 96 }; /* pixels */

struct state {
    struct mn_resampler *resampler;
    float plane[3][SIDE * SIDE]; /* B, G, R; then grey in the first */
};

static int open(void *state, const struct mn_context *ctx)
{
    (void)ctx;
    return mn_resampler_open(&((struct state *)state)->resampler);
}

static void close(void *state)
{
    mn_resampler_close(&((struct state *)state)->resampler);
}

static bool enabled(const struct mn_context *ctx)
{
    return ctx->settings.analysis & MIEN_QUALITY;
}

static int to_grey(struct state *s, const mien_picture *pic, const struct mn_rect *crop)
{
    static const struct mn_norm as_it_is = {{1, 1, 1}, {0, 0, 0}};
    const struct mn_planes dst = {{s->plane[0], s->plane[1], s->plane[2]}, SIDE, SIDE, SIDE};
    int err = mn_resample(s->resampler, pic, crop, &dst, &as_it_is);
    for (int i = 0; err == 0 && i < SIDE * SIDE; i++)
        s->plane[0][i] =
            0.114f * s->plane[0][i] + 0.587f * s->plane[1][i] + 0.299f * s->plane[2][i];
    return err;
}

static float mean(const float *grey)
{
    double sum = 0;
    for (int i = 0; i < SIDE * SIDE; i++)
        sum += (double)grey[i];
    return (float)(sum / (SIDE * SIDE));
}

/* Standard deviation of the Laplacian (4 neighbours), grey levels. */
static float laplacian(const float *grey)
{
    double sum = 0, squares = 0;
    const int n = (SIDE - 2) * (SIDE - 2);
    for (int y = 1; y < SIDE - 1; y++)
        for (int x = 1; x < SIDE - 1; x++) {
            const float *p = grey + y * SIDE + x;
            const double v = (double)(p[-1] + p[1] + p[-SIDE] + p[SIDE] - 4 * p[0]);
            sum += v;
            squares += v * v;
        }
    return (float)sqrt(fmax(0, squares / n - sum / n * (sum / n)));
}

static int run(void *state, struct mn_frame *f, struct mn_spans *spans)
{
    struct state *s = state;
    const mien_picture *pic = &f->pub.picture;
    for (int i = 0; i < f->num_faces; i++) {
        mien_face *face = &f->faces[i];
        struct mn_rect crop;
        double t = mn_now();
        if (!mn_gaze_crop(face->box, pic->width, pic->height, &crop))
            continue;
        int err = to_grey(s, pic, &crop);
        if (err < 0)
            return err;
        face->brightness = mean(s->plane[0]);
        face->sharpness = laplacian(s->plane[0]);
        face->has |= MIEN_QUALITY;
        mn_span_end(spans, 0, &t);
    }
    return 0;
}

const struct mn_stage mn_stage_quality = {
    .name = "quality",
    .span = {{.name = "quality"}},
    .order = MN_ANY_ORDER,
    .enabled = enabled,
    .state_size = sizeof(struct state),
    .open = open,
    .close = close,
    .wants = mn_work_has_faces,
    .run = run,
};

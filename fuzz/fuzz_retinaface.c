/* Detector outputs of any content, for any small input shape. */
#include <math.h>
#include <mien/mien.h>

#include "fuzz.h"
#include "stage/retinaface.h"

/* A face at every anchor, and one with odd numbers in it. */
static const uint8_t shape_only[] = {40, 24, 0, 0, 0, 0, 0x80, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0, 200};
static const uint8_t odd_numbers[] = {
    64,   64,   0, 0,    0,    0,    0, 0x3f, 0,    0,    0x80, 0x7f, 9,    9,    1,
    100,  0,    0, 0xc0, 0x7f, 0,    0, 0x80, 0xff, 0xff, 0xff, 0x7f, 0x7f, 0,    0,
    0x80, 0x3f, 0, 0,    0x80, 0x3f, 0, 0,    0,    0,    0,    0,    0x40, 0x40,
};
const struct fuzz_seed fuzz_seeds[] = {
    {shape_only, sizeof(shape_only)},
    {odd_numbers, sizeof(odd_numbers)},
    {NULL, 0},
};
const int fuzz_rounds = 3000;
const size_t fuzz_longest = 4000;

static float overlap(const float a[4], const float b[4])
{
    float w = fminf(a[2], b[2]) - fmaxf(a[0], b[0]) + 1,
          h = fminf(a[3], b[3]) - fmaxf(a[1], b[1]) + 1;
    float both = fmaxf(0, w) * fmaxf(0, h);
    return both /
           ((a[2] - a[0] + 1) * (a[3] - a[1] + 1) + (b[2] - b[0] + 1) * (b[3] - b[1] + 1) - both);
}

static uint8_t turn; /* counts how often the input was read */

/* Values near those of a network for most bytes, any float for a few. The input is read
 * repeatedly, a little changed each time, because it is much shorter than the tensors. */
static float value(struct fuzz_input *in, const struct fuzz_input *all, float scale)
{
    if (in->size == 0) {
        turn = (uint8_t)(turn * 5 + 1);
        *in = *all;
    }
    uint8_t kind = fuzz_byte(in);
    if (kind < 3)
        return fuzz_float(in);
    kind = (uint8_t)(kind ^ turn);
    return ((float)kind - 128) / 32 * scale;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};
    int W = 1 + fuzz_byte(&in) % 96, H = 1 + fuzz_byte(&in) % 96;
    float factor = fuzz_float(&in), threshold = fuzz_float(&in),
          min_side = (float)fuzz_byte(&in) - 3;
    int max = fuzz_byte(&in);
    if (!(factor > 1e-3f && factor < 1e3f)) /* as mn_retinaface_letterbox makes them */
        factor = 1;
    if (!(threshold > 0 && threshold < 1)) /* as settings are checked */
        threshold = 0.5f;
    size_t count = mn_retinaface_anchor_count(W, H);
    float(*anchors)[4] = malloc(count * sizeof(*anchors));
    float *loc = malloc(4 * count * sizeof(float)), *conf = malloc(2 * count * sizeof(float));
    float *lm = malloc(10 * count * sizeof(float));
    struct mn_candidate *scratch = malloc(count * sizeof(*scratch));
    struct mn_detection *out = malloc((size_t)(max ? max : 1) * sizeof(*out));
    if (!anchors || !loc || !conf || !lm || !scratch || !out)
        abort();
    mn_retinaface_anchors(W, H, anchors);
    const struct fuzz_input all = in;
    turn = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < 4; k++)
            loc[4 * i + k] = value(&in, &all, 4);
        conf[2 * i] = 0;
        conf[2 * i + 1] = value(&in, &all, 0.3f);
        for (size_t k = 0; k < 10; k++)
            lm[10 * i + k] = value(&in, &all, 4);
    }
    const struct mn_retinaface r = {.loc = loc,
                                    .conf = conf,
                                    .points = lm,
                                    .anchors = (const float(*)[4])anchors,
                                    .count = count,
                                    .width = W,
                                    .height = H,
                                    .factor = (double)factor,
                                    .threshold = threshold,
                                    .min_side = min_side};
    int n = mn_retinaface_decode(&r, scratch, out, max);
    FUZZ_CHECK(n >= 0 && n <= max && (size_t)n <= count);
    for (int i = 0; i < n; i++) {
        const float *b = out[i].box;
        FUZZ_CHECK(isfinite(out[i].score) && out[i].score > threshold);
        FUZZ_CHECK(i == 0 || out[i].score <= out[i - 1].score);
        FUZZ_CHECK(b[2] > b[0] && b[3] > b[1]);
        FUZZ_CHECK(b[2] - b[0] >= min_side && b[3] - b[1] >= min_side);
        for (int k = 0; k < 4; k++)
            FUZZ_CHECK(isfinite(b[k]));
        for (int k = 0; k < 10; k++)
            FUZZ_CHECK(isfinite(out[i].point[k / 2][k % 2]));
        for (int j = 0; j < i; j++)
            FUZZ_CHECK(overlap(b, out[j].box) <= 0.4f);
    }
    struct mn_letterbox l =
        mn_retinaface_letterbox(1 + (fuzz_int(&in) & 0x2fff), 1 + (fuzz_int(&in) & 0x2fff), W, H);
    FUZZ_CHECK(l.nw >= 0 && l.nw <= W && l.nh >= 0 && l.nh <= H && (l.nw == W || l.nh == H));
    free(anchors);
    free(loc);
    free(conf);
    free(lm);
    free(scratch);
    free(out);
    return 0;
}

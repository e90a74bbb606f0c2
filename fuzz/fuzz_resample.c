/* Pictures of any geometry, rectangles at any position, any target size. */
#include "fuzz.h"
#include "image/picture.h"
#include "image/resample.h"

/* format, matrix, range, width, height, slack of three strides, x, y, w, h, W, H, padded? */
static const uint8_t plain[] = {0, 0, 0,    40, 30, 0, 0,    0, 0, 0, 0,  0,  0, 0,
                                0, 0, 0x90, 2,  0,  0, 0xf0, 1, 0, 0, 20, 15, 0};
static const uint8_t odd[] = {1, 1, 1,    41, 31, 3, 2,    1, 3, 0, 0,  0,  5, 0,
                              0, 0, 0xf0, 0,  0,  0, 0xd0, 0, 0, 0, 64, 64, 1};
static const uint8_t outside[] = {2, 2,    1,    9, 9, 0, 0,    0, 0xff, 0xff, 0xff, 0xff, 0, 0,
                                  0, 0x80, 0xff, 0, 0, 0, 0x0f, 0, 0,    0x80, 1,    1,    1};
const struct fuzz_seed fuzz_seeds[] = {
    {plain, sizeof(plain)},
    {odd, sizeof(odd)},
    {outside, sizeof(outside)},
    {NULL, 0},
};
const int fuzz_rounds = 20000;
const size_t fuzz_longest = 300;

/* In most cases a number that is likely to be valid. */
static int coordinate(struct fuzz_input *in, int side)
{
    unsigned v = (unsigned)fuzz_int(in);
    return v % 16 == 15 ? (int)v : (int)(v / 16 % ((unsigned)side + 3)) - 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};
    mien_picture p = {.format = (enum mien_format)(fuzz_byte(&in) % 3)};
    uint8_t *plane[3] = {NULL};
    p.matrix = (enum mien_matrix)(fuzz_byte(&in) % 3);
    p.full_range = fuzz_byte(&in) & 1;
    p.width = 1 + fuzz_byte(&in) % 80;
    p.height = 1 + fuzz_byte(&in) % 60;
    for (int i = 0; i < (p.format == MIEN_I420 ? 3 : 1); i++) {
        int row = p.format == MIEN_BGR24 ? 3 * p.width : i ? (p.width + 1) / 2 : p.width;
        int rows = i ? (p.height + 1) / 2 : p.height;
        p.stride[i] = row + fuzz_byte(&in) % 5;
        size_t bytes =
            (size_t)p.stride[i] * (size_t)(rows - 1) + (size_t)row; /* not one byte more */
        plane[i] = malloc(bytes);
        if (!plane[i])
            abort();
        for (size_t k = 0; k < bytes; k++)
            plane[i][k] = (uint8_t)(k * 37 + in.size);
        p.plane[i] = plane[i];
    }
    FUZZ_CHECK(mn_picture_check(&p) == 0);
    int x = coordinate(&in, p.width), y = coordinate(&in, p.height);
    int w = coordinate(&in, p.width), h = coordinate(&in, p.height);
    int W = fuzz_byte(&in) % 100, H = fuzz_byte(&in) % 80, flags = fuzz_byte(&in);
    int padded = flags & 1;
    if (padded && w > 3000) /* allowed, but slow */
        w %= 3000;
    if (padded && h > 3000)
        h %= 3000;

    size_t count = (size_t)W * (size_t)H;
    float *out[3];
    for (int c = 0; c < 3; c++)
        if (!(out[c] = malloc((count ? count : 1) * sizeof(float))))
            abort();
    const struct mn_norm norm = {{1, 1, 1}, {-10, -20, -30}};
    struct mn_resampler *r;
    if (mn_resampler_open_as(&r, (enum mn_resampling)((flags >> 1) % MN_NUM_RESAMPLINGS)) < 0)
        abort();
    const struct mn_rect src = {x, y, w, h};
    const struct mn_planes dst = {{out[0], out[1], out[2]}, W, H, W};
    int err = (padded ? mn_resample_padded : mn_resample)(r, &p, &src, &dst, &norm);
    int inside = w >= 1 && h >= 1 && x >= 0 && y >= 0 && x < p.width && y < p.height &&
                 w <= p.width - x && h <= p.height - y;
    int sizes = W >= 1 && H >= 1;
    if (!padded)
        FUZZ_CHECK(err == (inside && sizes ? 0 : MIEN_EINVAL));
    if (padded && inside && sizes)
        FUZZ_CHECK(err == 0);
    if (w < 1 || h < 1 || !sizes)
        FUZZ_CHECK(err == MIEN_EINVAL);
    for (size_t i = 0; err == 0 && i < count; i++)
        for (int c = 0; c < 3; c++) {
            float v = out[c][i] - norm.bias[c];
            FUZZ_CHECK(v >= 0 && v <= 255 && v == (float)(int)v);
        }
    mn_resampler_close(&r);

    uint8_t *bgr = malloc(3 * (size_t)p.width * (size_t)p.height);
    if (!bgr)
        abort();
    FUZZ_CHECK(mien_picture_to_bgr(&p, bgr, 3 * p.width) == 0);
    free(bgr);
    for (int c = 0; c < 3; c++) {
        free(out[c]);
        free(plane[c]);
    }
    return 0;
}

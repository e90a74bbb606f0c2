#include "face/align.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "face/dat.h"
#include "face/patch.h"

#define SIDE MN_FACE_SIDE
#define SIM_SCALE 0.7 /* aligned pixels per millimetre */
#define FOREHEAD \
    30 /* pixels by which brows and temples are raised, so that the mask includes the forehead */
#define MAX_FILE (1u << 20)
#define MAX_PATCH                                                                                \
    (1 << 18) /* pixels; for larger rectangles it is cheaper to convert only the pixels that are \
                 sampled */
#define FAR 1000000.0 /* pixels from the picture's origin; faces beyond are refused */

int mn_align_load_triangles(struct mn_triangles *t, const char *path, struct mn_log *log)
{
    struct mn_dat d;
    int err = mn_dat_open(&d, path, MAX_FILE, log);
    if (err < 0)
        return err;
    mn_dat_skip_comments(&d);
    t->count = mn_dat_int(&d, 1, MN_MAX_TRIANGLES);
    mn_dat_int(&d, 3, 3);
    mn_dat_int(&d, 4, 4);
    for (int i = 0; i < t->count && !d.error; i++)
        for (int k = 0; k < 3; k++)
            t->corner[i][k] = (uint8_t)mn_dat_int(&d, 0, MN_FACE_POINTS - 1);
    mn_dat_expect_end(&d);
    mn_dat_close(&d);
    return d.error;
}

struct mn_aligner {
    const struct mn_pdm *pdm;
    const struct mn_triangles *triangles;
    const struct mn_face_kernels *kernels;
    struct mn_patch patch;
    uint8_t bits[SIDE][SIDE / 8];
    int first[SIDE], last[SIDE]; /* columns to fill in each row; first > last: none */
    int32_t dx[SIDE], dy[SIDE];
    int x0[SIDE], y0[SIDE];
};

int mn_aligner_open(struct mn_aligner **out, const struct mn_pdm *pdm,
                    const struct mn_triangles *triangles, const struct mn_face_kernels *kernels)
{
    *out = NULL;
    if (pdm->points != MN_FACE_POINTS)
        return MIEN_EINVAL;
    struct mn_aligner *a = mn_alloc(1, sizeof(*a));
    if (!a)
        return MIEN_ENOMEM;
    a->pdm = pdm;
    a->triangles = triangles;
    a->kernels = kernels;
    int err = mn_patch_open(&a->patch, MAX_PATCH, kernels);
    if (err < 0) {
        free(a);
        return err;
    }
    *out = a;
    return 0;
}

void mn_aligner_close(struct mn_aligner **a)
{
    if (!*a)
        return;
    mn_patch_close(&(*a)->patch);
    free(*a);
    *a = NULL;
}

int mn_align_matrix(const struct mn_pdm *pdm, const float landmarks[2 * MN_FACE_POINTS], float tx,
                    float ty, float W[6])
{
    /* Points of the rigid fit. Brows, mouth, chin, upper lids and the tip of the nose are left out,
     * because expressions move them. */
    static const uint8_t rigid[24] = {1,  2,  3,  4,  12, 13, 14, 15, 27, 28, 29, 31,
                                      32, 33, 34, 35, 36, 39, 40, 41, 42, 45, 46, 47};
    double mean[4] = {0};
    for (int i = 0; i < 24; i++) {
        int k = rigid[i];
        mean[0] += (double)landmarks[k] / 24;
        mean[1] += (double)landmarks[k + MN_FACE_POINTS] / 24;
        mean[2] += SIM_SCALE * pdm->mean[k] / 24;
        mean[3] += SIM_SCALE * pdm->mean[k + MN_FACE_POINTS] / 24;
    }
    double from = 0, to = 0, along = 0, across = 0;
    for (int i = 0; i < 24; i++) {
        int k = rigid[i];
        double u = (double)landmarks[k] - mean[0];
        double v = (double)landmarks[k + MN_FACE_POINTS] - mean[1];
        double w = SIM_SCALE * pdm->mean[k] - mean[2];
        double z = SIM_SCALE * pdm->mean[k + MN_FACE_POINTS] - mean[3];
        from += u * u + v * v;
        to += w * w + z * z;
        along += u * w + v * z;
        across += u * z - v * w;
    }
    double length = sqrt(along * along + across * across);
    /* The ratio of the two sizes, as in the original; not the least-squares scale. */
    double k = sqrt(to / from);
    if (!(length > 1e-6) || !isfinite(k) || !(k > 1e-4 && k < 1e4))
        return MIEN_EINVAL;
    W[0] = W[4] = (float)(k * along / length);
    W[3] = (float)(k * across / length);
    W[1] = -W[3];
    W[2] = (float)(SIDE / 2) - (W[0] * tx + W[1] * ty);
    W[5] = (float)(SIDE / 2) - (W[3] * tx + W[4] * ty);
    return isfinite(W[2]) && isfinite(W[5]) ? 0 : MIEN_EINVAL;
}

/* Sets the mask's bits, first and last. */
static void make_mask(struct mn_aligner *a, const float *landmarks, const float W[6])
{
    if (!a->triangles) {
        memset(a->bits, 0xff, sizeof(a->bits));
    } else {
        float q[MN_FACE_POINTS][2];
        for (int i = 0; i < MN_FACE_POINTS; i++) {
            float x = landmarks[i], y = landmarks[i + MN_FACE_POINTS];
            q[i][0] = W[0] * x + W[1] * y + W[2];
            q[i][1] = W[3] * x + W[4] * y + W[5];
            if (i == 0 || (i >= 16 && i <= 26))
                q[i][1] -= FOREHEAD;
        }
        memset(a->bits, 0, sizeof(a->bits));
        for (int i = 0; i < a->triangles->count; i++) {
            const uint8_t *c = a->triangles->corner[i];
            const float t[6] = {q[c[0]][0], q[c[0]][1], q[c[1]][0],
                                q[c[1]][1], q[c[2]][0], q[c[2]][1]};
            a->kernels->triangle(t, a->bits);
        }
    }
    for (int y = 0; y < SIDE; y++) {
        int first = 0, last = SIDE / 8 - 1;
        while (first <= last && !a->bits[y][first])
            first++;
        while (last >= first && !a->bits[y][last])
            last--;
        a->first[y] = 8 * first;
        a->last[y] = 8 * last + 7;
    }
}

/* Computes source coordinates in 1/1024 pixel with OpenCV's rounding: the part that depends on the
 * column and the part that depends on the row are rounded separately, to even. Their sum is then
 * used in 1/32 pixel, hence the 16. */
static int make_coordinates(struct mn_aligner *a, const float W[6])
{
    double m[6];
    for (int i = 0; i < 6; i++)
        m[i] = (double)W[i];
    double det = m[0] * m[4] - m[1] * m[3];
    if (!(fabs(det) > 1e-12))
        return MIEN_EINVAL;
    double inverse = 1 / det;
    double i00 = m[4] * inverse, i11 = m[0] * inverse, i01 = -m[1] * inverse, i10 = -m[3] * inverse;
    double i02 = -i00 * m[2] - i01 * m[5], i12 = -i10 * m[2] - i11 * m[5];
    for (int corner = 0; corner < 4; corner++) {
        double x = corner & 1 ? SIDE : 0, y = corner & 2 ? SIDE : 0;
        if (!(fabs(i00 * x + i01 * y + i02) < FAR) || !(fabs(i10 * x + i11 * y + i12) < FAR) ||
            !(fabs(i00 * x) < FAR) || !(fabs(i10 * x) < FAR))
            return MIEN_EINVAL;
    }
    for (int i = 0; i < SIDE; i++) {
        a->dx[i] = (int32_t)lrint(i00 * i * 1024);
        a->dy[i] = (int32_t)lrint(i10 * i * 1024);
        a->x0[i] = (int)lrint((i01 * i + i02) * 1024) + 16;
        a->y0[i] = (int)lrint((i11 * i + i12) * 1024) + 16;
    }
    return 0;
}

struct rect {
    int left, top, right, bottom; /* pixels, inclusive */
};

/* The source rectangle that the columns to fill read, neighbours included. Along a row coordinates
 * are monotonic, so its two ends suffice. */
static struct rect reach(const struct mn_aligner *a)
{
    struct rect r = {INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN};
    for (int y = 0; y < SIDE; y++) {
        if (a->first[y] > a->last[y])
            continue;
        for (int end = 0; end < 2; end++) {
            int x = end ? a->last[y] : a->first[y];
            int sx = (a->x0[y] + a->dx[x]) >> 10, sy = (a->y0[y] + a->dy[x]) >> 10;
            r.left = sx < r.left ? sx : r.left;
            r.top = sy < r.top ? sy : r.top;
            r.right = sx + 1 > r.right ? sx + 1 : r.right;
            r.bottom = sy + 1 > r.bottom ? sy + 1 : r.bottom;
        }
    }
    return r;
}

/* Fills a row of a face so large that converting all of its rectangle would cost more than its
 * samples. */
static void warp_far(const struct mn_aligner *a, const mien_picture *pic, int y,
                     uint8_t *const row[3])
{
    for (int x = a->first[y]; x <= a->last[y]; x++) {
        if (!(a->bits[y][x >> 3] >> (x & 7) & 1))
            continue;
        int sx = (a->x0[y] + a->dx[x]) >> 5, sy = (a->y0[y] + a->dy[x]) >> 5;
        uint32_t near[4];
        for (int i = 0; i < 4; i++)
            near[i] = mn_patch_pixel(pic, (sx >> 5) + (i & 1), (sy >> 5) + (i >> 1));
        const int32_t zero = 0;
        struct mn_warp_row w = {.patch = near,
                                .pitch = 2,
                                .x0 = (sx & 31) << 5,
                                .y0 = (sy & 31) << 5,
                                .dx = &zero,
                                .dy = &zero};
        uint8_t pixel[3];
        uint8_t *const out[3] = {pixel, pixel + 1, pixel + 2};
        a->kernels->warp(&w, out);
        for (int c = 0; c < 3; c++)
            row[c][x] = pixel[c];
    }
}

static void cut(const struct mn_aligner *a, int y, uint8_t *const row[3])
{
    for (int x = a->first[y]; x <= a->last[y]; x++) {
        if (a->bits[y][x >> 3] == 0xff) {
            x |= 7;
            continue;
        }
        const uint8_t keep = a->bits[y][x >> 3] >> (x & 7) & 1 ? 255 : 0;
        for (int c = 0; c < 3; c++)
            row[c][x] &= keep;
    }
}

int mn_align(struct mn_aligner *a, const mien_picture *pic,
             const float landmarks[2 * MN_FACE_POINTS], float tx, float ty, struct mn_aligned *out)
{
    float W[6];
    memset(out, 0, sizeof(*out));
    for (int i = 0; i < 2 * MN_FACE_POINTS; i++)
        if (!(fabsf(landmarks[i]) < (float)FAR))
            return MIEN_EINVAL;
    if (mn_align_matrix(a->pdm, landmarks, tx, ty, W) < 0 || make_coordinates(a, W) < 0)
        return MIEN_EINVAL;
    make_mask(a, landmarks, W);
    struct rect r = reach(a);
    if (r.left > r.right || r.right < 0 || r.bottom < 0 || r.left >= pic->width ||
        r.top >= pic->height)
        return 0; /* no part of it is in the picture: black */

    int w = r.right - r.left + 1, h = r.bottom - r.top + 1;
    bool far = (int64_t)w * h > MAX_PATCH || w > MIEN_MAX_SIDE;
    if (!far)
        mn_patch_fill(&a->patch, pic, r.left, r.top, w, h);
    for (int y = 0; y < SIDE; y++) {
        uint8_t *const row[3] = {out->plane[0] + y * SIDE, out->plane[1] + y * SIDE,
                                 out->plane[2] + y * SIDE};
        if (a->first[y] > a->last[y])
            continue;
        if (far) {
            warp_far(a, pic, y, row);
        } else {
            struct mn_warp_row from = {.patch = a->patch.pixels,
                                       .pitch = w,
                                       .x0 = a->x0[y] - r.left * 1024,
                                       .y0 = a->y0[y] - r.top * 1024,
                                       .dx = a->dx,
                                       .dy = a->dy,
                                       .first = a->first[y],
                                       .last = a->last[y]};
            a->kernels->warp(&from, row);
        }
        cut(a, y, row);
    }
    return 0;
}

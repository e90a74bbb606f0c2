/* Colour conversion, resizing and the inner loops, against a slow, direct implementation of the
 * rules: the whole picture is converted to B, G, R first, then cropped, then resized.
 *
 * Every plane lies at the end of a read-only mapping, with nothing behind it. A write to it or a
 * read past it ends the test. */
#if defined(__linux__)
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#endif
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "image/resample.h"
#include "image/rows.h"

static uint32_t seed = 1;

static uint32_t any(void)
{
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8;
}

static int between(int low, int high)
{
    return low + (int)(any() % (uint32_t)(high - low + 1));
}

/* ------------------------------------------------------------------------------- pictures ---- */

struct plane {
    uint8_t *map, *data;
    size_t mapped;
};

static struct plane plane_open(size_t size)
{
    struct plane p;
    size_t page = (size_t)sysconf(_SC_PAGESIZE), whole = (size + page - 1) / page * page;
    p.mapped = whole + page;
    p.map = mmap(NULL, p.mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(p.map != MAP_FAILED);
    p.data = p.map + whole - size;
    REQUIRE(mprotect(p.map + whole, page, PROT_NONE) == 0);
    return p;
}

struct picture {
    mien_picture pub;
    struct plane plane[3];
    int num_planes;
    uint8_t *bgr; /* as the reference converts it */
};

static int row_bytes(const mien_picture *p, int i)
{
    return p->format == MIEN_BGR24 ? 3 * p->width : i ? (p->width + 1) / 2 : p->width;
}

static int64_t floor_shift(int64_t v, int bits)
{
    int64_t d = (int64_t)1 << bits;
    return v >= 0 ? v / d : -((-v + d - 1) / d);
}

static int limit8(int64_t v)
{
    return v < 0 ? 0 : v > 255 ? 255 : (int)v;
}

/* The rule of libswscale, from its table of the standards' constants (times 65536). */
static void convert(int matrix, int full, int Y, int U, int V, uint8_t out[3])
{
    static const int table[3][4] = {/* crv, cbu, cgu, cgv for limited range */
                                    [MIEN_BT601] = {104597, 132201, 25675, 53279},
                                    [MIEN_BT709] = {117489, 138438, 13975, 34925},
                                    [MIEN_BT2020] = {110013, 140363, 12277, 42626}};
    int64_t c[4], cy = full ? 65536 : 65536 * 255 / 219;
    for (int i = 0; i < 4; i++) {
        c[i] = table[matrix][i];
        if (full)
            c[i] = c[i] * 224 / 255;
        if (i >= 2)
            c[i] = -c[i];
        c[i] = floor_shift(c[i] * 8192 + 32768, 16);
    }
    cy = floor_shift(cy * 8192 + 32768, 16);
    int64_t y = floor_shift((8 * Y - (full ? 0 : 128)) * cy, 16), u = 8 * U - 1024,
            v = 8 * V - 1024;
    out[0] = (uint8_t)limit8(y + floor_shift(u * c[1], 16));
    out[1] = (uint8_t)limit8(y + floor_shift(u * c[2], 16) + floor_shift(v * c[3], 16));
    out[2] = (uint8_t)limit8(y + floor_shift(v * c[0], 16));
}

static void to_bgr(struct picture *p)
{
    const mien_picture *q = &p->pub;
    for (int y = 0; y < q->height; y++)
        for (int x = 0; x < q->width; x++) {
            uint8_t *out = p->bgr + 3 * ((size_t)y * (size_t)q->width + (size_t)x);
            if (q->format == MIEN_BGR24)
                memcpy(out, q->plane[0] + y * q->stride[0] + 3 * x, 3);
            else if (q->format == MIEN_GRAY8)
                memset(out, q->plane[0][y * q->stride[0] + x], 3);
            else
                convert((int)q->matrix, q->full_range, q->plane[0][y * q->stride[0] + x],
                        q->plane[1][y / 2 * q->stride[1] + x / 2],
                        q->plane[2][y / 2 * q->stride[2] + x / 2], out);
        }
}

/* A picture of noise with smooth parts, so that values fall near the middle of the rounding's
 * range. */
static void picture_open(struct picture *p, enum mien_format format, int w, int h)
{
    memset(p, 0, sizeof(*p));
    mien_picture *q = &p->pub;
    q->format = format;
    q->matrix = (enum mien_matrix)between(MIEN_BT601, MIEN_BT2020);
    q->full_range = between(0, 1);
    q->width = w;
    q->height = h;
    p->num_planes = format == MIEN_I420 ? 3 : 1;
    bool noise = between(0, 1);
    for (int i = 0; i < p->num_planes; i++) {
        int rows = i ? (h + 1) / 2 : h, row = row_bytes(q, i);
        q->stride[i] = row + between(0, 3) * between(0, 20);
        size_t size = (size_t)q->stride[i] * (size_t)(rows - 1) + (size_t)row;
        p->plane[i] = plane_open(size);
        for (size_t k = 0; k < size; k++)
            p->plane[i].data[k] = (uint8_t)(noise ? any() : 128 + k % 7 + any() % 8);
        q->plane[i] = p->plane[i].data;
        REQUIRE(mprotect(p->plane[i].map, p->plane[i].mapped - (size_t)sysconf(_SC_PAGESIZE),
                         PROT_READ) == 0);
    }
    p->bgr = malloc(3 * (size_t)w * (size_t)h);
    REQUIRE(p->bgr != NULL);
    to_bgr(p);
}

static void picture_close(struct picture *p)
{
    for (int i = 0; i < p->num_planes; i++)
        munmap(p->plane[i].map, p->plane[i].mapped);
    free(p->bgr);
}

/* --------------------------------------------------------------------------- the reference ---- */

static int reference_tap(int d, int n, int m, float *f)
{
    double ratio = (double)m / (double)n, scale = 1.0 / ratio;
    volatile float pos = (float)(((double)d + 0.5) * scale - 0.5);
    int s = (int)floor((double)pos);
    *f = pos - (float)s;
    return s;
}

static void weights(float f, int out[2])
{
    volatile float g = 1.0f - f;
    out[0] = (int)rint((double)(g * 2048.0f));
    out[1] = (int)rint((double)(f * 2048.0f));
}

static int limit(int v, int n)
{
    return v < 0 ? 0 : v > n - 1 ? n - 1 : v;
}

/* One channel of one pixel of the w x h source resized to W x H: rule R-CV, from its definition. */
static int reference_pixel(const uint8_t *src, int w, int h, int W, int H, int X, int Y, int c)
{
#define PIXEL(x, y) ((int)src[3 * ((y)*w + (x)) + c])
    if (W == w && H == h)
        return PIXEL(X, Y);
    if (w == 2 * W && h == 2 * H)
        return (PIXEL(2 * X, 2 * Y) + PIXEL(2 * X + 1, 2 * Y) + PIXEL(2 * X, 2 * Y + 1) +
                PIXEL(2 * X + 1, 2 * Y + 1) + 2) >>
               2;
    float fx, fy;
    int sx = reference_tap(X, w, W, &fx), sy = reference_tap(Y, h, H, &fy), a[2], b[2], sum = 0;
    if (sx < 0) {
        sx = 0;
        fx = 0;
    }
    if (sx >= w - 1) {
        sx = w - 1;
        fx = 0;
    }
    weights(fx, a);
    weights(fy, b);
    for (int k = 0; k < 2; k++) {
        int row = limit(sy + k, h);
        int r = PIXEL(sx, row) * a[0] + PIXEL(limit(sx + 1, w), row) * a[1];
        sum += (b[k] * (r >> 4)) >> 16;
    }
    return limit8((sum + 2) >> 2);
#undef PIXEL
}

/* --------------------------------------------------------------------------------- checks ---- */

#define NOTHING (-12345.0f)

static const struct mn_norm norms[] = {
    {{1, 1, 1}, {-104, -117, -123}},
    {{1 / (255 * 0.225f), 1 / (255 * 0.224f), 1 / (255 * 0.229f)},
     {-1.8044444f, -2.03571f, -2.117f}},
};

/* The rectangle as B, G, R, black outside the picture. */
static uint8_t *cut(const struct picture *p, int x, int y, int w, int h)
{
    uint8_t *out = calloc((size_t)w * (size_t)h, 3);
    REQUIRE(out != NULL);
    for (int j = 0; j < h; j++)
        for (int i = 0; i < w; i++)
            if (x + i >= 0 && x + i < p->pub.width && y + j >= 0 && y + j < p->pub.height)
                memcpy(out + 3 * (j * w + i), p->bgr + 3 * ((y + j) * p->pub.width + x + i), 3);
    return out;
}

/* One call against the reference. A margin around each plane must keep its values. */
static int resize(struct mn_resampler *r, const struct picture *p, int x, int y, int w, int h,
                  int W, int H, const struct mn_norm *norm)
{
    int stride = W + between(0, 5), margin = 16, wrong = 0;
    size_t size = (size_t)stride * (size_t)H + 2 * (size_t)margin;
    float *out[3], *plane[3];
    for (int c = 0; c < 3; c++) {
        out[c] = malloc(size * sizeof(float));
        REQUIRE(out[c] != NULL);
        for (size_t i = 0; i < size; i++)
            out[c][i] = NOTHING;
        plane[c] = out[c] + margin;
    }
    bool inside = x >= 0 && y >= 0 && x + w <= p->pub.width && y + h <= p->pub.height;
    const struct mn_rect from = {x, y, w, h};
    const struct mn_planes to = {{plane[0], plane[1], plane[2]}, W, H, stride};
    CHECK_INT((inside ? mn_resample : mn_resample_padded)(r, &p->pub, &from, &to, norm), 0);
    uint8_t *src = cut(p, x, y, w, h);
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < (int)size; i++) {
            int X = (i - margin) % stride, Y = (i - margin) / stride;
            float want = NOTHING;
            if (i >= margin && X < W && Y < H) {
                volatile float product =
                    (float)reference_pixel(src, w, h, W, H, X, Y, c) * norm->scale[c];
                want = product + norm->bias[c];
            }
            if (out[c][i] != want && !wrong++)
                printf(
                    "%d x %d at %d, %d of %d x %d format %d to %d x %d: channel %d, pixel %d, %d "
                    "is %.9g, not %.9g\n",
                    w, h, x, y, p->pub.width, p->pub.height, p->pub.format, W, H, c, X, Y,
                    (double)out[c][i], (double)want);
        }
    CHECK_INT(wrong, 0);
    free(src);
    for (int c = 0; c < 3; c++)
        free(out[c]);
    return wrong;
}

static void sizes(struct mn_resampler *r)
{
    static const struct {
        int w, h, W, H;
    } table[] = {
        {40, 30, 40, 30},                                     /* identity */
        {40, 30, 20, 15},                                     /* both halved: means */
        {40, 30, 20, 16}, {40, 30, 20, 30},                   /* only one halved: no means */
        {40, 30, 40, 15}, {41, 30, 20, 15}, {60, 45, 20, 15}, /* a third */
        {80, 60, 20, 15},                                     /* a quarter */
        {97, 61, 13, 7},  {64, 36, 63, 35}, {64, 36, 65, 37}, {100, 100, 3, 3},
        {40, 30, 80, 60}, {13, 9, 57, 41},  {3, 5, 64, 64},   {7, 3, 7, 30}, /* enlarged */
        {1, 1, 1, 1},     {1, 1, 8, 5},     {1, 9, 4, 4},     {9, 1, 4, 4},
        {2, 2, 1, 1},     {2, 2, 7, 7},     {1, 2, 1, 1},     {2, 1, 1, 1},
        {3, 3, 1, 1},     {50, 40, 1, 1},   {200, 3, 448, 5}, {130, 70, 129, 140},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        for (int format = MIEN_I420; format <= MIEN_GRAY8; format++) {
            struct picture p;
            int w = table[i].w, h = table[i].h;
            picture_open(&p, (enum mien_format)format, w, h);
            resize(r, &p, 0, 0, w, h, table[i].W, table[i].H, &norms[i % 2]);
            picture_close(&p);
        }
}

/* Rectangles anywhere, also with odd corners and sizes and at the borders. */
static void crops(struct mn_resampler *r)
{
    for (int i = 0; i < 400; i++) {
        struct picture p;
        int w = between(1, 70), h = between(1, 50);
        picture_open(&p, (enum mien_format)(i % 3), w, h);
        int cw = between(1, w), ch = between(1, h), x = between(0, w - cw), y = between(0, h - ch);
        if (i % 4 == 0)
            x = w - cw;
        if (i % 4 == 1)
            y = h - ch;
        int W = between(1, 90), H = between(1, 60);
        if (i % 7 == 0 && cw > 1 && ch > 1) { /* halving, also from odd corners */
            cw &= ~1;
            ch &= ~1;
            W = cw / 2;
            H = ch / 2;
        } else if (i % 7 == 1) {
            W = cw;
            H = ch;
        }
        int wrong = resize(r, &p, x, y, cw, ch, W, H, &norms[i % 2]);
        picture_close(&p);
        if (wrong)
            break;
    }
}

/* Rectangles that reach beyond the picture or lie outside it. */
static void beyond(struct mn_resampler *r)
{
    for (int i = 0; i < 300; i++) {
        struct picture p;
        int w = between(1, 60), h = between(1, 40);
        picture_open(&p, (enum mien_format)(i % 3), w, h);
        int cw = between(1, 90), ch = between(1, 70), x = between(-cw - 5, w + 5),
            y = between(-ch - 5, h + 5);
        int W = i % 4 ? between(1, 80) : cw, H = i % 4 ? between(1, 60) : ch;
        int wrong = resize(r, &p, x, y, cw, ch, W, H, &norms[i % 2]);
        picture_close(&p);
        if (wrong)
            break;
    }
}

/* Realistic network inputs: large, with the inner loops at full width. */
static void large(struct mn_resampler *r)
{
    struct picture p;
    picture_open(&p, MIEN_I420, 1001, 563);
    resize(r, &p, 0, 0, 1001, 563, 640, 359, &norms[0]);
    resize(r, &p, 333, 101, 217, 289, 448, 448, &norms[1]);
    resize(r, &p, 1, 1, 896, 448, 448, 224, &norms[1]);
    picture_close(&p);
}

static void outside(struct mn_resampler *r)
{
    struct picture p;
    picture_open(&p, MIEN_I420, 20, 10);
    float out[64];
    for (int i = 0; i < 64; i++)
        out[i] = NOTHING;
    static const int table[][6] = {
        {-1, 0, 5, 5, 4, 4},
        {0, -1, 5, 5, 4, 4},
        {16, 0, 5, 5, 4, 4},
        {0, 6, 5, 5, 4, 4},
        {0, 0, 21, 5, 4, 4},
        {0, 0, 5, 11, 4, 4},
        {0, 0, 0, 5, 4, 4},
        {0, 0, 5, 0, 4, 4},
        {0, 0, -5, 5, 4, 4},
        {0, 0, 5, -5, 4, 4},
        {0, 0, 5, 5, 0, 4},
        {0, 0, 5, 5, 4, 0},
        {0, 0, 5, 5, -4, 4},
        {0, 0, 5, 5, 4, -4},
        {20, 0, 1, 1, 4, 4},
        {0, 10, 1, 1, 4, 4},
        {2147483647, 0, 5, 5, 4, 4},
        {0, 2147483647, 5, 5, 4, 4},
        {1, 1, 2147483647, 5, 4, 4},
        {1, 1, 5, 2147483647, 4, 4},
        {-2147483647 - 1, 0, 5, 5, 4, 4},
        {0, 0, -2147483647 - 1, 5, 4, 4},
        {0, 0, 5, -2147483647 - 1, 4, 4},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const int *t = table[i];
        const struct mn_rect from = {t[0], t[1], t[2], t[3]};
        const struct mn_planes to = {{out, out, out}, t[4], t[5], 4};
        CHECK_INT(mn_resample(r, &p.pub, &from, &to, &norms[0]), MIEN_EINVAL);
    }
    /* these are errors for the padded call as well */
    static const int absurd[][6] = {
        {0, 0, 0, 5, 4, 4},          {0, 0, 5, 0, 4, 4},
        {0, 0, 5, 5, 0, 4},          {0, 0, 5, 5, 4, 0},
        {0, 0, -5, 5, 4, 4},         {0, 0, 2147483647, 5, 4, 4},
        {0, 0, 5, 2147483647, 4, 4}, {-2147483647 - 1, 0, 5, 5, 4, 4},
        {0, 2147483647, 5, 5, 4, 4}, {0, 0, 5, 5, 4, 2147483647},
    };
    for (size_t i = 0; i < sizeof(absurd) / sizeof(absurd[0]); i++) {
        const int *t = absurd[i];
        const struct mn_rect from = {t[0], t[1], t[2], t[3]};
        const struct mn_planes to = {{out, out, out}, t[4], t[5], 4};
        CHECK_INT(mn_resample_padded(r, &p.pub, &from, &to, &norms[0]), MIEN_EINVAL);
    }
    int touched = 0;
    for (int i = 0; i < 64; i++)
        touched += out[i] != NOTHING;
    CHECK_INT(touched, 0);
    picture_close(&p);
}

/* Y, U and V of one row of pixels through the public call. */
static void row_of_yuv(int matrix, int full, const uint8_t *y, const uint8_t *u, const uint8_t *v,
                       int n, uint8_t *bgr)
{
    mien_picture p = {.format = MIEN_I420,
                      .matrix = (enum mien_matrix)matrix,
                      .full_range = full,
                      .width = n,
                      .height = 1,
                      .plane = {y, u, v},
                      .stride = {n, n / 2, n / 2}};
    CHECK_INT(mien_picture_to_bgr(&p, bgr, 3 * n), 0);
}

/* All Y with one U and V: against the rule, and against the standard itself, which the rule rounds
 * down three times. */
static void one_colour(int matrix, int full, int cu, int cv, int *wrong, int *far_off)
{
    static const double kr[3] = {0.299, 0.2126, 0.2627}, kb[3] = {0.114, 0.0722, 0.0593};
    uint8_t y[256], u[128], v[128], bgr[768], want[3];
    for (int i = 0; i < 256; i++)
        y[i] = (uint8_t)i;
    memset(u, cu, sizeof(u));
    memset(v, cv, sizeof(v));
    row_of_yuv(matrix, full, y, u, v, 256, bgr);
    for (int i = 0; i < 256; i++) {
        convert(matrix, full, i, cu, cv, want);
        *wrong += memcmp(want, bgr + 3 * i, 3) != 0;
        double Y = full ? i : (i - 16) * 255 / 219.0, k = full ? 1 : 255 / 224.0;
        double R = Y + 2 * (1 - kr[matrix]) * (cv - 128) * k;
        double B = Y + 2 * (1 - kb[matrix]) * (cu - 128) * k;
        double G = (Y - kr[matrix] * R - kb[matrix] * B) / (1 - kr[matrix] - kb[matrix]);
        const double ideal[3] = {B, G, R};
        for (int c = 0; c < 3; c++)
            *far_off += fabs(fmin(fmax(ideal[c], 0), 255) - bgr[3 * i + c]) > 3.1;
    }
}

static void colour(void)
{
    int wrong = 0, far_off = 0;
    for (int matrix = 0; matrix < 3; matrix++)
        for (int full = 0; full < 2; full++)
            for (int a = 0; a < 256; a++)
                for (int b = 0; b < 256; b += 85) { /* U and V contribute independently */
                    one_colour(matrix, full, a, b, &wrong, &far_off);
                    one_colour(matrix, full, b, a, &wrong, &far_off);
                }
    CHECK_INT(wrong, 0);
    CHECK_INT(far_off, 0);
}

/* The whole picture in one call, also with odd sizes and strides. */
static void whole_pictures(void)
{
    for (int i = 0; i < 60; i++) {
        struct picture p;
        int w = between(1, 150), h = between(1, 9), stride = 3 * w + between(0, 7);
        picture_open(&p, (enum mien_format)(i % 3), w, h);
        size_t size = (size_t)stride * (size_t)h;
        uint8_t *out = malloc(size);
        REQUIRE(out != NULL);
        memset(out, 0xA5, size);
        CHECK_INT(mien_picture_to_bgr(&p.pub, out, stride), 0);
        int wrong = 0;
        for (int y = 0; y < h; y++)
            for (int x = 0; x < stride; x++)
                wrong += out[y * stride + x] != (x < 3 * w ? p.bgr[3 * y * w + x] : 0xA5);
        CHECK_INT(wrong, 0);
        CHECK_INT(mien_picture_to_bgr(&p.pub, out, 3 * w - 1), MIEN_EINVAL);
        free(out);
        picture_close(&p);
    }
}

/* ------------------------------------------------------------------------------ inner loops ----
 */

#define LONGEST 200
#define ROOM (LONGEST + 80)

struct row {
    uint8_t p[3 * ROOM], q[3 * ROOM];
    int16_t a[ROOM], b[ROOM], w0[ROOM], w1[ROOM];
    int32_t at[ROOM];
};

static void fill(struct row *r, int n)
{
    for (int i = 0; i < 3 * ROOM; i++) {
        r->p[i] = (uint8_t)any();
        r->q[i] = (uint8_t)any();
    }
    for (int i = 0; i < ROOM; i++) {
        r->a[i] = (int16_t)between(0, 32640); /* 255 * 2048 >> 4 */
        r->b[i] = (int16_t)between(0, 32640);
        r->w0[i] = (int16_t)between(0, 2048);
        r->w1[i] = (int16_t)(2048 - r->w0[i]);
        r->at[i] = between(0, n - 1);
    }
}

/* Both builds on the same n pixels, at an offset that is not aligned for vectors. */
static void same_rows(const struct mn_rows *x, const struct mn_rows *y, int n)
{
    static struct row r;
    static uint8_t bytes[2][3][ROOM];
    static int16_t shorts[2][ROOM];
    static float floats[2][ROOM];
    const struct mn_rows *k[2] = {x, y};
    int o = n % 5, w0 = between(0, 2048);
    fill(&r, n);
    static const struct mn_yuv yuv[2] = {{128, 9539, 13075, 16525, -3209, -6660},
                                         {0, 8192, 12901, 15201, -1534, -3835}};
    memset(bytes, 0, sizeof(bytes));
    for (int i = 0; i < 2; i++)
        k[i]->from_yuv((const uint8_t *const[3]){r.p + o, r.p + ROOM + o, r.q + o}, n, &yuv[n % 2],
                       (uint8_t *const[3]){bytes[i][0] + o, bytes[i][1] + o, bytes[i][2] + o});
    for (int c = 0; c < 3; c++) {
        CHECK(!memcmp(bytes[0][c] + o, bytes[1][c] + o, (size_t)n));
        for (int i = 0; i < 2; i++) { /* up to an even count, and not one further */
            CHECK(o == 0 || bytes[i][c][o - 1] == 0);
            CHECK_INT(bytes[i][c][o + (n + 1) / 2 * 2], 0);
        }
    }

    memset(bytes, 0, sizeof(bytes));
    for (int i = 0; i < 2; i++)
        k[i]->from_bgr(r.p + o, n,
                       (uint8_t *const[3]){bytes[i][0] + o, bytes[i][1] + o, bytes[i][2] + o});
    CHECK(!memcmp(bytes[0], bytes[1], sizeof(bytes[0])));
    for (int i = 0; i < n; i++)
        for (int c = 0; c < 3; c++)
            CHECK_INT(bytes[0][c][o + i], r.p[o + 3 * i + c]);

    memset(shorts, 0x55, sizeof(shorts));
    for (int i = 0; i < 2; i++)
        k[i]->horizontal(r.p + o, r.at + o, r.w0, r.w1, n, shorts[i] + o);
    CHECK(!memcmp(shorts[0], shorts[1], sizeof(shorts[0])));
    for (int i = 0; i < n; i++) {
        const uint8_t *p = r.p + o + r.at[o + i];
        CHECK_INT(shorts[0][o + i], (p[0] * r.w0[i] + p[1] * r.w1[i]) >> 4);
    }

    memset(floats, 0, sizeof(floats));
    for (int i = 0; i < 2; i++)
        k[i]->vertical(r.a + o, r.b + o, (const int[2]){w0, 2048 - w0}, n, 0.017f, -2.1f,
                       floats[i] + o);
    CHECK(!memcmp(floats[0], floats[1], sizeof(floats[0])));

    memset(floats, 0, sizeof(floats));
    for (int i = 0; i < 2; i++)
        k[i]->half(r.p + o, r.q + o, n, 0.017f, -2.1f, floats[i] + o);
    CHECK(!memcmp(floats[0], floats[1], sizeof(floats[0])));

    memset(floats, 0, sizeof(floats));
    for (int i = 0; i < 2; i++)
        k[i]->to_float(r.p + o, n, 0.017f, -2.1f, floats[i] + o);
    CHECK(!memcmp(floats[0], floats[1], sizeof(floats[0])));
}

static bool rows(void)
{
    const struct mn_rows *best = mn_rows_best();
    for (int n = 1; n <= LONGEST;
         n++) /* without a vector build this compares with the formulas alone */
        same_rows(&mn_rows_plain, best, n);
    setenv("MIEN_PLAIN", "1", 1);
    CHECK(mn_rows_best() == &mn_rows_plain);
    unsetenv("MIEN_PLAIN");
    return best != &mn_rows_plain;
}

int main(void)
{
    unsetenv("MIEN_PLAIN");
    bool vectors = rows();
    colour();
    whole_pictures();
    for (int plain = 0; plain < 2; plain++) {
        if (plain)
            setenv("MIEN_PLAIN", "1", 1);
        struct mn_resampler *r;
        REQUIRE(mn_resampler_open(&r) == 0);
        sizes(r);
        crops(r);
        beyond(r);
        large(r);
        outside(r);
        mn_resampler_close(&r);
        CHECK(r == NULL);
        mn_resampler_close(&r);
        if (!vectors)
            break;
    }
    if (!vectors)
        printf("no vector build of the inner loops here: only the plain one was tested\n");
    return check_done();
}

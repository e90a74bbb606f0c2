/* Letterbox, anchors, decoding and suppression, without a network: the tensors are made here. */
#include <stdbool.h>

#include "check.h"
#include "stage/retinaface.h"

static uint32_t seed = 1;

static float uniform(float low, float high)
{
    seed = seed * 1664525u + 1013904223u;
    return low + (high - low) * (float)(seed >> 8) / 16777216.0f;
}

/* ------------------------------------------------------------------------------ letterbox ---- */

static void letterbox(void)
{
    static const struct {
        int w, h, tw, th, nw, nh;
    } table[] = {
        {1280, 720, 640, 640, 640, 360},   {640, 360, 640, 640, 640, 360},
        {1080, 1920, 640, 640, 360, 640},  {1920, 1080, 640, 640, 640, 360},
        {640, 640, 640, 640, 640, 640},    {320, 240, 640, 640, 640, 480},
        {1024, 624, 640, 640, 640, 390},   {1280, 1920, 640, 640, 426, 640},
        {1280, 854, 640, 640, 640, 427},   {1000, 999, 640, 640, 640, 639},
        {999, 1000, 640, 640, 639, 640},   {7, 5, 640, 640, 640, 457},
        {1, 1, 640, 640, 640, 640},        {641, 3, 640, 640, 640, 2},
        {12000, 6000, 640, 640, 640, 320}, {2000, 1, 640, 640, 640, 0},
        {1, 2000, 640, 640, 0, 640},       {640, 640, 640, 480, 480, 480},
        {800, 600, 640, 480, 640, 480},    {600, 800, 640, 480, 360, 480},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct mn_letterbox l =
            mn_retinaface_letterbox(table[i].w, table[i].h, table[i].tw, table[i].th);
        CHECK_INT(l.nw, table[i].nw);
        CHECK_INT(l.nh, table[i].nh);
        CHECK_NEAR(l.factor, (double)table[i].nh / table[i].h, 1e-15);
    }
}

/* -------------------------------------------------------------------------------- anchors ---- */

static void anchor_is(const float a[4], double cx, double cy, double w, double h)
{
    CHECK_NEAR(a[0], cx, 1e-6);
    CHECK_NEAR(a[1], cy, 1e-6);
    CHECK_NEAR(a[2], w, 1e-6);
    CHECK_NEAR(a[3], h, 1e-6);
}

/* Every anchor from its number: level, then row, then column, then size. */
static void anchors_of(int W, int H, size_t want)
{
    CHECK_INT(mn_retinaface_anchor_count(W, H), want);
    float(*a)[4] = malloc(want * sizeof(*a));
    REQUIRE(a != NULL);
    mn_retinaface_anchors(W, H, a);
    size_t first = 0;
    int wrong = 0;
    for (int level = 0; level < 3; level++) {
        int step = 8 << level, smaller = 16 << (2 * level);
        size_t columns = (size_t)ceil((double)W / step), rows = (size_t)ceil((double)H / step);
        for (size_t i = 0; i < 2 * rows * columns; i++) {
            const float *have = a[first + i];
            size_t column = i / 2 % columns, row = i / 2 / columns;
            double size = smaller * (i % 2 ? 2 : 1);
            wrong += fabs(have[0] - ((double)column * step + step / 2.0) / W) > 1e-6 ||
                     fabs(have[1] - ((double)row * step + step / 2.0) / H) > 1e-6 ||
                     fabs(have[2] - size / W) > 1e-6 || fabs(have[3] - size / H) > 1e-6;
        }
        first += 2 * rows * columns;
    }
    CHECK_INT(first, want);
    CHECK_INT(wrong, 0);
    free(a);
}

static void anchors(void)
{
    anchors_of(640, 640, 16800);
    anchors_of(1024, 624, 26240);
    anchors_of(624, 1024, 26240);
    anchors_of(100, 50, 254); /* 2 x (13 x 7 + 7 x 4 + 4 x 2) */
    anchors_of(50, 100, 254);
    anchors_of(1, 1, 6);

    static float a[16800][4];
    mn_retinaface_anchors(640, 640, a);
    anchor_is(a[0], 4 / 640., 4 / 640., 16 / 640., 16 / 640.);
    anchor_is(a[1], 4 / 640., 4 / 640., 32 / 640., 32 / 640.);
    anchor_is(a[2], 12 / 640., 4 / 640., 16 / 640., 16 / 640.);
    anchor_is(a[160], 4 / 640., 12 / 640., 16 / 640., 16 / 640.);
    anchor_is(a[12800], 8 / 640., 8 / 640., 64 / 640., 64 / 640.);
    anchor_is(a[16000], 16 / 640., 16 / 640., 256 / 640., 256 / 640.);
    anchor_is(a[16799], 624 / 640., 624 / 640., 512 / 640., 512 / 640.);
    static float b[254][4]; /* width 100, height 50: x and y are not exchanged */
    mn_retinaface_anchors(100, 50, b);
    anchor_is(b[24], 100 / 100., 4 / 50., 16 / 100., 16 / 50.);
    anchor_is(b[26], 4 / 100., 12 / 50., 16 / 100., 16 / 50.);
    anchor_is(b[253], 112 / 100., 48 / 50., 512 / 100., 512 / 50.);
}

/* ------------------------------------------------------------------------------- decoding ---- */

#define MANY 16800
#define SIDE 640

static struct tensors {
    size_t count;
    float anchor[MANY][4], loc[MANY][4], conf[MANY][2], lm[MANY][10];
    struct mn_candidate scratch[MANY];
    struct mn_detection out[MANY];
} T;

static void clear(size_t count)
{
    memset(T.loc, 0, sizeof(T.loc));
    memset(T.conf, 0, sizeof(T.conf));
    memset(T.lm, 0, sizeof(T.lm));
    T.count = count;
}

static int decode(double factor, float threshold, float min_side, int max)
{
    memset(T.out, 0x77, sizeof(T.out));
    const struct mn_retinaface r = {.loc = T.loc[0],
                                    .conf = T.conf[0],
                                    .points = T.lm[0],
                                    .anchors = (const float(*)[4])T.anchor,
                                    .count = T.count,
                                    .width = SIDE,
                                    .height = SIDE,
                                    .factor = factor,
                                    .threshold = threshold,
                                    .min_side = min_side};
    return mn_retinaface_decode(&r, T.scratch, T.out, max);
}

/* Adds an anchor that is this box of the network's input, in pixels, by itself (offsets 0). */
static void box(float x1, float y1, float x2, float y2, float score)
{
    size_t i = T.count++;
    T.anchor[i][0] = (x1 + x2) / 2 / SIDE;
    T.anchor[i][1] = (y1 + y2) / 2 / SIDE;
    T.anchor[i][2] = (x2 - x1) / SIDE;
    T.anchor[i][3] = (y2 - y1) / SIDE;
    T.conf[i][0] = 1 - score;
    T.conf[i][1] = score;
}

/* The formulas of the method in double precision. */
static void decoded(size_t i, double factor, double b[4], double p[10])
{
    const float *a = T.anchor[i], *l = T.loc[i];
    double cx = a[0] + l[0] * 0.1 * a[2], cy = a[1] + l[1] * 0.1 * a[3];
    double w = a[2] * exp(l[2] * 0.2), h = a[3] * exp(l[3] * 0.2);
    b[0] = (cx - w / 2) * SIDE / factor;
    b[1] = (cy - h / 2) * SIDE / factor;
    b[2] = (cx + w / 2) * SIDE / factor;
    b[3] = (cy + h / 2) * SIDE / factor;
    for (int k = 0; k < 10; k++)
        p[k] = (a[k % 2] + T.lm[i][k] * 0.1 * a[2 + k % 2]) * SIDE / factor;
}

static double overlap(const double a[4], const double b[4])
{
    double w = fmax(0, fmin(a[2], b[2]) - fmax(a[0], b[0]) + 1);
    double h = fmax(0, fmin(a[3], b[3]) - fmax(a[1], b[1]) + 1);
    double both = w * h;
    return both /
           ((a[2] - a[0] + 1) * (a[3] - a[1] + 1) + (b[2] - b[0] + 1) * (b[3] - b[1] + 1) - both);
}

static int by_score(const void *x, const void *y)
{
    size_t i = *(const size_t *)x, j = *(const size_t *)y;
    float a = T.conf[i][1], b = T.conf[j][1];
    return a != b ? (a > b ? -1 : 1) : i < j ? -1 : 1;
}

/* A slow version of the whole selection. false: an overlap is too near the limit to compare. */
static bool selected(double factor, float threshold, size_t *kept, size_t *num_kept)
{
    static size_t order[MANY];
    static double boxes[MANY][4];
    double p[10];
    size_t n = 0;
    *num_kept = 0;
    for (size_t i = 0; i < T.count; i++)
        if (T.conf[i][1] > threshold) {
            order[n++] = i;
            decoded(i, factor, boxes[i], p);
        }
    qsort(order, n, sizeof(*order), by_score);
    for (size_t i = 0; i < n; i++) {
        bool covered = false;
        for (size_t j = 0; j < *num_kept; j++) {
            double o = overlap(boxes[order[i]], boxes[kept[j]]);
            if (fabs(o - 0.4) < 1e-4)
                return false;
            covered = covered || o > 0.4;
        }
        if (!covered)
            kept[(*num_kept)++] = order[i];
    }
    return true;
}

static void random_tensors(void)
{
    static size_t kept[MANY];
    int compared = 0;
    for (int round = 0; round < 40; round++) {
        clear(MANY);
        mn_retinaface_anchors(SIDE, SIDE, T.anchor);
        int candidates = round < 30 ? 80 : 600;
        for (int k = 0; k < candidates; k++) {
            size_t i = (size_t)uniform(0, MANY - 1);
            if (k % 4) /* neighbours, so that there is something to suppress */
                i = (size_t)uniform(13000, 13200);
            T.conf[i][1] = uniform(0.3f, 1);
            if (k % 9 == 0)
                T.conf[i][1] = 0.875f; /* ties */
            for (int j = 0; j < 4; j++)
                T.loc[i][j] = uniform(-3, 3);
            for (int j = 0; j < 10; j++)
                T.lm[i][j] = uniform(-6, 6);
        }
        double factor = uniform(0.1f, 3);
        size_t want;
        if (!selected(factor, 0.5f, kept, &want))
            continue;
        compared++;
        int n = decode(factor, 0.5f, 0, MANY);
        CHECK_INT(n, want);
        for (int k = 0; k < n && (size_t)n == want; k++) {
            double b[4], p[10];
            decoded(kept[k], factor, b, p);
            CHECK(T.out[k].score == T.conf[kept[k]][1]);
            for (int j = 0; j < 4; j++)
                CHECK_NEAR(T.out[k].box[j], b[j], 1e-3 / factor);
            for (int j = 0; j < 10; j++)
                CHECK_NEAR(T.out[k].point[j / 2][j % 2], p[j], 1e-3 / factor);
        }
    }
    CHECK(compared >= 20);
}

static void threshold(void)
{
    clear(0);
    box(10, 10, 30, 30, 0.5f);
    box(110, 10, 130, 30, nextafterf(0.5f, 1));
    box(210, 10, 230, 30, nextafterf(0.5f, 0));
    CHECK_INT(decode(1, 0.5f, 0, 10), 1);
    CHECK_NEAR(T.out[0].box[0], 110, 1e-4);
    T.conf[0][1] = 1; /* the second column is the face, not the first */
    T.conf[0][0] = 0;
    T.conf[2][0] = 1;
    CHECK_INT(decode(1, 0.5f, 0, 10), 2);
    CHECK_NEAR(T.out[0].box[0], 10, 1e-4);
    clear(0);
    CHECK_INT(decode(1, 0.5f, 0, 10), 0);
}

/* Two boxes of this size, the second shifted right: how many survive? */
static int pair(float size, float shift, double factor)
{
    clear(0);
    box(100, 100, 100 + size, 100 + size, 0.9f);
    box(100 + shift, 100, 100 + size + shift, 100 + size, 0.8f);
    return decode(factor, 0.5f, 0, 10);
}

static void suppression(void)
{
    /* 10 pixels wide and shifted by 4.5: 0.379 as areas, 0.419 when pixels are counted */
    CHECK_INT(pair(10, 4.5f, 1), 1);
    CHECK_NEAR(T.out[0].score, 0.9, 1e-6);
    CHECK_INT(pair(10, 4.75f, 1), 2); /* 0.397 */
    CHECK_INT(pair(10, 4.0f, 1), 1);
    /* the added pixel is one of the picture, not of the network's input: 0.391, not 0.410 */
    CHECK_INT(pair(10, 4.625f, 0.5), 2);
    CHECK_INT(pair(10, 4.375f, 0.5), 1);
    /* and 0.421, not 0.389 for a small picture */
    CHECK_INT(pair(40, 18.0f, 4), 1);

    /* an overlap of exactly the limit stays: 7 x 10 pixels shifted by 3, 40 of 100. Multiples of 5
     * are exact shares of 640. */
    clear(0);
    box(0, 0, 6 * 5, 9 * 5, 0.9f);
    box(3 * 5, 0, 9 * 5, 9 * 5, 0.8f);
    CHECK_INT(decode(5, 0.5f, 0, 10), 2);
    CHECK(T.out[0].box[2] == 6 && T.out[0].box[3] == 9);
    CHECK(T.out[1].box[0] == 3 && T.out[1].box[2] == 9);

    /* the second suppresses the third only if it survives itself */
    clear(0);
    box(100, 100, 140, 140, 0.9f);
    box(110, 100, 150, 140, 0.8f);
    box(121, 100, 161, 140, 0.7f);
    CHECK_INT(decode(1, 0.5f, 0, 10), 2);
    CHECK_NEAR(T.out[1].score, 0.7, 1e-6);
}

static void order(void)
{
    clear(0);
    for (int i = 0; i < 20; i++) /* 50 apart; equal scores but for two */
        box(30.0f * (float)i, 10, 30.0f * (float)i + 20, 30, i == 7 ? 0.9f : i == 3 ? 0.6f : 0.8f);
    CHECK_INT(decode(1, 0.5f, 0, 100), 20);
    int next = 0;
    for (int k = 0; k < 20; k++) {
        if (next == 3 || next == 7)
            next++;
        int want = k == 0 ? 7 : k == 19 ? 3 : next++;
        CHECK_NEAR(T.out[k].box[0], 30 * want, 1e-3);
    }
    CHECK_INT(decode(1, 0.5f, 0, 3), 3); /* the best three */
    CHECK_NEAR(T.out[0].box[0], 210, 1e-3);
    CHECK_NEAR(T.out[1].box[0], 0, 1e-3);
    CHECK_NEAR(T.out[2].box[0], 30, 1e-3);
    CHECK(((uint8_t *)&T.out[3])[0] == 0x77); /* and nothing after them */
    CHECK_INT(decode(1, 0.5f, 0, 0), 0);

    clear(0); /* of two overlapping boxes with equal scores, the lower anchor stays */
    box(100, 100, 140, 140, 0.8f);
    box(101, 100, 141, 140, 0.8f);
    CHECK_INT(decode(1, 0.5f, 0, 10), 1);
    CHECK_NEAR(T.out[0].box[0], 100, 1e-3);
}

static void smallest(void)
{
    clear(0);
    box(100, 100, 120, 180, 0.9f); /* 20 x 80 */
    box(200, 100, 280, 119, 0.8f); /* 80 x 19 */
    box(300, 100, 321, 121, 0.7f); /* 21 x 21 */
    CHECK_INT(decode(1, 0.5f, 0, 10), 3);
    CHECK_INT(decode(1, 0.5f, 19.5f, 10), 2);
    CHECK_INT(decode(1, 0.5f, 20.5f, 10), 1);
    CHECK_NEAR(T.out[0].box[0], 300, 1e-3);
    CHECK_INT(decode(0.5, 0.5f, 39, 10), 2); /* pixels of the picture */
    CHECK_INT(decode(1, 0.5f, 20.5f, 1), 1); /* max limits the faces that remain */
    CHECK_INT(decode(1, 0.5f, 1000, 10), 0);
}

static void garbage(void)
{
    const float bad[] = {NAN, INFINITY, -INFINITY, 3e38f};
    for (int field = 0; field < 16; field++)
        for (int v = 0; v < 4; v++) {
            clear(0);
            box(100, 100, 120, 120, 0.9f);
            box(200, 100, 220, 120, 0.8f);
            float *x = field < 4    ? &T.loc[0][field]
                       : field < 14 ? &T.lm[0][field - 4]
                                    : &T.conf[0][field - 14];
            *x = bad[v];
            int n = decode(1, 0.5f, 0, 10);
            if (field == 14) /* the score against, which is never read */
                CHECK_INT(n, 2);
            else
                CHECK(n >= 1 && n <= 2);
            for (int k = 0; k < n; k++) {
                CHECK(isfinite(T.out[k].score));
                for (int j = 0; j < 4; j++)
                    CHECK(isfinite(T.out[k].box[j]));
                for (int j = 0; j < 10; j++)
                    CHECK(isfinite(T.out[k].point[j / 2][j % 2]));
                CHECK(T.out[k].box[2] > T.out[k].box[0] && T.out[k].box[3] > T.out[k].box[1]);
            }
            CHECK_NEAR(T.out[n - 1].box[0], 200, 1e-3); /* the good one is not disturbed */
            if (v == 0 && field != 14)
                CHECK_INT(n, 1);
        }
    clear(0); /* a box without area */
    box(100, 100, 120, 120, 0.9f);
    T.loc[0][2] = -1000;
    CHECK_INT(decode(1, 0.5f, 0, 10), 0);
}

static void limits(void)
{
    /* 5000 in one heap before it: the last one is not looked at */
    for (int heap = MN_RETINAFACE_TOP - 1; heap <= MN_RETINAFACE_TOP; heap++) {
        clear(0);
        box(10, 10, 30, 30, 0.6f);
        for (int i = 0; i < heap; i++)
            box(100, 100, 140, 140, 0.7f + 0.2f * (float)i / (float)heap);
        CHECK_INT(decode(1, 0.5f, 0, 10), heap < MN_RETINAFACE_TOP ? 2 : 1);
    }
    clear(0); /* more faces than the result has room for */
    for (int i = 0; i < 900; i++) {
        float x = 20.0f * (float)(i % 30), y = 20.0f * (float)(i / 30);
        box(x, y, x + 10, y + 10, 0.9f - 0.0001f * (float)i);
    }
    CHECK_INT(decode(1, 0.5f, 0, 2000), MN_RETINAFACE_KEEP);
    CHECK_INT(decode(1, 0.5f, 0, 300), 300);
    CHECK_INT(decode(1, 0.5f, 0, MIEN_FACES_LIMIT), MIEN_FACES_LIMIT);
    for (int k = 1; k < MIEN_FACES_LIMIT; k++)
        CHECK(T.out[k].score < T.out[k - 1].score);

    clear(MANY); /* every anchor a face */
    mn_retinaface_anchors(SIDE, SIDE, T.anchor);
    for (int i = 0; i < MANY; i++)
        T.conf[i][1] = uniform(0.6f, 1);
    int n = decode(1, 0.5f, 0, MIEN_FACES_LIMIT);
    CHECK_INT(n, MIEN_FACES_LIMIT);
}

int main(void)
{
    letterbox();
    anchors();
    random_tensors();
    threshold();
    suppression();
    order();
    smallest();
    garbage();
    limits();
    return check_done();
}

/* Pillow's resamplers: bit for bit against sums that Pillow 13.0 itself gave for the same pictures,
 * and on crops and beyond the borders against the whole picture. */
#include "check.h"
#include "image/resample.h"

static const struct {
    int w, h, W, H;
    uint32_t sum[2]; /* Adler-32 of Pillow's result, bilinear and bicubic, bytes in reading order */
} vectors[] = {
    {40, 30, 40, 30, {0x8e4204c7u, 0x8e4204c7u}},
    {40, 30, 20, 15, {0x7667c0efu, 0xa09fc088u}},
    {97, 61, 13, 7, {0x4a16875bu, 0x4e73875du}},
    {64, 36, 63, 35, {0x0de5d324u, 0x83f5d345u}},
    {13, 9, 57, 41, {0x884a6a4bu, 0xe2c26843u}},
    {3, 5, 64, 64, {0x24c47f14u, 0x4c3f89e1u}},
    {1, 1, 8, 5, {0x99042419u, 0x99042419u}},
    {1, 9, 4, 4, {0x308e17a1u, 0x301417a5u}},
    {200, 3, 44, 5, {0x614a46a6u, 0x693f468cu}},
    {130, 70, 129, 140, {0x576da9abu, 0x6a028f04u}},
    {301, 277, 224, 224, {0x5d9f6463u, 0x45026341u}},
    {500, 640, 224, 224, {0x85311a05u, 0x112b1baeu}},
    {90, 110, 224, 224, {0x26ef89e3u, 0x37db8700u}},
    {64, 64, 1, 1, {0x03020180u, 0x03040181u}},
    {64, 20, 32, 20, {0xfde3aa05u, 0xda42a9a9u}},
    {64, 20, 64, 9, {0x29df4af7u, 0x7cc44b0bu}},
};
#define NUM_VECTORS ((int)(sizeof(vectors) / sizeof(vectors[0])))

static const struct mn_norm plain = {{1, 1, 1}, {0, 0, 0}};

/* Three channels of noise, from a generator that every language can repeat. */
static uint8_t *noise(int w, int h)
{
    uint32_t seed = (uint32_t)(w * 1000 + h);
    uint8_t *p = malloc(3 * (size_t)w * (size_t)h);
    REQUIRE(p != NULL);
    for (int i = 0; i < 3 * w * h; i++) {
        seed = seed * 1664525u + 1013904223u;
        p[i] = (uint8_t)(seed >> 24);
    }
    return p;
}

static mien_picture picture(const uint8_t *bgr, int w, int h)
{
    return (mien_picture){
        .format = MIEN_BGR24, .width = w, .height = h, .plane = {bgr}, .stride = {3 * w}};
}

/* The result as interleaved bytes. */
static uint8_t *resize(struct mn_resampler *r, const mien_picture *p, const struct mn_rect *from,
                       int W, int H)
{
    const size_t area = (size_t)W * (size_t)H;
    float *planes = malloc(3 * area * sizeof(float));
    uint8_t *out = malloc(3 * area);
    REQUIRE(planes && out);
    const struct mn_planes to = {{planes, planes + area, planes + 2 * area}, W, H, W};
    CHECK_INT(mn_resample_padded(r, p, from, &to, &plain), 0);
    for (size_t i = 0; i < area; i++)
        for (size_t c = 0; c < 3; c++) {
            const float v = planes[c * area + i];
            CHECK(v >= 0 && v <= 255 && v == (float)(int)v);
            out[3 * i + c] = (uint8_t)v;
        }
    free(planes);
    return out;
}

static uint32_t adler(const uint8_t *p, size_t n)
{
    uint32_t a = 1, b = 0;
    for (size_t i = 0; i < n; i++) {
        a = (a + p[i]) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

static void like_pillow(struct mn_resampler *r, int kernel)
{
    for (int i = 0; i < NUM_VECTORS; i++) {
        const int w = vectors[i].w, h = vectors[i].h, W = vectors[i].W, H = vectors[i].H;
        uint8_t *bgr = noise(w, h);
        const mien_picture p = picture(bgr, w, h);
        uint8_t *out = resize(r, &p, &(struct mn_rect){0, 0, w, h}, W, H);
        const uint32_t sum = adler(out, 3 * (size_t)W * (size_t)H);
        if (sum != vectors[i].sum[kernel])
            printf("%d x %d to %d x %d, kernel %d\n", w, h, W, H, kernel);
        CHECK(sum == vectors[i].sum[kernel]);
        free(out);
        free(bgr);
    }
}

/* A part of a picture gives what the part alone would, and what lies beyond is black. */
static void parts(struct mn_resampler *r)
{
    static const struct mn_rect rects[] = {
        {7, 5, 41, 33}, {0, 0, 60, 50}, {-9, -4, 30, 30}, {40, 30, 50, 45}, {70, 60, 9, 9}};
    uint8_t *bgr = noise(60, 50);
    const mien_picture whole = picture(bgr, 60, 50);
    for (size_t k = 0; k < sizeof(rects) / sizeof(rects[0]); k++) {
        const struct mn_rect *q = &rects[k];
        uint8_t *cut = calloc((size_t)(q->w * q->h), 3);
        REQUIRE(cut != NULL);
        for (int y = 0; y < q->h; y++)
            for (int x = 0; x < q->w; x++)
                if (q->x + x >= 0 && q->x + x < 60 && q->y + y >= 0 && q->y + y < 50)
                    memcpy(cut + 3 * (y * q->w + x), bgr + 3 * ((q->y + y) * 60 + q->x + x), 3);
        const mien_picture alone = picture(cut, q->w, q->h);
        uint8_t *a = resize(r, &whole, q, 23, 17);
        uint8_t *b = resize(r, &alone, &(struct mn_rect){0, 0, q->w, q->h}, 23, 17);
        CHECK(!memcmp(a, b, 3 * 23 * 17));
        free(a);
        free(b);
        free(cut);
    }
    free(bgr);
}

int main(void)
{
    static const enum mn_resampling kernels[2] = {MN_RESAMPLING_PILLOW,
                                                  MN_RESAMPLING_PILLOW_BICUBIC};
    for (int k = 0; k < 2; k++) {
        struct mn_resampler *r;
        REQUIRE(mn_resampler_open_as(&r, kernels[k]) == 0);
        like_pillow(r, k);
        parts(r);
        mn_resampler_close(&r);
        CHECK(r == NULL);
    }
    return check_done();
}

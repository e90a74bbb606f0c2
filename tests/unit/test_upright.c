/* Upright squares: bit for bit against sums that OpenCV 4.12's warpPerspective gave for the same
 * pictures, also beyond the borders, and maps that are refused. */
#include <math.h>

#include "check.h"
#include "image/upright.h"

static const struct {
    int w, h, side;
    struct mn_upright_map map;
    uint32_t sum; /* Adler-32 of OpenCV's result, bytes in reading order */
} vectors[] = {
    {60, 50, 64, {2.03174615f, -19.2936516f, -22.3412704f}, 0xd38f7ae1u},
    {60, 50, 64, {1.45124722f, 18.438776f, 8.28004551f}, 0xe666e52du},
    {60, 50, 64, {1.52380955f, -52.3095245f, -40.8809509f}, 0xa615dc5du},
    {60, 50, 64, {1.21904767f, -5.07142878f, 1.02380955f}, 0x1906b07bu},
    {300, 200, 256, {2.21645021f, -83.062767f, -94.1450195f}, 0xaba52e95u},
    {301, 277, 256, {1.10822511f, 27.7597408f, 0.608225107f}, 0x161543b6u},
    {700, 500, 256, {0.500635564f, -45.9702263f, 3.59269571f}, 0xa7f14bf3u},
    {60, 50, 256, {10.1587305f, -45.1984138f, -111.230156f}, 0x8dca1926u},
    {33, 21, 16, {0.380952388f, -38.2142868f, -40.1190491f}, 0x03000001u},
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

static uint32_t adler(const uint8_t *p, size_t n)
{
    uint32_t a = 1, b = 0;
    for (size_t i = 0; i < n; i++) {
        a = (a + p[i]) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

static void like_opencv(struct mn_upright *u)
{
    for (int i = 0; i < NUM_VECTORS; i++) {
        const int side = vectors[i].side;
        const size_t area = (size_t)side * (size_t)side;
        uint8_t *bgr = noise(vectors[i].w, vectors[i].h), *out = malloc(3 * area);
        float *planes = malloc(3 * area * sizeof(float));
        REQUIRE(planes && out);
        const mien_picture p = picture(bgr, vectors[i].w, vectors[i].h);
        const struct mn_planes to = {{planes, planes + area, planes + 2 * area}, side, side, side};
        CHECK_INT(mn_upright_warp(u, &p, &vectors[i].map, &to, &plain), 0);
        for (size_t k = 0; k < 3 * area; k++)
            out[k] = (uint8_t)planes[k % 3 * area + k / 3];
        if (adler(out, 3 * area) != vectors[i].sum)
            printf("vector %d\n", i);
        CHECK(adler(out, 3 * area) == vectors[i].sum);
        free(planes);
        free(out);
        free(bgr);
    }
}

static void refused(struct mn_upright *u)
{
    static const struct mn_upright_map maps[] = {{0, 0, 0},        {-1, 0, 0},   {NAN, 0, 0},
                                                 {1, INFINITY, 0}, {1, 0, NAN},  {1e-6f, 0, 0},
                                                 {1e6f, 0, 0},     {1, 1e9f, 0}, {1, 0, -1e9f}};
    static float planes[3][16];
    uint8_t *bgr = noise(8, 8);
    const mien_picture p = picture(bgr, 8, 8);
    const struct mn_planes to = {{planes[0], planes[1], planes[2]}, 4, 4, 4};
    for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
        CHECK_INT(mn_upright_warp(u, &p, &maps[i], &to, &plain), MIEN_EINVAL);
    free(bgr);
}

int main(void)
{
    struct mn_upright *u;
    REQUIRE(mn_upright_open(&u) == 0);
    like_opencv(u);
    refused(u);
    mn_upright_close(&u);
    CHECK(u == NULL);
    return check_done();
}

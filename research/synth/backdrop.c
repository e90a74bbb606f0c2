#include "backdrop.h"

#include <math.h>
#include <string.h>

#include "rng.h"
#include "vec.h"

static void colour(struct sy_rng *r, float out[3])
{
    float v = sy_range(r, 0.02f, 0.75f), dull = sy_range(r, 0, 1);
    for (int k = 0; k < 3; k++)
        out[k] = v * (dull + (1 - dull) * sy_range(r, 0.15f, 1.6f));
    if (sy_chance(r, 0.2f)) { /* of skin, wood, leather: what fools a detector */
        out[1] = out[0] * sy_range(r, 0.5f, 0.75f);
        out[2] = out[0] * sy_range(r, 0.3f, 0.6f);
    }
}

static float lattice(uint64_t number, int x, int y)
{
    uint64_t h = sy_mix(number + (uint64_t)(uint32_t)x * 0x9e3779b97f4a7c15u +
                        (uint64_t)(uint32_t)y * 0xc2b2ae3d27d4eb4fu);
    return (float)(h >> 40) * 0x1p-24f;
}

/* Smooth noise 0..1. */
static float cloud(uint64_t number, float x, float y)
{
    int xi = (int)floorf(x), yi = (int)floorf(y);
    float fx = x - (float)xi, fy = y - (float)yi;
    fx = fx * fx * (3 - 2 * fx);
    fy = fy * fy * (3 - 2 * fy);
    float a = lattice(number, xi, yi), b = lattice(number, xi + 1, yi);
    float c = lattice(number, xi, yi + 1), d = lattice(number, xi + 1, yi + 1);
    return (a + fx * (b - a)) * (1 - fy) + (c + fx * (d - c)) * fy;
}

struct canvas {
    float *rgb;
    int width, height;
};

static void gradient(const struct canvas *c, struct sy_rng *r)
{
    float k[4][3];
    for (int i = 0; i < 4; i++)
        colour(r, k[i]);
    float even = sy_range(r, 0, 0.95f); /* corners of much the same colour */
    for (int i = 1; i < 4; i++)
        for (int j = 0; j < 3; j++)
            k[i][j] = even * k[0][j] + (1 - even) * k[i][j];
    for (int y = 0; y < c->height; y++) {
        float fy = (float)y / (float)c->height;
        float *p = c->rgb + 3 * (size_t)y * (size_t)c->width;
        for (int x = 0; x < c->width; x++, p += 3) {
            float fx = (float)x / (float)c->width;
            for (int j = 0; j < 3; j++)
                p[j] = (1 - fy) * ((1 - fx) * k[0][j] + fx * k[1][j]) +
                       fy * ((1 - fx) * k[2][j] + fx * k[3][j]);
        }
    }
}

enum filling { FLAT, STRIPES, CHECKS, BALL, CLOUDS, NUM_FILLINGS };

struct shape {
    int round;
    enum filling filling;
    float x, y, half[2], cosine, sine, period, a[3], b[3], light[2];
    uint64_t number;
};

static float fill_share(const struct shape *s, float u, float v)
{
    switch (s->filling) {
    case STRIPES:
        return fmodf(fabsf(u + 1e4f * s->period), s->period) < 0.5f * s->period;
    case CHECKS:
        return (((int)floorf(u / s->period) ^ (int)floorf(v / s->period)) & 1) != 0;
    case BALL: /* lit from one side */
        return sy_clamp(0.5f + 0.5f * (s->light[0] * u / s->half[0] + s->light[1] * v / s->half[1]),
                        0, 1);
    case CLOUDS:
        return cloud(s->number, u / s->period, v / s->period);
    default:
        return 0;
    }
}

static void paint(const struct canvas *c, const struct shape *s)
{
    float reach = s->half[0] > s->half[1] ? s->half[0] : s->half[1];
    reach *= 1.42f;
    int x0 = (int)sy_clamp(s->x - reach, 0, (float)c->width);
    int x1 = (int)sy_clamp(s->x + reach, 0, (float)c->width);
    int y0 = (int)sy_clamp(s->y - reach, 0, (float)c->height);
    int y1 = (int)sy_clamp(s->y + reach, 0, (float)c->height);
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++) {
            float dx = (float)x - s->x, dy = (float)y - s->y;
            float u = s->cosine * dx + s->sine * dy, v = s->cosine * dy - s->sine * dx;
            float pu = u / s->half[0], pv = v / s->half[1];
            if (s->round ? pu * pu + pv * pv > 1 : fabsf(pu) > 1 || fabsf(pv) > 1)
                continue;
            float t = fill_share(s, u, v);
            float *p = c->rgb + 3 * ((size_t)y * (size_t)c->width + (size_t)x);
            for (int k = 0; k < 3; k++)
                p[k] = s->a[k] + t * (s->b[k] - s->a[k]);
        }
}

static void shapes(const struct canvas *c, struct sy_rng *r, int n)
{
    for (int i = 0; i < n; i++) {
        struct shape s;
        float size = (float)c->height * expf(sy_range(r, -3.2f, -0.4f)), angle = 0;
        s.round = sy_chance(r, 0.4f);
        s.filling = (enum filling)sy_below(r, NUM_FILLINGS);
        s.x = sy_unit(r) * (float)c->width;
        s.y = sy_unit(r) * (float)c->height;
        s.half[0] = size * sy_range(r, 0.3f, 1.5f);
        s.half[1] = size * sy_range(r, 0.3f, 1.5f);
        if (sy_chance(r, 0.4f))
            angle = sy_range(r, 0, 3.14f);
        s.cosine = cosf(angle);
        s.sine = sinf(angle);
        s.period = size * sy_range(r, 0.06f, 0.6f) + 2;
        float light = sy_range(r, 0, 6.28f);
        s.light[0] = cosf(light);
        s.light[1] = sinf(light);
        colour(r, s.a);
        colour(r, s.b);
        if (s.filling == BALL)
            for (int k = 0; k < 3; k++)
                s.b[k] = 0.25f * s.a[k];
        s.number = sy_next(r);
        paint(c, &s);
    }
}

/* Clouds over everything, worked out on every fourth pixel. */
static void grain(const struct canvas *c, struct sy_rng *r)
{
    float strength = sy_range(r, 0, 0.7f), size = (float)c->height * expf(sy_range(r, -4, -0.5f));
    uint64_t number = sy_next(r);
    for (int y = 0; y < c->height; y++) {
        float *p = c->rgb + 3 * (size_t)y * (size_t)c->width;
        float last = 0, next = 0;
        for (int x = 0; x < c->width; x++, p += 3) {
            if ((x & 3) == 0) {
                last = x ? next : cloud(number, 0, (float)y / size);
                next = cloud(number, (float)(x + 4) / size, (float)y / size);
            }
            float f = 1 + strength * (last + (next - last) * (float)(x & 3) / 4 - 0.5f);
            for (int k = 0; k < 3; k++)
                p[k] *= f;
        }
    }
}

/* Running means along lines of `n` pixels that lie `step` floats apart. */
static void blur_line(const float *src, float *dst, int n, size_t step, int radius)
{
    float sum[3] = {0}, share = 1 / (float)(2 * radius + 1);
    for (int i = -radius; i <= radius; i++)
        for (int k = 0; k < 3; k++)
            sum[k] += src[(size_t)(i < 0 ? 0 : i < n ? i : n - 1) * step + (size_t)k];
    for (int i = 0; i < n; i++) {
        int in = i + radius + 1 < n ? i + radius + 1 : n - 1, out = i - radius > 0 ? i - radius : 0;
        for (int k = 0; k < 3; k++) {
            dst[(size_t)i * step + (size_t)k] = sum[k] * share;
            sum[k] += src[(size_t)in * step + (size_t)k] - src[(size_t)out * step + (size_t)k];
        }
    }
}

void sy_box_blur(float *rgb, float *scratch, int width, int height, int radius, int passes)
{
    if (radius < 1)
        return;
    size_t row = 3 * (size_t)width;
    for (int i = 0; i < passes; i++) {
        for (int y = 0; y < height; y++)
            blur_line(rgb + (size_t)y * row, scratch + (size_t)y * row, width, 3, radius);
        for (int x = 0; x < width; x++)
            blur_line(scratch + 3 * (size_t)x, rgb + 3 * (size_t)x, height, row, radius);
    }
}

/* To twice the size, from half.rgb (scratch) into rgb, between the four nearest. */
static void enlarge(const struct canvas *half, float *rgb, int width, int height)
{
    for (int y = 0; y < height; y++) {
        int ya = y / 2, yb = ya + 1 < half->height ? ya + 1 : ya;
        float fy = y & 1 ? 0.5f : 0;
        const float *a = half->rgb + 3 * (size_t)ya * (size_t)half->width;
        const float *b = half->rgb + 3 * (size_t)yb * (size_t)half->width;
        float *out = rgb + 3 * (size_t)y * (size_t)width;
        for (int x = 0; x < width; x++, out += 3) {
            size_t xa = 3 * (size_t)(x / 2), xb = x / 2 + 1 < half->width ? xa + 3 : xa;
            float fx = x & 1 ? 0.5f : 0;
            for (size_t k = 0; k < 3; k++)
                out[k] = (1 - fy) * ((1 - fx) * a[xa + k] + fx * a[xb + k]) +
                         fy * ((1 - fx) * b[xa + k] + fx * b[xb + k]);
        }
    }
}

void sy_backdrop(float *rgb, float *scratch, int width, int height, uint64_t number)
{
    struct sy_rng r = sy_rng_at(number, 1);
    int soft = sy_chance(&r, 0.75f);
    /* what is out of focus is painted half as large: the difference is not visible */
    struct canvas c = {soft ? scratch : rgb, soft ? (width + 1) / 2 : width,
                       soft ? (height + 1) / 2 : height};
    gradient(&c, &r);
    float kind = sy_unit(&r);
    int n = kind < 0.2f ? 0 : kind < 0.6f ? sy_below(&r, 25) : 10 + sy_below(&r, 70);
    shapes(&c, &r, n);
    grain(&c, &r);
    if (soft) {
        sy_box_blur(c.rgb, rgb, c.width, c.height, sy_below(&r, 1 + c.height / 40), 2);
        enlarge(&c, rgb, width, height);
    }
}

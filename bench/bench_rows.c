/* The inner loops of resampling, the plain build and the fastest: nanoseconds per pixel. Both
 * builds take turns, so that they run on the same machine under the same load; the best turn
 * counts. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "image/rows.h"

enum { N = 1280, ROOM = 2 * N + 128, TURNS = 40, REPEAT = 100 };

static struct {
    uint8_t y[ROOM], u[ROOM], v[ROOM], bgr[3 * ROOM], b[ROOM], g[ROOM], r[ROOM];
    int32_t at[ROOM];
    int16_t w0[ROOM], w1[ROOM], line[2][ROOM];
    float out[ROOM];
} D;

static void fill(void)
{
    srand(1);
    for (int i = 0; i < ROOM; i++) {
        D.y[i] = (uint8_t)rand();
        D.u[i] = (uint8_t)rand();
        D.v[i] = (uint8_t)rand();
        D.w0[i] = (int16_t)(rand() % 2049);
        D.w1[i] = (int16_t)(2048 - D.w0[i]);
        D.at[i] = i % N; /* scale about 1:1, as for letterboxing and crops */
        D.line[0][i] = (int16_t)(rand() % 32641);
        D.line[1][i] = (int16_t)(rand() % 32641);
    }
    for (int i = 0; i < 3 * ROOM; i++)
        D.bgr[i] = (uint8_t)rand();
}

static void from_yuv(const struct mn_rows *k)
{
    static const struct mn_yuv rule = {128, 9539, 13075, 16525, -3209, -6660};
    k->from_yuv((const uint8_t *const[3]){D.y, D.u, D.v}, N, &rule,
                (uint8_t *const[3]){D.b, D.g, D.r});
}

static void from_bgr(const struct mn_rows *k)
{
    k->from_bgr(D.bgr, N, (uint8_t *const[3]){D.b, D.g, D.r});
}

static void horizontal(const struct mn_rows *k)
{
    k->horizontal(D.y, D.at, D.w0, D.w1, N, D.line[0]);
}

static void vertical(const struct mn_rows *k)
{
    k->vertical(D.line[0], D.line[1], (const int[2]){700, 1348}, N, 0.017f, -2.1f, D.out);
}

static void half(const struct mn_rows *k)
{
    k->half(D.y, D.u, N, 0.017f, -2.1f, D.out);
}

static void to_float(const struct mn_rows *k)
{
    k->to_float(D.y, N, 0.017f, -2.1f, D.out);
}

static double time_of(void (*loop)(const struct mn_rows *k), const struct mn_rows *k)
{
    double start = mn_now();
    for (int i = 0; i < REPEAT; i++)
        loop(k);
    return (mn_now() - start) / REPEAT / N * 1e9;
}

int main(void)
{
    static const struct {
        const char *name;
        void (*loop)(const struct mn_rows *k);
    } loops[] = {
        {"from_yuv", from_yuv}, {"from_bgr", from_bgr}, {"horizontal", horizontal},
        {"vertical", vertical}, {"half", half},         {"to_float", to_float},
    };
    const struct mn_rows *best = mn_rows_best();
    fill();
    printf("%d pixels, ns per pixel\n%-12s %8s %8s %8s\n", (int)N, "", mn_rows_plain.name,
           best->name, "ratio");
    for (size_t i = 0; i < sizeof(loops) / sizeof(loops[0]); i++) {
        double plain = 1e9, fast = 1e9;
        for (int turn = 0; turn < TURNS; turn++) {
            double a = time_of(loops[i].loop, &mn_rows_plain), b = time_of(loops[i].loop, best);
            plain = a < plain ? a : plain;
            fast = b < fast ? b : fast;
        }
        printf("%-12s %8.3f %8.3f %8.2f\n", loops[i].name, plain, fast, plain / fast);
    }
    return 0;
}

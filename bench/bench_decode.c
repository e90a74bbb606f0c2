/* Conversion of the detector's outputs to boxes: microseconds per frame, median and best, with few
 * faces as in most pictures, and with as many candidates as a crowd or a damaged network produces.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "stage/retinaface.h"

enum { SIDE = 640, COUNT = 16800, TURNS = 101 };

static float anchors[COUNT][4], loc[COUNT][4], conf[COUNT][2], points[COUNT][10];
static struct mn_candidate scratch[COUNT];
static struct mn_detection out[MIEN_FACES_LIMIT];

static float noise(float size)
{
    return ((float)rand() / (float)RAND_MAX * 2 - 1) * size;
}

/* Makes anchor i report a box of about that size (a share of the input) around itself. */
static void answer(int i, float size)
{
    for (int k = 0; k < 2; k++) {
        loc[i][k] = noise(0.2f);
        loc[i][2 + k] = logf(size / anchors[i][2 + k]) / 0.2f + noise(0.2f);
    }
    conf[i][1] = 0.75f + noise(0.24f);
}

/* Makes `heaps` faces, with `each` candidates around each of them. */
static void fill(int heaps, int each)
{
    srand(1);
    memset(conf, 0, sizeof(conf));
    for (int i = 0; i < COUNT; i++) {
        for (int k = 0; k < 4; k++)
            loc[i][k] = noise(1);
        for (int k = 0; k < 10; k++)
            points[i][k] = noise(3);
        conf[i][1] = 0.01f + noise(0.01f);
    }
    for (int h = 0; h < heaps; h++) {
        int first = rand() % (COUNT - each);
        for (int i = 0; i < each; i++)
            answer(first + i, 0.2f);
    }
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

int main(void)
{
    static const struct {
        const char *name;
        int heaps, each;
    } cases[] = {
        {"no face", 0, 0},    {"one face", 1, 12},           {"eight faces", 8, 12},
        {"a crowd", 200, 12}, {"5,000 candidates", 1, 5000}, {"every anchor", 1, COUNT - 1},
    };
    mn_retinaface_anchors(SIDE, SIDE, anchors);
    const struct mn_retinaface r = {.loc = loc[0],
                                    .conf = conf[0],
                                    .points = points[0],
                                    .anchors = (const float(*)[4])anchors,
                                    .count = COUNT,
                                    .width = SIDE,
                                    .height = SIDE,
                                    .factor = 0.5,
                                    .threshold = 0.5f};
    printf("%d anchors, microseconds per frame\n%-18s %8s %9s %9s\n", (int)COUNT, "", "boxes",
           "median", "best");
    for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
        double t[TURNS];
        int n = 0, turns = cases[c].each > 1000 ? 11 : TURNS;
        fill(cases[c].heaps, cases[c].each);
        for (int turn = 0; turn < turns; turn++) {
            double start = mn_now();
            n = mn_retinaface_decode(&r, scratch, out, MIEN_FACES_LIMIT);
            t[turn] = (mn_now() - start) * 1e6;
        }
        qsort(t, (size_t)turns, sizeof(*t), ascending);
        printf("%-18s %8d %9.1f %9.1f\n", cases[c].name, n, t[turns / 2], t[0]);
    }
    return 0;
}

#include "face/fhog.h"

#include <string.h>

#include "base/mem.h"

#define SIDE MN_FACE_SIDE
#define CELL 8
#define CELLS (SIDE / CELL + 2) /* with a guard cell on each side */
#define BINS 18

struct mn_fhog_table *mn_fhog_table_make(void)
{
    static const float unit[9][2] = {
        {1.0000f, 0.0000f},  {0.9397f, 0.3420f},  {0.7660f, 0.6428f},
        {0.500f, 0.8660f},   {0.1736f, 0.9848f},  {-0.1736f, 0.9848f},
        {-0.5000f, 0.8660f}, {-0.7660f, 0.6428f}, {-0.9397f, 0.3420f},
    };
    struct mn_fhog_table *t = mn_alloc(1, sizeof(*t));
    if (!t)
        return NULL;
    for (int gy = -255; gy <= 255; gy++)
        for (int gx = -255; gx <= 255; gx++) {
            float best = 0;
            int bin = 0;
            for (int o = 0; o < 9; o++) {
                float dot = unit[o][0] * (float)gx + unit[o][1] * (float)gy;
                if (dot > best) {
                    best = dot;
                    bin = o;
                } else if (-dot > best) {
                    best = -dot;
                    bin = o + 9;
                }
            }
            t->bin[(gy + 256) * 512 + gx + 256] = (uint8_t)bin;
        }
    return t;
}

/* Each pixel votes into the four cells around it. The cells meet in corners. All pixels of the 8 x
 * 8 block around a corner vote into the same four cells, whose sums are adjacent here: for each bin
 * and cell column, the upper and the lower cell. So a vote is one addition of four numbers, and
 * each cell still receives its votes in raster order, as in dlib. */
struct corner_row {
    float sum[BINS][CELLS][2];
};

static void vote(struct corner_row *r, const struct mn_fhog_table *table, const int32_t *place,
                 const float *length, float below)
{
    float weight[CELL][4];
    for (int i = 0; i < CELL; i++) {
        /* Pixel x lies (x + 0.5) / 8 - 0.5 cells to the right of a cell's centre. */
        float right = ((float)i + 0.5f) / CELL;
        weight[i][0] = (1 - right) * (1 - below);
        weight[i][1] = (1 - right) * below;
        weight[i][2] = right * (1 - below);
        weight[i][3] = right * below;
    }
    for (int x = 1; x < SIDE - 1; x++) {
        int corner = (x + CELL / 2) / CELL, phase = (x + CELL / 2) % CELL;
        float *sum = r->sum[table->bin[place[x]]][corner];
        for (int k = 0; k < 4; k++)
            sum[k] += weight[phase][k] * length[x];
    }
}

/* The upper cells are complete and are written out; the lower ones become the upper ones. */
static void advance(struct corner_row *r, float (*cells)[20])
{
    for (int o = 0; o < BINS; o++)
        for (int c = 0; c < CELLS; c++) {
            cells[c][o] = r->sum[o][c][0];
            r->sum[o][c][0] = r->sum[o][c][1];
            r->sum[o][c][1] = 0;
        }
}

void mn_fhog(const struct mn_fhog_table *table, const struct mn_face_kernels *kernels,
             const struct mn_aligned *face, float out[MN_FHOG_SIZE])
{
    const uint8_t *const plane[3] = {face->plane[0], face->plane[1], face->plane[2]};
    int32_t place[SIDE + 8];
    float length[SIDE + 8];
    struct corner_row corners;
    float cells[CELLS][CELLS][20], energy[CELLS][CELLS];
    memset(&corners, 0, sizeof(corners));
    memset(cells, 0, sizeof(cells));

    for (int y = 1; y < SIDE - 1; y++) {
        int phase = (y + CELL / 2) % CELL;
        if (phase == 0)
            advance(&corners, cells[(y + CELL / 2) / CELL - 1]);
        kernels->gradient(plane, y, place, length);
        vote(&corners, table, place, length, ((float)phase + 0.5f) / CELL);
    }
    advance(&corners, cells[CELLS - 2]);

    for (int y = 1; y < CELLS - 1; y++)
        for (int x = 1; x < CELLS - 1; x++) {
            const float *h = cells[y][x];
            float sum = 0;
            for (int o = 0; o < BINS / 2; o++)
                sum += (h[o] + h[o + 9]) * (h[o] + h[o + 9]);
            energy[y][x] = sum;
        }

    for (int y = 2; y < CELLS - 2; y++)
        for (int x = 2; x < CELLS - 2; x++, out += MN_FHOG_FEATURES) {
            float around[4]; /* of the four blocks of 2 x 2 cells that contain this cell */
            for (int k = 0; k < 4; k++) {
                int v = y - (k & 1), u = x - (k >> 1);
                around[k] =
                    energy[v][u] + energy[v][u + 1] + energy[v + 1][u] + energy[v + 1][u + 1];
            }
            kernels->describe(cells[y][x], around, out);
        }
}

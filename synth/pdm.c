/* mien-synth pdm: mean and modes of the 68 marks over people and expressions, in the text format of
 * OpenFace's point distribution models.
 *
 * Heads are superimposed first (rotation and translation, not size: a PDM is in millimetres), over
 * and over against their mean. The modes are the eigenvectors of the covariance, by Jacobi's method:
 * 204 rows are few, and nothing else is needed. Marks of the outline lie where they lie on the skin,
 * not where a turned face ends. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "vec.h"

#define ROWS (3 * 68)
#define ROUNDS 4
#define SWEEPS 30

struct heads {
    int num;
    float (*x)[68][3]; /* head axes: x right, y down, z away from the camera; mm */
    float mean[68][3];
};

static void centre(float x[68][3])
{
    for (int k = 0; k < 3; k++) {
        float sum = 0;
        for (int i = 0; i < 68; i++)
            sum += x[i][k] / 68;
        for (int i = 0; i < 68; i++)
            x[i][k] -= sum;
    }
}

/* Turns x, which is centred, onto the mean: small rotations by least squares, a few times. */
static void turn_onto(float x[68][3], float mean[68][3])
{
    for (int round = 0; round < 8; round++) {
        /* sum of p x q over sum of (|p|^2 I - p pT): the best small turn */
        double A[3][3] = {{0}}, b[3] = {0};
        for (int i = 0; i < 68; i++) {
            float c[3];
            sy_cross(x[i], mean[i], c);
            float square = sy_dot(x[i], x[i]);
            for (int k = 0; k < 3; k++) {
                b[k] += c[k];
                for (int j = 0; j < 3; j++)
                    A[k][j] += (k == j ? square : 0) - x[i][k] * x[i][j];
            }
        }
        double det = A[0][0] * (A[1][1] * A[2][2] - A[1][2] * A[2][1]) -
                     A[0][1] * (A[1][0] * A[2][2] - A[1][2] * A[2][0]) +
                     A[0][2] * (A[1][0] * A[2][1] - A[1][1] * A[2][0]);
        if (!(fabs(det) > 1e-6))
            return;
        float w[3], R[9];
        for (int k = 0; k < 3; k++) {
            double M[3][3];
            memcpy(M, A, sizeof(M));
            for (int i = 0; i < 3; i++)
                M[i][k] = b[i];
            w[k] = (float)((M[0][0] * (M[1][1] * M[2][2] - M[1][2] * M[2][1]) -
                            M[0][1] * (M[1][0] * M[2][2] - M[1][2] * M[2][0]) +
                            M[0][2] * (M[1][0] * M[2][1] - M[1][1] * M[2][0])) / det);
        }
        sy_euler(w, R);
        for (int i = 0; i < 68; i++) {
            float t[3];
            sy_turn(R, x[i], t);
            memcpy(x[i], t, sizeof(t));
        }
    }
}

static void superimpose(struct heads *h)
{
    memcpy(h->mean, h->x[0], sizeof(h->mean));
    for (int round = 0; round < ROUNDS; round++) {
        double sum[68][3] = {{0}};
        for (int n = 0; n < h->num; n++) {
            turn_onto(h->x[n], h->mean);
            for (int i = 0; i < 68; i++)
                for (int k = 0; k < 3; k++)
                    sum[i][k] += h->x[n][i][k];
        }
        for (int i = 0; i < 68; i++)
            for (int k = 0; k < 3; k++)
                h->mean[i][k] = (float)(sum[i][k] / h->num);
    }
}

/* Eigenvalues and vectors (columns of V) of the symmetric A, which is used up. */
static void jacobi(double (*A)[ROWS], double (*V)[ROWS])
{
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < ROWS; j++)
            V[i][j] = i == j;
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        double off = 0, on = 0;
        for (int p = 0; p < ROWS; p++)
            for (int q = 0; q < ROWS; q++)
                *(p == q ? &on : &off) += A[p][q] * A[p][q];
        if (off <= 1e-20 * on)
            return;
        for (int p = 0; p < ROWS; p++)
            for (int q = p + 1; q < ROWS; q++) {
                if (A[p][q] == 0)
                    continue;
                double theta = (A[q][q] - A[p][p]) / (2 * A[p][q]);
                double t = (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(theta * theta + 1));
                double c = 1 / sqrt(t * t + 1), s = t * c;
                for (int k = 0; k < ROWS; k++) {
                    double a = A[k][p], b = A[k][q];
                    A[k][p] = c * a - s * b;
                    A[k][q] = s * a + c * b;
                }
                for (int k = 0; k < ROWS; k++) {
                    double a = A[p][k], b = A[q][k], u = V[k][p], v = V[k][q];
                    A[p][k] = c * a - s * b;
                    A[q][k] = s * a + c * b;
                    V[k][p] = c * u - s * v;
                    V[k][q] = s * u + c * v;
                }
            }
    }
}

static void covariance(const struct heads *h, double (*A)[ROWS])
{
    memset(A, 0, ROWS * sizeof(*A));
    for (int n = 0; n < h->num; n++) {
        double d[ROWS];
        for (int i = 0; i < ROWS; i++) /* all x, then all y, then all z */
            d[i] = h->x[n][i % 68][i / 68] - h->mean[i % 68][i / 68];
        for (int i = 0; i < ROWS; i++)
            for (int j = 0; j < ROWS; j++)
                A[i][j] += d[i] * d[j] / h->num;
    }
}

static int write_model(const struct sy_given *g, const struct heads *h, double (*A)[ROWS],
                       double (*V)[ROWS])
{
    int order[ROWS];
    for (int i = 0; i < ROWS; i++) {
        int at = i;
        for (; at > 0 && A[order[at - 1]][order[at - 1]] < A[i][i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    FILE *file = fopen(g->output, "wb");
    if (!file)
        return sy_fail(MIEN_EOUTPUT, "%s cannot be written: %s", g->output, strerror(errno));
    fprintf(file, "# mean, mm: x, y, z of 68 points; mien-synth pdm, %d heads\n%d\n1\n6\n", h->num, ROWS);
    for (int i = 0; i < ROWS; i++)
        fprintf(file, "%.6f \n", (double)h->mean[i % 68][i / 68]);
    fprintf(file, "\n# modes, one a column\n%d\n%d\n6\n", ROWS, g->modes);
    double total = 0, kept = 0;
    for (int i = 0; i < ROWS; i++) {
        for (int m = 0; m < g->modes; m++)
            fprintf(file, "%.6f ", V[i][order[m]]);
        fputc('\n', file);
        total += A[i][i];
    }
    fprintf(file, "\n# variances\n1\n%d\n6\n", g->modes);
    for (int m = 0; m < g->modes; m++) {
        double v = A[order[m]][order[m]];
        fprintf(file, "%.6f ", v > 1e-3 ? v : 1e-3);
        kept += v;
    }
    fputc('\n', file);
    int bad = ferror(file);
    if (fclose(file) != 0 || bad)
        return sy_fail(MIEN_EOUTPUT, "%s: %s", g->output, strerror(errno));
    fprintf(stderr, "%d heads, %d modes: %.2f %% of the variance\n", h->num, g->modes,
            100 * kept / total);
    return 0;
}

static void measure(const struct sy_given *g, const struct sy_assets *a, struct sy_person *p,
                    struct sy_figure *f, struct heads *h)
{
    for (int n = 0; n < h->num; n++) {
        struct sy_rng r = sy_rng_at(g->seed, (uint64_t)n);
        struct sy_state s;
        sy_person_draw(p, a, &r);
        sy_scene_state(&s, &r);
        memset(s.head, 0, sizeof(s.head));
        memset(s.place, 0, sizeof(s.place));
        sy_figure_pose(f, p, &s);
        for (int i = 0; i < 68; i++)
            sy_figure_mark(f, a->marks.at68[i], h->x[n][i]);
        centre(h->x[n]);
    }
}

int sy_cmd_pdm(const struct sy_given *g)
{
    struct sy_assets a;
    struct sy_person p = {0};
    struct sy_figure f = {0};
    struct heads *h = calloc(1, sizeof(*h));
    double(*A)[ROWS] = malloc(ROWS * sizeof(*A)), (*V)[ROWS] = malloc(ROWS * sizeof(*V));
    int err = sy_open_assets(&a, g);
    if (err < 0) {
        free(h);
        free(A);
        free(V);
        return err;
    }
    if (h) {
        h->num = g->count ? g->count : 2000;
        h->x = malloc((size_t)h->num * sizeof(*h->x));
    }
    if (!h || !h->x || !A || !V || sy_person_open(&p, &a) < 0 || sy_figure_open(&f, &a) < 0)
        err = sy_fail(MIEN_ENOMEM, "out of memory");
    if (err == 0 && h->num <= g->modes)
        err = sy_fail(MIEN_EINVAL, "--count must be above --modes: %d heads have fewer", h->num);
    if (err == 0) {
        measure(g, &a, &p, &f, h);
        superimpose(h);
        covariance(h, A);
        jacobi(A, V);
        err = write_model(g, h, A, V);
    }
    if (h)
        free(h->x);
    free(h);
    free(A);
    free(V);
    sy_figure_close(&f);
    sy_person_close(&p);
    sy_assets_close(&a);
    return err;
}

/* mien-synth pdm: mean and modes of the 68 marks over people and expressions, in the text format of
 * OpenFace's point distribution models.
 *
 * The modes that vary most are people's; lids and brows would be lost among them. So the mean
 * movement of each action unit is kept exactly, and only what is left is ranked by its variance.
 *
 * Heads are superimposed first (rotation and translation, not size: a PDM is in millimetres), over
 * and over against their mean. The modes are the eigenvectors of the covariance, by Jacobi's
 * method: 204 rows are few, and nothing else is needed. Marks of the outline lie where they lie on
 * the skin, not where a turned face ends. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "vec.h"

#define ROWS (3 * 68)
#define ROUNDS 4
#define SWEEPS 30

#define UNITS MIEN_AU_INTENSITIES

struct heads {
    int num;
    float (*x)[68][3];    /* head axes: x right, y down, z away from the camera; mm */
    float (*rest)[68][3]; /* the same heads without expression, */
    float (*unit)[68][3]; /* and with unit n % UNITS alone, at 5 */
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
                            M[0][2] * (M[1][0] * M[2][1] - M[1][1] * M[2][0])) /
                           det);
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
    for (int n = 0; n < h->num; n++) {
        turn_onto(h->rest[n], h->mean);
        turn_onto(h->unit[n], h->mean);
    }
}

/* Eigenvalues and vectors (columns of V) of the symmetric n x n A, which is used up. */
static void jacobi(double (*A)[ROWS], double (*V)[ROWS], int n)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            V[i][j] = i == j;
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        double off = 0, on = 0;
        for (int p = 0; p < n; p++)
            for (int q = 0; q < n; q++)
                *(p == q ? &on : &off) += A[p][q] * A[p][q];
        if (off <= 1e-20 * on)
            return;
        for (int p = 0; p < n; p++)
            for (int q = p + 1; q < n; q++) {
                if (A[p][q] == 0)
                    continue;
                double theta = (A[q][q] - A[p][p]) / (2 * A[p][q]);
                double t = (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(theta * theta + 1));
                double c = 1 / sqrt(t * t + 1), s = t * c;
                for (int k = 0; k < n; k++) {
                    double a = A[k][p], b = A[k][q];
                    A[k][p] = c * a - s * b;
                    A[k][q] = s * a + c * b;
                }
                for (int k = 0; k < n; k++) {
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

/* Numbers of the diagonal's places, largest first. */
static void rank(double (*A)[ROWS], int n, int *order)
{
    for (int i = 0; i < n; i++) {
        int at = i;
        for (; at > 0 && A[order[at - 1]][order[at - 1]] < A[i][i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

/* What each unit does on average, made orthonormal, into the columns of B. */
static void unit_directions(const struct heads *h, double (*B)[ROWS])
{
    for (int u = 0; u < UNITS; u++) {
        double sum[ROWS] = {0}, length = 0;
        for (int n = u; n < h->num; n += UNITS)
            for (int i = 0; i < ROWS; i++)
                sum[i] += h->unit[n][i % 68][i / 68] - h->rest[n][i % 68][i / 68];
        for (int k = 0; k < u; k++) {
            double dot = 0;
            for (int i = 0; i < ROWS; i++)
                dot += sum[i] * B[i][k];
            for (int i = 0; i < ROWS; i++)
                sum[i] -= dot * B[i][k];
        }
        for (int i = 0; i < ROWS; i++)
            length += sum[i] * sum[i];
        for (int i = 0; i < ROWS; i++)
            B[i][u] = sum[i] / sqrt(length > 1e-12 ? length : 1);
    }
}

/* out = B' A B, of the first n columns of B. */
static void within(double (*A)[ROWS], double (*B)[ROWS], int n, double (*out)[ROWS])
{
    for (int k = 0; k < n; k++) {
        double t[ROWS];
        for (int i = 0; i < ROWS; i++) {
            t[i] = 0;
            for (int j = 0; j < ROWS; j++)
                t[i] += A[i][j] * B[j][k];
        }
        for (int l = 0; l < n; l++) {
            out[l][k] = 0;
            for (int i = 0; i < ROWS; i++)
                out[l][k] += B[i][l] * t[i];
        }
    }
}

struct work {
    double A[ROWS][ROWS], B[ROWS][ROWS], V[ROWS][ROWS], rest[ROWS][ROWS], modes[ROWS][ROWS],
        variance[ROWS], total;
};

/* The units' directions and the greatest of what is left, turned so that they do not correlate. */
static void make_modes(struct work *w, const struct heads *h, int modes)
{
    int units = modes >= 2 * UNITS ? UNITS : 0, order[ROWS];
    covariance(h, w->A);
    for (int i = 0; i < ROWS; i++)
        w->total += w->A[i][i];
    if (units)
        unit_directions(h, w->B);
    for (int i = 0; i < ROWS; i++) /* (1 - BB') A (1 - BB'), one side after the other */
        for (int j = 0; j < ROWS; j++) {
            w->rest[i][j] = w->A[i][j];
            for (int k = 0; k < units; k++)
                for (int l = 0; l < ROWS; l++)
                    w->rest[i][j] -= w->B[i][k] * w->B[l][k] * w->A[l][j];
        }
    for (int i = 0; i < ROWS; i++) {
        double row[ROWS];
        memcpy(row, w->rest[i], sizeof(row));
        for (int k = 0; k < units; k++) {
            double dot = 0;
            for (int l = 0; l < ROWS; l++)
                dot += row[l] * w->B[l][k];
            for (int j = 0; j < ROWS; j++)
                w->rest[i][j] -= dot * w->B[j][k];
        }
    }
    jacobi(w->rest, w->V, ROWS);
    rank(w->rest, ROWS, order);
    for (int k = units; k < modes; k++)
        for (int i = 0; i < ROWS; i++)
            w->B[i][k] = w->V[i][order[k - units]];
    within(w->A, w->B, modes, w->rest);
    jacobi(w->rest, w->V, modes);
    rank(w->rest, modes, order);
    for (int m = 0; m < modes; m++) {
        w->variance[m] = w->rest[order[m]][order[m]];
        for (int i = 0; i < ROWS; i++) {
            w->modes[i][m] = 0;
            for (int k = 0; k < modes; k++)
                w->modes[i][m] += w->B[i][k] * w->V[k][order[m]];
        }
    }
}

static int write_model(const struct sy_given *g, const struct heads *h, const struct work *w)
{
    FILE *file = fopen(g->output, "wb");
    if (!file)
        return sy_fail(MIEN_EOUTPUT, "%s cannot be written: %s", g->output, strerror(errno));
    fprintf(file, "# mean, mm: x, y, z of 68 points; mien-synth pdm, %d heads\n%d\n1\n6\n", h->num,
            ROWS);
    for (int i = 0; i < ROWS; i++)
        fprintf(file, "%.6f \n", (double)h->mean[i % 68][i / 68]);
    fprintf(file, "\n# modes, one a column\n%d\n%d\n6\n", ROWS, g->modes);
    double kept = 0;
    for (int i = 0; i < ROWS; i++) {
        for (int m = 0; m < g->modes; m++)
            fprintf(file, "%.6f ", w->modes[i][m]);
        fputc('\n', file);
    }
    fprintf(file, "\n# variances\n1\n%d\n6\n", g->modes);
    for (int m = 0; m < g->modes; m++) {
        double v = w->variance[m];
        fprintf(file, "%.6f ", v > 1e-3 ? v : 1e-3);
        kept += v;
    }
    fputc('\n', file);
    int bad = ferror(file);
    if (fclose(file) != 0 || bad)
        return sy_fail(MIEN_EOUTPUT, "%s: %s", g->output, strerror(errno));
    fprintf(stderr, "%d heads, %d modes: %.2f %% of the variance\n", h->num, g->modes,
            100 * kept / w->total);
    return 0;
}

static void pose(const struct sy_assets *a, const struct sy_person *p, struct sy_figure *f,
                 const struct sy_state *s, float x[68][3])
{
    sy_figure_pose(f, p, s);
    for (int i = 0; i < 68; i++)
        sy_figure_mark(f, a->marks.at68[i], x[i]);
    centre(x);
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
        pose(a, p, f, &s, h->x[n]);
        memset(s.au, 0, sizeof(s.au));
        pose(a, p, f, &s, h->rest[n]);
        s.au[n % UNITS] = 5;
        pose(a, p, f, &s, h->unit[n]);
    }
}

int sy_cmd_pdm(const struct sy_given *g)
{
    struct sy_assets a;
    struct sy_person p = {0};
    struct sy_figure f = {0};
    struct heads h = {.num = g->count ? g->count : 2000};
    int err = sy_open_assets(&a, g);
    if (err < 0)
        return err;
    size_t size = (size_t)h.num * sizeof(*h.x);
    struct work *w = calloc(1, sizeof(*w));
    h.x = malloc(size);
    h.rest = malloc(size);
    h.unit = malloc(size);
    if (!w || !h.x || !h.rest || !h.unit || sy_person_open(&p, &a) < 0 ||
        sy_figure_open(&f, &a) < 0)
        err = sy_fail(MIEN_ENOMEM, "out of memory");
    if (err == 0 && h.num <= g->modes)
        err = sy_fail(MIEN_EINVAL, "--count must be above --modes: %d heads have fewer", h.num);
    if (err == 0) {
        measure(g, &a, &p, &f, &h);
        superimpose(&h);
        make_modes(w, &h, g->modes);
        err = write_model(g, &h, w);
    }
    free(h.x);
    free(h.rest);
    free(h.unit);
    free(w);
    sy_figure_close(&f);
    sy_person_close(&p);
    sy_assets_close(&a);
    return err;
}

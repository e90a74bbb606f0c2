#include "face/pdm.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "face/dat.h"

#define MAX_FILE (16u << 20)
#define MAX_ROWS (3 * MN_PDM_MAX_POINTS)
#define MAX_UNKNOWNS (MN_PDM_MAX_MODES + 8)
#define MAX_ITERATIONS 1000
#define STEP 0.75

/* --------------------------------------------------------------------------- the model ---- */

/* at_counts: receives the bytes of the two counts; may be NULL. */
static void read_header(struct mn_dat *d, int *rows, int *cols, size_t at_counts[2])
{
    mn_dat_skip_comments(d);
    size_t at = d->at;
    *rows = mn_dat_int(d, 1, MAX_ROWS);
    if (at_counts) {
        at_counts[0] = at;
        at_counts[1] = d->at + 1; /* after a blank */
    }
    *cols = mn_dat_int(d, 1, MAX_ROWS);
    at = d->at;
    int type = mn_dat_int(d, 0, 6);
    if (type != 5 && type != 6)
        mn_dat_refuse(d, at, "expected a matrix of floating point numbers");
}

/* Rounded to float32, because the original keeps its models in single precision. */
static double number(struct mn_dat *d)
{
    double v = (double)(float)mn_dat_number(d);
    if (!isfinite(v) || fabs(v) > 1e6) {
        mn_dat_refuse(d, d->at, "a number is out of range");
        return 0;
    }
    return v;
}

static int allocate(struct mn_pdm *p, int rows, int modes)
{
    p->rows = rows;
    p->points = rows / 3;
    p->modes = modes;
    p->columns = (modes + 3) / 4 * 4;
    p->pitch = (rows + 3) / 4 * 4;
    p->basis = mn_alloc((size_t)rows * (size_t)p->columns, sizeof(double));
    p->turned = mn_alloc((size_t)modes * (size_t)p->pitch, sizeof(double));
    p->variance = mn_alloc((size_t)modes, sizeof(double));
    p->gram = mn_alloc(6 * (size_t)modes * (size_t)p->columns, sizeof(double));
    return p->basis && p->turned && p->variance && p->gram ? 0 : MIEN_ENOMEM;
}

/* Adds the contribution of point i's x, y and z rows, times sign, to gram. */
static void add_to_gram(const struct mn_pdm *p, double *gram, int i, double sign)
{
    static const int pair[6][2] = {{0, 0}, {1, 1}, {2, 2}, {0, 1}, {0, 2}, {1, 2}};
    for (int q = 0; q < 6; q++) {
        const double *a = p->basis + (pair[q][0] * p->points + i) * p->columns;
        const double *b = p->basis + (pair[q][1] * p->points + i) * p->columns;
        for (int k = 0; k < p->modes; k++) {
            double *row = gram + (q * p->modes + k) * p->columns;
            for (int l = 0; l < p->columns; l++)
                row[l] += sign * (q < 3 ? a[k] * b[l] : a[k] * b[l] + b[k] * a[l]);
        }
    }
}

static int read_model(struct mn_pdm *p, struct mn_dat *d)
{
    int rows, cols;
    size_t at[2];
    read_header(d, &rows, &cols, at);
    p->points_at = at[0];
    if (!d->error && (rows % 3 || rows < 12 || cols != 1))
        mn_dat_refuse(d, d->at, "expected the mean shape as one column of x, y, z");
    if (d->error)
        return d->error;
    p->mean = mn_alloc((size_t)rows + 3, sizeof(double));
    if (!p->mean)
        return MIEN_ENOMEM;
    for (int i = 0; i < rows; i++)
        p->mean[i] = number(d);

    int basis_rows, modes;
    read_header(d, &basis_rows, &modes, at);
    p->modes_at = at[1];
    if (!d->error && (basis_rows != rows || modes > MN_PDM_MAX_MODES))
        mn_dat_refuse(d, d->at, "the size of the components differs from the mean shape");
    if (d->error)
        return d->error;
    if (allocate(p, rows, modes) < 0)
        return MIEN_ENOMEM;
    for (int i = 0; i < rows; i++)
        for (int k = 0; k < modes; k++)
            p->basis[i * p->columns + k] = p->turned[k * p->pitch + i] = number(d);

    int one, count;
    read_header(d, &one, &count, NULL);
    if (!d->error && (one != 1 || count != modes))
        mn_dat_refuse(d, d->at, "expected one variance for each component");
    for (int k = 0; k < modes && !d->error; k++) {
        p->variance[k] = number(d);
        if (!(p->variance[k] > 1e-6))
            mn_dat_refuse(d, d->at, "a variance is not positive");
    }
    mn_dat_expect_end(d);
    for (int i = 0; i < p->points; i++)
        add_to_gram(p, p->gram, i, 1);
    return d->error;
}

int mn_pdm_load(struct mn_pdm **out, const char *path, struct mn_log *log)
{
    struct mn_dat d;
    *out = NULL;
    int err = mn_dat_open(&d, path, MAX_FILE, log);
    if (err < 0)
        return err;
    struct mn_pdm *p = mn_alloc(1, sizeof(*p));
    err = p ? read_model(p, &d) : MIEN_ENOMEM;
    mn_dat_close(&d);
    if (err < 0)
        mn_pdm_close(&p);
    *out = p;
    return err;
}

void mn_pdm_close(struct mn_pdm **pdm)
{
    struct mn_pdm *p = *pdm;
    if (!p)
        return;
    free(p->mean);
    free(p->basis);
    free(p->turned);
    free(p->variance);
    free(p->gram);
    free(p);
    *pdm = NULL;
}

/* ---------------------------------------------------------------------------- geometry ---- */

void mn_pdm_rotation_from_euler(const double e[3], double R[9])
{
    double s1 = sin(e[0]), c1 = cos(e[0]), s2 = sin(e[1]), c2 = cos(e[1]), s3 = sin(e[2]),
           c3 = cos(e[2]);
    R[0] = c2 * c3;
    R[1] = -c2 * s3;
    R[2] = s2;
    R[3] = c1 * s3 + c3 * s1 * s2;
    R[4] = c1 * c3 - s1 * s2 * s3;
    R[5] = -c2 * s1;
    R[6] = s1 * s3 - c1 * c3 * s2;
    R[7] = c3 * s1 + c1 * s2 * s3;
    R[8] = c1 * c2;
}

void mn_pdm_euler_from_rotation(const double R[9], double e[3])
{
    double q0 = sqrt(1 + R[0] + R[4] + R[8]) / 2;
    double q1 = (R[7] - R[5]) / (4 * q0), q2 = (R[2] - R[6]) / (4 * q0);
    double q3 = (R[3] - R[1]) / (4 * q0);
    double t = 2 * (q0 * q2 + q1 * q3);
    e[1] = asin(t < -1 ? -1 : t > 1 ? 1 : t);
    e[0] = atan2(2 * (q0 * q1 - q2 * q3), q0 * q0 - q1 * q1 - q2 * q2 + q3 * q3);
    e[2] = atan2(2 * (q0 * q3 - q1 * q2), q0 * q0 + q1 * q1 - q2 * q2 - q3 * q3);
}

void mn_pdm_displacement(const struct mn_pdm *p, const struct mn_face_kernels *kernels,
                         const float *local, double *out)
{
    double weights[MN_PDM_MAX_MODES];
    for (int k = 0; k < p->modes; k++)
        weights[k] = (double)local[k];
    double padded[MAX_ROWS + 4];
    kernels->expand(p->turned, p->modes, p->pitch, weights, padded);
    memcpy(out, padded, (size_t)p->rows * sizeof(*out));
}

void mn_pdm_shape(const struct mn_pdm *pdm, const struct mn_face_kernels *kernels,
                  const float *local, double *out)
{
    mn_pdm_displacement(pdm, kernels, local, out);
    for (int i = 0; i < pdm->rows; i++)
        out[i] += pdm->mean[i];
}

void mn_pdm_project(const struct mn_pdm *p, const struct mn_pdm_fit *fit, const double *shape,
                    double *pixels, double *depth)
{
    const double euler[3] = {(double)fit->rotation[0], (double)fit->rotation[1],
                             (double)fit->rotation[2]};
    const double s = (double)fit->scale, tx = (double)fit->tx, ty = (double)fit->ty;
    double R[9];
    mn_pdm_rotation_from_euler(euler, R);
    int n = p->points;
    for (int i = 0; i < n; i++) {
        double X = shape[i], Y = shape[i + n], Z = shape[i + 2 * n];
        pixels[i] = s * (R[0] * X + R[1] * Y + R[2] * Z) + tx;
        pixels[i + n] = s * (R[3] * X + R[4] * Y + R[5] * Z) + ty;
        if (depth)
            depth[i] = R[6] * X + R[7] * Y + R[8] * Z;
    }
}

void mn_pdm_landmarks(const struct mn_pdm *p, const struct mn_face_kernels *kernels,
                      const struct mn_pdm_fit *fit, float *landmarks)
{
    double shape[MAX_ROWS], pixels[2 * MN_PDM_MAX_POINTS];
    mn_pdm_shape(p, kernels, fit->local, shape);
    mn_pdm_project(p, fit, shape, pixels, NULL);
    for (int i = 0; i < 2 * p->points; i++)
        landmarks[i] = (float)pixels[i];
}

/* ----------------------------------------------------------------------------- the fit ---- */

/* The order of the unknowns: `columns` local ones, then scale, three small rotations, tx, ty, and
 * two that pad to a multiple of four. Padding has a diagonal of 1 and stays 0. */
struct mn_pdm_fitter {
    const struct mn_pdm *pdm;
    const struct mn_face_kernels *kernels;
    int unknowns; /* columns + 8 */
    bool visible[MN_PDM_MAX_POINTS];
    int num_visible;
    const double *gram; /* the model's, or own_gram when points are missing */

    double scale, tx, ty, euler[3], R[9];
    double local[MN_PDM_MAX_MODES];

    double shape[MAX_ROWS + 4];
    double landmark[2 * MN_PDM_MAX_POINTS];
    double residual[2 * MN_PDM_MAX_POINTS];
    double
        weighted[8 * (MAX_ROWS + 4)]; /* for each row of the basis, 8 columns to multiply with it */
    double projected[8 * MN_PDM_MAX_MODES]; /* 8 x columns: their products with the basis */
    double global[8][8], gradient[8]; /* matrix block and gradient of the six global unknowns */
    double normal[MAX_UNKNOWNS * MAX_UNKNOWNS], step[MAX_UNKNOWNS];
    double own_gram[6 * MN_PDM_MAX_MODES * MN_PDM_MAX_MODES];
};

int mn_pdm_fitter_open(struct mn_pdm_fitter **out, const struct mn_pdm *pdm,
                       const struct mn_face_kernels *kernels)
{
    *out = mn_alloc(1, sizeof(**out));
    if (!*out)
        return MIEN_ENOMEM;
    (*out)->pdm = pdm;
    (*out)->kernels = kernels;
    (*out)->unknowns = pdm->columns + 8;
    return 0;
}

void mn_pdm_fitter_close(struct mn_pdm_fitter **f)
{
    free(*f);
    *f = NULL;
}

static void make_shape(struct mn_pdm_fitter *f)
{
    const struct mn_pdm *p = f->pdm;
    f->kernels->expand(p->turned, p->modes, p->pitch, f->local, f->shape);
    for (int i = 0; i < p->rows; i++)
        f->shape[i] += p->mean[i];
}

/* Computes the residuals of the current shape and pose; returns the root of their sum of squares.
 */
static double measure(struct mn_pdm_fitter *f)
{
    const double *S = f->shape, *R = f->R, s = f->scale;
    int n = f->pdm->points;
    double sum = 0;
    for (int i = 0; i < n; i++) {
        double X = S[i], Y = S[i + n], Z = S[i + 2 * n];
        double ex = f->landmark[i] - (s * (R[0] * X + R[1] * Y + R[2] * Z) + f->tx);
        double ey = f->landmark[i + n] - (s * (R[3] * X + R[4] * Y + R[5] * Z) + f->ty);
        f->residual[i] = f->visible[i] ? ex : 0;
        f->residual[i + n] = f->visible[i] ? ey : 0;
        sum += f->residual[i] * f->residual[i] + f->residual[i + n] * f->residual[i + n];
    }
    return sqrt(sum);
}

/* The local part of the Jacobian is s * (rows of R) * basis, so it is never computed. Instead,
 * residuals and global columns are rotated back into model space (`weighted`) and multiplied with
 * the basis once (`projected`). Global columns 1 to 3 are derivatives by a small rotation applied
 * before R. */
static void make_products(struct mn_pdm_fitter *f)
{
    const double *S = f->shape, *R = f->R, s = f->scale;
    int n = f->pdm->points;
    memset(f->global, 0, sizeof(f->global));
    memset(f->gradient, 0, sizeof(f->gradient));
    for (int i = 0; i < n; i++) {
        double *side[3] = {f->weighted + 8 * i, f->weighted + 8 * (i + n),
                           f->weighted + 8 * (i + 2 * n)};
        if (!f->visible[i]) {
            for (int a = 0; a < 3; a++)
                memset(side[a], 0, 8 * sizeof(double));
            continue;
        }
        double X = S[i], Y = S[i + n], Z = S[i + 2 * n];
        double x[7], y[7]; /* six columns of the Jacobian, then the residual */
        x[0] = R[0] * X + R[1] * Y + R[2] * Z;
        y[0] = R[3] * X + R[4] * Y + R[5] * Z;
        x[1] = s * (Y * R[2] - Z * R[1]);
        y[1] = s * (Y * R[5] - Z * R[4]);
        x[2] = -s * (X * R[2] - Z * R[0]);
        y[2] = -s * (X * R[5] - Z * R[3]);
        x[3] = s * (X * R[1] - Y * R[0]);
        y[3] = s * (X * R[4] - Y * R[3]);
        x[4] = y[5] = 1;
        x[5] = y[4] = 0;
        x[6] = f->residual[i];
        y[6] = f->residual[i + n];
        for (int a = 0; a < 3; a++) {
            for (int c = 0; c < 7; c++)
                side[a][c] = s * (x[c] * R[a] + y[c] * R[3 + a]);
            side[a][7] = 0;
        }
        for (int a = 0; a < 6; a++) {
            for (int b = 0; b < 6; b++)
                f->global[a][b] += x[a] * x[b] + y[a] * y[b];
            f->gradient[a] += x[a] * x[6] + y[a] * y[6];
        }
    }
}

/* The upper triangle of J'J + regularisation, and J'e - regularisation. */
static void make_normal(struct mn_pdm_fitter *f, double extra)
{
    const struct mn_pdm *p = f->pdm;
    const double *R = f->R, s2 = f->scale * f->scale;
    int columns = p->columns, n = f->unknowns;
    double g[6] = {R[0] * R[0] + R[3] * R[3], R[1] * R[1] + R[4] * R[4], R[2] * R[2] + R[5] * R[5],
                   R[0] * R[1] + R[3] * R[4], R[0] * R[2] + R[3] * R[5], R[1] * R[2] + R[4] * R[5]};
    for (int q = 0; q < 6; q++)
        g[q] *= s2;
    f->kernels->multiply_basis(p->basis, p->rows, columns, f->weighted, f->projected);
    f->kernels->combine(f->gram, p->modes, columns, g, f->normal, n);
    for (int k = 0; k < n; k++) {
        double *row = f->normal + k * n;
        if (k < columns) {
            for (int c = 0; c < 8; c++)
                row[columns + c] = c < 6 ? f->projected[c * columns + k] : 0;
            f->step[k] = f->projected[6 * columns + k];
        } else {
            memset(row, 0, (size_t)columns * sizeof(*row));
            for (int c = 0; c < 8; c++)
                row[columns + c] = f->global[k - columns][c];
            f->step[k] = f->gradient[k - columns];
        }
        if (k >= p->modes && k < columns)
            memset(row, 0, (size_t)n * sizeof(*row));
        if (k < p->modes) {
            row[k] += 1 / p->variance[k];
            f->step[k] -= f->local[k] / p->variance[k];
        } else if (k < columns || k >= columns + 6) {
            row[k] = 1;
        }
        row[k] += extra;
    }
}

static bool solve(struct mn_pdm_fitter *f)
{
    make_normal(f, 0);
    if (f->kernels->solve(f->normal, f->unknowns, f->step))
        return true;
    make_normal(f, 0);
    double mean = 0;
    for (int k = 0; k < f->unknowns; k++)
        mean += f->normal[k * (f->unknowns + 1)] / f->unknowns;
    make_normal(f, 1e-6 * mean);
    return f->kernels->solve(f->normal, f->unknowns, f->step);
}

/* Multiplies R with the rotation nearest to I + [w]x, which is about the axis w by the angle atan
 * |w|. */
static void rotate(struct mn_pdm_fitter *f, const double w[3])
{
    double length = sqrt(w[0] * w[0] + w[1] * w[1] + w[2] * w[2]);
    double Q[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    if (length > 0) {
        double c = 1 / sqrt(1 + length * length), sine = length * c;
        double x = w[0] / length, y = w[1] / length, z = w[2] / length, t = 1 - c;
        const double turned[9] = {
            c + t * x * x,        t * x * y - sine * z, t * x * z + sine * y,
            t * x * y + sine * z, c + t * y * y,        t * y * z - sine * x,
            t * x * z - sine * y, t * y * z + sine * x, c + t * z * z,
        };
        memcpy(Q, turned, sizeof(Q));
    }
    double P[9];
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 3; c++)
            P[3 * r + c] =
                f->R[3 * r] * Q[c] + f->R[3 * r + 1] * Q[3 + c] + f->R[3 * r + 2] * Q[6 + c];
    mn_pdm_euler_from_rotation(P, f->euler);
    if (isnan(f->euler[0]) || isnan(f->euler[1]) || isnan(f->euler[2]))
        f->euler[0] = f->euler[1] = f->euler[2] = 0;
    mn_pdm_rotation_from_euler(f->euler, f->R);
}

static void update(struct mn_pdm_fitter *f)
{
    const double *d = f->step + f->pdm->columns;
    for (int k = 0; k < f->pdm->modes; k++)
        f->local[k] += STEP * f->step[k];
    f->scale += STEP * d[0];
    f->tx += STEP * d[4];
    f->ty += STEP * d[5];
    const double w[3] = {STEP * d[1], STEP * d[2], STEP * d[3]};
    rotate(f, w);
}

struct range {
    double low, high;
};

static struct range range_of(const struct mn_pdm_fitter *f, const double *v)
{
    struct range r = {INFINITY, -INFINITY};
    for (int i = 0; i < f->pdm->points; i++) {
        if (!f->visible[i])
            continue;
        r.low = v[i] < r.low ? v[i] : r.low;
        r.high = v[i] > r.high ? v[i] : r.high;
    }
    return r;
}

static bool accept(struct mn_pdm_fitter *f, const float *landmarks)
{
    int n = f->pdm->points;
    f->num_visible = 0;
    for (int i = 0; i < 2 * n; i++) {
        if (!isfinite(landmarks[i]) || fabsf(landmarks[i]) > 1e6f)
            return false;
        f->landmark[i] = (double)landmarks[i];
    }
    for (int i = 0; i < n; i++)
        f->num_visible += f->visible[i] = f->landmark[i] != 0;
    if (f->num_visible < 4)
        return false;
    f->gram = f->pdm->gram;
    if (f->num_visible < n) {
        size_t size = 6 * (size_t)f->pdm->modes * (size_t)f->pdm->columns;
        memcpy(f->own_gram, f->pdm->gram, size * sizeof(double));
        for (int i = 0; i < n; i++)
            if (!f->visible[i])
                add_to_gram(f->pdm, f->own_gram, i, -1);
        f->gram = f->own_gram;
    }
    return true;
}

/* The start: scale from the bounding boxes of landmarks and mean shape, translation to the centre
 * of the landmarks. */
static bool begin(struct mn_pdm_fitter *f, const float start[3])
{
    int n = f->pdm->points;
    struct range x = range_of(f, f->landmark), y = range_of(f, f->landmark + n);
    struct range mx = range_of(f, f->pdm->mean), my = range_of(f, f->pdm->mean + n);
    f->scale = ((x.high - x.low) / (mx.high - mx.low) + (y.high - y.low) / (my.high - my.low)) / 2;
    f->tx = (x.low + x.high) / 2;
    f->ty = (y.low + y.high) / 2;
    for (int a = 0; a < 3; a++)
        f->euler[a] = start ? (double)start[a] : 0;
    mn_pdm_rotation_from_euler(f->euler, f->R);
    memset(f->local, 0, sizeof(f->local));
    return isfinite(f->scale) && f->scale > 1e-4;
}

static int finish(struct mn_pdm_fitter *f, int iterations, struct mn_pdm_fit *out)
{
    make_shape(f);
    *out = (struct mn_pdm_fit){.scale = (float)f->scale, .tx = (float)f->tx, .ty = (float)f->ty};
    out->rms = (float)(measure(f) / sqrt(f->num_visible));
    out->iterations = iterations;
    bool good =
        isfinite(out->scale) && isfinite(out->tx) && isfinite(out->ty) && isfinite(out->rms);
    for (int a = 0; a < 3; a++)
        out->rotation[a] = (float)f->euler[a];
    for (int k = 0; k < f->pdm->modes; k++) {
        out->local[k] = (float)f->local[k];
        good = good && isfinite(out->local[k]);
    }
    return good ? 0 : MIEN_EINVAL;
}

int mn_pdm_fitter_run(struct mn_pdm_fitter *f, const float *landmarks, const float start[3],
                      struct mn_pdm_fit *out)
{
    memset(out, 0, sizeof(*out));
    if (!accept(f, landmarks) || !begin(f, start))
        return MIEN_EINVAL;
    make_shape(f);
    double before = measure(f);
    int i = 0;
    for (int bad = 0; bad < 3 && i < MAX_ITERATIONS; i++) {
        make_products(f);
        if (!solve(f))
            return MIEN_EINVAL;
        update(f);
        /* The new pose with the old shape: the original measures this combination, and its stopping
         * depends on it. A good step does not reset the count of bad ones. */
        double error = measure(f);
        bad += 0.999 * before < error;
        before = error;
        if (!isfinite(error))
            return MIEN_EINVAL;
        make_shape(f);
        measure(f);
    }
    return finish(f, i, out);
}

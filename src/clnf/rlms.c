#include "clnf/rlms.h"

#include <math.h>
#include <string.h>

void mn_rlms_params_from_fit(struct mn_rlms_params *s, const struct mn_pdm *pdm,
                             const struct mn_pdm_fit *fit)
{
    *s = (struct mn_rlms_params){
        .scale = (double)fit->scale, .tx = (double)fit->tx, .ty = (double)fit->ty};
    for (int a = 0; a < 3; a++)
        s->euler[a] = (double)fit->rotation[a];
    for (int k = 0; k < pdm->modes; k++)
        s->local[k] = (double)fit->local[k];
    mn_pdm_rotation_from_euler(s->euler, s->R);
}

void mn_rlms_params_to_fit(const struct mn_rlms_params *s, const struct mn_pdm *pdm,
                           struct mn_pdm_fit *fit)
{
    *fit = (struct mn_pdm_fit){.scale = (float)s->scale, .tx = (float)s->tx, .ty = (float)s->ty};
    for (int a = 0; a < 3; a++)
        fit->rotation[a] = (float)s->euler[a];
    for (int k = 0; k < pdm->modes; k++)
        fit->local[k] = (float)s->local[k];
}

static void make_shape(struct mn_rlms *r, const struct mn_pdm *p, const double *local)
{
    r->face_kernels->expand(p->turned, p->modes, p->pitch, local, r->shape);
    for (int i = 0; i < p->rows; i++)
        r->shape[i] += p->mean[i];
}

static void project(const struct mn_rlms *r, int n, const double R[9], double scale, double tx,
                    double ty, float *out)
{
    const double *S = r->shape;
    for (int i = 0; i < n; i++) {
        double X = S[i], Y = S[i + n], Z = S[i + 2 * n];
        out[i] = (float)(scale * (R[0] * X + R[1] * Y + R[2] * Z) + tx);
        out[i + n] = (float)(scale * (R[3] * X + R[4] * Y + R[5] * Z) + ty);
    }
}

void mn_rlms_project(struct mn_rlms *r, const struct mn_pdm *pdm, const struct mn_rlms_params *s,
                     float *landmarks)
{
    make_shape(r, pdm, s->local);
    project(r, pdm->points, s->R, s->scale, s->tx, s->ty, landmarks);
}

/* ----------------------------------------------------------------------- response maps ---- */

static int view_of(const struct mn_clnf_scale *scale, const double euler[3])
{
    int best = 0;
    double least = INFINITY;
    for (int v = 0; v < scale->views; v++) {
        double d = 0;
        for (int a = 0; a < 3; a++) {
            double e = euler[a] - (double)scale->centre[v][a];
            d += e * e;
        }
        if (d < least) {
            least = d;
            best = v;
        }
    }
    return best;
}

/* The similarity transform (2 x 2) that rotates points `from` to `to`, scaled by the ratio of their
 * root mean square sizes. */
static void similarity(const float *from, const float *to, int n, float A[4])
{
    double mean[4] = {0}, size_from = 0, size_to = 0, a = 0, b = 0;
    for (int i = 0; i < n; i++) {
        mean[0] += (double)from[i] / n;
        mean[1] += (double)from[i + n] / n;
        mean[2] += (double)to[i] / n;
        mean[3] += (double)to[i + n] / n;
    }
    for (int i = 0; i < n; i++) {
        double u = (double)from[i] - mean[0], v = (double)from[i + n] - mean[1];
        double w = (double)to[i] - mean[2], z = (double)to[i + n] - mean[3];
        size_from += u * u + v * v;
        size_to += w * w + z * z;
        a += u * w + v * z;
        b += u * z - v * w;
    }
    double length = sqrt(a * a + b * b), k = sqrt(size_to / size_from);
    bool good = length > 0 && isfinite(k);
    double c = good ? k * a / length : 1, s = good ? k * b / length : 0;
    A[0] = A[3] = (float)c;
    A[1] = (float)-s;
    A[2] = (float)s;
}

/* Samples what surrounds point k of n. */
static void sample(const struct mn_rlms *r, int n, int k, struct mn_grey *grey,
                   int32_t (*samples)[MN_CLNF_AREA_PITCH])
{
    const int side = r->table.window + MN_CLNF_SUPPORT - 1;
    const float a = r->to_picture[0], b = r->to_picture[2], half = (float)(side - 1) / 2;
    const float x = r->base[k], y = r->base[k + n];
    const float grid[6] = {a, -b, x - a * half + b * half, b, a, y - a * half - b * half};
    mn_grey_sample(grey, grid, side, samples);
}

/* The response map of point k; of networks also that of its partner. */
static void respond(struct mn_rlms *r, const struct mn_clnf_scale *scale, int n, int k,
                    struct mn_grey *grey, int member)
{
    struct mn_cen_patch patch[2];
    const int window = r->table.window;
    if (!scale->cen) {
        sample(r, n, k, grey, patch[0].samples);
        r->kernels->respond(&scale->expert[r->view * n + k], window, patch[0].samples, r->map[k]);
        return;
    }
    if (mn_cen_is_partner(scale->cen, r->view, k))
        return;
    const int partner = mn_cen_partner(scale->cen, r->view, k);
    for (int i = 0; i < (partner < 0 ? 1 : 2); i++) {
        sample(r, n, i ? partner : k, grey, patch[i].samples);
        patch[i].map = r->map[i ? partner : k];
    }
    mn_cen_response(scale->cen, r->view, k, window, false, patch, partner < 0 ? 1 : 2,
                    r->networks[member]);
}

/* What the maps of one scale are made from. Each task writes its own map (or two). */
struct maps {
    struct mn_rlms *rlms;
    const struct mn_clnf_scale *scale;
    int points;
    struct mn_grey *grey;
};

static void respond_at(void *ctx, int k, int member)
{
    const struct maps *m = ctx;
    if (m->scale->expert[m->rlms->view * m->points + k].visible)
        respond(m->rlms, m->scale, m->points, k, m->grey, member);
}

void mn_rlms_respond(struct mn_rlms *r, const struct mn_clnf_model *m, int i, int window,
                     const struct mn_rlms_params *s, struct mn_grey *grey)
{
    static const double upright[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    const struct mn_clnf_scale *scale = &m->scale[i];
    const int n = m->pdm->points;
    float reference[2 * MN_PDM_MAX_POINTS];
    r->view = view_of(scale, s->euler);
    r->table = scale->table[scale->table[0].window == window ? 0 : 1];
    if (scale->smoothing)
        mn_smoothing_ensure(scale->smoothing, r->view);
    mn_rlms_project(r, m->pdm, s, r->base);
    project(r, n, upright, (double)scale->size, 0, 0, reference);
    similarity(r->base, reference, n, r->to_map);
    float norm = r->to_map[0] * r->to_map[0] + r->to_map[2] * r->to_map[2];
    const float a = r->to_map[0] / norm, b = -r->to_map[2] / norm;
    const float turn[4] = {a, -b, b, a};
    memcpy(r->to_picture, turn, sizeof(turn));
    struct maps maps = {r, scale, n, grey};
    mn_team_run(scale->cen ? r->team : NULL, respond_at, &maps, n); /* CCNF: 1 us per map */
}

/* -------------------------------------------------------------------------- mean shift ---- */

/* Sets the points' positions in their maps, and the mean shift from there. */
static void mean_shift(struct mn_rlms *r, const struct mn_clnf_scale *scale, int n,
                       const float *now)
{
    const struct mn_clnf_expert *e = scale->expert + r->view * n;
    const float *A = r->to_map, *B = r->to_picture, *kernel = r->table.kernel;
    const float top = (float)r->table.window - 0.1f, middle = (float)(r->table.window - 1) / 2;
    for (int i = 0; i < n; i++) {
        float ux = now[i] - r->base[i], uy = now[i + n] - r->base[i + n];
        float x = A[0] * ux + A[1] * uy + middle, y = A[2] * ux + A[3] * uy + middle;
        r->point[i] = x;
        r->point[i + n] = y;
        r->shift[i] = r->shift[i + n] = 0;
        if (!e[i].visible)
            continue;
        x = x > 0 ? x : 0; /* also true for NAN */
        x = x < top ? x : top;
        y = y > 0 ? y : 0;
        y = y < top ? y : top;
        float m[3];
        r->kernels->moments(r->map[i], r->table.window,
                            kernel + (int)(x / 0.1f + 0.5f) * MN_CLNF_MAP_PITCH,
                            kernel + (int)(y / 0.1f + 0.5f) * MN_CLNF_MAP_PITCH, m);
        if (!(m[0] > 1e-30f))
            continue;
        float dx = m[1] / m[0] - x, dy = m[2] / m[0] - y;
        r->shift[i] = (double)(B[0] * dx + B[1] * dy);
        r->shift[i + n] = (double)(B[2] * dx + B[3] * dy);
    }
}

double mn_rlms_likelihood(const struct mn_rlms *r, const struct mn_clnf_model *m, int i)
{
    const struct mn_clnf_scale *scale = &m->scale[i];
    const int n = m->pdm->points, w = r->table.window;
    const double factor = -0.5 / (scale->spread * scale->spread);
    double total = 0;
    int seen = 0;
    for (int k = 0; k < n; k++) {
        if (!scale->expert[r->view * n + k].visible)
            continue;
        double kx[MN_CLNF_MAX_SEARCH], sum = 0;
        for (int c = 0; c < w; c++) {
            double d = (double)r->point[k] - c;
            kx[c] = exp(factor * d * d);
        }
        for (int y = 0; y < w; y++) {
            double d = (double)r->point[k + n] - y, row = 0;
            for (int c = 0; c < w; c++)
                row += kx[c] * (double)r->map[k][y * MN_CLNF_MAP_PITCH + c];
            sum += exp(factor * d * d) * row;
        }
        total += log(sum + 1e-8);
        seen++;
    }
    return seen ? total / seen : -INFINITY;
}

/* --------------------------------------------------------------------- parameter steps ---- */

/* As in the fit to landmarks (face/pdm.c), the local part of the Jacobian is never computed.
 * Instead, global columns and residuals are rotated back into model space (`weighted`) and
 * multiplied with the basis once (`projected`). Unlike there, points have weights. */
static void make_normal_equations(struct mn_rlms *r, const struct mn_pdm *p,
                                  const struct mn_clnf_expert *e, const struct mn_rlms_params *at,
                                  bool rigid)
{
    const double *S = r->shape, *R = at->R, s = at->scale;
    const int n = p->points;
    memset(r->global, 0, sizeof(r->global));
    memset(r->gradient, 0, sizeof(r->gradient));
    for (int i = 0; i < n; i++) {
        double *side[3] = {r->weighted + 8 * i, r->weighted + 8 * (i + n),
                           r->weighted + 8 * (i + 2 * n)};
        if (!e[i].visible) {
            for (int a = 0; a < 3; a++)
                memset(side[a], 0, 8 * sizeof(double));
            continue;
        }
        const double X = S[i], Y = S[i + n], Z = S[i + 2 * n], weight = (double)e[i].weight;
        const double x[7] = {R[0] * X + R[1] * Y + R[2] * Z,
                             s * (Y * R[2] - Z * R[1]),
                             -s * (X * R[2] - Z * R[0]),
                             s * (X * R[1] - Y * R[0]),
                             1,
                             0,
                             r->shift[i]};
        const double y[7] = {R[3] * X + R[4] * Y + R[5] * Z,
                             s * (Y * R[5] - Z * R[4]),
                             -s * (X * R[5] - Z * R[3]),
                             s * (X * R[4] - Y * R[3]),
                             0,
                             1,
                             r->shift[i + n]};
        for (int a = 0; a < 6; a++) {
            for (int b = a; b < 6; b++)
                r->global[a][b] += weight * (x[a] * x[b] + y[a] * y[b]);
            r->gradient[a] += weight * (x[a] * x[6] + y[a] * y[6]);
        }
        for (int a = 0; a < 3 && !rigid; a++) {
            for (int c = 0; c < 7; c++)
                side[a][c] = weight * s * (x[c] * R[a] + y[c] * R[3 + a]);
            side[a][7] = 0;
        }
    }
    for (int a = 0; a < 6; a++)
        for (int b = 0; b < a; b++)
            r->global[a][b] = r->global[b][a];
}

/* Solves for scale, three small rotations, tx and ty: step[0..6). The solver needs a multiple of
 * four unknowns. */
static bool solve_rigid(struct mn_rlms *r)
{
    for (int a = 0; a < 8; a++) {
        memcpy(r->normal + 8 * a, r->global[a], 8 * sizeof(double));
        r->step[a] = r->gradient[a];
    }
    r->normal[6 * 9] = r->normal[7 * 9] = 1;
    return r->face_kernels->solve(r->normal, 8, r->step);
}

/* Solves for the local parameters, step[0..columns), and the six above, which follow them. */
static bool solve_nonrigid(struct mn_rlms *r, const struct mn_pdm *p, const double *gram,
                           double factor, const struct mn_rlms_params *at)
{
    const double *R = at->R, s2 = at->scale * at->scale;
    const int columns = p->columns, n = columns + 8;
    double g[6] = {R[0] * R[0] + R[3] * R[3], R[1] * R[1] + R[4] * R[4], R[2] * R[2] + R[5] * R[5],
                   R[0] * R[1] + R[3] * R[4], R[0] * R[2] + R[3] * R[5], R[1] * R[2] + R[4] * R[5]};
    for (int q = 0; q < 6; q++)
        g[q] *= s2;
    r->face_kernels->multiply_basis(p->basis, p->rows, columns, r->weighted, r->projected);
    r->face_kernels->combine(gram, p->modes, columns, g, r->normal, n);
    for (int k = 0; k < n; k++) {
        double *row = r->normal + k * n;
        if (k < columns) {
            for (int c = 0; c < 8; c++)
                row[columns + c] = c < 6 ? r->projected[c * columns + k] : 0;
            r->step[k] = r->projected[6 * columns + k];
        } else {
            memset(row, 0, (size_t)columns * sizeof(*row));
            memcpy(row + columns, r->global[k - columns], 8 * sizeof(*row));
            r->step[k] = r->gradient[k - columns];
        }
        if (k < p->modes) {
            row[k] += factor / p->variance[k];
            r->step[k] -= factor / p->variance[k] * at->local[k];
        } else if (k < columns || k >= columns + 6) {
            memset(row, 0, (size_t)n * sizeof(*row));
            row[k] = 1;
            r->step[k] = 0;
        }
    }
    return r->face_kernels->solve(r->normal, n, r->step);
}

/* Multiplies R with the rotation nearest to I + [w]x, which is about the axis w by the angle atan
 * |w|. */
static void rotate(struct mn_rlms_params *s, const double w[3])
{
    double length = sqrt(w[0] * w[0] + w[1] * w[1] + w[2] * w[2]);
    if (length > 0) {
        double c = 1 / sqrt(1 + length * length), sine = length * c;
        double x = w[0] / length, y = w[1] / length, z = w[2] / length, t = 1 - c, P[9];
        const double Q[9] = {
            c + t * x * x,        t * x * y - sine * z, t * x * z + sine * y,
            t * x * y + sine * z, c + t * y * y,        t * y * z - sine * x,
            t * x * z - sine * y, t * y * z + sine * x, c + t * z * z,
        };
        for (int i = 0; i < 3; i++)
            for (int k = 0; k < 3; k++)
                P[3 * i + k] =
                    s->R[3 * i] * Q[k] + s->R[3 * i + 1] * Q[3 + k] + s->R[3 * i + 2] * Q[6 + k];
        mn_pdm_euler_from_rotation(P, s->euler);
    }
    if (isnan(s->euler[0]) || isnan(s->euler[1]) || isnan(s->euler[2]))
        s->euler[0] = s->euler[1] = s->euler[2] = 0;
    mn_pdm_rotation_from_euler(s->euler, s->R);
}

static void step_params(struct mn_rlms_params *s, const struct mn_pdm *p, const double *local,
                        const double *global)
{
    s->scale += global[0];
    s->tx += global[4];
    s->ty += global[5];
    rotate(s, global + 1);
    for (int k = 0; k < p->modes; k++) {
        double limit = 3 * sqrt(p->variance[k]), v = s->local[k] + (local ? local[k] : 0);
        s->local[k] = v > limit ? limit : v < -limit ? -limit : v;
    }
}

void mn_rlms_iterate(struct mn_rlms *r, const struct mn_clnf_model *m, int i, bool rigid,
                     struct mn_rlms_params *s)
{
    const struct mn_pdm *p = m->pdm;
    const struct mn_clnf_scale *scale = &m->scale[i];
    const struct mn_clnf_expert *e = scale->expert + r->view * p->points;
    float now[2 * MN_PDM_MAX_POINTS], before[2 * MN_PDM_MAX_POINTS];
    for (int step = 0; step < m->rules->steps; step++) {
        mn_rlms_project(r, p, s, now);
        double moved = 0;
        for (int k = 0; step > 0 && k < 2 * p->points; k++) {
            double d = (double)(now[k] - before[k]);
            moved += d * d;
        }
        if (step > 0 && moved < r->converged * r->converged)
            break;
        memcpy(before, now, sizeof(now));
        mean_shift(r, scale, p->points, now);
        make_normal_equations(r, p, e, s, rigid);
        bool solved = rigid ? solve_rigid(r)
                            : solve_nonrigid(r, p, scale->gram[r->view], scale->regularisation, s);
        if (!solved)
            break;
        step_params(s, p, rigid ? NULL : r->step, rigid ? r->step : r->step + p->columns);
    }
}

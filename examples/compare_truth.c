/* Errors of the rows of mien against known true values: gaze, landmarks, action units.
 *
 * usage: compare_truth ROWS.csv TRUTH.csv
 *
 * Both have a header line and a column `frame`; rows without success are left out. TRUTH has
 * gaze_yaw and gaze_pitch in degrees, x_0 to x_67 and y_0 to y_67, and AUnn_r, any of which may be
 * missing. If a frame has several faces, the one with the smallest face_id counts. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POINTS 68
#define UNITS 46 /* numbers below this */
#define MAX_LINE 65536
#define DEGREE 0.017453292519943295

enum { FRAME, SUCCESS, YAW, PITCH, X, Y = X + POINTS, AU = Y + POINTS, NUM = AU + UNITS };

struct table {
    FILE *file;
    int field_of[4096], columns;
    bool has[NUM];
    double value[NUM]; /* of the last row read */
    char line[MAX_LINE];
};

/* Running sums for a correlation. */
struct pair_sums {
    double n, a, b, aa, bb, ab;
};

static int field_named(const char *name)
{
    static const char *const plain[] = {"frame", "success", "gaze_yaw", "gaze_pitch"};
    char rest[4];
    int n;
    for (int i = 0; i < X; i++)
        if (!strcmp(name, plain[i]))
            return i;
    if (sscanf(name, "x_%d%1s", &n, rest) == 1 && n >= 0 && n < POINTS)
        return X + n;
    if (sscanf(name, "y_%d%1s", &n, rest) == 1 && n >= 0 && n < POINTS)
        return Y + n;
    if (sscanf(name, "AU%d_%1s", &n, rest) == 2 && rest[0] == 'r' && n > 0 && n < UNITS)
        return AU + n;
    return -1;
}

static int open_table(struct table *t, const char *path)
{
    t->file = fopen(path, "r");
    if (!t->file || !fgets(t->line, MAX_LINE, t->file)) {
        fprintf(stderr, "compare_truth: %s cannot be read\n", path);
        return -1;
    }
    for (char *name = strtok(t->line, ",\r\n"); name && t->columns < 4096;
         name = strtok(NULL, ",\r\n")) {
        int field = field_named(name);
        t->field_of[t->columns++] = field;
        if (field >= 0)
            t->has[field] = true;
    }
    if (t->has[FRAME])
        return 0;
    fprintf(stderr, "compare_truth: %s has no column frame\n", path);
    return -1;
}

static bool next_row(struct table *t)
{
    if (!fgets(t->line, MAX_LINE, t->file))
        return false;
    for (int i = 0; i < NUM; i++)
        t->value[i] = NAN;
    char *at = t->line;
    for (int i = 0; i < t->columns && at; i++) {
        char *end;
        double v = strtod(at, &end);
        if (t->field_of[i] >= 0 && end != at)
            t->value[t->field_of[i]] = v;
        at = strchr(at, ',');
        at += at != NULL;
    }
    return true;
}

static void add(struct pair_sums *s, double a, double b)
{
    if (!isfinite(a) || !isfinite(b))
        return;
    s->n++;
    s->a += a;
    s->b += b;
    s->aa += a * a;
    s->bb += b * b;
    s->ab += a * b;
}

/* NAN where one of them hardly varies. */
static double correlation(const struct pair_sums *s)
{
    double va = s->aa - s->a * s->a / s->n, vb = s->bb - s->b * s->b / s->n;
    return s->n < 2 || va < 1e-6 * s->n || vb < 1e-6 * s->n
               ? NAN
               : (s->ab - s->a * s->b / s->n) / sqrt(va * vb);
}

static double angle_between(const double *a, const double *b)
{
    double c = sin(a[PITCH] * DEGREE) * sin(b[PITCH] * DEGREE) +
               cos(a[PITCH] * DEGREE) * cos(b[PITCH] * DEGREE) * cos((a[YAW] - b[YAW]) * DEGREE);
    return acos(fmin(fmax(c, -1), 1)) / DEGREE;
}

/* Mean distance of the points, as a share of the distance of the outer eye corners. */
static double landmark_error(const double *have, const double *truth)
{
    double sum = 0;
    for (int k = 0; k < POINTS; k++)
        sum += hypot(have[X + k] - truth[X + k], have[Y + k] - truth[Y + k]);
    return sum / POINTS / hypot(truth[X + 36] - truth[X + 45], truth[Y + 36] - truth[Y + 45]);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_errors(const char *what, const char *unit, double *v, int n)
{
    if (!n)
        return;
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += v[i];
    qsort(v, (size_t)n, sizeof(*v), ascending);
    printf("%s: mean error %.2f %s, median %.2f, 95 %% below %.2f", what, sum / n, unit, v[n / 2],
           v[(n - 1) * 95 / 100]);
}

enum { MOST = 100000 };
static struct table rows, truth;
static double gaze[MOST], points[MOST];

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: compare_truth ROWS.csv TRUTH.csv\n", stderr);
        return 2;
    }
    if (open_table(&rows, argv[1]) < 0 || open_table(&truth, argv[2]) < 0)
        return 1;
    struct pair_sums yaw = {0}, pitch = {0}, unit[UNITS] = {{0}};
    int frames = 0, found = 0, gazes = 0, faces = 0;
    bool more = next_row(&rows);
    while (next_row(&truth) && frames < MOST) {
        const double *t = truth.value, *r = rows.value;
        frames++;
        while (more && r[FRAME] < t[FRAME])
            more = next_row(&rows);
        if (!more || r[FRAME] != t[FRAME] || !(r[SUCCESS] > 0))
            continue;
        found++;
        double angle = angle_between(r, t), share = 100 * landmark_error(r, t);
        if (isfinite(angle))
            gaze[gazes++] = angle;
        if (isfinite(share))
            points[faces++] = share;
        add(&yaw, r[YAW], t[YAW]);
        add(&pitch, r[PITCH], t[PITCH]);
        for (int u = 0; u < UNITS; u++)
            add(&unit[u], r[AU + u], t[AU + u]);
    }
    printf("frames: the face was found in %d of %d\n", found, frames);
    print_errors("gaze", "degrees", gaze, gazes);
    if (gazes)
        printf("; r %.3f horizontally, %.3f vertically\n", correlation(&yaw), correlation(&pitch));
    print_errors("landmarks", "% of the distance of the outer eye corners", points, faces);
    if (faces)
        putchar('\n');
    bool any = false;
    for (int u = 0; u < UNITS; u++) {
        double r = correlation(&unit[u]);
        if (!isfinite(r))
            continue;
        printf("%s AU%02d %.2f", any ? "," : "action units, r:", u, r);
        any = true;
    }
    if (any)
        putchar('\n');
    fclose(rows.file);
    fclose(truth.file);
    return frames && found ? 0 : 1;
}

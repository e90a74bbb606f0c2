/* Model files for tests: small but complete, of every kind that the loaders read, with the
 * positions of their fields. The numbers are arbitrary; the structure is the real one. */
#ifndef MN_TESTS_MODEL_FILES_H
#define MN_TESTS_MODEL_FILES_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MADE_MARKS 4096

struct made_file {
    uint8_t *bytes;
    size_t size, room;
    size_t mark[MADE_MARKS]; /* ascending: the start of each field */
    int marks;
    uint32_t noise;
};

static inline void made_free(struct made_file *f)
{
    free(f->bytes);
    *f = (struct made_file){0};
}

static inline void made_put(struct made_file *f, const void *data, size_t n)
{
    if (f->size + n > f->room) {
        f->room = 2 * f->room + n + 4096;
        f->bytes = realloc(f->bytes, f->room);
        if (!f->bytes)
            abort();
    }
    memcpy(f->bytes + f->size, data, n);
    f->size += n;
}

static inline void made_mark(struct made_file *f)
{
    if (f->marks < MADE_MARKS)
        f->mark[f->marks++] = f->size;
}

/* Little-endian machines only, like all tests. */
static inline void made_i32(struct made_file *f, int32_t v)
{
    made_mark(f);
    made_put(f, &v, sizeof(v));
}

static inline void made_f64(struct made_file *f, double v)
{
    made_mark(f);
    made_put(f, &v, sizeof(v));
}

static inline void made_matrix(struct made_file *f, int rows, int columns, int type)
{
    made_i32(f, rows);
    made_i32(f, columns);
    made_i32(f, type);
    made_mark(f); /* its first number */
}

__attribute__((format(printf, 2, 3))) static inline void made_text(struct made_file *f,
                                                                   const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    made_mark(f);
    made_put(f, text, (size_t)n);
}

/* A number between -1 and 1, with steps of various sizes. */
static inline double made_any(struct made_file *f)
{
    f->noise = f->noise * 1664525u + 1013904223u;
    return ((double)(f->noise >> 8) / 8388608.0) - 1;
}

static inline void made_floats(struct made_file *f, int n, double scale)
{
    for (int i = 0; i < n; i++) {
        float v = (float)(scale * made_any(f));
        made_put(f, &v, sizeof(v));
    }
}

static inline void made_doubles(struct made_file *f, int n, double scale, double offset)
{
    for (int i = 0; i < n; i++) {
        double v = offset + scale * made_any(f);
        made_put(f, &v, sizeof(v));
    }
}

/* ----------------------------------------------------------------------------- shape models ----
 */

static inline void made_pdm(struct made_file *f, int points, int modes)
{
    made_text(f, "# The mean values of the components (in mm)\n%d\n1\n6\n", 3 * points);
    for (int i = 0; i < 3 * points; i++)
        made_text(f, "%.4f ", (i < 2 * points ? 60 : 10) * made_any(f));
    made_text(f, "\n# The principal components\n%d\n%d\n6\n", 3 * points, modes);
    for (int i = 0; i < 3 * points; i++) {
        for (int k = 0; k < modes; k++)
            made_text(f, "%.6f ", 0.2 * made_any(f));
        made_text(f, "\n");
    }
    made_text(f, "# The variances of the components\n1\n%d\n6\n", modes);
    for (int k = 0; k < modes; k++)
        made_text(f, "%g ", 40.0 / (k + 1));
    made_text(f, "\n");
}

static inline void made_triangles(struct made_file *f, int count)
{
    made_text(f, "# triangles\n%d\n3\n4\n", count);
    for (int i = 0; i < count; i++)
        made_text(f, "%d %d %d\n", i % 68, (i + 1) % 68, (i + 2) % 68);
}

/* ------------------------------------------------------------------------------- the experts ----
 */

static inline void made_neuron(struct made_file *f)
{
    made_i32(f, 2);
    made_i32(f, 0);
    made_f64(f, 20);
    made_f64(f, -8);
    made_f64(f, 3);
    made_matrix(f, 11, 11, 5);
    made_floats(f, 121, 0.1);
}

static inline void made_network_layer(struct made_file *f, int activation, int inputs, int outputs)
{
    made_i32(f, activation);
    made_matrix(f, 1, outputs, 5);
    for (int i = 0; i < outputs * (1 + inputs); i++) {
        float v = (float)(i % 5) / 10 - 0.1f;
        if (i == outputs)
            made_matrix(f, outputs, inputs, 5);
        made_put(f, &v, sizeof(v));
    }
}

/* Networks of CE-CLM for 68 points in one view. The second of each pair is served by the first. */
static inline void made_networks(struct made_file *f)
{
    made_f64(f, 0.5);
    made_i32(f, 1);
    made_matrix(f, 3, 1, 6);
    for (int a = 0; a < 3; a++)
        made_f64(f, 0);
    made_matrix(f, 68, 1, 4);
    for (int i = 0; i < 68; i++)
        made_i32(f, i != 5);
    made_matrix(f, 1, 68, 4);
    for (int i = 0; i < 68; i++)
        made_i32(f, i ^ 1);
    made_matrix(f, 1, 1, 4);
    made_i32(f, 0);
    for (int i = 0; i < 68; i++) {
        for (int k = 0; k < 3; k++)
            made_i32(f, k ? 11 : 6);
        made_i32(f, i % 2 ? 0 : 2);
        if (i % 2 == 0) {
            made_network_layer(f, 2, 122, 3);
            made_network_layer(f, 0, 3, 1);
        }
        made_f64(f, 0.4);
    }
}

/* window: one of the sizes for which there are components. Point 1 of the last view is not visible.
 */
static inline void made_experts(struct made_file *f, int points, int views, int window, int betas,
                                int neurons)
{
    made_f64(f, 0.5);
    made_i32(f, views);
    for (int v = 0; v < views; v++) {
        made_matrix(f, 3, 1, 6);
        for (int a = 0; a < 3; a++)
            made_f64(f, a == 1 ? 20.0 * v : 0);
    }
    for (int v = 0; v < views; v++) {
        made_matrix(f, points, 1, 4);
        for (int i = 0; i < points; i++)
            made_i32(f, !(views > 1 && v == views - 1 && i == 1));
    }
    made_i32(f, 2);
    for (int k = 0; k < 2; k++) {
        int w = k ? window : 3 + 2 * (window == 3), n = w * w;
        made_i32(f, w);
        made_i32(f, betas);
        for (int b = 0; b < betas; b++) {
            made_matrix(f, n, n, 5);
            for (int i = 0; i < n * n; i++) { /* no connections at all: symmetric in every way */
                float v = i % (n + 1) ? 0 : 1;
                made_put(f, &v, sizeof(v));
            }
        }
    }
    for (int v = 0; v < views; v++)
        for (int i = 0; i < points; i++) {
            bool seen = !(views > 1 && v == views - 1 && i == 1);
            made_i32(f, 5);
            made_i32(f, 11);
            made_i32(f, 11);
            made_i32(f, seen ? neurons : 0);
            if (!seen) {
                made_i32(f, 0);
                continue;
            }
            for (int k = 0; k < neurons; k++)
                made_neuron(f);
            for (int b = 0; b < betas; b++)
                made_f64(f, 0.5);
            made_f64(f, 0.4);
        }
}

/* ------------------------------------------------------------------------------- the validator
 * ---- */

static inline void made_convolution(struct made_file *f, int inputs, int side)
{
    made_i32(f, 0);
    made_i32(f, inputs);
    made_i32(f, 10);
    made_mark(f);
    made_floats(f, 10, 0.1);
    for (int i = 0; i < inputs * 10; i++) {
        made_matrix(f, side, side, 5);
        made_floats(f, side * side, 0.1);
    }
}

static inline void made_full(struct made_file *f, int inputs, int outputs)
{
    made_i32(f, 2);
    made_matrix(f, outputs, 1, 5);
    made_floats(f, outputs, 0.1);
    made_matrix(f, inputs, outputs, 5);
    made_floats(f, inputs * outputs, 0.05);
}

/* The face is a square of side x side pixels in one triangle. */
static inline void made_validator(struct made_file *f, int side)
{
    made_i32(f, 3);
    made_i32(f, 7);
    for (int v = 0; v < 7; v++) {
        made_matrix(f, 3, 1, 6);
        for (int a = 0; a < 3; a++)
            made_f64(f, a == 1 ? (v < 4 ? -20.0 * v : 20.0 * (v - 3)) : 0);
    }
    for (int v = 0; v < 7; v++) {
        made_matrix(f, 1, side * side, 6);
        made_doubles(f, side * side, 0.5, 0);
        made_matrix(f, 1, side * side, 6);
        made_doubles(f, side * side, 0.001, 0.005);
        made_i32(f, 9);
        made_convolution(f, 1, 9);
        made_i32(f, 3);
        made_i32(f, 1);
        made_convolution(f, 10, 7);
        made_i32(f, 3);
        made_i32(f, 1);
        made_full(f, 1000, 50);
        made_i32(f, 3);
        made_full(f, 50, 30);
        made_i32(f, side * side);
        made_f64(f, -30);
        made_f64(f, -25);
        made_matrix(f, 136, 1, 6);
        made_doubles(f, 136, 30, 0);
        made_matrix(f, 1, 3, 4);
        for (int k = 0; k < 3; k++)
            made_i32(f, 20 * k);
        for (int pass = 0; pass < 2; pass++) { /* index of the triangle, then the mask */
            made_matrix(f, 60, 60, 4);
            for (int i = 0; i < 3600; i++) {
                int32_t in = i % 60 < side && i / 60 < side;
                in = pass ? in : in - 1;
                made_put(f, &in, sizeof(in));
            }
        }
        for (int pass = 0; pass < 2; pass++) {
            made_matrix(f, 1, 3, 6);
            made_doubles(f, 3, 0.01, 0.1);
        }
    }
}

/* -------------------------------------------------------------------------- action unit models
 * ---- */

/* kind: 0 and 1 are intensities, 4 and 5 presences; odd ones are dynamic. */
static inline void made_dat(struct made_file *f, int kind, int features)
{
    made_i32(f, kind);
    if (kind == 1)
        made_f64(f, 0.2);
    made_matrix(f, 1, features, 6);
    made_doubles(f, features, 1, 0);
    made_matrix(f, features, 1, 6);
    made_doubles(f, features, 0.1, 0);
    made_f64(f, 0.5);
    if (kind >= 4) {
        made_f64(f, 1);
        made_f64(f, 0);
    }
}

#endif

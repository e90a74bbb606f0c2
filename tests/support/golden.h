/* Reading of reference data: the shared folder with its models, clips and golden outputs. Tests
 * that need it skip without it. */
#ifndef MN_TESTS_GOLDEN_H
#define MN_TESTS_GOLDEN_H

#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "check.h"

#ifndef MN_SOURCE_ROOT
#define MN_SOURCE_ROOT "."
#endif

#define GOLDEN_PATH 1024

/* A Python that has numpy: the first in PATH, or the one of the system; NULL: neither has it. */
static inline const char *golden_numpy(void)
{
    static const char *const python[] = {"python3", "/usr/bin/python3"};
    for (int i = 0; i < 2; i++) {
        char command[80];
        snprintf(command, sizeof(command), "%s -c 'import numpy' 2>/dev/null", python[i]);
        if (system(command) == 0)
            return python[i];
    }
    return NULL;
}

/* The path of a file or folder in the shared folder; false if it does not exist. */
static inline bool golden_path(char path[GOLDEN_PATH], const char *name)
{
    const char *shared = getenv("MIEN_SHARED");
    if (shared && *shared)
        snprintf(path, GOLDEN_PATH, "%s/%s", shared, name);
    else
        snprintf(path, GOLDEN_PATH, "%s/../shared/%s", MN_SOURCE_ROOT, name);
    return access(path, R_OK) == 0;
}

/* Reads a file of one number per line, which must have n lines. */
static inline void golden_numbers(const char *name, double *out, int n)
{
    char path[GOLDEN_PATH];
    REQUIRE(golden_path(path, name));
    FILE *f = fopen(path, "r");
    REQUIRE(f);
    for (int i = 0; i < n; i++)
        REQUIRE(fscanf(f, "%lf", &out[i]) == 1);
    fclose(f);
}

/* The number that follows "AU04," in a file of such lines. */
static inline double golden_unit(const char *name, int unit)
{
    char path[GOLDEN_PATH], line[128];
    REQUIRE(golden_path(path, name));
    FILE *f = fopen(path, "r");
    REQUIRE(f);
    int have = 0;
    double v = 0;
    while (have != unit && fgets(line, sizeof(line), f))
        if (sscanf(line, "AU%d,%lf", &have, &v) != 2)
            have = 0;
    fclose(f);
    REQUIRE(have == unit);
    return v;
}

/* A CSV file of numbers below a line of names. */
struct golden_table {
    int rows, columns;
    char **name;
    double *value; /* rows x columns */
};

static inline struct golden_table golden_table(const char *file)
{
    struct golden_table t = {0};
    char path[GOLDEN_PATH];
    REQUIRE(golden_path(path, file));
    FILE *f = fopen(path, "r");
    REQUIRE(f);
    char *line = NULL;
    size_t size = 0;
    for (int row = -1; getline(&line, &size, f) > 0; row++) {
        if (row >= 0)
            t.value = realloc(t.value, (size_t)(row + 1) * (size_t)t.columns * sizeof(double));
        int column = 0;
        for (char *save = NULL, *p = strtok_r(line, ", \r\n", &save); p;
             p = strtok_r(NULL, ", \r\n", &save), column++) {
            if (row < 0) {
                t.name = realloc(t.name, (size_t)(column + 1) * sizeof(*t.name));
                t.name[column] = strdup(p);
                t.columns = column + 1;
            } else if (column < t.columns) {
                t.value[row * t.columns + column] = atof(p);
            }
        }
        t.rows = row + 1;
    }
    free(line);
    fclose(f);
    return t;
}

static inline void golden_table_free(struct golden_table *t)
{
    for (int i = 0; i < t->columns; i++)
        free(t->name[i]);
    free(t->name);
    free(t->value);
}

/* The column's index; the test ends if there is no such column. */
static inline int golden_column(const struct golden_table *t, const char *name)
{
    for (int i = 0; i < t->columns; i++)
        if (!strcmp(t->name[i], name))
            return i;
    printf("no column %s\n", name);
    exit(1);
}

/* Columns prefix0 .. prefix<n - 1> of a row. */
static inline void golden_row(const struct golden_table *t, int row, const char *prefix, int n,
                              float *out)
{
    char name[64];
    snprintf(name, sizeof(name), "%s0", prefix);
    int first = golden_column(t, name);
    for (int i = 0; i < n; i++)
        out[i] = (float)t->value[row * t->columns + first + i];
}

static inline bool golden_can_decode(void)
{
    return system("ffmpeg -version >/dev/null 2>&1") == 0;
}

/* B, G, R frames of a video or picture, decoded by the ffmpeg program. Close it with pclose(). The
 * reference read video through OpenCV, which takes every YUV for BT.601, whatever its tag. */
static inline FILE *golden_decode(const char *file)
{
    char path[GOLDEN_PATH], command[GOLDEN_PATH + 128];
    REQUIRE(golden_path(path, file));
    snprintf(command, sizeof(command),
             "ffmpeg -v error -threads 1 -i '%s' -vf scale=in_color_matrix=bt601 -f rawvideo "
             "-pix_fmt bgr24 - </dev/null",
             path);
    FILE *f = popen(command, "r");
    REQUIRE(f);
    return f;
}

/* Decodes one picture of known size. */
static inline void golden_picture(const char *file, uint8_t *bgr, int width, int height)
{
    FILE *f = golden_decode(file);
    size_t size = (size_t)width * (size_t)height * 3;
    REQUIRE(fread(bgr, 1, size, f) == size);
    REQUIRE(fgetc(f) == EOF);
    pclose(f);
}

#endif

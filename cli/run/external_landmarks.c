#include "run/external_landmarks.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/msg.h"

#define MAX_LINE (1 << 16)
#define MAX_COLUMNS 4096

enum {
    FRAME,
    FACE,
    SUCCESS,
    CONFIDENCE,
    SURE,
    X,
    Y = X + MIEN_FACE_LANDMARKS,
    NUM_FIELDS = Y + MIEN_FACE_LANDMARKS
};

struct mn_external_landmarks {
    char *path;
    FILE *file;
    int64_t line;
    int16_t field_of[MAX_COLUMNS]; /* what a column holds; -1: nothing of ours */
    int num_columns;
    bool has[NUM_FIELDS];
    char text[MAX_LINE];

    bool ahead; /* a row was read that belongs to a later frame */
    double value[NUM_FIELDS];
    double last_frame;
    mien_external_face faces[MIEN_FACES_LIMIT];
};

static int field_named(const char *name)
{
    static const char *const first[] = {"frame", "face_id", "success", "confidence",
                                        "landmark_confidence"};
    for (int i = 0; i < X; i++)
        if (!strcmp(name, first[i]))
            return i;
    char *end;
    if ((name[0] == 'x' || name[0] == 'y') && name[1] == '_' && name[2] >= '0' && name[2] <= '9') {
        long n = strtol(name + 2, &end, 10);
        if (!*end && n < MIEN_FACE_LANDMARKS)
            return (name[0] == 'x' ? X : Y) + (int)n;
    }
    return -1;
}

/* Cuts the next field off *rest, without the blanks around it (older OpenFace writes ", "). */
static char *next_field(char **rest)
{
    char *field = *rest;
    if (!field)
        return NULL;
    char *comma = strchr(field, ',');
    *rest = comma ? comma + 1 : NULL;
    if (comma)
        *comma = 0;
    while (*field == ' ')
        field++;
    for (char *end = field + strlen(field); end > field && strchr(" \r\n", end[-1]);)
        *--end = 0;
    return field;
}

/* 1: a line is in g->text; 0: the end; or an error. */
static int read_line(struct mn_external_landmarks *g)
{
    if (!fgets(g->text, sizeof(g->text), g->file))
        return 0;
    g->line++;
    if (!strchr(g->text, '\n') && !feof(g->file))
        return mn_fail(MIEN_EDAMAGED, "%s, line %lld is too long for a table of landmarks", g->path,
                       (long long)g->line);
    return 1;
}

int mn_external_landmarks_open(struct mn_external_landmarks **out, const char *path)
{
    *out = NULL;
    struct mn_external_landmarks *g = calloc(1, sizeof(*g));
    if (!g)
        return MIEN_ENOMEM;
    g->path = strdup(path);
    g->file = fopen(path, "re");
    int err = 0;
    if (!g->path)
        err = MIEN_ENOMEM;
    else if (!g->file)
        err = mn_fail(MIEN_ENOINPUT, "%s: %s; check the name after --landmarks-from", path,
                      strerror(errno));
    else
        err = read_line(g) == 1 ? 0 : mn_fail(MIEN_EDAMAGED, "%s is no table of landmarks", path);
    char *rest = g->text, *name;
    while (err == 0 && (name = next_field(&rest)) && g->num_columns < MAX_COLUMNS) {
        int field = field_named(name);
        g->field_of[g->num_columns++] = (int16_t)field;
        if (field >= 0)
            g->has[field] = true;
    }
    for (int i = 0; i < NUM_FIELDS && err == 0; i++)
        if (!g->has[i] && (i == FRAME || i >= X))
            err = mn_fail(MIEN_EDAMAGED,
                          "%s has no column %s%.0d; landmarks are frame, x_0 to x_67 "
                          "and y_0 to y_67",
                          path,
                          i == FRAME ? "frame"
                          : i < Y    ? "x_"
                                     : "y_",
                          i == FRAME ? 0 : (i - X) % MIEN_FACE_LANDMARKS);
    if (err < 0)
        mn_external_landmarks_close(&g);
    *out = g;
    return err;
}

void mn_external_landmarks_close(struct mn_external_landmarks **g)
{
    if (!*g)
        return;
    if ((*g)->file)
        fclose((*g)->file);
    free((*g)->path);
    free(*g);
    *g = NULL;
}

/* The next row into g->value. 1, 0 at the end, or an error. Empty fields become NaN. */
static int read_row(struct mn_external_landmarks *g)
{
    int got = read_line(g);
    if (got != 1)
        return got;
    for (int i = 0; i < NUM_FIELDS; i++)
        g->value[i] = NAN;
    g->value[FACE] = 0;
    g->value[SUCCESS] = g->value[CONFIDENCE] = 1;
    char *rest = g->text, *text;
    int column = 0;
    for (; (text = next_field(&rest)) && column < g->num_columns; column++) {
        int field = g->field_of[column];
        char *end;
        if (field < 0 || !*text)
            continue;
        double v = strtod(text, &end);
        if (end == text || *end)
            return mn_fail(MIEN_EDAMAGED, "%s, line %lld: '%.40s' is no number", g->path,
                           (long long)g->line, text);
        g->value[field] = v;
    }
    if (column < g->num_columns)
        return mn_fail(MIEN_EDAMAGED, "%s, line %lld is cut off", g->path, (long long)g->line);
    if (!(g->value[FRAME] >= g->last_frame))
        return mn_fail(MIEN_EDAMAGED, "%s, line %lld: frames are not in order", g->path,
                       (long long)g->line);
    g->last_frame = g->value[FRAME];
    return 1;
}

static bool take(const struct mn_external_landmarks *g, mien_external_face *face)
{
    if (!(g->value[SUCCESS] > 0) || !(g->value[FACE] >= 0) || g->value[FACE] > 1e9)
        return false;
    face->id = (int32_t)g->value[FACE];
    face->confidence = (float)g->value[CONFIDENCE];
    face->landmark_confidence = g->value[SURE] >= 0 ? fmaxf((float)g->value[SURE], 1e-6f) : 0;
    for (int k = 0; k < MIEN_FACE_LANDMARKS; k++) {
        face->landmark[k][0] = (float)g->value[X + k];
        face->landmark[k][1] = (float)g->value[Y + k];
        if (!isfinite(face->landmark[k][0]) || !isfinite(face->landmark[k][1]))
            return false;
    }
    return true;
}

int mn_external_landmarks_apply(struct mn_external_landmarks *g, mien_frame *f)
{
    const double number = (double)f->index + 1;
    int n = 0, got = 1;
    for (;;) {
        if (!g->ahead && (got = read_row(g)) != 1)
            break;
        g->ahead = g->value[FRAME] > number;
        if (g->ahead)
            break;
        if (g->value[FRAME] == number && n < MIEN_FACES_LIMIT && take(g, &g->faces[n]))
            n++;
    }
    if (got < 0)
        return got;
    if (mien_frame_set_faces(f, g->faces, n) < 0)
        return mn_fail(MIEN_EDAMAGED,
                       "%s, line %lld: frame %.0f has the same face_id twice, or not "
                       "ascending",
                       g->path, (long long)g->line, number);
    return 0;
}

#include "run/external_landmarks.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/msg.h"

#define MAX_LINE (1 << 16) /* bytes; so there are fewer columns than this */

enum {
    FRAME,
    FACE,
    SUCCESS,
    CONFIDENCE,
    LANDMARK_CONFIDENCE,
    X,
    Y = X + MIEN_FACE_LANDMARKS,
    NUM_FIELDS = Y + MIEN_FACE_LANDMARKS
};

struct mn_external_landmarks {
    char *path;
    FILE *file;
    int64_t line;
    int16_t field_of[MAX_LINE]; /* the field of a column; -1: a column that is not used */
    int num_columns;
    bool has[NUM_FIELDS];
    char text[MAX_LINE];

    bool ahead; /* `value` has a row of a later frame */
    double value[NUM_FIELDS];
    double last_frame;
    mien_external_face faces[MIEN_FACES_LIMIT];
};

/* -1: not a column of ours. */
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

/* Cuts the next field off *rest and removes the blanks around it: older versions of OpenFace write
 * ", ". NULL: no more fields. */
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

/* Reads a line into t->text. 1; 0 at the end; or an error. */
static int read_line(struct mn_external_landmarks *t)
{
    if (!fgets(t->text, sizeof(t->text), t->file))
        return 0;
    t->line++;
    if (!strchr(t->text, '\n') && !feof(t->file))
        return mn_fail(MIEN_EDAMAGED,
                       "%s, line %lld is too long for a table of landmarks; check the file",
                       t->path, (long long)t->line);
    return 1;
}

static int open_file(struct mn_external_landmarks *t, const char *path)
{
    t->path = strdup(path);
    if (!t->path)
        return MIEN_ENOMEM;
    t->file = fopen(path, "re");
    if (!t->file)
        return mn_fail(MIEN_ENOINPUT, "%s: %s; check the name after --landmarks-from", path,
                       strerror(errno));
    return 0;
}

static int read_header(struct mn_external_landmarks *t)
{
    int got = read_line(t);
    if (got != 1)
        return got < 0 ? got
                       : mn_fail(MIEN_EDAMAGED,
                                 "%s is empty; a table of landmarks begins with the names of its "
                                 "columns",
                                 t->path);
    char *rest = t->text, *name;
    while ((name = next_field(&rest))) {
        int field = field_named(name);
        t->field_of[t->num_columns++] = (int16_t)field;
        if (field >= 0)
            t->has[field] = true;
    }
    return 0;
}

static int check_columns(const struct mn_external_landmarks *t)
{
    static const char needed[] = "a table of landmarks needs frame, x_0 to x_67 and y_0 to y_67";
    if (!t->has[FRAME])
        return mn_fail(MIEN_EDAMAGED, "%s has no column frame; %s", t->path, needed);
    for (int i = X; i < NUM_FIELDS; i++)
        if (!t->has[i])
            return mn_fail(MIEN_EDAMAGED, "%s has no column %c_%d; %s", t->path, i < Y ? 'x' : 'y',
                           (i - X) % MIEN_FACE_LANDMARKS, needed);
    return 0;
}

int mn_external_landmarks_open(struct mn_external_landmarks **out, const char *path)
{
    *out = NULL;
    struct mn_external_landmarks *t = calloc(1, sizeof(*t));
    if (!t)
        return MIEN_ENOMEM;
    int err = open_file(t, path);
    if (err == 0)
        err = read_header(t);
    if (err == 0)
        err = check_columns(t);
    if (err < 0)
        mn_external_landmarks_close(&t);
    *out = t;
    return err;
}

void mn_external_landmarks_close(struct mn_external_landmarks **t)
{
    if (!*t)
        return;
    if ((*t)->file)
        fclose((*t)->file);
    free((*t)->path);
    free(*t);
    *t = NULL;
}

/* Puts the fields of t->text into t->value. Empty fields and missing columns become NaN, but for
 * those with a default. */
static int parse_row(struct mn_external_landmarks *t)
{
    for (int i = 0; i < NUM_FIELDS; i++)
        t->value[i] = NAN;
    t->value[FACE] = 0;
    t->value[SUCCESS] = t->value[CONFIDENCE] = 1;
    char *rest = t->text, *text;
    int column = 0;
    for (; (text = next_field(&rest)) && column < t->num_columns; column++) {
        int field = t->field_of[column];
        char *end;
        if (field < 0 || !*text)
            continue;
        t->value[field] = strtod(text, &end);
        if (end == text || *end)
            return mn_fail(MIEN_EDAMAGED, "%s, line %lld: '%.40s' is not a number; check the file",
                           t->path, (long long)t->line, text);
    }
    if (column < t->num_columns)
        return mn_fail(MIEN_EDAMAGED, "%s, line %lld is cut off; copy the file again", t->path,
                       (long long)t->line);
    return 0;
}

/* Reads the next row into t->value. 1; 0 at the end; or an error. */
static int read_row(struct mn_external_landmarks *t)
{
    int got = read_line(t);
    if (got != 1)
        return got;
    int err = parse_row(t);
    if (err < 0)
        return err;
    if (!(t->value[FRAME] >= t->last_frame))
        return mn_fail(MIEN_EDAMAGED,
                       "%s, line %lld: the rows are not in the order of frames; sort them", t->path,
                       (long long)t->line);
    t->last_frame = t->value[FRAME];
    return 1;
}

/* false: the row has no face, or its landmarks are not numbers. */
static bool read_face(const struct mn_external_landmarks *t, mien_external_face *face)
{
    if (!(t->value[SUCCESS] > 0) || !(t->value[FACE] >= 0) || t->value[FACE] > 1e9)
        return false;
    face->id = (int32_t)t->value[FACE];
    face->confidence = (float)t->value[CONFIDENCE];
    face->landmark_confidence =
        t->value[LANDMARK_CONFIDENCE] >= 0 ? fmaxf((float)t->value[LANDMARK_CONFIDENCE], 1e-6f) : 0;
    for (int k = 0; k < MIEN_FACE_LANDMARKS; k++) {
        face->landmark[k][0] = (float)t->value[X + k];
        face->landmark[k][1] = (float)t->value[Y + k];
        if (!isfinite(face->landmark[k][0]) || !isfinite(face->landmark[k][1]))
            return false;
    }
    return true;
}

int mn_external_landmarks_apply(struct mn_external_landmarks *t, mien_frame *f)
{
    const double number = (double)f->index + 1;
    int n = 0, got = 1;
    for (;;) {
        if (!t->ahead && (got = read_row(t)) != 1)
            break;
        t->ahead = t->value[FRAME] > number;
        if (t->ahead)
            break;
        if (t->value[FRAME] == number && n < MIEN_FACES_LIMIT && read_face(t, &t->faces[n]))
            n++;
    }
    if (got < 0)
        return got;
    if (mien_frame_set_faces(f, t->faces, n) < 0)
        return mn_fail(MIEN_EDAMAGED,
                       "%s, line %lld: the face_ids of frame %.0f are not ascending; sort the rows "
                       "and remove duplicates",
                       t->path, (long long)t->line, number);
    return 0;
}

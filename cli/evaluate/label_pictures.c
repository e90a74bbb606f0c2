/* Labels of pictures: gaze as in GazeHub's files and in Columbia's names, landmarks as .pts. */
#include <math.h>
#include <mien/mien.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate/label_format.h"
#include "table/lines.h"
#include "table/table.h"

#define DEGREES (180 / 3.14159265358979323846)

enum { NAME = 1024, FIELDS = 64 };

/* A picture is a recording of one frame. */
static int add(struct mn_labels *l, int recording, int channel, double value)
{
    const struct mn_label label = {.recording = recording,
                                   .frame = 1,
                                   .face = MN_LABELS_ANY_FACE,
                                   .channel = (uint16_t)channel,
                                   .value = (float)value};
    return mn_labels_add(l, &label);
}

static void without_extension(char *name)
{
    char *slash = strrchr(name, '/'), *point = strrchr(name, '.');
    if (point && (!slash || point > slash + 1))
        *point = 0;
}

/* -------------------------------------------------------------------------------- GazeHub ---- */

/* Columns of a file: "Face Left Right Origin ... 2DGaze ...", separated by blanks. */
struct gazehub {
    struct mn_labels *labels;
    const char *path;
    int face, origin, gaze, n; /* columns; origin -1: there is none */
};

struct field {
    const char *at;
    int length;
};

/* Fields hold commas, so they are cut at blanks only. */
static int cut(const struct mn_lines *l, struct field *field)
{
    const char *s = l->text, *end = l->text + l->length;
    int n = 0;
    for (;;) {
        while (s < end && (*s == ' ' || *s == '\t'))
            s++;
        if (s == end || n == FIELDS)
            return n;
        field[n].at = s;
        while (s < end && *s != ' ' && *s != '\t')
            s++;
        field[n].length = (int)(s - field[n].at);
        n++;
    }
}

static int find(const struct field *field, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if ((size_t)field[i].length == strlen(name) &&
            !strncmp(field[i].at, name, (size_t)field[i].length))
            return i;
    return -1;
}

static int gazehub_head(struct gazehub *g, const struct mn_lines *l)
{
    struct field field[FIELDS];
    g->n = cut(l, field);
    g->face = find(field, g->n, "Face");
    g->origin = find(field, g->n, "Origin");
    g->gaze = find(field, g->n, "2DGaze");
    if (g->face >= 0 && g->gaze >= 0)
        return 0;
    return mn_label_damaged(g->path, 1, "the columns Face and 2DGaze, as GazeHub's scripts write");
}

/* "p00/day01/0005.jpg" is of p00; "rec_022/head/000003/000131.jpg" is person 000003 of a recording.
 */
static void person_of(const char *path, char *person)
{
    const char *first = strchr(path, '/'), *head = first ? strstr(first, "/head/") : NULL;
    const char *end = head == first && head ? strchr(head + 6, '/') : first;
    snprintf(person, NAME, "%.*s", (int)(end ? end - path : (long)strlen(path)), path);
}

static int gazehub_line(struct gazehub *g, const struct mn_lines *l)
{
    struct field f[FIELDS];
    char name[NAME], person[NAME], origin[NAME];
    const int n = cut(l, f);
    if (n == 0)
        return 0;
    const char *gaze = n > g->gaze ? f[g->gaze].at : "";
    const char *end = n > g->gaze ? gaze + f[g->gaze].length : gaze;
    const char *comma = memchr(gaze, ',', (size_t)(end - gaze));
    const double yaw = comma ? mn_table_number(gaze, comma) : NAN;
    const double pitch = comma ? mn_table_number(comma + 1, end) : NAN;
    if (isnan(yaw) || isnan(pitch) || n <= g->face || f[g->face].length >= NAME)
        return mn_label_damaged(g->path, l->number, "a picture and yaw,pitch in radians");
    const struct field *from = g->origin >= 0 && n > g->origin ? &f[g->origin] : &f[g->face];
    snprintf(name, sizeof(name), "%.*s", f[g->face].length, f[g->face].at);
    snprintf(origin, sizeof(origin), "%.*s", from->length, from->at);
    without_extension(name);
    person_of(origin, person);
    const int r = mn_labels_recording(g->labels, name, person);
    int err = r < 0 ? r : add(g->labels, r, MN_CHANNEL_GAZE_YAW, yaw * DEGREES);
    return err < 0 ? err : add(g->labels, r, MN_CHANNEL_GAZE_PITCH, pitch * DEGREES);
}

static bool gazehub_takes(const char *path, const char *name)
{
    (void)path;
    return mn_label_ending(name, ".label") != NULL;
}

static int gazehub_read(struct mn_labels *labels, const char *path, const char *name)
{
    struct gazehub g = {.labels = labels, .path = path};
    struct mn_lines l;
    (void)name;
    int got = mn_lines_open(&l, path, "give a file of labels");
    while (got == 0 && (got = mn_lines_next(&l)) > 0)
        got = l.number == 1 ? gazehub_head(&g, &l) : gazehub_line(&g, &l);
    if (got == 0 && g.n > 0 && mn_lines_rest(&l))
        got = gazehub_line(&g, &l);
    mn_lines_close(&l);
    return got;
}

/* Files *.label of Gaze360, MPIIFaceGaze and others: a line of names with Face and 2DGaze
 * (yaw,pitch in radians) */
const struct mn_label_format mn_label_gazehub = {
    .name = "gazehub",
    .takes = gazehub_takes,
    .read = gazehub_read,
};

/* ------------------------------------------------------------------------------- Columbia ---- */

struct columbia {
    int person, metres, head, pitch, yaw;
};

/* "0001_2m_0P_-10V_+15H": person, distance, head pose, gaze up and sideways. */
static bool columbia_parts(const char *name, struct columbia *c)
{
    int end = 0;
    char *stem = mn_label_stem(name);
    const bool is = stem &&
                    sscanf(stem, "%4d_%2dm_%4dP_%4dV_%4dH%n", &c->person, &c->metres, &c->head,
                           &c->pitch, &c->yaw, &end) == 5 &&
                    end > 0 && !stem[end];
    free(stem);
    return is;
}

static bool columbia_takes(const char *path, const char *name)
{
    struct columbia c;
    (void)path;
    return columbia_parts(name, &c);
}

static int columbia_read(struct mn_labels *l, const char *path, const char *name)
{
    struct columbia c;
    char person[32];
    (void)path;
    char *stem = mn_label_stem(name);
    if (!stem)
        return MIEN_ENOMEM;
    int err = columbia_parts(name, &c) ? 0 : MIEN_EINVAL;
    snprintf(person, sizeof(person), "%04d", err < 0 ? 0 : c.person);
    const int r = mn_labels_recording(l, stem, person);
    free(stem);
    err = r < 0 ? r : add(l, r, MN_CHANNEL_GAZE_YAW, c.yaw);
    return err < 0 ? err : add(l, r, MN_CHANNEL_GAZE_PITCH, c.pitch);
}

/* Names of pictures: PERSON_2m_0P_-10V_15H.jpg, degrees */
const struct mn_label_format mn_label_columbia = {
    .name = "columbia",
    .takes = columbia_takes,
    .read = columbia_read,
};

/* ------------------------------------------------------------------------------------ pts ---- */

struct pts {
    int recording, n;
    bool open, closed;
};

/* Coordinates begin at 1, those of mien at 0. */
static int pts_line(struct mn_labels *labels, struct pts *p, const struct mn_lines *l)
{
    const char *at = l->text, *end = l->text + l->length, *x, *y;
    const int nx = mn_label_field(&at, end, &x), ny = mn_label_field(&at, end, &y);
    const double px = mn_table_number(x, x + nx), py = mn_table_number(y, y + ny);
    if (nx == 0 || p->closed)
        return 0;
    p->open = p->open || *l->text == '{';
    p->closed = p->open && *x == '}';
    if (!p->open || p->closed || *x == '{')
        return 0;
    if (isnan(px) || isnan(py) || p->n == MN_LABELS_POINTS)
        return MIEN_EDAMAGED;
    int err = add(labels, p->recording, MN_CHANNEL_X + p->n, px - 1);
    return err < 0 ? err : add(labels, p->recording, MN_CHANNEL_Y + p->n++, py - 1);
}

static bool pts_takes(const char *path, const char *name)
{
    (void)path;
    return mn_label_ending(name, ".pts") != NULL;
}

static int pts_read(struct mn_labels *labels, const char *path, const char *name)
{
    struct pts p = {0};
    struct mn_lines l;
    char video[NAME];
    snprintf(video, sizeof(video), "%s", name);
    without_extension(video);
    p.recording = mn_labels_recording(labels, video, video);
    if (p.recording < 0)
        return p.recording;
    int got = mn_lines_open(&l, path, "give a file of landmarks");
    while (got == 0 && (got = mn_lines_next(&l)) > 0)
        got = pts_line(labels, &p, &l);
    if (got == 0 && mn_lines_rest(&l))
        got = pts_line(labels, &p, &l);
    const int64_t line = l.number;
    mn_lines_close(&l);
    if (got == MIEN_EDAMAGED || (got == 0 && p.n != MN_LABELS_POINTS))
        return mn_label_damaged(path, line, "68 lines of x and y between { and }");
    return got;
}

/* PICTURE.pts: 68 landmarks; coordinates begin at 1 */
const struct mn_label_format mn_label_pts = {
    .name = "pts",
    .takes = pts_takes,
    .read = pts_read,
};

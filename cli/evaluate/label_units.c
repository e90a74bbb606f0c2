/* Labels of action units: DISFA, DISFA+ and BP4D. */
#include <ctype.h>
#include <math.h>
#include <mien/mien.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "evaluate/label_format.h"
#include "io/path.h"
#include "table/lines.h"
#include "table/table.h"

enum { UNKNOWN = 9, MOST = 5 }; /* BP4D writes 9 for what could not be coded */

/* The number at the end of "…_au12" or "AU12"; -1: there is none. */
static int unit_of(const char *stem)
{
    size_t n = strlen(stem);
    while (n > 0 && isdigit((unsigned char)stem[n - 1]))
        n--;
    const int unit = strlen(stem) - n <= 2 ? atoi(stem + n) : 0;
    return n >= 2 && !strncasecmp(stem + n - 2, "au", 2) && unit > 0 && unit < MN_LABELS_UNITS
               ? unit
               : -1;
}

/* Calls `line` for each line of a text, also for a last one without a line feed. */
struct each {
    struct mn_labels *labels;
    const char *path;
    int recording, unit;
    int frame; /* the last one */
};

static int each_line(struct each *e, int (*line)(struct each *e, const struct mn_lines *l))
{
    struct mn_lines l;
    int got = mn_lines_open(&l, e->path, "give a file of labels");
    while (got == 0 && (got = mn_lines_next(&l)) > 0)
        got = line(e, &l);
    if (got == 0 && mn_lines_rest(&l))
        got = line(e, &l);
    mn_lines_close(&l);
    return got;
}

static int add(struct each *e, double frame, int channel, double value)
{
    const struct mn_label label = {.recording = e->recording,
                                   .frame = (int32_t)frame,
                                   .face = MN_LABELS_ANY_FACE,
                                   .channel = (uint16_t)channel,
                                   .value = (float)value};
    return mn_labels_add(e->labels, &label);
}

static bool is_frame(double v)
{
    return v >= 0 && v <= INT32_MAX;
}

static bool is_blank(const struct mn_lines *l)
{
    const char *at = l->text, *field;
    return mn_label_field(&at, l->text + l->length, &field) == 0;
}

/* ------------------------------------------------------------- one unit in a file: DISFA ---- */

/* "SN001_au12.txt": the part before "_au12.txt" names the video and the person; in "F001_T1_AU12"
 * of BP4D the person is what precedes the next "_". malloced; NULL: another file. */
static char *video_of(const char *name, int *unit)
{
    char *stem = mn_label_stem(name);
    *unit = stem ? unit_of(stem) : -1;
    char *last = stem ? strrchr(stem, '_') : NULL;
    if (*unit > 0 && last && last > stem && last[1] && !isdigit((unsigned char)last[1])) {
        *last = 0;
        return stem;
    }
    free(stem);
    return NULL;
}

static bool disfa_takes(const char *path, const char *name)
{
    int unit;
    (void)path;
    if (!mn_label_ending(name, ".txt") && !mn_label_ending(name, ".csv"))
        return false;
    char *video = video_of(name, &unit);
    free(video);
    return video != NULL;
}

static int disfa_line(struct each *e, const struct mn_lines *l)
{
    static const char wanted[] = "a frame number and an intensity from 0 to 5";
    const char *at = l->text, *end = l->text + l->length, *field;
    int n = mn_label_field(&at, end, &field);
    const double frame = mn_table_number(field, field + n);
    if (n == 0)
        return 0;
    n = mn_label_field(&at, end, &field);
    const double value = mn_table_number(field, field + n);
    if (!is_frame(frame) || !(value >= 0) || (value > MOST && value != UNKNOWN))
        return mn_label_damaged(e->path, l->number, wanted);
    return value == UNKNOWN ? 0 : add(e, frame, MN_CHANNEL_INTENSITY + e->unit, value);
}

static int disfa_read(struct mn_labels *l, const char *path, const char *name)
{
    struct each e = {.labels = l, .path = path};
    char *video = video_of(name, &e.unit), *person = video ? strdup(video) : NULL;
    if (person)
        person[strcspn(person, "_")] = 0;
    e.recording = person ? mn_labels_recording(l, video, person) : MIEN_ENOMEM;
    free(video);
    free(person);
    return e.recording < 0 ? e.recording : each_line(&e, disfa_line);
}

/* PERSON_auN.txt: lines of frame and intensity */
const struct mn_label_format mn_label_disfa = {
    .name = "disfa",
    .takes = disfa_takes,
    .read = disfa_read,
};

/* --------------------------------------------------------------------------------- DISFA+ ---- */

/* "SN001/A1_trial/AU12.txt": "SN001/A1_trial" and "SN001". */
static bool disfaplus_parts(const char *name, char *video, size_t size, char *person)
{
    const char *file = mn_path_last_part(name);
    const char *trial = file, *first;
    char *stem = mn_label_stem(name);
    const bool is = stem && unit_of(stem) > 0 && strlen(stem) <= 4 &&
                    (stem[0] == 'A' || stem[0] == 'a') && mn_label_ending(name, ".txt");
    free(stem);
    if (!is || file - name < 4)
        return false;
    for (trial = file - 1; trial > name && trial[-1] != '/'; trial--)
        ;
    if (trial <= name)
        return false;
    for (first = trial - 1; first > name && first[-1] != '/'; first--)
        ;
    if ((size_t)(file - first) > size || trial - 1 <= first)
        return false;
    snprintf(video, size, "%.*s", (int)(file - 1 - first), first);
    snprintf(person, size, "%.*s", (int)(trial - 1 - first), first);
    return true;
}

static bool disfaplus_takes(const char *path, const char *name)
{
    char video[MN_PATH_SIZE], person[MN_PATH_SIZE];
    (void)path;
    return disfaplus_parts(name, video, sizeof(video), person);
}

/* Pictures of a trial are numbered without gaps, so the lines are the frames. */
static int disfaplus_line(struct each *e, const struct mn_lines *l)
{
    const char *at = l->text, *end = l->text + l->length, *field;
    if (is_blank(l) || *l->text == '#')
        return 0;
    mn_label_field(&at, end, &field);
    const int n = mn_label_field(&at, end, &field);
    const double value = mn_table_number(field, field + n);
    if (!(value >= 0 && value <= MOST))
        return mn_label_damaged(e->path, l->number, "a picture and an intensity from 0 to 5");
    return add(e, ++e->frame, MN_CHANNEL_INTENSITY + e->unit, value);
}

static int disfaplus_read(struct mn_labels *l, const char *path, const char *name)
{
    char video[MN_PATH_SIZE], person[MN_PATH_SIZE];
    struct each e = {.labels = l, .path = path};
    if (!disfaplus_parts(name, video, sizeof(video), person))
        return 0;
    char *stem = mn_label_stem(name);
    e.unit = stem ? unit_of(stem) : 0;
    free(stem);
    e.recording = mn_labels_recording(l, video, person);
    return e.recording < 0 ? e.recording : each_line(&e, disfaplus_line);
}

/* PERSON/TRIAL/AUN.txt: lines of picture and intensity, # comments */
const struct mn_label_format mn_label_disfaplus = {
    .name = "disfaplus",
    .takes = disfaplus_takes,
    .read = disfaplus_read,
};

/* ----------------------------------------------------------------------------------- BP4D ---- */

enum { BP4D_COLUMNS = 200 };

struct bp4d {
    struct each each; /* first */
    int unit[BP4D_COLUMNS];
    int n;
};

/* The first row: a corner, then the numbers of the units. */
static bool bp4d_head(struct bp4d *b, const struct mn_lines *l)
{
    const char *at = l->text, *end = l->text + l->length, *field;
    int n = *l->text == ',' ? 0 : mn_label_field(&at, end, &field);
    (void)n;
    for (b->n = 0; (n = mn_label_field(&at, end, &field)) > 0; b->n++) {
        const double unit = mn_table_number(field, field + n);
        if (b->n == BP4D_COLUMNS || !(unit >= 0 && unit < 1000) || unit != floor(unit))
            return false;
        b->unit[b->n] = unit > 0 && unit < MN_LABELS_UNITS ? (int)unit : 0;
    }
    return b->n > 0;
}

static bool bp4d_takes(const char *path, const char *name)
{
    struct mn_lines l;
    struct bp4d b;
    bool is = false;
    if (!mn_label_ending(name, ".csv") || disfa_takes(path, name))
        return false;
    if (mn_lines_open(&l, path, "give a file of labels") == 0 && mn_lines_next(&l) > 0)
        is = l.length > 0 && bp4d_head(&b, &l);
    mn_lines_close(&l);
    return is;
}

static int bp4d_line(struct each *e, const struct mn_lines *l)
{
    struct bp4d *b = (struct bp4d *)e;
    const char *at = l->text, *end = l->text + l->length, *field;
    if (b->n == 0)
        return bp4d_head(b, l) ? 0 : mn_label_damaged(e->path, 1, "numbers of action units");
    int n = mn_label_field(&at, end, &field);
    const double frame = mn_table_number(field, field + n);
    int err = n == 0 || is_frame(frame) ? 0 : MIEN_EDAMAGED;
    for (int i = 0; err == 0 && n > 0 && i < b->n; i++) {
        n = mn_label_field(&at, end, &field);
        const double value = mn_table_number(field, field + n);
        if (value != 0 && value != 1 && value != UNKNOWN)
            err = MIEN_EDAMAGED;
        else if (value != UNKNOWN && b->unit[i])
            err = add(e, frame, MN_CHANNEL_PRESENCE + b->unit[i], value);
    }
    return err == MIEN_EDAMAGED
               ? mn_label_damaged(e->path, l->number, "a frame number and 0, 1 or 9 for each unit")
               : err;
}

static int bp4d_read(struct mn_labels *l, const char *path, const char *name)
{
    struct bp4d b = {.each = {.labels = l, .path = path}};
    char *video = mn_label_stem(name), *person = video ? strdup(video) : NULL;
    if (person)
        person[strcspn(person, "_")] = 0;
    b.each.recording = person ? mn_labels_recording(l, video, person) : MIEN_ENOMEM;
    free(video);
    free(person);
    return b.each.recording < 0 ? b.each.recording : each_line(&b.each, bp4d_line);
}

/* PERSON_TASK.csv: numbers of action units, then lines of frame, 0, 1 or 9 */
const struct mn_label_format mn_label_bp4d = {
    .name = "bp4d",
    .takes = bp4d_takes,
    .read = bp4d_read,
};

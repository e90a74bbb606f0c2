#include "page/single.h"

#include <math.h>
#include <mien/mien.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "io/msg.h"
#include "page/base64.h"
#include "page/thumbs.h"
#include "page/warnings.h"
#include "report/sidecar.h"

/* A mark for "not measured" in arrays of 16 bits. */
enum { MISSING = -32768 };

double mn_single_rate(const struct mn_gather *g)
{
    const double seconds = g->last - g->first;
    return g->frames > 1 && seconds > 0 ? (double)(g->frames - 1) / seconds : 0;
}

struct mn_stat mn_single_overall(const struct mn_gather *g, int measure)
{
    struct mn_stat all = {0};
    for (int i = 0; i < g->people; i++) {
        const struct mn_stat *s = &g->person[i].of[measure];
        if (s->n == 0)
            continue;
        all.smallest = all.n ? fmin(all.smallest, s->smallest) : s->smallest;
        all.largest = all.n ? fmax(all.largest, s->largest) : s->largest;
        all.n += s->n;
        all.active += s->active;
        all.sum += s->sum;
        all.squares += s->squares;
    }
    return all;
}

static bool is_blink(const struct mn_event *e)
{
    return !strcmp(e->label, "blink");
}

int64_t mn_single_blinks(const struct mn_gather *g, int person, int64_t *closed)
{
    int64_t blinks = 0;
    *closed = 0;
    for (int64_t i = 0; i < g->events; i++) {
        const struct mn_event *e = &g->event[i];
        if (person >= 0 && e->person != person)
            continue;
        blinks += is_blink(e);
        *closed += !is_blink(e);
    }
    return blinks;
}

/* --------------------------------------------------------------------------------- arrays ---- */

static void put16(uint8_t *out, int v)
{
    out[0] = (uint8_t)(v & 255);
    out[1] = (uint8_t)(v >> 8 & 255);
}

static void put32(uint8_t *out, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(v >> 8 * i & 255);
}

static void array(struct mn_json *j, const char *key, const void *data, size_t size)
{
    mn_json_key(j, key);
    fputc('"', j->file);
    mn_base64(j->file, data, size);
    fputc('"', j->file);
}

static void write_timeline(struct mn_json *j, const struct mn_gather *g, uint8_t *buf)
{
    for (int i = 0; i < g->bins; i++) {
        const float t = (float)(g->bin[i].time - g->first);
        uint32_t bits;
        memcpy(&bits, &t, sizeof(bits));
        put32(buf + 4 * (size_t)i, bits);
    }
    mn_json_num(j, "origin", g->first, 3);
    array(j, "time", buf, 4 * (size_t)g->bins);
    for (int i = 0; i < g->bins; i++)
        put16(buf + 2 * (size_t)i, (int)fmin(32000, 100.0 * g->bin[i].faces /
                                                        (g->bin[i].frames ? g->bin[i].frames : 1)));
    array(j, "faces", buf, 2 * (size_t)g->bins); /* hundredths */
}

/* [scale, values]: a value is the number times the scale. */
static void write_series(struct mn_json *j, const struct mn_person *p, int m, uint8_t *buf)
{
    const struct mn_stat *s = &p->of[m];
    const double most = fmax(fabs(s->smallest), fabs(s->largest)),
                 scale = most > 0 && most < 1e30 ? most / 32000 : 1;
    for (int i = 0; i < p->n; i++) {
        const double v = mn_cell_mean(&p->cell[i], m);
        put16(buf + 2 * (size_t)i,
              isnan(v) ? MISSING : (int)lrint(fmax(-32000, fmin(32000, v / scale))));
    }
    mn_json_begin(j, mn_measure_at(m)->name, '[');
    mn_json_num(j, NULL, scale, 12);
    array(j, NULL, buf, 2 * (size_t)p->n);
    mn_json_end(j, ']');
}

/* --------------------------------------------------------------------------------- people ---- */

static void write_stats(struct mn_json *j, const struct mn_person *p)
{
    mn_json_begin(j, "stats", '{');
    for (int m = 0; m < MN_MEASURES; m++) {
        const struct mn_stat *s = &p->of[m];
        if (s->n == 0)
            continue;
        mn_json_begin(j, mn_measure_at(m)->name, '{');
        mn_json_int(j, "n", s->n);
        mn_json_num(j, "mean", mn_stat_mean(s), 4);
        mn_json_num(j, "sd", mn_stat_deviation(s), 4);
        mn_json_num(j, "min", s->smallest, 4);
        mn_json_num(j, "max", s->largest, 4);
        mn_json_num(j, "share", mn_stat_share(s), 5);
        mn_json_end(j, '}');
    }
    mn_json_end(j, '}');
}

/* Onset and duration of each closure, milliseconds. */
static void write_eyes(struct mn_json *j, const struct mn_gather *g, const struct mn_person *p,
                       uint8_t *buf)
{
    int64_t closed, n = 0;
    double blinking = 0, shut = 0;
    const int64_t blinks = mn_single_blinks(g, p->id, &closed);
    for (int64_t i = 0; i < g->events; i++) {
        const struct mn_event *e = &g->event[i];
        int64_t from, to;
        if (e->person != p->id)
            continue;
        from = (int64_t)lrint((e->onset.time - g->first) * 1000);
        to = (int64_t)lrint((e->offset.time - g->first) * 1000);
        *(is_blink(e) ? &blinking : &shut) += e->offset.time - e->onset.time;
        if (n >= MN_SINGLE_EYES)
            continue;
        put32(buf + 8 * n, (uint32_t)from);
        put32(buf + 8 * n + 4, (uint32_t)(is_blink(e) ? to - from : from - to - 1));
        n++;
    }
    mn_json_begin(j, "eyes", '{');
    mn_json_int(j, "blinks", blinks);
    mn_json_int(j, "closed", closed);
    mn_json_num(j, "blink_seconds", blinking, 3);
    mn_json_num(j, "closed_seconds", shut, 3);
    array(j, "at", buf, 8 * (size_t)n); /* a closure of d ms that is no blink: -d - 1 */
    mn_json_end(j, '}');
}

static void write_cells(struct mn_json *j, const struct mn_person *p, uint8_t *buf)
{
    for (int i = 0; i < p->n; i++)
        put32(buf + 4 * (size_t)i, (uint32_t)p->cell[i].bin);
    array(j, "bins", buf, 4 * (size_t)p->n);
    mn_json_begin(j, "series", '{');
    for (int m = 0; m < MN_MEASURES; m++)
        if (p->of[m].n)
            write_series(j, p, m, buf);
    mn_json_end(j, '}');
}

static void write_person(struct mn_json *j, const struct mn_gather *g, const struct mn_person *p,
                         bool series, uint8_t *buf)
{
    mn_json_begin(j, NULL, '{');
    mn_json_int(j, "id", p->id);
    mn_json_int(j, "frames", p->frames);
    mn_json_int(j, "rows", p->rows);
    mn_json_num(j, "first", p->first - g->first, 3);
    mn_json_num(j, "last", p->last - g->first, 3);
    mn_json_int(j, "sightings", p->sightings);
    write_stats(j, p);
    if (p->of[mn_measure_of_unit(45)].n)
        write_eyes(j, g, p, buf);
    if (series)
        write_cells(j, p, buf);
    mn_json_end(j, '}');
}

static int by_frames(const void *a, const void *b)
{
    const struct mn_person *x = *(const struct mn_person *const *)a,
                           *y = *(const struct mn_person *const *)b;
    if (x->frames != y->frames)
        return x->frames > y->frames ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static int write_people(struct mn_json *j, const struct mn_gather *g, uint8_t *buf)
{
    const struct mn_person **order =
        calloc((size_t)g->people + 1, sizeof(const struct mn_person *));
    if (!order)
        return MIEN_ENOMEM;
    for (int i = 0; i < g->people; i++)
        order[i] = &g->person[i];
    qsort(order, (size_t)g->people, sizeof(*order), by_frames);
    mn_json_begin(j, "people", '[');
    for (int i = 0; i < g->seen && i < MN_SINGLE_PEOPLE; i++)
        write_person(j, g, order[i], i < MN_SINGLE_SERIES, buf);
    mn_json_end(j, ']');
    free(order);
    return 0;
}

/* ----------------------------------------------------------------------------- the result ---- */

static void write_measures(struct mn_json *j, const struct mn_gather *g)
{
    char label[60];
    mn_json_begin(j, "measures", '[');
    for (int m = 0; m < MN_MEASURES; m++) {
        if (!g->has[m])
            continue;
        mn_json_begin(j, NULL, '{');
        mn_json_str(j, "name", mn_measure_at(m)->name);
        mn_json_int(j, "unit", mn_measure_unit(m));
        if (mn_measure_unit(m))
            mn_json_str(j, "label", mn_measure_label(m, label, sizeof(label)));
        mn_json_end(j, '}');
    }
    mn_json_end(j, ']');
}

static void write_coverage(struct mn_json *j, const struct mn_gather *g)
{
    mn_json_begin(j, "coverage", '{');
    mn_json_int(j, "rows", g->rows);
    mn_json_int(j, "frames", g->frames);
    mn_json_int(j, "missing", g->missing);
    mn_json_int(j, "with_face", g->with_face);
    mn_json_int(j, "faces", g->faces);
    mn_json_int(j, "untrusted", g->untrusted);
    mn_json_int(j, "people", g->seen);
    mn_json_int(j, "doubtful", g->people - g->seen); /* ids without a trusted row */
    mn_json_int(j, "most_faces", g->most_faces);
    mn_json_num(j, "id_changes", g->ids.boxes ? (double)g->ids.changes : NAN, 0);
    mn_json_num(j, "rate", mn_single_rate(g), 3);
    mn_json_num(j, "seconds", g->last - g->first, 3);
    mn_json_int(j, "gaps", g->gaps);
    mn_json_num(j, "gap_seconds", g->gap_seconds, 3);
    mn_json_begin(j, "longest_gaps", '[');
    for (int i = 0; i < MN_GATHER_GAPS && g->gap[i].to > g->gap[i].from; i++) {
        mn_json_num(j, NULL, g->gap[i].from - g->first, 3);
        mn_json_num(j, NULL, g->gap[i].to - g->first, 3);
    }
    mn_json_end(j, ']');
    mn_json_end(j, '}');
}

static size_t buffer_size(const struct mn_gather *g)
{
    size_t n = (size_t)g->bins;
    for (int i = 0; i < g->people; i++)
        n = (size_t)g->person[i].n > n ? (size_t)g->person[i].n : n;
    return (n > MN_SINGLE_EYES ? n : MN_SINGLE_EYES) * 8;
}

int mn_single_write(FILE *f, const struct mn_gather *g, const char *result, const char *back,
                    const struct mn_thumbs *thumbs)
{
    struct mn_json j;
    uint8_t *buf = malloc(buffer_size(g));
    char *sidecar = mn_sidecar_text(result);
    mn_json_init(&j, f, false);
    j.html = true;
    mn_json_begin(&j, NULL, '{');
    mn_json_str(&j, "kind", "single");
    mn_json_str(&j, "mien", MIEN_VERSION);
    mn_json_str(&j, "result", result);
    mn_json_str(&j, "back", back);
    mn_json_str(&j, "sidecar", sidecar);
    write_coverage(&j, g);
    mn_warnings_write(&j, g, sidecar);
    write_measures(&j, g);
    mn_json_int(&j, "step", g->step);
    mn_json_bool(&j, "lids", g->lids != NULL);
    int err = buf ? 0 : MIEN_ENOMEM;
    if (err == 0)
        write_timeline(&j, g, buf);
    if (err == 0)
        err = write_people(&j, g, buf);
    if (thumbs)
        mn_thumbs_write(&j, thumbs, g->first);
    mn_json_end(&j, '}');
    free(buf);
    free(sidecar);
    return err ? mn_fail(err, "%s: out of memory", result) : 0;
}

int mn_single_write_pictures(FILE *f, const struct mn_gather *g, const char *result,
                             const char *back, int hide)
{
    struct mn_thumbs t = {0};
    int err = mn_thumbs_make(&t, g, result, (enum mn_hide)hide);
    if (err && err != MIEN_ENOMEM && err != MIEN_EINTERRUPTED) {
        mn_msg(MIEN_LOG_WARNING, "%s: the page has no thumbnails", result);
        err = 0;
    }
    if (err == 0)
        err = mn_single_write(f, g, result, back, &t);
    mn_thumbs_free(&t);
    return err;
}

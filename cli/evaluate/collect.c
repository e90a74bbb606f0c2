#include "evaluate/collect.h"

#include <math.h>
#include <mien/mien.h>
#include <string.h>

#include "evaluate/distance.h"
#include "evaluate/frame_rows.h"
#include "io/signal.h"

enum { PEOPLE = 4096 }; /* of one result; others are not counted */

/* The person with the most trusted rows. */
struct leader {
    int64_t id[PEOPLE], rows[PEOPLE];
    int n;
};

struct reading {
    struct mn_frame_rows rows;
    struct mn_channels channels;
    int64_t leader;
    struct mn_collect_counts *counts;
    struct mn_labelled face;
};

static void count_person(struct leader *l, int64_t id)
{
    int i = 0;
    while (i < l->n && l->id[i] != id)
        i++;
    if (i == PEOPLE)
        return;
    if (i == l->n) {
        l->id[l->n] = id;
        l->rows[l->n++] = 0;
    }
    l->rows[i]++;
}

/* Reads the result once, to know the person of most frames, and the columns. */
static int look_through(const char *path, int64_t *id, struct mn_channels *channels)
{
    struct mn_frame_rows f;
    struct leader l;
    int best = 0, err = mn_frame_rows_open(&f, path);
    l.n = 0;
    while (err == 0 && (err = mn_frame_rows_next(&f)) > 0) {
        for (int i = 0; i < f.n; i++)
            if (mn_frame_rows_trusted(&f, i))
                count_person(&l, mn_frame_rows_person(&f, i));
        err = atomic_load(&mn_signal_received) ? MIEN_EINTERRUPTED : 0;
    }
    if (err == 0)
        mn_channels_find(channels, f.reader);
    mn_frame_rows_close(&f);
    for (int i = 1; i < l.n; i++)
        if (l.rows[i] > l.rows[best])
            best = i;
    *id = l.n ? l.id[best] : -1;
    return err;
}

/* ----------------------------------------------------------------------- choosing a face ---- */

static bool has_points(const double *value)
{
    for (int i = 0; i < 2 * MN_LABELS_POINTS; i++)
        if (isnan(value[MN_CHANNEL_X + i]))
            return false;
    return true;
}

static int nearest(const struct reading *r, const double *label)
{
    double tool[MN_CHANNELS], least = INFINITY;
    int found = -1;
    for (int i = 0; i < r->rows.n; i++) {
        mn_channels_read(&r->channels, mn_frame_rows_at(&r->rows, i), tool);
        if (!mn_frame_rows_trusted(&r->rows, i) || !has_points(tool))
            continue;
        const double d = mn_distance_points(label + MN_CHANNEL_X, tool + MN_CHANNEL_X);
        if (d < least) {
            least = d;
            found = i;
        }
    }
    return found;
}

/* The row that the labels are about; -1: there is none. *others: trusted rows besides it. */
static int choose(const struct reading *r, int32_t face, const double *label, int *others)
{
    int first = -1, leader = -1, own = -1, n = 0;
    for (int i = 0; i < r->rows.n; i++) {
        const int64_t id = mn_frame_rows_person(&r->rows, i);
        if (!mn_frame_rows_trusted(&r->rows, i))
            continue;
        n++;
        first = first < 0 ? i : first;
        leader = leader < 0 && id == r->leader ? i : leader;
        own = own < 0 && id == face ? i : own;
    }
    const int near = n > 1 && has_points(label) ? nearest(r, label) : -1;
    *others = face == MN_LABELS_ANY_FACE && n > 1 ? n - 1 : 0;
    if (face != MN_LABELS_ANY_FACE)
        return own;
    return near >= 0 ? near : leader >= 0 ? leader : first;
}

/* ------------------------------------------------------------------------------ reading ---- */

/* Reads rows up to this frame. 1: its rows are there; 0: the result lacks it; or a code. */
static int seek(struct reading *r, int64_t frame)
{
    while (r->rows.frame < frame) {
        int got = mn_frame_rows_next(&r->rows);
        if (got < 0)
            return got;
        if (got == 0)
            break;
    }
    return r->rows.n > 0 && r->rows.frame == frame;
}

static int score(struct reading *r, const struct mn_label *label, int64_t n,
                 int (*each)(void *ctx, const struct mn_labelled *l), void *ctx)
{
    struct mn_labelled *f = &r->face;
    int others = 0, there = seek(r, label->frame);
    if (there < 0)
        return there;
    for (int i = 0; i < MN_CHANNELS; i++)
        f->label[i] = f->tool[i] = NAN;
    for (int64_t i = 0; i < n; i++)
        f->label[label[i].channel] = (double)label[i].value;
    const int row = there ? choose(r, label->face, f->label, &others) : -1;
    f->measured = row >= 0;
    if (row >= 0)
        mn_channels_read(&r->channels, mn_frame_rows_at(&r->rows, row), f->tool);
    r->counts->frames++;
    r->counts->measured += row >= 0;
    r->counts->absent += !there;
    r->counts->others += others;
    return each(ctx, f);
}

static int read_labels(struct reading *r, const struct mn_label *label, int64_t n,
                       int (*each)(void *ctx, const struct mn_labelled *l), void *ctx)
{
    int err = 0;
    for (int64_t i = 0, k; i < n && err == 0; i = k) {
        for (k = i + 1;
             k < n && label[k].frame == label[i].frame && label[k].face == label[i].face;)
            k++;
        err = score(r, label + i, k - i, each, ctx);
        if (err == 0 && atomic_load(&mn_signal_received))
            err = MIEN_EINTERRUPTED;
    }
    return err;
}

int mn_collect(const char *result, const struct mn_labels *labels,
               const struct mn_recording *recording, struct mn_collect_counts *counts,
               int (*each)(void *ctx, const struct mn_labelled *l), void *ctx)
{
    struct reading r = {.counts = counts};
    int err = look_through(result, &r.leader, &r.channels);
    if (err < 0)
        return err;
    err = mn_frame_rows_open(&r.rows, result);
    if (err == 0) {
        r.face.channels = &r.channels;
        err = read_labels(&r, labels->label + recording->first, recording->n, each, ctx);
    }
    mn_frame_rows_close(&r.rows);
    return err;
}

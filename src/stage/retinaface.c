#include "stage/retinaface.h"

#include <math.h>
#include <stdlib.h>

#define NMS_OVERLAP 0.4f
#define CENTRE_SCALE 0.1f   /* the network's variances: how far outputs move centres and points, */
#define SIZE_SCALE 0.2f     /* and sizes, in sides of the anchor */
#define MAX_COORDINATE 1e6f /* pixels; beyond that a box is the answer of a broken network */

struct mn_letterbox mn_retinaface_letterbox(int w, int h, int tw, int th)
{
    struct mn_letterbox l;
    double r = (double)h / w, m = (double)th / tw;
    if (r > m) {
        l.nh = th;
        l.nw = (int)(l.nh / r);
    } else {
        l.nw = tw;
        l.nh = (int)(l.nw * r);
    }
    l.factor = (double)l.nh / h;
    return l;
}

static const int steps[3] = {8, 16, 32};
static const double sizes[3][2] = {{16, 32}, {64, 128}, {256, 512}};

size_t mn_retinaface_anchor_count(int W, int H)
{
    size_t n = 0;
    for (int k = 0; k < 3; k++)
        n += 2 * (size_t)((W + steps[k] - 1) / steps[k]) * (size_t)((H + steps[k] - 1) / steps[k]);
    return n;
}

void mn_retinaface_anchors(int W, int H, float (*out)[4])
{
    size_t n = 0;
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < (H + steps[k] - 1) / steps[k]; i++)
            for (int j = 0; j < (W + steps[k] - 1) / steps[k]; j++)
                for (int s = 0; s < 2; s++, n++) {
                    out[n][0] = (float)((j + 0.5) * steps[k] / W);
                    out[n][1] = (float)((i + 0.5) * steps[k] / H);
                    out[n][2] = (float)(sizes[k][s] / W);
                    out[n][3] = (float)(sizes[k][s] / H);
                }
}

int mn_retinaface_better_first(const void *a, const void *b)
{
    const struct mn_candidate *x = a, *y = b;
    if (x->d.score != y->d.score)
        return x->d.score > y->d.score ? -1 : 1;
    return x->anchor - y->anchor;
}

/* The anchor number i, moved and sized as the outputs say, in pixels of the picture. */
static void decode_one(struct mn_detection *d, const struct mn_retinaface *r, size_t i)
{
    const float *a = r->anchors[i], *l = r->loc + 4 * i, *q = r->points + 10 * i;
    const double W = r->width, H = r->height;
    float cx = a[0] + l[0] * CENTRE_SCALE * a[2], cy = a[1] + l[1] * CENTRE_SCALE * a[3];
    float w = a[2] * expf(l[2] * SIZE_SCALE), h = a[3] * expf(l[3] * SIZE_SCALE);
    float x1 = cx - w / 2, y1 = cy - h / 2;
    d->box[0] = (float)((double)x1 * W / r->factor);
    d->box[1] = (float)((double)y1 * H / r->factor);
    d->box[2] = (float)((double)(x1 + w) * W / r->factor);
    d->box[3] = (float)((double)(y1 + h) * H / r->factor);
    for (int p = 0; p < 5; p++) {
        d->point[p][0] = (float)((double)(a[0] + q[2 * p] * CENTRE_SCALE * a[2]) * W / r->factor);
        d->point[p][1] =
            (float)((double)(a[1] + q[2 * p + 1] * CENTRE_SCALE * a[3]) * H / r->factor);
    }
}

static bool sane(const struct mn_detection *d)
{
    for (int i = 0; i < 4; i++)
        if (!isfinite(d->box[i]) || fabsf(d->box[i]) > MAX_COORDINATE)
            return false;
    for (int p = 0; p < 5; p++)
        if (!isfinite(d->point[p][0]) || !isfinite(d->point[p][1]))
            return false;
    return d->box[2] > d->box[0] && d->box[3] > d->box[1];
}

/* The reference counts pixels, so a box from 0 to 9 is 10 wide. */
static float overlap(const float a[4], const float b[4])
{
    float w = fminf(a[2], b[2]) - fmaxf(a[0], b[0]) + 1;
    float h = fminf(a[3], b[3]) - fmaxf(a[1], b[1]) + 1;
    float both = fmaxf(0, w) * fmaxf(0, h);
    float area_a = (a[2] - a[0] + 1) * (a[3] - a[1] + 1);
    float area_b = (b[2] - b[0] + 1) * (b[3] - b[1] + 1);
    return both / (area_a + area_b - both);
}

/* All anchors whose score exceeds the threshold, best first. */
static size_t collect(const struct mn_retinaface *r, struct mn_candidate *scratch)
{
    size_t n = 0;
    for (size_t i = 0; i < r->count; i++) {
        float score = r->conf[2 * i + 1];
        if (!(score > r->threshold) || !isfinite(score))
            continue;
        struct mn_candidate *c = &scratch[n];
        c->anchor = (int)i;
        c->d.score = score;
        decode_one(&c->d, r, i);
        if (sane(&c->d))
            n++;
    }
    qsort(scratch, n, sizeof(*scratch), mn_retinaface_better_first);
    return n < MN_RETINAFACE_TOP ? n : MN_RETINAFACE_TOP;
}

/* Drops what a better one overlaps; the survivors move to the front. */
static int suppress(struct mn_candidate *scratch, size_t n)
{
    int kept = 0;
    for (size_t i = 0; i < n && kept < MN_RETINAFACE_KEEP; i++) {
        bool covered = false;
        for (int j = 0; j < kept && !covered; j++)
            covered = overlap(scratch[i].d.box, scratch[j].d.box) > NMS_OVERLAP;
        if (!covered)
            scratch[kept++] = scratch[i];
    }
    return kept;
}

int mn_retinaface_decode(const struct mn_retinaface *r, struct mn_candidate *scratch,
                         struct mn_detection *out, int max)
{
    int kept = suppress(scratch, collect(r, scratch)), found = 0;
    for (int i = 0; i < kept && found < max; i++) {
        const float *b = scratch[i].d.box;
        if (fminf(b[2] - b[0], b[3] - b[1]) >= r->min_side)
            out[found++] = scratch[i].d;
    }
    return found;
}

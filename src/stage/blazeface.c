#include "stage/blazeface.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "image/box.h"

#define CELL 4             /* input pixels from one anchor to the next */
#define SAME_FACE 0.3f     /* overlap from which candidates are averaged */
#define WORTH 0.5f         /* share of the best score from which they count in the average */
#define MAX_LOGIT 80.0f    /* beyond it the score is 0 or 1 */
#define MOUTH_CORNER 0.43f /* from the mouth's centre, distances between the eyes */

/* From the network's box to one like RetinaFace's, fractions of its width and height. */
#define INSET 0.055f
#define ABOVE 0.145f
#define BELOW 0.04f

size_t mn_blazeface_anchor_count(int W, int H)
{
    return (size_t)(W / CELL) * (size_t)(H / CELL);
}

/* An anchor's numbers as a candidate in picture pixels, with the network's own box and the centre
 * of the mouth as both its corners. False if they are not finite or the box is empty. */
static bool decode_one(const struct mn_blazeface *b, int anchor, const float *v,
                       struct mn_detection *d)
{
    const int columns = b->width / CELL;
    const float x = ((float)(anchor % columns) + 0.5f) * CELL - (float)b->left;
    const float y = ((float)(anchor / columns) + 0.5f) * CELL - (float)b->top;
    const float scale = (float)(1 / b->factor);
    const int mouth = 3;
    for (int i = 0; i < 2 * (2 + mouth + 1); i++)
        if (!(fabsf(v[i]) < 1e6f))
            return false;
    d->box[0] = (x + v[0] - v[2] / 2) * scale;
    d->box[1] = (y + v[1] - v[3] / 2) * scale;
    d->box[2] = (x + v[0] + v[2] / 2) * scale;
    d->box[3] = (y + v[1] + v[3] / 2) * scale;
    for (int k = 0; k < 5; k++) {
        const float *p = v + 4 + 2 * (k < mouth ? k : mouth);
        d->point[k][0] = (x + p[0]) * scale;
        d->point[k][1] = (y + p[1]) * scale;
    }
    return v[2] > 0 && v[3] > 0;
}

static size_t candidates(const struct mn_blazeface *b, struct mn_candidate *scratch)
{
    const size_t count = mn_blazeface_anchor_count(b->width, b->height);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const float logit = fminf(fmaxf(b->score[i], -MAX_LOGIT), MAX_LOGIT);
        struct mn_candidate *c = &scratch[n];
        c->anchor = (int)i;
        c->d.score = 1 / (1 + expf(-logit));
        if (c->d.score > b->threshold &&
            decode_one(b, (int)i, b->values + MN_BLAZEFACE_VALUES * i, &c->d))
            n++;
    }
    return n;
}

static void add(struct mn_detection *sum, const struct mn_detection *d, float weight)
{
    for (int i = 0; i < 4; i++)
        sum->box[i] += weight * d->box[i];
    for (int k = 0; k < 5; k++)
        for (int c = 0; c < 2; c++)
            sum->point[k][c] += weight * d->point[k][c];
}

static bool overlap(const struct mn_detection *best, const struct mn_detection *d)
{
    return mn_box_iou(best->box, d->box) > SAME_FACE;
}

/* Is it the best one, or nearly as good and of the same face? */
static bool counts(const struct mn_detection *best, const struct mn_detection *d)
{
    return d->score >= WORTH * best->score && overlap(best, d);
}

/* The mean by score of the first candidate and all good ones that overlap it; all that overlap it
 * leave the list, the rest moves up in order. */
static struct mn_detection average(struct mn_candidate *list, size_t *n)
{
    const struct mn_detection best = list[0].d;
    struct mn_detection mean = {.score = best.score};
    float total = 0;
    size_t left = 0;
    for (size_t i = 0; i < *n; i++)
        if (counts(&best, &list[i].d))
            total += list[i].d.score;
    for (size_t i = 0; i < *n; i++) {
        if (counts(&best, &list[i].d))
            add(&mean, &list[i].d, list[i].d.score / total);
        else if (!overlap(&best, &list[i].d))
            list[left++] = list[i];
    }
    *n = left;
    return mean;
}

static void finish(struct mn_detection *d)
{
    const float w = d->box[2] - d->box[0], h = d->box[3] - d->box[1];
    d->box[0] += INSET * w;
    d->box[2] -= INSET * w;
    d->box[1] -= ABOVE * h;
    d->box[3] += BELOW * h;
    for (int c = 0; c < 2; c++) {
        const float eyes = d->point[1][c] - d->point[0][c];
        d->point[3][c] -= MOUTH_CORNER * eyes;
        d->point[4][c] += MOUTH_CORNER * eyes;
    }
}

int mn_blazeface_decode(const struct mn_blazeface *b, struct mn_candidate *scratch,
                        struct mn_detection *out, int max)
{
    size_t n = candidates(b, scratch);
    int found = 0;
    qsort(scratch, n, sizeof(*scratch), mn_retinaface_better_first);
    while (n > 0 && found < max) {
        struct mn_detection d = average(scratch, &n);
        finish(&d);
        if (mn_box_min_side(d.box) >= b->min_side)
            out[found++] = d;
    }
    return found;
}

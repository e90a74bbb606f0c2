#include "face/au_post.h"

#include <string.h>

#include "base/mem.h"

#define SEEN (1u << 31) /* a flag beside the presences of a record: the person was seen */
#define ONLINE_BINS 200
#define ONLINE_LOWEST -3.0
#define ONLINE_WIDTH 0.04
#define ONLINE_FRAMES 10 /* before that, the resting face is unknown */

static float clamp5(double v)
{
    return v > 0 ? v < 5 ? (float)v : 5 : 0;
}

void mn_au_clamp(const struct mn_au_models *m, const double score[MN_AU_MODELS], const float *level,
                 struct mn_au_values *out)
{
    for (int i = 0; i < MN_AU_INTENSITIES; i++)
        out->intensity[i] = clamp5(score[i] + (level ? (double)level[i] : 0));
    out->presences = mn_au_add_present(m, out->intensity, mn_au_presences(m, score));
}

/* The offset that puts the median face, whose score is 0, at its level, unless it is higher than
 * that already. */
static double with_level(double offset, const struct mn_au_model *m, float level)
{
    return m->has_level && -(double)level < offset ? -(double)level : offset;
}

/* The lower edge of the bin that contains the 10th percentile. */
static double resting(const uint32_t seen[ONLINE_BINS], uint32_t count)
{
    uint32_t tenth = (uint32_t)(0.10 * count), sum = 0;
    for (int b = 0; b < ONLINE_BINS; b++) {
        sum += seen[b];
        if (sum > tenth)
            return ONLINE_LOWEST + b * ONLINE_WIDTH;
    }
    return 0;
}

void mn_au_online_correct(struct mn_au_online *o, const struct mn_au_models *m,
                          const double score[MN_AU_MODELS], const float *level,
                          struct mn_au_values *out)
{
    o->count++;
    for (int i = 0; i < MN_AU_INTENSITIES; i++) {
        double bin = (score[i] - ONLINE_LOWEST) / ONLINE_WIDTH;
        bin = bin > 0 ? bin < ONLINE_BINS - 1 ? bin : ONLINE_BINS - 1 : 0;
        o->seen[i][(int)bin]++;
        double offset = o->count >= ONLINE_FRAMES ? resting(o->seen[i], o->count) : 0;
        offset = with_level(offset, &m->model[i], level ? level[i] : 0);
        out->intensity[i] = clamp5(score[i] - offset);
    }
    out->presences = mn_au_add_present(m, out->intensity, mn_au_presences(m, score));
}

/* --------------------------------------------------------------------- the whole video ---- */

struct record {
    float intensity[MN_AU_INTENSITIES];
    uint32_t presences; /* and SEEN */
};

struct mn_au_history {
    const struct mn_au_models *models;
    bool repredict;
    int64_t first;  /* frame of record[0] */
    int64_t length; /* of the video */
    bool finished;
    size_t count, capacity;
    struct record *record;
    int num_kept;
    float (*kept)[MN_AU_MODELS]; /* products of the first MN_AU_REPREDICTED records seen */
    float offset[MN_AU_INTENSITIES];
};

int mn_au_history_open(struct mn_au_history **out, const struct mn_au_models *m, bool repredict)
{
    struct mn_au_history *h = mn_alloc(1, sizeof(*h));
    *out = h;
    if (!h)
        return MIEN_ENOMEM;
    h->models = m;
    h->repredict = repredict;
    /* calloc: a person of a few frames touches only the pages it needs */
    h->kept = calloc(repredict ? MN_AU_REPREDICTED : 1, sizeof(*h->kept));
    if (!h->kept)
        mn_au_history_close(out);
    return *out ? 0 : MIEN_ENOMEM;
}

void mn_au_history_close(struct mn_au_history **h)
{
    if (!*h)
        return;
    free((*h)->record);
    free((*h)->kept);
    free(*h);
    *h = NULL;
}

static int grow(struct mn_au_history *h, size_t count)
{
    if (count <= h->capacity)
        return 0;
    if (count > SIZE_MAX / 2 / sizeof(struct record))
        return MIEN_ENOMEM;
    size_t capacity = h->capacity ? h->capacity : 256;
    while (capacity < count)
        capacity *= 2;
    struct record *r = realloc(h->record, capacity * sizeof(*r));
    if (!r)
        return MIEN_ENOMEM;
    h->record = r;
    h->capacity = capacity;
    return 0;
}

static void store(struct mn_au_history *h, struct record *r, const double score[MN_AU_MODELS])
{
    for (int i = 0; i < MN_AU_INTENSITIES; i++)
        r->intensity[i] = (float)score[i];
    r->presences = mn_au_presences(h->models, score) | SEEN;
}

int mn_au_history_add(struct mn_au_history *h, int64_t index, const double *product,
                      const double score[MN_AU_MODELS])
{
    if (h->count == 0)
        h->first = index;
    int64_t end = h->first + (int64_t)h->count;
    if (h->finished || index < end)
        return MIEN_EINVAL;
    size_t at = (size_t)(index - h->first);
    int err = grow(h, at + 1);
    if (err < 0)
        return err;
    memset(h->record + h->count, 0, (at - h->count) * sizeof(*h->record));
    store(h, &h->record[at], score);
    h->count = at + 1;
    if (h->repredict && h->num_kept < MN_AU_REPREDICTED) {
        for (int i = 0; i < MN_AU_MODELS; i++)
            h->kept[h->num_kept][i] = (float)product[i];
        h->num_kept++;
    }
    return 0;
}

static void predict_again(struct mn_au_history *h, const double *median)
{
    int kept = 0;
    for (size_t i = 0; i < h->count && kept < h->num_kept; i++) {
        if (!(h->record[i].presences & SEEN))
            continue;
        double product[MN_AU_MODELS], score[MN_AU_MODELS];
        for (int k = 0; k < MN_AU_MODELS; k++)
            product[k] = (double)h->kept[kept][k];
        mn_au_scores(h->models, product, median, score);
        store(h, &h->record[i], score);
        kept++;
    }
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* The value below which the unit's cutoff share of the frames lies. */
static float offset_of(const struct mn_au_history *h, int unit, float *sorted)
{
    const struct mn_au_model *m = &h->models->model[unit];
    size_t n = 0;
    if (!m->dynamic || m->cutoff < 0)
        return 0;
    for (size_t i = 0; i < h->count; i++)
        if (h->record[i].presences & SEEN)
            sorted[n++] = h->record[i].intensity[unit];
    qsort(sorted, n, sizeof(*sorted), compare);
    size_t at = (size_t)((double)n * m->cutoff);
    return n ? sorted[at < n ? at : n - 1] : 0;
}

static void correct(struct mn_au_history *h, struct record *r)
{
    for (int k = 0; k < MN_AU_INTENSITIES; k++)
        r->intensity[k] = clamp5((double)r->intensity[k] - (double)h->offset[k]);
    r->presences = mn_au_add_present(h->models, r->intensity, r->presences);
}

int mn_au_history_finish(struct mn_au_history *h, const double *median, const float *level,
                         int64_t length)
{
    if (h->finished || length < h->first + (int64_t)h->count)
        return MIEN_EINVAL;
    h->length = length;
    if (h->repredict) {
        float *sorted = mn_alloc(h->count, sizeof(*sorted));
        if (!sorted)
            return MIEN_ENOMEM;
        predict_again(h, median);
        for (int k = 0; k < MN_AU_INTENSITIES; k++)
            h->offset[k] = (float)with_level((double)offset_of(h, k, sorted), &h->models->model[k],
                                             level ? level[k] : 0);
        free(sorted);
    }
    for (size_t i = 0; i < h->count; i++)
        if (h->record[i].presences & SEEN)
            correct(h, &h->record[i]);
    h->finished = true;
    return 0;
}

static const struct record *record_at(const struct mn_au_history *h, int64_t index)
{
    static const struct record none;
    int64_t at = index - h->first;
    return at >= 0 && at < (int64_t)h->count ? &h->record[at] : &none;
}

/* The first and last frames of the video, one for intensities and three for presences, are not
 * smoothed. */
void mn_au_history_get(const struct mn_au_history *h, int64_t index, struct mn_au_values *out)
{
    const struct record *here = record_at(h, index);
    memcpy(out->intensity, here->intensity, sizeof(out->intensity));
    out->presences = here->presences & ~SEEN;
    if (index >= 1 && index < h->length - 1) {
        const struct record *a = record_at(h, index - 1), *b = record_at(h, index + 1);
        for (int k = 0; k < MN_AU_INTENSITIES; k++) {
            double sum =
                (double)a->intensity[k] + (double)here->intensity[k] + (double)b->intensity[k];
            out->intensity[k] = (float)(sum / 3);
        }
    }
    if (index >= 3 && index < h->length - 3) {
        out->presences = 0;
        for (int k = 0; k < MN_AU_PRESENCES; k++) {
            int votes = 0;
            for (int i = -3; i <= 3; i++)
                votes += record_at(h, index + i)->presences >> k & 1;
            out->presences |= (uint32_t)(votes >= 4) << k;
        }
    }
}

const float *mn_au_history_offsets(const struct mn_au_history *h)
{
    return h->offset;
}

bool mn_au_history_raw(const struct mn_au_history *h, int64_t index, struct mn_au_values *out)
{
    const struct record *r = record_at(h, index);
    memcpy(out->intensity, r->intensity, sizeof(out->intensity));
    out->presences = r->presences & ~SEEN;
    return r->presences & SEEN;
}

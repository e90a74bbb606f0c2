#include "evaluate/intervals.h"

#include <math.h>
#include <mien/mien.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate/resample.h"
#include "io/msg.h"
#include "io/signal.h"

/* A sum that is not 0. Most people have few of the many cells of errors. */
struct entry {
    int32_t person, sum; /* sum: counted over both scorings */
    double value;
};

struct drawing {
    const struct mn_evaluation *e;
    const int *times; /* of each person; NULL: each once */
    struct entry *entry[MN_EVALUATE_ITEMS];
    int64_t n[MN_EVALUATE_ITEMS];
    double sums[MN_SCORINGS][MN_SCORES_SUMS];
};

/* Copies the sums of an item that are not 0. Counts them only, if `to` is NULL. */
static int64_t copy_entries(const struct mn_evaluation *e, const struct mn_scored_item *item,
                            struct entry *to)
{
    const int sums = MN_SCORINGS * item->kind->num_sums;
    int64_t n = 0;
    for (int32_t p = 0; p < e->labels.num_people; p++) {
        const double *from = item->sums + (size_t)p * (size_t)sums;
        const int most = mn_scores_frames(from) + mn_scores_frames(from + sums / 2) > 0 ? sums : 0;
        for (int32_t i = 0; i < most; i++) {
            if (from[i] != 0 && to)
                to[n] = (struct entry){p, i, from[i]};
            n += from[i] != 0;
        }
    }
    return n;
}

static int find_entries(struct drawing *d)
{
    for (int i = 0; i < d->e->num_items; i++) {
        const struct mn_scored_item *item = &d->e->item[i];
        if (item->mean)
            continue;
        d->n[i] = copy_entries(d->e, item, NULL);
        d->entry[i] = calloc((size_t)d->n[i] + 1, sizeof(*d->entry[i]));
        if (!d->entry[i])
            return mn_fail(MIEN_ENOMEM, "out of memory for the scores");
        copy_entries(d->e, item, d->entry[i]);
    }
    return 0;
}

static void add_people(struct drawing *d, int item)
{
    const int n = d->e->item[item].kind->num_sums;
    double *measured = d->sums[MN_SCORING_MEASURED], *all = d->sums[MN_SCORING_ALL];
    memset(measured, 0, (size_t)n * sizeof(*measured));
    memset(all, 0, (size_t)n * sizeof(*all));
    for (int64_t i = 0; i < d->n[item]; i++) {
        const struct entry *e = &d->entry[item][i];
        const double v = d->times ? d->times[e->person] * e->value : e->value;
        if (e->sum < n)
            measured[e->sum] += v;
        else
            all[e->sum - n] += v;
    }
    for (int i = 0; i < n; i++)
        all[i] += measured[i];
}

/* Mean of a metric over the items before this one; their values precede `value`. */
static double mean_of(const struct mn_evaluation *e, int item, const double *value, int metric)
{
    const int step = MN_SCORINGS * e->item[item].kind->num_metrics;
    double sum = 0;
    int n = 0;
    for (int i = 1; i <= item; i++) {
        const double v = value[metric - i * step];
        sum += isnan(v) ? 0 : v;
        n += !isnan(v);
    }
    return n ? sum / n : NAN;
}

/* The values of all metrics, in the order of items, scorings and metrics. */
static void compute(struct drawing *d, double *value)
{
    for (int i = 0; i < d->e->num_items; i++) {
        const struct mn_scored_item *item = &d->e->item[i];
        const int n = item->kind->num_metrics;
        if (!item->mean)
            add_people(d, i);
        for (int k = 0; k < MN_SCORINGS * n; k++)
            value[k] = item->mean ? mean_of(d->e, i, value, k)
                                  : item->kind->metric[k % n].of(d->sums[k / n]);
        for (int k = 0; k < MN_SCORINGS * n; k++)
            value[k] = isfinite(value[k]) ? value[k] : NAN;
        value += MN_SCORINGS * n;
    }
}

static int count_values(const struct mn_evaluation *e)
{
    int n = 0;
    for (int i = 0; i < e->num_items; i++)
        n += MN_SCORINGS * e->item[i].kind->num_metrics;
    return n;
}

static int draw_all(struct drawing *d, const struct mn_evaluation *e, double *values, int *people)
{
    const int n = count_values(e), draws = e->people > 1 ? e->rules.resamples : 0;
    int *with = people, *times = people + e->labels.num_people,
        *drawn = times + e->labels.num_people;
    int count = 0;
    for (int p = 0; p < e->labels.num_people; p++)
        for (int i = 0; i < e->num_items; i++) {
            const struct mn_scored_item *item = &e->item[i];
            const size_t sums = (size_t)item->kind->num_sums;
            const double *s = item->mean ? NULL : item->sums + (size_t)p * MN_SCORINGS * sums;
            if (s && mn_scores_frames(s) + mn_scores_frames(s + sums) > 0) {
                with[count++] = p;
                break;
            }
        }
    d->times = NULL;
    compute(d, values);
    for (int k = 0; k < draws; k++) {
        if (atomic_load(&mn_signal_received))
            return MIEN_EINTERRUPTED;
        mn_resample_draw((uint64_t)e->rules.seed, k, count, drawn);
        memset(times, 0, (size_t)e->labels.num_people * sizeof(*times));
        for (int i = 0; i < count; i++)
            times[with[i]] = drawn[i];
        d->times = times;
        compute(d, values + (size_t)(k + 1) * (size_t)n);
    }
    return 0;
}

/* Moves the values to the scores. The first metric, a number of frames, gets no interval. column:
 * room for a value of each draw. */
static int keep(struct mn_evaluation *e, const double *values, double *column)
{
    const int n = count_values(e), draws = e->people > 1 ? e->rules.resamples : 0;
    int at = 0;
    for (int i = 0; i < e->num_items; i++)
        for (int s = 0; s < MN_SCORINGS; s++) {
            struct mn_scored_item *item = &e->item[i];
            item->score[s] = calloc((size_t)item->kind->num_metrics, sizeof(struct mn_score));
            if (!item->score[s])
                return mn_fail(MIEN_ENOMEM, "out of memory for the scores");
            for (int m = 0; m < item->kind->num_metrics; m++, at++) {
                struct mn_score *score = &item->score[s][m];
                for (int k = 0; k < draws; k++)
                    column[k] = values[(size_t)(k + 1) * (size_t)n + (size_t)at];
                score->value = values[at];
                mn_resample_interval(column, m > 0 ? draws : 0, &score->low, &score->high);
            }
        }
    return 0;
}

int mn_intervals(struct mn_evaluation *e)
{
    const size_t n = (size_t)count_values(e), draws = (size_t)e->rules.resamples;
    struct drawing *d = calloc(1, sizeof(*d));
    double *values = calloc(n * (draws + 1), sizeof(*values));
    double *column = calloc(draws + 1, sizeof(*column));
    int *people = calloc(3 * (size_t)e->labels.num_people, sizeof(*people));
    int err =
        d && values && column && people ? 0 : mn_fail(MIEN_ENOMEM, "out of memory for the scores");
    if (err == 0) {
        d->e = e;
        err = find_entries(d);
    }
    if (err == 0)
        err = draw_all(d, e, values, people);
    if (err == 0)
        err = keep(e, values, column);
    for (int i = 0; d && i < MN_EVALUATE_ITEMS; i++)
        free(d->entry[i]);
    free(d);
    free(values);
    free(column);
    free(people);
    return err;
}

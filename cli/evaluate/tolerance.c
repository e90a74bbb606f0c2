#include "evaluate/tolerance.h"

#include <fnmatch.h>
#include <math.h>
#include <mien/mien.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/msg.h"

static double mean_of(struct mn_pairs *p)
{
    return mn_pairs_mean(p);
}

static double p95_of(struct mn_pairs *p)
{
    return mn_percentile_at(&p->size, 95);
}

static double max_of(struct mn_pairs *p)
{
    return p->n ? p->max : NAN;
}

static double bias_of(struct mn_pairs *p)
{
    return fabs(mn_pairs_bias(p));
}

static const struct statistic {
    const char *name;
    double (*of)(struct mn_pairs *p);
} statistics[] = {{"mean", mean_of}, {"p95", p95_of}, {"max", max_of}, {"bias", bias_of}};
#define NUM_STATISTICS (int)(sizeof(statistics) / sizeof(statistics[0]))

struct limit {
    char name[80];
    const struct statistic *statistic;
    double value;
};

static void count(struct mn_excess *e, const struct limit *l, const char *name, double have)
{
    if (e->n++ == 0)
        snprintf(e->text, sizeof(e->text), "%s of %s is %.4g, not at most %g", l->statistic->name,
                 name, have, l->value);
}

/* "NAME[.STATISTIC]=VALUE" up to the end. */
static bool parse(struct limit *l, const char *text, size_t length)
{
    const char *equals = memchr(text, '=', length);
    char *stop;
    if (!equals || equals == text || (size_t)(equals - text) >= sizeof(l->name))
        return false;
    memcpy(l->name, text, (size_t)(equals - text));
    l->name[equals - text] = 0;
    l->statistic = &statistics[0];
    l->value = strtod(equals + 1, &stop);
    char *point = strrchr(l->name, '.');
    for (int i = 0; point && i < NUM_STATISTICS; i++)
        if (!strcmp(point + 1, statistics[i].name)) {
            l->statistic = &statistics[i];
            *point = 0;
            break;
        }
    return stop == text + length && stop > equals + 1 && l->value >= 0;
}

static int apply(struct mn_comparison *c, const struct limit *l, struct mn_excess *e)
{
    int found = 0;
    for (int i = 0; i < c->n; i++) {
        struct mn_compared *row = &c->row[i];
        if (row->absent || fnmatch(l->name, row->name, 0))
            continue;
        const double have = l->statistic->of(&row->pairs);
        found++;
        row->limited = true;
        if (!(have <= l->value)) {
            row->exceeded = true;
            count(e, l, row->name, have);
        }
    }
    if (found)
        return 0;
    return mn_fail(MIEN_EINVAL, "--tolerance: '%s' is no column of both results; --all lists them",
                   l->name);
}

static void apply_unmatched(const struct mn_comparison *c, const struct limit *l,
                            struct mn_excess *e)
{
    const int64_t have = mn_compare_unmatched(c);
    if ((double)have > l->value && e->n++ == 0)
        snprintf(e->text, sizeof(e->text), "%lld faces are unmatched, not at most %g",
                 (long long)have, l->value);
}

/* Reads the limit at the beginning of *list and moves *list to the next one. 1; 0: the end; or
 * MIEN_EINVAL, reported. */
static int next_limit(struct limit *l, const char **list)
{
    if (!*list || !**list)
        return 0;
    const size_t length = strcspn(*list, ",");
    if (!parse(l, *list, length))
        return mn_fail(MIEN_EINVAL, "--tolerance takes NAME=VALUE[,NAME.p95=VALUE...], not '%.*s'",
                       (int)length, *list);
    *list += length + ((*list)[length] == ',');
    return 1;
}

int mn_tolerance_parse(const char *list)
{
    struct limit l;
    int got;
    while ((got = next_limit(&l, &list)) > 0)
        ;
    return got;
}

int mn_tolerance_check(struct mn_comparison *c, const char *list, struct mn_excess *e)
{
    struct limit l;
    int got;
    memset(e, 0, sizeof(*e));
    while ((got = next_limit(&l, &list)) > 0) {
        int err = 0;
        if (!strcmp(l.name, "unmatched"))
            apply_unmatched(c, &l, e);
        else
            err = apply(c, &l, e);
        if (err < 0)
            return err;
    }
    return got;
}

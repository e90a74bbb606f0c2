#include "page/ids.h"

#include <math.h>

#define PATIENCE 2.0 /* seconds */

void mn_ids_seen(struct mn_ids *ids, struct mn_person *people, int number)
{
    struct mn_person *p = &people[number];
    if (p->frames == 1 && ids->num_fresh < MN_IDS_RECENT)
        ids->fresh[ids->num_fresh++] = number;
    if (!p->recent && ids->n < MN_IDS_RECENT) {
        p->recent = true;
        ids->recent[ids->n++] = number;
    }
}

static double overlap(const double a[4], const double b[4])
{
    const double w = fmin(a[0] + a[2], b[0] + b[2]) - fmax(a[0], b[0]),
                 h = fmin(a[1] + a[3], b[1] + b[3]) - fmax(a[1], b[1]);
    const double both = w > 0 && h > 0 ? w * h : 0;
    return both / (a[2] * a[3] + b[2] * b[3] - both);
}

/* Did another person end here? */
static bool succeeds(const struct mn_ids *ids, const struct mn_person *people, int number,
                     int64_t frame)
{
    for (int i = 0; i < ids->n; i++) {
        const struct mn_person *p = &people[ids->recent[i]];
        if (p->last_frame < frame && overlap(p->box, people[number].box) > 0.3)
            return true;
    }
    return false;
}

void mn_ids_frame(struct mn_ids *ids, struct mn_person *people, int64_t frame, double time)
{
    for (int i = 0; i < ids->num_fresh && ids->boxes; i++)
        ids->changes += succeeds(ids, people, ids->fresh[i], frame);
    ids->num_fresh = 0;
    int kept = 0;
    for (int i = 0; i < ids->n; i++) {
        struct mn_person *p = &people[ids->recent[i]];
        p->recent = p->last >= time - PATIENCE;
        if (p->recent)
            ids->recent[kept++] = ids->recent[i];
    }
    ids->n = kept;
}

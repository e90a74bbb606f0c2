#include "run/tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Index of the first id that is not below `id`. */
static int position_of(const struct mn_tally *t, int32_t id)
{
    int low = 0, high = t->people;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (t->id[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Ids may return, have gaps, and be any number with external landmarks. */
static int add_person(struct mn_tally *t, int32_t id)
{
    int at = position_of(t, id);
    if (at < t->people && t->id[at] == id)
        return 0;
    int32_t *ids = mn_grow(t->id, t->people, &t->room, sizeof(*ids));
    if (!ids)
        return MIEN_ENOMEM;
    t->id = ids;
    memmove(&t->id[at + 1], &t->id[at], (size_t)(t->people - at) * sizeof(*t->id));
    t->id[at] = id;
    t->people++;
    return 0;
}

int mn_tally_add(struct mn_tally *t, const struct mn_result *r)
{
    t->frames++;
    t->rows += r->num_faces ? r->num_faces : 1;
    t->faces += r->num_faces;
    t->frames_with_face += r->num_faces > 0;
    if (r->frame->error == MIEN_EWORKER && t->quarantined++ < MN_QUARANTINED_NAMED)
        t->quarantined_frame[t->quarantined - 1] = r->frame->index + 1;
    int err = 0;
    for (int i = 0; i < r->num_faces && err == 0; i++)
        err = add_person(t, r->face[i]->id);
    return err;
}

void mn_tally_sinks(struct mn_tally *t, struct mn_sink *const *sink, int n)
{
    for (int i = 0; i < n; i++) {
        const struct mn_sink_info *info = sink[i]->info;
        if (info->counts) {
            t->sends = true;
            t->objects = info->counts(sink[i]);
        }
        if (info->shown) {
            t->shows = true;
            t->shown = info->shown(sink[i]);
        }
    }
}

void mn_tally_finish(struct mn_tally *t)
{
    free(t->id);
    t->id = NULL;
    t->people = t->room = 0;
}

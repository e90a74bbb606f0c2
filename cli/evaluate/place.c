#include "evaluate/place.h"

#include <math.h>

struct spot {
    double x, y, size;
};

static bool find_columns(struct mn_place *p, struct mn_reader *r, const char *const names[4])
{
    bool all = true;
    for (int i = 0; i < 4; i++) {
        p->column[i] = mn_reader_find(r, names[i]);
        all = all && p->column[i] >= 0;
    }
    return all;
}

bool mn_place_find(struct mn_place *p, struct mn_reader *r)
{
    static const char *const eyes[4] = {"x_36", "y_36", "x_45", "y_45"};
    static const char *const box[4] = {"box_x", "box_y", "box_w", "box_h"};
    p->box = !find_columns(p, r, eyes);
    return !p->box || find_columns(p, r, box);
}

/* Eyes are near the upper third of a box, and their corners half its width apart. */
static struct spot spot_of(const struct mn_place *p, const double *row)
{
    const double a = row[p->column[0]], b = row[p->column[1]];
    const double c = row[p->column[2]], d = row[p->column[3]];
    if (p->box)
        return (struct spot){a + c / 2, b + d / 3, c / 2};
    return (struct spot){(a + c) / 2, (b + d) / 2, hypot(a - c, b - d)};
}

static int nearest(const struct spot *to, const struct mn_frame_rows *f, const struct mn_place *p,
                   double *distance)
{
    int found = -1;
    *distance = INFINITY;
    for (int i = 0; i < f->n; i++) {
        const struct spot s = spot_of(p, mn_frame_rows_at(f, i));
        const double d = hypot(s.x - to->x, s.y - to->y);
        if (mn_frame_rows_person(f, i) >= 0 && d < *distance) {
            *distance = d;
            found = i;
        }
    }
    return found;
}

int mn_place_partner(const struct mn_frame_rows *a, const struct mn_place *place_a, int i,
                     const struct mn_frame_rows *b, const struct mn_place *place_b)
{
    double distance;
    const struct spot here = spot_of(place_a, mn_frame_rows_at(a, i));
    const int k = nearest(&here, b, place_b, &distance);
    if (k < 0 || !(distance < here.size))
        return -1;
    const struct spot there = spot_of(place_b, mn_frame_rows_at(b, k));
    return nearest(&there, a, place_a, &distance) == i ? k : -1;
}

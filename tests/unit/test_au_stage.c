/* How long a person counts as present, and which frame a final value belongs to: synthetic
 * frames, with the built-in models of action units. */
#include <math.h>

#include "drive.h"
#include "face/au_chain.h"
#include "golden.h"

static struct mn_au *au;

static void open_stage(struct drive *d, bool live)
{
    memset(d, 0, sizeof(*d));
    d->work_faces = 1;
    d->ctx.au = au;
    d->ctx.settings.live = live;
    drive_open(d, &mn_stage_au, 1);
}

/* The product of one unit's models; the other features stay 0. */
#define UNIT 6

/* A frame that shows person `id`, with landmarks that can be trusted or not; returns its values. */
static mien_au show(struct drive *d, int64_t index, double time, int32_t id, bool trusted,
                    double value)
{
    struct mn_frame *f = drive_frame(d, time);
    f->pub.index = index;
    mn_work_add_face(f)->id = id;
    if (trusted) {
        f->faces[0].has = MIEN_AU;
        memset(&f->work->face[0].features, 0, sizeof(f->work->face[0].features));
        f->work->face[0].features.product[UNIT] = value;
    }
    drive_push(d, f);
    f = drive_next(d, f->seq);
    CHECK_INT(f->pub.error, 0);
    const mien_au out = f->faces[0].au;
    f->num_faces = 0;
    drive_done(d, f);
    return out;
}

/* Landmarks are not trusted for 40 frames, then they are again; returns the values then. */
static mien_au after_lost_points(bool live, double interval, double value)
{
    struct drive d;
    open_stage(&d, live);
    int64_t k = 0;
    for (; k < 20; k++)
        show(&d, k, (double)k * interval, 3, true, 1);
    for (; k < 60; k++)
        show(&d, k, (double)k * interval, 3, false, 0);
    const mien_au now = show(&d, k, (double)k * interval, 3, true, value);
    drive_flush(&d);
    mien_au final;
    CHECK_INT(mn_au_final(d.state, k, 3, &final), live ? MIEN_EINVAL : 0);
    drive_close(&d);
    return now;
}

/* That takes longer than a track lives, but the boxes were there all the time: it is the same
 * person, with the neutral face that was known. */
static void points_lost_for_long(bool live)
{
    int between = 0; /* not at the ends of the scale, where all are the same */
    for (double value = -200; value <= 200; value += 2) {
        const mien_au soon = after_lost_points(live, 0.01, value),
                      late = after_lost_points(live, 0.1, value);
        CHECK(!memcmp(&soon, &late, sizeof(soon)));
        between += soon.intensity[UNIT] > 0 && soon.intensity[UNIT] < 5;
    }
    CHECK(between > 0);
}

/* No track comes back after that, but if one did, the run would go on. */
static void back_after_all(bool live)
{
    struct drive d;
    open_stage(&d, live);
    show(&d, 0, 0, 3, true, 1);
    show(&d, 1, 1, 5, true, 1);
    show(&d, 2, 10, 5, true, 1); /* person 3 has left */
    for (int64_t k = 3; k < 8; k++)
        show(&d, k, 10 + (double)k / 10, 3, true, 1);
    drive_flush(&d);
    mien_au final;
    CHECK_INT(mn_au_final(d.state, 7, 3, &final), live ? MIEN_EINVAL : 0);
    drive_close(&d);
}

/* --frame-skip leaves out numbers, a source may begin anywhere. */
static void numbers_with_gaps(void)
{
    static const int64_t number[] = {4, 5, 6, 9, 12, 15, 16, 17, 40, 41, 42, 43};
    enum { N = sizeof(number) / sizeof(number[0]) };
    struct drive plain, gaps;
    open_stage(&plain, false);
    open_stage(&gaps, false);
    for (int k = 0; k < N; k++) {
        show(&plain, k, k / 10.0, 0, true, k % 5);
        show(&gaps, number[k], k / 10.0, 0, true, k % 5);
    }
    drive_flush(&plain);
    drive_flush(&gaps);
    mien_au want, have;
    float least = INFINITY, most = 0;
    for (int k = 0; k < N; k++) {
        CHECK_INT(mn_au_final(plain.state, k, 0, &want), 0);
        CHECK_INT(mn_au_final(gaps.state, number[k], 0, &have), 0);
        CHECK(have.final && !memcmp(&want, &have, sizeof(want)));
        least = fminf(least, want.intensity[UNIT]);
        most = fmaxf(most, want.intensity[UNIT]);
    }
    CHECK(most > least + 0.5f); /* otherwise any frame would pass */
    static const int64_t none[] = {-1, 0, 3, 7, 8, 10, 14, 18, 39, 44, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        CHECK_INT(mn_au_final(gaps.state, none[i], 0, &have), MIEN_EINVAL);
    drive_reset(&gaps); /* the next stream starts its own indices */
    show(&gaps, 100, 0, 0, true, 1);
    drive_flush(&gaps);
    CHECK_INT(mn_au_final(gaps.state, 4, 0, &have), MIEN_EINVAL);
    CHECK_INT(mn_au_final(gaps.state, 100, 0, &have), 0);
    drive_close(&plain);
    drive_close(&gaps);
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    REQUIRE(mn_au_open(&au, MN_SOURCE_ROOT "/models/builtin/au", false, NULL) == 0);
    points_lost_for_long(false);
    points_lost_for_long(true);
    back_after_all(false);
    back_after_all(true);
    numbers_with_gaps();
    mn_au_close(&au);
    return check_done();
}

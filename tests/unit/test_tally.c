/* The tally of a run: frames, rows, faces, people and quarantined frames, whatever their ids. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "run/tally.h"

#define MANY 1000

/* One frame with the faces of these ids. */
static void add(struct mn_tally *t, int64_t index, int error, const int32_t *id, int n)
{
    mien_face *faces = calloc(MIEN_FACES_LIMIT, sizeof(*faces));
    const mien_face *face[MIEN_FACES_LIMIT];
    REQUIRE(faces && n <= MIEN_FACES_LIMIT);
    for (int i = 0; i < n; i++) {
        faces[i].id = id[i];
        face[i] = &faces[i];
    }
    const mien_frame f = {.index = index, .error = error};
    CHECK_INT(mn_tally_add(t, &(struct mn_result){&f, n, face}), 0);
    free(faces);
}

static void test_people(void)
{
    struct mn_tally t = {0};
    const int32_t few[] = {7, -3, 7, INT32_MAX};
    add(&t, 0, 0, few, 4);
    add(&t, 1, 0, NULL, 0);
    add(&t, 2, 0, few, 2);
    CHECK_INT(t.frames, 3);
    CHECK_INT(t.rows, 4 + 1 + 2); /* a frame without faces has a row */
    CHECK_INT(t.faces, 6);
    CHECK_INT(t.frames_with_face, 2);
    CHECK_INT(t.people, 3);
    CHECK(t.id[0] == -3 && t.id[1] == 7 && t.id[2] == INT32_MAX);

    for (int32_t i = 0; i < MANY; i++) { /* more than there is room for, in any order */
        int32_t id = i * 7919 % MANY + 100;
        add(&t, 3 + i, 0, &id, 1);
    }
    CHECK_INT(t.people, 3 + MANY);
    for (int i = 1; i < t.people; i++)
        CHECK(t.id[i - 1] < t.id[i]);
    mn_tally_finish(&t);
    CHECK(t.people == 0 && !t.id);
}

static void test_quarantine(void)
{
    struct mn_tally t = {0};
    for (int i = 0; i < 3 * MN_QUARANTINED_NAMED; i++)
        add(&t, i, i % 2 ? MIEN_EWORKER : 0, NULL, 0);
    CHECK_INT(t.quarantined, 3 * MN_QUARANTINED_NAMED / 2);
    CHECK_INT(t.quarantined_frame[0], 2); /* numbers begin with 1 */
    CHECK_INT(t.quarantined_frame[MN_QUARANTINED_NAMED - 1], 2 * MN_QUARANTINED_NAMED);
    CHECK_INT(t.people, 0);
    mn_tally_finish(&t);
}

static struct mn_sink_counts counted(const struct mn_sink *s)
{
    (void)s;
    return (struct mn_sink_counts){.sent = 5, .dropped = 2};
}

static struct mn_rate shown(const struct mn_sink *s)
{
    (void)s;
    return (struct mn_rate){.count = 9};
}

static void test_sinks(void)
{
    const struct mn_sink_info plain = {.name = "plain"}, sender = {.counts = counted},
                              window = {.shown = shown};
    struct mn_sink a = {&plain}, b = {&sender}, c = {&window};
    struct mn_sink *const sinks[] = {&a, &b, &c};
    struct mn_tally t = {0};
    mn_tally_sinks(&t, sinks, 1);
    CHECK(!t.sends && !t.shows);
    mn_tally_sinks(&t, sinks, 3);
    CHECK(t.sends && t.shows);
    CHECK_INT(t.objects.sent, 5);
    CHECK_INT(t.objects.dropped, 2);
    CHECK_INT(t.shown.count, 9);
    mn_tally_finish(&t);
}

int main(void)
{
    test_people();
    test_quarantine();
    test_sinks();
    return check_done();
}

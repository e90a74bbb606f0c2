/* Which legs a run has, how many there may be, and that the public statistics have room for all
 * that the stages measure. */
#include "base/mem.h"
#include <mien/stats.h>

#include "check.h"
#include "exec/exec.h"
#include "exec/legs.h"

static bool never(const struct mn_context *ctx)
{
    (void)ctx;
    return false;
}

static const struct mn_stage any = {.name = "any", .order = MN_ANY_ORDER};
static const struct mn_stage other = {.name = "other", .order = MN_ANY_ORDER};
static const struct mn_stage lane = {.name = "lane", .order = MN_IN_ORDER};
static const struct mn_stage off = {.name = "off", .enabled = never};

static struct mn_context ctx;

static void order_and_states(void)
{
    static const struct mn_stage *const row[] = {&any,   &off, &lane, &any,
                                                 &other, &any, &lane, NULL};
    struct mn_legs legs;
    char names[MN_LEGS_TEXT];
    CHECK_INT(mn_legs_init(&legs, row, &ctx), 0);
    CHECK_INT(legs.num, 6);
    mn_legs_names(&legs, names, sizeof(names));
    CHECK_STR(names, "any,lane,any,other,any,lane");
    static const int state_of[] = {0, 1, 0, 3, 0, 1}, last[] = {0, 4, 4, 4, 4, 5};
    for (int leg = 0; leg < legs.num; leg++) {
        CHECK_INT(legs.state_of[leg], state_of[leg]);
        CHECK_INT(mn_legs_last(&legs, leg), last[leg]);
    }
}

/* One more than fit, enabled and not. What lies behind the legs stays as it was. */
static void too_many(void)
{
    const struct mn_stage *row[MN_MAX_LEGS + 3] = {NULL};
    struct {
        struct mn_legs legs;
        uint8_t behind[256];
    } s;
    memset(&s, 0x5a, sizeof(s));
    row[0] = &off;
    for (int i = 1; i <= MN_MAX_LEGS; i++)
        row[i] = i % 2 ? &any : &lane;
    CHECK_INT(mn_legs_init(&s.legs, row, &ctx), 0);
    CHECK_INT(s.legs.num, MN_MAX_LEGS);
    row[MN_MAX_LEGS + 1] = &other;
    CHECK_INT(mn_legs_init(&s.legs, row, &ctx), MIEN_EINTERNAL);
    CHECK_INT(s.legs.num, MN_MAX_LEGS);
    for (size_t i = 0; i < sizeof(s.behind); i++)
        CHECK_INT(s.behind[i], 0x5a);
}

/* A stage may have no state, nothing to open and nothing to close. */
static void without_state(void)
{
    static const struct mn_stage *const row[] = {&any, &other, NULL};
    struct mn_legs legs;
    void *state[MN_MAX_LEGS] = {NULL};
    REQUIRE(mn_legs_init(&legs, row, &ctx) == 0);
    CHECK_INT(mn_legs_open(&legs, &ctx, state), 0);
    CHECK(state[0] && state[1]);
    mn_legs_close(&legs, state);
    CHECK(!state[0] && !state[1]);
}

/* The public structure has room for the spans and the rates of every stage there is. */
static void room_in_statistics(void)
{
    const char *span[MN_MAX_LEGS * MN_STAGE_SPANS];
    int rows = 0, stages = 0, spans = 0;
    for (; mn_stages[rows]; rows++) {
        int first = 0;
        CHECK(strlen(mn_stages[rows]->name) < MN_LEGS_TEXT / MN_MAX_LEGS); /* with its comma */
        while (mn_stages[first] != mn_stages[rows])
            first++;
        stages += first == rows;
        for (int i = 0; first == rows && i < MN_STAGE_SPANS && mn_stages[rows]->span[i].name; i++) {
            bool there = false;
            for (int k = 0; k < spans; k++)
                there = there || !strcmp(span[k], mn_stages[rows]->span[i].name);
            if (!there)
                span[spans++] = mn_stages[rows]->span[i].name;
        }
    }
    CHECK(rows <= MN_MAX_LEGS);
    CHECK(stages <= MIEN_STAGES_MAX);
    CHECK(spans <= MIEN_SPANS_MAX);
    mien_settings s;
    mien_settings_init(&s);
    s.provider = "stub";
    mien_pipeline *p;
    mien_stats stats;
    REQUIRE(mien_open(&p, &s) == 0);
    mien_get_stats(p, &stats);
    CHECK_INT(stats.num_spans, spans);
    for (int i = 0; i < stats.num_spans; i++)
        CHECK_STR(stats.span[i].name, span[i]);
    mien_close(&p);
}

int main(void)
{
    order_and_states();
    too_many();
    without_state();
    room_in_statistics();
    return check_done();
}

#include "stage/stage.h"

#include <assert.h>

const struct mn_stage *const mn_stages[] = {
#define MN_ROW(name) &mn_stage_##name,
    MN_FLOW(MN_ROW)
#undef MN_ROW
        NULL,
};

static_assert(sizeof(mn_stages) / sizeof(mn_stages[0]) - 1 <= MN_MAX_LEGS,
              "more stages than bits in mn_frame.ran: widen it, mn_wire_slot.ran and calls");

const struct mn_role_info *const mn_roles[MN_NUM_ROLES] = {
#define MN_ROW(role, name) &mn_role_##name,
    MN_ROLES(MN_ROW)
#undef MN_ROW
};

#include "networks.h"

#include <string.h>

#include "keyframes.h"

/* The detector looks at a picture of this side first where small faces are rare; what it costs is a
 * quarter of the usual size. */
#define SMALL_SIDE 320 /* pixels */

/* The text of the settings that names a role's model. */
static const char *choice_of(const mien_settings *s, enum mn_role role)
{
    const char *text;
    if (!mn_roles[role]->choice)
        return mn_roles[role]->only;
    memcpy(&text, (const char *)s + mn_roles[role]->choice, sizeof(text));
    return text;
}

static void set_choice(mien_settings *s, enum mn_role role, const char *text)
{
    if (!mn_roles[role]->choice)
        return;
    memcpy((char *)s + mn_roles[role]->choice, &text, sizeof(text));
}

bool mn_networks_need_files(const mien_pipeline *p)
{
    return mn_providers_need_files(&p->providers);
}

bool mn_networks_available(const mien_pipeline *p, enum mn_role role)
{
    return p->places.use_builtin || choice_of(&p->ctx.settings, role) ||
           mn_loaded_there(mn_roles[role]->name, &p->places);
}

/* Roles of one provider share an engine. The parent of worker processes only finds and verifies
 * the files of their networks; an engine without files is the same everywhere. */
static int open_engine(mien_pipeline *p, enum mn_role role)
{
    const char *provider = p->providers.of[role];
    for (int i = 0; i < MN_NUM_ROLES && !p->engine[role]; i++)
        if (p->engine[i] && !strcmp(p->providers.of[i], provider))
            p->engine[role] = p->engine[i];
    if (p->engine[role])
        return 0;
    const struct mn_engine_info *info = mn_engine_for(provider);
    if (p->role == MN_PROCESS_PARENT && info->needs_files)
        info = &mn_engine_remote;
    return mn_engine_open(&p->engine[role], info, provider,
                          p->providers.apart ? mn_roles[role]->name : NULL,
                          p->ctx.settings.intra_op, &p->log);
}

static int open_model(mien_pipeline *p, enum mn_role role, struct mn_loaded *m,
                      const struct mn_shape *input)
{
    const mien_settings *s = &p->ctx.settings;
    const struct mn_role_info *info = mn_roles[role];
    const struct mn_model_want want = {
        .role = info->name,
        .choice = choice_of(s, role),
        .allow_unknown = s->allow_unknown,
        .input = *input,
        .last = info->last,
        .sizes_vary = info->sizes_vary,
        .any_size = p->ctx.small_side > 0,
    };
    int err = open_engine(p, role);
    if (err == 0)
        err = mn_loaded_open(m, p->engine[role], &p->places, &want);
    if (err == 0 && p->engine[role]->info->runs_here)
        err = info->check(m, s, &p->log);
    return err;
}

static bool needed(const struct mn_context *ctx, enum mn_role role)
{
    const struct mn_role_info *info = mn_roles[role];
    return info->needed ? info->needed(ctx) : (ctx->settings.analysis & info->analyses) != 0;
}

static int open_roles(mien_pipeline *p, bool first)
{
    int err = 0;
    for (int i = 0; i < MN_NUM_ROLES && err == 0; i++) {
        if (mn_roles[i]->opens_first != first || !needed(&p->ctx, i))
            continue;
        const struct mn_shape input = mn_roles[i]->input(&p->ctx);
        err = open_model(p, i, &p->ctx.model[i], &input);
    }
    return err;
}

/* Where one model cannot serve both sizes, the small one gets a model of its own. A network that
 * was pinned to one size rounds differently, and providers other than the CPU may want it so. */
static int open_small_detector(mien_pipeline *p)
{
    const struct mn_model *large = p->ctx.model[MN_ROLE_DETECTOR].model;
    if (!large || !p->ctx.small_side || large->any_size)
        return 0;
    struct mn_shape input = mn_roles[MN_ROLE_DETECTOR]->input(&p->ctx);
    input.dim[2] = input.dim[3] = p->ctx.small_side;
    return open_model(p, MN_ROLE_DETECTOR, &p->ctx.small_detector, &input);
}

int mn_networks_open(mien_pipeline *p)
{
    int err = open_roles(p, true);
    if (err < 0)
        return err;
    if (needed(&p->ctx, MN_ROLE_DETECTOR) && p->ctx.settings.detector_size == 0 &&
        mn_keyframes_tolerated(&p->ctx))
        p->ctx.small_side = SMALL_SIDE;
    err = open_roles(p, false);
    return err < 0 ? err : open_small_detector(p);
}

void mn_networks_name(mien_pipeline *p)
{
    for (int i = 0; i < MN_NUM_ROLES; i++)
        if (p->ctx.model[i].model && p->engine[i]->info->needs_files)
            set_choice(&p->ctx.settings, i, p->ctx.model[i].path);
}

void mn_networks_close(mien_pipeline *p)
{
    for (int i = 0; i < MN_NUM_ROLES; i++)
        mn_loaded_close(&p->ctx.model[i]);
    mn_loaded_close(&p->ctx.small_detector);
    for (int i = 0; i < MN_NUM_ROLES; i++) {
        for (int k = i + 1; k < MN_NUM_ROLES; k++)
            if (p->engine[k] == p->engine[i])
                p->engine[k] = NULL;
        mn_engine_close(&p->engine[i]);
    }
}

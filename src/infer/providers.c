#include "infer/providers.h"

#include <mien/mien.h>
#include <stdio.h>
#include <string.h>

#include "infer/engine.h"
#include "infer/runtime.h"

const char *const mn_role_name[MN_NUM_ROLES] = {"detect", "landmarks", "gaze"};

static int take(char out[MN_PROVIDER_NAME], const char *name, size_t length, struct mn_log *log)
{
    snprintf(out, MN_PROVIDER_NAME, "%.*s", (int)length, name);
    if (length < MN_PROVIDER_NAME && (mn_runtime_knows(out) || !strcmp(out, mn_engine_stub.name)))
        return 0;
    mn_error(log,
             "no execution provider is called '%.*s'; use one that mien --version lists, or cpu",
             (int)(length < 60 ? length : 60), name);
    return MIEN_EINVAL;
}

static int role_of(const char *name, size_t length)
{
    int role = 0;
    while (role < MN_NUM_ROLES &&
           (strlen(mn_role_name[role]) != length || strncmp(mn_role_name[role], name, length)))
        role++;
    return role;
}

int mn_providers_parse(struct mn_providers *out, const char *text, struct mn_log *log)
{
    bool named[MN_NUM_ROLES] = {false};
    out->apart = text && strchr(text, '=');
    int err = 0;
    for (int i = 0; i < MN_NUM_ROLES && err == 0; i++) {
        const char *all = text && !out->apart ? text : "cpu";
        err = take(out->of[i], all, strlen(all), log);
    }
    if (!out->apart)
        return err;
    for (const char *p = text, *end; err == 0 && p; p = *end ? end + 1 : NULL) {
        end = p + strcspn(p, ",");
        const char *sign = memchr(p, '=', (size_t)(end - p));
        int role = sign ? role_of(p, (size_t)(sign - p)) : MN_NUM_ROLES;
        if (role == MN_NUM_ROLES || named[role]) {
            mn_error(log,
                     "'%.*s' does not say what runs which network; each of detect, landmarks and "
                     "gaze may be named once, for example detect=coreml,gaze=cpu",
                     (int)(end - p < 60 ? end - p : 60), p);
            return MIEN_EINVAL;
        }
        named[role] = true;
        err = take(out->of[role], sign + 1, (size_t)(end - sign - 1), log);
    }
    return err;
}

void mn_providers_print(const struct mn_providers *p, char text[MN_PROVIDERS_TEXT])
{
    size_t n = 0;
    for (int i = 0; i < MN_NUM_ROLES; i++)
        n += (size_t)snprintf(text + n, MN_PROVIDERS_TEXT - n, "%s%s=%s", i ? "," : "",
                              mn_role_name[i], p->of[i]);
}

#include "providers.h"

#include <stdio.h>
#include <string.h>

#include "infer/engine.h"

#define SHOWN 60 /* characters of a bad name that a message repeats */

static int shown(size_t length)
{
    return (int)(length < SHOWN ? length : SHOWN);
}

/* "openvino:key=value,key=value": does each option have both? */
static bool has_options(const char *provider)
{
    const char *p = strchr(provider, ':');
    while (p) {
        const size_t length = strcspn(++p, ",");
        const char *sign = memchr(p, '=', length);
        if (!sign || sign == p || sign + 1 == p + length)
            return false;
        p = strchr(p, ',');
    }
    return true;
}

static int set(char out[MN_PROVIDER_NAME], const char *name, size_t length, struct mn_log *log)
{
    snprintf(out, MN_PROVIDER_NAME, "%.*s", (int)length, name);
    if (length < MN_PROVIDER_NAME && !has_options(out)) {
        mn_error(log,
                 "'%.*s' has an option without name or value; write %.*s:name=value,name=value",
                 shown(length), name, (int)strcspn(out, ":"), out);
        return MIEN_EINVAL;
    }
    if (length < MN_PROVIDER_NAME && mn_engine_for(out))
        return 0;
    mn_error(log, "unknown execution provider '%.*s'; use cpu, or one that mien --version lists",
             shown(length), name);
    return MIEN_EINVAL;
}

static bool equals(const char *word, const char *name, size_t length)
{
    return strlen(word) == length && !strncmp(word, name, length);
}

static int role_of(const char *name, size_t length)
{
    for (int i = 0; i < MN_NUM_ROLES; i++)
        if (equals(mn_roles[i]->name, name, length) ||
            equals(mn_roles[i]->stage->name, name, length))
            return i;
    return MN_NUM_ROLES;
}

/* "detector, gaze and landmarks" */
static void list_roles(char *out, size_t size)
{
    size_t n = 0;
    for (int i = 0; i < MN_NUM_ROLES && n < size; i++)
        n += (size_t)snprintf(out + n, size - n, "%s%s",
                              i == 0                  ? ""
                              : i == MN_NUM_ROLES - 1 ? " and "
                                                      : ", ",
                              mn_roles[i]->name);
}

static int refuse(const char *assignment, size_t length, struct mn_log *log)
{
    char roles[MN_PROVIDERS_TEXT];
    list_roles(roles, sizeof(roles));
    mn_error(log,
             "'%.*s' does not assign a provider to a role; name each of %s at most once, for "
             "example detector=coreml,gaze=cpu",
             shown(length), assignment, roles);
    return MIEN_EINVAL;
}

/* Does a role come before the first provider? "openvino:a=b" names none. */
static bool names_roles(const char *text)
{
    const char *sign = text ? strchr(text, '=') : NULL;
    return sign && !memchr(text, ':', (size_t)(sign - text));
}

/* The end of an assignment: the comma before the next one, or the end. What follows a comma and is
 * no role, is one more option of the provider, if it has options. */
static const char *end_of(const char *p)
{
    const char *end = p + strcspn(p, ",");
    const bool options = memchr(p, ':', (size_t)(end - p)) != NULL;
    while (options && *end) {
        const char *next = end + 1 + strcspn(end + 1, ",");
        const char *sign = memchr(end + 1, '=', (size_t)(next - end - 1));
        if (!sign || role_of(end + 1, (size_t)(sign - end - 1)) != MN_NUM_ROLES)
            break;
        end = next;
    }
    return end;
}

int mn_providers_parse(struct mn_providers *out, const char *text, struct mn_log *log)
{
    bool named[MN_NUM_ROLES] = {false};
    out->apart = names_roles(text);
    int err = 0;
    for (int i = 0; i < MN_NUM_ROLES && err == 0; i++) {
        const char *all = text && !out->apart ? text : MN_PROVIDER_DEFAULT;
        err = set(out->of[i], all, strlen(all), log);
    }
    if (!out->apart)
        return err;
    for (const char *p = text, *end; err == 0 && p; p = *end ? end + 1 : NULL) {
        end = end_of(p);
        const char *sign = memchr(p, '=', (size_t)(end - p));
        int role = sign ? role_of(p, (size_t)(sign - p)) : MN_NUM_ROLES;
        if (role == MN_NUM_ROLES || named[role])
            return refuse(p, (size_t)(end - p), log);
        named[role] = true;
        err = set(out->of[role], sign + 1, (size_t)(end - sign - 1), log);
    }
    return err;
}

void mn_providers_print(const struct mn_providers *p, char text[MN_PROVIDERS_TEXT])
{
    size_t n = 0;
    text[0] = 0;
    for (int i = 0; i < MN_NUM_ROLES && n < MN_PROVIDERS_TEXT; i++)
        n += (size_t)snprintf(text + n, MN_PROVIDERS_TEXT - n, "%s%s=%s", i ? "," : "",
                              mn_roles[i]->name, p->of[i]);
}

bool mn_providers_need_files(const struct mn_providers *p)
{
    for (int i = 0; i < MN_NUM_ROLES; i++)
        if (mn_engine_for(p->of[i])->needs_files)
            return true;
    return false;
}

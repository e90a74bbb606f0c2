/* Which execution provider runs the network of which role: "cuda" for all, or
 * "detect=coreml,gaze=cpu" with the CPU for roles that are not named. */
#ifndef MN_INFER_PROVIDERS_H
#define MN_INFER_PROVIDERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"

enum mn_role { MN_ROLE_DETECT, MN_ROLE_LANDMARKS, MN_ROLE_GAZE, MN_NUM_ROLES };
extern const char *const mn_role_name[MN_NUM_ROLES];

#define MN_PROVIDER_NAME 16

struct mn_providers {
    char of[MN_NUM_ROLES][MN_PROVIDER_NAME];
    bool apart; /* roles were named */
};

/* NULL: the CPU for all. MIEN_EINVAL, logged: no such role or provider, or a role named twice. */
int mn_providers_parse(struct mn_providers *out, const char *text, struct mn_log *log);

/* "detect=cpu,landmarks=cpu,gaze=cuda", which can be parsed again. */
#define MN_PROVIDERS_TEXT 96
void mn_providers_print(const struct mn_providers *p, char text[MN_PROVIDERS_TEXT]);

#endif

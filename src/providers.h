/* Which execution provider runs the network of each role: "cuda" for all roles, or
 * "detector=coreml,gaze=cpu", where roles that are not named run on the CPU. A role may also be
 * named by its stage: "detect=coreml". Options follow the name:
 * "openvino:device_type=GPU,num_streams=1", also for a role. */
#ifndef MN_PROVIDERS_H
#define MN_PROVIDERS_H

#include "stage/stage.h"

#define MN_PROVIDER_NAME 160 /* with its options */
#define MN_PROVIDER_DEFAULT "cpu"

struct mn_providers {
    char of[MN_NUM_ROLES][MN_PROVIDER_NAME];
    bool apart; /* the text named roles */
};

/* NULL: the CPU for all. MIEN_EINVAL, logged: unknown role or provider, or a role named twice. */
int mn_providers_parse(struct mn_providers *out, const char *text, struct mn_log *log);

/* "detector=cpu,gaze=cuda,landmarks=cpu", which mn_providers_parse reads. */
#define MN_PROVIDERS_TEXT \
    (MN_NUM_ROLES * (MN_PROVIDER_NAME + 16)) /* names of roles have up to 14 characters */
void mn_providers_print(const struct mn_providers *p, char text[MN_PROVIDERS_TEXT]);

/* False: all networks are stubs. */
bool mn_providers_need_files(const struct mn_providers *p);

#endif

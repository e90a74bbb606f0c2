#include "commands.h"
int sy_cmd_clip(const struct sy_given *g)
{
    (void)g;
    return sy_fail(MIEN_ENOTBUILT, "not yet");
}
int sy_cmd_pdm(const struct sy_given *g)
{
    (void)g;
    return sy_fail(MIEN_ENOTBUILT, "not yet");
}

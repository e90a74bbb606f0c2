#include "sink/sink.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "io/msg.h"

#define ROW(name) &mn_sink_##name,
const struct mn_sink_info *const mn_sinks[MN_MAX_SINKS] = {MN_SINKS(ROW)};
#undef ROW

bool mn_sink_matches(const struct mn_sink_info *info, const char *path)
{
    const char *dot = path ? strrchr(path, '.') : NULL;
    const int most = sizeof(info->extensions) / sizeof(info->extensions[0]);
    for (int i = 0; dot && i < most && info->extensions[i]; i++)
        if (!strcasecmp(dot, info->extensions[i]))
            return true;
    return false;
}

const struct mn_sink_info *mn_sink_for(const char *format, const char *path)
{
    for (int i = 0; i < MN_MAX_SINKS; i++) {
        const struct mn_sink_info *s = mn_sinks[i];
        if (s->role == MN_SINK_ROWS &&
            (format ? !strcmp(s->name, format) : mn_sink_matches(s, path)))
            return s;
    }
    return NULL;
}

const struct mn_sink_info *mn_sink_rows(const char *format, const char *path)
{
    const struct mn_sink_info *s = mn_sink_for(format, path);
    for (int i = 0; !s; i++)
        s = mn_sinks[i]->role == MN_SINK_ROWS ? mn_sinks[i] : NULL;
    return s;
}

const char *mn_sink_formats(char *buf, size_t size, const char *separator)
{
    size_t used = 0;
    buf[0] = 0;
    for (int i = 0; i < MN_MAX_SINKS && used < size; i++)
        if (mn_sinks[i]->role == MN_SINK_ROWS)
            used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? separator : "",
                                     mn_sinks[i]->name);
    return buf;
}

int mn_sink_open_all(struct mn_sink *open[MN_MAX_SINKS], int *n, const struct mn_sink_request *r)
{
    for (int i = 0; i < MN_MAX_SINKS; i++) {
        const struct mn_sink_info *s = mn_sinks[i];
        const char *name = r->name[s->role];
        if (!name || (s->role == MN_SINK_ROWS && s != mn_sink_rows(r->format, name)))
            continue;
        if (s->missing)
            return mn_fail(MIEN_ENOTBUILT, "%s: %s", name, s->missing);
        struct mn_sink *opened = NULL;
        int err = s->open(&opened, name, r->force);
        if (err < 0)
            return err;
        open[(*n)++] = opened;
    }
    return 0;
}

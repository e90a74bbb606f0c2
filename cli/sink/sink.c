#include "sink/sink.h"

#include <string.h>
#include <strings.h>

static const struct mn_sink_info *const row_sinks[] = {&mn_sink_csv, &mn_sink_jsonl};

/* Is `extension` one of the words of `list`? */
static bool listed(const char *list, const char *extension)
{
    size_t n = strlen(extension);
    for (const char *p = list; *p; p += *p == ' ') {
        size_t word = strcspn(p, " ");
        if (word == n && !strncasecmp(p, extension, n))
            return true;
        p += word;
    }
    return false;
}

const struct mn_sink_info *mn_sink_for(const char *format, const char *path)
{
    const char *dot = path ? strrchr(path, '.') : NULL;
    for (size_t i = 0; i < sizeof(row_sinks) / sizeof(row_sinks[0]); i++) {
        if (format ? !strcmp(row_sinks[i]->name, format)
                   : dot && listed(row_sinks[i]->extensions, dot))
            return row_sinks[i];
    }
    return NULL;
}

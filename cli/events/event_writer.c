#include "events/event_writer.h"

#include <string.h>
#include <strings.h>

#include "io/path.h"

static const struct mn_event_format *const formats[] = {&mn_event_csv, &mn_event_eaf,
                                                        &mn_event_vtt};
#define NUM_FORMATS (int)(sizeof(formats) / sizeof(formats[0]))

const struct mn_event_format *mn_event_format_of(const char *path)
{
    if (mn_path_is_stream(path))
        return &mn_event_csv;
    const char *dot = strrchr(mn_path_last_part(path), '.');
    for (int i = 0; dot && i < NUM_FORMATS; i++)
        if (!strcasecmp(dot, formats[i]->extension))
            return formats[i];
    return NULL;
}

void mn_event_extensions(char *buf, size_t size)
{
    buf[0] = 0;
    for (int i = 0; i < NUM_FORMATS; i++) {
        const size_t used = strlen(buf);
        snprintf(buf + used, size - used, "%s%s",
                 i == 0                 ? ""
                 : i == NUM_FORMATS - 1 ? " or "
                                        : ", ",
                 formats[i]->extension);
    }
}

static int64_t milliseconds(double seconds)
{
    return seconds > 0 && seconds < 1e12 ? (int64_t)(seconds * 1000 + 0.5) : 0;
}

void mn_event_span(const struct mn_event *event, int64_t *from, int64_t *to)
{
    *from = milliseconds(event->onset.time);
    *to = milliseconds(event->offset.time);
    if (*to <= *from)
        *to = *from + 1;
}

/* Events as WebVTT: one cue for each, for players that show captions beside the video. */
#include <math.h>

#include "events/event_writer.h"

static void head(FILE *f)
{
    fputs("WEBVTT\n", f);
}

static void stamp(FILE *f, int64_t ms)
{
    fprintf(f, "%02lld:%02d:%02d.%03d", (long long)(ms / 3600000), (int)(ms / 60000 % 60),
            (int)(ms / 1000 % 60), (int)(ms % 1000));
}

static void list(FILE *f, const struct mn_event_list *l)
{
    for (int64_t i = 0; i < l->n; i++) {
        const struct mn_event *e = &l->event[i];
        int64_t from, to;
        mn_event_span(e, &from, &to);
        fprintf(f, "\n%lld\n", (long long)i + 1);
        stamp(f, from);
        fputs(" --> ", f);
        stamp(f, to);
        fprintf(f, "\nface %d: %s", e->person, e->label);
        if (isfinite(e->peak))
            fprintf(f, " %.1f", e->peak);
        fputc('\n', f);
    }
}

const struct mn_event_format mn_event_vtt = {.extension = ".vtt", .head = head, .list = list};

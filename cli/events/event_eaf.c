/* Events as an ELAN document (EAF 3.0): a tier for each person and kind of event.
 * Format: https://www.mpi.nl/tools/elan/EAF_Annotation_Format_3.0_and_ELAN.pdf */
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "events/event_writer.h"

static void head(FILE *f)
{
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", f);
}

/* Bytes that XML 1.0 forbids are replaced. */
static void escaped(FILE *f, const char *s)
{
    for (; *s; s++)
        switch (*s) {
        case '&':
            fputs("&amp;", f);
            break;
        case '<':
            fputs("&lt;", f);
            break;
        case '>':
            fputs("&gt;", f);
            break;
        case '"':
            fputs("&quot;", f);
            break;
        default:
            fputc((unsigned char)*s < 0x20 ? '?' : *s, f);
        }
}

static void time_slot(FILE *f, int64_t id, int64_t ms)
{
    fprintf(f, "    <TIME_SLOT TIME_SLOT_ID=\"ts%lld\" TIME_VALUE=\"%lld\"/>\n", (long long)id,
            (long long)ms);
}

/* Two slots for each event: 2 i + 1 and 2 i + 2. */
static void time_order(FILE *f, const struct mn_event_list *l)
{
    fputs("  <TIME_ORDER>\n", f);
    for (int64_t i = 0; i < l->n; i++) {
        int64_t from, to;
        mn_event_span(&l->event[i], &from, &to);
        time_slot(f, 2 * i + 1, from);
        time_slot(f, 2 * i + 2, to);
    }
    fputs("  </TIME_ORDER>\n", f);
}

/* Zones of gaze share a tier, and so do blinks and closed eyes. */
static const char *tier_of(const struct mn_event *e, char buf[MN_EVENT_LABEL])
{
    return e->measure == MN_MEASURE_GAZE_YAW ? "gaze"
                                             : mn_measure_label(e->measure, buf, MN_EVENT_LABEL);
}

static void annotation(FILE *f, const struct mn_event *e, int64_t i)
{
    fprintf(f,
            "    <ANNOTATION>\n      <ALIGNABLE_ANNOTATION ANNOTATION_ID=\"a%lld\" "
            "TIME_SLOT_REF1=\"ts%lld\" TIME_SLOT_REF2=\"ts%lld\">\n        <ANNOTATION_VALUE>",
            (long long)i + 1, (long long)(2 * i + 1), (long long)(2 * i + 2));
    escaped(f, e->label);
    if (isfinite(e->peak))
        fprintf(f, " %.1f", e->peak);
    fputs("</ANNOTATION_VALUE>\n      </ALIGNABLE_ANNOTATION>\n    </ANNOTATION>\n", f);
}

struct place {
    const struct mn_event *event;
    int64_t i;
};

static int compare(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->event->person != y->event->person)
        return x->event->person < y->event->person ? -1 : 1;
    if (x->event->measure != y->event->measure)
        return x->event->measure < y->event->measure ? -1 : 1;
    return x->i < y->i ? -1 : 1;
}

static void tiers(FILE *f, const struct mn_event_list *l, struct place *place)
{
    for (int64_t i = 0; i < l->n; i++)
        place[i] = (struct place){&l->event[i], i};
    qsort(place, (size_t)l->n, sizeof(*place), compare);
    const struct mn_event *last = NULL;
    char buf[MN_EVENT_LABEL];
    for (int64_t i = 0; i < l->n; i++) {
        const struct mn_event *e = place[i].event;
        if (!last || last->person != e->person || last->measure != e->measure) {
            fprintf(f, "%s  <TIER LINGUISTIC_TYPE_REF=\"mien\" TIER_ID=\"face %d: ",
                    last ? "  </TIER>\n" : "", e->person);
            escaped(f, tier_of(e, buf));
            fputs("\">\n", f);
        }
        annotation(f, e, place[i].i);
        last = e;
    }
    fputs(last ? "  </TIER>\n" : "", f);
}

static void list(FILE *f, const struct mn_event_list *l)
{
    struct place *place = calloc((size_t)l->n + 1, sizeof(*place));
    char now[40];
    time_t t = time(NULL);
    struct tm tm;
    strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
    fprintf(f,
            "<ANNOTATION_DOCUMENT AUTHOR=\"mien\" DATE=\"%s\" FORMAT=\"3.0\" "
            "VERSION=\"3.0\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
            "xsi:noNamespaceSchemaLocation=\"http://www.mpi.nl/tools/elan/EAFv3.0.xsd\">\n"
            "  <HEADER MEDIA_FILE=\"\" TIME_UNITS=\"milliseconds\">\n",
            now);
    if (*l->video) {
        fputs("    <MEDIA_DESCRIPTOR MEDIA_URL=\"", f);
        escaped(f, l->video);
        fputs("\" MIME_TYPE=\"video/*\"/>\n", f);
    }
    fputs("  </HEADER>\n", f);
    time_order(f, l);
    if (place && l->n)
        tiers(f, l, place);
    fputs("  <LINGUISTIC_TYPE GRAPHIC_REFERENCES=\"false\" LINGUISTIC_TYPE_ID=\"mien\" "
          "TIME_ALIGNABLE=\"true\"/>\n</ANNOTATION_DOCUMENT>\n",
          f);
    free(place);
}

const struct mn_event_format mn_event_eaf = {.extension = ".eaf", .head = head, .list = list};

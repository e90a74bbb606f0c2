/* Events as CSV: one row for each. */
#include <math.h>
#include <string.h>

#include "events/event_writer.h"
#include "io/number.h"

static void head(FILE *f)
{
    fputs("result,face_id,event,onset,apex,offset,duration,onset_frame,apex_frame,offset_frame,"
          "peak,mean\n",
          f);
}

/* Paths may contain commas and quotes. */
static void text(FILE *f, const char *s)
{
    if (!s[strcspn(s, ",\"\n\r")]) {
        fputs(s, f);
        return;
    }
    fputc('"', f);
    for (; *s; s++)
        fprintf(f, *s == '"' ? "\"\"" : "%c", *s);
    fputc('"', f);
}

static void number(FILE *f, double v, int decimals)
{
    fputc(',', f);
    if (isfinite(v))
        mn_number_print(f, v, decimals);
}

static void event(FILE *f, const struct mn_event *e)
{
    const bool apex = isfinite(e->peak);
    fprintf(f, ",%d,%s", e->person, e->label);
    number(f, e->onset.time, 3);
    number(f, apex ? e->apex.time : NAN, 3);
    number(f, e->offset.time, 3);
    number(f, e->offset.time - e->onset.time, 3);
    number(f, (double)e->onset.frame, 0);
    number(f, apex ? (double)e->apex.frame : NAN, 0);
    number(f, (double)e->offset.frame, 0);
    number(f, e->peak, 2);
    number(f, e->mean, 2);
    fputc('\n', f);
}

static void list(FILE *f, const struct mn_event_list *l)
{
    for (int64_t i = 0; i < l->n; i++) {
        text(f, l->result);
        event(f, &l->event[i]);
    }
}

const struct mn_event_format mn_event_csv = {
    .extension = ".csv",
    .several = true,
    .head = head,
    .list = list,
};

/* Events as CSV: one row for each. */
#include <math.h>

#include "events/event_writer.h"
#include "io/csv.h"

static void head(FILE *f)
{
    fputs("result,face_id,event,onset,apex,offset,duration,onset_frame,apex_frame,offset_frame,"
          "peak,mean\n",
          f);
}

static void event(FILE *f, const struct mn_event *e)
{
    const bool apex = isfinite(e->peak);
    fprintf(f, ",%d,%s", e->person, e->label);
    mn_csv_number(f, e->onset.time, 3);
    mn_csv_number(f, apex ? e->apex.time : NAN, 3);
    mn_csv_number(f, e->offset.time, 3);
    mn_csv_number(f, e->offset.time - e->onset.time, 3);
    mn_csv_number(f, (double)e->onset.frame, 0);
    mn_csv_number(f, apex ? (double)e->apex.frame : NAN, 0);
    mn_csv_number(f, (double)e->offset.frame, 0);
    mn_csv_number(f, e->peak, 2);
    mn_csv_number(f, e->mean, 2);
    fputc('\n', f);
}

static void list(FILE *f, const struct mn_event_list *l)
{
    for (int64_t i = 0; i < l->n; i++) {
        mn_csv_text(f, l->result);
        event(f, &l->event[i]);
    }
}

const struct mn_event_format mn_event_csv = {
    .extension = ".csv",
    .several = true,
    .head = head,
    .list = list,
};

#include "batch/summary.h"

#include <stdlib.h>
#include <string.h>

#include "io/atomic_file.h"
#include "io/csv.h"
#include "io/exit_status.h"
#include "report/sidecar.h"

struct mn_summary {
    struct mn_atomic_file out;
    bool empty; /* the run ended before it began with the jobs */
};

int mn_summary_open(struct mn_summary **s, const char *path, bool replace)
{
    *s = calloc(1, sizeof(**s));
    if (!*s)
        return MIEN_ENOMEM;
    int err = mn_atomic_file_open(&(*s)->out, path, replace);
    if (err < 0) {
        free(*s);
        *s = NULL;
        return err;
    }
    (*s)->empty = true;
    fputs("input,result,state,status,frames,frames_with_face,rows,people,seconds,message\n",
          (*s)->out.file);
    return mn_atomic_file_flush(&(*s)->out);
}

/* The five cells about the rows, from the sidecar; empty if there are no rows. */
static void numbers(FILE *file, const char *rows)
{
    struct mn_sidecar s;
    if (!rows || !mn_sidecar_read(&s, rows)) {
        fputs(",,,,,", file);
        return;
    }
    fprintf(file, "%lld,%lld,%lld,%lld,", (long long)s.frames, (long long)s.with_face,
            (long long)s.rows, (long long)s.people);
    fprintf(file, "%lld.%03d,", (long long)(s.milliseconds / 1000), (int)(s.milliseconds % 1000));
}

int mn_summary_add(struct mn_summary *s, const struct mn_job *job, enum mn_job_state state, int err,
                   const char *message)
{
    const char *rows = state == MN_JOB_DONE || state == MN_JOB_KEPT ? job->rows : NULL;
    bool general = !*message && state != MN_JOB_TODO && err != 0;
    FILE *file = s->out.file;
    s->empty = false;
    mn_csv_text(file, job->input);
    fputc(',', file);
    mn_csv_text(file, rows ? rows : "");
    fprintf(file, ",%s,%s,", mn_job_state_name(state),
            state == MN_JOB_TODO ? "" : mn_error_name(err));
    numbers(file, rows);
    mn_csv_text(file, general ? mn_error_text(err) : message);
    fputc('\n', file);
    return mn_atomic_file_flush(&s->out);
}

int mn_summary_close(struct mn_summary *s, bool complete)
{
    if (!s)
        return 0;
    int err = mn_atomic_file_finish(&s->out, complete && !s->empty);
    free(s);
    return err;
}

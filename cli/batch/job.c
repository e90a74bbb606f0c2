#include "batch/job.h"

#include <unistd.h>

#include "io/exit_status.h"
#include "io/msg.h"
#include "report/sidecar.h"

/* A single picture has no other frames to find the neutral face in, so the models for independent
 * frames serve it. The pipeline is opened again where two inputs differ in that. */
static int models_for(mien_pipeline **p, struct mn_options *o, struct mn_source *source,
                      int independent)
{
    const struct mn_source_facts *f = mn_source_facts(source);
    int want = independent || (f->still && f->frames_expected == 1);
    if (want == o->settings.independent_frames)
        return *p ? 0 : mien_open(p, &o->settings);
    o->settings.independent_frames = want;
    mien_close(p);
    return mien_open(p, &o->settings);
}

static int check_limits(const struct mn_source_facts *f, const struct mn_options *o)
{
    const int64_t pixels = (int64_t)f->width * f->height;
    if (o->max_pixels && pixels > o->max_pixels)
        return mn_fail(MN_ELIMIT, "%s has %lld pixels per frame; --max-pixels allows %lld", f->name,
                       (long long)pixels, (long long)o->max_pixels);
    if (o->max_duration > 0 && f->duration > o->max_duration)
        return mn_fail(MN_ELIMIT, "%s lasts %.0f seconds; --max-duration allows %.0f", f->name,
                       f->duration, o->max_duration);
    return 0;
}

int mn_job_run(struct mn_job *job, struct mn_options *o, mien_pipeline **p, int independent,
               struct mn_source *source, int opened)
{
    int err = opened;
    if (!source && err == 0)
        err = mn_session_open_source(&source, o, job->input, false, *p);
    if (err == 0) {
        job->media_seconds = mn_source_facts(source)->duration;
        err = check_limits(mn_source_facts(source), o);
    }
    if (err == 0)
        err = models_for(p, o, source, independent);
    if (err == 0)
        err = mn_session_run(*p, source, o, job->rows, job->video);
    mn_source_close(&source);
    return err;
}

enum mn_job_state mn_job_state_of(const struct mn_job *job, int err)
{
    struct mn_sidecar a;
    if (err == 0)
        return MN_JOB_DONE;
    if (err == MIEN_EINTERRUPTED)
        return MN_JOB_INTERRUPTED;
    bool rows = (err == MIEN_EDAMAGED || err == MIEN_EWORKER || err == MIEN_ESIZECHANGE ||
                 err == MIEN_ETIMESTAMPS) &&
                mn_sidecar_read(&a, job->rows);
    return rows ? MN_JOB_DONE : MN_JOB_FAILED;
}

bool mn_job_replaces(const struct mn_job *job, const struct mn_options *o)
{
    return o->force || (o->resume && access(job->rows, F_OK) == 0);
}

#include "run/second_pass.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/msg.h"
#include "io/signal.h"
#include "run/face_file.h"

struct recorder {
    struct mn_sink base;
    struct mn_sink *video;
    struct mn_face_file *file;
};

bool mn_second_pass_wanted(const struct mn_run *run, const struct mn_options *o)
{
    const struct mn_source_facts *f = mn_source_facts(run->source);
    struct stat st;
    return (run->layout.analysis & MIEN_AU) && !run->anonymise && !o->wakeup && !f->live &&
           !o->settings.independent_frames && !o->settings.live && stat(f->name, &st) == 0 &&
           S_ISREG(st.st_mode);
}

/* ------------------------------------------------------------------------------ first pass ---- */

static int begin(struct mn_sink *s, const struct mn_stream *stream)
{
    struct mn_sink *video = ((struct recorder *)s)->video;
    return video->info->begin(video, stream);
}

static int frame(struct mn_sink *s, const struct mn_result *r)
{
    return mn_face_file_add(((struct recorder *)s)->file, r);
}

static int revise(struct mn_sink *s, mn_final_au_fn *final, void *ctx)
{
    return mn_face_file_revise(((struct recorder *)s)->file, final, ctx);
}

static int finish(struct mn_sink *s, bool complete)
{
    struct recorder *r = (struct recorder *)s;
    int err = r->video->info->finish(r->video, complete);
    mn_face_file_close(&r->file);
    free(r);
    return err;
}

static const struct mn_sink_info recorder_info = {
    .name = "recorder",
    .role = MN_SINK_VIDEO,
    .begin = begin,
    .frame = frame,
    .revise = revise,
    .finish = finish,
};

int mn_second_pass_record(struct mn_sink **video, const char *path)
{
    struct recorder *r = calloc(1, sizeof(*r));
    if (!r)
        return MIEN_ENOMEM;
    int err = mn_face_file_open(&r->file, path);
    if (err < 0) {
        mn_face_file_close(&r->file);
        free(r);
        return err;
    }
    r->base.info = &recorder_info;
    r->video = *video;
    *video = &r->base;
    return 0;
}

/* ----------------------------------------------------------------------------- second pass ---- */

/* The picture of the frame that the first pass delivered next; others were not asked for then. */
static int read_picture(struct mn_source *source, mien_pipeline *p, int64_t index, mien_frame **f)
{
    int err;
    while ((err = mn_signal_received ? MIEN_EINTERRUPTED : mien_acquire(p, f)) == 0) {
        err = mn_source_read(source, *f);
        if (err < 0 || (*f)->index == index)
            break;
        mien_release(p, f);
    }
    return err;
}

static int draw_next(struct recorder *r, struct mn_source *source, mien_pipeline *p)
{
    mien_frame shown, *read = NULL;
    struct mn_result result = {.frame = &shown};
    int err = mn_face_file_next(r->file, &shown, &result.face);
    if (err < 0)
        return err;
    err = read_picture(source, p, shown.index, &read);
    if (err == MIEN_EEOF)
        err = mn_fail(MIEN_EDAMAGED, "%s changed while it was analysed; run it again",
                      mn_source_facts(source)->name);
    if (err == 0) {
        shown.picture = read->picture;
        result.num_faces = shown.num_faces;
        err = r->video->info->frame(r->video, &result);
    }
    mien_release(p, &read);
    return err;
}

int mn_second_pass_run(struct mn_sink *recorder, const struct mn_run *run, struct mn_source *source,
                       int64_t frames)
{
    struct recorder *r = (struct recorder *)recorder;
    struct mn_progress progress;
    int64_t drawn = 0;
    int err;
    mn_source_decode_into(source, run->pipeline);
    mn_progress_start(&progress, run->progress, mn_source_facts(source)->name, frames, run->batch);
    progress.stage = "drawing";
    while ((err = draw_next(r, source, run->pipeline)) == 0)
        mn_progress_update(&progress, ++drawn, 0, 0);
    mn_progress_end(&progress, drawn, 0, 0);
    return err == MIEN_EEOF ? 0 : err;
}

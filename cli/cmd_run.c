/* Analyses a camera, stream, filter graph or file until its end or Ctrl-C. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "run/session.h"
#include "command.h"
#include "io/msg.h"
#include "sink/display.h"

#define WEB_NAME 4200 /* bytes of PORT:FOLDER */

struct run {
    struct mn_options *o;
    mien_pipeline *pipeline;
    struct mn_source *source;
    struct mn_wakeup wakeup;
    char web[WEB_NAME];
    int err;
};

static void *analyse_main(void *arg)
{
    struct run *r = arg;
    r->err = mn_session_run(r->pipeline, r->source, r->o, r->o->csv, r->o->video);
    mn_display_end();
    return NULL;
}

/* The window needs the main thread, which is this one; the analysis gets another. */
static int run_with_window(struct run *r)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, analyse_main, r))
        return MIEN_ENOMEM;
    int err = mn_display_run();
    pthread_join(thread, NULL);
    return r->err ? r->err : err;
}

static bool has_output(const struct mn_options *o)
{
    bool found = o->csv || o->video || o->web_port;
    for (int role = 0; role < MN_SINK_ROLES; role++)
        found = found || o->sink[role];
    return found;
}

/* Sets what the options leave open, and refuses combinations without a meaning. */
static int resolve(struct mn_options *o)
{
    if (!o->source && o->num_inputs == 1)
        o->source = o->inputs[0];
    else if (o->num_inputs)
        return mn_fail(MIEN_EINVAL, "unexpected operand '%s'; name one source with --source",
                       o->inputs[0]);
    if (!o->source)
        return mn_fail(MIEN_EINVAL, "no source; for example: mien run --source 0 --csv gaze.csv");
    if (!has_output(o))
        return mn_fail(MIEN_EINVAL, "nothing to write or show; use --view, --web, --csv FILE (- is "
                                    "standard output), --send or --output VIDEO.mp4");
    const char *send = o->sink[MN_SINK_SEND];
    if (send && o->csv && !strcmp(send, "-") && !strcmp(o->csv, "-"))
        return mn_fail(MIEN_EINVAL,
                       "--send and --csv would both write to standard output; give one of "
                       "them another name");
    int width, height, end = 0;
    if (o->camera_size && (sscanf(o->camera_size, "%5dx%5d%n", &width, &height, &end) != 2 ||
                           o->camera_size[end] || width < 1 || height < 1))
        return mn_fail(MIEN_EINVAL, "--camera-size %s: use WIDTHxHEIGHT, for example 1280x720",
                       o->camera_size);
    if (!strncmp(o->source, "lavfi:", 6)) /* a filter graph is treated like a camera */
        o->realtime = true;
    if (o->latency) {
        o->settings.workers = 1;
        if (!o->settings.intra_op)
            o->settings.intra_op = mien_cores();
    }
    return 0;
}

static int run(struct run *r)
{
    struct mn_options *o = r->o;
    int err = mn_session_check_outputs(o, o->source, o->csv, o->video);
    if (err == 0)
        err = mn_session_open_source(&r->source, o, o->source, true, NULL);
    if (err < 0)
        return err;
    bool live = mn_source_facts(r->source)->live;
    o->settings.live = live;
    err = mien_open(&r->pipeline, &o->settings);
    if (err == 0 && o->view)
        err = mn_display_open(o->source, !live, &r->wakeup);
    if (err == 0)
        err = o->view ? run_with_window(r)
                      : mn_session_run(r->pipeline, r->source, o, o->csv, o->video);
    mn_display_close();
    return err;
}

/* The live page is a sink with the name PORT:FOLDER. */
static int name_web(struct run *r)
{
    struct mn_options *o = r->o;
    const char *folder = o->recordings ? o->recordings : ".";
    struct stat st;
    if (o->recordings && !o->web_port)
        return mn_fail(MIEN_EINVAL, "--recordings is of use only with --web; give both");
    if (!o->web_port)
        return 0;
    if (stat(folder, &st) < 0 || !S_ISDIR(st.st_mode))
        return mn_fail(MIEN_EOUTPUT,
                       "--recordings %s: there is no such folder; make it first or "
                       "name another",
                       folder);
    if (snprintf(r->web, sizeof(r->web), "%d:%s", o->web_port, folder) >= WEB_NAME)
        return mn_fail(MIEN_EINVAL, "--recordings: the name is too long; choose another folder");
    o->sink[MN_SINK_WEB] = r->web;
    return 0;
}

/* --send names one of two sinks. */
static void name_lsl(struct mn_options *o)
{
    const char *send = o->sink[MN_SINK_SEND];
    if (!send || strncmp(send, "lsl", 3) || (send[3] && send[3] != ':'))
        return;
    o->sink[MN_SINK_LSL] = send;
    o->sink[MN_SINK_SEND] = NULL;
}

int mn_cmd_run(struct mn_options *o)
{
    int err = resolve(o);
    if (err < 0)
        return err;
    struct run *r = calloc(1, sizeof(*r));
    if (!r)
        return MIEN_ENOMEM;
    r->o = o;
    mn_wakeup_init(&r->wakeup);
    o->wakeup = &r->wakeup;
    o->settings.wake = mn_wakeup_ring;
    o->settings.wake_ctx = &r->wakeup;
    name_lsl(o);
    err = name_web(r);
    if (err == 0)
        err = run(r);
    mien_close(&r->pipeline);
    mn_source_close(&r->source);
    mn_wakeup_finish(&r->wakeup);
    free(r);
    return err;
}

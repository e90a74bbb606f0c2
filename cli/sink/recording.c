#include "sink/recording.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "io/msg.h"

static void stop(struct mn_recording *r, bool complete)
{
    for (int i = 0; i < r->num_sinks; i++)
        r->sink[i]->info->finish(r->sink[i], complete);
    r->num_sinks = 0;
}

static int open(struct mn_recording *r, const struct mn_stream *stream)
{
    static const struct {
        const struct mn_sink_info *info;
        const char *extension;
    } files[] = {{&mn_sink_video, ".mp4"}, {&mn_sink_csv, ".csv"}};
    for (int i = 0; i < 2; i++) {
        char path[4096];
        const int n =
            snprintf(path, sizeof(path), "%s/%s%s", r->folder, r->name, files[i].extension);
        if (n >= (int)sizeof(path))
            return mn_fail(MIEN_EOUTPUT, "%s: the name is too long; choose a shorter folder",
                           r->folder);
        int err = files[i].info->open(&r->sink[i], path, false);
        r->num_sinks += err == 0;
        if (err == 0)
            err = files[i].info->begin(r->sink[i], stream);
        if (err < 0)
            return err;
    }
    return 0;
}

void mn_recording_start(struct mn_recording *r, const struct mn_stream *stream)
{
    const time_t now = time(NULL);
    struct tm local;
    struct mn_stream live = *stream;
    live.live = true; /* a crash leaves what was written until then */
    localtime_r(&now, &local);
    strftime(r->name, sizeof(r->name), "mien-%Y%m%d-%H%M%S", &local);
    r->problem[0] = 0;
    mn_msg_capture(r->problem, sizeof(r->problem));
    if (open(r, &live) < 0)
        stop(r, false);
    mn_msg_capture(NULL, 0);
}

void mn_recording_frame(struct mn_recording *r, const struct mn_result *result)
{
    int err = 0;
    if (!r->num_sinks)
        return;
    mn_msg_capture(r->problem, sizeof(r->problem));
    for (int i = 0; i < r->num_sinks && err == 0; i++)
        err = r->sink[i]->info->frame(r->sink[i], result);
    if (err < 0)
        stop(r, false);
    mn_msg_capture(NULL, 0);
}

void mn_recording_stop(struct mn_recording *r)
{
    if (!r->num_sinks)
        return;
    mn_msg_capture(r->problem, sizeof(r->problem));
    stop(r, true);
    mn_msg_capture(NULL, 0);
}

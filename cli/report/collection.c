#include "report/collection.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "io/json.h"
#include "io/msg.h"
#include "report/progress.h"

#define INTERVAL 0.25 /* seconds between two updates */

void mn_collection_start(struct mn_collection *c, enum mn_progress_mode mode, int files,
                         int64_t bytes)
{
    memset(c, 0, sizeof(*c));
    c->mode = mn_progress_mode_of(mode);
    c->files = files;
    c->bytes = bytes;
    c->started = mn_now();
}

static double spent(const struct mn_collection *c)
{
    return mn_now() - c->started;
}

static double frames_per_second(const struct mn_collection *c)
{
    const double seconds = spent(c);
    return seconds > 0 ? (double)(c->frames_ended + c->frames_running) / seconds : 0;
}

/* Seconds until all is done, if the work for a byte stays the same; 0: not known yet. */
static double remaining(const struct mn_collection *c)
{
    const double done = (double)c->bytes_ended + c->bytes_running;
    return done > 0 && spent(c) > 1 ? spent(c) * ((double)c->bytes - done) / done : 0;
}

static void line(const struct mn_collection *c)
{
    const double left = remaining(c);
    char time[24];
    fprintf(stderr, "\r[%d/%d]  %d running  %.1f fps", c->ended, c->files, c->running,
            frames_per_second(c));
    if (c->failed)
        fprintf(stderr, "  %d failed", c->failed);
    if (left > 0)
        fprintf(stderr, "  %s left", mn_progress_time(time, sizeof(time), left));
    fputs("\033[K", stderr);
    fflush(stderr);
}

static void counts(const struct mn_collection *c, const char *event)
{
    struct mn_json j;
    mn_json_init(&j, stderr, false);
    mn_json_begin(&j, NULL, '{');
    mn_json_str(&j, "event", event);
    mn_json_int(&j, "files", c->files);
    mn_json_int(&j, "ended", c->ended);
    mn_json_int(&j, "running", c->running);
    mn_json_int(&j, "failed", c->failed);
    mn_json_int(&j, "kept", c->kept);
    mn_json_int(&j, "frames", c->frames_ended + c->frames_running);
    mn_json_num(&j, "fps", frames_per_second(c), 2);
    mn_json_num(&j, "media_s", c->media_ended, 1);
    mn_json_num(&j, "eta_s", remaining(c), 1);
    mn_json_end(&j, '}');
}

void mn_collection_update(struct mn_collection *c)
{
    const double now = mn_now();
    if (c->mode == MN_PROGRESS_NONE || now - c->shown < INTERVAL)
        return;
    c->shown = now;
    if (c->mode == MN_PROGRESS_BAR)
        line(c);
    else
        counts(c, "progress");
}

void mn_collection_ended(struct mn_collection *c, const char *input, const char *how,
                         const char *output, int64_t frames, double seconds)
{
    if (c->mode == MN_PROGRESS_JSON) {
        struct mn_json j;
        mn_json_init(&j, stderr, false);
        mn_json_begin(&j, NULL, '{');
        mn_json_str(&j, "event", how);
        mn_json_str(&j, "input", input);
        mn_json_str(&j, "output", output);
        mn_json_int(&j, "frames", frames);
        mn_json_num(&j, "seconds", seconds, 2);
        mn_json_end(&j, '}');
        return;
    }
    if (c->mode != MN_PROGRESS_BAR && mn_msg_level() < MIEN_LOG_INFO)
        return;
    if (c->mode == MN_PROGRESS_BAR)
        mn_progress_wipe();
    fprintf(stderr, "%s: %s, %lld frames in %.1f s%s%s\n", input, how, (long long)frames, seconds,
            output ? " -> " : "", output ? output : "");
}

void mn_collection_end(struct mn_collection *c)
{
    if (c->mode == MN_PROGRESS_JSON)
        counts(c, "end");
    if (c->mode != MN_PROGRESS_BAR)
        return;
    char time[24];
    mn_progress_wipe();
    mn_msg_on_print(NULL);
    fprintf(stderr, "%d of %d inputs, %lld frames in %s, %.1f frames per second", c->ended,
            c->files, (long long)c->frames_ended, mn_progress_time(time, sizeof(time), spent(c)),
            frames_per_second(c));
    if (c->kept)
        fprintf(stderr, ", %d kept from earlier", c->kept);
    if (c->failed)
        fprintf(stderr, ", %d failed", c->failed);
    fputc('\n', stderr);
}

#include "report/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/json.h"
#include "io/msg.h"
#include "io/path.h"

#define INTERVAL 0.2 /* seconds between two lines */

static void wipe(void)
{
    fputs("\r\033[K", stderr);
}

void mn_progress_start(struct mn_progress *p, enum mn_progress_mode mode, const char *name,
                       int64_t expected, const struct mn_progress_batch *batch)
{
    memset(p, 0, sizeof(*p));
    if (mode == MN_PROGRESS_AUTO)
        mode = isatty(STDERR_FILENO) ? MN_PROGRESS_BAR : MN_PROGRESS_NONE;
    p->mode = mode;
    p->name = mn_path_last_part(name);
    p->expected = expected;
    p->batch = batch;
    p->started = p->shown = mn_now();
    if (mode == MN_PROGRESS_BAR)
        mn_msg_on_print(wipe);
}

static double remaining(const struct mn_progress *p, int64_t frames)
{
    return p->expected > frames && p->rate > 0 ? (double)(p->expected - frames) / p->rate : 0;
}

/* Seconds until all files are done; 0: nothing to go by yet. */
static double remaining_of_all(const struct mn_progress *p, int64_t frames)
{
    const struct mn_progress_batch *b = p->batch;
    double share = p->expected > 0 ? (double)frames / (double)p->expected : 0;
    double done = (double)b->before + (double)b->here * (share < 1 ? share : 1);
    double spent = mn_now() - b->started;
    return done > 0 && spent > 1 ? spent * ((double)b->all - done) / done : 0;
}

static int span(char *text, size_t size, double seconds)
{
    int s = (int)(seconds + 0.5);
    return s < 3600 ? snprintf(text, size, "%d:%02d", s / 60, s % 60)
                    : snprintf(text, size, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
}

static void bar(const struct mn_progress *p, int64_t frames, int64_t faces, int64_t dropped)
{
    char line[240], eta[80] = "";
    int n = 0, e = 0;
    if (p->batch)
        n = snprintf(line, sizeof(line), "[%d/%d] ", p->batch->file, p->batch->files);
    n += snprintf(line + n, sizeof(line) - (size_t)n, "%.40s  %lld", p->name, (long long)frames);
    if (p->expected > 0) {
        double share = (double)frames / (double)p->expected;
        e = snprintf(eta, sizeof(eta), "  ");
        e += span(eta + e, sizeof(eta) - (size_t)e, remaining(p, frames));
        e += snprintf(eta + e, sizeof(eta) - (size_t)e, " left");
        n += snprintf(line + n, sizeof(line) - (size_t)n, "/%lld  %3.0f%%", (long long)p->expected,
                      100 * (share < 1 ? share : 1));
    }
    double all = p->batch ? remaining_of_all(p, frames) : 0;
    if (all > 0) {
        e += snprintf(eta + e, sizeof(eta) - (size_t)e, ", all in ");
        span(eta + e, sizeof(eta) - (size_t)e, all);
    }
    n += snprintf(line + n, sizeof(line) - (size_t)n, "  %.1f fps  %lld faces", p->rate,
                  (long long)faces);
    if (dropped)
        n += snprintf(line + n, sizeof(line) - (size_t)n, "  %lld dropped", (long long)dropped);
    fprintf(stderr, "\r%s%s\033[K", line, eta);
    fflush(stderr);
}

static void json(const struct mn_progress *p, int64_t frames, int64_t faces, int64_t dropped,
                 bool done)
{
    struct mn_json j;
    mn_json_init(&j, stderr, false);
    mn_json_begin(&j, NULL, '{');
    mn_json_str(&j, "input", p->name);
    mn_json_int(&j, "frames", frames);
    if (p->expected > 0)
        mn_json_int(&j, "expected", p->expected);
    mn_json_int(&j, "faces", faces);
    mn_json_int(&j, "dropped", dropped);
    mn_json_num(&j, "fps", p->rate, 2);
    mn_json_num(&j, "eta_s", remaining(p, frames), 1);
    if (p->batch) {
        mn_json_int(&j, "file", p->batch->file);
        mn_json_int(&j, "files", p->batch->files);
        mn_json_num(&j, "all_eta_s", remaining_of_all(p, frames), 1);
    }
    mn_json_bool(&j, "done", done);
    mn_json_end(&j, '}');
}

void mn_progress_update(struct mn_progress *p, int64_t frames, int64_t faces, int64_t dropped)
{
    if (p->mode == MN_PROGRESS_NONE)
        return;
    double now = mn_now(), dt = now - p->shown;
    if (dt < INTERVAL)
        return;
    double rate = (double)(frames - p->shown_frames) / dt;
    p->rate = p->rate > 0 ? 0.8 * p->rate + 0.2 * rate : rate;
    p->shown = now;
    p->shown_frames = frames;
    if (p->mode == MN_PROGRESS_BAR)
        bar(p, frames, faces, dropped);
    else
        json(p, frames, faces, dropped, false);
}

void mn_progress_end(struct mn_progress *p, int64_t frames, int64_t faces, int64_t dropped)
{
    double seconds = mn_now() - p->started;
    p->rate = seconds > 0 ? (double)frames / seconds : 0;
    if (p->mode == MN_PROGRESS_BAR) {
        wipe();
        mn_msg_on_print(NULL);
    } else if (p->mode == MN_PROGRESS_JSON) {
        p->expected = frames;
        json(p, frames, faces, dropped, true);
    }
}

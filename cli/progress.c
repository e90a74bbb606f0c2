#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "json.h"
#include "say.h"

#define INTERVAL 0.2 /* seconds between two lines */

static void wipe(void)
{
    fputs("\r\033[K", stderr);
}

void mn_progress_start(struct mn_progress *p, enum mn_progress_mode mode, const char *name,
                       int64_t expected)
{
    memset(p, 0, sizeof(*p));
    if (mode == MN_PROGRESS_AUTO)
        mode = isatty(STDERR_FILENO) ? MN_PROGRESS_BAR : MN_PROGRESS_NONE;
    p->mode = mode;
    const char *slash = strrchr(name, '/');
    p->name = slash && slash[1] ? slash + 1 : name;
    p->expected = expected;
    p->started = p->shown = mn_now();
    if (mode == MN_PROGRESS_BAR)
        mn_say_before(wipe);
}

static double remaining(const struct mn_progress *p, int64_t frames)
{
    return p->expected > frames && p->rate > 0 ? (double)(p->expected - frames) / p->rate : 0;
}

static void bar(const struct mn_progress *p, int64_t frames, int64_t faces, int64_t dropped)
{
    char line[200], eta[40] = "";
    int n = snprintf(line, sizeof(line), "%.40s  %lld", p->name, (long long)frames);
    if (p->expected > 0) {
        double share = (double)frames / (double)p->expected;
        int left = (int)(remaining(p, frames) + 0.5);
        snprintf(eta, sizeof(eta), "  %d:%02d left", left / 60, left % 60);
        n += snprintf(line + n, sizeof(line) - (size_t)n, "/%lld  %3.0f%%", (long long)p->expected,
                      100 * (share < 1 ? share : 1));
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
        mn_say_before(NULL);
    } else if (p->mode == MN_PROGRESS_JSON) {
        p->expected = frames;
        json(p, frames, faces, dropped, true);
    }
}

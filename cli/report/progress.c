#include "report/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/json.h"
#include "io/msg.h"
#include "io/path.h"

#define INTERVAL 0.2 /* seconds between two lines */

void mn_progress_wipe(void)
{
    fputs("\r\033[K", stderr);
}

enum mn_progress_mode mn_progress_mode_of(enum mn_progress_mode mode)
{
    if (mode == MN_PROGRESS_AUTO)
        mode = isatty(STDERR_FILENO) ? MN_PROGRESS_BAR : MN_PROGRESS_NONE;
    if (mode == MN_PROGRESS_BAR)
        mn_msg_on_print(mn_progress_wipe);
    return mode;
}

const char *mn_progress_time(char *buf, size_t size, double seconds)
{
    const int s = (int)(seconds + 0.5);
    if (s < 3600)
        snprintf(buf, size, "%d:%02d", s / 60, s % 60);
    else
        snprintf(buf, size, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
    return buf;
}

void mn_progress_start(struct mn_progress *p, enum mn_progress_mode mode, const char *name,
                       int64_t expected, const struct mn_progress_batch *batch)
{
    memset(p, 0, sizeof(*p));
    p->mode = mn_progress_mode_of(mode);
    p->name = mn_path_last_part(name);
    p->expected = expected;
    p->batch = batch;
    p->started = p->shown = mn_now();
}

static double remaining(const struct mn_progress *p, int64_t frames)
{
    return p->expected > frames && p->rate > 0 ? (double)(p->expected - frames) / p->rate : 0;
}

/* Seconds until all files are done; 0: not known yet. */
static double remaining_of_all(const struct mn_progress *p, int64_t frames)
{
    const struct mn_progress_batch *b = p->batch;
    double share = p->expected > 0 ? (double)frames / (double)p->expected : 0;
    double done = (double)b->before + (double)b->here * (share < 1 ? share : 1);
    double spent = mn_now() - b->started;
    return done > 0 && spent > 1 ? spent * ((double)b->all - done) / done : 0;
}

/* Appends to a buffer of fixed size; what does not fit is cut. */
struct text {
    char s[240];
    size_t n;
};

__attribute__((format(printf, 2, 3))) static void append(struct text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(t->s + t->n, sizeof(t->s) - t->n, format, args);
    va_end(args);
    t->n += n < 0 ? 0 : (size_t)n;
    if (t->n >= sizeof(t->s))
        t->n = sizeof(t->s) - 1;
}

static void append_remaining(struct text *t, const struct mn_progress *p, int64_t frames)
{
    double all = p->batch ? remaining_of_all(p, frames) : 0;
    char time[24];
    if (p->expected > 0)
        append(t, "  %s left", mn_progress_time(time, sizeof(time), remaining(p, frames)));
    if (all > 0)
        append(t, ", all in %s", mn_progress_time(time, sizeof(time), all));
}

static void bar(const struct mn_progress *p, int64_t frames, int64_t faces, int64_t dropped)
{
    struct text line = {.n = 0};
    if (p->batch)
        append(&line, "[%d/%d] ", p->batch->file, p->batch->files);
    append(&line, "%s%s%.40s  %lld", p->stage ? p->stage : "", p->stage ? " " : "", p->name,
           (long long)frames);
    if (p->expected > 0) {
        double share = (double)frames / (double)p->expected;
        append(&line, "/%lld  %3.0f%%", (long long)p->expected, 100 * (share < 1 ? share : 1));
    }
    append(&line, "  %.1f fps  %lld faces", p->rate, (long long)faces);
    if (dropped)
        append(&line, "  %lld dropped", (long long)dropped);
    append_remaining(&line, p, frames);
    fprintf(stderr, "\r%s\033[K", line.s);
    fflush(stderr);
}

static void json(const struct mn_progress *p, int64_t frames, int64_t faces, int64_t dropped,
                 bool done)
{
    struct mn_json j;
    mn_json_init(&j, stderr, false);
    mn_json_begin(&j, NULL, '{');
    mn_json_str(&j, "input", p->name);
    if (p->stage)
        mn_json_str(&j, "stage", p->stage);
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
    if (p->batch && p->batch->beat)
        p->batch->beat(p->batch->ctx, frames, p->expected);
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
        mn_progress_wipe();
        mn_msg_on_print(NULL);
    } else if (p->mode == MN_PROGRESS_JSON) {
        p->expected = frames;
        json(p, frames, faces, dropped, true);
    }
}

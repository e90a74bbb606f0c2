/* mien-synth clip: one person, one camera, and a story whose every moment is known.
 *
 * A story is a list of moments: at a time, the head, the gaze and the face are so. Between moments
 * everything moves smoothly, eyes faster than heads; blinks come by themselves, now and then and
 * with large movements of the gaze. */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "commands.h"
#include "ffmpeg.h"
#include "vec.h"

#define RAD 0.0174533f
#define MOMENTS 400
#define BLINKS 400

struct moment {
    float time;
    float head[3];
    float target[2]; /* gaze: yaw, pitch towards the world, radians; the head's turn is taken off */
    float au[MIEN_AU_INTENSITIES];
};

struct story {
    const struct sy_given *given;
    const struct sy_assets *assets;
    struct moment moment[MOMENTS];
    int num_moments;
    float blink[BLINKS];
    int num_blinks;
    struct sy_video *video;
    FILE *lines;
};

/* What happens, over and over with other people: degrees, seconds, and up to three units. */
static const struct scene_step {
    float hold, head[3], gaze[2];
    int unit[3];
    float strength;
} steps[] = {
    {1.2f, {0, 0, 0}, {0, 0}, {0}, 0},             /* at the camera */
    {1.0f, {0, 14, 0}, {24, 2}, {0}, 0},           /* to image left */
    {1.0f, {0, -14, 2}, {-24, 2}, {0}, 0},         /* to image right */
    {0.9f, {-7, 0, 0}, {0, 16}, {1, 2}, 2.5f},     /* up, brows too */
    {0.9f, {9, 0, 0}, {0, -16}, {0}, 0},           /* down */
    {1.6f, {0, 0, -4}, {0, 0}, {12, 6, 25}, 3.5f}, /* a smile */
    {1.0f, {2, 0, 0}, {0, 0}, {4, 7}, 3},          /* a frown */
    {1.0f, {0, 0, 0}, {0, 0}, {1, 2, 5}, 4},       /* surprise */
    {0.8f, {0, 0, 0}, {0, 0}, {25, 26}, 3.5f},     /* an open mouth */
    {0.9f, {0, 20, 0}, {2, 0}, {0}, 0},            /* the head turns, the eyes stay */
    {0.9f, {0, -20, 0}, {-2, 0}, {0}, 0},
    {1.0f, {1, 0, 3}, {0, 0}, {15, 17}, 3},
    {1.0f, {0, 0, 0}, {0, 0}, {0}, 0},
};
#define NUM_STEPS ((int)(sizeof(steps) / sizeof(*steps)))

static void write_story(struct story *s, float length)
{
    struct sy_rng r = sy_rng_at(s->given->seed, 7);
    float time = 0;
    for (int i = 0; time < length + 2 && s->num_moments < MOMENTS; i++) {
        const struct scene_step *step = &steps[i % NUM_STEPS];
        struct moment *m = &s->moment[s->num_moments++];
        memset(m, 0, sizeof(*m));
        m->time = time;
        for (int k = 0; k < 3; k++)
            m->head[k] = RAD * (step->head[k] + 1.5f * sy_normal(&r));
        for (int k = 0; k < 2; k++)
            m->target[k] = RAD * (step->gaze[k] + 1.0f * sy_normal(&r));
        for (int k = 0; k < 3; k++)
            if (step->unit[k])
                m->au[sy_au_index(step->unit[k])] =
                    sy_clamp(step->strength * sy_range(&r, 0.85f, 1.15f), 0, 5);
        time += step->hold * sy_range(&r, 0.9f, 1.25f) + 0.5f;
    }
    for (float t = sy_range(&r, 0.8f, 2); t < length && s->num_blinks < BLINKS;
         t += sy_range(&r, 1.5f, 4.5f))
        s->blink[s->num_blinks++] = t;
}

/* Share of the way from the last moment to this one, `lag` after it began, `span` long. */
static float way(float since, float lag, float span)
{
    return sy_step(0, 1, (since - lag) / span);
}

static float lid(const struct story *s, float t)
{
    float closed = 0;
    for (int i = 0; i < s->num_blinks; i++) {
        float d = t - s->blink[i]; /* shuts in 0.08 s, opens in 0.16 */
        float v = d < 0 ? 0 : d < 0.08f ? d / 0.08f : d < 0.12f ? 1 : 1 - (d - 0.12f) / 0.16f;
        closed = v > closed ? v : closed;
    }
    return 5 * sy_step(0, 1, closed);
}

/* The person at time t. */
static void play(const struct story *s, float t, struct sy_state *state)
{
    int at = 0;
    while (at + 1 < s->num_moments && s->moment[at + 1].time <= t)
        at++;
    const struct moment *to = &s->moment[at], *from = at ? &s->moment[at - 1] : to;
    float since = t - to->time;
    float eyes = way(since, 0, 0.12f), head = way(since, 0.06f, 0.45f),
          face = way(since, 0.05f, 0.5f);
    float world[2];
    for (int k = 0; k < 3; k++) /* and no person holds quite still */
        state->head[k] = from->head[k] + head * (to->head[k] - from->head[k]) +
                         0.012f * sinf(1.7f * t + 2.1f * (float)k) +
                         0.006f * sinf(4.3f * t + (float)k);
    for (int k = 0; k < 2; k++)
        world[k] = from->target[k] + eyes * (to->target[k] - from->target[k]);
    state->look[0] = sy_clamp(world[0] - state->head[1], -0.62f, 0.62f);
    state->look[1] = sy_clamp(world[1] + state->head[0], -0.5f, 0.42f);
    for (int i = 0; i < MIEN_AU_INTENSITIES; i++)
        state->au[i] = from->au[i] + face * (to->au[i] - from->au[i]);
    float *blink = &state->au[sy_au_index(45)], shut = lid(s, t);
    *blink = shut > *blink ? shut : *blink;
}

static void draw(void *ctx, struct sy_render *r, int i, uint64_t *noise)
{
    const struct story *s = ctx;
    const struct sy_given *g = s->given;
    struct sy_rng rng = sy_rng_at(g->seed, 0);
    struct sy_scene_options o = {g->width, g->height, 1, g->face > 0 ? g->face : 0.5f, 1};
    sy_scene_draw(&r->scene, r->person, s->assets, &o, &rng);
    if (!g->clean && r->person[0].glasses == SY_SUNGLASSES)
        r->person[0].glasses = SY_NO_GLASSES; /* the eyes are to be seen */
    struct sy_state *state = &r->scene.state[0];
    state->distance = 800;
    state->trunk = 0.15f;
    play(s, (float)i / (float)g->rate, state);
    *noise = sy_mix(g->seed) + (uint64_t)i;
}

static int take(void *ctx, struct sy_render *r, const struct sy_label *l, int i)
{
    struct story *s = ctx;
    char name[40], file[50], why[SY_WHY];
    double time = (double)i / s->given->rate;
    snprintf(name, sizeof(name), "%08d", i);
    snprintf(file, sizeof(file), "%s.%s", name, s->given->format == SY_PPM ? "ppm" : "png");
    sy_write_line(s->lines, s->video ? NULL : file, r, l, i, time);
    if (ferror(s->lines))
        return sy_fail(MIEN_EOUTPUT, "the truth of %s cannot be written: %s", s->given->output,
                       strerror(errno));
    if (!s->video)
        return sy_write_picture(s->given, name, r);
    int err = sy_video_add(s->video, r->out, why);
    return err < 0 ? sy_fail(err, "%s", why) : 0;
}

static int is_video(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && !strchr(dot, '/') && strlen(dot) >= 3;
}

static int open_outputs(struct story *s)
{
    const struct sy_given *g = s->given;
    char path[1200], why[SY_WHY];
    if (is_video(g->output)) {
        int err = sy_video_open(&s->video, g->output, g->width, g->height, g->rate, why);
        if (err < 0)
            return sy_fail(err, "%s", why);
        snprintf(path, sizeof(path), "%.1000s.truth.jsonl", g->output);
    } else {
        if (mkdir(g->output, 0777) != 0 && errno != EEXIST)
            return sy_fail(MIEN_EOUTPUT, "%s cannot be made: %s", g->output, strerror(errno));
        snprintf(path, sizeof(path), "%.1000s/labels.jsonl", g->output);
    }
    s->lines = fopen(path, "wb");
    return s->lines ? 0 : sy_fail(MIEN_EOUTPUT, "%s cannot be written: %s", path, strerror(errno));
}

static int close_outputs(struct story *s, int err)
{
    char why[SY_WHY];
    int closed = sy_video_close(&s->video, why);
    if (closed < 0 && err == 0)
        err = sy_fail(closed, "%s", why);
    if (s->lines && fclose(s->lines) != 0 && err == 0)
        err = sy_fail(MIEN_EOUTPUT, "the truth of %s: %s", s->given->output, strerror(errno));
    return err;
}

int sy_cmd_clip(const struct sy_given *given)
{
    struct sy_assets a;
    struct sy_given g = *given;
    if (!g.count)
        g.count = 20 * g.rate;
    if (g.format == SY_RAW)
        return sy_fail(MIEN_EINVAL, "a clip is a video, or png or ppm pictures in a folder");
    if (g.count > 900 * g.rate)
        return sy_fail(MIEN_EINVAL, "a clip of more than 15 minutes: its story is not that long");
    struct story s = {.given = &g, .assets = &a};
    write_story(&s, (float)g.count / (float)g.rate);
    int err = sy_open_assets(&a, &g);
    if (err < 0)
        return err;
    err = open_outputs(&s);
    struct sy_work w = {g.count, &s, draw, take};
    if (err == 0)
        err = sy_work_run(&g, &a, &w);
    err = close_outputs(&s, err);
    sy_assets_close(&a);
    return err;
}

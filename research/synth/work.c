/* Threads that render, and what all commands write. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "commands.h"
#include "ffmpeg.h"

struct crew {
    const struct sy_given *given;
    const struct sy_assets *assets;
    const struct sy_work *work;
    pthread_mutex_t lock;
    pthread_cond_t turn;
    int next;    /* the first picture that is not begun */
    int written; /* pictures handed over: whose turn it is */
    int err;
};

static void dot(struct sy_render *r, const float at[2], uint8_t seen, int wide)
{
    int cx = (int)(at[0] + 0.5f) - wide / 2, cy = (int)(at[1] + 0.5f) - wide / 2;
    for (int y = cy; y < cy + wide; y++)
        for (int x = cx; x < cx + wide; x++) {
            if (x < 0 || y < 0 || x >= r->width || y >= r->height)
                continue;
            uint8_t *p = r->out + 3 * ((size_t)y * (size_t)r->width + (size_t)x);
            p[0] = seen ? 0 : 255;
            p[1] = seen ? 255 : 0;
            p[2] = 0;
        }
}

static void draw_marks(struct sy_render *r, const struct sy_label *l)
{
    for (int f = 0; f < r->scene.num_faces; f++, l++) {
        for (int i = 0; i < 68; i++)
            dot(r, l->mark68[i], l->seen68[i], r->height > 700 ? 5 : r->height > 500 ? 3 : 2);
        for (int i = 0; i < 4; i++) {
            const float corner[2] = {l->box[i & 1 ? 2 : 0], l->box[i & 2 ? 3 : 1]};
            dot(r, corner, 1, 3);
        }
        for (int e = 0; e < 2; e++) /* gaze, from the pupils */
            for (int i = 0; i < 40; i++) {
                float d[3], mm[3], p[2];
                sy_direction(l->eye_gaze[e][0] * 0.0174533f, l->eye_gaze[e][1] * 0.0174533f, d);
                for (int k = 0; k < 3; k++)
                    mm[k] = l->eye_mm[e][k] + d[k] * (15 + 1.5f * (float)i);
                p[0] = r->scene.focal * mm[0] / mm[2] + r->scene.cx;
                p[1] = r->scene.focal * mm[1] / mm[2] + r->scene.cy;
                dot(r, p, 0, 1);
            }
    }
}

/* NULL when there is nothing left. */
static int next_picture(struct crew *c)
{
    pthread_mutex_lock(&c->lock);
    int i = c->err < 0 || c->next >= c->work->count ? -1 : c->next++;
    pthread_mutex_unlock(&c->lock);
    return i;
}

static void hand_over(struct crew *c, struct sy_render *r, const struct sy_label *l, int i)
{
    pthread_mutex_lock(&c->lock);
    while (c->written != i)
        pthread_cond_wait(&c->turn, &c->lock);
    if (c->err == 0)
        c->err = c->work->take(c->work->ctx, r, l, i);
    c->written++;
    pthread_cond_broadcast(&c->turn);
    pthread_mutex_unlock(&c->lock);
}

static void *render(void *arg)
{
    struct crew *c = arg;
    struct sy_render r;
    struct sy_label label[SY_FACES];
    int err = sy_render_open(&r, c->assets, c->given->width, c->given->height);
    if (err < 0) {
        pthread_mutex_lock(&c->lock);
        c->err = sy_fail(err, "out of memory");
        pthread_mutex_unlock(&c->lock);
        return NULL;
    }
    for (int i; (i = next_picture(c)) >= 0;) {
        uint64_t noise = 0;
        c->work->draw(c->work->ctx, &r, i, &noise);
        sy_render_run(&r, noise);
        for (int f = 0; f < r.scene.num_faces; f++)
            sy_label_make(&label[f], &r, f);
        if (c->given->marks)
            draw_marks(&r, label);
        hand_over(c, &r, label, i);
    }
    sy_render_close(&r);
    return NULL;
}

static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int sy_work_run(const struct sy_given *g, const struct sy_assets *a, const struct sy_work *w)
{
    struct crew c = {.given = g, .assets = a, .work = w};
    pthread_t thread[SY_MOST_JOBS];
    int jobs = g->jobs ? g->jobs : mien_cores(), started = 0;
    jobs = jobs > w->count ? w->count : jobs > SY_MOST_JOBS ? SY_MOST_JOBS : jobs;
    pthread_mutex_init(&c.lock, NULL);
    pthread_cond_init(&c.turn, NULL);
    double wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    while (started < jobs - 1 && pthread_create(&thread[started], NULL, render, &c) == 0)
        started++;
    render(&c); /* this thread works too */
    for (int i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    wall = now(CLOCK_MONOTONIC) - wall;
    cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    if (g->time && c.err == 0)
        fprintf(stderr, "%d pictures: %.1f a second, %.1f a second and core\n", w->count,
                w->count / wall, w->count / cpu);
    pthread_cond_destroy(&c.turn);
    pthread_mutex_destroy(&c.lock);
    return c.err;
}

int sy_open_assets(struct sy_assets *a, const struct sy_given *g)
{
    char why[SY_WHY];
    int err = sy_assets_open(a, g->assets, why);
    return err < 0 ? sy_fail(err, "%s", why) : 0;
}

static int write_ppm(const char *path, const struct sy_render *r)
{
    FILE *file = fopen(path, "wb");
    size_t n = 3 * (size_t)r->width * (size_t)r->height;
    int good = file && fprintf(file, "P6\n%d %d\n255\n", r->width, r->height) > 0 &&
               fwrite(r->out, 1, n, file) == n;
    if (file && fclose(file) != 0)
        good = 0;
    return good ? 0 : sy_fail(MIEN_EOUTPUT, "%s cannot be written: %s", path, strerror(errno));
}

int sy_write_picture(const struct sy_given *g, const char *name, const struct sy_render *r)
{
    char path[1200], why[SY_WHY];
    snprintf(path, sizeof(path), "%.1000s/%s.%s", g->output, name,
             g->format == SY_PPM ? "ppm" : "png");
    if (g->format == SY_PPM)
        return write_ppm(path, r);
    int err = sy_png_write(path, r->out, r->width, r->height, why);
    return err < 0 ? sy_fail(err, "%s", why) : 0;
}

void sy_write_line(FILE *out, const char *file, const struct sy_render *r, const struct sy_label *l,
                   int i, double time)
{
    static const char *const looks[] = {"colour", "grey", "infrared"};
    const struct sy_scene *s = &r->scene;
    fprintf(out, "{\"index\":%d,", i);
    if (file)
        fprintf(out, "\"file\":\"%s\",", file);
    if (time >= 0)
        fprintf(out, "\"time\":%.4f,", time);
    fprintf(out,
            "\"width\":%d,\"height\":%d,\"fx\":%.3f,\"fy\":%.3f,\"cx\":%.2f,\"cy\":%.2f,"
            "\"look\":\"%s\",\"faces\":[",
            s->width, s->height, (double)s->focal, (double)s->focal, (double)s->cx, (double)s->cy,
            looks[s->camera.look]);
    for (int f = 0; f < s->num_faces; f++) {
        if (f)
            fputc(',', out);
        sy_label_json(&l[f], out);
    }
    fputs("]}\n", out);
}

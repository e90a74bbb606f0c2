#include "page/thumbs.h"

#include <mien/mien.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/msg.h"
#include "io/path.h"
#include "io/signal.h"
#include "page/base64.h"
#include "report/sidecar.h"
#include "sink/canvas.h"
#include "source/ffmpeg/decoder.h"

enum { THUMB_WIDTH = 320 };

/* ------------------------------------------------------------------------------- pictures ---- */

static struct mn_canvas canvas_in(uint8_t *memory, int width, int height)
{
    const size_t luma = (size_t)width * (size_t)height;
    return (struct mn_canvas){.width = width,
                              .height = height,
                              .plane = {memory, memory + luma, memory + luma / 4 * 5},
                              .stride = {width, width / 2, width / 2}};
}

static void hide_faces(struct mn_canvas *c, const struct mn_thumb *t, enum mn_hide how)
{
    if (t->num_near > MN_THUMB_BOXES)
        mn_hide(c, (struct mn_rect){0, 0, c->width, c->height}, c->width / 16, how);
    for (int i = 0; i < t->num_near && i < MN_THUMB_BOXES; i++)
        mn_hide_face(c, t->near[i], 0, how);
}

/* The mean of the pixels that a pixel of the small picture covers. */
static uint8_t mean_at(const struct mn_canvas *c, int plane, int x, int y,
                       const struct mn_canvas *to)
{
    const int w = c->width >> (plane > 0), h = c->height >> (plane > 0),
              tw = to->width >> (plane > 0), th = to->height >> (plane > 0);
    const int x0 = x * w / tw, x1 = (x + 1) * w / tw, y0 = y * h / th, y1 = (y + 1) * h / th;
    unsigned sum = 0, n = 0;
    for (int py = y0; py < y1 || py == y0; py++)
        for (int px = x0; px < x1 || px == x0; px++, n++)
            sum += c->plane[plane][(ptrdiff_t)py * c->stride[plane] + px];
    return (uint8_t)((sum + n / 2) / n);
}

static int shrink(struct mn_thumb *t, const struct mn_canvas *c)
{
    const int width = c->width < THUMB_WIDTH ? c->width : THUMB_WIDTH;
    const int height = (int)((int64_t)c->height * width / c->width + 1) & ~1;
    t->pixels = malloc((size_t)width * (size_t)height * 3 / 2 + 1);
    if (!t->pixels || height < 2)
        return MIEN_ENOMEM;
    t->width = width;
    t->height = height;
    struct mn_canvas to = canvas_in(t->pixels, width, height);
    for (int i = 0; i < 3; i++)
        for (int y = 0; y < height >> (i > 0); y++)
            for (int x = 0; x < width >> (i > 0); x++)
                to.plane[i][y * to.stride[i] + x] = mean_at(c, i, x, y, &to);
    for (int i = 0; i < 4; i++) /* as parts of the picture */
        t->box[i] /= i % 2 ? (float)c->height : (float)c->width;
    return 0;
}

static int keep(struct mn_thumb *t, const mien_picture *p, enum mn_hide how)
{
    const int width = p->width & ~1, height = p->height & ~1;
    uint8_t *memory = width && height ? malloc((size_t)width * (size_t)height * 3 / 2) : NULL;
    if (!memory)
        return MIEN_ENOMEM;
    struct mn_canvas c = canvas_in(memory, width, height);
    mn_canvas_copy(&c, p);
    if (how != MN_HIDE_NONE)
        hide_faces(&c, t, how);
    int err = shrink(t, &c);
    free(memory);
    return err;
}

/* ------------------------------------------------------------------------------- the video ---- */

static bool stopped(void *ctx)
{
    return atomic_load(&mn_signal_received);
}

static int decode(struct mn_thumbs *t, struct mn_decoder *d, enum mn_hide how)
{
    struct mn_decoded got;
    int next = 0, err = 0;
    while (err == 0 && next < t->n && (err = mn_decoder_next(d, &got)) == 0) {
        for (; err == 0 && next < t->n && got.index + 1 >= t->thumb[next].frame; next++)
            if (t->thumb[next].found && got.index + 1 == t->thumb[next].frame)
                err = keep(&t->thumb[next], &got.picture, how);
        mn_decoder_return(got.loan);
    }
    return err == MIEN_EEOF ? 0 : err;
}

/* --rotate of the run, which boxes refer to; -1: as the file states. */
static int rotation_of(const char *result)
{
    char *text = mn_sidecar_text(result);
    const char *item = text ? strstr(text, "\"rotate\": ") : NULL;
    int degrees = -1;
    if (item)
        sscanf(item, "\"rotate\": %d", &degrees);
    free(text);
    return degrees == 90 || degrees == 180 || degrees == 270 || degrees == 0 ? degrees : -1;
}

/* The path of the sidecar, or the file of that name beside the result. malloced. */
static char *find_video(const char *result)
{
    char video[MN_PATH_SIZE], *folder = mn_path_folder(result), *beside;
    mn_sidecar_input(result, video, sizeof(video));
    if (!*video || access(video, R_OK) == 0) {
        free(folder);
        return strdup(video);
    }
    beside = folder ? mn_path_join(folder, mn_path_last_part(video)) : NULL;
    free(folder);
    if (beside && access(beside, R_OK) == 0)
        return beside;
    free(beside);
    return strdup(video);
}

static int read_video(struct mn_thumbs *t, const char *video, const char *result, enum mn_hide how)
{
    struct mn_source_facts facts = {0};
    struct mn_decoder_options o = {.rotate = rotation_of(result), .threads = 1, .stopped = stopped};
    struct mn_decoder *d;
    mn_decoder_redirect_log();
    int err = mn_kind_of(video, false, &o.kind);
    if (err == 0)
        err = mn_decoder_open(&d, video, &o, &facts);
    if (err < 0)
        return err;
    err = decode(t, d, how);
    mn_decoder_close(&d);
    return err == MIEN_ENOMEM ? mn_fail(err, "%s: out of memory for thumbnails", video) : err;
}

int mn_thumbs_make(struct mn_thumbs *t, const struct mn_gather *g, const char *result,
                   enum mn_hide how)
{
    int err = mn_thumbs_choose(t, g, result);
    if (err < 0)
        return err;
    char *video = find_video(result);
    if (!video || !*video)
        err = mn_fail(MIEN_ENOINPUT,
                      "%s: --thumbnails needs the sidecar, which names the video; "
                      "copy it beside the result",
                      result);
    else if (t->n)
        err = read_video(t, video, result, how);
    free(video);
    return err;
}

/* ----------------------------------------------------------------------------------- JSON ---- */

static void write_one(struct mn_json *j, const struct mn_thumb *t, double start)
{
    mn_json_begin(j, NULL, '{');
    mn_json_bool(j, "best", t->best);
    mn_json_int(j, "person", t->person);
    mn_json_int(j, "frame", t->frame);
    mn_json_num(j, "time", t->time - start, 3);
    mn_json_num(j, "score", t->score, 3);
    mn_json_int(j, "width", t->width);
    mn_json_int(j, "height", t->height);
    mn_json_begin(j, "box", '[');
    for (int i = 0; i < 4; i++)
        mn_json_num(j, NULL, t->box[i], 4);
    mn_json_end(j, ']');
    mn_json_key(j, "pixels");
    fputc('"', j->file);
    mn_base64(j->file, t->pixels, (size_t)t->width * (size_t)t->height * 3 / 2);
    fputc('"', j->file);
    mn_json_end(j, '}');
}

void mn_thumbs_write(struct mn_json *j, const struct mn_thumbs *t, double start)
{
    mn_json_begin(j, "thumbnails", '[');
    for (int i = 0; i < t->n; i++)
        if (t->thumb[i].pixels && t->thumb[i].width)
            write_one(j, &t->thumb[i], start);
    mn_json_end(j, ']');
}

/* The live page of `mien run --web`. The thread of the loop only draws, and only if a client waits
 * for a picture and the painter is free; it writes at most 40 short lines a second, and only if a
 * client listens. So the cost does not depend on the number of clients nor on their speed.
 *
 * path: PORT:FOLDER, the folder being that of recordings. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "io/msg.h"
#include "sink/overlay.h"
#include "sink/recording.h"
#include "sink/sink.h"
#include "sink/web_lines.h"
#include "web/access.h"
#include "web/painter.h"
#include "web/server.h"

#define WIDEST 640            /* pixels of the page's picture */
#define PICTURE_INTERVAL 0.08 /* seconds, at least */
#define LINE_INTERVAL 0.025   /* seconds, at least */

struct web {
    struct mn_sink base;
    struct mn_web_hub hub;
    struct mn_web_server *server;
    struct mn_recording recording;
    char *folder;
    struct mn_stream stream;
    struct mn_painter *painter; /* NULL: the pictures are too small, or there is none yet */
    struct mn_canvas canvas;
    double last_picture, last_line;
    bool recorded; /* the state of the recording that clients know */
    FILE *memory;
    char *text;
    size_t size;
};

static int finish(struct mn_sink *base, bool complete)
{
    struct web *w = (struct web *)base;
    mn_recording_stop(&w->recording);
    mn_painter_stop(&w->painter);
    mn_web_hub_close(&w->hub);
    mn_web_server_stop(&w->server);
    mn_web_hub_finish(&w->hub);
    if (w->memory)
        fclose(w->memory);
    free(w->text);
    free(w->canvas.plane[0]);
    free(w->folder);
    free(w);
    return 0;
}

static int start_server(struct web *w, const char *name)
{
    char token[MN_WEB_TOKEN];
    const int port = atoi(name);
    int err = mn_web_token(token);
    if (err == 0)
        err = mn_web_server_start(&w->server, port, token, &w->hub);
    if (err == 0)
        mn_msg_print("live page: http://127.0.0.1:%d/%s/", port, token);
    return err;
}

static int open_web(struct mn_sink **out, const char *name, bool force)
{
    const char *colon = strchr(name, ':');
    if (mn_web_server_missing)
        return mn_fail(MIEN_ENOTBUILT, "--web: %s", mn_web_server_missing);
    struct web *w = calloc(1, sizeof(*w));
    if (!w)
        return MIEN_ENOMEM;
    w->base.info = &mn_sink_web;
    mn_web_hub_init(&w->hub);
    w->folder = strdup(colon ? colon + 1 : ".");
    w->recording.folder = w->folder;
    w->memory = open_memstream(&w->text, &w->size);
    int err = w->folder && w->memory ? start_server(w, name) : MIEN_ENOMEM;
    if (err < 0) {
        finish(&w->base, false);
        return err;
    }
    *out = &w->base;
    return 0;
}

static void made(void *ctx, const uint8_t *data, size_t size)
{
    struct web *w = ctx;
    if (mn_web_hub_picture(&w->hub, data, size) == 0)
        mn_web_server_ring(w->server);
}

static int start_painter(struct web *w)
{
    struct mn_canvas *c = &w->canvas;
    struct mn_jpeg *jpeg;
    c->width = w->stream.width & ~1;
    c->height = w->stream.height & ~1;
    if (c->width < 2 || c->height < 2) /* an empty input, for example */
        return 0;
    const size_t n = (size_t)c->width * (size_t)c->height;
    c->plane[0] = malloc(n * 3 / 2);
    if (!c->plane[0])
        return MIEN_ENOMEM;
    c->plane[1] = c->plane[0] + n;
    c->plane[2] = c->plane[1] + n / 4;
    c->stride[0] = c->width;
    c->stride[1] = c->stride[2] = c->width / 2;
    const double shape = w->stream.sar_num > 0 ? (double)w->stream.sar_num / w->stream.sar_den : 1;
    int err =
        mn_jpeg_open(&jpeg, c->width, c->height, shape > 0.1 && shape < 10 ? shape : 1, WIDEST);
    if (err == 0) {
        w->painter = mn_painter_start(jpeg, made, w);
        err = w->painter ? 0 : MIEN_ENOMEM;
    }
    return err;
}

static int begin(struct mn_sink *base, const struct mn_stream *stream)
{
    struct web *w = (struct web *)base;
    w->stream = *stream;
    w->stream.layout.openface = false;
    rewind(w->memory);
    mn_web_lines_hello(w->memory, &w->stream);
    if (fflush(w->memory))
        return MIEN_ENOMEM;
    w->text[w->size - 1] = 0; /* without the line feed */
    mn_web_hub_hello(&w->hub, w->text);
    mn_web_server_ring(w->server);
    return start_painter(w);
}

static void draw(struct web *w, const struct mn_result *r, double now)
{
    const mien_picture *p = &r->frame->picture;
    if (!w->painter || now - w->last_picture < PICTURE_INTERVAL || !mn_painter_free(w->painter) ||
        (p->width & ~1) != w->canvas.width || (p->height & ~1) != w->canvas.height)
        return;
    w->last_picture = now;
    mn_canvas_copy(&w->canvas, p);
    mn_overlay_draw(&w->canvas, r, &w->stream.layout, NULL);
    mn_painter_give(w->painter, w->canvas.plane, w->canvas.stride);
}

/* Clients see a change of the recording at once. */
static void write_line(struct web *w, const struct mn_result *r, double now)
{
    const bool recorded = w->recording.num_sinks > 0;
    if (now - w->last_line < LINE_INTERVAL && recorded == w->recorded)
        return;
    w->recorded = recorded;
    w->last_line = now;
    rewind(w->memory);
    mn_web_lines_frame(w->memory, &w->stream, r, &w->recording);
    if (fflush(w->memory))
        return;
    w->text[w->size - 1] = 0; /* without the line feed */
    mn_web_hub_line(&w->hub, w->text);
    mn_web_server_ring(w->server);
}

static void record(struct web *w, bool wanted, const struct mn_result *r)
{
    const bool on = w->recording.num_sinks > 0;
    if (wanted && !on)
        mn_recording_start(&w->recording, &w->stream);
    else if (!wanted && on)
        mn_recording_stop(&w->recording);
    mn_recording_frame(&w->recording, r);
    if (wanted && w->recording.num_sinks == 0) /* it failed: the client may ask again */
        mn_web_hub_record(&w->hub, false);
}

static int frame(struct mn_sink *base, const struct mn_result *r)
{
    struct web *w = (struct web *)base;
    const struct mn_web_wishes wishes = mn_web_hub_wishes(&w->hub);
    const double now = mn_now();
    record(w, wishes.record, r);
    if (wishes.lines)
        write_line(w, r, now);
    if (wishes.picture)
        draw(w, r, now);
    return 0;
}

const struct mn_sink_info mn_sink_web = {
    .name = "web",
    .role = MN_SINK_WEB,
    .streams = true,
    .open = open_web,
    .begin = begin,
    .frame = frame,
    .finish = finish,
};

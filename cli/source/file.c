/* A source that waits: a file, a sequence, a single picture, or a stream whose server waits. Every
 * picture is delivered. */
#include <stdlib.h>

#include "source/ffmpeg/decoder.h"
#include "source/source.h"

struct file {
    struct mn_source base;
    struct mn_decoder *decoder;
    const atomic_int *stop;
    struct mn_decoded ahead[MN_SOURCE_AHEAD]; /* decoded before the first read */
    int first, count;
    int end; /* what came after them: an error, or MIEN_EEOF; 0: nothing yet */
};

static bool serves(const struct mn_source_input *in)
{
    (void)in;
    return true;
}

static bool stopped(void *ctx)
{
    const struct file *s = ctx;
    return s->stop && *s->stop;
}

static int open_file(struct mn_source **out, const struct mn_source_input *in)
{
    const struct mn_source_options *o = in->options;
    struct file *s = calloc(1, sizeof(*s));
    if (!s)
        return MIEN_ENOMEM;
    s->stop = o->stop;
    const struct mn_decoder_options d = {
        .kind = in->kind,
        .rotate = o->rotate,
        .tagged_colour = o->tagged_colour,
        .fps = o->fps,
        .camera_size = o->camera_size,
        .threads = o->threads,
        .timeout = o->timeout,
        .stopped = stopped,
        .ctx = s,
    };
    int err = mn_decoder_open(&s->decoder, in->name, &d, &s->base.facts);
    if (err < 0)
        free(s);
    else
        *out = &s->base;
    return err;
}

static void close_file(struct mn_source *base)
{
    struct file *s = (struct file *)base;
    mn_decoder_close(&s->decoder); /* with the loans of pictures that were never read */
    free(s);
}

static uint8_t *get_buffer(void *pipeline, size_t size, void **lease)
{
    mien_buffer *b = mien_buffer_get(pipeline, size);
    *lease = b;
    return b ? b->data : NULL;
}

static void put_buffer(void *lease, uint8_t *data)
{
    (void)data;
    mien_buffer_put(lease);
}

static void decode_into(struct mn_source *base, mien_pipeline *p)
{
    const struct mn_decoder_memory memory = {p ? get_buffer : NULL, put_buffer, p};
    mn_decoder_set_memory(((struct file *)base)->decoder, &memory);
}

static void decode_ahead(struct mn_source *base, int most, const atomic_bool *enough)
{
    enum { BYTES = 32 << 20 };
    struct file *s = (struct file *)base;
    const int64_t size = (int64_t)base->facts.width * base->facts.height * 3 / 2;
    most = most < MN_SOURCE_AHEAD ? most : MN_SOURCE_AHEAD;
    while (s->count < most && s->end == 0) {
        if (atomic_load(enough) || (s->count + 1) * size > BYTES)
            return;
        s->end = mn_decoder_next(s->decoder, &s->ahead[s->count]);
        s->count += s->end == 0;
    }
}

static int read_file(struct mn_source *base, mien_frame *f)
{
    struct file *s = (struct file *)base;
    struct mn_decoded picture;
    int err = s->end;
    if (s->first < s->count) {
        picture = s->ahead[s->first++];
        err = 0;
    } else if (err == 0) {
        err = mn_decoder_next(s->decoder, &picture);
    }
    return err < 0 ? err : mn_decoder_lend(&picture, f);
}

static int verdict(struct mn_source *base, bool stopped_early)
{
    return mn_decoder_verdict(((struct file *)base)->decoder, stopped_early);
}

const struct mn_source_info mn_source_file = {
    .name = "file",
    .serves = serves,
    .open = open_file,
    .close = close_file,
    .read = read_file,
    .verdict = verdict,
    .decode_into = decode_into,
    .ahead = decode_ahead,
};

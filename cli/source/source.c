#include "source/source.h"

#include "source/ffmpeg/decoder.h"

/* The first row that serves an input opens it. */
static const struct mn_source_info *const sources[] = {
    &mn_source_isolated, /* regular files, with the option isolate */
    &mn_source_live,     /* sources that cannot wait, and files that are treated like them */
    &mn_source_file,     /* everything else */
};

static const struct mn_source_info *source_for(const struct mn_source_input *in)
{
    size_t i = 0;
    while (!sources[i]->serves(in))
        i++;
    return sources[i];
}

int mn_source_open(struct mn_source **out, const char *name, const struct mn_source_options *o)
{
    struct mn_source_input in = {.name = name, .options = o};
    *out = NULL;
    int err = mn_kind_of(name, o->remote, &in.kind);
    if (err < 0)
        return err;
    mn_decoder_redirect_log(); /* the sinks that encode log through FFmpeg, too */
    const struct mn_source_info *info = source_for(&in);
    err = info->open(out, &in);
    if (err == 0)
        (*out)->info = info;
    return err;
}

void mn_source_close(struct mn_source **s)
{
    if (*s)
        (*s)->info->close(*s);
    *s = NULL;
}

void mn_source_decode_into(struct mn_source *s, mien_pipeline *p)
{
    if (s->info->decode_into)
        s->info->decode_into(s, p);
}

void mn_source_ahead(struct mn_source *s, int most, const atomic_bool *enough)
{
    if (s->info->ahead)
        s->info->ahead(s, most, enough);
}

int mn_source_read(struct mn_source *s, mien_frame *f)
{
    int err = s->info->read(s, f);
    if (err == 0 && !s->info->rate)
        mn_rate_add(&s->rate, mn_now());
    return err;
}

int mn_source_poll(struct mn_source *s, mien_frame *f)
{
    return s->info->poll ? s->info->poll(s, f) : mn_source_read(s, f);
}

void mn_source_stop(struct mn_source *s)
{
    if (s->info->stop)
        s->info->stop(s);
}

struct mn_rate mn_source_rate(struct mn_source *s)
{
    return s->info->rate ? s->info->rate(s) : s->rate;
}

const struct mn_source_facts *mn_source_facts(struct mn_source *s)
{
    return &s->facts;
}

int mn_source_verdict(struct mn_source *s, bool stopped_early)
{
    return s->info->verdict(s, stopped_early);
}

void mn_source_version(char *buf, size_t size)
{
    mn_decoder_version(buf, size);
}

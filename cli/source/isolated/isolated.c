/* Both sides of the decoder process. The socket carries one record each way, of one size; the two
 * sides are the same program, yet the parent believes nothing: numbers are checked, texts ended,
 * pictures must lie in the memory that they share.
 *
 * That memory is the arena, or buffers that the pipeline lends: then worker processes look at what
 * the decoder wrote, where it wrote it.
 *
 *   parent: OPEN, places of the buffers | child, without rights from here on: OPENED, facts
 *   parent: NEXT (one ahead) | child: PICTURE, or END with why
 *   parent: RELEASE, the picture may be overwritten
 *   parent: VERDICT | child says what is wrong with the file, and answers JUDGED
 *
 * The child may write nowhere. What it has to say follows its next record, and the parent says it.
 */
#include "source/isolated/isolated.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/shared.h"
#include "io/exit_status.h"
#include "io/msg.h"
#include "source/isolated/sandbox.h"

#define ARENA ((size_t)64 << 30) /* of addresses; only what is touched is memory */
#define MOST_HELD 2048           /* pictures on loan */
#define MOST_PLACES (MOST_HELD + 64)
#define LIMIT 60.0 /* seconds for a picture, or for opening */
#define SLICE_MS 100
#define MARGIN 256         /* pixels around a picture that decoders want */
#define LONGEST_NAME 65535 /* bytes; more than any system allows */
#define MOST_SAID 4000     /* bytes of messages with one record */

enum { OPEN, NEXT, RELEASE, VERDICT };
enum { OPENED = 10, PICTURE, END, JUDGED };

struct ask {
    uint32_t kind, number;
    int32_t rotate, tagged_colour, log_level, stopped_early;
    double fps;
    uint32_t num_places; /* buffers lent. 0: an arena */
    uint32_t name_size;
    uint64_t place_size;
    /* after OPEN: name, so many bytes; offsets of the buffers, uint64_t each */
};

struct told {
    uint32_t kind, number;
    int32_t error;
    uint32_t sandbox;
    uint32_t said, unused; /* bytes of messages that follow: lines, each with its level before it */
    uint64_t plane[3];
    int32_t stride[3], format, matrix, full_range, width, height;
    int64_t index;
    double time;
    struct mn_source_facts facts; /* its pointers say nothing */
    char container[64], codec[64], pixel_format[64];
};

/* -------------------------------------------------------------------------------- parent ---- */

struct loan {
    struct mn_isolated *owner;
    uint32_t number;
    bool out;
};

struct mn_isolated {
    struct mn_child child;
    struct mn_shared arena; /* unless buffers are lent: */
    mien_buffer *lent[MOST_PLACES];
    uint32_t num_lent;
    size_t lent_size; /* of the smallest */
    const atomic_int *stop;
    char *name;
    struct told last;
    int asked;     /* NEXT without an answer yet */
    int64_t taken; /* pictures, which are numbered without gaps */
    bool ended;
    char lost[80];        /* why there is no child any more; "" there is */
    bool mute;            /* the last message to it is not complete: we were told to stop */
    pthread_mutex_t lock; /* sending, loans */
    struct loan loan[MOST_HELD];
};

static void lose(struct mn_isolated *d, const char *why)
{
    int how = 0;
    pthread_mutex_lock(&d->lock);
    mn_child_end(&d->child, &how);
    if (why)
        snprintf(d->lost, sizeof(d->lost), "%s", why);
    else if (WIFSIGNALED(how))
        snprintf(d->lost, sizeof(d->lost), "its decoder crashed (signal %d)", WTERMSIG(how));
    else
        snprintf(d->lost, sizeof(d->lost), "its decoder gave up");
    pthread_mutex_unlock(&d->lock);
}

/* A child that does not listen must not make us wait for ever. */
static int talk(struct mn_isolated *d, const void *data, size_t n)
{
    pthread_mutex_lock(&d->lock);
    int err =
        d->lost[0] || d->mute ? -1 : mn_child_send_within(d->child.fd, data, n, LIMIT, d->stop);
    d->mute = d->mute || err > 0;
    pthread_mutex_unlock(&d->lock);
    if (err > 0 && !(d->stop && *d->stop))
        lose(d, "its decoder did not listen for a minute");
    return err ? -1 : 0;
}

static int ask(struct mn_isolated *d, const struct ask *a)
{
    return talk(d, a, sizeof(*a));
}

static double finite_or(double v, double other)
{
    return isfinite(v) && v >= 0 ? v : other;
}

static int within(int v, int least, int most, int other)
{
    return v >= least && v <= most ? v : other;
}

/* A byte of another process need not be one of the two that a bool has. */
static void make_bool(bool *b)
{
    unsigned char byte;
    memcpy(&byte, b, 1);
    *b = byte != 0;
}

/* What the record says may be wrong, but not impossible: the sinks, the encoder and the sidecar
 * rely on it. */
static void tame(struct told *t)
{
    struct mn_source_facts *f = &t->facts;
    t->container[sizeof(t->container) - 1] = t->codec[sizeof(t->codec) - 1] = 0;
    t->pixel_format[sizeof(t->pixel_format) - 1] = f->damage[sizeof(f->damage) - 1] = 0;
    t->error = within(t->error, -1000, 0, MIEN_EDAMAGED);
    bool *const bools[] = {&f->mirrored, &f->live, &f->still, &f->isolated};
    for (size_t i = 0; i < sizeof(bools) / sizeof(bools[0]); i++)
        make_bool(bools[i]);
    int64_t *const counts[] = {&f->frames_expected, &f->frames_decoded, &f->frames_dropped,
                               &f->packets_damaged, &f->frames_damaged, &f->size_changes,
                               &f->times_irregular};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        *counts[i] = *counts[i] > 0 ? *counts[i] : 0;
    f->width = within(f->width, 0, MIEN_MAX_SIDE, 0);
    f->height = within(f->height, 0, MIEN_MAX_SIDE, 0);
    f->rotation = within(f->rotation, 0, 270, 0) / 90 * 90;
    if (f->sar_num < 1 || f->sar_den < 1 || f->sar_num > 1 << 20 || f->sar_den > 1 << 20) {
        f->sar_num = 0;
        f->sar_den = 1;
    }
    f->matrix = within(f->matrix, 0, 17, 2); /* the codes of H.273; 2: unknown */
    f->primaries = within(f->primaries, 0, 22, 2);
    f->transfer = within(f->transfer, 0, 18, 2);
    if (f->time_num < 1 || f->time_den < 1)
        f->time_num = f->time_den = 1;
    f->frame_rate = finite_or(f->frame_rate, 0);
    f->duration = finite_or(f->duration, 0);
    f->start_time = isfinite(f->start_time) ? f->start_time : 0;
    f->decode_seconds = finite_or(f->decode_seconds, 0);
    f->captured = 0;
}

/* Lines of another process: they are bounded, and what steers a terminal is taken out where they
 * are said. */
static void repeat(char *said)
{
    for (char *line = said, *end; *line; line = end) {
        end = line + strcspn(line, "\n");
        end += *end ? (*end = 0, 1) : 0;
        const int level = *line - '0';
        if (level >= MIEN_LOG_ERROR && level <= MIEN_LOG_DEBUG)
            mn_msg((enum mien_log_level)level, "%s", line + 1);
    }
}

/* What comes after a record. -1: it does not, or is more than there can be. */
static int hear_messages(struct mn_isolated *d)
{
    char said[MOST_SAID + 1];
    const uint32_t n = d->last.said;
    if (n == 0)
        return 0;
    if (n > MOST_SAID || mn_child_recv(d->child.fd, said, n, SLICE_MS * 10) != 0)
        return -1;
    said[n] = 0;
    repeat(said);
    return 0;
}

/* The next record into d->last. 0, MIEN_EINTERRUPTED, or MIEN_EDAMAGED: the child is lost. */
static int hear(struct mn_isolated *d)
{
    double waited = 0;
    for (;;) {
        int got = d->lost[0] ? -1 : mn_child_recv(d->child.fd, &d->last, sizeof(d->last), SLICE_MS);
        if (got == 0)
            break;
        if (got < 0) {
            if (!d->lost[0])
                lose(d, NULL);
            return MIEN_EDAMAGED;
        }
        waited += SLICE_MS / 1000.0;
        if (d->stop && *d->stop)
            return MIEN_EINTERRUPTED;
        if (mn_child_lost(&d->child)) {
            lose(d, NULL);
            return MIEN_EDAMAGED;
        }
        if (waited > LIMIT) {
            lose(d, "its decoder took more than a minute for a picture");
            return MIEN_EDAMAGED;
        }
    }
    tame(&d->last);
    if (hear_messages(d) < 0) {
        lose(d, "its decoder answers nonsense");
        return MIEN_EDAMAGED;
    }
    return 0;
}

static void take_facts(struct mn_isolated *d, struct mn_source_facts *facts)
{
    *facts = d->last.facts;
    facts->name = d->name;
    facts->container = d->last.container;
    facts->codec = d->last.codec;
    facts->pixel_format = d->last.pixel_format;
    facts->live = false;
    facts->isolated = true;
    facts->sandbox = d->last.sandbox;
}

/* All that the pipeline has to give: each costs memory only once it was used, and the child must
 * never wait for one. */
static void borrow(struct mn_isolated *d, mien_pipeline *p)
{
    mien_buffer *b;
    while (p && d->num_lent < MOST_PLACES && (b = mien_buffer_get(p, 1))) {
        d->lent_size = d->num_lent && d->lent_size < b->size ? d->lent_size : b->size;
        d->lent[d->num_lent++] = b;
    }
}

static int send_places(struct mn_isolated *d)
{
    uint64_t at[MOST_PLACES];
    for (uint32_t i = 0; i < d->num_lent; i++)
        at[i] = d->lent[i]->offset;
    return talk(d, at, d->num_lent * sizeof(at[0]));
}

static int start(struct mn_isolated *d, const char *name)
{
    char path[4096], parent[24], flag[] = MN_DECODER_FLAG, self[] = "mien-decoder";
    char *argv[] = {self, flag, parent, NULL};
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return mn_fail(MIEN_ENOINPUT, "%s: %s; check the name", name, strerror(errno));
    snprintf(parent, sizeof(parent), "%ld", (long)getpid());
    int failed = n > 0 ? 0 : ENOENT;
    if (!failed) {
        path[n] = 0;
        failed = !d->num_lent && mn_shared_create(&d->arena, ARENA) < 0 ? errno : 0;
    }
    const int extra[2] = {fd, d->num_lent ? d->lent[0]->fd : d->arena.fd};
    if (!failed)
        failed = mn_child_start(&d->child, path, argv, extra);
    close(fd);
    return failed ? mn_fail(MIEN_EWORKER,
                            "the decoder process cannot be started: %s; use "
                            "--no-isolate-decoder",
                            strerror(failed))
                  : 0;
}

int mn_isolated_open(struct mn_isolated **out, const char *name, const struct mn_source_options *o,
                     struct mn_source_facts *facts)
{
    struct mn_isolated *d = *out = calloc(1, sizeof(*d));
    struct ask *a = calloc(1, sizeof(*a));
    int err = d && a ? 0 : MIEN_ENOMEM;
    if (d) {
        pthread_mutex_init(&d->lock, NULL);
        d->arena.fd = d->child.fd = -1;
        d->stop = o->stop;
        d->name = strdup(name);
        err = d->name ? err : MIEN_ENOMEM;
        borrow(d, o->memory);
    }
    if (err == 0)
        err = start(d, name);
    if (err == 0) {
        *a = (struct ask){.kind = OPEN,
                          .rotate = o->rotate,
                          .tagged_colour = o->tagged_colour,
                          .log_level = mn_msg_level(),
                          .fps = o->fps,
                          .num_places = d->num_lent,
                          .name_size = (uint32_t)strlen(name),
                          .place_size = d->lent_size};
        err = ask(d, a) < 0 || talk(d, name, a->name_size) < 0 || send_places(d) < 0 ? MIEN_EDAMAGED
                                                                                     : hear(d);
        if (err == MIEN_EDAMAGED)
            mn_fail(err, "%s cannot be read: %s; copy or convert it", name,
                    d->lost[0] ? d->lost : "its decoder gave up");
    }
    if (err == 0)
        err = d->last.kind != OPENED ? MIEN_EDAMAGED : d->last.error;
    if (err == 0)
        take_facts(d, facts);
    free(a);
    if (err < 0)
        mn_isolated_close(out);
    return err;
}

static void release(void *ctx)
{
    struct loan *l = ctx;
    const struct ask a = {.kind = RELEASE, .number = l->number};
    pthread_mutex_lock(&l->owner->lock);
    l->out = false;
    pthread_mutex_unlock(&l->owner->lock);
    ask(l->owner, &a);
}

/* n bytes at this offset of the memory that we share; NULL: they are not all in one piece of it. */
static uint8_t *place_of(const struct mn_isolated *d, uint64_t offset, uint64_t n)
{
    if (!d->num_lent)
        return offset <= d->arena.size && n <= d->arena.size - offset ? d->arena.base + offset
                                                                      : NULL;
    for (uint32_t i = 0; i < d->num_lent; i++) {
        const mien_buffer *b = d->lent[i];
        if (offset >= b->offset && offset - b->offset <= b->size &&
            n <= b->size - (offset - b->offset))
            return b->data + (offset - b->offset);
    }
    return NULL;
}

/* The picture that was told of, if it lies in our memory. */
static bool picture_of(const struct mn_isolated *d, mien_picture *p)
{
    const struct told *t = &d->last;
    memset(p, 0, sizeof(*p));
    if (t->width < 1 || t->height < 1 || t->width > MIEN_MAX_SIDE || t->height > MIEN_MAX_SIDE ||
        (t->format != MIEN_I420 && t->format != MIEN_BGR24) || t->matrix < 0 ||
        t->matrix > MIEN_BT2020)
        return false;
    p->format = (enum mien_format)t->format;
    p->matrix = (enum mien_matrix)t->matrix;
    p->full_range = t->full_range != 0;
    p->width = t->width;
    p->height = t->height;
    for (int i = 0; i < (p->format == MIEN_I420 ? 3 : 1); i++) {
        const uint64_t rows = (uint64_t)(i ? (t->height + 1) / 2 : t->height);
        if (t->stride[i] < 1 || t->stride[i] > 1 << 20)
            return false;
        p->plane[i] = place_of(d, t->plane[i], rows * (uint64_t)t->stride[i]);
        p->stride[i] = t->stride[i];
        if (!p->plane[i])
            return false;
    }
    return true;
}

int mn_isolated_read(struct mn_isolated *d, mien_frame *f, struct mn_source_facts *facts)
{
    const struct ask a = {.kind = NEXT};
    if (d->ended)
        return MIEN_EEOF;
    for (; d->asked < 2; d->asked++) /* one ahead, so that it never waits for us */
        if (ask(d, &a) < 0)
            break;
    int err = hear(d);
    if (err == MIEN_EINTERRUPTED)
        return err;
    d->asked--;
    if (err == 0)
        take_facts(d, facts);
    if (err == 0 && d->last.kind == END && d->last.error < 0) {
        d->ended = true;
        return d->last.error;
    }
    mien_picture p;
    struct loan *l = d->last.number < MOST_HELD ? &d->loan[d->last.number] : NULL;
    if (err == 0 && (d->last.kind != PICTURE || !l || l->out || d->last.index != d->taken ||
                     !isfinite(d->last.time) || !picture_of(d, &p)))
        lose(d, "its decoder answers nonsense");
    if (d->lost[0]) {
        d->ended = true;
        snprintf(facts->damage, sizeof(facts->damage), "%s", d->lost);
        return MIEN_EEOF;
    }
    d->taken++;
    *l = (struct loan){d, d->last.number, true};
    err = mien_frame_wrap(f, &p, d->last.index, d->last.time, release, l);
    if (err < 0)
        release(l);
    return err;
}

int mn_isolated_verdict(struct mn_isolated *d, bool stopped_early, struct mn_source_facts *facts)
{
    const struct ask a = {.kind = VERDICT, .stopped_early = stopped_early};
    if (!d->lost[0] && ask(d, &a) == 0)
        do {
            if (hear(d) < 0)
                break;
            take_facts(d, facts);
        } while (d->last.kind != JUDGED); /* pictures that were decoded ahead come first */
    if (!d->lost[0])
        return d->last.error;
    snprintf(facts->damage, sizeof(facts->damage), "%s", d->lost);
    return mn_fail(MIEN_EDAMAGED,
                   "%s is damaged, or worse: %s after frame %lld; the rows of all "
                   "decoded frames are kept, convert it for the rest",
                   d->name, d->lost, (long long)facts->frames_decoded);
}

void mn_isolated_close(struct mn_isolated **pd)
{
    struct mn_isolated *d = *pd;
    if (!d)
        return;
    mn_child_end(&d->child, NULL); /* first: from here on nobody else writes there */
    for (uint32_t i = d->num_lent;
         i--;) /* in the order in which they were: what was used is used again */
        mien_buffer_put(d->lent[i]);
    mn_shared_close(&d->arena);
    pthread_mutex_destroy(&d->lock);
    free(d->name);
    free(d);
    *pd = NULL;
}

/* --------------------------------------------------------------------------------- child ---- */

struct mn_arena {
    struct mn_shared memory;
    size_t place; /* bytes of one; 0: no size is known yet */
    size_t used;  /* places handed out so far */
    bool lent;    /* the only places there are were free at the beginning */
    int num_free;
    uint8_t *free[MOST_PLACES];
};

uint8_t *mn_arena_get(struct mn_arena *a, size_t size)
{
    if (size > a->place)
        return NULL;
    if (a->num_free)
        return a->free[--a->num_free];
    if (a->lent || a->used == MOST_PLACES || (a->used + 1) * a->place > a->memory.size)
        return NULL;
    return a->memory.base + a->place * a->used++;
}

void mn_arena_put(struct mn_arena *a, uint8_t *p)
{
    a->free[a->num_free++] = p;
}

struct server {
    struct mn_arena arena;
    struct mn_source *source;
    unsigned sandbox;
    void *held[MOST_HELD];      /* FFmpeg's, or NULL */
    uint8_t *copied[MOST_HELD]; /* ours, or NULL */
};

static struct {
    char text[MOST_SAID];
    uint32_t used;
} unsaid;

/* What does not fit is lost: it would be the end of a long story. */
static void keep_message(enum mien_log_level level, const char *text)
{
    const size_t n = strlen(text);
    if (n + 2 > sizeof(unsaid.text) - unsaid.used)
        return;
    char *at = unsaid.text + unsaid.used;
    at[0] = (char)('0' + level);
    memcpy(at + 1, text, n);
    at[n + 1] = '\n';
    unsaid.used += (uint32_t)n + 2;
}

static int tell(struct server *s, struct told *t)
{
    if (s->source) {
        const struct mn_source_facts *f = mn_source_facts(s->source);
        t->facts = *f;
        snprintf(t->container, sizeof(t->container), "%s", f->container ? f->container : "");
        snprintf(t->codec, sizeof(t->codec), "%s", f->codec ? f->codec : "");
        snprintf(t->pixel_format, sizeof(t->pixel_format), "%s",
                 f->pixel_format ? f->pixel_format : "");
    }
    t->sandbox = s->sandbox;
    t->said = unsaid.used;
    int err = mn_child_send(MN_CHILD_SOCKET, t, sizeof(*t));
    if (err == 0 && t->said)
        err = mn_child_send(MN_CHILD_SOCKET, unsaid.text, t->said);
    unsaid.used = 0;
    return err;
}

static bool in_arena(const struct mn_arena *a, const uint8_t *p)
{
    return p >= a->memory.base && p < a->memory.base + a->memory.size;
}

/* Rows of plane i, their bytes, and from one to the next in a copy. */
struct plane {
    int rows, row, stride;
};

static struct plane plane_of(const mien_picture *p, int i)
{
    const int row = p->format == MIEN_BGR24 ? 3 * p->width : i ? (p->width + 1) / 2 : p->width;
    return (struct plane){i ? (p->height + 1) / 2 : p->height, row, (row + 63) / 64 * 64};
}

/* What the decoder allocated elsewhere is copied. NULL: no room. */
static uint8_t *bring_in(struct mn_arena *a, mien_picture *p)
{
    const int planes = p->format == MIEN_I420 ? 3 : 1;
    size_t size = 0;
    for (int i = 0; i < planes; i++)
        size += (size_t)plane_of(p, i).stride * (size_t)plane_of(p, i).rows;
    uint8_t *to = mn_arena_get(a, size), *start = to;
    for (int i = 0; i < planes && start; i++) {
        const struct plane like = plane_of(p, i);
        for (int y = 0; y < like.rows; y++)
            memcpy(to + (size_t)y * (size_t)like.stride, p->plane[i] + (ptrdiff_t)y * p->stride[i],
                   (size_t)like.row);
        p->plane[i] = to;
        p->stride[i] = like.stride;
        to += (size_t)like.stride * (size_t)like.rows;
    }
    return start;
}

/* A place for each picture, with the margins that decoders want. The container may be wrong about
 * the size, so it is that of the first picture, which lies elsewhere. */
static void measure_places(struct mn_arena *a, const struct mn_source_facts *f)
{
    if (a->lent || a->place)
        return;
    const size_t size = ((size_t)f->width + MARGIN) * ((size_t)f->height + MARGIN) * 3 + 65536;
    a->place = (size + 65535) / 65536 * 65536;
}

static int next(struct server *s)
{
    struct told t = {.kind = PICTURE};
    mien_picture p;
    void *shell = NULL;
    uint32_t n = 0;
    while (n < MOST_HELD && (s->held[n] || s->copied[n]))
        n++;
    int err =
        n < MOST_HELD ? mn_source_next(s->source, &p, &t.index, &t.time, &shell) : MIEN_ENOMEM;
    if (err == 0)
        measure_places(&s->arena, mn_source_facts(s->source));
    if (err == 0 && in_arena(&s->arena, p.plane[0])) {
        s->held[n] = shell;
    } else if (err == 0) {
        s->copied[n] = bring_in(&s->arena, &p);
        err = s->copied[n] ? 0 : MIEN_ENOMEM;
        mn_source_return(shell);
    }
    if (err < 0) {
        t = (struct told){.kind = END, .error = err};
        return tell(s, &t);
    }
    t.number = n;
    t.format = p.format;
    t.matrix = p.matrix;
    t.full_range = p.full_range;
    t.width = p.width;
    t.height = p.height;
    for (int i = 0; i < (p.format == MIEN_I420 ? 3 : 1); i++) {
        t.plane[i] = (uint64_t)(p.plane[i] - s->arena.memory.base);
        t.stride[i] = p.stride[i];
    }
    return tell(s, &t);
}

static void let_go(struct server *s, uint32_t n)
{
    if (n >= MOST_HELD)
        return;
    if (s->held[n])
        mn_source_return(s->held[n]);
    if (s->copied[n])
        mn_arena_put(&s->arena, s->copied[n]);
    s->held[n] = NULL;
    s->copied[n] = NULL;
}

static int open_input(struct server *s, const struct ask *a, const char *name)
{
    const struct mn_source_options o = {.rotate = a->rotate,
                                        .tagged_colour = a->tagged_colour,
                                        .fps = a->fps,
                                        .threads = 1,
                                        .fd = MN_CHILD_EXTRA,
                                        .arena = &s->arena};
    mn_msg_set_level((enum mien_log_level)a->log_level);
    mn_msg_redirect(keep_message);
    s->sandbox = mn_sandbox_enter();
    char names[40];
    mn_msg(MIEN_LOG_DEBUG, "the decoder of %s gave up its rights: %s", name,
           mn_sandbox_names(s->sandbox, names));
    struct told t = {.kind = OPENED, .error = mn_source_open(&s->source, name, &o)};
    return tell(s, &t) < 0 || t.error ? -1 : 0;
}

/* What is used first is what is used again and again: the last one of the stack. */
static int take_places(struct mn_arena *a, const struct ask *open)
{
    uint64_t at[MOST_PLACES];
    const uint32_t n = open->num_places;
    if (n == 0)
        return 0;
    if (n > MOST_PLACES || mn_child_recv(MN_CHILD_SOCKET, at, n * sizeof(at[0]), -1) != 0)
        return -1;
    a->lent = true;
    a->place = (size_t)open->place_size;
    for (uint32_t i = n; i--;)
        mn_arena_put(a, a->memory.base + at[i]);
    return 0;
}

int mn_isolated_main(int argc, char **argv)
{
    struct server *s = calloc(1, sizeof(*s));
    static char name[LONGEST_NAME + 1];
    struct ask a;
    if (argc != 3 || !s)
        return mn_exit_status(MIEN_EINVAL);
    mn_child_harden((pid_t)atol(argv[2]));
    int err = mn_shared_attach(&s->arena.memory, MN_CHILD_EXTRA + 1, true);
    if (err == 0)
        err = mn_child_recv(MN_CHILD_SOCKET, &a, sizeof(a), -1);
    if (err == 0 && (a.kind != OPEN || a.name_size > LONGEST_NAME))
        err = -1;
    if (err == 0)
        err = mn_child_recv(MN_CHILD_SOCKET, name, a.name_size, -1);
    if (err == 0)
        err = take_places(&s->arena, &a) == 0 ? open_input(s, &a, name) : -1;
    while (err == 0 && mn_child_recv(MN_CHILD_SOCKET, &a, sizeof(a), -1) == 0) {
        struct told t = {.kind = JUDGED};
        switch (a.kind) {
        case NEXT:
            err = next(s);
            break;
        case RELEASE:
            let_go(s, a.number);
            break;
        case VERDICT:
            t.error = mn_source_verdict(s->source, a.stopped_early);
            err = tell(s, &t);
            break;
        default:
            err = -1;
        }
    }
    _exit(0); /* nothing here is worth tidying up */
}

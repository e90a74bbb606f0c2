/* A file that a separate process decodes. When that process crashes, hangs or is killed, the file
 * ends there, and the program continues. Nothing that the process sends is trusted: see protocol.h.
 *
 * Pictures come through an arena, or through buffers that the pipeline lends: then worker processes
 * look at the very memory that the decoder wrote to. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/shared.h"
#include "io/msg.h"
#include "source/isolated/fork_server.h"
#include "source/source.h"
#include "source/isolated/protocol.h"

#define ARENA ((size_t)64 << 30) /* bytes of address space; only touched pages are memory */
#define LIMIT 60.0               /* seconds for a picture, or for opening */
#define SLICE_MS 100

static const char took_too_long[] = "the decoder process took more than a minute for a picture";
static const char does_not_listen[] = "the decoder process did not read requests for a minute";
static const char invalid_record[] = "the decoder process sent an invalid record";

struct loan {
    struct isolated *owner;
    uint32_t number;
    bool out;
};

struct isolated {
    struct mn_source base;
    struct mn_child child;
    struct mn_shared arena; /* unless buffers are lent: */
    mien_buffer *lent[MN_PROTOCOL_SLOTS];
    uint32_t num_lent;
    size_t lent_size;                                  /* of the smallest */
    struct mn_protocol_piece piece[MN_PROTOCOL_SLOTS]; /* of the memory that pictures may be in */
    struct mn_protocol_memory memory;
    const atomic_int *stop;
    char *name;
    struct mn_protocol_reply reply; /* the last one; texts of the facts point into it */
    int requested;                  /* NEXT without a reply yet */
    int64_t taken;                  /* pictures, which are numbered without gaps */
    bool ended;
    char dead[80];        /* why there is no child any more; "" there is */
    bool killed;          /* from outside: says nothing about the input */
    bool cut_request;     /* the last request is incomplete, because the run was interrupted */
    pthread_mutex_t lock; /* sending, loans */
    struct loan loan[MN_PROTOCOL_LOANS];
};

static bool is_stopped(const struct isolated *s)
{
    return s->stop && *s->stop;
}

/* ------------------------------------------------------------------------------- the child ---- */

/* why: NULL for how the process ended. */
static void mark_dead(struct isolated *s, const char *why)
{
    int how = 0;
    pthread_mutex_lock(&s->lock);
    mn_child_end(&s->child, &how);
    s->killed = !why && WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL;
    if (why)
        snprintf(s->dead, sizeof(s->dead), "%s", why);
    else if (WIFSIGNALED(how))
        snprintf(s->dead, sizeof(s->dead), "the decoder process crashed (signal %d)",
                 WTERMSIG(how));
    else
        snprintf(s->dead, sizeof(s->dead), "the decoder process ended early");
    pthread_mutex_unlock(&s->lock);
}

/* A child that does not read must not make us wait for ever. */
static int send_bytes(struct isolated *s, const void *data, size_t n)
{
    int err = -1;
    pthread_mutex_lock(&s->lock);
    if (!s->dead[0] && !s->cut_request)
        err = mn_child_send_within(s->child.fd, data, n, LIMIT, s->stop);
    s->cut_request = s->cut_request || err > 0;
    pthread_mutex_unlock(&s->lock);
    if (err > 0 && !is_stopped(s))
        mark_dead(s, does_not_listen);
    return err ? -1 : 0;
}

static int send_request(struct isolated *s, const struct mn_protocol_request *r)
{
    return send_bytes(s, r, sizeof(*r));
}

/* Waits for the bytes of a reply. 0, MIEN_EINTERRUPTED, or MIEN_EDAMAGED: the child is dead. */
static int wait_for_reply(struct isolated *s)
{
    for (double waited = 0; !s->dead[0];) {
        int got = mn_child_recv(s->child.fd, &s->reply, sizeof(s->reply), SLICE_MS);
        if (got == 0)
            return 0;
        waited += SLICE_MS / 1000.0;
        if (got > 0 && is_stopped(s))
            return MIEN_EINTERRUPTED;
        if (got < 0 || mn_child_lost(&s->child))
            mark_dead(s, NULL);
        else if (waited > LIMIT)
            mark_dead(s, took_too_long);
    }
    return MIEN_EDAMAGED;
}

/* Reads the log messages that follow a reply. False: they are missing. */
static bool receive_log(struct isolated *s)
{
    char text[MN_PROTOCOL_LOG + 1];
    const uint32_t n = s->reply.log_size;
    if (n == 0)
        return true;
    if (mn_child_recv(s->child.fd, text, n, SLICE_MS * 10) != 0)
        return false;
    text[n] = 0;
    mn_protocol_replay_log(text);
    return true;
}

static void take_facts(struct isolated *s)
{
    mn_protocol_get_facts(&s->base.facts, &s->reply.facts);
    s->base.facts.sandbox = s->reply.sandbox;
}

/* The next reply, with its facts and log messages. As wait_for_reply. */
static int receive_reply(struct isolated *s)
{
    int err = wait_for_reply(s);
    if (err < 0)
        return err;
    if (!mn_protocol_reply_is_valid(&s->reply) || !receive_log(s)) {
        mark_dead(s, invalid_record);
        return MIEN_EDAMAGED;
    }
    take_facts(s);
    return 0;
}

/* ------------------------------------------------------------------------------------ open ---- */

static bool serves(const struct mn_source_input *in)
{
    struct stat st;
    return in->options->isolate && in->kind == MN_KIND_FILE && stat(in->name, &st) == 0 &&
           S_ISREG(st.st_mode);
}

/* All buffers that the pipeline has: each costs memory only once it was used, and the child must
 * never wait for one. */
static void borrow_buffers(struct isolated *s, mien_pipeline *p)
{
    mien_buffer *b;
    while (p && s->num_lent < MN_PROTOCOL_SLOTS && (b = mien_buffer_get(p, 1))) {
        s->lent_size = s->num_lent && s->lent_size < b->size ? s->lent_size : b->size;
        s->piece[s->num_lent] = (struct mn_protocol_piece){b->data, b->offset, b->size};
        s->lent[s->num_lent++] = b;
    }
    s->memory = (struct mn_protocol_memory){s->piece, s->num_lent};
}

static int create_arena(struct isolated *s)
{
    if (mn_shared_create(&s->arena, ARENA) < 0)
        return errno;
    s->piece[0] = (struct mn_protocol_piece){s->arena.base, 0, s->arena.size};
    s->memory = (struct mn_protocol_memory){s->piece, 1};
    return 0;
}

/* The process that decoders are forked from when there are many. */
static struct mn_child server = {0, -1};

/* 0 or an errno. A server that was killed is started again. */
static int fork_decoder(struct mn_child *c, const char *path, char *const argv[],
                        const int extra[2])
{
    int err = EPIPE;
    for (int attempt = 0; attempt < 2 && err; attempt++) {
        err = server.pid > 0 ? 0 : mn_fork_server_start(&server, path, argv);
        if (!err)
            err = mn_fork_server_child(&server, c, extra);
        if (err)
            mn_child_end(&server, NULL);
    }
    return err;
}

/* 0 or an errno. */
static int start_decoder(struct isolated *s, bool many, const int extra[2])
{
    char path[4096], parent[24], one[] = MN_DECODER_FLAG, forked[] = MN_DECODER_SERVER_FLAG;
    char self[] = "mien-decoder";
    snprintf(parent, sizeof(parent), "%ld", (long)getpid());
    if (mn_child_own_program(path, sizeof(path)) < 0)
        return ENOENT;
    if (many && fork_decoder(&s->child, path, (char *[]){self, forked, parent, NULL}, extra) == 0)
        return 0;
    return mn_child_start(&s->child, path, (char *[]){self, one, parent, NULL}, extra);
}

static int start_child(struct isolated *s, bool many)
{
    int fd = open(s->name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return mn_fail(MIEN_ENOINPUT, "%s: %s; check the name", s->name, strerror(errno));
    int failed = s->num_lent ? 0 : create_arena(s);
    const int extra[2] = {fd, s->num_lent ? s->lent[0]->fd : s->arena.fd};
    if (!failed)
        failed = start_decoder(s, many, extra);
    close(fd);
    if (failed)
        return mn_fail(MIEN_EWORKER,
                       "the decoder process cannot be started: %s; use --no-isolate-decoder",
                       strerror(failed));
    return 0;
}

static int send_slots(struct isolated *s)
{
    uint64_t offset[MN_PROTOCOL_SLOTS];
    for (uint32_t i = 0; i < s->num_lent; i++)
        offset[i] = s->lent[i]->offset;
    return send_bytes(s, offset, s->num_lent * sizeof(offset[0]));
}

static int send_open(struct isolated *s, const struct mn_source_options *o)
{
    struct mn_protocol_request r = mn_protocol_request(MN_REQUEST_OPEN);
    r.rotate = o->rotate;
    r.tagged_colour = o->tagged_colour;
    r.log_level = mn_msg_level();
    r.fps = o->fps;
    r.num_slots = s->num_lent;
    r.name_size = (uint32_t)strlen(s->name);
    r.slot_size = s->lent_size;
    if (send_request(s, &r) < 0 || send_bytes(s, s->name, r.name_size) < 0)
        return -1;
    return send_slots(s);
}

/* Starts the child and lets it open the file. The child reports what is wrong with it. */
/* The kernel kills when memory is used up. Then the rows are not complete, and the input can be
 * tried again. */
static int report_kill(const struct isolated *s)
{
    return mn_fail(MIEN_EWORKER,
                   "%s: the decoder process was killed after frame %lld, perhaps because memory "
                   "was used up; run it again, or with fewer workers",
                   s->name, (long long)s->base.facts.frames_decoded);
}

static int open_in_child(struct isolated *s, const struct mn_source_options *o)
{
    int err = start_child(s, o->many);
    if (err < 0)
        return err;
    err = send_open(s, o) < 0 ? MIEN_EDAMAGED : receive_reply(s);
    if (err == MIEN_EDAMAGED && s->killed)
        return report_kill(s);
    if (err == MIEN_EDAMAGED)
        return mn_fail(err, "%s cannot be read: %s; copy or convert it", s->name,
                       s->dead[0] ? s->dead : "the decoder process ended early");
    if (err == 0)
        err = s->reply.kind != MN_REPLY_OPENED ? MIEN_EDAMAGED : s->reply.error;
    return err;
}

static void close_isolated(struct mn_source *base)
{
    struct isolated *s = (struct isolated *)base;
    mn_child_end(&s->child, NULL); /* first: from here on it no longer writes into the buffers */
    /* in the order in which they were: buffers that were used are used again */
    for (uint32_t i = s->num_lent; i--;)
        mien_buffer_put(s->lent[i]);
    mn_shared_close(&s->arena);
    pthread_mutex_destroy(&s->lock);
    free(s->name);
    free(s);
}

static int open_isolated(struct mn_source **out, const struct mn_source_input *in)
{
    struct isolated *s = calloc(1, sizeof(*s));
    if (!s)
        return MIEN_ENOMEM;
    pthread_mutex_init(&s->lock, NULL);
    s->arena.fd = s->child.fd = -1;
    s->stop = in->options->stop;
    s->name = strdup(in->name);
    s->base.facts.name = s->name;
    s->base.facts.isolated = true;
    borrow_buffers(s, in->options->memory);
    int err = s->name ? open_in_child(s, in->options) : MIEN_ENOMEM;
    if (err < 0)
        close_isolated(&s->base);
    else
        *out = &s->base;
    return err;
}

/* ------------------------------------------------------------------------------------ read ---- */

static void release(void *ctx)
{
    struct loan *l = ctx;
    struct mn_protocol_request r = mn_protocol_request(MN_REQUEST_RELEASE);
    r.number = l->number;
    pthread_mutex_lock(&l->owner->lock);
    l->out = false;
    pthread_mutex_unlock(&l->owner->lock);
    send_request(l->owner, &r);
}

/* Is the last reply the picture that must come now? */
static bool get_picture(struct isolated *s, mien_picture *p)
{
    const struct mn_protocol_reply *r = &s->reply;
    return r->kind == MN_REPLY_PICTURE && !s->loan[r->number].out && r->picture.index == s->taken &&
           mn_protocol_get_picture(p, &r->picture, &s->memory);
}

/* Pictures are requested one ahead, so that the child never waits for us. */
static void request_pictures(struct isolated *s)
{
    const struct mn_protocol_request r = mn_protocol_request(MN_REQUEST_NEXT);
    for (; s->requested < 2; s->requested++)
        if (send_request(s, &r) < 0)
            break;
}

/* A dead child is the end of the stream, and damage. */
static int end_with_damage(struct isolated *s)
{
    struct mn_source_facts *f = &s->base.facts;
    s->ended = true;
    snprintf(f->damage, sizeof(f->damage), "%s", s->dead);
    return MIEN_EEOF;
}

static int read_isolated(struct mn_source *base, mien_frame *f)
{
    struct isolated *s = (struct isolated *)base;
    if (s->ended)
        return MIEN_EEOF;
    request_pictures(s);
    int err = receive_reply(s);
    if (err == MIEN_EINTERRUPTED)
        return err;
    s->requested--;
    if (err == 0 && s->reply.kind == MN_REPLY_END) {
        s->ended = true;
        return s->reply.error;
    }
    mien_picture p;
    if (err == 0 && !get_picture(s, &p))
        mark_dead(s, invalid_record);
    if (s->killed)
        return report_kill(s);
    if (s->dead[0])
        return end_with_damage(s);
    s->taken++;
    struct loan *l = &s->loan[s->reply.number];
    *l = (struct loan){s, s->reply.number, true};
    err = mien_frame_wrap(f, &p, s->reply.picture.index, s->reply.picture.time, release, l);
    if (err < 0)
        release(l);
    return err;
}

static int verdict(struct mn_source *base, bool stopped_early)
{
    struct isolated *s = (struct isolated *)base;
    struct mn_protocol_request r = mn_protocol_request(MN_REQUEST_VERDICT);
    r.stopped_early = stopped_early;
    if (!s->dead[0] && send_request(s, &r) == 0)
        while (receive_reply(s) == 0 && s->reply.kind != MN_REPLY_JUDGED)
            ; /* pictures that were requested ahead come first */
    if (!s->dead[0] && s->reply.kind != MN_REPLY_JUDGED && !is_stopped(s))
        mark_dead(s, NULL); /* the request did not reach it */
    if (!s->dead[0])
        return s->reply.error;
    if (s->killed)
        return report_kill(s);
    end_with_damage(s);
    return mn_fail(MIEN_EDAMAGED,
                   "%s is treated as damaged: %s after frame %lld; the rows of all decoded frames "
                   "are kept, convert it for the rest",
                   s->name, s->dead, (long long)base->facts.frames_decoded);
}

const struct mn_source_info mn_source_isolated = {
    .name = "isolated",
    .serves = serves,
    .open = open_isolated,
    .close = close_isolated,
    .read = read_isolated,
    .verdict = verdict,
};

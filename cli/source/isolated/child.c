#include "source/isolated/child.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "io/exit_status.h"
#include "io/msg.h"
#include "source/ffmpeg/decoder.h"
#include "source/isolated/arena.h"
#include "source/isolated/fork_server.h"
#include "source/isolated/sandbox.h"

static_assert(MN_ARENA_SLOTS == MN_PROTOCOL_SLOTS, "the arena has all slots that may be lent");

struct server {
    struct mn_arena arena;
    struct mn_decoder *decoder;
    struct mn_source_facts facts;
    unsigned sandbox;
    /* pictures that the parent looks at, by number */
    struct mn_av_loan *loan[MN_PROTOCOL_LOANS]; /* of the decoder, or NULL */
    uint8_t *copy[MN_PROTOCOL_LOANS];           /* a slot with a copy, or NULL */
};

/* ----------------------------------------------------------------------------------- log ---- */

/* The child may not write to standard error: its messages follow the next reply, and the parent
 * reports them. */
static struct {
    char text[MN_PROTOCOL_LOG];
    uint32_t used;
} pending_log;

/* Messages that do not fit are dropped: they would be the last of very many. */
static void keep_message(enum mien_log_level level, const char *text)
{
    const size_t n = strlen(text);
    if (n + 2 > sizeof(pending_log.text) - pending_log.used)
        return;
    char *at = pending_log.text + pending_log.used;
    at[0] = (char)('0' + level);
    memcpy(at + 1, text, n);
    at[n + 1] = '\n';
    pending_log.used += (uint32_t)n + 2;
}

static int send_reply(struct server *s, struct mn_protocol_reply *r)
{
    if (s->decoder)
        mn_protocol_put_facts(&r->facts, &s->facts);
    r->sandbox = s->sandbox;
    r->log_size = pending_log.used;
    int err = mn_child_send(MN_CHILD_SOCKET, r, sizeof(*r));
    if (err == 0 && r->log_size)
        err = mn_child_send(MN_CHILD_SOCKET, pending_log.text, r->log_size);
    pending_log.used = 0;
    return err;
}

/* ------------------------------------------------------------------------------- pictures ---- */

static uint8_t *get_slot(void *arena, size_t size, void **lease)
{
    *lease = arena;
    return mn_arena_get(arena, size);
}

static void put_slot(void *arena, uint8_t *data)
{
    mn_arena_put(arena, data);
}

/* Bytes from one row of a copy to the next. */
static size_t copy_stride(int row)
{
    return ((size_t)row + 63) / 64 * 64;
}

/* Copies a picture that lies in other memory into a slot, and makes p describe the copy. NULL: no
 * room. */
static uint8_t *copy_to_slot(struct mn_arena *a, mien_picture *p)
{
    const int planes = p->format == MIEN_I420 ? 3 : 1;
    int rows, row;
    size_t size = 0;
    for (int i = 0; i < planes; i++) {
        mn_protocol_plane_size(p, i, &rows, &row);
        size += copy_stride(row) * (size_t)rows;
    }
    uint8_t *to = mn_arena_get(a, size), *slot = to;
    for (int i = 0; i < planes && slot; i++) {
        mn_protocol_plane_size(p, i, &rows, &row);
        const size_t stride = copy_stride(row);
        for (int y = 0; y < rows; y++)
            memcpy(to + (size_t)y * stride, p->plane[i] + (ptrdiff_t)y * p->stride[i], (size_t)row);
        p->plane[i] = to;
        p->stride[i] = (int)stride;
        to += stride * (size_t)rows;
    }
    return slot;
}

/* Decodes the next picture into shared memory, and keeps it there as number n. */
static int decode(struct server *s, uint32_t n, struct mn_decoded *out)
{
    int err = mn_decoder_next(s->decoder, out);
    if (err < 0)
        return err;
    /* the container may be wrong about the size, so the first picture, which lies elsewhere,
     * determines it */
    mn_arena_divide(&s->arena, s->facts.width, s->facts.height);
    if (mn_arena_holds(&s->arena, out->picture.plane[0])) {
        s->loan[n] = out->loan;
        return 0;
    }
    s->copy[n] = copy_to_slot(&s->arena, &out->picture);
    mn_decoder_return(out->loan);
    return s->copy[n] ? 0 : MIEN_ENOMEM;
}

/* ------------------------------------------------------------------------------- requests ---- */

static int serve_next(struct server *s)
{
    struct mn_decoded d;
    uint32_t n = 0;
    while (n < MN_PROTOCOL_LOANS && (s->loan[n] || s->copy[n]))
        n++;
    int err = n < MN_PROTOCOL_LOANS ? decode(s, n, &d) : MIEN_ENOMEM;
    struct mn_protocol_reply r = mn_protocol_reply(err < 0 ? MN_REPLY_END : MN_REPLY_PICTURE);
    r.error = err;
    if (err == 0) {
        r.number = n;
        r.picture.index = d.index;
        r.picture.time = d.time;
        mn_protocol_put_picture(&r.picture, &d.picture, s->arena.memory.base);
    }
    return send_reply(s, &r);
}

static int serve_release(struct server *s, uint32_t n)
{
    if (s->loan[n])
        mn_decoder_return(s->loan[n]);
    if (s->copy[n])
        mn_arena_put(&s->arena, s->copy[n]);
    s->loan[n] = NULL;
    s->copy[n] = NULL;
    return 0;
}

static int serve_verdict(struct server *s, bool stopped_early)
{
    struct mn_protocol_reply r = mn_protocol_reply(MN_REPLY_JUDGED);
    r.error = mn_decoder_verdict(s->decoder, stopped_early);
    return send_reply(s, &r);
}

static int serve(struct server *s, const struct mn_protocol_request *r)
{
    switch (r->kind) {
    case MN_REQUEST_NEXT:
        return serve_next(s);
    case MN_REQUEST_RELEASE:
        return serve_release(s, r->number);
    case MN_REQUEST_VERDICT:
        return serve_verdict(s, r->stopped_early);
    default:
        return -1;
    }
}

/* --------------------------------------------------------------------------------- opening ---- */

/* 0, or -1: the parent is gone, or this is not a request. */
static int receive_request(struct mn_protocol_request *r)
{
    int err = mn_child_recv(MN_CHILD_SOCKET, r, sizeof(*r), -1);
    return err == 0 && mn_protocol_request_is_valid(r) ? 0 : -1;
}

static int receive_slots(struct mn_arena *a, const struct mn_protocol_request *open)
{
    uint64_t offset[MN_PROTOCOL_SLOTS];
    const uint32_t n = open->num_slots;
    if (n == 0)
        return 0;
    if (mn_child_recv(MN_CHILD_SOCKET, offset, n * sizeof(offset[0]), -1) != 0)
        return -1;
    return mn_arena_lend(a, offset, n, open->slot_size) ? 0 : -1;
}

/* name: room for MN_PROTOCOL_NAME bytes and an end. */
static int receive_open(struct server *s, struct mn_protocol_request *r, char *name)
{
    if (receive_request(r) < 0 || r->kind != MN_REQUEST_OPEN)
        return -1;
    if (mn_child_recv(MN_CHILD_SOCKET, name, r->name_size, -1) != 0)
        return -1;
    name[r->name_size] = 0;
    return receive_slots(&s->arena, r);
}

static int open_input(struct server *s, const struct mn_protocol_request *r, const char *name)
{
    const struct mn_decoder_options o = {.kind = MN_KIND_FILE, /* the parent opened one */
                                         .fd = MN_CHILD_EXTRA,
                                         .rotate = r->rotate,
                                         .tagged_colour = r->tagged_colour,
                                         .fps = r->fps,
                                         .threads = 1,
                                         .memory = {get_slot, put_slot, &s->arena}};
    char names[40];
    mn_msg_set_level((enum mien_log_level)r->log_level);
    mn_msg_redirect(keep_message);
    mn_decoder_redirect_log();
    s->sandbox = mn_sandbox_enter();
    mn_msg(MIEN_LOG_DEBUG, "the decoder process of %s is restricted by: %s", name,
           mn_sandbox_names(s->sandbox, names));
    struct mn_protocol_reply reply = mn_protocol_reply(MN_REPLY_OPENED);
    reply.error = mn_decoder_open(&s->decoder, name, &o, &s->facts);
    return send_reply(s, &reply) < 0 || reply.error ? -1 : 0;
}

int mn_isolated_child_main(int argc, char **argv)
{
    static char name[MN_PROTOCOL_NAME + 1];
    struct mn_protocol_request r;
    struct server *s = calloc(1, sizeof(*s));
    if (argc != 3 || !s)
        return mn_exit_status(MIEN_EINVAL);
    const pid_t parent = (pid_t)atol(argv[2]);
    mn_child_harden(parent);
    if (!strcmp(argv[1], MN_DECODER_SERVER_FLAG)) {
        mn_fork_server_run(parent);
        mn_child_harden(parent);
    }
    int err = mn_shared_attach(&s->arena.memory, MN_CHILD_EXTRA + 1, true);
    if (err == 0)
        err = receive_open(s, &r, name);
    if (err == 0)
        err = open_input(s, &r, name);
    while (err == 0 && receive_request(&r) == 0)
        err = serve(s, &r);
    _exit(0); /* the system frees everything at once */
}

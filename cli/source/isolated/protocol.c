#include "source/isolated/protocol.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "io/msg.h"
#include "source/isolated/sandbox.h"

/* The layout: fixed, and without padding. */
static_assert(sizeof(double) == 8, "IEEE 754 binary64");
static_assert(sizeof(struct mn_protocol_request) == 56, "layout");
static_assert(offsetof(struct mn_protocol_request, fps) == 40, "layout");
static_assert(sizeof(struct mn_protocol_picture) == 72, "layout");
static_assert(offsetof(struct mn_protocol_picture, stride) == 40, "layout");
static_assert(sizeof(struct mn_protocol_facts) == 80 + 12 * 4 + 3 * 64 + 200, "layout");
static_assert(offsetof(struct mn_protocol_facts, container) == 128, "layout");
static_assert(offsetof(struct mn_protocol_reply, picture) == 24, "layout");
static_assert(sizeof(struct mn_protocol_reply) == 24 + 72 + 520, "layout");
static_assert(sizeof(((struct mn_protocol_facts *)0)->damage) ==
                  sizeof(((struct mn_source_facts *)0)->damage),
              "damage is copied as it is");

enum {
    LEAST_ERROR = -1000,   /* below all error codes */
    MOST_SAR = 1 << 20,    /* of either side of a pixel's shape */
    MOST_STRIDE = 1 << 20, /* bytes */
};

/* ------------------------------------------------------------------------------- writing ---- */

struct mn_protocol_request mn_protocol_request(enum mn_protocol_request_kind kind)
{
    return (struct mn_protocol_request){
        .magic = MN_PROTOCOL_MAGIC, .version = MN_PROTOCOL_VERSION, .kind = (uint16_t)kind};
}

struct mn_protocol_reply mn_protocol_reply(enum mn_protocol_reply_kind kind)
{
    return (struct mn_protocol_reply){
        .magic = MN_PROTOCOL_MAGIC, .version = MN_PROTOCOL_VERSION, .kind = (uint16_t)kind};
}

static void put_text(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text ? text : "");
}

void mn_protocol_put_facts(struct mn_protocol_facts *out, const struct mn_source_facts *in)
{
    *out = (struct mn_protocol_facts){
        .frames_expected = in->frames_expected,
        .frames_decoded = in->frames_decoded,
        .packets_damaged = in->packets_damaged,
        .frames_damaged = in->frames_damaged,
        .size_changes = in->size_changes,
        .times_irregular = in->times_irregular,
        .frame_rate = in->frame_rate,
        .start_time = in->start_time,
        .duration = in->duration,
        .decode_seconds = in->decode_seconds,
        .width = in->width,
        .height = in->height,
        .rotation = in->rotation,
        .mirrored = in->mirrored,
        .still = in->still,
        .sar_num = in->sar_num,
        .sar_den = in->sar_den,
        .matrix = in->matrix,
        .primaries = in->primaries,
        .transfer = in->transfer,
        .time_num = in->time_num,
        .time_den = in->time_den,
    };
    put_text(out->container, sizeof(out->container), in->container);
    put_text(out->codec, sizeof(out->codec), in->codec);
    put_text(out->pixel_format, sizeof(out->pixel_format), in->pixel_format);
    put_text(out->damage, sizeof(out->damage), in->damage);
}

static int num_planes(const mien_picture *p)
{
    return p->format == MIEN_I420 ? 3 : 1;
}

void mn_protocol_put_picture(struct mn_protocol_picture *out, const mien_picture *in,
                             const uint8_t *base)
{
    out->format = (int32_t)in->format;
    out->matrix = (int32_t)in->matrix;
    out->full_range = in->full_range;
    out->width = in->width;
    out->height = in->height;
    for (int i = 0; i < num_planes(in); i++) {
        out->plane[i] = (uint64_t)(in->plane[i] - base);
        out->stride[i] = in->stride[i];
    }
}

void mn_protocol_plane_size(const mien_picture *p, int i, int *rows, int *row)
{
    *rows = i ? (p->height + 1) / 2 : p->height;
    *row = p->format == MIEN_BGR24 ? 3 * p->width : i ? (p->width + 1) / 2 : p->width;
}

/* ------------------------------------------------------------------------------- reading ---- */

bool mn_protocol_request_is_valid(const struct mn_protocol_request *r)
{
    return r->magic == MN_PROTOCOL_MAGIC && r->version == MN_PROTOCOL_VERSION &&
           r->kind >= MN_REQUEST_OPEN && r->kind <= MN_REQUEST_VERDICT &&
           r->number < MN_PROTOCOL_LOANS && r->rotate >= -1 && r->rotate <= 270 &&
           r->tagged_colour <= 1 && r->stopped_early <= 1 && r->log_level <= MIEN_LOG_DEBUG &&
           r->num_slots <= MN_PROTOCOL_SLOTS && r->name_size <= MN_PROTOCOL_NAME &&
           r->reserved == 0 && isfinite(r->fps) && r->fps >= 0;
}

bool mn_protocol_reply_is_valid(const struct mn_protocol_reply *r)
{
    if (r->magic != MN_PROTOCOL_MAGIC || r->version != MN_PROTOCOL_VERSION)
        return false;
    return r->kind >= MN_REPLY_OPENED && r->kind <= MN_REPLY_JUDGED &&
           r->number < MN_PROTOCOL_LOANS && r->error <= 0 && r->error >= LEAST_ERROR &&
           (r->error == 0 || r->kind != MN_REPLY_PICTURE) &&
           (r->error < 0 || r->kind != MN_REPLY_END) && !(r->sandbox & ~MN_SANDBOX_ALL) &&
           r->log_size <= MN_PROTOCOL_LOG;
}

static double finite_or(double v, double other)
{
    return isfinite(v) && v >= 0 ? v : other;
}

static int within(int v, int least, int most, int other)
{
    return v >= least && v <= most ? v : other;
}

static int64_t count(int64_t v)
{
    return v > 0 ? v : 0;
}

#define END_TEXT(text) ((text)[sizeof(text) - 1] = 0, (text))

void mn_protocol_get_facts(struct mn_source_facts *out, struct mn_protocol_facts *in)
{
    out->container = END_TEXT(in->container);
    out->codec = END_TEXT(in->codec);
    out->pixel_format = END_TEXT(in->pixel_format);
    memcpy(out->damage, END_TEXT(in->damage), sizeof(out->damage));
    out->frames_expected = count(in->frames_expected);
    out->frames_decoded = count(in->frames_decoded);
    out->packets_damaged = count(in->packets_damaged);
    out->frames_damaged = count(in->frames_damaged);
    out->size_changes = count(in->size_changes);
    out->times_irregular = count(in->times_irregular);
    out->frame_rate = finite_or(in->frame_rate, 0);
    out->start_time = isfinite(in->start_time) ? in->start_time : 0;
    out->duration = finite_or(in->duration, 0);
    out->decode_seconds = finite_or(in->decode_seconds, 0);
    out->width = within(in->width, 0, MIEN_MAX_SIDE, 0);
    out->height = within(in->height, 0, MIEN_MAX_SIDE, 0);
    out->rotation = within(in->rotation, 0, 270, 0) / 90 * 90;
    out->mirrored = in->mirrored != 0;
    out->still = in->still != 0;
    const bool sar =
        within(in->sar_num, 1, MOST_SAR, 0) != 0 && within(in->sar_den, 1, MOST_SAR, 0) != 0;
    out->sar_num = sar ? in->sar_num : 0;
    out->sar_den = sar ? in->sar_den : 1;
    out->matrix = within(in->matrix, 0, 17, 2); /* the codes of H.273; 2: unknown */
    out->primaries = within(in->primaries, 0, 22, 2);
    out->transfer = within(in->transfer, 0, 18, 2);
    const bool unit = in->time_num >= 1 && in->time_den >= 1;
    out->time_num = unit ? in->time_num : 1;
    out->time_den = unit ? in->time_den : 1;
}

/* n bytes at this offset; NULL: they are not all in one piece. */
static uint8_t *bytes_at(const struct mn_protocol_memory *m, uint64_t offset, uint64_t n)
{
    for (uint32_t i = 0; i < m->num_pieces; i++) {
        const struct mn_protocol_piece *piece = &m->piece[i];
        if (offset >= piece->offset && offset - piece->offset <= piece->size &&
            n <= piece->size - (offset - piece->offset))
            return piece->data + (offset - piece->offset);
    }
    return NULL;
}

bool mn_protocol_get_picture(mien_picture *out, const struct mn_protocol_picture *in,
                             const struct mn_protocol_memory *memory)
{
    memset(out, 0, sizeof(*out));
    if (in->width < 1 || in->height < 1 || in->width > MIEN_MAX_SIDE ||
        in->height > MIEN_MAX_SIDE || (in->format != MIEN_I420 && in->format != MIEN_BGR24) ||
        in->matrix < 0 || in->matrix > MIEN_BT2020 || in->index < 0 || !isfinite(in->time))
        return false;
    out->format = (enum mien_format)in->format;
    out->matrix = (enum mien_matrix)in->matrix;
    out->full_range = in->full_range != 0;
    out->width = in->width;
    out->height = in->height;
    for (int i = 0; i < num_planes(out); i++) {
        int rows, row;
        mn_protocol_plane_size(out, i, &rows, &row);
        if (in->stride[i] < row || in->stride[i] > MOST_STRIDE)
            return false;
        out->stride[i] = in->stride[i];
        out->plane[i] = bytes_at(memory, in->plane[i], (uint64_t)rows * (uint64_t)in->stride[i]);
        if (!out->plane[i])
            return false;
    }
    return true;
}

void mn_protocol_replay_log(char *text)
{
    for (char *line = text, *end; *line; line = end) {
        end = line + strcspn(line, "\n");
        end += *end ? (*end = 0, 1) : 0;
        const int level = *line - '0';
        if (level >= MIEN_LOG_ERROR && level <= MIEN_LOG_DEBUG)
            mn_msg((enum mien_log_level)level, "%s", line + 1);
    }
}

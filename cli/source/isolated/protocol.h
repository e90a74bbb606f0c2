/* The records between the program (parent) and its decoder process (child). One socket carries
 * requests one way and replies the other way, each of a fixed size.
 *
 *   parent: OPEN, name, offsets of the slots | child, without rights from here on: OPENED, facts
 *   parent: NEXT (one ahead) | child: PICTURE, or END with the reason
 *   parent: RELEASE, the picture may be overwritten
 *   parent: VERDICT | child: JUDGED with the error of mn_source_verdict
 *
 * Fields have a fixed width, records have no padding, and nothing in them is a pointer. Both sides
 * are the same program, but the child may be controlled by the file that it decodes: every reader
 * checks every field. The checks are functions of the records alone, so that they can be fuzzed. */
#ifndef MN_CLI_PROTOCOL_H
#define MN_CLI_PROTOCOL_H

#include <mien/mien.h>
#include <stdbool.h>
#include <stdint.h>

#include "source/facts.h"

#define MN_DECODER_FLAG "--decoder"         /* starts the child: mien --decoder PID_OF_PARENT */
#define MN_DECODER_SERVER_FLAG "--decoders" /* starts a server that forks such children */

enum {
    MN_PROTOCOL_MAGIC = 0x4e45494d, /* "MIEN" */
    MN_PROTOCOL_VERSION = 1,
    MN_PROTOCOL_LOANS = 2048, /* pictures on loan at a time */
    /* places for pictures: those on loan, and those that the decoder keeps for reference */
    MN_PROTOCOL_SLOTS = MN_PROTOCOL_LOANS + 64,
    MN_PROTOCOL_NAME = 65535, /* bytes of a file's name; longer than any system allows */
    MN_PROTOCOL_LOG = 4000,   /* bytes of log messages with one reply */
};

enum mn_protocol_request_kind {
    MN_REQUEST_OPEN = 1,
    MN_REQUEST_NEXT,
    MN_REQUEST_RELEASE,
    MN_REQUEST_VERDICT
};

enum mn_protocol_reply_kind {
    MN_REPLY_OPENED = 11,
    MN_REPLY_PICTURE,
    MN_REPLY_END,
    MN_REPLY_JUDGED
};

struct mn_protocol_request {
    uint32_t magic;
    uint16_t version, kind;
    uint32_t number; /* RELEASE: of the picture */
    int32_t rotate;
    uint32_t tagged_colour, log_level;
    uint32_t stopped_early; /* VERDICT */
    uint32_t num_slots;     /* OPEN: slots lent by the parent; 0: the child divides the memory */
    uint32_t name_size;     /* OPEN: bytes of the name that follows, without an end */
    uint32_t reserved;
    double fps;
    uint64_t slot_size; /* bytes of the smallest slot */
    /* after OPEN: the name; then num_slots offsets, uint64_t each */
};

struct mn_protocol_picture {
    uint64_t plane[3]; /* offsets in the shared memory */
    int64_t index;
    double time; /* seconds */
    int32_t stride[3];
    int32_t format, matrix, full_range;
    int32_t width, height;
};

/* The part of struct mn_source_facts that the child knows; texts end with 0. */
struct mn_protocol_facts {
    int64_t frames_expected, frames_decoded, packets_damaged, frames_damaged;
    int64_t size_changes, times_irregular;
    double frame_rate, start_time, duration, decode_seconds;
    int32_t width, height, rotation, mirrored, still;
    int32_t sar_num, sar_den, matrix, primaries, transfer, time_num, time_den;
    char container[64], codec[64], pixel_format[64];
    char damage[200];
};

struct mn_protocol_reply {
    uint32_t magic;
    uint16_t version, kind;
    uint32_t number;   /* PICTURE: to be released by */
    int32_t error;     /* 0 or a MIEN_E... */
    uint32_t sandbox;  /* MN_SANDBOX_... */
    uint32_t log_size; /* bytes of log messages that follow: lines, each begins with its level */
    struct mn_protocol_picture picture; /* PICTURE */
    struct mn_protocol_facts facts;     /* zeros until the file is open */
};

/* Memory that both processes have mapped, in one piece or several. */
struct mn_protocol_piece {
    uint8_t *data;
    uint64_t offset, size; /* bytes */
};

struct mn_protocol_memory {
    const struct mn_protocol_piece *piece;
    uint32_t num_pieces;
};

/* ------------------------------------------------------------------------------- writing ---- */

struct mn_protocol_request mn_protocol_request(enum mn_protocol_request_kind kind);
struct mn_protocol_reply mn_protocol_reply(enum mn_protocol_reply_kind kind);

/* Texts that are too long are cut. */
void mn_protocol_put_facts(struct mn_protocol_facts *out, const struct mn_source_facts *in);

/* base: of the shared memory, in which all planes lie. */
void mn_protocol_put_picture(struct mn_protocol_picture *out, const mien_picture *in,
                             const uint8_t *base);

/* Rows of plane i, and bytes of one row. */
void mn_protocol_plane_size(const mien_picture *p, int i, int *rows, int *row);

/* ------------------------------------------------------------------------------- reading ---- */

/* Are magic, version, kind and the sizes of what follows valid? Then each other field is in range.
 * Called before anything else is read. */
bool mn_protocol_request_is_valid(const struct mn_protocol_request *r);
bool mn_protocol_reply_is_valid(const struct mn_protocol_reply *r);

/* Brings all numbers into the ranges that sinks, encoder and sidecar rely on, and ends all texts.
 * The facts' texts point into *in, which must live as long. name, live, and the fields that only a
 * live source has are not touched. */
void mn_protocol_get_facts(struct mn_source_facts *out, struct mn_protocol_facts *in);

/* False unless the picture is valid and each plane lies within one piece of the memory. */
bool mn_protocol_get_picture(mien_picture *out, const struct mn_protocol_picture *in,
                             const struct mn_protocol_memory *memory);

/* Reports the lines of log messages. text ends with 0 and is overwritten. Control characters are
 * removed when they are printed. */
void mn_protocol_replay_log(char *text);

#endif

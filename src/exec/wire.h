/* The messages between a parent and its worker processes, and the records they share.
 * docs/processes.md draws it. The reader checks everything: the other side may be of another build,
 * or dying. */
#ifndef MN_EXEC_WIRE_H
#define MN_EXEC_WIRE_H

#include <stdatomic.h>
#include <stdint.h>

#include "image/region.h"
#include "stage/stage.h"

/* ------------------------------------------------------------------------------ messages ---- */

#define MN_WIRE_MAGIC 0x6d6e7731u /* "mnw1" */
#define MN_WIRE_PAYLOAD 16384     /* bytes that may follow a message */

enum mn_wire_kind {
    MN_WIRE_SETTINGS = 1, /* parent, first message; follows: struct mn_wire_settings */
    MN_WIRE_READY,    /* worker: models loaded; follows: providers, newline, names of the legs */
    MN_WIRE_FAILED,   /* worker: cannot work, for the reason in `error`; it ends */
    MN_WIRE_LOG,      /* worker: level in `leg`; follows: the text */
    MN_WIRE_RUN,      /* parent: run the frame in `slot` */
    MN_WIRE_DONE,     /* worker: `slot` is done, error is the frame's */
    MN_WIRE_MEASURE,  /* parent: run the networks for `seconds` */
    MN_WIRE_MEASURED, /* worker: the times are in its part of the region */
    MN_WIRE_KINDS,
};

#define MN_WIRE_PROVIDERS 1024 /* most bytes of the providers' names, with the final zero */

struct mn_wire_message {
    uint32_t magic, kind;
    uint32_t slot, leg;
    int32_t error;
    uint32_t size; /* of what follows */
    double seconds;
};

/* Is the message valid? Its kind is known, its slot is below `slots`, and its payload not too long.
 */
bool mn_wire_message_ok(const struct mn_wire_message *m, uint32_t slots);

/* Sends in one piece. 0 or -1. */
int mn_wire_send(int fd, struct mn_wire_message m, const void *payload);

/* Receives. payload: MN_WIRE_PAYLOAD + 1 bytes, ended by a zero. 0, 1 (nothing for wait_ms), or -1:
 * the other side is gone or sent an invalid message. */
int mn_wire_recv(int fd, struct mn_wire_message *m, void *payload, uint32_t slots, int wait_ms);

/* ------------------------------------------------------------------------------ settings ---- */

/* The settings as texts "name=value", each with a final zero; those that are missing have their
 * defaults. Callbacks stay at home. */
struct mn_wire_settings {
    uint32_t worker; /* number of the worker that reads this */
    uint32_t size;   /* bytes used in text */
    char text[12000];
};

/* 0, or MIEN_EINVAL when the texts are too long. */
int mn_wire_pack_settings(struct mn_wire_settings *out, const mien_settings *s, uint32_t worker);

/* Strings of *out point into w. MIEN_EWORKER: a damaged record, or one of another version. size:
 * bytes received. */
int mn_wire_unpack_settings(mien_settings *out, struct mn_wire_settings *w, size_t size);

/* ------------------------------------------------------------------------------- records ---- */

/* Life of a slot; each arrow is one release store by the side named:
 *   FREE    -> FILLED    parent: frame described, worker chosen
 *   FILLED  -> RUNNING   worker: has begun
 *   RUNNING -> DONE      worker: faces and work record written to the other bank
 *   DONE    -> FREE      parent: has adopted the results
 *   any     -> FREE      parent, only when that worker is known to be dead */
enum { MN_SLOT_FREE, MN_SLOT_FILLED, MN_SLOT_RUNNING, MN_SLOT_DONE };

struct mn_wire_slot {
    _Atomic uint32_t state;
    uint32_t worker; /* valid unless FREE */
    uint64_t seq;
    int64_t index;
    double time;
    uint64_t plane[3]; /* offsets among the pixels */
    uint32_t stride[3], format, matrix, full_range, width, height;
    uint32_t first_leg, last_leg; /* any-order legs to run; DONE: last_leg is the last one run */
    uint32_t box_source;
    uint32_t bank; /* where faces and work record are; the worker writes those of the other one */
    uint32_t num_detections, num_faces;
    int32_t error; /* DONE: 0 or a MIEN_* code */
    uint32_t ran;  /* DONE: the legs that had something to do, as bits */
};

/* The part of the region that one worker writes: its times. */
struct mn_wire_worker {
    struct mn_spans spans[MN_MAX_LEGS]; /* by mn_legs.state_of */
    double total[MN_MAX_LEGS];          /* measured: seconds in each leg's network */
    int64_t runs;
};

/* Parent: describes the frame, whose picture lies in the region, for legs first to last. */
void mn_wire_fill(const struct mn_region *r, const struct mn_frame *f, uint32_t worker, int first,
                  int last);

/* Worker: makes a frame of slot i, whose arrays are those of the region; faces and work record are
 * the bank to write, and begin as a copy of the other. MIEN_EWORKER: the record is not for this
 * worker, or damaged. */
int mn_wire_read(const struct mn_region *r, uint32_t i, uint32_t worker, int num_legs,
                 struct mn_frame *f, int *first, int *last);

/* Worker: writes the frame's results, and the state DONE. */
void mn_wire_write(const struct mn_region *r, const struct mn_frame *f, int last);

/* Parent: adopts the results. MIEN_EWORKER: the record is damaged; f is as it was. */
int mn_wire_adopt(const struct mn_region *r, struct mn_frame *f, uint32_t worker);

#endif

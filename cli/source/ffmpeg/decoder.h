/* Demuxing and decoding through FFmpeg: opens an input, decodes its pictures one after the other,
 * and lends them. It starts no thread and decides nothing about waiting or dropping.
 *
 * Pictures are lent, not copied: a frame holds a reference to FFmpeg's own buffer until it is
 * released, and FFmpeg reuses the buffer then. One thread at a time opens, reads and closes; loans
 * may be returned by any thread, all of them before the close. */
#ifndef MN_CLI_DECODER_H
#define MN_CLI_DECODER_H

#include <mien/mien.h>

#include "source/facts.h"
#include "source/ffmpeg/options.h"

struct mn_decoder;
struct mn_av_loan;

struct mn_decoded {
    mien_picture picture;
    int64_t index;
    double time; /* seconds */
    struct mn_av_loan *loan;
};

/* Opens name and fills in *facts, which the decoder keeps up to date while it is read and which
 * must outlive it. The name is copied. Reports what is wrong: MIEN_ENOINPUT, MIEN_ENOTMEDIA,
 * MIEN_ENOVIDEO, MIEN_EDAMAGED, MIEN_EDIMENSIONS, MIEN_ENOTBUILT, MIEN_EINTERRUPTED. *out is NULL
 * then. */
int mn_decoder_open(struct mn_decoder **out, const char *name, const struct mn_decoder_options *o,
                    struct mn_source_facts *facts);
void mn_decoder_close(struct mn_decoder **d);

/* Before the first picture: where pictures are written. */
void mn_decoder_set_memory(struct mn_decoder *d, const struct mn_decoder_memory *memory);

/* The next picture, on loan. MIEN_EEOF at the end: damage and irregularities do not end a stream
 * early, the facts record them. MIEN_EINTERRUPTED. */
int mn_decoder_next(struct mn_decoder *d, struct mn_decoded *out);
void mn_decoder_return(struct mn_av_loan *loan);

/* Puts the picture into a frame, which returns the loan when it is released; on failure the loan is
 * returned at once. */
int mn_decoder_lend(const struct mn_decoded *picture, mien_frame *f);

/* A stream that was lost: closes it, then opens it again, as often as the caller likes. Failures
 * to open are not reported. Times continue from where they ended. timeout: for this attempt. */
void mn_decoder_disconnect(struct mn_decoder *d);
int mn_decoder_reconnect(struct mn_decoder *d, double timeout);

/* The stream has ended for this reason, which becomes the read error. */
void mn_decoder_give_up(struct mn_decoder *d, const char *reason);

const struct mn_decoder_status *mn_decoder_status(const struct mn_decoder *d);

/* As mn_source_verdict. */
int mn_decoder_verdict(const struct mn_decoder *d, bool stopped_early);

/* FFmpeg's errors become debug messages, in the whole program. */
void mn_decoder_redirect_log(void);

/* As mn_source_version. */
void mn_decoder_version(char *buf, size_t size);

#endif

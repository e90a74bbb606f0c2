/* What the live page gets as text: one line of JSON when a client comes, and one for a frame. */
#ifndef MN_CLI_WEB_LINES_H
#define MN_CLI_WEB_LINES_H

#include <stdio.h>

#include "sink/recording.h"
#include "sink/sink.h"

/* The source, and which action units there are. */
void mn_web_lines_hello(FILE *file, const struct mn_stream *stream);

/* Numbers of a frame; the values of its first six faces. */
void mn_web_lines_frame(FILE *file, const struct mn_stream *stream, const struct mn_result *r,
                        const struct mn_recording *recording);

#endif

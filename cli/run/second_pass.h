/* Annotated videos show the values of the rows. Action units are calibrated with the whole video,
 * so the video is drawn after the analysis: a sink keeps the results of the first pass, and the
 * second pass decodes the input again.
 *
 * One pass remains where the input cannot be read twice, or where nothing changes afterwards; then
 * a line on the picture says that the bars are running estimates. */
#ifndef MN_CLI_SECOND_PASS_H
#define MN_CLI_SECOND_PASS_H

#include "options.h"
#include "run/run.h"

/* Are there action units that only the end of the input makes final, and can it be read again? */
bool mn_second_pass_wanted(const struct mn_run *run, const struct mn_options *o);

/* Replaces the sink of the video, which it owns from then on, by one that keeps the results. path:
 * that of the video. Reports its errors. */
int mn_second_pass_record(struct mn_sink **video, const char *path);

/* After the first pass, which delivered `frames`, one or more: draws into the sink of the video.
 * source: the input, opened once more. The sink's finish comes afterwards, as for any sink. */
int mn_second_pass_run(struct mn_sink *recorder, const struct mn_run *run, struct mn_source *source,
                       int64_t frames);

#endif

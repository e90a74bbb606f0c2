/* Hides all faces in a copy of a video, also in frames in which they were not detected.
 *
 * Frames are held back for a second. A face that appears is hidden in the second before as well,
 * one that disappears in the three seconds after, and one that is missing in between everywhere in
 * between; the hidden part grows with the distance in time. A frame that could not be analysed, or
 * that has too many such parts, is hidden as a whole. One thread. */
#ifndef MN_CLI_ANONYMISE_H
#define MN_CLI_ANONYMISE_H

#include <mien/mien.h>
#include <stdbool.h>

#include "sink/canvas.h"
#include "sink/hide.h"

struct mn_anonymise;

/* Sizes as those of the canvas; rate: frames per second, 0 = not known. NULL without memory. */
struct mn_anonymise *mn_anonymise_new(enum mn_hide how, int width, int height, double rate);
void mn_anonymise_free(struct mn_anonymise *a);

/* Most frames that are held back. */
int mn_anonymise_delay(const struct mn_anonymise *a);

/* Room for the next picture, which the caller fills before mn_anonymise_add. */
struct mn_canvas mn_anonymise_next(struct mn_anonymise *a);

/* All faces of the frame; failed: it could not be analysed. time: any number, returned with the
 * picture. */
void mn_anonymise_add(struct mn_anonymise *a, const mien_face *const *face, int n, bool failed,
                      int64_t time);

/* The oldest frame, treated, if the delay has passed or the video has ended. Its canvas is valid
 * until the next mn_anonymise_add. */
bool mn_anonymise_take(struct mn_anonymise *a, bool ended, struct mn_canvas *out, int64_t *time);

#endif

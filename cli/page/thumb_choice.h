/* Chooses the frames that a report shows as pictures: where the faces are best and worst to
 * measure. */
#ifndef MN_CLI_THUMB_CHOICE_H
#define MN_CLI_THUMB_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

#include "page/gather.h"

enum { MN_THUMBS_EACH = 4, MN_THUMBS = 2 * MN_THUMBS_EACH, MN_THUMB_BOXES = 1024 };

struct mn_thumb {
    bool best;
    double score; /* 0 to 1 */
    int person;
    int64_t frame; /* as in the rows */
    double time;
    bool found;   /* the box is known */
    float box[4]; /* x, y, width, height, pixels */
    /* all faces within a second, which --anonymise hides; more than fit: num is one larger */
    float near[MN_THUMB_BOXES][4];
    int num_near;
    int width, height;
    uint8_t *pixels; /* I420; NULL: the frame was not decoded */
};

struct mn_thumbs {
    struct mn_thumb *thumb; /* by frame */
    int n;
};

/* Chooses at most MN_THUMBS frames and reads their boxes from the result. 0 or a reported code. */
int mn_thumbs_choose(struct mn_thumbs *t, const struct mn_gather *g, const char *result);
void mn_thumbs_free(struct mn_thumbs *t);

#endif

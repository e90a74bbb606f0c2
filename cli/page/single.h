/* The data of the report of one result, as JSON. */
#ifndef MN_CLI_SINGLE_H
#define MN_CLI_SINGLE_H

#include <stdio.h>

#include "page/gather.h"
#include "page/thumb_choice.h"

enum {
    MN_SINGLE_SERIES = 256,  /* people with series: those with the most frames */
    MN_SINGLE_PEOPLE = 1000, /* people with statistics */
    MN_SINGLE_EYES = 20000,  /* blinks and closed eyes of a person that are listed */
};

/* back: address of the page of the folder, NULL: none; thumbs: NULL: none. 0 or MIEN_ENOMEM,
 * reported. */
int mn_single_write(FILE *f, const struct mn_gather *g, const char *result, const char *back,
                    const struct mn_thumbs *thumbs);

/* Reads the video, writes the page, and reports why there are no pictures if so. */
int mn_single_write_pictures(FILE *f, const struct mn_gather *g, const char *result,
                             const char *back, int hide);

/* Blinks of a person, -1: of all. Closures of the eyes that are no blinks are counted in *closed.
 */
int64_t mn_single_blinks(const struct mn_gather *g, int person, int64_t *closed);

/* Frames per second; 0: not known. */
double mn_single_rate(const struct mn_gather *g);

/* The statistics of all people together. */
struct mn_stat mn_single_overall(const struct mn_gather *g, int measure);

#endif

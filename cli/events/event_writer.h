/* Files of events: the formats are rows of one table. */
#ifndef MN_CLI_EVENT_WRITER_H
#define MN_CLI_EVENT_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "events/events.h"

/* The events of one result. */
struct mn_event_list {
    const char *result; /* path */
    const char *video;  /* path of the input, from the sidecar; "" = not known */
    const struct mn_event *event;
    int64_t n;
};

struct mn_event_format {
    const char *extension; /* ".csv" */
    bool several;          /* one file takes the events of several results */
    void (*head)(FILE *f);
    void (*list)(FILE *f, const struct mn_event_list *list);
};

extern const struct mn_event_format mn_event_csv, mn_event_eaf, mn_event_vtt;

/* When the event begins and ends, in whole milliseconds. It lasts one at least: players and ELAN
 * need an end after the beginning. */
void mn_event_span(const struct mn_event *event, int64_t *from, int64_t *to);

/* The format that the extension of a path selects; CSV for streams; NULL: none. */
const struct mn_event_format *mn_event_format_of(const char *path);

/* ".csv, .eaf or .vtt" */
void mn_event_extensions(char *buf, size_t size);

#endif

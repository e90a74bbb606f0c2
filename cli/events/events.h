/* Events in a result: runs of frames in which a measure of a person is active.
 *
 * An action unit is active from the first frame at or above `off` to the last one, if it reaches
 * `on` in between (hysteresis: a value that wavers about one threshold gives one event). Runs with
 * a gap of at most `gap` seconds, of low values or of frames without the face, are one event. A
 * closure of the eyes (AU45) of at most `blink` seconds is a blink, a longer one "eyes closed".
 *
 * Gaze is in one of nine zones, which meet at `zone` degrees from straight ahead; a zone is left
 * only when gaze is `margin` degrees beyond its border.
 *
 * One thread per detector. */
#ifndef MN_CLI_EVENTS_H
#define MN_CLI_EVENTS_H

#include <stdint.h>

#include "events/event_rules.h"
#include "table/measures.h"

enum {
    MN_EVENTS_PEOPLE = 65536, /* most people in a result */
    MN_EVENT_LABEL = 40,      /* bytes */
};

struct mn_event_point {
    int64_t frame;
    double time;
};

struct mn_event {
    int person;
    int measure;                /* of the unit, or MN_MEASURE_GAZE_YAW for zones */
    char label[MN_EVENT_LABEL]; /* "AU12 lip corner puller", "blink", "gaze left" */
    struct mn_event_point onset, apex, offset;
    double peak, mean; /* of the intensity; NAN for zones */
};

struct mn_events;

/* NULL without memory. */
struct mn_events *mn_events_new(const struct mn_event_rules *rules);
void mn_events_free(struct mn_events *e);

/* Takes the rows of a result in order. 0 or MIEN_ENOMEM, reported. */
int mn_events_row(struct mn_events *e, const struct mn_observation *o);

/* Ends what is active, and sorts by onset, person and label. The array belongs to the detector. */
int mn_events_finish(struct mn_events *e, const struct mn_event **events, int64_t *n);

#endif

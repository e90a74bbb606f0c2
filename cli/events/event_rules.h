/* What counts as an event; see events/events.h. */
#ifndef MN_CLI_EVENT_RULES_H
#define MN_CLI_EVENT_RULES_H

struct mn_event_rules {
    double on, off;      /* intensity, 0 to 5 */
    double shortest;     /* seconds; shorter events are ignored, except blinks */
    double gap;          /* seconds */
    double blink;        /* seconds */
    double zone, margin; /* degrees */
};

#endif

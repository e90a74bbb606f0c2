/* The progress line of downloads: done, total, rate. On a terminal only. */
#ifndef MN_CLI_METER_H
#define MN_CLI_METER_H

#include <stdbool.h>
#include <stdint.h>

struct mn_meter {
    bool show;
    const char *label;  /* what is fetched */
    double start, last; /* monotonic seconds; 0: not started */
    int64_t first;      /* bytes that were there at the start */
};

/* Starts the meters of this process: messages wipe the line from now on. */
void mn_meter_begin(struct mn_meter *m);

/* The next thing to fetch. */
void mn_meter_restart(struct mn_meter *m, const char *label);

/* Draws the line at most ten times a second. total: 0 if it is not known. One thread at a time. */
void mn_meter_update(struct mn_meter *m, int64_t have, int64_t total);

/* Removes the line, before something else is printed. */
void mn_meter_wipe(void);

/* Removes the line for good. */
void mn_meter_end(void);

#endif

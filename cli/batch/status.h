/* What a ledger tells about its batch: counts, and what became of each input. */
#ifndef MN_CLI_STATUS_H
#define MN_CLI_STATUS_H

#include "batch/ledger.h"

struct mn_status_input {
    char *video, *cause, *host;
    enum mn_ledger_event last;
    char time[32];
    int64_t attempt, frames, bytes, pid;
    double media_seconds, seconds;
};

struct mn_status {
    struct mn_status_input *input; /* sorted by name */
    int n, room;
    int64_t files, bytes;       /* of the latest batch; 0: not known */
    char started[32], last[32]; /* of the latest batch, and of the latest entry */
    int64_t ignored;            /* lines that are no entries */
    int ledgers;
    bool no_memory;
};

/* Reads the ledger of a folder. 0, or a reported code: MIEN_ENOINPUT (no ledger), MIEN_ENOMEM. The
 * caller calls mn_status_free in any case. */
int mn_status_read(struct mn_status *s, const char *folder);
void mn_status_free(struct mn_status *s);

/* Number of inputs whose last event is this one. */
int mn_status_count(const struct mn_status *s, enum mn_ledger_event event);

/* Does a job that began and has not ended still run? True also if its machine is another one. */
bool mn_status_alive(const struct mn_status_input *input);

/* Seconds since 1970 of a time of the ledger; 0: not a time. */
double mn_status_seconds(const char *time);

#endif

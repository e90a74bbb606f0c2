/* What a ledger tells about its batch: counts, and what became of each input. */
#ifndef MN_CLI_STATUS_H
#define MN_CLI_STATUS_H

#include "batch/ledger.h"

struct mn_status_input {
    char *video, *key, *cause, *host; /* key: see ledger.h; NULL: none */
    enum mn_ledger_event last;
    char time[32];
    int64_t number; /* of the entry, in the order of reading */
    int64_t attempt, frames, bytes, pid;
    double media_seconds, seconds, silent;
};

struct mn_status {
    struct mn_status_input *input; /* in the order of mn_status_order */
    int n, room;
    int64_t files, bytes;       /* of the latest batch with all its shards; 0: not known */
    char started[32], last[32]; /* of the latest start, and of the latest entry */
    int64_t ignored;            /* lines that are no entries */
    int ledgers;
    int64_t entries;
    bool no_memory;
};

/* Reads the ledger of a folder. 0, or a reported code: MIEN_ENOINPUT (no ledger), MIEN_ENOMEM. The
 * caller calls mn_status_free in any case. */
int mn_status_read(struct mn_status *s, const char *folder);
void mn_status_free(struct mn_status *s);

/* By name; 0: the same input. */
int mn_status_order(const struct mn_status_input *x, const struct mn_status_input *y);

/* Number of inputs whose last event is this one. */
int mn_status_count(const struct mn_status *s, enum mn_ledger_event event);

/* Does a job that began and has not ended still run? On another machine: was its batch heard of
 * within MN_LEDGER_SILENCE? */
bool mn_status_alive(const struct mn_status_input *input);

/* Seconds since 1970 of a time of the ledger; 0: not a time. */
double mn_status_seconds(const char *time);

#endif

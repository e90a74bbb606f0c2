/* The ledger of a batch: what happened to each input, as JSON Lines in FOLDER/.mien/.
 *
 * Each process that runs a batch appends to a file of its own, so no locks are needed, and many
 * machines can write to one folder. A line is one write; a line that is torn by a crash or a full
 * disk is ignored by readers. Results do not depend on the ledger: it can be deleted at any time.
 */
#ifndef MN_CLI_LEDGER_H
#define MN_CLI_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

enum mn_ledger_event {
    MN_LEDGER_START, /* of the batch: how many inputs it has */
    MN_LEDGER_RUN,   /* an attempt at an input begins */
    MN_LEDGER_DONE,
    MN_LEDGER_SKIPPED, /* the result existed */
    MN_LEDGER_FAILED,
    MN_LEDGER_LOST, /* the attempt ended in a crash or at a limit */
    MN_LEDGER_QUARANTINED,
    MN_LEDGER_STOP, /* of the batch */
    MN_LEDGER_EVENTS
};

/* Texts are NULL and numbers 0 where they do not apply. */
struct mn_ledger_entry {
    enum mn_ledger_event event;
    char time[32];      /* UTC, "2026-12-01T10:20:30.123Z"; set by the writer */
    const char *video;  /* path of the input, below the folder of the inputs */
    const char *key;    /* distinguishes names that are the same in UTF-8; usually NULL */
    const char *output; /* path of the result, below the folder of the results */
    const char *cause;  /* a sentence */
    const char *host;   /* set by the writer */
    int64_t pid;        /* of the job; START and STOP: of the batch */
    int64_t batch;      /* pid of the batch; set by the writer */
    int64_t job;        /* slot, from 1 */
    int64_t attempt;    /* from 1 */
    int64_t files;      /* START: the part of this process */
    int64_t bytes;      /* of the input; START: of all inputs of this process */
    int64_t all_files;  /* START: of the whole batch, with the shards of others */
    int64_t all_bytes;
    int64_t frames;
    int64_t frame; /* LOST: number of the last frame that was written */
    int64_t exit, signal;
    double seconds, media_seconds;
    double silent; /* set by the reader: seconds since the writer has last shown that it lives */
};

/* The name of this machine, as the ledger and the claims write it: without slashes and blanks. */
#define MN_LEDGER_HOST 64
void mn_ledger_host(char host[MN_LEDGER_HOST]);

/* ------------------------------------------------------------------------------- writing ---- */

struct mn_ledger {
    int fd; /* -1: none */
    char host[MN_LEDGER_HOST];
    char *path;
};

/* Creates the folder and this process's file in it. A ledger that cannot be written is reported as
 * a warning and does not end the batch. */
void mn_ledger_open(struct mn_ledger *l, const char *folder);

void mn_ledger_write(struct mn_ledger *l, const struct mn_ledger_entry *entry);

/* Shows that this process lives, by the time of its file. Called every MN_LEDGER_TOUCH seconds; one
 * that was silent for MN_LEDGER_SILENCE is dead, or its machine is. */
#define MN_LEDGER_TOUCH 60.0
#define MN_LEDGER_SILENCE 300.0
void mn_ledger_touch(struct mn_ledger *l);

/* The key of a name, "" if it needs none: names may contain any byte, JSON only UTF-8. */
#define MN_LEDGER_KEY 20
void mn_ledger_key(char key[MN_LEDGER_KEY], const char *name);

void mn_ledger_close(struct mn_ledger *l);

/* ------------------------------------------------------------------------------- reading ---- */

/* Calls `take` for each entry of each file of the folder's ledger, in the order of the file names
 * and lines; times within a file never decrease. Texts are valid during the call. Returns the
 * number of files, 0 if there is no ledger, or MIEN_ENOMEM. Lines that are no entries are counted
 * in *ignored. */
int mn_ledger_read(const char *folder, void (*take)(void *ctx, const struct mn_ledger_entry *entry),
                   void *ctx, int64_t *ignored);

/* Reads one line, which is changed: the texts of the entry point into it. False: not an entry. */
bool mn_ledger_parse(char *line, struct mn_ledger_entry *entry);

#endif
